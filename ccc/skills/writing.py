"""Assembly text for data and calls: labels, data pointers with shapes, `.invoke`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ccc.assembler import Outline

GUARD = 4
"""Cells behind each piece of data that nobody may write: a skill that writes past the end of an output would else stay
within the window of the next one, or, from the last, in the free part of the stack.
"""
_STACK = 1 << 12
_DEPTH = 16
_COPIES = 4  # cells for an element of data
_FRAME = 64  # cells of a frame besides scratch: windows, slots, and what local routines push


@dataclass(frozen=True, slots=True)
class Piece:
    """Data of one shape under a name: a scalar, a vector or a matrix."""

    name: str
    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    @property
    def place(self) -> str:
        """The label of the first element."""
        return f"{self.name}.data"

    def lines(self) -> list[str]:
        """Room in static memory, all zeros, with guard cells behind it, and the data pointer to it."""
        sizes = "".join(f", {size}" for size in self.shape)
        room = [f"{self.place}: .fill {self.size}", f".fill {GUARD}"]
        return [*room, f".pointer {self.name}, {self.place}{sizes}"]


def data_lines(pieces: Iterable[Piece]) -> list[str]:
    """Room for data, and the pointers to them."""
    return [".data", *(line for piece in pieces for line in piece.lines())]


def call_line(callee: str, arguments: Iterable[Piece]) -> str:
    """A call of a skill, on data pointers."""
    return f".invoke {', '.join([callee, *(piece.name for piece in arguments)])}"


def output_lines(pieces: Iterable[Piece]) -> list[str]:
    """Put out every element of these data."""
    return [f"out {piece.place} + {index}" for piece in pieces for index in range(piece.size)]


def source_line(path: Path) -> str:
    """Take in a source, once."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'.include "{text}"'


def stack_line(outlines: Iterable[Outline], pieces: Iterable[Piece] = (), *, small: bool = False) -> str:
    """A stack with room for every skill of these sources to be open several times at once; a small one, for each to be
    open once. pieces: data that Jacobian code may copy to the stack, with tangents beside them.
    """
    copies = _COPIES * sum(piece.size for piece in pieces)
    rooms: dict[str, int] = {}
    for outline in outlines:
        rooms |= {name: skill.room for name, skill in outline.skills.items()}
    if small:
        return f".stack {sum(rooms.values()) + _FRAME * (len(rooms) + 1) + copies}"
    return f".stack {_STACK + _DEPTH * sum(rooms.values()) + copies}"
