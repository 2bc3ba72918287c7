"""Pooled literals: `=value` written in many places, kept in one cell."""

from __future__ import annotations

from dataclasses import dataclass

from ccc.assembler.content import Content, Kind, Piece
from ccc.assembler.expressions import format_expression
from ccc.assembler.syntax import Pooled
from ccc.errors import Note


@dataclass(frozen=True, slots=True)
class Literal:
    """One cell of the pool: the expression that asked for it first, and the piece that it stood in."""

    node: Pooled
    notes: tuple[Note, ...]
    piece: Piece | None


def content_of(node: Pooled) -> Content:
    """What the cell of a literal holds."""
    return Content(node.value, Kind.ADDRESS if node.address else Kind.WORD)


class Pool:
    """The pooled literals: equal values share a cell, and so do equal expressions, whose values may come later."""

    def __init__(self) -> None:
        self.entries: list[Literal] = []
        self._slots: dict[str | float, int] = {}

    def add(self, literal: Literal, value: float | None) -> None:
        """Make room for a literal; `value` is what its cell will hold, where that is known already."""
        key = _key(literal.node)
        if key in self._slots:
            return
        slot = self._slots.get(value) if value is not None else None
        if slot is None:
            slot = len(self.entries)
            self.entries.append(literal)
            if value is not None:
                self._slots[value] = slot
        self._slots[key] = slot

    def slot(self, node: Pooled) -> int | None:
        """The place of a literal in the pool, or None."""
        return self._slots.get(_key(node))


def _key(node: Pooled) -> str:
    """Equal values have equal keys, unless one of them is an address and the other a word, which may wrap."""
    return f"{'address ' if node.address else ''}{format_expression(node.value)}"
