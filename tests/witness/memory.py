"""Moves, and indirect, indexed and stack-relative access: mov movi ld st ldx stx lds sts."""

from __future__ import annotations

from ccc.isa import Fault
from tests.witness.cases import (
    BAD_ADDRESSES,
    HALF_ULP,
    LARGEST,
    TINIEST,
    Case,
    op,
    reads_and_writes,
    window,
)

_VALUES = (0, -1, 7, 0.1, -0.5, TINIEST, -TINIEST, LARGEST, -LARGEST, 2147483648, 2**53 + 2)

_MOVES = (
    *(op("mov", 20, 21, {21: value}, {20: value}) for value in _VALUES),
    *(op("movi", 20, value, {}, {20: value}) for value in _VALUES),
    op("mov", 20, 20, {20: 0.5}, {20: 0.5}, "b = c"),
    op("mov", 31, 0, {}, {31: -2}, "first cell to last"),
    op("mov", 0, 31, {31: 9}, {0: 9}, "overwrites its own opcode"),
    op("mov", 1, 2, {}, {1: 2}, "overwrites its own operand"),
    op("mov", 2, 1, {}, {2: 2}, "overwrites its own operand"),
    op("mov", 20, 21, {21: 1000}, {20: 1000}, "the width is nothing to it", width=8),
    op("movi", 20, 1000, {}, {20: 1000}, "the width is nothing to it", width=8),
    op("movi", 0, 7, {}, {0: 7}, "overwrites its own opcode"),
    op("movi", 1, 7, {}, {1: 7}, "overwrites its own operand"),
    op("movi", 2, 7, {}, {2: 7}, "overwrites its own operand by itself"),
    op("movi", 31, -1, {}, {31: -1}, "the last cell"),
    *(op("movi", bad, 5, {}, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES),
    op("movi", 20, 5, {}, Fault.PROTECTED, registers=window(0, 20)),
    op("movi", 20, 5, {}, Fault.PROTECTED, registers=window(21, 32)),
    op("movi", 19, 5, {}, {19: 5}, "last writable cell", registers=window(10, 20)),
    op("movi", 10, 5, {}, {10: 5}, "first writable cell", registers=window(10, 20)),
    op("movi", 9, 5, {}, Fault.PROTECTED, "one below the window", registers=window(10, 20)),
    op("movi", 0, 5, {}, Fault.PROTECTED, "nothing writable", registers=window(0, 0)),
    op("movi", 31, 5, {}, Fault.PROTECTED, "nothing writable", registers=window(32, 32)),
    op("movi", -1, 5, {}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 0)),
    op("mov", 20, 9, {9: 5}, {20: 5}, "reading outside the window", registers=window(20, 21)),
)

_LD = (
    op("ld", 20, 21, {21: 22, 22: 7.5}, {20: 7.5}),
    op("ld", 20, 21, {21: 0}, {20: -4}, "reads its own opcode, -4"),
    op("ld", 20, 21, {21: 31, 31: LARGEST}, {20: LARGEST}, "the last cell"),
    op("ld", 20, 20, {20: 22, 22: 3}, {20: 3}, "b = c"),
    op("ld", 20, 20, {20: 20}, {20: 20}, "b = c, and the pointer points at itself"),
    op("ld", 20, 21, {21: 21}, {20: 21}, "the pointer points at itself"),
    op("ld", 20, 21, {20: 6, 21: 20}, {20: 6}, "the pointer points at b"),
    op("ld", 0, 21, {21: 22, 22: 5}, {0: 5}, "overwrites its own opcode"),
    *(op("ld", 20, 21, {21: bad}, Fault.ADDRESS, "bad pointer") for bad in BAD_ADDRESSES),
    op("ld", 20, 21, {21: -1}, Fault.ADDRESS, "bad pointer, b protected: ADDRESS wins", registers=window(0, 20)),
    op("ld", 20, 21, {21: 9, 9: 1}, {20: 1}, "reading outside the window", registers=window(20, 21)),
)

_ST = (
    op("st", 20, 21, {20: 22, 21: 7.5}, {22: 7.5}),
    op("st", 20, 21, {20: 31, 21: -1}, {31: -1}, "the last cell"),
    op("st", 20, 21, {20: 0, 21: 9}, {0: 9}, "overwrites its own opcode"),
    op("st", 20, 20, {20: 22}, {22: 22}, "b = c"),
    op("st", 20, 20, {20: 20}, {20: 20}, "b = c, and the pointer points at itself"),
    op("st", 20, 21, {20: 20, 21: 9}, {20: 9}, "the pointer is overwritten"),
    op("st", 20, 21, {20: 21, 21: 9}, {21: 9}, "the source is overwritten by itself"),
    op("st", 20, 21, {20: 22, 21: -TINIEST}, {22: -TINIEST}),
    *(op("st", 20, 21, {20: bad, 21: 1}, Fault.ADDRESS, "bad pointer") for bad in BAD_ADDRESSES),
    *(op("st", bad, 21, {21: 1}, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES),
    *(op("st", 20, bad, {20: 22}, Fault.ADDRESS, "bad c") for bad in BAD_ADDRESSES),
    op("st", 20, 21, {20: 22, 21: 1}, Fault.PROTECTED, registers=window(0, 22)),
    op("st", 20, 21, {20: 22, 21: 1}, Fault.PROTECTED, registers=window(23, 32)),
    op("st", 20, 21, {20: 22, 21: 1}, {22: 1}, "only the target need be writable", registers=window(22, 23)),
    op("st", 20, 32, {20: 22}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 22)),
    op("st", 20, 21, {20: -1, 21: 1}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 0)),
)

# the two terms of an index, and the address they make (5 holds 0.75 in the rows) or None where they make none
_TERMS: tuple[tuple[float, float, bool], ...] = (
    (5, 0, True),
    (0, 5, True),
    (2, 3, True),
    (-2, 7, True),
    (1000, -995, True),
    (4.5, 0.5, True),
    (5, TINIEST, True),  # the sum is rounded to 5
    (-TINIEST, 5, True),
    (2147483648, -2147483643, True),
    (-2147483648, 2147483653, False),  # the second term is beyond 2**31
    (-2147483643, 2147483648, True),
    (2147483649, -2147483644, False),
    (-2147483644, 2147483649, False),
    (2147483648.5, -2147483643.5, False),
    (1e300, -1e300, False),
    (LARGEST, LARGEST, False),
    (-LARGEST, -LARGEST, False),
    (LARGEST, HALF_ULP, False),
    (5, LARGEST, False),
    (5, 0.5, False),
    (5, -6, False),
    (0, -TINIEST, False),
    (16, 16, False),
    (31, 1, False),
    (2**53, -(2**53), False),
)

_INDEXED = (
    *(op("ldx", 20, 21, {21: first, 22: second, 5: 0.75}, {20: 0.75} if sound else Fault.ADDRESS)
      for first, second, sound in _TERMS),
    *(op("stx", 20, 23, {20: first, 21: second, 23: 0.75}, {5: 0.75} if sound else Fault.ADDRESS)
      for first, second, sound in _TERMS),
    op("ldx", 20, 21, {21: 30, 22: 1, 31: 6}, {20: 6}, "the last cell"),
    op("ldx", 20, 21, {21: 3, 22: -3}, {20: -6}, "reads its own opcode, -6"),
    op("ldx", 20, 30, {30: 4, 31: 1, 5: 6}, {20: 6}, "c + 1 is the last cell"),
    op("ldx", 20, 31, {31: 4}, Fault.ADDRESS, "c + 1 is outside"),
    op("ldx", 20, -1, {}, Fault.ADDRESS, "c + 1 is inside, c is not"),
    op("ldx", 20, 20, {20: 4, 21: 1, 5: 6}, {20: 6}, "b = c"),
    op("ldx", 21, 20, {20: 4, 21: 1, 5: 6}, {21: 6}, "b = c + 1"),
    op("ldx", 20, 21, {21: 11, 22: 10}, {20: 11}, "reads its own index"),
    op("ldx", 20, 21, {21: 11, 22: 9, 20: 3}, {20: 3}, "reads b"),
    op("ldx", 20, 21, {21: 32, 22: 0}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 20)),
    op("ldx", 20, 21, {21: 5, 22: 0}, Fault.PROTECTED, registers=window(0, 20)),
    *(op("ldx", bad, 21, {21: 5, 22: 0}, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES),
    *(op("ldx", 20, bad, {}, Fault.ADDRESS, "bad c") for bad in BAD_ADDRESSES),
    op("stx", 20, 23, {20: 30, 21: 1, 23: 6}, {31: 6}, "the last cell"),
    op("stx", 30, 23, {30: 4, 31: 1, 23: 6}, {5: 6}, "b + 1 is the last cell"),
    op("stx", 31, 23, {31: 4, 23: 6}, Fault.ADDRESS, "b + 1 is outside"),
    op("stx", -1, 23, {23: 6}, Fault.ADDRESS, "b + 1 is inside, b is not"),
    op("stx", 20, 20, {20: 4, 21: 1}, {5: 4}, "b = c"),
    op("stx", 20, 21, {20: 4, 21: 1}, {5: 1}, "b + 1 = c"),
    op("stx", 20, 23, {20: 11, 21: 9, 23: 6}, {20: 6}, "overwrites its own index"),
    op("stx", 20, 23, {20: 11, 21: 10, 23: 6}, {21: 6}, "overwrites its own index"),
    op("stx", 20, 23, {20: 3, 21: -3, 23: 6}, {0: 6}, "overwrites its own opcode"),
    op("stx", 20, 23, {20: 5, 21: 0, 23: 6}, Fault.PROTECTED, registers=window(6, 32)),
    op("stx", 20, 23, {20: 5, 21: 0, 23: 6}, {5: 6}, "only the target need be writable", registers=window(5, 6)),
    op("stx", 20, 23, {20: -1, 21: 0}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 0)),
    op("stx", 20, -1, {20: 5, 21: 0}, Fault.ADDRESS, "bad c before PROTECTED", registers=window(6, 32)),
    *(op("stx", bad, 23, {23: 6}, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES),
    *(op("stx", 20, bad, {20: 5, 21: 0}, Fault.ADDRESS, "bad c") for bad in BAD_ADDRESSES),
)  # fmt: skip

# sp = 27; (offset, the address it makes or None)
_OFFSETS: tuple[tuple[float, int | None], ...] = (
    (0, 27),
    (1, 28),
    (2, 29),
    (3, 30),  # above the stack: any cell of memory will do
    (4, 31),
    (5, None),
    (-4, 23),  # below the stack
    (-7, 20),
    (-27, 0),
    (-28, None),
    (-1, 26),
    (TINIEST, 27),  # sp + c is rounded to 27
    (0.5, None),
    (-0.5, None),
    (1e300, None),
    (-1e300, None),
    (LARGEST, None),
    (2**31, None),
    (2**53, None),
)

_LOCALS = (
    *(op("lds", 19, offset, {} if at in (None, 0) else {at: 0.75},
         Fault.ADDRESS if at is None else {19: -8 if at == 0 else 0.75}) for offset, at in _OFFSETS),
    *(op("sts", offset, 19, {19: 0.75}, Fault.ADDRESS if at is None else {at: 0.75}) for offset, at in _OFFSETS),
    op("lds", 27, 0, {27: 4}, {27: 4}, "b is the local itself"),
    op("lds", 19, 0, {27: 4}, {19: 4}, "the empty stack is read all the same", registers={"sp": 27, "stack_high": 27}),
    op("lds", 19, 0, {}, Fault.ADDRESS, "an empty stack at the top of memory",
       registers={"sp": 32, "stack_high": 32}),
    op("lds", 19, -32, {}, {19: -8}, "an empty stack at the top of memory",
       registers={"sp": 32, "stack_high": 32}),
    *(op("lds", bad, 0, {27: 1}, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES),
    op("lds", 19, 0, {27: 1}, Fault.PROTECTED, registers=window(20, 32)),
    op("lds", 19, 5, {}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(20, 32)),
    op("sts", 0, 27, {27: 4}, {27: 4}, "c is the local itself"),
    *(op("sts", 0, bad, {}, Fault.ADDRESS, "bad c") for bad in BAD_ADDRESSES),
    op("sts", 0, 19, {19: 1}, Fault.PROTECTED, registers=window(0, 27)),
    op("sts", 0, 19, {19: 1}, Fault.PROTECTED, registers=window(28, 32)),
    op("sts", 0, 19, {19: 1}, {27: 1}, "only the local need be writable", registers=window(27, 28)),
    op("sts", 0, 32, {}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 27)),
    op("sts", 5, 19, {19: 1}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 0)),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *_MOVES,
    *reads_and_writes("mov"),
    *_LD,
    *reads_and_writes("ld", right=5),
    *_ST,
    *_INDEXED,
    *_LOCALS,
)
