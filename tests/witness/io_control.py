"""Jumps, input and output, halt, and what fetching and decoding do."""

from __future__ import annotations

from ccc.isa import LOWEST_OPCODE, Fault
from tests.witness.cases import BAD_ADDRESSES, LARGEST, TINIEST, Case, op, opcode, row, window

_YES, _NO = True, False

# (mnemonic, M[20], taken)
_CONDITIONS = (
    ("jle", 0, _YES),
    ("jle", 1, _NO),
    ("jle", -1, _YES),
    ("jle", TINIEST, _NO),
    ("jle", -TINIEST, _YES),
    ("jle", 0.5, _NO),
    ("jle", -0.5, _YES),
    ("jle", LARGEST, _NO),
    ("jle", -LARGEST, _YES),
    ("jle", 2147483648, _NO),
    ("jeq", 0, _YES),
    ("jeq", 1, _NO),
    ("jeq", -1, _NO),
    ("jeq", TINIEST, _NO),
    ("jeq", -TINIEST, _NO),
    ("jeq", 0.5, _NO),
    ("jeq", LARGEST, _NO),
    ("jeq", -LARGEST, _NO),
    ("jlt", 0, _NO),
    ("jlt", 1, _NO),
    ("jlt", -1, _YES),
    ("jlt", TINIEST, _NO),
    ("jlt", -TINIEST, _YES),
    ("jlt", -0.5, _YES),
    ("jlt", LARGEST, _NO),
    ("jlt", -LARGEST, _YES),
    ("jlt", -2147483649, _YES),
)

# pc after a jump to c: the jump itself never faults
_TARGETS = (12, 0, 3, 29, 30, 32, -1, -7, 0.5, -0.5, TINIEST, -TINIEST, 1e300, -1e300, LARGEST, 2**31, 2**53)

_CONDITIONAL = ("jle", "jeq", "jlt")

_JUMPS = (
    *(op(name, 20, 12, {20: value}, {}, pc=12 if taken else 3) for name, value, taken in _CONDITIONS),
    *(op("jmp", 0, target, {}, {}, pc=target) for target in _TARGETS),
    *(op("jmpi", 20, 0, {20: target}, {}, pc=target) for target in _TARGETS),
    *(op(name, 20, target, {20: 0 if name != "jlt" else -1}, {}, pc=target)
      for name in _CONDITIONAL for target in (0, 30, -1, -0.5, 0.5, 1e300, TINIEST)),
    *(op(name, 20, 1e300, {20: 1}, {}, "not taken", pc=3) for name in _CONDITIONAL),
    *(op(name, bad, 12, {}, Fault.ADDRESS, "bad b") for name in (*_CONDITIONAL, "jmpi") for bad in BAD_ADDRESSES),
    op("jle", 0, 12, {}, {}, "its own opcode, -32", pc=12),
    op("jlt", 2, -5, {}, {}, "its own target", pc=-5),
    op("jeq", 1, 12, {}, {}, "its own operand, 1", pc=3),
    op("jeq", 31, 12, {31: 0}, {}, "the last cell", pc=12),
    op("jle", 20, 12, {20: 0}, {}, "needs no writable cell", pc=12, registers=window(0, 0)),
    op("jmp", 1e300, 12, {}, {}, "b is unused", pc=12),
    op("jmpi", 20, 1e300, {20: 12}, {}, "c is unused", pc=12),
    op("jmpi", 0, 0, {}, {}, "its own opcode, -36: halts", pc=-36),
    op("jmpi", 31, 0, {31: 6}, {}, "the last cell", pc=6),
    row("jmp", {0: (opcode("jmp"), 0, 12), 12: (opcode("jmp"), 0, 0)}, {}, {}, "round and round", steps=9, pc=12),
)  # fmt: skip

_IN, _OUT, _HALT = opcode("in"), opcode("out"), opcode("halt")

_INPUT = (
    op("in", 20, 0, {}, {20: 65}, inputs=(65,)),
    *(op("in", 20, 0, {}, {20: value}, "any number", inputs=(value,))
      for value in (0, -1, 0.1, -0.5, LARGEST, -LARGEST, TINIEST, 2147483648)),
    op("in", 20, 0, {}, {20: 0}, "-0.0 enters as +0.0", inputs=(-0.0,)),
    op("in", 20, 0, {}, {20: -1}, "at the end"),
    op("in", 20, 0, {}, {20: 1000}, "the width is nothing to it", inputs=(1000,), width=8),
    op("in", 0, 0, {}, {0: 5}, "overwrites its own opcode", inputs=(5,)),
    op("in", 31, 1e300, {}, {31: 5}, "the last cell; c is unused", inputs=(5,)),
    row("in", (_IN, 20, 0, _IN, 21, 0, _IN, 22, 0), {}, {20: 8, 21: 9, 22: -1}, "one after the other, and the end",
        inputs=(8, 9), steps=3, pc=9),
    row("in", (_IN, 20, 0, _IN, 20, 0, _IN, 21, 0), {}, {20: -1, 21: -1}, "the end again and again",
        inputs=(8,), steps=3, pc=9),
    *(op("in", bad, 0, {}, Fault.ADDRESS, "bad b", inputs=(5,)) for bad in BAD_ADDRESSES),
    op("in", -1, 0, {}, Fault.ADDRESS, "bad b at the end of the input"),
    op("in", 20, 0, {}, Fault.PROTECTED, inputs=(5,), registers=window(0, 20)),
    op("in", 20, 0, {}, Fault.PROTECTED, "at the end of the input", registers=window(21, 32)),
    op("in", 20, 0, {}, {20: 5}, "the only writable cell", inputs=(5,), registers=window(20, 21)),
    op("in", 32, 0, {}, Fault.ADDRESS, "ADDRESS before PROTECTED", inputs=(5,), registers=window(0, 0)),
)  # fmt: skip

_OUTPUT = (
    *(op("out", 20, 0, {20: value}, {}, out=(value,))
      for value in (65, 0, -1, 0.1, -0.5, LARGEST, -LARGEST, TINIEST, 2147483648)),
    op("out", 0, 0, {}, {}, "its own opcode", out=(-45,)),
    op("out", 31, 1e300, {31: 7}, {}, "the last cell; c is unused", out=(7,)),
    op("out", 20, 0, {20: 7}, {}, "needs no writable cell", out=(7,), registers=window(0, 0)),
    op("out", 20, 0, {20: 1000}, {}, "the width is nothing to it", out=(1000,), width=8),
    row("out", (_OUT, 20, 0, _OUT, 21, 0, _OUT, 20, 0), {20: 1, 21: 2.5}, {}, "in order", out=(1, 2.5, 1),
        steps=3, pc=9),
    row("out", (_IN, 20, 0, _OUT, 20, 0), {}, {20: 0.1}, "what came in", out=(0.1,), inputs=(0.1,), steps=2, pc=6),
    row("out", (_OUT, 20, 0, _OUT, -1, 0), {20: 1}, {}, "what came out before a fault stays", out=(1,), steps=2, pc=3,
        fault=Fault.ADDRESS),
    *(op("out", bad, 0, {}, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES),
)  # fmt: skip

_CONTROL = (
    op("halt", 0, 0, {}, {}, pc=-1),
    op("halt", 1e300, 0.5, {}, {}, "b and c are unused", pc=-1),
    row("halt", (_HALT, 0, 0), {}, {}, "in the last place", pc=-1, registers={"pc": 29}),
    op("halt", 0, 0, {}, {}, "needs no writable cell", pc=-1, registers=window(0, 0)),
    op("halt", 0, 0, {}, {}, "once only", pc=-1, steps=3, executed=1),
    row(
        "halt",
        (_OUT, 20, 0, _HALT, 0, 0, _OUT, 20, 0),
        {20: 4},
        {},
        "nothing after it",
        out=(4,),
        steps=5,
        executed=2,
        pc=-1,
    ),
)

# a state that has stopped stays as it is
_STOPPED = (
    *(row("fetch", {0: (_OUT, 20, 0)}, {}, {}, f"pc = {pc}: halted", pc=pc, executed=0, registers={"pc": pc})
      for pc in (-1, -2, -0.5, -TINIEST, -LARGEST, -3)),
    *(row("fetch", (_OUT, 20, 0), {}, {}, f"{fault.label} before: stopped", pc=0, executed=0,
          fault=fault, registers={"fault": int(fault)}) for fault in Fault if fault),
    row("fetch", {0: (_OUT, 20, 0)}, {}, {}, "both", pc=-1, executed=0, fault=Fault.DIVISION,
        registers={"pc": -1, "fault": int(Fault.DIVISION)}),
)  # fmt: skip

_FETCH = (
    row("fetch", (_OUT, 20, 0), {20: 6}, {}, "n - 3", pc=32, out=(6,), registers={"pc": 29}),
    *(row("fetch", {0: (_OUT, 20, 0)}, {}, Fault.FETCH, f"pc = {pc}", registers={"pc": pc})
      for pc in (30, 31, 32, 33, 0.5, 29.5, 28.999999999999996, TINIEST, 1e300, LARGEST, 2**31, 2**32, 2**53)),
    row("fetch", {30: (LOWEST_OPCODE - 1, 0)}, {}, Fault.FETCH, "FETCH before OPCODE", registers={"pc": 30}),
    row("fetch", {0: (opcode("jmp"), 0, 0.5)}, {}, {}, "a bad jump faults at the next fetch", steps=2, executed=1,
        pc=0.5, fault=Fault.FETCH),
    row("fetch", {0: (opcode("jmp"), 0, -0.5)}, {}, {}, "a negative jump halts", steps=2, executed=1, pc=-0.5),
    row("fetch", (_OUT, 20, 0), {20: 6}, {}, "running off the end", steps=2, executed=1, pc=32, out=(6,),
        registers={"pc": 29}, fault=Fault.FETCH),
    row("fetch", (_OUT, 20, 0), {20: 6}, {}, "an odd pc is as good as any", pc=10, out=(6,), registers={"pc": 7}),
    row("fetch", {0: (opcode("movi"), 3, _OUT), 3: (0, 20, 0)}, {20: 6}, {3: -45}, "code that writes code",
        steps=2, pc=6, out=(6,)),
    row("fetch", (_OUT, 0), {}, Fault.FETCH, "a memory of 2 cells", size=2,
        registers={"sp": 2, "stack_low": 2, "stack_high": 2}),
    row("fetch", (_OUT,), {}, Fault.FETCH, "a memory of 1 cell", size=1,
        registers={"sp": 1, "stack_low": 1, "stack_high": 1}),
    row("fetch", (_OUT, 2, 8), {}, {}, "a memory of 3 cells", size=3, out=(8,),
        registers={"sp": 3, "stack_low": 3, "stack_high": 3}),
    *(row("fetch", (a, 20, 21), {20: 1, 21: 1}, Fault.OPCODE, "no opcode")
      for a in (LOWEST_OPCODE - 1, -1.5, -2.5, -1.0000000000000002, LOWEST_OPCODE - 0.5, -45.5, -100, -1e300, -LARGEST,
                -(2**31), -(2**53), -257, -65538)),
    *(row("fetch", (a, b, c), {}, Fault.OPCODE, "OPCODE before ADDRESS")
      for a, b, c in ((LOWEST_OPCODE - 1, -1, -1), (-2.5, 1e300, 0.5), (-1e300, 32, 32))),
    row("fetch", (LOWEST_OPCODE - 1, 20, 21), {}, Fault.OPCODE, "OPCODE before PROTECTED", registers=window(0, 0)),
    row("fetch", (-2.5, 20, 21), {}, Fault.OPCODE, "OPCODE before STACK_OVERFLOW", registers={"sp": 24}),
)  # fmt: skip

CASES: tuple[Case, ...] = (*_JUMPS, *_INPUT, *_OUTPUT, *_CONTROL, *_STOPPED, *_FETCH)
