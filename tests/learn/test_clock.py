"""Seconds of a budget: what counts, and that they end a search in the middle of a turn."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from ccc.learn import portfolio as portfolio_module
from ccc.learn.model import Budget, Found, Problem, Progress, Report
from ccc.learn.portfolio import Portfolio
from ccc.learn.search import MCTS, BestFirst, Enumerate
from ccc.learn.search import search as search_module
from tests.learn.searching import problem

WANTED = problem(
    "inputs: {a: int, b: int}\noutputs: {y: int}",
    lambda a, b: {"y": (a * 7919 + b * b * 104729) % 65521},
    [{"a": int(a), "b": int(b)} for a, b in np.random.default_rng(3).integers(1, 999, (12, 2))],
    "add sub mul min max and or xor mod div",
)


class Clock:
    """Time that passes only where it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Slow:
    """A method that takes a second for each candidate, and never gives way by itself once it has begun."""

    def __init__(self, clock: Clock, name: str) -> None:
        self.name, self._clock, self.tried = name, clock, 0

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        return (found for found in self.turns(problem, budget, seed, report) if found is not None)

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        self._clock.now += 1000.0  # compiling
        yield None
        while True:
            self.tried += 1
            self._clock.now += 1.0
            report(Progress(self.name, 1, self.tried, 0, 0.0))
            if self.tried % 3 == 0:
                yield Found((), self.name, self.tried, 1.0)


def test_a_portfolio_ends_a_turn_when_the_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(portfolio_module, "time", clock)
    slow = Slow(clock, "slow")
    found = 0
    for _ in Portfolio([slow]).search(WANTED, Budget(seconds=10.0), 0, lambda progress: None):
        found += 1
        clock.now += 500.0  # verifying
    assert (slow.tried, found) == (10, 3)


def test_the_clock_of_a_search_stands_still_while_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(search_module, "time", clock)
    search = search_module.Search(WANTED, Budget(seconds=5.0), 0, lambda progress: None, "some")
    search.begin()

    def way() -> Iterator[Found | None]:
        for _ in range(100):
            clock.now += 1.0
            search.heard()
            yield None

    turns = 0
    for _ in search_module.in_turns(search, [way()]):
        clock.now += 50.0
        turns += 1
    assert turns == 5
    assert search.seconds == 6.0


@pytest.mark.parametrize("method", [Enumerate, BestFirst, MCTS, lambda: Portfolio([Enumerate(), BestFirst(), MCTS()])])
def test_every_method_ends_with_its_seconds(method: Callable[[], Enumerate]) -> None:
    """The clock starts with the first candidates, and is looked at often enough."""
    seconds = 2.0
    first: list[float] = []

    def heard(progress: Progress) -> None:
        if not first:
            first.append(time.monotonic())

    for _ in method().search(WANTED, Budget(seconds=seconds, memory=1 << 28), 0, heard):
        pass
    assert time.monotonic() - first[0] < 3 * seconds  # a machine under load


LATE = """
import sys
from ccc.learn.model import Budget
from ccc.learn.search import MCTS, BestFirst, Enumerate
from ccc.learn.search.search import Search
from tests.learn.searching import LIBRARY, problem
from tests.learn.test_clock import WANTED

def compiled():
    rooms = [module for name, module in list(sys.modules.items()) if name.startswith("ccc.learn.search")]
    every = {id(value): value for room in rooms for value in vars(room).values() if hasattr(value, "signatures")}
    return {f"{one.__module__}.{one.__name__}": len(one.signatures) for one in every.values()}

before = {}
begin = Search.begin

def begun(self):
    begin(self)
    before.clear()
    before.update(compiled())

Search.begin = begun
sums = problem(
    "inputs: {x: 'int[n]'}\\noutputs: {y: 'int[n]'}\\nconstants: {n: int}",
    lambda x, n: {"y": [sum(x[: i + 1]) * 3 - i for i in range(n)]},
    [{"x": [3, -1, 4, 1], "n": 4}, {"x": [5, 9, 2], "n": 3}],
    "add sub mul max",
)
late = set()
for method in (Enumerate(), BestFirst(), MCTS()):
    for wanted in (WANTED, sums):
        for found in method.search(wanted, Budget(seconds=600.0, candidates=400_000), 0, lambda progress: None):
            pass
        assert before
        late |= {name for name, count in compiled().items() if count > before.get(name, 0)}
print("late:", *sorted(late))
"""


def test_nothing_is_compiled_once_the_clock_runs() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LATE], capture_output=True, text=True, env=os.environ, timeout=500, check=False
    )
    assert run.stdout.split() == ["late:"], run.stdout + run.stderr
