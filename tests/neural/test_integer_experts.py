"""Integer instructions in the Transformer against Python's integers: thousands of pairs for each, at each width."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ccc.isa import Fault
from ccc.machine import WIDTHS, word_range, wrap
from tests.neural.expert_rows import FALLTHROUGH, TARGET, all_pairs, edges, execute, words

RANDOM_PAIRS = 4000
NOT_WORDS = (0.5, -0.5, 1e300, -1e300, 5e-324, 2.0**52 + 0.5, 2.0**31, -(2.0**31) - 1, 2.0**53, 1.7976931348623157e308)


def _truncated(x: int, y: int) -> int:
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def _divided(x: int, y: int, width: int) -> int | Fault:
    return _truncated(x, y) if y else Fault.DIVISION


def _remainder(x: int, y: int, width: int) -> int | Fault:
    return x - _truncated(x, y) * y if y else Fault.DIVISION


def _shift(operation: Callable[[int, int, int], int]) -> Callable[[int, int, int], int | Fault]:
    return lambda x, y, width: operation(x, y, width) if 0 <= y < width else Fault.SHIFT


PAIRS: dict[str, Callable[[int, int, int], int | Fault]] = {
    "add": lambda x, y, width: x + y,
    "addi": lambda x, y, width: x + y,
    "sub": lambda x, y, width: x - y,
    "subleq": lambda x, y, width: x - y,
    "mul": lambda x, y, width: x * y,
    "div": _divided,
    "mod": _remainder,
    "min": lambda x, y, width: min(x, y),
    "max": lambda x, y, width: max(x, y),
    "and": lambda x, y, width: x & y,
    "or": lambda x, y, width: x | y,
    "xor": lambda x, y, width: x ^ y,
    "shl": _shift(lambda x, y, width: x << y),
    "shr": _shift(lambda x, y, width: (x % (1 << width)) >> y),
    "sar": _shift(lambda x, y, width: x >> y),
}
SINGLES: dict[str, Callable[[int], int]] = {"neg": lambda y: -y, "not": lambda y: ~y, "itof": lambda y: y}


def _operands(mnemonic: str, width: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(width)
    left, right = words(rng, width, RANDOM_PAIRS), words(rng, width, RANDOM_PAIRS)
    if mnemonic in ("shl", "shr", "sar"):
        counts = rng.integers(-1, width + 2, RANDOM_PAIRS)
        right = np.where(rng.random(RANDOM_PAIRS) < 0.9, counts, right).astype(np.float64)
    both = all_pairs(edges(width), edges(width))
    inside = [np.clip(side, *word_range(width)) for side in both]
    return np.concatenate([left, inside[0]]), np.concatenate([right, inside[1]])


def _check(found: np.ndarray, faults: np.ndarray, expected: list[int | Fault], width: int) -> None:
    codes = np.array([int(e) if isinstance(e, Fault) else 0 for e in expected], dtype=np.float64)
    assert np.array_equal(faults, codes)
    fine = codes == 0
    values = [0.0 if isinstance(e, Fault) else float(wrap(e, width)) for e in expected]
    assert np.array_equal(found[fine].view(np.int64), np.array(values)[fine].view(np.int64))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mnemonic", PAIRS)
def test_pairs(mnemonic: str, width: int) -> None:
    left, right = _operands(mnemonic, width)
    outcome = execute(mnemonic, width, left, right)
    expected = [PAIRS[mnemonic](int(x), int(y), width) for x, y in zip(left, right, strict=True)]
    _check(outcome.result, outcome.fault, expected, width)
    if mnemonic == "subleq":
        assert np.array_equal(outcome.pc, np.where(outcome.result <= 0, TARGET, FALLTHROUGH))
    else:
        assert (outcome.pc == FALLTHROUGH).all()


@pytest.mark.parametrize("mnemonic", PAIRS)
def test_every_pair_of_8_bits(mnemonic: str) -> None:
    everything = np.arange(-128.0, 128.0)
    left, right = all_pairs(everything, everything)
    outcome = execute(mnemonic, 8, left, right)
    expected = [PAIRS[mnemonic](int(x), int(y), 8) for x, y in zip(left, right, strict=True)]
    _check(outcome.result, outcome.fault, expected, 8)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mnemonic", SINGLES)
def test_singles(mnemonic: str, width: int) -> None:
    """M[b], which these do not read, holds anything."""
    _, right = _operands(mnemonic, width)
    outcome = execute(mnemonic, width, np.full(len(right), 1e300), right)
    _check(outcome.result, outcome.fault, [SINGLES[mnemonic](int(y)) for y in right], width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mnemonic", [*PAIRS, *SINGLES])
def test_operands_that_are_no_words_fault(mnemonic: str, width: int) -> None:
    low, high = word_range(width)
    bad = np.array([value for value in (*NOT_WORDS, low - 1, high + 1, high + 0.5, low - 0.5)
                    if not (low <= value <= high and value == int(value))])  # fmt: skip
    good = edges(width)[:11]
    sides = [all_pairs(good, bad), all_pairs(bad, bad)]
    if mnemonic in PAIRS:
        sides.append(all_pairs(bad, good))
    left, right = (np.concatenate(side) for side in zip(*sides, strict=True))
    outcome = execute(mnemonic, width, left, right)
    assert (outcome.fault == Fault.INTEGER).all()
    assert np.isfinite(outcome.result).all()
