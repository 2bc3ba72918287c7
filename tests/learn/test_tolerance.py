"""Measured values: real outputs that are right within the tolerance of the spec, in every way of searching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ccc.learn.methods import make_searcher
from ccc.learn.model import Budget, Found, Problem
from ccc.learn.search.target import Target
from tests.learn.searching import problem

PAIRS = [{"x": x, "z": z} for x, z in ((1.5, 2.0), (2.0, -1.0), (-3.0, 0.25), (0.5, 40.0), (7.0, 3.0))]
VECTORS = [{"x": [1.5, 2.0, 4.0][:n], "n": n} for n in (1, 2, 3)] + [{"x": [-1.0, 0.5, 8.0, 3.0], "n": 4}]
COUNTS = [{"x": x, "k": k} for x, k in ((1.5, 3), (2.0, 5), (-1.25, 4), (3.0, 0), (0.5, 2))]
Noise = Callable[[float], float]


def straight(noise: Noise) -> Problem:
    slots = "inputs: {x: real, z: real}\noutputs: {y: real}"
    return problem(slots, lambda x, z: {"y": noise(x * x + z)}, PAIRS, "fadd fsub fmul fmov", kind="real")


def over_vectors(noise: Noise) -> Problem:
    slots = 'inputs: {x: "real[n]"}\noutputs: {y: "real[n]"}\nconstants: {n: int}'

    def sums(x: Any, n: int) -> dict[str, Any]:
        return {"y": [noise(float(value)) for value in np.cumsum(x)]}

    return problem(slots, sums, VECTORS, "fadd fsub fmul fmov fzero", kind="real")


def counted(noise: Noise) -> Problem:
    slots = "inputs: {x: real, k: int}\noutputs: {y: real}"
    return problem(slots, lambda x, k: {"y": noise(x**k)}, COUNTS, "fadd fmul fmov fone", kind="real")


def noisy(tolerance: float, make: Callable[[Noise], Problem], off: float) -> Problem:
    """Every wanted value is off by a share, up and down in turn."""
    signs = iter([1.0, -1.0] * 100)
    found = make(lambda value: value + next(signs) * off * max(1.0, abs(value)))
    return replace(found, card=replace(found.card, tolerance=tolerance))


def right(wanted: Problem, method: str) -> Found | None:
    """The first program that is right on all cases."""
    found = make_searcher(method).search(wanted, Budget(60, 2_000_000), 0, lambda progress: None)
    return next((one for one in found if one.right == 1.0), None)


@pytest.mark.parametrize("make", [straight, over_vectors, counted])
def test_the_enumeration_allows_for_what_is_measured(make: Callable[[Noise], Problem]) -> None:
    assert right(noisy(0.01, make, 0.009), "enumerate") is not None


@pytest.mark.parametrize("make", [straight, over_vectors])
@pytest.mark.parametrize("method", ["best-first", "mcts"])
def test_so_do_methods_that_build_forward(make: Callable[[Noise], Problem], method: str) -> None:
    assert right(noisy(0.01, make, 0.009), method) is not None


@pytest.mark.parametrize("method", ["enumerate", "best-first"])
def test_what_is_further_off_is_wrong(method: str) -> None:
    assert right(noisy(0.005, straight, 0.009), method) is None


def test_integers_have_no_tolerance() -> None:
    found = problem(
        "inputs: {x: int}\noutputs: {y: int}", lambda x: {"y": 100 * x + 1}, [{"x": 3}, {"x": 5}], "add mul"
    )
    found = replace(found, card=replace(found.card, tolerance=0.1), numbers=(100.0,))
    assert right(found, "enumerate") is None, "100 x is near, and not right"


def test_bounds_of_a_target() -> None:
    target = Target(np.arange(3), np.array([0.0, -0.5, 200.0]), 0.01)
    assert target.bounds.tolist() == [[-0.01, -0.51, 198.0], [0.01, -0.49, 202.0]]
    assert target.right(np.array([[0.01, -0.49, 198.0], [0.011, np.nan, 202.1]])).tolist() == [[True] * 3, [False] * 3]
