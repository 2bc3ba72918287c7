"""Real instructions, conversions and jumps in the Transformer against IEEE arithmetic as numpy has it."""

from __future__ import annotations

import numpy as np
import pytest

from ccc.isa import Fault
from ccc.machine import WIDTHS, word_range
from tests.neural.expert_rows import FALLTHROUGH, TARGET, all_pairs, any_doubles, execute, words

LARGEST = np.finfo(np.float64).max
TINIEST = 5e-324
NORMAL = np.finfo(np.float64).tiny
COUNT = 6000
EDGES = np.array(
    [0.0, 1.0, -1.0, 0.5, -1.5, TINIEST, -TINIEST, 3 * TINIEST, NORMAL, -NORMAL, np.nextafter(NORMAL, 0), LARGEST,
     -LARGEST, np.nextafter(LARGEST, 0), LARGEST / 2, -LARGEST / 2, 2.0**1023, -(2.0**1023), 2.0**970, -(2.0**970),
     np.nextafter(2.0**970, 0), np.nextafter(2.0**970, 1e300), 2.0**969, 2.0**512, 2.0**511, np.nextafter(2.0**512, 0),
     2.0**-512, 2.0**-537, 2.0**-538, 2.0**53, 2.0**53 + 2, 1e16, 0.1, 1 / 3, 1e-200, 1e200, 1e308, -1e308]
)  # fmt: skip


def _near(rng: np.random.Generator, numbers: np.ndarray) -> np.ndarray:
    """`numbers`, moved by up to 3 units in the last place."""
    return (numbers.view(np.int64) + rng.integers(-3, 4, len(numbers))).view(np.float64)


def _boundary(rng: np.random.Generator, mnemonic: str) -> tuple[np.ndarray, np.ndarray]:
    """Pairs whose exact result lies about where a double overflows."""
    if mnemonic == "fmul":
        left = np.ldexp(rng.uniform(1, 2, COUNT), rng.integers(1, 1023, COUNT))
        right = _near(rng, LARGEST / left)
        return left * rng.choice([-1, 1], COUNT), right
    left = rng.uniform(0, 1, COUNT) * LARGEST
    right = _near(rng, LARGEST - left)
    sign = rng.choice([-1, 1], COUNT)
    return left * sign, right * (sign if mnemonic == "fadd" else -sign)


def _operands(mnemonic: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    groups = [
        (any_doubles(rng, COUNT), any_doubles(rng, COUNT)),
        (rng.normal(size=COUNT), rng.normal(size=COUNT)),
        all_pairs(EDGES, EDGES),
    ]
    close = any_doubles(rng, COUNT)
    near = _near(rng, close)
    keep = np.isfinite(near)
    groups.append((close[keep], near[keep]))
    if mnemonic != "fcmp":
        left, right = _boundary(rng, mnemonic)
        keep = np.isfinite(right)
        groups.append((left[keep], right[keep]))
        # products among the subnormals, where rounding may go wrong twice
        small = np.ldexp(rng.uniform(1, 2, COUNT), rng.integers(-560, -510, COUNT))
        groups.append((small, small[::-1].copy()))
    left, right = (np.concatenate(side) for side in zip(*groups, strict=True))
    assert np.isfinite(left).all()
    assert np.isfinite(right).all()
    return left + 0.0, right + 0.0


def _same(left: np.ndarray, right: np.ndarray) -> bool:
    return np.array_equal(left.view(np.int64), right.view(np.int64))


@pytest.mark.parametrize("mnemonic", ["fadd", "fsub", "fmul"])
def test_arithmetic_is_that_of_ieee(mnemonic: str) -> None:
    left, right = _operands(mnemonic)
    with np.errstate(all="ignore"):
        exact = {"fadd": np.add, "fsub": np.subtract, "fmul": np.multiply}[mnemonic](left, right) + 0.0
    outcome = execute(mnemonic, 32, left, right)
    over = np.isinf(exact)
    assert np.array_equal(outcome.fault, np.where(over, float(Fault.OVERFLOW), 0.0))
    assert _same(outcome.result[~over], exact[~over])
    assert np.isfinite(outcome.result).all()
    assert 1000 < over.sum() < len(over) - 1000


@pytest.mark.parametrize("mnemonic", ["fadd", "fsub", "fmul"])
def test_arithmetic_is_the_same_at_every_width(mnemonic: str) -> None:
    left, right = all_pairs(EDGES, EDGES)
    wide = execute(mnemonic, 32, left, right)
    for width in WIDTHS:
        narrow = execute(mnemonic, width, left, right)
        assert _same(narrow.result, wide.result)
        assert _same(narrow.fault, wide.fault)


def test_comparison() -> None:
    left, right = _operands("fcmp")
    outcome = execute("fcmp", 32, left, right)
    assert not outcome.fault.any()
    expected = (left > right).astype(np.float64) - (left < right).astype(np.float64)
    assert _same(outcome.result, expected + 0.0)


@pytest.mark.parametrize("width", WIDTHS)
def test_truncation(width: int) -> None:
    rng = np.random.default_rng(width)
    low, high = (float(end) for end in word_range(width))
    ends = np.array([low - 1, low, high, high + 1, 0.0, 1.0, -1.0, 0.5, -0.5, 2.0**51, 2.0**52])
    around = np.concatenate([ends, np.nextafter(ends, np.inf), np.nextafter(ends, -np.inf)])
    wholes = words(rng, width, COUNT)
    numbers = np.concatenate(
        [EDGES, around, wholes, wholes + rng.uniform(-1, 1, COUNT), _near(rng, wholes[wholes != 0]),
         any_doubles(rng, COUNT), rng.uniform(low - 2, high + 2, COUNT)]
    )  # fmt: skip
    outcome = execute("ftoi", width, np.full(len(numbers), 1e300), numbers + 0.0)
    expected = np.trunc(numbers) + 0.0
    over = (expected < low) | (expected > high)
    assert np.array_equal(outcome.fault, np.where(over, float(Fault.OVERFLOW), 0.0))
    assert _same(outcome.result[~over], expected[~over])
    assert np.isfinite(outcome.result).all()


@pytest.mark.parametrize(
    ("mnemonic", "taken"), [("jle", np.less_equal), ("jeq", np.equal), ("jlt", np.less)], ids=lambda part: str(part)
)
def test_jumps_compare_any_number_with_zero(mnemonic: str, taken) -> None:
    numbers = np.concatenate([EDGES, any_doubles(np.random.default_rng(1), COUNT)])
    outcome = execute(mnemonic, 16, numbers, np.zeros(len(numbers)))
    assert not outcome.fault.any()
    assert np.array_equal(outcome.pc, np.where(taken(numbers, 0), TARGET, FALLTHROUGH))


@pytest.mark.parametrize("mnemonic", ["mov", "push", "pop", "out", "lds", "sts", "st"])
def test_moves_carry_any_double(mnemonic: str) -> None:
    numbers = np.concatenate([EDGES, any_doubles(np.random.default_rng(2), COUNT)])
    outcome = execute(mnemonic, 8, numbers, numbers)
    assert not outcome.fault.any()
    assert _same(outcome.result, numbers)


def test_jumps_through_a_cell_go_anywhere() -> None:
    numbers = np.concatenate([EDGES, any_doubles(np.random.default_rng(3), COUNT)])
    for mnemonic in ("jmpi", "ret"):
        outcome = execute(mnemonic, 8, numbers, np.zeros(len(numbers)))
        assert not outcome.fault.any()
        assert _same(outcome.pc, numbers)
