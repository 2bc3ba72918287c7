"""How long one iteration of training takes, and one program: nanoseconds of a core for each restart, step and example.

python -m ccc.learn.gradient.measure
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from ccc.learn.gradient.hard import run
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.searcher import trainable
from ccc.learn.gradient.sketch import Sketch, sketches
from ccc.learn.gradient.training import Training
from ccc.learn.model import Budget, Case, Problem
from ccc.learn.search.search import Search
from ccc.skills import Card, Kind, Library, Slot, Type

CASES, STEPS = 16, 4
PARTS = ("add", "sub", "mul", "neg", "inc", "dec", "min", "max")


def training(options: Options, seed: int = 0) -> Training:
    """Of straight lines of four steps on 16 examples of three random numbers; what is wanted is random too."""
    rng = np.random.default_rng(seed)
    names = ("a", "b", "c")
    slots = (*(Slot(name, "input", Type.INT) for name in names), Slot("y", "output", Type.INT))
    cases = []
    for row in rng.integers(-9, 10, (CASES, len(names) + 1)).astype(np.float64):
        given = {name: np.asarray(value) for name, value in zip(names, row, strict=False)}
        cases.append(Case(given, {"y": np.asarray(row[-1])}))
    problem = Problem(Card("wanted", Kind.INTEGER, "Random.", slots), tuple(cases), Library.default(), PARTS)
    search = Search(problem, Budget(), seed, lambda progress: None, "measure")
    functions = trainable(search)
    sketch = next(sketches(search, tuple(functions), STEPS, 0))
    return Training(sketch, list(functions.values()), Wanted(sketch, search), options, seed)


def nanoseconds(options: Options, times: int = 50) -> tuple[float, float]:
    """For each restart, step and example: of an iteration, forward and backward; of a program that is run."""
    one = training(options)
    one.step()
    programs = one.look().programs
    soft = _seconds(one.step, times)
    hard = _seconds(lambda: run(programs, one.sketch), times)
    return tuple(1e9 * seconds / (len(programs) * _size(one.sketch)) for seconds in (soft, hard))  # type: ignore[return-value]


def _size(sketch: Sketch) -> int:
    cases, rounds, _ = sketch.given.shape
    return int(cases * rounds) * sketch.steps


def _seconds(what: Callable[[], object], times: int) -> float:
    """Of the processor, the shortest of several: what else runs on the machine disturbs the others."""
    found = []
    for _ in range(times):
        start = time.process_time()
        what()
        found.append(time.process_time() - start)
    return min(found)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for restarts in (64, 256, 1024):
        soft, hard = nanoseconds(Options(restarts=restarts))
        sys.stdout.write(f"{restarts:5,} restarts: {soft:.0f} ns an iteration, {hard:.0f} ns a program\n")
