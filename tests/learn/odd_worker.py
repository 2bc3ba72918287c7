"""A worker for tests of pools: it does as it is told, badly too."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from ccc.learn.pool import Outcome, Task
from ccc.learn.worker import serve


def perform(task: Task, say: Callable[[str, dict[str, Any]], None]) -> Outcome:
    """What `do` of the task says."""
    match task["do"]:
        case "double":
            print("this is no answer")
            say("progress", {"half": task["number"]})
            return {"status": "done", "number": 2 * task["number"], "pid": os.getpid()}
        case "sleep":
            say("limits", task.get("limits", {}))
            time.sleep(task["seconds"])
        case "fill":
            held = bytearray(task["bytes"])
            held[::4096] = b"x" * len(held[::4096])
            time.sleep(60)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise RuntimeError("this worker is broken")
    return {"status": "done"}


if __name__ == "__main__":
    serve(perform)
