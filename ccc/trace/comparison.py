"""What a comparison of two executors finds, and the two of them as one: started, run, compared, wound back together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ccc.isa import decode
from ccc.machine import Cells, ChecksummedExecutor, Executor, Image, OpcodeCounter, Register, State, instruction_at


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction on the way to a difference: its number, address and cells, and what it is."""

    step: int
    pc: float
    cells: tuple[float, ...]
    mnemonic: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the two sides disagree on. before: its value before the instruction, which they shared.

    Values are numbers, or text where a number would not do (a checksum).
    """

    what: str
    before: float | None
    left: float | str | None
    right: float | str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The first instruction after which the two sides differ, and the ones before it."""

    instruction: Instruction
    changes: tuple[Change, ...]
    leading: tuple[Instruction, ...]


@dataclass(slots=True)
class Comparison:
    """What a comparison found.

    instructions: how many both executed with equal results. opcodes: how often each mnemonic was, or None where neither
    side counts them. outputs: values put out by then. every: the whole states were compared after every so many
    instructions. reason: how it ended: `halt`, `fault: NAME`, `step-limit`, `interrupted` or `difference`.
    """

    instructions: int = 0
    opcodes: dict[str, int] | None = field(default_factory=dict)
    outputs: int = 0
    every: int = 1
    reason: str = ""
    difference: Difference | None = None

    @property
    def equal(self) -> bool:
        """Whether no difference was found, as far as the comparison went."""
        return self.difference is None

    @property
    def interrupted(self) -> bool:
        """Whether it was asked to stop before its end."""
        return self.reason == "interrupted"

    def end(self, state: State, *, interrupted: bool = False) -> None:
        """Say how it ended, from the last state that both sides share."""
        if not self.equal:
            self.reason = "difference"
        elif state.halted:
            self.reason = "halt"
        elif state.stopped:
            self.reason = f"fault: {state.fault_label}"
        else:
            self.reason = "interrupted" if interrupted else "step-limit"


@dataclass(frozen=True, slots=True)
class _Account:
    """What one side says of itself. outputs: since the two were last found equal."""

    state: State
    executed: int
    outputs: list[float]
    consumed: int
    checksum: int | None


@dataclass(frozen=True, slots=True)
class Position:
    """A point at which the two sides were equal, and what it takes to return there."""

    step: int
    instructions: int
    outputs: int
    snapshots: tuple[Any, Any]


class Pair:
    """Two executors running one program side by side.

    step: instructions asked for so far. instructions: how many of them the left side executed.
    state, consumed, outputs: the state, the number of inputs taken and of values put out when both were last equal.
    """

    def __init__(self, image: Image, left: Executor, right: Executor, inputs: Sequence[float]) -> None:
        self.image = image
        self._sides = (left, right)
        for side in self._sides:
            side.start(image, inputs)
        self.state = image.state.copy()
        self.step = self.instructions = self.outputs = self.consumed = 0
        self._executed = (0, 0)

    @property
    def has_checksums(self) -> bool:
        """Whether both sides keep the running checksum."""
        return all(_checksum(side) is not None for side in self._sides)

    def run(self, steps: int) -> tuple[int, int]:
        """Run both for `steps` instructions; return how many each executed."""
        self._executed = (self._sides[0].run(steps), self._sides[1].run(steps))
        self.step += steps
        self.instructions += self._executed[0]
        return self._executed

    def same_checksums(self) -> bool:
        """Whether the checksums agree, which is quickly asked. True where a side keeps none."""
        left, right = (_checksum(side) for side in self._sides)
        return left is None or right is None or left == right

    def compare(self, before: State | None = None) -> tuple[Change, ...]:
        """Everything in which the two sides differ now, bit for bit.

        before: the state before the last instruction, for the report; None where more than one were executed.
        """
        left, right = (
            _Account(side.state(), executed, side.outputs(self.outputs), side.consumed, _checksum(side))
            for side, executed in zip(self._sides, self._executed, strict=True)
        )
        changes = _changes(before, self.consumed if before else None, left, right)
        if not changes:
            self.state, self.consumed = left.state, left.consumed
            self.outputs += len(left.outputs)
        return changes

    def opcodes(self) -> dict[str, int] | None:
        """How often each mnemonic was executed, if either side counts."""
        counts = (side.opcodes for side in self._sides if isinstance(side, OpcodeCounter))
        return next((count for count in counts if count is not None), None)

    def position(self) -> Position:
        """This point, at which the two were found equal."""
        left, right = (side.snapshot() for side in self._sides)
        return Position(self.step, self.instructions, self.outputs, (left, right))

    def restore(self, position: Position) -> None:
        """Take both sides back to `position`."""
        for side, snapshot in zip(self._sides, position.snapshots, strict=True):
            side.restore(snapshot)
        self.step, self.instructions, self.outputs = position.step, position.instructions, position.outputs
        self.state, self.consumed = self._sides[0].state(), self._sides[0].consumed
        self._executed = (0, 0)


def next_instruction(image: Image, state: State, step: int) -> Instruction:
    """The instruction, number `step` of the run, that `state` is about to execute."""
    cells = instruction_at(state.cells, state.pc)
    row = decode(cells[0], extended=image.dialect.extended) if cells else None
    return Instruction(step, state.pc, cells, row.mnemonic if row else "none")


def _checksum(side: Executor) -> int | None:
    return side.checksum if isinstance(side, ChecksummedExecutor) else None


def _changes(before: State | None, consumed: int | None, left: _Account, right: _Account) -> tuple[Change, ...]:
    """Registers, cells, outputs and inputs that differ; if nothing does, what was executed or touched on the way."""
    registers = (before.registers if before else None, left.state.registers, right.state.registers)
    cells = (before.cells if before else None, left.state.cells, right.state.cells)
    changes = [Change(Register(place).label, *_three(registers, place)) for place in _places(*registers[1:])]
    changes += [Change(f"cell {place}", *_three(cells, place)) for place in _places(*cells[1:])]
    if _bits(np.array(left.outputs)).tolist() != _bits(np.array(right.outputs)).tolist():
        changes.append(Change("output", None, *_last_output(left.outputs, right.outputs, whole=before is None)))
    if left.consumed != right.consumed:
        changes.append(Change("inputs taken", consumed, left.consumed, right.consumed))
    if left.executed != right.executed and not changes:
        changes.append(Change("instructions executed", None, left.executed, right.executed))
    checksums = left.checksum, right.checksum
    if None not in checksums and checksums[0] != checksums[1] and not changes:
        changes.append(Change("checksum of all that was written", None, *(f"{number:016x}" for number in checksums)))
    return tuple(changes)


def _last_output(left: list[float], right: list[float], *, whole: bool) -> tuple[float | None, float | None]:
    """The value that each side put out: the last one; of a whole piece, the first that differs."""
    if not whole:
        return (left[-1] if left else None), (right[-1] if right else None)
    shared = min(len(left), len(right))
    differing = _places(np.array(left[:shared]), np.array(right[:shared]))
    at = differing[0] if differing else shared
    return (left[at] if at < len(left) else None), (right[at] if at < len(right) else None)


def _places(left: Cells, right: Cells) -> list[int]:
    """Where two arrays of doubles differ in a bit."""
    found: list[int] = np.flatnonzero(_bits(left) != _bits(right)).tolist()
    return found


def _three(values: tuple[Cells | None, Cells, Cells], place: int) -> tuple[float | None, float, float]:
    before, left, right = values
    return None if before is None else float(before[place]), float(left[place]), float(right[place])


def _bits(numbers: Cells) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.ascontiguousarray(numbers).view(np.int64)
