"""Pools: who does the tasks of a curriculum. Tasks and outcomes are plain data (what JSON holds), nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

Task = dict[str, Any]
Outcome = dict[str, Any]
Notify = Callable[[Task, dict[str, Any]], None]
"""Called with a task and how far it is: what `progress_entry` makes of a Progress."""

DIED, OUT_OF_TIME, OUT_OF_MEMORY = "died", "out of time", "out of memory"
"""The `status` of an outcome that a worker could not give itself, because it was ended or ended by itself."""


class Pool(Protocol):
    """Workers. A task, or the worker once it knows, may say `limit` (seconds) and `memory` (bytes of the whole worker),
    beyond which it is ended where the pool can do that.
    """

    def run(self, tasks: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Take tasks from the left and do them, several at a time, until there are none; give each back as soon as it
        is done. Whoever iterates may add tasks. A worker that is lost costs its task only.
        """
        ...

    def close(self) -> None:
        """End all workers, busy or not."""
        ...
