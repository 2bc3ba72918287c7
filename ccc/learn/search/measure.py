"""How many candidates a second the enumeration tries: straight lines of integers on 16 cases.

python -m ccc.learn.search.measure
"""

from __future__ import annotations

import sys
import time

import numpy as np

from ccc.learn.model import Budget, Case, Problem
from ccc.learn.search.searcher import Enumerate
from ccc.skills import Card, Kind, Library, Slot, Type

CASES = 16
PARTS = ("add", "sub", "mul", "min", "max", "and", "or", "xor")


def candidates_a_second(candidates: int = 1_000_000_000, seed: int = 0) -> tuple[int, float]:
    """How many candidates were tried, before those that compute the same are put together, and in how many seconds.

    What is wanted are random numbers, which no short program gives.
    """
    rng = np.random.default_rng(seed)
    names = ("a", "b", "c")
    slots = (*(Slot(name, "input", Type.INT) for name in names), Slot("y", "output", Type.INT))
    card = Card("wanted", Kind.INTEGER, "Random numbers.", slots)
    cases = []
    for row in rng.integers(-1000, 1000, (CASES, len(names) + 1)).astype(np.float64):
        given = {name: np.asarray(value) for name, value in zip(names, row, strict=False)}
        cases.append(Case(given, {"y": np.asarray(row[-1])}))
    problem = Problem(card, tuple(cases), Library.default(), PARTS)
    counted = [0]
    begin = [time.monotonic()]

    def report(progress: object) -> None:
        counted[0] = getattr(progress, "candidates", 0)

    searcher = Enumerate()
    for _ in searcher.search(problem, Budget(seconds=1.0, candidates=1), seed, report):
        pass  # compiled, or loaded, before the clock starts
    begin[0] = time.monotonic()
    for _ in searcher.search(problem, Budget(seconds=600.0, candidates=candidates), seed, report):
        pass
    return counted[0], time.monotonic() - begin[0]


if __name__ == "__main__":
    tried, seconds = candidates_a_second()
    sys.stdout.write(f"{tried:,} candidates in {seconds:.1f} s: {tried / seconds / 1e6:.1f} million a second\n")
