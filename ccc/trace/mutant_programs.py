"""Situations from programs: the states that a run goes through, some for each of its instructions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ccc.emulator import Emulator
from ccc.isa import SUBLEQ, decode
from ccc.machine import Image, instruction_at
from ccc.trace.mutant_situations import Situations, situations_of

_VISITS = (1, 2, 5)  # of each instruction
_LONGEST = 20_000  # instructions of a run that are looked at
_ROWS = 20_000  # of residual streams in one bench, so that its memory stays small


@dataclass(frozen=True)
class Program:
    """A program to take situations from, and the input that it is run with."""

    image: Image
    inputs: tuple[float, ...] = ()


def program_situations(program: Program, steps: int) -> Iterator[Situations]:
    """The states in which a run executes each of its instructions for the first time, and a few times later.

    steps: how far each is followed. The situations come in pieces of bounded size.
    """
    found = list(_visits(program))
    each = max(1, _ROWS // program.image.size)
    for start in range(0, len(found), each):
        images, inputs, kinds = zip(*found[start : start + each], strict=True)
        yield situations_of(images, inputs, kinds, steps)


def _visits(program: Program) -> Iterator[tuple[Image, Sequence[float], str]]:
    """State, input left and mnemonic, by instruction of the run."""
    emulator, visits = Emulator(), Counter[float]()
    emulator.start(program.image, program.inputs)
    for _ in range(_LONGEST):
        state = emulator.state()
        if state.stopped:
            return
        visits[state.pc] += 1
        if visits[state.pc] in _VISITS:
            cells = instruction_at(state.cells, state.pc)
            row = decode(cells[0], extended=program.image.dialect.extended) if cells else None
            left = program.inputs[emulator.consumed :]
            yield replace(program.image, state=state), left, row.mnemonic if row else SUBLEQ.mnemonic
        emulator.run(1)
