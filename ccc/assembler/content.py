"""What the assembler makes of a program before any address is known: contents of cells, pieces, settings."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from ccc.assembler.macros import Step
from ccc.assembler.symbols import Symbols, Unsettled
from ccc.assembler.syntax import Expr
from ccc.errors import Span
from ccc.isa import Dialect
from ccc.machine import BLOCK_ORDER, Register


class Kind(enum.Enum):
    """How the value of a cell is checked and stored."""

    WORD = enum.auto()  # an integer of the word width, wrapped; or a real
    INTEGER = enum.auto()  # an integer of the word width, wrapped
    ADDRESS = enum.auto()  # an integer; never wrapped where the dialect keeps addresses apart from words
    ITEM = enum.auto()  # a cell of a plain SUBLEQ statement: an address, or a real
    NUMBER = enum.auto()  # any number, stored as a double


@dataclass(frozen=True, slots=True)
class Content:
    """The source of one cell. `back`: `?` is the address of the cell this many places before."""

    expr: Expr | None
    kind: Kind = Kind.WORD
    back: int = 0
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Cells whose number is an expression: `.org`, `.align` and `.fill`."""

    how: str
    amount: Expr
    fill: Content | None = None


@dataclass(slots=True)
class Piece:
    """What one statement puts into a block: bytes of strings as integers, other cells as contents."""

    step: Step
    cells: list[Content | int] = field(default_factory=list)
    labels: list[tuple[int, str]] = field(default_factory=list)
    gap: Gap | None = None
    address: int | None = None
    size: int = 0

    def here(self) -> int:
        """The address of the first cell. Raises Unsettled before the layout knows it."""
        if self.address is None:
            raise Unsettled("the address of this place")
        return self.address


@dataclass(frozen=True, slots=True)
class Setting:
    """A directive that says something of the whole program: its expressions, and where it stands."""

    values: tuple[Expr, ...]
    piece: Piece
    span: Span


@dataclass(slots=True)
class Program:
    """Everything that the statements said."""

    dialect: Dialect
    width: int
    symbols: Symbols
    blocks: dict[str, list[Piece]] = field(default_factory=lambda: {name: [] for name in BLOCK_ORDER})
    settings: dict[str, Setting] = field(default_factory=dict)
    registers: dict[Register, Setting] = field(default_factory=dict)
    uses_stack: bool = False
