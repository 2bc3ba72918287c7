"""Totals over the rounds of a loop: sums, products, least and greatest of what is computed for each element."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccc.learn.model import Budget
from ccc.learn.search import totals
from ccc.learn.search.kernels import Kernel
from ccc.machine import wrap
from tests.learn.searching import find, problem

RNG = np.random.default_rng(3)
TWO = 'inputs: {a: "int[n]", b: "int[n]", c: int}\noutputs: {y: int}\nconstants: {n: int}'
PAIRS = [
    {"a": RNG.integers(-9, 9, n).tolist(), "b": RNG.integers(-9, 9, n).tolist(), "c": int(c), "n": int(n)}
    for n, c in zip((1, 3, 5, 2, 4, 2, 6), RNG.integers(-5, 5, 7), strict=True)
]
PARTS = "add sub mul neg inc min max"
FEW = Budget(seconds=300, candidates=30_000_000)
FOLDS: dict[Kernel, Callable[[int, int], int]] = {
    Kernel.ADD: operator.add,
    Kernel.SUB: operator.sub,
    Kernel.MUL: operator.mul,
    Kernel.MIN: min,
    Kernel.MAX: max,
    Kernel.XOR: operator.xor,
}


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b, c, n: {"y": sum((u - v) ** 2 for u, v in zip(a, b, strict=True))},
        lambda a, b, c, n: {"y": c - sum(u * v + u for u, v in zip(a, b, strict=True))},
        lambda a, b, c, n: {"y": max(c, *(u * v - c for u, v in zip(a, b, strict=True)))},
        lambda a, b, c, n: {"y": prod(max(u - v, v - u) for u, v in zip(a, b, strict=True))},
        lambda a, b, c, n: {"y": sum(u * v for u, v in zip(a, b[::-1], strict=True))},
    ],
    ids=["sum of squares", "from a number", "greatest", "product", "backwards"],
)
def test_they_are_found(function: Callable[..., dict[str, int]]) -> None:
    found = find(problem(TWO, function, PAIRS, PARTS), FEW)
    assert sum(len(mixture.steps) for mixture in found.mixtures) <= 7


def test_two_at_once() -> None:
    """A sum of squares and a product, in one loop."""
    slots = 'inputs: {a: "int[n]"}\noutputs: {s: int, p: int}\nconstants: {n: int}'
    cases = [{"a": pair["a"], "n": pair["n"]} for pair in PAIRS]
    wanted = problem(slots, lambda a, n: {"s": sum(v * v for v in a), "p": prod(v + 1 for v in a)}, cases, PARTS)
    found = find(wanted, FEW)
    assert sum(mixture.count == "n" for mixture in found.mixtures) == 1


def test_no_rounds_leave_the_start() -> None:
    cases = [{"a": [], "b": [], "c": 4, "n": 0}, *PAIRS]
    wanted = problem(TWO, lambda a, b, c, n: {"y": c + sum(u * u - v for u, v in zip(a, b, strict=True))}, cases, PARTS)
    assert find(wanted, FEW).right == 1.0


@given(
    kernel=st.sampled_from(sorted(FOLDS)),
    rows=st.lists(st.lists(st.integers(-128, 127), min_size=6, max_size=6), min_size=1, max_size=5),
    counts=st.lists(st.integers(0, 3), min_size=2, max_size=2),
    begins=st.lists(st.integers(-128, 127), min_size=2, max_size=2),
    chosen=st.integers(0, 4),
)
def test_they_are_what_one_step_after_the_other_gives(
    kernel: Kernel, rows: list[list[int]], counts: list[int], begins: list[int], chosen: int
) -> None:
    """At 8 bits: among the rows those whose totals are the wanted ones, which are those of one of them."""

    def total(row: list[int], case: int) -> int:
        values = row[3 * case : 3 * case + counts[case]]
        return reduce(lambda one, other: wrap(FOLDS[kernel](one, other), 8), values, begins[case])

    wanted = [float(total(rows[chosen % len(rows)], case)) for case in (0, 1)]
    right = [number for number, row in enumerate(rows) if [total(row, case) for case in (0, 1)] == wanted]
    starts, kinds = np.array([0, 3]), np.ones(len(rows), dtype=np.int64)
    values, bounds = np.array(rows, dtype=np.float64), np.array([wanted, wanted])
    given_to = (int(kernel), values, kinds, 1, starts, np.array(counts), np.array(begins, dtype=np.float64), bounds)
    assert totals.hits(*given_to, -128.0, 127.0).tolist() == right
    assert not len(totals.hits(*given_to[:3], 0, *given_to[4:], -128.0, 127.0)), "types beyond the most are left out"
