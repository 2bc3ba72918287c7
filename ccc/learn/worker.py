"""A worker process: tasks come in as lines of JSON, outcomes and progress go out as lines of JSON.

    python -m ccc.learn.worker

It ends when its input ends, so that no worker outlives the process that started it, however that ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from ccc.learn.pool import Outcome, Task

Perform = Callable[[Task, Callable[[str, dict[str, Any]], None]], Outcome]


def serve(perform: Perform) -> None:
    """Do tasks until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is heard by the process that started this one
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    tasks: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()

    def say(kind: str, value: dict[str, Any]) -> None:
        answers.write(json.dumps({kind: value}) + "\n")
        answers.flush()

    while True:
        outcome = perform(json.loads(tasks.get()), say)
        say("outcome", outcome)


def _listen(tasks: SimpleQueue[str]) -> None:
    """Pass lines on. At their end the process ends at once, whatever the search is doing: nobody waits for it."""
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)


if __name__ == "__main__":
    from ccc.learn.tasks import perform

    serve(perform)
