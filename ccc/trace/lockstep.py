"""Two executors in lockstep: the whole state is compared after every instruction, bit for bit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ccc.isa import decode
from ccc.machine import Cells, Executor, Image, Register, State, instruction_at


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction on the way to a difference: its number, address and cells, and what it is."""

    step: int
    pc: float
    cells: tuple[float, ...]
    mnemonic: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the two sides disagree on. before: its value before the instruction, which they shared."""

    what: str
    before: float | None
    left: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The first instruction after which the two states differ, and the ones before it."""

    instruction: Instruction
    changes: tuple[Change, ...]
    leading: tuple[Instruction, ...]


@dataclass(slots=True)
class Comparison:
    """What a comparison found. opcodes: how often each mnemonic was executed. reason: how the program ended."""

    instructions: int = 0
    opcodes: dict[str, int] = field(default_factory=dict)
    outputs: int = 0
    reason: str = ""
    difference: Difference | None = None

    @property
    def equal(self) -> bool:
        return self.difference is None


def compare(
    image: Image,
    left: Executor,
    right: Executor,
    inputs: Sequence[float] = (),
    *,
    max_steps: int,
    context: int = 5,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run `left` and `right` on `image` until they stop, differ, or have executed `max_steps` instructions.

    context: how many instructions before a difference are kept. progress: called with the number compared so far.
    """
    left.start(image, inputs)
    right.start(image, inputs)
    result = Comparison()
    leading: deque[Instruction] = deque(maxlen=context)
    before = image.state.copy()
    counts = (0, 0)
    while result.instructions < max_steps and not before.stopped:
        instruction = _next(image, before, result.instructions)
        executed = left.run(1), right.run(1)
        after = left.state(), right.state()
        outputs = left.outputs(counts[0]), right.outputs(counts[1])
        changes = _changes(before, after, outputs, executed)
        if changes:
            result.difference = Difference(instruction, changes, tuple(leading))
            break
        counts = counts[0] + len(outputs[0]), counts[1] + len(outputs[1])
        leading.append(instruction)
        before = after[0]
        if executed[0]:
            result.instructions += 1
            result.opcodes[instruction.mnemonic] = result.opcodes.get(instruction.mnemonic, 0) + 1
        if progress:
            progress(result.instructions)
    result.outputs = counts[0]
    result.reason = _reason(before, result)
    return result


def _reason(state: State, result: Comparison) -> str:
    if not result.equal:
        return "difference"
    if state.halted:
        return "halt"
    return f"fault: {state.fault_label}" if state.stopped else "step-limit"


def _next(image: Image, state: State, step: int) -> Instruction:
    cells = instruction_at(state.cells, state.pc)
    row = decode(cells[0], extended=image.dialect.extended) if cells else None
    return Instruction(step, state.pc, cells, row.mnemonic if row else "none")


def _changes(
    before: State, after: tuple[State, State], outputs: tuple[list[float], list[float]], executed: tuple[int, int]
) -> tuple[Change, ...]:
    """Everything in which the two sides differ after an instruction: registers, cells, output, progress."""
    changes = [
        Change(register.label, *_three(before.registers, after[0].registers, after[1].registers, register))
        for register in Register
        if _bits(after[0].registers)[register] != _bits(after[1].registers)[register]
    ]
    cells = np.flatnonzero(_bits(after[0].cells) != _bits(after[1].cells))
    changes += [Change(f"cell {i}", *_three(before.cells, after[0].cells, after[1].cells, int(i))) for i in cells]
    if _bits(np.array(outputs[0])).tolist() != _bits(np.array(outputs[1])).tolist():
        left, right = (values[-1] if values else None for values in outputs)
        changes.append(Change("output", None, left, right))
    if executed[0] != executed[1] and not changes:
        changes.append(Change("instructions executed", None, executed[0], executed[1]))
    return tuple(changes)


def _three(before: Cells, left: Cells, right: Cells, index: int) -> tuple[float, float, float]:
    return float(before[index]), float(left[index]), float(right[index])


def _bits(numbers: Cells) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.ascontiguousarray(numbers).view(np.int64)
