"""Plain SUBLEQ, in every dialect: the whole machine on one page.

The loader has checked that every cell is a W-bit integer, and subtraction keeps them so; hence the cells are integers
here and nothing but addresses needs checking.
"""

from __future__ import annotations

import numpy as np

from ccc.emulator.checksum import CHECKSUM, COUNTS, NO_ADDRESS, NO_VALUE, Sums, fold
from ccc.emulator.core import (
    ADDRESS,
    FAULT,
    FETCH,
    HIGH,
    LOW,
    PC,
    PRODUCED,
    READS,
    READS_AT,
    RECORD,
    RECORD_ALL,
    ROOM,
    SP,
    WRITES,
    WRITES_AT,
    Memory,
    inlined,
    next_input,
    output,
    read,
    record,
    rule,
    write,
)
from ccc.isa import INSTRUCTION_CELLS, IO_ADDRESS
from ccc.machine import Cells


@rule
def run_plain(
    m: Memory, r: Cells, p: Cells, limit: int, written_first: bool, io: bool, modulo: bool, sums: Sums | None
) -> int:
    """Execute up to `limit` instructions; stop early when halted, faulted, or when the output buffer is full."""
    pc, size, recording = int(r[PC]), len(m), p[RECORD] == RECORD_ALL
    low, high = int(r[LOW]), int(r[HIGH])
    period = high - low + 1
    executed = 0
    while executed < limit and pc >= 0:
        if pc > size - INSTRUCTION_CELLS:
            r[FAULT] = FETCH
            break
        a, b, c = m[pc], m[pc + 1], m[pc + 2]
        if written_first:
            a, b = b, a
        if modulo:
            a, b = unsigned(a, period), unsigned(b, period)
        if not (0 <= a < size and 0 <= b < size):
            if not (io and is_port_form(a, b, size)):
                r[FAULT] = ADDRESS
                break
            if p[PRODUCED] == p[ROOM]:
                break
            copy_through_port(m, p, a, b)
            pc += INSTRUCTION_CELLS
        else:
            if recording:
                note_accesses(m, p, a, b)
            result = m[b] - m[a]
            if result > high:
                result -= period
            elif result < low:
                result += period
            m[b] = result
            if recording:
                record(p, WRITES, WRITES_AT, b, result)
            pc = c if result <= 0 else pc + INSTRUCTION_CELLS
        add_up(m, r, sums, pc, b)
        executed += 1
    r[PC] = pc
    return executed


@rule
def add_up(m: Memory, r: Cells, sums: Sums | None, pc: int, b: int) -> None:
    """Take the instruction just executed into the checksum and the count, where they are wanted."""
    if sums is not None:
        address, value = (NO_ADDRESS, NO_VALUE) if b == IO_ADDRESS else (float(b), float(m[b]))
        sums[CHECKSUM] = fold(sums[CHECKSUM], float(pc), r[SP], address, value)
        sums[COUNTS] += np.uint64(1)


@inlined
def unsigned(address: int, period: int) -> int:
    """`address` modulo 2**W; the port's -1 stays."""
    return address + period if address < IO_ADDRESS else address


@rule
def is_port_form(a: int, b: int, size: int) -> bool:
    """Whether one operand or both are the port, and the rest good addresses."""
    return IO_ADDRESS <= a < size and IO_ADDRESS <= b < size


@rule
def copy_through_port(m: Memory, p: Cells, a: int, b: int) -> None:
    """a = -1: M[b] <- input. b = -1: output M[a]. Both: copy input to output."""
    p[READS] = p[WRITES] = 0
    value = int(next_input(p)) if a == IO_ADDRESS else read(m, p, a)
    if b == IO_ADDRESS:
        output(p, value)
    else:
        write(m, p, b, value)


@rule
def note_accesses(m: Memory, p: Cells, a: int, b: int) -> None:
    """For the commit log: this instruction reads M[b] and M[a]."""
    p[READS] = p[WRITES] = 0
    record(p, READS, READS_AT, b, m[b])
    record(p, READS, READS_AT, a, m[a])
