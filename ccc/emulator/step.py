"""One instruction: fetch, decode, execute. `step` is the execution module E of the paper (section 3.2.2).

`run` repeats it until the program stops: this file, read top to bottom, is the machine.
"""

from __future__ import annotations

import numpy as np

from ccc.emulator.arithmetic import (
    FTOI,
    INTEGER_PAIRS,
    INTEGER_SINGLES,
    REAL_PAIRS,
    integer_pair,
    integer_single,
    real_pair,
    truncate,
)
from ccc.emulator.checksum import CHECKSUM, NO_ADDRESS, NO_VALUE, Sums, counter_of, fold
from ccc.emulator.core import (
    ADDRESS,
    FAULT,
    FETCH,
    FP,
    INTEGER,
    NONE,
    OPCODE,
    PC,
    PRODUCED,
    READS,
    ROOM,
    SP,
    WRITES,
    WRITES_AT,
    Memory,
    bad_address,
    check_write,
    next_input,
    no_word,
    output,
    read,
    rule,
    wrapped,
    write,
)
from ccc.emulator.movement import (
    ADDSP,
    CALLS,
    ENTER,
    HALT,
    IN,
    INDIRECT,
    JMP,
    LEAS,
    MOV,
    MOVI,
    OUT,
    RETURNS,
    TESTS,
    calls,
    copy,
    enter,
    give_output,
    indirect,
    jump,
    leave,
    move_stack_pointer,
    returns,
    store,
    take_input,
)
from ccc.isa import EXTENDED, IO_ADDRESS, LOWEST_OPCODE, Operand
from ccc.machine import FRAME_ORIGIN, Cells

G_NONE, G_INDIRECT, G_INTEGER_PAIR, G_INTEGER_SINGLE, G_REAL_PAIR, G_JUMP, G_CALL, G_RETURN = range(8)
GROUP_OF = np.full(1 - LOWEST_OPCODE, G_NONE)
"""Opcodes that share a rule: GROUP_OF[-opcode]."""
for _group, _members in (
    (G_INDIRECT, INDIRECT),
    (G_INTEGER_PAIR, INTEGER_PAIRS),
    (G_INTEGER_SINGLE, INTEGER_SINGLES),
    (G_REAL_PAIR, REAL_PAIRS),
    (G_JUMP, TESTS),
    (G_CALL, CALLS),
    (G_RETURN, RETURNS),
):
    GROUP_OF[[-member for member in _members]] = _group
B_IS_CELL, C_IS_CELL = np.zeros(1 - LOWEST_OPCODE, dtype=np.bool_), np.zeros(1 - LOWEST_OPCODE, dtype=np.bool_)
"""Whether an operand is the address of a cell, which may be one of the open frame: by -opcode."""
for _row in EXTENDED:
    B_IS_CELL[-_row.opcode], C_IS_CELL[-_row.opcode] = _row.b is Operand.CELL, _row.c is Operand.CELL


@rule
def run(m: Memory, r: Cells, p: Cells, limit: int, sums: Sums | None) -> int:
    """Execute up to `limit` instructions; stop early when halted, faulted, or when the output buffer is full."""
    executed = 0
    while executed < limit and r[PC] >= 0 and p[PRODUCED] < p[ROOM]:
        p[READS] = p[WRITES] = 0
        if sums is not None:
            counter = counter_of(m, r[PC])  # now, as an instruction may overwrite itself
        fault, following = step(m, r, p, r[PC])
        if fault != NONE:
            r[FAULT] = fault
            break
        r[PC] = following + 0.0
        if sums is not None:
            sums[counter] += np.uint64(1)
            address, value = last_write(p)
            sums[CHECKSUM] = fold(sums[CHECKSUM], r[PC], r[SP], address, value)
        executed += 1
    return executed


@rule
def last_write(p: Cells) -> tuple[float, float]:
    """Address and value of what the instruction wrote: one cell at most."""
    if p[WRITES] == 0:
        return NO_ADDRESS, NO_VALUE
    return p[WRITES_AT], p[WRITES_AT + 1]


@rule
def step(m: Memory, r: Cells, p: Cells, pc: float) -> tuple[int, float]:
    """Execute the instruction at `pc`; return the fault, or NONE and the next program counter."""
    if bad_address(m, pc) or pc + 2 >= len(m):
        return FETCH, pc
    at = int(pc)
    a, b, c = m[at], m[at + 1], m[at + 2]
    if a >= IO_ADDRESS:
        return subleq(m, r, p, pc, a, b, c)
    if a < LOWEST_OPCODE or a != np.floor(a):
        return OPCODE, pc
    op = int(a)
    if r[FP] != 0:
        b, c = in_frame(r, B_IS_CELL[-op], b), in_frame(r, C_IS_CELL[-op], c)
    return execute(m, r, p, op, pc, b, c)


@rule
def in_frame(r: Cells, is_cell: bool, operand: float) -> float:
    """The operand itself, or the address of the cell of the open frame that it stands for."""
    if is_cell and operand < IO_ADDRESS:
        return float(operand + (r[FP] + FRAME_ORIGIN))
    return float(operand)


@rule
def subleq(m: Memory, r: Cells, p: Cells, pc: float, a: float, b: float, c: float) -> tuple[int, float]:
    """M[b] <- M[b] - M[a]; if M[b] <= 0 goto c. Address -1 is the port: those forms copy and do not branch."""
    if a != IO_ADDRESS and bad_address(m, a):
        return ADDRESS, pc
    fault = check_write(m, r, b) if b != IO_ADDRESS else NONE
    if fault != NONE:
        return fault, pc
    if a == IO_ADDRESS or b == IO_ADDRESS:
        value = next_input(p) if a == IO_ADDRESS else read(m, p, a)
        if b == IO_ADDRESS:
            output(p, value)
        else:
            write(m, p, b, value)
        return NONE, pc + 3
    x, y = read(m, p, b), read(m, p, a)
    if no_word(r, x) or no_word(r, y):
        return INTEGER, pc
    result = wrapped(r, int(x) - int(y))
    write(m, p, b, result)
    return NONE, c if result <= 0 else pc + 3


@rule
def execute(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """An extended instruction: the rule of its group."""
    group = GROUP_OF[-op]
    if op == MOV:
        return copy(m, r, p, pc, b, c)
    if op == MOVI:
        return store(m, r, p, pc, b, c)
    if group == G_INDIRECT:
        return indirect(m, r, p, op, pc, b, c)
    if group == G_INTEGER_PAIR:
        return integer_pair(m, r, p, op, pc, b, c)
    if group == G_INTEGER_SINGLE:
        return integer_single(m, r, p, op, pc, b, c)
    if group == G_REAL_PAIR:
        return real_pair(m, r, p, op, pc, b, c)
    if op == FTOI:
        return truncate(m, r, p, op, pc, b, c)
    if op == JMP:
        return NONE, c
    if group == G_JUMP:
        return jump(m, p, op, pc, b, c)
    return control(m, r, p, op, pc, b, c)


@rule
def control(m: Memory, r: Cells, p: Cells, op: int, pc: float, b: float, c: float) -> tuple[int, float]:
    """The stack, the ports, and HALT."""
    group = GROUP_OF[-op]
    if group == G_CALL:
        return calls(m, r, p, op, pc, b, c)
    if group == G_RETURN:
        return returns(m, r, p, op, pc, b, c)
    if op == ADDSP:
        return move_stack_pointer(r, pc, c)
    if op == LEAS:
        return store(m, r, p, pc, b, r[SP] + c)
    if op == IN:
        return take_input(m, r, p, pc, b)
    if op == OUT:
        return give_output(m, p, pc, b)
    if op == HALT:
        return NONE, -1.0
    return enter(m, r, p, pc) if op == ENTER else leave(m, r, p, pc)
