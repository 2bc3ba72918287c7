"""A batch of executors that run one program each, in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ccc.machine.executor import Executor
from ccc.machine.image import Image
from ccc.machine.state import State

_TASKS = 8  # that each thread is given, on average


class SinglesBatch:
    """A `BatchExecutor` made of `Executor`s: one a program, `threads` of them running at a time.

    name: the engine's. make: a fresh executor for an image.
    """

    def __init__(self, name: str, make: Callable[[Image], Executor], threads: int = 1) -> None:
        self.name = name
        self._make = make
        self._threads = threads
        self._executors: list[Executor] = []

    def start(self, images: Sequence[Image], inputs: Sequence[Sequence[float]]) -> None:
        """Begin at the images' states, each with its own inputs. Raises what the executors' `start` raises."""
        self._executors = [self._make(image) for image in images]
        for executor, image, values in zip(self._executors, images, inputs, strict=True):
            executor.start(image, values)

    def run(self, max_steps: int) -> list[int]:
        """Execute up to `max_steps` instructions of each program; return how many were, program by program."""
        if self._threads == 1:
            return [executor.run(max_steps) for executor in self._executors]
        # Several programs a task, as a task costs more than a short program does; several tasks a thread, as programs
        # differ in length.
        each = -(-len(self._executors) // (_TASKS * self._threads))
        parts = [self._executors[start : start + each] for start in range(0, len(self._executors), max(1, each))]
        with ThreadPoolExecutor(self._threads) as pool:
            done = pool.map(lambda part: [executor.run(max_steps) for executor in part], parts)
            return [steps for part in done for steps in part]

    def states(self) -> list[State]:
        """Copies of the present states."""
        return [executor.state() for executor in self._executors]

    def outputs(self) -> list[list[float]]:
        """Everything that each program has put out so far."""
        return [executor.outputs() for executor in self._executors]
