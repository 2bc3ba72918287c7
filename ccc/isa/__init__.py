"""The instruction set, written once: one table, the faults, and the dialects of SUBLEQ.

Assembler, disassembler, reference page, emulator and Transformer all read this table; none of them restates it.
"""

from ccc.isa.dialects import DIALECTS, Dialect, find_dialect
from ccc.isa.faults import Fault
from ccc.isa.table import (
    BY_MNEMONIC,
    BY_OPCODE,
    EXTENDED,
    INSTRUCTION_CELLS,
    INSTRUCTIONS,
    IO_ADDRESS,
    LOWEST_OPCODE,
    SUBLEQ,
    Family,
    Instruction,
    Operand,
    decode,
)

__all__ = [
    "BY_MNEMONIC",
    "BY_OPCODE",
    "DIALECTS",
    "EXTENDED",
    "INSTRUCTIONS",
    "INSTRUCTION_CELLS",
    "IO_ADDRESS",
    "LOWEST_OPCODE",
    "SUBLEQ",
    "Dialect",
    "Family",
    "Fault",
    "Instruction",
    "Operand",
    "decode",
    "find_dialect",
]
