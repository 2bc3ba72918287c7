"""Frames of skills: enter and leave, operands below -1, and what an open frame lets be written.

The stack covers 12..31 and sp = 20. Where a frame is open it stands at 20: the caller's fp in 20, the return address in
21, three windows in 22..27, slots from 28 on.
"""

from __future__ import annotations

from ccc.isa import Fault
from ccc.machine import FRAME_ORIGIN
from tests.witness.cases import BAD_ADDRESSES, LARGEST, TINIEST, Case, op, subleq, window

_STACK = {"sp": 20, "stack_low": 12, "stack_high": 32}
_FRAME = _STACK | {"fp": 20}
_NO_WINDOWS = dict.fromkeys(range(22, 28), 0.0)


def _at(offset: int) -> float:
    """The operand that stands for the cell at fp + offset."""
    return offset - FRAME_ORIGIN


_ENTER = (
    op("enter", 0, 0, {}, {19: 0}, sp=19, fp=19, registers=_STACK),
    op("enter", 1e300, -1e300, {}, {19: 0}, "b and c are unused", sp=19, fp=19, registers=_STACK),
    op("enter", 0, 0, dict.fromkeys(range(19, 25), 0.0), {17: 20}, "inside a frame", sp=17, fp=17,
       registers=_FRAME | {"sp": 18}),
    op("enter", 0, 0, {}, {24: 0}, "room for the windows alone", sp=24, fp=24, registers=_STACK | {"sp": 25}),
    op("enter", 0, 0, {}, Fault.STACK_UNDERFLOW, "no room for the windows", registers=_STACK | {"sp": 26}),
    op("enter", 0, 0, {}, Fault.STACK_UNDERFLOW, "no room for the windows", registers=_STACK | {"stack_high": 26}),
    op("enter", 0, 0, {}, Fault.STACK_UNDERFLOW, "on the empty stack", registers=_STACK | {"sp": 32}),
    op("enter", 0, 0, {}, {12: 0}, "the last room", sp=12, fp=12, registers=_STACK | {"sp": 13}),
    op("enter", 0, 0, {}, Fault.STACK_OVERFLOW, registers=_STACK | {"sp": 12}),
    op("enter", 0, 0, {}, {1: 0}, "at address 1, over its own operand", sp=1, fp=1,
       registers=_STACK | {"sp": 2, "stack_low": 0}),
    op("enter", 0, 0, {}, Fault.STACK_OVERFLOW, "no frame stands at address 0, as fp = 0 is none",
       registers=_STACK | {"sp": 1, "stack_low": 0}),
    op("enter", 0, 0, {}, Fault.STACK_OVERFLOW, "STACK_OVERFLOW before STACK_UNDERFLOW",
       registers={"sp": 28, "stack_low": 28, "stack_high": 32}),
    op("enter", 0, 0, {}, Fault.STACK_UNDERFLOW, "STACK_UNDERFLOW before PROTECTED",
       registers=_STACK | {"sp": 26} | window(0, 0)),
    op("enter", 0, 0, {}, Fault.PROTECTED, registers=_STACK | window(0, 19)),
    op("enter", 0, 0, {}, {19: 0}, "only the new frame need be writable", sp=19, fp=19,
       registers=_STACK | window(19, 20)),
    op("enter", 0, 0, _NO_WINDOWS, Fault.PROTECTED, "above the open frame", registers=_FRAME | {"sp": 22}),
    op("enter", 0, 0, _NO_WINDOWS | {22: 21, 23: 22, 28: 0}, {21: 20}, "above the open frame, in a window of it",
       sp=21, fp=21, registers=_FRAME | {"sp": 22}),
)  # fmt: skip

_BACK = {21: 6.0}
_LEAVE = (
    op("leave", 0, 0, {20: 0} | _BACK, {}, pc=6, sp=22, fp=0, registers=_FRAME | {"sp": 15}),
    op("leave", 1e300, -1e300, {20: 0} | _BACK, {}, "b and c are unused", pc=6, sp=22, fp=0, registers=_FRAME),
    op("leave", 0, 0, {20: 0} | _BACK, {}, "the stack pointer may stand anywhere", pc=6, sp=22, fp=0,
       registers=_FRAME | {"sp": 30}),
    op("leave", 0, 0, {20: 0} | _BACK, {}, "nothing is written", pc=6, sp=22, fp=0, registers=_FRAME | window(0, 0)),
    op("leave", 0, 0, {20: 21, 21: 9}, {}, "to the next frame", pc=9, sp=22, fp=21, registers=_FRAME),
    op("leave", 0, 0, {20: 24} | _BACK, {}, "to the highest frame that there can be", pc=6, sp=22, fp=24,
       registers=_FRAME),
    *(op("leave", 0, 0, {20: 0, 21: to}, {}, "where it returns to is judged by the next fetch", pc=to, sp=22, fp=0,
         registers=_FRAME)
      for to in (-1, 0.5, 32, 1e300, -LARGEST, TINIEST)),
    *(op("leave", 0, 0, {20: bad} | _BACK, Fault.STACK_UNDERFLOW, "no frame there", registers=_FRAME)
      for bad in (25, 32, 20, 19, 12, 1, -1, -20, 21.5, 0.5, -0.5, TINIEST, -TINIEST, 2**31, 2**53 + 2, 1e300,
                  -LARGEST)),
    op("leave", 0, 0, {}, Fault.STACK_UNDERFLOW, "no frame is open", registers=_STACK),
    op("leave", 0, 0, {}, Fault.STACK_UNDERFLOW, "no frame is open, on an empty stack", registers=_STACK | {"sp": 32}),
)  # fmt: skip


def _grant(own: tuple[float, ...], new: tuple[float, ...], allowed: bool, note: str = "", **registers: float) -> Case:
    """enter at 13, in a frame at 23 with the windows `own`; the new frame has the windows `new`."""
    cells = dict.fromkeys(range(25, 31), 0.0) | dict.fromkeys(range(15, 21), 0.0)
    cells |= dict(zip(range(25, 31), own, strict=False)) | dict(zip(range(15, 21), new, strict=False))
    frame = _STACK | {"fp": 23, "sp": 14} | registers
    if not allowed:
        return op("enter", 0, 0, cells, Fault.PROTECTED, note, registers=frame)
    return op("enter", 0, 0, cells, {13: frame["fp"]}, note, sp=13, fp=13, registers=frame)


_GRANTS = (
    _grant((), (), True, "no windows"),
    _grant((), (12, 23), True, "all of the stack below the open frame"),
    _grant((), (11, 23), False, "from below the stack"),
    _grant((), (12, 24), False, "the open frame itself"),
    _grant((), (19, 18), True, "a window that is empty grants nothing"),
    _grant((), (40, 40), True, "a window that is empty grants nothing"),
    _grant((), (LARGEST, -LARGEST), True, "a window that is empty grants nothing"),
    _grant((), (-LARGEST, LARGEST), False, "everything"),
    _grant((), (5, 6), False, "what the open frame may not write"),
    _grant((5, 6), (5, 6), True, "a window handed on"),
    _grant((4, 9), (5, 6), True, "part of a window"),
    _grant((5, 9), (4, 6), False, "more than a window, at its start"),
    _grant((4, 6), (5, 7), False, "more than a window, at its end"),
    _grant((4, 6), (5, 6 + 2**-40), False, "more than a window, at its end"),
    _grant((9, 4), (5, 6), False, "a window of which the end comes first"),
    _grant((3, 6, 6, 9), (5, 7), False, "two windows together are no window"),
    *(_grant(own, new, True, "each in each")
      for own in ((4, 7), (0, 0, 4, 7), (0, 0, 0, 0, 4, 7)) for new in ((5, 6), (0, 0, 5, 6), (0, 0, 0, 0, 5, 6))),
    *(_grant((4, 7), new, False, "one of three is too much")
      for new in ((3, 5, 5, 6, 5, 6), (5, 6, 5, 8, 5, 6), (5, 6, 5, 6, 3, 8))),
    _grant((1, 3, 4, 6, 7, 9), (7, 8, 1, 2, 4, 5), True, "three windows of three"),
    _grant((1, 3, 4, 6, 7, 9), (7, 8, 12, 13, 0, 2), False, "the last is too much"),
    _grant((), (5, 6), True, "no frame is open", fp=0),
    _grant((), (-LARGEST, LARGEST), True, "no frame is open", fp=0),
    _grant((), (0.5, 4), False, "bounds may be any numbers"),
    _grant((0.25, 4.5), (0.5, 4.25), True, "bounds may be any numbers"),
    _grant((4, 9), (5, 6), True, "the state's own window is judged as they are written", write_low=0, write_high=14),
)  # fmt: skip

_OPERANDS = (
    op("mov", _at(-1), _at(8), {28: 7.5}, {19: 7.5}, "from a slot to scratch", registers=_FRAME),
    op("mov", 15, _at(0), {20: 0.25}, {15: 0.25}, "the frame itself", registers=_FRAME),
    op("mov", 15, 30, {30: 0.25}, {15: 0.25}, "other operands as ever", registers=_FRAME),
    op("mov", -32754, -2, {}, Fault.ADDRESS, "-2 is far above", registers=_FRAME),
    op("add", _at(-2), _at(-3), {18: 5, 17: 6}, {18: 11}, registers=_FRAME),
    op("addi", _at(-2), -7, {18: 5}, {18: -2}, "a value stands as it is", registers=_FRAME),
    op("movi", _at(-2), -32780, {}, {18: -32780}, "a value stands as it is", registers=_FRAME),
    op("neg", _at(-2), _at(-3), {17: 6}, {18: -6}, registers=_FRAME),
    op("fadd", _at(-2), _at(-3), {18: 0.5, 17: 0.25}, {18: 0.75}, registers=_FRAME),
    op("ld", _at(-2), _at(8), {28: 5, 5: 7.5}, {18: 7.5}, "through a slot", registers=_FRAME),
    op("ld", _at(-2), _at(8), {28: _at(9), 29: 7.5}, Fault.ADDRESS, "a pointer is an address", registers=_FRAME),
    op("st", _at(8), _at(-1), _NO_WINDOWS | {22: 5, 23: 6, 28: 5, 19: 7.5}, {5: 7.5}, "through a slot",
       registers=_FRAME),
    op("ldx", _at(-2), _at(8), {28: 5, 29: 2, 7: 7.5}, {18: 7.5}, registers=_FRAME),
    op("stx", _at(8), _at(-1), _NO_WINDOWS | {22: 7, 23: 8, 28: 5, 29: 2, 19: 7.5}, {7: 7.5}, registers=_FRAME),
    op("lds", _at(-2), -3, {17: 7.5}, {18: 7.5}, "c is a distance from sp", registers=_FRAME),
    op("sts", -3, _at(8), {28: 7.5}, {17: 7.5}, "b is a distance from sp", registers=_FRAME),
    op("leas", _at(-2), -3, {}, {18: 17}, registers=_FRAME),
    op("push", _at(8), 0, {28: 7.5}, {19: 7.5}, sp=19, registers=_FRAME),
    op("pop", _at(-4), 0, {20: 7.5}, {16: 7.5}, sp=21, registers=_FRAME),
    op("jle", _at(-1), 9, {19: 0}, {}, pc=9, registers=_FRAME),
    op("jlt", _at(-1), _at(-1), {19: -1}, {}, "a target stands as it is, and halts", pc=_at(-1), registers=_FRAME),
    op("jmpi", _at(-1), 0, {19: 6}, {}, pc=6, registers=_FRAME),
    op("jmp", 0, _at(-1), {}, {}, "a target stands as it is, and halts", pc=_at(-1), registers=_FRAME),
    op("exec", _at(8), 0, {28: 4, 4: 0, 5: 9, 6: 12}, {19: 3}, pc=9, sp=19, registers=_FRAME),
    op("out", _at(8), 0, {28: 7.5}, {}, out=(7.5,), registers=_FRAME),
    op("in", _at(-1), 0, {}, {19: 4}, registers=_FRAME, inputs=(4.0,)),
    op("mov", 15, -1, {}, Fault.ADDRESS, "-1 is no cell of the frame", registers=_FRAME),
    op("mov", 15, -1.5, {}, Fault.ADDRESS, "nor what lies between", registers=_FRAME),
    op("mov", 15, _at(0) + 0.5, {}, Fault.ADDRESS, "nor a fraction", registers=_FRAME),
    op("mov", 15, _at(12), {}, Fault.ADDRESS, "beyond memory", registers=_FRAME),
    op("mov", 15, _at(-21), {}, Fault.ADDRESS, "below memory", registers=_FRAME),
    op("mov", 15, -1e300, {}, Fault.ADDRESS, "an operand beyond all", registers=_FRAME),
    *(op("mov", bad, _at(8), {}, Fault.ADDRESS, "bad b", registers=_FRAME) for bad in BAD_ADDRESSES),
    op("mov", 15, _at(0), {}, Fault.ADDRESS, "no frame is open", registers=_STACK),
    subleq(15, _at(-1), 0, {15: 1}, Fault.ADDRESS, "not in SUBLEQ", registers=_FRAME),
)  # fmt: skip


def _write(target: float, windows: tuple[float, ...], allowed: bool, note: str = "", **registers: float) -> Case:
    """movi target, 5 inside a frame whose windows have these bounds."""
    cells = _NO_WINDOWS | dict(zip(range(22, 28), windows, strict=False))
    outcome: dict[int, float] | Fault = {int(target): 5.0} if allowed else Fault.PROTECTED
    return op("movi", target, 5, cells, outcome, note, registers=_FRAME | registers)


_WINDOWS = (
    _write(19, (), True, "scratch"),
    _write(12, (), True, "the lowest cell of the stack"),
    _write(11, (), False, "below the stack"),
    _write(20, (), False, "the caller's fp"),
    _write(21, (), False, "the return address"),
    _write(22, (), False, "a window's bound"),
    _write(28, (), False, "a slot"),
    _write(31, (), False, "above the frame"),
    _write(5, (), False, "static memory"),
    _write(5, (5, 6), True, "the first window"),
    _write(5, (0, 0, 5, 6), True, "the second window"),
    _write(5, (0, 0, 0, 0, 5, 6), True, "the third window"),
    _write(5, (4, 9, 3, 8, 0, 30), True, "in three windows at once"),
    _write(5, (6, 9), False, "before a window"),
    _write(5, (3, 5), False, "behind a window"),
    _write(5, (9, 3), False, "a window of which the end comes first"),
    _write(5, (9, 3, 3, 9), True, "such a window takes nothing away"),
    _write(5, (4.5, 5.5), True, "bounds may be any numbers"),
    _write(5, (-LARGEST, LARGEST), True, "bounds may be any numbers"),
    _write(5, (5 + 2**-40, 9), False, "bounds may be any numbers"),
    _write(11, (11, 12), True, "just below the stack"),
    _write(19, (), False, "the write window of the state holds too", write_low=0, write_high=19),
    _write(5, (5, 6), False, "the write window of the state holds too", write_low=6, write_high=32),
    op("movi", 5, 5, _NO_WINDOWS, {5: 5}, "without a frame all this means nothing", registers=_STACK),
    op("push", 15, 0, _NO_WINDOWS | {15: 5}, {19: 5}, sp=19, registers=_FRAME),
    op("push", 15, 0, _NO_WINDOWS | {15: 5}, Fault.PROTECTED, "onto the frame", registers=_FRAME | {"sp": 21}),
    op("in", 5, 0, _NO_WINDOWS, Fault.PROTECTED, "nothing is taken", registers=_FRAME, inputs=(4.0,)),
    subleq(15, 5, 0, _NO_WINDOWS | {15: 1, 5: 3}, Fault.PROTECTED, registers=_FRAME),
    subleq(15, 5, 0, _NO_WINDOWS | {22: 5, 23: 6, 15: 1, 5: 3}, {5: 2}, "in a window", registers=_FRAME),
    subleq(15, -1, 0, _NO_WINDOWS | {15: 1}, {}, "output is no write", out=(1.0,), registers=_FRAME),
    op("add", 5, 15, _NO_WINDOWS | {5: 0.5, 15: 1}, Fault.PROTECTED, "PROTECTED before INTEGER", registers=_FRAME),
    op("mov", 5, -1, _NO_WINDOWS, Fault.ADDRESS, "ADDRESS before PROTECTED", registers=_FRAME),
)  # fmt: skip

CASES: tuple[Case, ...] = (*_ENTER, *_GRANTS, *_LEAVE, *_OPERANDS, *_WINDOWS)
