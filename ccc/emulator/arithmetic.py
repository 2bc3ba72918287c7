"""Integer, bitwise and real arithmetic, and conversion between them.

Every rule checks first and writes last: a fault leaves the state as it was. It returns the fault and the next pc.
"""

from __future__ import annotations

import numpy as np

from ccc.emulator.core import (
    BITS,
    DIVISION,
    HIGH,
    INTEGER,
    LOW,
    NONE,
    OVERFLOW,
    SHIFT,
    Memory,
    check_move,
    check_write,
    no_word,
    opcode,
    read,
    rule,
    wrapped,
    write,
)
from ccc.machine import Cells

ADD, ADDI, SUB, MUL = opcode("add"), opcode("addi"), opcode("sub"), opcode("mul")
DIV, MOD, MIN, MAX, NEG = opcode("div"), opcode("mod"), opcode("min"), opcode("max"), opcode("neg")
AND, OR, XOR, NOT = opcode("and"), opcode("or"), opcode("xor"), opcode("not")
SHL, SHR, SAR = opcode("shl"), opcode("shr"), opcode("sar")
FADD, FSUB, FMUL, FCMP = opcode("fadd"), opcode("fsub"), opcode("fmul"), opcode("fcmp")
ITOF, FTOI = opcode("itof"), opcode("ftoi")

INTEGER_PAIRS = (ADD, ADDI, SUB, MUL, DIV, MOD, MIN, MAX, AND, OR, XOR, SHL, SHR, SAR)
INTEGER_SINGLES = (NEG, NOT, ITOF)
REAL_PAIRS = (FADD, FSUB, FMUL, FCMP)


@rule
def integer_pair(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """M[b] <- M[b] op M[c] on W-bit integers; for addi the second operand is c itself."""
    fault = check_write(m, r, b) if op == ADDI else check_move(m, r, b, c)
    if fault != NONE:
        return fault, pc
    first = read(m, p, b)
    second = c if op == ADDI else read(m, p, c)
    if no_word(r, first) or no_word(r, second):
        return INTEGER, pc
    x, y = int(first), int(second)
    if (op in (DIV, MOD)) and y == 0:
        return DIVISION, pc
    if (op in (SHL, SHR, SAR)) and not 0 <= y < r[BITS]:
        return SHIFT, pc
    write(m, p, b, wrapped(r, combine(r, op, x, y)))
    return NONE, pc + 3


@rule
def combine(r: Cells, op: int, x: int, y: int) -> int:
    """The integer result before wrapping. Fits 64 bits: operands have at most 32."""
    if op in (ADD, ADDI):
        return x + y
    if op == SUB:
        return x - y
    if op == MUL:
        return x * y
    if op in (DIV, MOD):
        quotient = abs(x) // abs(y)
        if (x < 0) != (y < 0):
            quotient = -quotient
        return quotient if op == DIV else x - quotient * y
    if op == MIN:
        return min(x, y)
    if op == MAX:
        return max(x, y)
    return combine_bits(r, op, x, y)


@rule
def combine_bits(r: Cells, op: int, x: int, y: int) -> int:
    """The bitwise operations and shifts; Python's and numba's integers are two's complement too."""
    if op == AND:
        return x & y
    if op == OR:
        return x | y
    if op == XOR:
        return x ^ y
    if op == SHL:
        return x << y
    if op == SHR:
        return (x & int(r[HIGH] - r[LOW])) >> y
    return x >> y


@rule
def integer_single(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """M[b] <- op M[c] on a W-bit integer: neg, not, itof."""
    fault = check_move(m, r, b, c)
    if fault != NONE:
        return fault, pc
    value = read(m, p, c)
    if no_word(r, value):
        return INTEGER, pc
    x = int(value)
    if op == NEG:
        x = -x
    elif op == NOT:
        x = ~x
    write(m, p, b, wrapped(r, x))
    return NONE, pc + 3


@rule
def real_pair(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """M[b] <- M[b] op M[c] in IEEE double arithmetic; a result that is not finite faults."""
    fault = check_move(m, r, b, c)
    if fault != NONE:
        return fault, pc
    x, y = read(m, p, b), read(m, p, c)
    if op == FADD:
        result = x + y
    elif op == FSUB:
        result = x - y
    elif op == FMUL:
        result = x * y
    else:
        result = 1.0 * (x > y) - 1.0 * (x < y)
    if not np.isfinite(result):
        return OVERFLOW, pc
    write(m, p, b, result)
    return NONE, pc + 3


@rule
def truncate(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """ftoi: M[b] <- M[c] without its fraction, if the word holds it."""
    fault = check_move(m, r, b, c)
    if fault != NONE:
        return fault, pc
    result = np.trunc(read(m, p, c))
    if not r[LOW] <= result <= r[HIGH]:
        return OVERFLOW, pc
    write(m, p, b, result)
    return NONE, pc + 3
