"""SUBLEQ in the dialect ccc: subtraction and branch, the ports, and every fault."""

from __future__ import annotations

from ccc.isa import Fault
from tests.witness.cases import (
    LARGEST,
    MAX8,
    MAX16,
    MAX32,
    MIN8,
    MIN16,
    MIN32,
    TINIEST,
    Case,
    row,
    subleq,
    window,
)

# (width, M[20], M[21], M[21] - M[20], branch)
_WORDS: tuple[tuple[int, float, float, float, bool], ...] = (
    (32, 3, 5, 2, False),
    (32, 5, 3, -2, True),
    (32, 5, 5, 0, True),
    (32, 0, 0, 0, True),
    (32, 0, 1, 1, False),
    (32, 0, -1, -1, True),
    (32, -1, 0, 1, False),
    (32, 1, 0, -1, True),
    (32, -1, -1, 0, True),
    (32, -1, -2, -1, True),
    (32, 1, MIN32, MAX32, False),  # wraps, and the branch asks the wrapped result
    (32, -1, MAX32, MIN32, True),
    (32, MIN32, 0, MIN32, True),
    (32, MIN32, MIN32, 0, True),
    (32, MIN32, MAX32, -1, True),
    (32, MAX32, MIN32, 1, False),
    (32, MIN32, -1, MAX32, False),
    (32, MAX32, MAX32, 0, True),
    (32, MAX32, 0, -2147483647, True),
    (32, -1000000000, 1000000000, 2000000000, False),
    (32, -1500000000, 1500000000, -1294967296, True),
    (16, 1, MIN16, MAX16, False),
    (16, -1, MAX16, MIN16, True),
    (16, MIN16, 0, MIN16, True),
    (16, MIN16, MAX16, -1, True),
    (16, 1000, 3000, 2000, False),
    (8, 1, MIN8, MAX8, False),
    (8, -1, MAX8, MIN8, True),
    (8, MIN8, 0, MIN8, True),
    (8, MIN8, -1, MAX8, False),
    (8, MIN8, MAX8, -1, True),
    (8, MAX8, MIN8, 1, False),
    (8, 100, -100, 56, False),
)

_ALIASES = (
    subleq(20, 20, 12, {20: 7}, {20: 0}, "a = b", pc=12),
    subleq(20, 20, 12, {20: MIN32}, {20: 0}, "a = b", pc=12),
    subleq(20, 20, 12, {20: MIN8}, {20: 0}, "a = b", pc=12, width=8),
    subleq(0, 0, 12, {}, {}, "0 - 0 in its own first cell", pc=12),
    subleq(20, 0, 12, {20: 3}, {0: 17}, "overwrites its own first cell"),
    subleq(20, 1, 12, {20: 3}, {1: -2}, "overwrites its own second cell", pc=12),
    subleq(20, 2, 12, {20: 12}, {2: 0}, "overwrites its own target, which was read before", pc=12),
    subleq(20, 2, 12, {20: 3}, {2: 9}, "overwrites its own target", pc=3),
    subleq(31, 30, 12, {31: 1, 30: 1}, {30: 0}, "the last cells", pc=12),
    subleq(20, 31, 12, {20: 1, 31: 3}, {31: 2}, "the last cell"),
    subleq(20, 21, 0, {20: 1, 21: 1}, {21: 0}, "a loop onto itself", pc=0),
    row("subleq", (20, 21, 9), {20: 1, 21: 4}, {21: 3}, "in the last place", pc=32, registers={"pc": 29}),
    row("subleq", (20, 21, 9, 20, 21, 12), {20: 3, 21: 5}, {21: -1}, "twice", steps=2, pc=12),
)

_TARGETS = tuple(
    subleq(20, 21, target, {20: 1, 21: 1}, {21: 0}, "any target", pc=target)
    for target in (0, 29, 30, 32, -1, -7, 0.5, -0.5, TINIEST, -TINIEST, 1e300, -1e300, 2**31, 2**53)
) + tuple(
    subleq(20, 21, target, {20: 1, 21: 2}, {21: 1}, "not taken: any target", pc=3) for target in (0.5, -1, 1e300, 32)
)

_HALTING = (
    subleq(20, 21, -1, {20: 1, 21: 1}, {21: 0}, "halts", steps=3, executed=1, pc=-1),
    subleq(20, 21, -0.5, {20: 1, 21: 1}, {21: 0}, "halts", steps=3, executed=1, pc=-0.5),
    subleq(20, 21, 0.5, {20: 1, 21: 1}, {21: 0}, "faults at the next fetch", steps=3, executed=1, pc=0.5,
           fault=Fault.FETCH),
    subleq(20, 21, 30, {20: 1, 21: 1}, {21: 0}, "faults at the next fetch", steps=3, executed=1, pc=30,
           fault=Fault.FETCH),
)  # fmt: skip

_ANY = (0, -1, 0.5, -0.5, TINIEST, LARGEST, -LARGEST, 2147483648)

_PORTS = (
    *(subleq(-1, 20, 12, {}, {20: value}, "input: any number, no branch", inputs=(value,)) for value in _ANY),
    subleq(-1, 20, 12, {}, {20: 0}, "-0.0 enters as +0.0", inputs=(-0.0,)),
    subleq(-1, 20, 12, {}, {20: -1}, "input at its end, no branch"),
    subleq(-1, 20, 12, {20: 0.5}, {20: 65}, "M[b] is not looked at", inputs=(65,)),
    subleq(-1, 20, 12, {20: LARGEST}, {20: 65}, "M[b] is not looked at", inputs=(65,), width=8),
    subleq(-1, 20, 12, {}, {20: 1000}, "no wrap", inputs=(1000,), width=8),
    subleq(-1, 0, 12, {}, {0: 65}, "overwrites its own first cell", inputs=(65,)),
    subleq(-1, 31, -1, {}, {31: 65}, "the last cell; the target is nothing to it", inputs=(65,)),
    row("subleq", (-1, 20, 0, -1, 21, 0, -1, 22, 0), {}, {20: 8, 21: 9, 22: -1}, "one after the other, and the end",
        inputs=(8, 9), steps=3, pc=9),
    *(subleq(20, -1, 12, {20: value}, {}, "output: any number, no branch", out=(value,)) for value in _ANY),
    subleq(20, -1, 12, {20: 1000}, {}, "no wrap", out=(1000,), width=8),
    subleq(1, -1, 12, {}, {}, "outputs its own second cell", out=(-1,)),
    subleq(31, -1, 0.5, {31: 65}, {}, "the last cell; the target is nothing to it", out=(65,)),
    subleq(20, -1, 12, {20: 65}, {}, "needs no writable cell", out=(65,), registers=window(0, 0)),
    *(subleq(-1, -1, 12, {}, {}, "copy: any number, no branch", inputs=(value,), out=(value,)) for value in _ANY),
    subleq(-1, -1, 12, {}, {}, "copy at the end of the input", out=(-1,)),
    subleq(-1, -1, 12, {}, {}, "copy: -0.0 becomes +0.0", inputs=(-0.0,), out=(0.0,)),
    subleq(-1, -1, -1, {}, {}, "copy needs no writable cell", inputs=(65,), out=(65,), registers=window(0, 0)),
    row("subleq", (-1, -1, 0, -1, 20, 0, 20, -1, 0), {}, {20: 9}, "copy consumes", inputs=(8, 9), out=(8, 9),
        steps=3, pc=9),
)  # fmt: skip

_BAD_FIRST = (32, 33, 0.5, -0.5, 31.5, TINIEST, -TINIEST, -0.9999999999999999, 1e300, LARGEST, 2**31, 2**53)
_BAD_SECOND = (*_BAD_FIRST, -1.5, -2, -3, -10, -1.0000000000000002, -1e300, -LARGEST)

_ADDRESSES = (
    *(subleq(bad, 21, 12, {21: 1}, Fault.ADDRESS, "bad a") for bad in _BAD_FIRST),
    *(subleq(20, bad, 12, {20: 1}, Fault.ADDRESS, "bad b") for bad in _BAD_SECOND),
    *(subleq(-1, bad, 12, {}, Fault.ADDRESS, "input, bad b", inputs=(65,)) for bad in _BAD_SECOND),
    *(subleq(bad, -1, 12, {}, Fault.ADDRESS, "output, bad a") for bad in _BAD_FIRST),
    subleq(32, 32, 12, {}, Fault.ADDRESS, "both bad"),
    subleq(32, 21, 12, {21: 0.5}, Fault.ADDRESS, "ADDRESS before INTEGER"),
    subleq(20, 32, 12, {20: 0.5}, Fault.ADDRESS, "ADDRESS before INTEGER"),
    subleq(32, 21, 12, {21: 1}, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=window(0, 21)),
    subleq(-1, -2, 12, {}, Fault.ADDRESS, "ADDRESS before PROTECTED", inputs=(65,), registers=window(0, 0)),
)

_PROTECTED = (
    subleq(20, 21, 12, {20: 1, 21: 1}, Fault.PROTECTED, registers=window(0, 21)),
    subleq(20, 21, 12, {20: 1, 21: 1}, Fault.PROTECTED, registers=window(22, 32)),
    subleq(20, 21, 12, {20: 0, 21: 1}, Fault.PROTECTED, "even if nothing would change", registers=window(0, 21)),
    subleq(20, 21, 12, {20: 1, 21: 0.5}, Fault.PROTECTED, "PROTECTED before INTEGER", registers=window(0, 21)),
    subleq(-1, 21, 12, {}, Fault.PROTECTED, "input", inputs=(65,), registers=window(0, 21)),
    subleq(-1, 21, 12, {}, {21: 65}, "input to the only writable cell", inputs=(65,), registers=window(21, 22)),
    subleq(20, 21, 12, {20: 1, 21: 3}, {21: 2}, "only M[b] need be writable", registers=window(21, 22)),
)

_BAD_WORDS = tuple(
    subleq(20, 21, 12, cells, Fault.INTEGER, width=width)
    for width, limit in ((8, 128), (16, 32768), (32, 2147483648))
    for value in (0.5, -0.5, limit, -limit - 1, limit - 0.5, TINIEST, 1e300, -LARGEST, 2**53)
    for cells in ({20: value, 21: 1}, {20: 1, 21: value})
)

CASES: tuple[Case, ...] = (
    *(subleq(20, 21, 12, {20: left, 21: right}, {21: out}, width=width, pc=12 if branch else 3)
      for width, left, right, out, branch in _WORDS),
    *_ALIASES,
    *_TARGETS,
    *_HALTING,
    *_PORTS,
    *_ADDRESSES,
    *_PROTECTED,
    *_BAD_WORDS,
    subleq(20, 20, 12, {20: 0.5}, Fault.INTEGER, "a = b: 0.5 - 0.5 is no sum of words"),
    subleq(20, 21, 12, {20: 0.5, 21: 0.5}, Fault.INTEGER),
)  # fmt: skip
