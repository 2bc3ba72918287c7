"""The plain dialects: subleq, subleq-reversed, subleq-silent, subleq-modulo. No opcode exists in them."""

from __future__ import annotations

from functools import partial

from ccc.isa import Fault
from tests.witness.cases import MAX8, MAX16, MAX32, MIN8, MIN16, MIN32, Case, row, subleq

_plain = partial(subleq, dialect="subleq")
_reversed = partial(subleq, dialect="subleq-reversed")
_silent = partial(subleq, dialect="subleq-silent")
_NEGATIVE = (-2, -3, -46, -47, -128)

# What every plain dialect has in common: no opcode, and a bad address is a bad address. Cells are words, always.
_COMMON = tuple(
    case
    for name in ("subleq", "subleq-reversed", "subleq-silent")
    for case in (
        *(subleq(bad, 21, 12, {21: 1}, Fault.ADDRESS, "bad first cell, no opcode", dialect=name)
          for bad in (*_NEGATIVE, 32, 33, MAX32, MIN32)),
        *(subleq(20, bad, 12, {20: 1}, Fault.ADDRESS, "bad second cell", dialect=name)
          for bad in (*_NEGATIVE, 32, 33, MAX32, MIN32)),
        subleq(-2, -2, 12, {}, Fault.ADDRESS, "both bad", dialect=name),
        subleq(-1, -2, 12, {}, Fault.ADDRESS, "port and bad", dialect=name, inputs=(5,)),
        subleq(-2, -1, 12, {}, Fault.ADDRESS, "bad and port", dialect=name, inputs=(5,)),
        subleq(-1, 32, 12, {}, Fault.ADDRESS, "port and bad", dialect=name, inputs=(5,)),
        subleq(32, -1, 12, {}, Fault.ADDRESS, "bad and port", dialect=name, inputs=(5,)),
        subleq(20, 21, 32, {20: 1, 21: 1}, {21: 0} if name != "subleq-reversed" else {20: 0}, "off the end",
               dialect=name, pc=32),
        subleq(20, 21, -1, {20: 1, 21: 1}, {21: 0} if name != "subleq-reversed" else {20: 0}, "halts", dialect=name,
               steps=3, executed=1, pc=-1),
        subleq(20, 21, -7, {20: 1, 21: 1}, {21: 0} if name != "subleq-reversed" else {20: 0}, "halts", dialect=name,
               steps=3, executed=1, pc=-7),
        subleq(20, 20, 30, {20: 5}, {20: 0}, "a = b, and the next fetch faults", dialect=name, steps=2, executed=1,
               pc=30, fault=Fault.FETCH),
        row("fetch", {0: (20, 21, 12)}, {}, Fault.FETCH, "n - 2", dialect=name, registers={"pc": 30}),
        row("fetch", {0: (20, 21, 12)}, {}, Fault.FETCH, "far out", dialect=name, registers={"pc": MAX32}),
        row("fetch", {0: (20, 21, 12)}, {}, {}, "halted", dialect=name, registers={"pc": -1}, pc=-1, executed=0),
        row("subleq", (20, 21, 9), {20: 0, 21: 0}, {}, "in the last place", dialect=name, pc=9, registers={"pc": 29}),
    )
)  # fmt: skip

# (width, M[20], M[21], M[21] - M[20], branch)
_WORDS = (
    (32, 3, 5, 2, False),
    (32, 5, 3, -2, True),
    (32, 5, 5, 0, True),
    (32, 1, MIN32, MAX32, False),
    (32, -1, MAX32, MIN32, True),
    (32, MIN32, 0, MIN32, True),
    (32, MIN32, MAX32, -1, True),
    (16, 1, MIN16, MAX16, False),
    (16, -1, MAX16, MIN16, True),
    (8, 1, MIN8, MAX8, False),
    (8, -1, MAX8, MIN8, True),
    (8, MIN8, -1, MAX8, False),
)

_PLAIN = (
    *(_plain(20, 21, 12, {20: left, 21: right}, {21: out}, width=width, pc=12 if branch else 3)
      for width, left, right, out, branch in _WORDS),
    row("subleq", (0, 21, 12), {0: 3, 21: 5}, {21: 2}, "the first cell", dialect="subleq", registers={"pc": 3}),
    row("subleq", (20, 0, 12), {20: 3, 0: 5}, {0: 2}, "the first cell", dialect="subleq", registers={"pc": 3}),
    row("subleq", (0, 0, 12), {0: 5}, {0: 0}, "the first cell", dialect="subleq", pc=12, registers={"pc": 3}),
    _plain(31, 30, 12, {31: 3, 30: 5}, {30: 2}, "the last cells"),
    _plain(30, 31, 12, {30: 3, 31: 5}, {31: 2}, "the last cells"),
    _plain(-1, 20, 12, {}, {20: 65}, "input", inputs=(65,)),
    _plain(-1, 20, 12, {}, {20: -1}, "input at its end, no branch"),
    _plain(20, -1, 12, {20: -65}, {}, "output, no branch", out=(-65,)),
    _plain(-1, -1, 12, {}, {}, "copy", inputs=(65,), out=(65,)),
    _plain(-1, -1, 12, {}, {}, "copy at the end of the input", out=(-1,)),
    row("subleq", (-1, 20, 0, 20, -1, 0, 21, 21, -1), {21: 4}, {20: 65, 21: 0}, "in, out, halt", dialect="subleq",
        inputs=(65,), out=(65,), steps=5, executed=3, pc=-1),
    _plain(20, 0, 12, {20: 30}, {0: -10}, "overwrites its own first cell", pc=12),
    _plain(20, 2, 12, {20: 12}, {2: 0}, "overwrites its own target, which was read before", pc=12),
)  # fmt: skip

_REVERSED = (
    # M[a] -= M[b]: the table's words the other way round
    *(_reversed(21, 20, 12, {20: left, 21: right}, {21: out}, width=width, pc=12 if branch else 3)
      for width, left, right, out, branch in _WORDS),
    _reversed(20, 21, 12, {20: 3, 21: 5}, {20: -2}, pc=12),
    _reversed(20, 20, 12, {20: 3}, {20: 0}, "a = b", pc=12),
    _reversed(-1, 20, 12, {20: 65}, {}, "the first cell -1 is output", out=(65,)),
    _reversed(-1, 20, 12, {20: 65}, {}, "output leaves the input alone", inputs=(7,), out=(65,)),
    _reversed(20, -1, 12, {}, {20: 65}, "the second cell -1 is input", inputs=(65,)),
    _reversed(20, -1, 12, {}, {20: -1}, "input at its end, no branch"),
    _reversed(-1, -1, 12, {}, {}, "copy", inputs=(65,), out=(65,)),
    _reversed(0, 20, 12, {20: 30}, {0: -30}, "overwrites its own first cell", pc=12),
)  # fmt: skip

_SILENT = (
    *(_silent(20, 21, 12, {20: left, 21: right}, {21: out}, width=width, pc=12 if branch else 3)
      for width, left, right, out, branch in _WORDS),
    _silent(-1, 20, 12, {}, Fault.ADDRESS, "no input", inputs=(65,)),
    _silent(-1, 20, 12, {}, Fault.ADDRESS, "no input"),
    _silent(20, -1, 12, {20: 65}, Fault.ADDRESS, "no output"),
    _silent(-1, -1, 12, {}, Fault.ADDRESS, "no copy", inputs=(65,)),
)  # fmt: skip

_modulo = partial(subleq, dialect="subleq-modulo", width=8, size=256)
_WALK = dict.fromkeys(range(127, 256, 3), (20, 21, 0))
_EIGHT = {"dialect": "subleq-modulo", "width": 8, "size": 256}

_MODULO = (
    *(_modulo(20, 21, 12, {20: left, 21: right}, {21: out}, pc=12 if branch else 3)
      for width, left, right, out, branch in _WORDS if width == 8),
    _modulo(20, 21, 12, {20: 3, 21: 5}, {21: 2}),
    _modulo(20, 21, 12, {20: 5, 21: 3}, {21: -2}, pc=12),
    _modulo(-2, 21, 12, {254: 3, 21: 5}, {21: 2}, "-2 is 254"),
    _modulo(20, -2, 12, {20: 3, 254: 5}, {254: 2}, "-2 is 254"),
    _modulo(-2, -2, 12, {254: 5}, {254: 0}, "-2 is 254, twice", pc=12),
    _modulo(-10, 21, 12, {246: 3, 21: 5}, {21: 2}, "no opcode: -10 is 246"),
    _modulo(-47, 21, 12, {209: 3, 21: 5}, {21: 2}, "no opcode: -47 is 209"),
    _modulo(20, -128, 12, {20: 3, 128: 5}, {128: 2}, "-128 is 128"),
    _modulo(-128, 127, 12, {128: 3, 127: 5}, {127: 2}, "-128 is 128, and 127 is 127"),
    _modulo(-127, -126, 12, {129: 3, 130: 2}, {130: -1}, "129 and 130", pc=12),
    _modulo(-1, 21, 12, {255: 3}, {21: 65}, "-1 is input, not 255", inputs=(65,)),
    _modulo(-1, -2, 12, {}, {254: 65}, "input to 254", inputs=(65,)),
    _modulo(-1, 21, 12, {255: 3}, {21: -1}, "input at its end"),
    _modulo(20, -1, 12, {20: 65, 255: 3}, {}, "-1 is output, not 255", out=(65,)),
    _modulo(-2, -1, 12, {254: -65}, {}, "output of 254", out=(-65,)),
    _modulo(-1, -1, 12, {}, {}, "copy", inputs=(65,), out=(65,)),
    _modulo(20, 21, -1, {20: 1, 21: 1}, {21: 0}, "a negative pc halts", steps=2, executed=1, pc=-1),
    _modulo(20, 21, -2, {20: 1, 21: 1}, {21: 0}, "a negative pc halts: it is not 254", steps=2, executed=1, pc=-2),
    _modulo(20, 21, -128, {20: 1, 21: 1}, {21: 0}, "a negative pc halts", steps=2, executed=1, pc=-128),
    row("subleq", (20, 21, 12), {20: 1, 21: 3}, {21: 2}, "pc passes 127 unwrapped", pc=130, registers={"pc": 127},
        **_EIGHT),
    row("subleq", {0: (20, 22, 127), 127: (20, 21, 0), 130: (20, 22, 5)}, {20: 1, 21: 3, 22: 1}, {21: 2, 22: -1},
        "code above 127", steps=3, pc=5, **_EIGHT),
    row("fetch", _WALK | {253: (20, 21, 0)}, {20: 0, 21: 1}, {}, "the last place is 253", steps=43, pc=256,
        registers={"pc": 127}, **_EIGHT),
    row("fetch", _WALK | {253: (20, 21, 0)}, {20: 0, 21: 1}, Fault.FETCH, "pc is not taken modulo", steps=44, pc=256,
        registers={"pc": 127}, **_EIGHT),
    row("fetch", {0: (21, 21, 126), 126: (20, 20, 0)}, {20: 1, 21: 3}, {21: 0, 20: 0}, "round and round", steps=2,
        pc=0, **_EIGHT),
    _modulo(20, -1, 12, {20: MIN8}, {}, "output", out=(MIN8,)),
    _modulo(20, 0, 12, {20: 30}, {0: -10}, "overwrites its own first cell", pc=12),
)  # fmt: skip

CASES: tuple[Case, ...] = (*_COMMON, *_PLAIN, *_REVERSED, *_SILENT, *_MODULO)
