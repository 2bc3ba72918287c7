"""How many candidates a second the enumeration tries: straight lines of integers on 16 cases.

python -m ccc.learn.search.measure
"""

from __future__ import annotations

import sys

import numpy as np

from ccc.learn.model import Budget, Case, Problem
from ccc.learn.search.lines import straight_lines, warm_up
from ccc.learn.search.search import Search, SpentError
from ccc.skills import Card, Kind, Library, Slot, Type

CASES = 16
PARTS = ("add", "sub", "mul", "min", "max", "and", "or", "xor")


def candidates_a_second(candidates: int = 400_000_000, seed: int = 0) -> tuple[int, float]:
    """How many candidates were tried, before those that compute the same are put together, and in how many seconds.

    What is wanted are random numbers, which no short program gives. The time counts that goes into keeping values.
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
    search = Search(problem, Budget(seconds=600.0, candidates=candidates), seed, lambda progress: None, "measure")
    warm_up(search)
    search.begin()
    try:
        for _ in straight_lines(search):
            pass
    except SpentError:
        pass
    return search.candidates, search.seconds


if __name__ == "__main__":
    tried, seconds = candidates_a_second()
    sys.stdout.write(f"{tried:,} candidates in {seconds:.1f} s: {tried / seconds / 1e6:.1f} million a second\n")
