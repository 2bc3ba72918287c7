"""The circuits of constructions, one at a time, against Python's exact integers and fractions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch

from ccc.machine import WIDTHS, word_range, wrap
from ccc.neural.basis import Basis, d
from ccc.neural.materialise import materialise
from ccc.neural.patterns import inside_memory, remainder_of, round_to, rounding_constant, unequal, wrap_once
from ccc.neural.spec import FeedForward, Network
from tests.neural.expert_rows import all_pairs, any_doubles

NAMES = ("cpu", "x", "y", "size", "to")
COUNT = 5000


def through(fill: Callable[[FeedForward], None], **values: np.ndarray) -> np.ndarray:
    """What a layer made by `fill` leaves in `to`, by row."""
    ff = FeedForward("layer")
    fill(ff)
    transformer, _ = materialise(Network(Basis(NAMES), [ff], "ccc", 8, "full"))
    rows = torch.zeros(len(next(iter(values.values()))), len(NAMES), dtype=torch.float64)
    rows[:, 0] = 1
    for name, column in values.items():
        rows[:, NAMES.index(name)] = torch.from_numpy(np.asarray(column, dtype=np.float64))
    return transformer(rows)[:, NAMES.index("to")].numpy()


def rounded(x: float, k: int) -> float:
    """x to a multiple of 2**k, ties to the even multiple."""
    return float(round(Fraction(x) / Fraction(2) ** k) * Fraction(2) ** k)


def numbers(k: int) -> np.ndarray:
    """Numbers below 2**(51 + k), ties among them."""
    rng = np.random.default_rng(k)
    scale = np.ldexp(1.0, rng.integers(k - 3, 51 + k, COUNT))
    steps = np.ldexp(rng.integers(-9, 10, COUNT) * 1.0, k - 1)
    limit = np.nextafter(2.0 ** (51 + k), 0)
    return np.concatenate([rng.uniform(-1, 1, COUNT) * scale, steps, [limit, -limit, 0.0, 5e-324, -5e-324]])


@pytest.mark.parametrize("k", [0, 1, 8, 16, 31, 32])
def test_rounding_is_to_the_nearest_multiple(k: int) -> None:
    x = numbers(k)
    expected = np.array([rounded(value, k) for value in x])
    assert np.array_equal(through(lambda ff: round_to(ff, "to", "x", k), x=x), expected)
    assert np.array_equal(through(lambda ff: round_to(ff, "to", "x", k, scale=-1.0), x=x), -expected)
    assert not through(lambda ff: round_to(ff, "to", "x", k, d("y")), x=x, y=np.zeros(len(x))).any()
    assert np.array_equal(x + rounding_constant(k) - rounding_constant(k), expected)


@pytest.mark.parametrize("k", [1, 8, 16, 31, 32])
def test_remainders_are_exact(k: int) -> None:
    x = np.trunc(numbers(k))
    expected = np.array([float(Fraction(value) - Fraction(rounded(value, k))) for value in x])
    found = through(lambda ff: remainder_of(ff, "to", "x", k), x=x, to=x)
    assert np.array_equal(found, expected)


def test_inside_memory_is_a_half_open_range() -> None:
    size = 50
    edges = np.array([0, -5e-324, 5e-324, -1, 49, 49.5, np.nextafter(50, 0), 50, 51, 1e308, -1e308, 0.5])
    x = np.concatenate([edges, any_doubles(np.random.default_rng(1), COUNT)])
    for used in (0.0, 1.0):
        found = through(lambda ff: inside_memory(ff, "to", d("y"), d("x")), x=x, y=np.full(len(x), used),
                        size=np.full(len(x), size))  # fmt: skip
        assert np.array_equal(found, used * ((x >= 0) & (x < size)))


def test_unequal_tells_any_two_doubles_apart() -> None:
    some = np.concatenate([any_doubles(np.random.default_rng(2), 200), [0, 1, 5e-324, -5e-324, 1e308, -1e308]])
    left, right = all_pairs(some, np.concatenate([some[:30], np.nextafter(some[30:60], 0)]))
    found = through(lambda ff: unequal(ff, "to", d("x"), d("y"), -1), x=left, y=right)
    assert np.array_equal(found, -((left != right) * 1.0) + 0.0)


@pytest.mark.parametrize("width", WIDTHS)
def test_wrapping_once(width: int) -> None:
    low, high = word_range(width)
    rng = np.random.default_rng(width)
    edges = [2 * low, 2 * low + 1, low - 1, low, low + 1, -1, 0, 1, high - 1, high, high + 1, 2 * high, 2 * high + 1]
    x = np.concatenate([edges, rng.integers(2 * low, 2 * high + 2, COUNT)]).astype(np.float64)
    found = through(lambda ff: wrap_once(ff, "to", d("x"), width), x=x, to=x)
    assert np.array_equal(found, np.array([wrap(int(value), width) for value in x], dtype=np.float64))
    gated = through(lambda ff: wrap_once(ff, "to", d("x"), width, d("y")), x=x, to=x, y=np.zeros(len(x)))
    assert np.array_equal(gated, x)
