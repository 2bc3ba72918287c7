"""Meeting in the middle: what an invertible operation would need beside a known value, looked up by its hash."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.expand import Hashes, find, hash_row
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import ADD, FADD, FSUB, SUB, SUBLEQ, XOR, Floats, Kernel, near

INVERTIBLE = frozenset((Kernel.ADD, Kernel.SUB, Kernel.XOR, Kernel.SUBLEQ, Kernel.FADD, Kernel.FSUB))


@native
def needed(k: int, known: float, wanted: float, low: float, high: float) -> float:
    """The second argument with which a kernel gives `wanted`, the first being known."""
    if k == ADD:
        return near(wanted - known, low, high)
    if k == SUB:
        return near(known - wanted, low, high)
    if k == SUBLEQ:
        return near(wanted + known, low, high)
    if k == XOR:
        return np.float64(np.int64(wanted) ^ np.int64(known))
    if k == FADD:
        return wanted - known + 0.0
    return known - wanted + 0.0


@native
def partners(
    k: int,
    values: Floats,
    start: int,
    end: int,
    wanted: Floats,
    table: Hashes,
    indices: NDArray[np.int32],
    keys: Hashes,
    kinds: int,
    found: NDArray[np.int64],
    low: float,
    high: float,
) -> int:
    """Pairs of values of which kernel k makes what is wanted, to `found`, shape [n, 2]; how many. kinds: the types that
    the second argument may have, from 0 on.
    """
    row = np.empty(values.shape[1])
    bits = row.view(np.uint64)
    count = 0
    for i in range(start, end):
        for lane in range(len(row)):
            row[lane] = needed(k, values[i, lane], wanted[lane], low, high)
        for kind in range(kinds):
            at = find(table, hash_row(row, bits, keys, kind))
            if at >= 0 and count < len(found):
                found[count, 0], found[count, 1] = i, indices[at]
                count += 1
    return count


def by_cost(pairs: NDArray[np.int64], costs: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Pairs as (cost, first, second), the cheapest first."""
    rows = [(int(costs[i] + costs[j]), int(i), int(j)) for i, j in pairs]
    yield from sorted(rows)


assert Kernel.FSUB == FSUB, "the last kernel of `needed`"
