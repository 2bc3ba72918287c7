"""Whether the registers that a source sets make sense."""

from __future__ import annotations

from ccc.assembler.content import Program
from ccc.isa import Fault
from ccc.machine import Cells, Register, frame_problem, word_range


def register_problem(registers: Cells, size: int, program: Program) -> str:
    """What is wrong with registers that a source has set, or the empty string."""
    low, sp, high = (int(registers[r]) for r in (Register.STACK_LOW, Register.SP, Register.STACK_HIGH))
    first, last = int(registers[Register.WRITE_LOW]), int(registers[Register.WRITE_HIGH])
    if not 0 <= low <= sp <= high <= size:
        found = f"stack_low = {low}, sp = {sp}, stack_high = {high}"
        return f"stack registers out of order: 0 <= stack_low <= sp <= stack_high <= {size} must hold, found {found}"
    if not 0 <= first <= last <= size:
        return f"the write window {first}..{last} does not lie inside memory (0..{size})"
    if int(registers[Register.FAULT]) not in {int(fault) for fault in Fault}:
        return f"{int(registers[Register.FAULT])} is no fault code"
    if problem := frame_problem(registers):
        return problem
    if not program.dialect.extended:
        pc = registers[Register.PC]
        if pc != int(pc) or abs(pc) > word_range(program.width)[1]:
            return f"dialect {program.dialect.name}: the entry must be an integer of {program.width} bits"
        if (first, last) != (0, size):
            return f"dialect {program.dialect.name} has no write window"
        if registers[Register.FP]:
            return f"dialect {program.dialect.name} has no frames"
    return ""
