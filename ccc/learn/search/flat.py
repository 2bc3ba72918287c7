"""Learnt skills that are straight lines of kernels, without the interpreter: rows of kernels on registers.

Code of a flat plan: the numbers of its rows and of its registers, the register of the result, where memory is free;
for each register what it holds at first: the number of an argument, -1 for zero, or ARGUMENTS + the cell of a number;
then the rows, each a kernel, four registers that it reads, and the one that it writes.
"""

from __future__ import annotations

import numpy as np

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints, lanes, one

FLAT = 1 << 40
"""Kernels from this number on are flat plans: FLAT + where the plan stands in the code."""
ARGUMENTS = 4
ROWS, REGISTERS, RESULT, FREE, FIRST = 0, 1, 2, 3, 4
ROW = 6


@native
def flat_value(code: Ints, k: int, a: float, b: float, c: float, d: float, m: Floats, low: float, high: float) -> float:
    """The result of a flat plan, NaN for a fault. m: memory, which begins with the numbers."""
    at = k - FLAT
    registers, free = code[at + REGISTERS], code[at + FREE]
    for r in range(registers):
        begin = code[at + FIRST + r]
        if begin < 0:
            m[free + r] = 0.0
        elif begin >= ARGUMENTS:
            m[free + r] = m[begin - ARGUMENTS]
        else:
            m[free + r] = a if begin == 0 else b if begin == 1 else c if begin == 2 else d
    row = at + FIRST + registers
    for _ in range(code[at + ROWS]):
        value = one(
            code[row],
            m[free + code[row + 1]],
            m[free + code[row + 2]],
            m[free + code[row + 3]],
            m[free + code[row + 4]],
            low,
            high,
        )
        if value != value:
            return np.nan
        m[free + code[row + 5]] = value
        row += ROW
    return float(m[free + code[at + RESULT]])


@native
def flat_lanes(
    code: Ints,
    k: int,
    a: Floats,
    b: Floats,
    c: Floats,
    d: Floats,
    out: Floats,
    n: int,
    m: Floats,
    low: float,
    high: float,
) -> None:
    """out[i] <- flat plan k on (a[i], b[i], c[i], d[i]) for i < n, NaN where it faults."""
    at = k - FLAT
    registers, free = code[at + REGISTERS], code[at + FREE]
    if free + (registers + 1) * n > len(m):
        for i in range(n):
            out[i] = flat_value(code, k, a[i], b[i], c[i], d[i], m, low, high)
        return
    for r in range(registers):
        begin, of = code[at + FIRST + r], free + r * n
        for i in range(n):
            if begin < 0:
                m[of + i] = 0.0
            elif begin >= ARGUMENTS:
                m[of + i] = m[begin - ARGUMENTS]
            else:
                m[of + i] = a[i] if begin == 0 else b[i] if begin == 1 else c[i] if begin == 2 else d[i]
    faults = m[free + registers * n : free + (registers + 1) * n]
    for i in range(n):
        faults[i] = 0.0
    row = at + FIRST + registers
    for _ in range(code[at + ROWS]):
        w, x = free + code[row + 1] * n, free + code[row + 2] * n
        y, z, to = free + code[row + 3] * n, free + code[row + 4] * n, free + code[row + 5] * n
        result = m[to : to + n]
        lanes(code[row], m[w : w + n], m[x : x + n], m[y : y + n], m[z : z + n], result, n, low, high)
        for i in range(n):
            if result[i] != result[i]:
                faults[i] = np.nan
                result[i] = 0.0  # kernels take numbers
        row += ROW
    to = free + code[at + RESULT] * n
    for i in range(n):
        out[i] = faults[i] if faults[i] != faults[i] else m[to + i]
