"""Moves, indirect and stack-relative access, jumps, the stack, calls, input and output."""

from __future__ import annotations

import numpy as np

from ccc.emulator.core import (
    ADDRESS,
    FP,
    INTEGER,
    NONE,
    POINTER_LIMIT,
    PROTECTED,
    SP,
    STACK_HIGH,
    STACK_LOW,
    STACK_OVERFLOW,
    STACK_UNDERFLOW,
    Memory,
    bad_address,
    check_move,
    check_write,
    next_input,
    no_word,
    opcode,
    output,
    read,
    rule,
    write,
)
from ccc.machine import FRAME_RETURN, FRAME_SLOTS_AT, FRAME_WINDOWS, FRAME_WINDOWS_AT, Cells

MOVI, MOV, LD, ST, LDX, STX = (opcode(name) for name in ("movi", "mov", "ld", "st", "ldx", "stx"))
LDS, STS, LEAS, ADDSP = (opcode(name) for name in ("lds", "sts", "leas", "addsp"))
JLE, JEQ, JLT, JMP, JMPI = (opcode(name) for name in ("jle", "jeq", "jlt", "jmp", "jmpi"))
PUSH, POP, CALL, RET, EXEC = (opcode(name) for name in ("push", "pop", "call", "ret", "exec"))
IN, OUT, HALT = opcode("in"), opcode("out"), opcode("halt")
ENTER, LEAVE = opcode("enter"), opcode("leave")

INDIRECT = (LD, ST, LDX, STX, LDS, STS)
TESTS = (JLE, JEQ, JLT, JMPI)
CALLS = (PUSH, CALL, EXEC)
RETURNS = (POP, RET)


@rule
def copy(m: Memory, r: Cells, p: Cells, pc: float, target: float, source: float) -> tuple[int, float]:
    """M[target] <- M[source]."""
    fault = check_move(m, r, target, source)
    if fault == NONE:
        write(m, p, target, read(m, p, source))
        return NONE, pc + 3
    return fault, pc


@rule
def store(m: Memory, r: Cells, p: Cells, pc: float, target: float, value: float) -> tuple[int, float]:
    """M[target] <- value."""
    fault = check_write(m, r, target)
    if fault == NONE:
        write(m, p, target, value)
        return NONE, pc + 3
    return fault, pc


@rule
def indexed(m: Memory, p: Cells, at: float) -> float:
    """The address M[at] + M[at+1], or -1, which is none, where a cell is missing or a term is too large."""
    if bad_address(m, at) or bad_address(m, at + 1):
        return -1.0
    base, index = read(m, p, at), read(m, p, at + 1)
    if abs(base) > POINTER_LIMIT or abs(index) > POINTER_LIMIT:
        return -1.0
    return float(base + index)


@rule
def indirect(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """ld, st, ldx, stx, lds, sts: one address comes from a cell or from the stack pointer."""
    sp = r[SP]
    if op == LDS:
        return copy(m, r, p, pc, b, sp + c)
    if op == STS:
        return copy(m, r, p, pc, sp + b, c)
    if op == LDX:
        return copy(m, r, p, pc, b, indexed(m, p, c))
    if op == STX:
        return copy(m, r, p, pc, indexed(m, p, b), c)
    pointer = c if op == LD else b
    if bad_address(m, pointer):
        return ADDRESS, pc
    if op == LD:
        return copy(m, r, p, pc, b, read(m, p, c))
    return copy(m, r, p, pc, read(m, p, b), c)


@rule
def jump(m: Memory, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """jle, jeq, jlt compare M[b] with 0; jmpi goes where M[b] says. Any target: the next fetch judges it."""
    if bad_address(m, b):
        return ADDRESS, pc
    value = read(m, p, b)
    if op == JMPI:
        return NONE, value
    taken = value < 0 or (value == 0 and op != JLT)
    if op == JEQ:
        taken = value == 0
    return NONE, c if taken else pc + 3


@rule
def push(m: Memory, r: Cells, p: Cells, value: float) -> int:
    """sp <- sp - 1; M[sp] <- value, where there is room."""
    top = r[SP] - 1
    fault = check_write(m, r, top)
    if fault == NONE:
        write(m, p, top, value)
        r[SP] = top
    return fault


@rule
def room_to_push(r: Cells) -> bool:
    """Whether sp - 1 still lies in the stack."""
    return bool(r[SP] - 1 >= r[STACK_LOW])


@rule
def calls(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """push, call, exec: all three push one value."""
    if not room_to_push(r):
        return STACK_OVERFLOW, pc
    if op == CALL:
        fault = push(m, r, p, pc + 3)
        return (NONE, c) if fault == NONE else (fault, pc)
    if bad_address(m, b):
        return ADDRESS, pc
    value = read(m, p, b)
    if op == PUSH:
        fault = push(m, r, p, value)
        return (NONE, pc + 3) if fault == NONE else (fault, pc)
    if bad_address(m, value) or bad_address(m, value + 2):
        return ADDRESS, pc
    entry = read(m, p, value + 1) if read(m, p, value) == 0 else read(m, p, value + 2)
    fault = push(m, r, p, pc + 3)
    return (NONE, entry) if fault == NONE else (fault, pc)


@rule
def returns(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """pop, ret: both take the top of the stack."""
    sp = r[SP]
    if sp >= r[STACK_HIGH]:
        return STACK_UNDERFLOW, pc
    if op == RET:
        r[SP] = sp + 1
        return NONE, read(m, p, sp)
    fault, following = copy(m, r, p, pc, b, sp)
    if fault == NONE:
        r[SP] = sp + 1
    return fault, following


@rule
def move_stack_pointer(r: Cells, pc: float, distance: float) -> tuple[int, float]:
    """addsp: sp <- sp + c within the stack."""
    sp = r[SP] + distance
    if sp < r[STACK_LOW]:
        return STACK_OVERFLOW, pc
    if sp > r[STACK_HIGH]:
        return STACK_UNDERFLOW, pc
    if no_word(r, distance):
        return INTEGER, pc
    r[SP] = sp
    return NONE, pc + 3


@rule
def enter(m: Memory, r: Cells, p: Cells, pc: float) -> tuple[int, float]:
    """enter: push fp; fp <- sp. The windows and the return address must stand above it on the stack."""
    top = r[SP] - 1
    if not room_to_push(r) or top <= 0:
        return STACK_OVERFLOW, pc
    if top + FRAME_SLOTS_AT > r[STACK_HIGH]:
        return STACK_UNDERFLOW, pc
    if r[FP] != 0 and grants_more(m, r, int(top)):
        return PROTECTED, pc
    fault = push(m, r, p, r[FP])
    if fault != NONE:
        return fault, pc
    r[FP] = top
    return NONE, pc + 3


@rule
def grants_more(m: Memory, r: Cells, top: int) -> bool:
    """Whether a frame at `top` has a window that lies in no area that the open frame may write to."""
    for window in range(FRAME_WINDOWS):
        at = top + FRAME_WINDOWS_AT + 2 * window
        low, high = m[at], m[at + 1]
        if low < high and not may_grant(m, r, low, high):
            return True
    return False


@rule
def may_grant(m: Memory, r: Cells, low: float, high: float) -> bool:
    """Whether low..high lies below the open frame on the stack, or in one of its windows."""
    if r[STACK_LOW] <= low and high <= r[FP]:
        return True
    for window in range(FRAME_WINDOWS):
        at = int(r[FP]) + FRAME_WINDOWS_AT + 2 * window
        if m[at] <= low and high <= m[at + 1]:
            return True
    return False


@rule
def leave(m: Memory, r: Cells, p: Cells, pc: float) -> tuple[int, float]:
    """leave: close the frame, whose caller's must be 0 or further up, and return."""
    if r[FP] == 0:
        return STACK_UNDERFLOW, pc
    outer = read(m, p, r[FP])
    if outer != 0 and not (r[FP] < outer <= r[STACK_HIGH] - FRAME_SLOTS_AT and outer == np.floor(outer)):
        return STACK_UNDERFLOW, pc
    back = read(m, p, r[FP] + FRAME_RETURN)
    r[SP] = r[FP] + FRAME_WINDOWS_AT
    r[FP] = outer
    return NONE, back


@rule
def take_input(m: Memory, r: Cells, p: Cells, pc: float, b: float) -> tuple[int, float]:
    """in: M[b] <- the next input value. A fault consumes nothing."""
    fault = check_write(m, r, b)
    if fault == NONE:
        write(m, p, b, next_input(p))
        return NONE, pc + 3
    return fault, pc


@rule
def give_output(m: Memory, p: Cells, pc: float, b: float) -> tuple[int, float]:
    """out: output M[b]."""
    if bad_address(m, b):
        return ADDRESS, pc
    output(p, read(m, p, b))
    return NONE, pc + 3
