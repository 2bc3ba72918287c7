"""The faults of the machine, and which one wins.

A fault stops the program before anything is written. Where several apply to one instruction, the lowest code wins: this
order is part of the definition, so that every engine reports the same one.
"""

from __future__ import annotations

import enum


class Fault(enum.IntEnum):
    """Codes as they stand in the fault register; 0 is no fault."""

    NONE = 0
    FETCH = 1
    OPCODE = 2
    STACK_OVERFLOW = 3
    STACK_UNDERFLOW = 4
    ADDRESS = 5
    PROTECTED = 6
    INTEGER = 7
    DIVISION = 8
    SHIFT = 9
    OVERFLOW = 10

    @property
    def label(self) -> str:
        """The name shown to users, e.g. `stack-overflow`."""
        return self.name.lower().replace("_", "-")

    @property
    def meaning(self) -> str:
        """One line: when it is raised."""
        return _MEANING[self]


_MEANING = {
    Fault.NONE: "no fault",
    Fault.FETCH: "the program counter is no integer, or the three cells there are not all inside memory",
    Fault.OPCODE: "the first cell is below -1 and is no opcode",
    Fault.STACK_OVERFLOW: "the stack pointer would fall below the stack",
    Fault.STACK_UNDERFLOW: "the stack pointer would rise above the stack",
    Fault.ADDRESS: "an address is no integer or lies outside memory",
    Fault.PROTECTED: "a write outside the window that the state allows",
    Fault.INTEGER: "an integer instruction met a value that is no integer of the word width",
    Fault.DIVISION: "division by zero",
    Fault.SHIFT: "a shift count outside 0..W-1",
    Fault.OVERFLOW: "a real result too large for a double, or too large for the integer it is converted to",
}
