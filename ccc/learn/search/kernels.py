"""Atoms in native code: what a skill with one output computes from single cells, as W-bit integers or as reals.

A kernel takes the values of the skill's slots in the order of the frame, the output's old value last. A fault is NaN,
which no cell ever holds. `ccc.learn.search.checking` compares each kernel with the skill's block before it is used.
"""

from __future__ import annotations

import enum
import math

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_ARGUMENTS = 4


class Kernel(enum.IntEnum):
    """The skills that have native code. Those after REALS work on reals."""

    NONE = -1
    MOV = 0
    NEG = 1
    NOT = 2
    INC = 3
    DEC = 4
    IS_LE = 5
    ADD = 6
    SUB = 7
    MUL = 8
    DIV = 9
    MOD = 10
    MIN = 11
    MAX = 12
    AND = 13
    OR = 14
    XOR = 15
    SHL = 16
    SHR = 17
    SAR = 18
    SUBLEQ = 19
    CMOV_LE = 20
    ZERO = 21
    ONE = 22
    REALS = 32
    FNEG = 33
    FINC = 34
    FDEC = 35
    FADD = 36
    FSUB = 37
    FMUL = 38
    FDIV = 39
    FMIN = 40
    FMAX = 41
    FSQRT = 42
    FSUBLEQ = 43
    FCMOV_LE = 44


BY_NAME: dict[str, Kernel] = {
    kernel.name.lower(): kernel for kernel in Kernel if kernel not in (Kernel.NONE, Kernel.REALS)
}
BY_NAME |= {"fmov": Kernel.MOV, "fzero": Kernel.ZERO, "fone": Kernel.ONE}
COMMUTATIVE = frozenset(
    Kernel[name] for name in ("ADD", "MUL", "MIN", "MAX", "AND", "OR", "XOR", "FADD", "FMUL", "FMIN", "FMAX")
)
READS_OUTPUT = frozenset((Kernel.SUBLEQ, Kernel.CMOV_LE, Kernel.FSUBLEQ, Kernel.FCMOV_LE))

MOV, NEG, NOT, INC, DEC, IS_LE = 0, 1, 2, 3, 4, 5
ADD, SUB, MUL, DIV, MOD, MIN, MAX = 6, 7, 8, 9, 10, 11, 12
AND, OR, XOR, SHL, SHR, SAR = 13, 14, 15, 16, 17, 18
SUBLEQ, CMOV_LE, ZERO, ONE = 19, 20, 21, 22
REALS = 32
FNEG, FINC, FDEC, FADD, FSUB, FMUL, FDIV = 33, 34, 35, 36, 37, 38, 39
FMIN, FMAX, FSQRT, FSUBLEQ, FCMOV_LE = 40, 41, 42, 43, 44


@native
def near(value: float, low: float, high: float) -> float:
    """Wrap a value that is at most one span outside of the word."""
    span = high - low + 1.0
    if value > high:
        return value - span
    if value < low:
        return value + span
    return value


@native
def wrapped(value: np.int64, low: float, high: float) -> float:
    """Wrap any 64-bit integer."""
    mask = np.int64(high - low)
    return np.float64(((value - np.int64(low)) & mask) + np.int64(low))


@native
def quotient(a: float, b: float, low: float, high: float) -> float:
    """Truncated toward zero. Doubles divide integers of 32 bits exactly enough: the quotient is never rounded up to
    the next integer.
    """
    if b == 0.0:
        return np.nan
    return float(near(np.trunc(a / b), low, high) + 0.0)


@native
def remainder(a: float, b: float) -> float:
    """With the sign of the dividend."""
    if b == 0.0:
        return np.nan
    return a - np.trunc(a / b) * b + 0.0


@native
def shifted(k: int, a: float, b: float, low: float, high: float) -> float:
    """shl, shr and sar."""
    x, y = np.int64(a), np.int64(b)
    bits = np.int64(math.log2(high - low + 1.0))
    if y < 0 or y >= bits:
        return np.nan
    if k == SHL:
        return wrapped(x << y, low, high)
    if k == SHR:
        return wrapped((x & np.int64(high - low)) >> y, low, high)
    return np.float64(x >> y)


@native
def finite(value: float) -> float:
    """A real result: an overflow is a fault, a zero is +0.0."""
    return value + 0.0 if abs(value) <= 1.7976931348623157e308 else np.nan


@native
def lanes(  # noqa: C901 (a switch over the kernels, each with its own loop, so that it runs on vectors)
    k: int, a: Floats, b: Floats, c: Floats, d: Floats, out: Floats, n: int, low: float, high: float
) -> None:
    """out[i] <- kernel k on (a[i], b[i], c[i], d[i]) for i < n."""
    if k >= REALS:
        real_lanes(k, a, b, c, d, out, n)
    elif k == ADD:
        for i in range(n):
            out[i] = near(a[i] + b[i], low, high)
    elif k == SUB:
        for i in range(n):
            out[i] = near(a[i] - b[i], low, high)
    elif k == MUL:
        for i in range(n):
            out[i] = wrapped(np.int64(a[i]) * np.int64(b[i]), low, high)
    elif k == DIV:
        for i in range(n):
            out[i] = quotient(a[i], b[i], low, high)
    elif k == MOD:
        for i in range(n):
            out[i] = remainder(a[i], b[i])
    elif k == MIN:
        for i in range(n):
            out[i] = a[i] if a[i] < b[i] else b[i]
    elif k == MAX:
        for i in range(n):
            out[i] = a[i] if a[i] > b[i] else b[i]
    elif k == SUBLEQ:
        for i in range(n):
            out[i] = near(b[i] - a[i], low, high)
    elif k == CMOV_LE:
        for i in range(n):
            out[i] = c[i] if a[i] <= b[i] else d[i]
    elif k == AND:
        for i in range(n):
            out[i] = np.float64(np.int64(a[i]) & np.int64(b[i]))
    elif k == OR:
        for i in range(n):
            out[i] = np.float64(np.int64(a[i]) | np.int64(b[i]))
    elif k == XOR:
        for i in range(n):
            out[i] = np.float64(np.int64(a[i]) ^ np.int64(b[i]))
    elif SHL <= k <= SAR:
        for i in range(n):
            out[i] = shifted(k, a[i], b[i], low, high)
    else:
        single_lanes(k, a, out, n, low, high)


@native
def single_lanes(  # noqa: C901 (as `lanes`)
    k: int, a: Floats, out: Floats, n: int, low: float, high: float
) -> None:
    """Kernels of one argument at most."""
    if k == MOV:
        for i in range(n):
            out[i] = a[i]
    elif k == NEG:
        for i in range(n):
            out[i] = near(-a[i], low, high) + 0.0
    elif k == NOT:
        for i in range(n):
            out[i] = -a[i] - 1.0
    elif k == INC:
        for i in range(n):
            out[i] = near(a[i] + 1.0, low, high)
    elif k == DEC:
        for i in range(n):
            out[i] = near(a[i] - 1.0, low, high)
    elif k == IS_LE:
        for i in range(n):
            out[i] = 1.0 if a[i] <= 0.0 else 0.0
    else:
        for i in range(n):
            out[i] = 1.0 if k == ONE else 0.0


@native
def real_lanes(k: int, a: Floats, b: Floats, c: Floats, d: Floats, out: Floats, n: int) -> None:
    """Kernels on reals."""
    for i in range(n):
        out[i] = real(k, a[i], b[i], c[i], d[i])


@native
def real(k: int, a: float, b: float, c: float, d: float) -> float:
    """One result of a kernel on reals."""
    if k == FADD:
        return finite(a + b)
    if k == FSUB:
        return finite(a - b)
    if k == FMUL:
        return finite(a * b)
    if k == FDIV:
        return finite(a / b) if b != 0.0 else np.nan
    if k == FMIN:
        return a if a < b else b
    if k == FMAX:
        return a if a > b else b
    if k == FNEG:
        return -a + 0.0
    if k == FINC:
        return finite(a + 1.0)
    if k == FDEC:
        return finite(a - 1.0)
    if k == FSQRT:
        return float(np.sqrt(a) + 0.0)
    if k == FSUBLEQ:
        return finite(b - a)
    return c if a <= b else d


@native
def one(k: int, a: float, b: float, c: float, d: float, low: float, high: float) -> float:
    """One result of a kernel."""
    if k == ADD:
        return near(a + b, low, high)
    if k == SUB:
        return near(a - b, low, high)
    if k == MUL:
        return wrapped(np.int64(a) * np.int64(b), low, high)
    if k == DIV:
        return quotient(a, b, low, high)
    if k == MOD:
        return remainder(a, b)
    if k == MIN:
        return a if a < b else b
    if k == MAX:
        return a if a > b else b
    if k == CMOV_LE:
        return c if a <= b else d
    if k == SUBLEQ:
        return near(b - a, low, high)
    if k >= REALS:
        return real(k, a, b, c, d)
    if k >= AND:
        return one_of_bits(k, a, b, low, high)
    return one_single(k, a, low, high)


@native
def one_of_bits(k: int, a: float, b: float, low: float, high: float) -> float:
    """Bitwise operations, shifts, and the numbers 0 and 1."""
    if k == AND:
        return np.float64(np.int64(a) & np.int64(b))
    if k == OR:
        return np.float64(np.int64(a) | np.int64(b))
    if k == XOR:
        return np.float64(np.int64(a) ^ np.int64(b))
    if k == ZERO:
        return 0.0
    if k == ONE:
        return 1.0
    return shifted(k, a, b, low, high)


@native
def one_single(k: int, a: float, low: float, high: float) -> float:
    """Kernels of one argument."""
    if k == NEG:
        return near(-a, low, high) + 0.0
    if k == NOT:
        return -a - 1.0
    if k == INC:
        return near(a + 1.0, low, high)
    if k == DEC:
        return near(a - 1.0, low, high)
    if k == IS_LE:
        return 1.0 if a <= 0.0 else 0.0
    return a
