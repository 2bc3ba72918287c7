"""Straight-line skills as torch functions: the instructions that a call executes, recorded once, done again on tensors.

Which instructions these are must not depend on the data: a skill whose jumps or addresses rest on them is no straight
line. Constants, such as sizes, are not data here: there is one recording for each of their values. Integer instructions
do what their counterparts on reals do, so that they have values on fractions and derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from ccc.errors import SkillError
from ccc.isa import BY_MNEMONIC, IO_ADDRESS, Family, Instruction, Operand, decode
from ccc.learn.gradient.blocks import PAIRS, SINGLES, SUMS, Blocks, Row
from ccc.machine import FRAME_ORIGIN, Cells, Register, State
from ccc.machine.state import instruction_at
from ccc.skills.call import Call
from ccc.skills.library import Skill
from ccc.trace import make_executor

MOST_STEPS = 1 << 20
"""Instructions of a recording."""


class NotStraightError(SkillError):
    """A skill that is no straight line."""


_JUMPS = ("jle", "jeq", "jlt", "jmpi", "exec")
_WHOLE = ("div", "mod", "and", "or", "xor", "not", "shl", "shr", "sar")


@dataclass(frozen=True)
class Tape:
    """What a call computes. The values are numbered: first the elements of the slots in `given`, then one a row.
    results: for each output its elements, numbers of values or constants.
    """

    given: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    results: tuple[tuple[str, tuple[int, ...], tuple[int | float, ...]], ...]

    def __call__(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """values: of the slots that are data, shape [lanes, elements]. Outputs by name, in the same shape."""
        given = [values[name].T for name, _ in self.given]
        found = self.blocks(given)
        return {name: value.T for (name, _, _), value in zip(self.results, found, strict=True)}

    @cached_property
    def blocks(self) -> Blocks:
        """The same in blocks."""
        return Blocks([size for _, size in self.given], self.rows, [cells for _, _, cells in self.results])


def traced(skill: Skill, sizes: Mapping[str, int], width: int = 32) -> Tape:
    """The recording of a call with data of one shape. sizes: the values of the constants.

    Raises NotStraightError where what is executed rests on the data, SkillError where it takes too many instructions,
    and what `Call` raises.
    """
    card = skill.card
    call = Call(skill, sizes, width=width, small=True)
    data = {slot.name: np.ones(slot.shape.sizes(sizes)) for slot in card.slots if slot.role != "constant"}
    constants = {slot.name: np.asarray(float(sizes[slot.name])) for slot in card.slots if slot.role == "constant"}
    outputs = [slot.name for slot in card.outputs]
    image = call.image(
        {**constants, **{name: value for name, value in data.items() if name not in outputs}},
        {name: data[name] for name in outputs},
    )
    emulator = make_executor("emulator", image)
    emulator.start(image, ())
    if emulator.run(MOST_STEPS + 1) > MOST_STEPS:
        raise SkillError(f"a call of '{skill.name}' takes more than {MOST_STEPS:,} instructions, too many to record")
    emulator.start(image, ())
    given = tuple((name, value.size) for name, value in data.items())
    recorder = _Recorder(skill.name)
    for name, size in given:
        recorder.begin(call.addresses[name], size)
    state = emulator.state()
    while emulator.run(1):
        recorder.take(state)
        state = emulator.state()
    if state.fault:
        raise NotStraightError(f"skill '{skill.name}' on ones: fault {state.fault.label}")
    results = tuple(
        (name, data[name].shape, recorder.read(call.addresses[name], data[name].size, state.cells)) for name in outputs
    )
    return Tape(given, tuple(recorder.rows), results)


def _resolved(instruction: Instruction, registers: Cells, b: float, c: float) -> tuple[float, float]:
    """The operands, those that stand for cells of the open frame as addresses."""
    fp = registers[Register.FP]

    def resolved(kind: Operand | None, operand: float) -> float:
        in_frame = fp != 0 and kind is Operand.CELL and operand < IO_ADDRESS
        return float(operand + fp + FRAME_ORIGIN) if in_frame else operand

    return resolved(instruction.b, b), resolved(instruction.c, c)


def _addresses(mnemonic: str, b: int, c: int) -> tuple[int, ...]:
    """The cells that hold addresses which an instruction uses."""
    return {"ld": (c,), "st": (b,), "ldx": (c, c + 1), "stx": (b, b + 1)}.get(mnemonic, ())


class _Recorder:
    """Follows which cells hold what was computed from the data."""

    def __init__(self, name: str) -> None:
        self.rows: list[Row] = []
        self._name, self._values = name, 0
        self._where: dict[int, int] = {}

    def begin(self, address: int, size: int) -> None:
        """Cells that hold data."""
        for cell in range(address, address + size):
            self._where[cell] = self._values
            self._values += 1

    def read(self, address: int, size: int, cells: Cells) -> tuple[int | float, ...]:
        """What cells hold."""
        return tuple(self._source(cell, cells) for cell in range(address, address + size))

    def take(self, before: State) -> None:
        """One instruction, with the state before it."""
        cells, registers = before.cells, before.registers
        a, b, c = instruction_at(cells, registers[Register.PC])
        instruction = decode(a)
        if instruction is None or instruction.mnemonic == "subleq":
            raise NotStraightError(f"skill '{self._name}' uses subleq, which jumps by what it computes")
        name, b, c = instruction.mnemonic, *_resolved(instruction, registers, b, c)
        if name in _JUMPS and int(b) in self._where:
            raise NotStraightError(f"skill '{self._name}' jumps by its data, with {name}")
        if any(cell in self._where for cell in _addresses(name, int(b), int(c))):
            raise NotStraightError(f"skill '{self._name}': an address rests on its data")
        moved = self._moved(instruction, before, int(b), int(c))
        if moved is not None:
            self._move(*moved, cells)
        elif name in PAIRS or name in SUMS:
            second = float(c) if name == "addi" else self._source(int(c), cells)
            self._compute(name, int(b), (self._source(int(b), cells), second))
        elif name in SINGLES:
            self._compute(name, int(b), (self._source(int(c), cells),))
        elif name in _WHOLE or instruction.family is Family.IO:
            if int(b) in self._where or int(c) in self._where or instruction.family is Family.IO:
                raise NotStraightError(f"skill '{self._name}': {name} has no form on reals")
            self._where.pop(int(b), None)
        elif name in ("movi", "leas"):
            self._where.pop(int(b), None)
        elif name in ("call", "exec", "enter"):
            self._where.pop(int(registers[Register.SP]) - 1, None)

    def _moved(self, instruction: Instruction, state: State, b: int, c: int) -> tuple[int, int] | None:
        """The cell that is written and that from which it is copied, if the instruction copies a cell."""
        cells, sp = state.cells, int(state.registers[Register.SP])
        ways: dict[str, Callable[[], tuple[int, int]]] = {
            "mov": lambda: (b, c),
            "ld": lambda: (b, int(cells[c])),
            "st": lambda: (int(cells[b]), c),
            "ldx": lambda: (b, int(cells[c] + cells[c + 1])),
            "stx": lambda: (int(cells[b] + cells[b + 1]), c),
            "lds": lambda: (b, sp + c),
            "sts": lambda: (sp + b, c),
            "push": lambda: (sp - 1, b),
            "pop": lambda: (b, sp),
        }
        way = ways.get(instruction.mnemonic)
        return way() if way is not None else None

    def _source(self, cell: int, cells: Cells) -> int | float:
        return self._where.get(cell, float(cells[cell]))

    def _move(self, target: int, source: int, cells: Cells) -> None:
        if source in self._where:
            self._where[target] = self._where[source]
        else:
            self._where.pop(target, None)

    def _compute(self, mnemonic: str, target: int, sources: tuple[int | float, ...]) -> None:
        if not any(isinstance(source, int) for source in sources):
            self._where.pop(target, None)
            return
        self.rows.append(Row(mnemonic, sources))
        self._where[target] = self._values
        self._values += 1


assert all(name in BY_MNEMONIC for name in (*PAIRS, *SINGLES, *SUMS, *_JUMPS))
