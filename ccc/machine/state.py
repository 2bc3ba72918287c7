"""The state S = (R, M): registers and cells. `E(S)` maps one to the next (paper, section 3.2.2)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.isa import INSTRUCTION_CELLS, Fault
from ccc.machine.layout import FRAME_SLOTS_AT
from ccc.machine.numbers import Cells, same_bits


class Register(enum.IntEnum):
    """Registers are directions of the CPU token, not cells; the number is the place in the register array."""

    PC = 0  # the line register: address of the next instruction; negative means halted
    SP = 1  # the stack pointer: address of the top of the stack, which grows downwards
    STACK_LOW = 2  # the lowest address that the stack may use
    STACK_HIGH = 3  # one past the highest; sp = STACK_HIGH is the empty stack
    WRITE_LOW = 4  # the lowest address that may be written
    WRITE_HIGH = 5  # one past the highest
    FAULT = 6  # the code of the fault that stopped the program, 0 for none
    FP = 7  # the frame pointer: address of the open frame; 0 where none is open

    @property
    def label(self) -> str:
        """The name shown to users, e.g. `stack_low`."""
        return self.name.lower()


REGISTERS: tuple[str, ...] = tuple(register.label for register in Register)


def fresh_registers(size: int, *, entry: int = 0, stack: tuple[int, int] | None = None) -> Cells:
    """Registers at the start of a program over `size` cells, shape [len(Register)]; the stack empty, all writable."""
    low, high = stack if stack is not None else (size, size)
    registers = np.zeros(len(Register))
    registers[Register.PC] = entry
    registers[Register.SP] = registers[Register.STACK_HIGH] = high
    registers[Register.STACK_LOW] = low
    registers[Register.WRITE_HIGH] = size
    return registers


def frame_problem(registers: Cells) -> str:
    """What is wrong with the frame pointer, or the empty string: an open frame lies on the stack, windows included."""
    fp, low, high = (int(registers[r]) for r in (Register.FP, Register.STACK_LOW, Register.STACK_HIGH))
    if fp == 0 or (max(low, 1) <= fp and fp + FRAME_SLOTS_AT <= high):
        return ""
    return f"fp = {fp} must be 0, or a frame of {FRAME_SLOTS_AT} cells or more from there must lie in {low}..{high}"


def instruction_at(cells: NDArray[Any], pc: float) -> tuple[float, ...]:
    """The three cells at `pc`, or () where there are none. cells: shape [n]."""
    if not float(pc).is_integer() or not 0 <= pc <= len(cells) - INSTRUCTION_CELLS:
        return ()
    return tuple(float(value) for value in cells[int(pc) : int(pc) + INSTRUCTION_CELLS])


@dataclass(slots=True)
class State:
    """The whole state of the machine, which every executor starts from and returns.

    cells: shape [n], float64, finite, no -0.0. registers: shape [len(Register)], float64, by `Register`.
    """

    cells: Cells
    registers: Cells = field(default_factory=lambda: fresh_registers(0))

    @property
    def pc(self) -> float:
        return float(self.registers[Register.PC])

    @property
    def fault(self) -> Fault:
        return Fault(int(self.registers[Register.FAULT]))

    @property
    def halted(self) -> bool:
        """A jump to a negative address halts."""
        return self.pc < 0

    @property
    def stopped(self) -> bool:
        return bool(self.halted or self.registers[Register.FAULT] != 0)

    @property
    def fault_label(self) -> str:
        """The fault's name; of perturbed weights, perhaps a code that no fault has."""
        code = float(self.registers[Register.FAULT])
        return Fault(int(code)).label if code in set(Fault) else f"unknown ({code})"

    def copy(self) -> State:
        return State(self.cells.copy(), self.registers.copy())

    def same(self, other: State) -> bool:
        """Whether both states are equal bit for bit."""
        return same_bits(self.cells, other.cells) and same_bits(self.registers, other.registers)
