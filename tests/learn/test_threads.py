"""A search uses as many threads as it is told."""

from __future__ import annotations

import gc
import os
import threading

import pytest

from ccc.learn.model import Budget
from ccc.learn.search import BestFirst, Enumerate
from ccc.learn.search.search import Search
from ccc.learn.threads import VARIABLES, thread_count
from tests.learn.searching import problem

CORES = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("said", "expected"), [("1", 1), ("0", CORES), ("many", CORES), ("100000", CORES), ("", CORES)]
)
def test_threads_are_those_of_the_environment(said: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLES[0], said)
    wanted = problem("inputs: {a: int}\noutputs: {y: int}", lambda a: {"y": a}, [{"a": 1}], "neg")
    assert thread_count() == expected
    assert Search(wanted, Budget(), 0, lambda progress: None, "enumerate").threads == expected


@pytest.mark.parametrize("method", [Enumerate, BestFirst])
def test_a_search_that_is_left_in_the_middle_has_no_threads_to_end(method: type[Enumerate | BestFirst]) -> None:
    pairs = [{"a": a, "b": b} for a, b in ((3, 5), (-2, 7), (11, -4), (6, 6))]
    slots = "inputs: {a: int, b: int}\noutputs: {y: int}"
    wanted = problem(slots, lambda a, b: {"y": a**5 + b}, pairs, "add sub max min")
    seen = set()
    for _ in range(3):
        turns = method().turns(wanted, Budget(60.0), 0, lambda progress: None)
        for _ in range(40):
            next(turns, None)
        seen.add(frozenset(one.ident for one in threading.enumerate() if one.name.startswith("search")))
        del turns
        gc.collect()
    assert len(seen) == 1
