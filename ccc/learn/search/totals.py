"""Totals over the rounds of each case, in native code."""

from __future__ import annotations

import numpy as np

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints, one


@native
def total(kernel: int, row: Floats, start: int, count: int, begin: float, low: float, high: float) -> float:
    """What `count` values from lane `start` on come to, one after the other; NaN for a fault."""
    value = begin
    for lane in range(start, start + count):
        value = one(kernel, value, row[lane], 0.0, 0.0, low, high)
        if value != value:
            return np.nan
    return value


@native
def hits(
    kernel: int,
    values: Floats,
    kinds: Ints,
    most: int,
    starts: Ints,
    counts: Ints,
    begins: Floats,
    bounds: Floats,
    low: float,
    high: float,
) -> Ints:
    """The rows, of types up to `most`, whose totals are within bounds on all cases. values: shape [rows, lanes].
    starts, counts, begins: of the cases. bounds: [2, cases].
    """
    found = np.zeros(len(values), dtype=np.int64)
    some = 0
    for row in range(len(values)):
        right = kinds[row] >= 0 and kinds[row] <= most
        for case in range(len(starts)):
            if not right:
                break
            value = total(kernel, values[row], starts[case], counts[case], begins[case], low, high)
            right = bounds[0, case] <= value <= bounds[1, case]
        if right:
            found[some] = row
            some += 1
    return found[:some]
