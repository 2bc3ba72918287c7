"""How near values come to what is wanted, in native code; and the keys by which values are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.expand import Hashes
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints

EQUAL, LOW_BITS, NEAR, ORDER, CONSTANT = 0.4, 0.2, 0.2, 0.2, 0.9
"""What counts for `agreement`."""


class Goal(NamedTuple):
    """What is wanted of each output: on `sizes` lanes, in the order of the wanted values. ranks: of its type. spreads:
    how far the wanted values lie apart. full: wanted on all lanes, or zeros. complete: whether it is. tolerances: how
    far a result may be off, relative.
    """

    lanes: Ints
    wanted: Floats
    sizes: Ints
    ranks: Ints
    spreads: Floats
    full: Floats
    complete: NDArray[np.bool_]
    integer: bool
    tolerances: Floats


@native
def row_sum(row: Floats, bits: Hashes, hashes: Hashes) -> np.uint64:
    """The hash of the lanes. bits: the memory of `row`."""
    total = np.uint64(0)
    for lane in range(len(row)):
        x = bits[lane]
        x ^= x >> np.uint64(32)
        x *= hashes[lane]
        x ^= x >> np.uint64(29)
        total += x * hashes[lane]
    return total


@native
def with_kind(total: np.uint64, kind: int) -> np.uint64:
    """The key of a value of some type: never 0."""
    total += np.uint64(kind + 1) * np.uint64(0x9E3779B97F4A7C15)
    total ^= total >> np.uint64(31)
    total *= np.uint64(0xBF58476D1CE4E5B9)
    total ^= total >> np.uint64(30)
    return total | np.uint64(1)


@native
def agreement(row: Floats, goal: Goal, output: int) -> tuple[float, float]:
    """On which share of its lanes an output would be right, and how near the row is to what is wanted, up to 1.

    How near: EQUAL times that share, LOW_BITS times the share of low bits that agree, NEAR times spread / (spread +
    difference), ORDER times the rank correlation of neighbours in the wanted order, whatever its sign; at least
    CONSTANT where the difference, the sum or the exclusive or of both is the same number on all lanes.
    """
    n = goal.sizes[output]
    equal, close, bits, up, pairs = 0, 0.0, 0.0, 0, 0
    same_difference = same_sum = same_xor = True
    spread = goal.spreads[output]
    before = before_wanted = difference_0 = sum_0 = 0.0
    xor_0 = np.int64(0)
    for at in range(n):
        value, wanted = row[goal.lanes[output, at]], goal.wanted[output, at]
        difference, total = value - wanted, value + wanted
        equal += abs(difference) <= goal.tolerances[output] * max(1.0, abs(wanted))
        close += spread / (spread + abs(difference))
        if goal.integer:
            xor = np.int64(value) ^ np.int64(wanted)
            if xor == 0:
                bits += 1.0
            else:
                low = np.int64(xor)
                zeros = 0
                while low & 1 == 0:
                    low >>= 1
                    zeros += 1
                bits += zeros / 32.0
            if at == 0:
                xor_0 = xor
            same_xor &= xor == xor_0
        if at == 0:
            difference_0, sum_0 = difference, total
        elif wanted != before_wanted:
            pairs += 1
            up += int(value > before) - int(value < before)
        same_difference &= difference == difference_0
        same_sum &= total == sum_0
        before, before_wanted = value, wanted
    if n == 0 or equal == n:
        return 1.0, 1.0
    share = equal / n
    order = abs(up) / pairs if pairs > 0 else share
    low_bits = bits / n if goal.integer else share
    found = EQUAL * share + LOW_BITS * low_bits + NEAR * close / n + ORDER * order
    if n > 1 and (same_difference or same_sum or (same_xor and goal.integer)):
        found = max(found, CONSTANT)
    return share, min(found, 0.99)
