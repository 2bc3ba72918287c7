"""A search uses as many threads as it is told."""

from __future__ import annotations

import os

import pytest

from ccc.learn.model import Budget
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
