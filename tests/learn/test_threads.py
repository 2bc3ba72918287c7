"""A search uses as many threads as it is told."""

from __future__ import annotations

import gc
import os
import threading

import pytest

from ccc.learn.model import Budget
from ccc.learn.search import BestFirst, Enumerate
from ccc.learn.search.search import Search
from ccc.learn.threads import PATIENT, VARIABLES, thread_count, threads_asked, threads_said
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


@pytest.mark.parametrize("user", [{}, {"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "100"}])
def test_threads_wait_without_spinning_unless_the_user_says_otherwise(
    user: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PATIENT:
        monkeypatch.delenv(name, raising=False)
    for name, value in user.items():
        monkeypatch.setenv(name, value)
    waiting = {} if user else {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
    assert threads_said(3) == {"NUMBA_NUM_THREADS": "3", "OMP_NUM_THREADS": "3"} | waiting


@pytest.mark.parametrize(
    ("said", "torchrun", "expected"),
    [
        *(("3", False, 3), ("3", True, None), ("999", False, 256)),
        *(("", False, None), ("0", False, None), ("4,2", False, None)),
    ],
)
def test_threads_that_the_user_asks_for(
    said: str, torchrun: bool, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if torchrun:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert threads_asked() == expected


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
