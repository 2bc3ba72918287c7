"""Timing: engines in turn on a whole program, and the seconds of a step of whatever runs in pieces."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ccc.machine import Executor, Image

Say = Callable[[str], None]
"""Takes a line on what is being measured."""

_MOST_STEPS = 1 << 40


@dataclass(frozen=True)
class Run:
    """A program run to its end: instructions, the seconds that they took, what came out last."""

    instructions: int
    seconds: float
    last_output: float

    @property
    def rate(self) -> float:
        return self.instructions / self.seconds


def run_to_end(executor: Executor, image: Image, value: float) -> Run:
    """Run a program that halts, with one input value. Compiling and loading are not timed."""
    executor.start(image, [value])
    start = time.perf_counter()
    instructions = executor.run(1 << 62)
    seconds = time.perf_counter() - start
    return Run(instructions, seconds, executor.outputs()[-1])


def in_turn(runs: Mapping[str, Callable[[], Run]], rounds: int) -> Iterator[list[dict[str, float]]]:
    """Run each once a round; yield after each round the instructions a second of all rounds so far, by name.

    All of them must execute as many instructions and put out the same: raises RuntimeError where one does not.
    """
    rates: list[dict[str, float]] = []
    for _ in range(rounds):
        done = {name: run() for name, run in runs.items()}
        if len({(run.instructions, run.last_output) for run in done.values()}) > 1:
            raise RuntimeError(f"these runs should be equal and are not: {done}")
        rates.append({name: run.rate for name, run in done.items()})
        yield rates


class Pace:
    """Times the steps of something that runs for as long as it is asked to.

    run: executes up to so many steps and returns how many were executed. seconds: how long a timing lasts, or half as
    long, unless so many steps as `at_least` take longer.
    """

    def __init__(self, run: Callable[[int], int], seconds: float, at_least: int = 1) -> None:
        self._run = run
        self._seconds = seconds
        self._steps = at_least
        self._is_warm = False
        self.best = math.inf
        """Seconds a step, the best timing so far."""

    def time(self) -> None:
        """One timing, after as many shorter ones as it takes to find out how many steps last long enough.

        Every timing looks at that again: a machine that was busy for a moment would otherwise keep them short.
        """
        if not self._is_warm:
            self._run(1)
            self._is_warm = True
        while self._once() < self._seconds / 2 and self._steps < _MOST_STEPS:
            self._steps *= 2

    def _once(self) -> float:
        start = time.perf_counter()
        executed = self._run(self._steps)
        seconds = time.perf_counter() - start
        if not executed:
            raise RuntimeError("a program that is timed has stopped")
        self.best = min(self.best, seconds / executed)
        return seconds


def slope(points: Mapping[int, float]) -> float:
    """The slope of the line that fits log(y) against log(x) with the least squares. points: y by x, all positive.

    Raises ValueError where there are fewer than two points.
    """
    if len(points) < 2:
        raise ValueError("a line needs two points")
    x, y = np.log(list(points)), np.log(list(points.values()))
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
