"""The instruction table: one row an instruction, and everything else derives from it.

An instruction is three cells `a b c`. `a >= -1` is SUBLEQ; `a <= -2` is an extended instruction with opcode `a` and
operands `b` and `c`. In the meanings below M[x] is the cell at address x, and b and c are the operand cells themselves.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ccc.isa.faults import Fault

INSTRUCTION_CELLS = 3
IO_ADDRESS = -1
"""Reading this address in SUBLEQ takes the next input value; writing it produces output."""


class Operand(enum.Enum):
    """What an operand cell is: it decides how the assembler checks it and the disassembler prints it."""

    CELL = "address of a cell"
    CODE = "address to jump to"
    VALUE = "number used as it stands"
    OFFSET = "distance from the stack pointer"


class Family(enum.Enum):
    """Groups of instructions, in the order of the reference page."""

    SUBLEQ = "SUBLEQ"
    MOVE = "Moves"
    MEMORY = "Indirect, indexed and stack-relative access"
    INTEGER = "Integer arithmetic"
    BITS = "Bits and shifts"
    REAL = "Real arithmetic"
    CONVERT = "Conversion"
    JUMP = "Jumps"
    STACK = "Stack, calls and skill blocks"
    IO = "Input and output"
    CONTROL = "Control"
    FRAME = "Frames of skills"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One row. `b` and `c` are None where the operand is unused (the assembler writes 0 there)."""

    mnemonic: str
    opcode: int
    family: Family
    b: Operand | None
    c: Operand | None
    meaning: str
    faults: tuple[Fault, ...]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The operands that are written in source, in order."""
        return tuple(kind for kind in (self.b, self.c) if kind is not None)


_CELL, _CODE, _VALUE, _OFFSET = Operand.CELL, Operand.CODE, Operand.VALUE, Operand.OFFSET
_ADDR, _PROT, _INT = Fault.ADDRESS, Fault.PROTECTED, Fault.INTEGER
_WRITE = (_ADDR, _PROT)
_ARITH = (_ADDR, _PROT, _INT)
_REAL = (_ADDR, _PROT, Fault.OVERFLOW)
_PUSH = (Fault.STACK_OVERFLOW, _ADDR, _PROT)
_POP = (Fault.STACK_UNDERFLOW, _ADDR, _PROT)
_DIVIDE = (*_ARITH, Fault.DIVISION)
_SHIFTS = (*_ARITH, Fault.SHIFT)

SUBLEQ = Instruction(
    "subleq", -1, Family.SUBLEQ, None, None,
    "M[b] <- M[b] - M[a]; if M[b] <= 0 goto c. a = -1: M[b] <- input. b = -1: output M[a]", _ARITH,
)  # fmt: skip
"""The row of SUBLEQ: `a` is no opcode but an address, so its opcode stands for every first cell of -1 and above."""

_Row = tuple[str, Operand | None, Operand | None, str, tuple[Fault, ...]]

_ROWS: dict[Family, tuple[_Row, ...]] = {
    Family.MOVE: (
        ("mov", _CELL, _CELL, "M[b] <- M[c]", _WRITE),
        ("movi", _CELL, _VALUE, "M[b] <- c", _WRITE),
    ),
    Family.MEMORY: (
        ("ld", _CELL, _CELL, "M[b] <- M[M[c]]", _WRITE),
        ("st", _CELL, _CELL, "M[M[b]] <- M[c]", _WRITE),
        ("ldx", _CELL, _CELL, "M[b] <- M[M[c] + M[c+1]]", _WRITE),
        ("stx", _CELL, _CELL, "M[M[b] + M[b+1]] <- M[c]", _WRITE),
        ("lds", _CELL, _OFFSET, "M[b] <- M[sp + c]", _WRITE),
        ("sts", _OFFSET, _CELL, "M[sp + b] <- M[c]", _WRITE),
    ),
    Family.INTEGER: (
        ("add", _CELL, _CELL, "M[b] <- M[b] + M[c]", _ARITH),
        ("addi", _CELL, _VALUE, "M[b] <- M[b] + c", _ARITH),
        ("sub", _CELL, _CELL, "M[b] <- M[b] - M[c]", _ARITH),
        ("mul", _CELL, _CELL, "M[b] <- M[b] * M[c]", _ARITH),
        ("div", _CELL, _CELL, "M[b] <- M[b] / M[c], truncated toward zero", _DIVIDE),
        ("mod", _CELL, _CELL, "M[b] <- M[b] mod M[c], with the sign of M[b]", _DIVIDE),
        ("neg", _CELL, _CELL, "M[b] <- -M[c]", _ARITH),
        ("min", _CELL, _CELL, "M[b] <- the smaller of M[b] and M[c]", _ARITH),
        ("max", _CELL, _CELL, "M[b] <- the larger of M[b] and M[c]", _ARITH),
    ),
    Family.BITS: (
        ("and", _CELL, _CELL, "M[b] <- M[b] and M[c], bit by bit", _ARITH),
        ("or", _CELL, _CELL, "M[b] <- M[b] or M[c], bit by bit", _ARITH),
        ("xor", _CELL, _CELL, "M[b] <- M[b] xor M[c], bit by bit", _ARITH),
        ("not", _CELL, _CELL, "M[b] <- not M[c], bit by bit", _ARITH),
        ("shl", _CELL, _CELL, "M[b] <- M[b] shifted left by M[c]", _SHIFTS),
        ("shr", _CELL, _CELL, "M[b] <- M[b] shifted right by M[c], zeros coming in", _SHIFTS),
        ("sar", _CELL, _CELL, "M[b] <- M[b] shifted right by M[c], the sign coming in", _SHIFTS),
    ),
    Family.REAL: (
        ("fadd", _CELL, _CELL, "M[b] <- M[b] + M[c] in IEEE double arithmetic", _REAL),
        ("fsub", _CELL, _CELL, "M[b] <- M[b] - M[c] in IEEE double arithmetic", _REAL),
        ("fmul", _CELL, _CELL, "M[b] <- M[b] * M[c] in IEEE double arithmetic", _REAL),
        ("fcmp", _CELL, _CELL, "M[b] <- -1, 0 or 1: how M[b] compares with M[c]", _WRITE),
    ),
    Family.CONVERT: (
        ("itof", _CELL, _CELL, "M[b] <- the real number equal to the integer M[c]", _ARITH),
        ("ftoi", _CELL, _CELL, "M[b] <- M[c] truncated toward zero to an integer", _REAL),
    ),
    Family.JUMP: (
        ("jle", _CELL, _CODE, "if M[b] <= 0 goto c", (_ADDR,)),
        ("jeq", _CELL, _CODE, "if M[b] = 0 goto c", (_ADDR,)),
        ("jlt", _CELL, _CODE, "if M[b] < 0 goto c", (_ADDR,)),
        ("jmp", None, _CODE, "goto c", ()),
        ("jmpi", _CELL, None, "goto M[b]", (_ADDR,)),
    ),
    Family.STACK: (
        ("push", _CELL, None, "sp <- sp - 1; M[sp] <- M[b]", _PUSH),
        ("pop", _CELL, None, "M[b] <- M[sp]; sp <- sp + 1", _POP),
        ("call", None, _CODE, "push pc + 3; goto c", (Fault.STACK_OVERFLOW, _PROT)),
        ("ret", None, None, "pop the program counter", (Fault.STACK_UNDERFLOW,)),
        ("addsp", None, _VALUE, "sp <- sp + c: negative makes room for locals, positive drops them",
         (Fault.STACK_OVERFLOW, Fault.STACK_UNDERFLOW, _INT)),
        ("leas", _CELL, _OFFSET, "M[b] <- sp + c, the address of a local", _WRITE),
        ("exec", _CELL, None, "call the skill block at h = M[b]: push pc + 3; goto M[h+1] if M[h] = 0, else M[h+2]",
         _PUSH),
    ),
    Family.IO: (
        ("in", _CELL, None, "M[b] <- the next input value, -1 at its end", _WRITE),
        ("out", _CELL, None, "output M[b]", (_ADDR,)),
    ),
    Family.CONTROL: (("halt", None, None, "stop: the program counter becomes -1", ()),),
    Family.FRAME: (
        ("enter", None, None, "open a frame: push fp; fp <- sp", (Fault.STACK_OVERFLOW, Fault.STACK_UNDERFLOW, _PROT)),
        ("leave", None, None, "close it and return: sp <- fp + 2; goto M[fp+1]; fp <- M[fp]", (Fault.STACK_UNDERFLOW,)),
    ),
}  # fmt: skip


def _number_rows() -> tuple[Instruction, ...]:
    """Opcodes run downwards from -2 in the order of the table, without a gap."""
    rows = [(family, row) for family, group in _ROWS.items() for row in group]
    return tuple(
        Instruction(name, -2 - index, family, b, c, meaning, faults)
        for index, (family, (name, b, c, meaning, faults)) in enumerate(rows)
    )


EXTENDED: tuple[Instruction, ...] = _number_rows()
"""The extended instructions, by falling opcode: EXTENDED[i].opcode == -2 - i."""

INSTRUCTIONS: tuple[Instruction, ...] = (SUBLEQ, *EXTENDED)
BY_OPCODE: dict[int, Instruction] = {row.opcode: row for row in EXTENDED}
BY_MNEMONIC: dict[str, Instruction] = {row.mnemonic: row for row in INSTRUCTIONS}
LOWEST_OPCODE = EXTENDED[-1].opcode


def decode(a: float, *, extended: bool = True) -> Instruction | None:
    """The instruction whose first cell is `a`, or None where there is none."""
    if a >= -1 or not extended:
        return SUBLEQ
    return BY_OPCODE.get(int(a)) if a == int(a) else None
