"""Assembly text for data and calls: labels, data pointers with shapes, `.invoke`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ccc.assembler import Outline

_STACK = 1 << 12
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """Data of one shape under a name: a scalar, a vector or a matrix."""

    name: str
    shape: tuple[int, ...] = ()

    def lines(self, prefix: str = "") -> list[str]:
        """Room in static memory (`NAME.data`), all zeros, and the data pointer NAME to it."""
        name = prefix + self.name
        sizes = "".join(f", {size}" for size in self.shape)
        return [f"{name}.data: .fill {int(np.prod(self.shape))}", f".pointer {name}, {name}.data{sizes}"]


def call_lines(callee: str, arguments: Iterable[str]) -> list[str]:
    """A call of a skill, on data pointers."""
    return [f".invoke {', '.join([callee, *arguments])}"]


def stack_for(*outlines: Outline) -> int:
    """How large a stack to give: room for every skill of these sources to be open several times at once."""
    rooms: dict[str, int] = {}
    for outline in outlines:
        rooms |= {name: skill.room for name, skill in outline.skills.items()}
    return _STACK + _DEPTH * sum(rooms.values())


def names_line(names: Sequence[str]) -> str:
    """The `.require` line for these skills."""
    return f".require {', '.join(names)}"
