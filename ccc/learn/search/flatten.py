"""Mixtures that are straight lines of kernels as rows of kernels on registers, calls of others written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ccc.learn.search.kernels import MOST_ARGUMENTS, Kernel
from ccc.skills import Mixture
from ccc.skills.mixture import LOCAL, NOTHING, NUMBER, Piece

MOST_ROWS, MOST_REGISTERS = 48, 64

Atom = tuple[Kernel, tuple[str, ...]]
"""A kernel, and the slots of the skill in the order of the frame."""
Resolve = Callable[[str], "Atom | Mixture | None"]
"""What a skill is to the code: an atom with native code, a mixture, or None where it is neither."""


class NotFlatError(Exception):
    """The mixture has a loop, a guard, a vector, or too many steps."""


class Flat:
    """The rows of a mixture. begins: for each register the slot of the mixture that it is at first, a number, or None
    for zero. rows: a kernel, four registers that it reads, and the one that it writes. Raises NotFlatError.
    """

    def __init__(self, mixture: Mixture, resolve: Resolve) -> None:
        self._resolve = resolve
        self.begins: list[str | float | None] = []
        self.rows: list[tuple[int, ...]] = []
        self.registers = {piece.name: self._register(piece.name) for piece in mixture.slots}
        self._write(mixture, self.registers)

    def _register(self, begin: str | float | None) -> int:
        if len(self.begins) == MOST_REGISTERS:
            raise NotFlatError
        self.begins.append(begin)
        return len(self.begins) - 1

    def _write(self, mixture: Mixture, slots: Mapping[str, int]) -> None:
        if mixture.count != 1 or mixture.until:
            raise NotFlatError
        places = dict(slots)
        for piece in mixture.pieces:
            if piece.name not in places:
                places[piece.name] = self._register(_begin(piece))
            elif piece.shape.dimensions:
                raise NotFlatError
        for step in mixture.steps:
            if not step.hard or step.guard is not None:
                raise NotFlatError
            choices = step.term.slots
            if any(choice.advance for choice in choices.values()):
                raise NotFlatError
            self._step(step.term.skill, {name: places[choice.piece] for name, choice in choices.items()})

    def _step(self, name: str, slots: Mapping[str, int]) -> None:
        found = None if name == NOTHING else self._resolve(name)
        if isinstance(found, Mixture):
            self._write(found, slots)
        elif found is not None:
            kernel, order = found
            if len(order) > MOST_ARGUMENTS or len(self.rows) == MOST_ROWS:
                raise NotFlatError
            reads = [slots[slot] for slot in order]
            self.rows.append((int(kernel), *reads, *[reads[-1]] * (MOST_ARGUMENTS - len(reads)), reads[-1]))
        elif name != NOTHING:
            raise NotFlatError


def _begin(piece: Piece) -> float | None:
    """What a piece that is no slot holds at first."""
    if piece.shape.dimensions or piece.role not in (LOCAL, NUMBER):
        raise NotFlatError
    return piece.values[0] if piece.role == NUMBER else None
