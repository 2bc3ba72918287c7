"""A search that was interrupted and goes on finds what it would have found at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.attempt import program_lines
from ccc.learn.model import Budget, Found, Problem, Progress
from ccc.learn.portfolio import Portfolio, Share
from ccc.learn.search import MCTS, BestFirst, Enumerate, Focus, bank, machines, searcher
from ccc.learn.search import search as search_module
from tests.learn.searching import problem

PAIRS = [{"a": a, "b": b} for a, b in ((3, 5), (-2, 7), (11, -4), (6, 6), (-8, -3))]
VECTORS = [{"x": x, "n": len(x)} for x in ([4, -1, 7], [2, 2, -9, 5], [8])]


def runs(x: list[int], n: int) -> dict[str, Any]:
    found = np.cumsum(np.maximum(np.array(x), 0))
    return {"y": found + np.concatenate([[0], found[:-1]])}


PROBLEMS: dict[str, tuple[Problem, int]] = {
    "a straight line": (
        problem(
            "inputs: {a: int, b: int}\noutputs: {y: int}",
            lambda a, b: {"y": a * b - a},
            PAIRS,
            "mul sub add min max",
        ),
        60_000,
    ),
    "two outputs": (
        problem(
            "inputs: {a: int, b: int}\noutputs: {y: int, z: int}",
            lambda a, b: {"y": a * b - a, "z": max(a, b) + b},
            PAIRS,
            "add sub mul min max",
        ),
        60_000,
    ),
    "a loop over a vector": (
        problem("inputs: {x: 'int[n]'}\noutputs: {y: 'int[n]'}\nconstants: {n: int}", runs, VECTORS, "add max mov"),
        1_000_000,
    ),
    "a machine": (
        problem(
            "inputs: {a: int, b: int}\noutputs: {g: int}",
            lambda a, b: {"g": int(np.gcd(a, b))},
            [{"a": a, "b": b} for a, b in ((12, 18), (7, 5), (9, 27), (30, 12), (14, 49))],
            "mov mod sub",
        ),
        60_000,
    ),
}
METHODS: Mapping[str, Callable[[], Enumerate | Focus | Portfolio]] = {
    "enumerate": Enumerate,
    "focus": Focus,
    "portfolio": lambda: Portfolio([Enumerate(), BestFirst(), MCTS()], [Share(16.0), Share(), Share()]),
}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are many places where a search may be interrupted."""
    monkeypatch.setattr(bank, "_CHECK_BLOCK", 1 << 10)
    monkeypatch.setattr(machines, "_CHUNK", 1000)
    monkeypatch.setattr(search_module, "TURN", 20_000)
    monkeypatch.setattr(searcher, "FEW", 2)


def search(method: str, wanted: Problem, candidates: int) -> tuple[list[Found], Progress]:
    """The programs that are right, and how far it came."""
    heard: list[Progress] = []
    budget = Budget(600.0, candidates, 1 << 26)
    found = [one for one in METHODS[method]().search(wanted, budget, 0, heard.append) if one.right == 1.0]
    return found, heard[-1]


@cache
def at_once(method: str, name: str) -> frozenset[object]:
    wanted, most = PROBLEMS[name]
    found = frozenset(program_lines(one) for one in search(method, wanted, most)[0])
    assert found
    return found


@pytest.mark.parametrize(
    ("method", "name"),
    [
        *(("enumerate", name) for name in PROBLEMS),
        ("focus", "a straight line"),
        ("portfolio", "a straight line"),
        ("portfolio", "a machine"),
    ],
)
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_nothing_is_lost(method: str, name: str, data: st.DataObject) -> None:
    wanted, most = PROBLEMS[name]
    expected = at_once(method, name)
    skip: Mapping[str, int] = {}
    found: set[object] = set()
    ends = sorted(int(2**power) for power in data.draw(st.lists(st.floats(3, np.log2(most)), min_size=1, max_size=2)))
    for end in [*ends, most]:
        some, progress = search(method, replace(wanted, skip=skip), end)
        found |= {program_lines(one) for one in some}
        skip = {one: max(count, skip.get(one, 0)) for one, count in progress.by_method.items()}
    assert found >= expected


def test_what_was_tried_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    check = bank.Bank.check

    def counted(self: bank.Bank, *arguments: Any) -> Any:
        for block, count, hits in check(self, *arguments):
            compared.append(count)
            yield block, count, hits

    monkeypatch.setattr(bank.Bank, "check", counted)
    wanted, most = PROBLEMS["a straight line"]
    _, progress = search("enumerate", wanted, most)
    whole, first = sum(compared), progress.candidates
    compared.clear()
    _, progress = search("enumerate", replace(wanted, skip=progress.by_method), most)
    assert progress.candidates == first
    assert sum(compared) < whole / 100
