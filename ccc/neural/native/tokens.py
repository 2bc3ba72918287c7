"""The tokens of a step while it is lowered: three rows of values, quiet cells known by a formula, the cell written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ccc.neural.native.abi import Token as Token
from ccc.neural.native.emitter import Emitter
from ccc.neural.native.tensors import Terms
from ccc.neural.native.values import Number, Value
from ccc.neural.patterns import CELL, POSITION, POSITION_SQUARED, VALUE

MARGIN = 750.0
"""How far a score must lie above another, so that the other's weight underflows to 0 for certain: exp(-746) does, and
the rest allows for scores that this lowering rounds otherwise, in memories where that is little (`compile`)."""


MOST_CELLS = 2.0**26
"""An upper bound of every memory's size."""


class NotLowered(Exception):
    """The weights have a structure that this lowering cannot show to be exact; the dense engine runs them."""


Row = list[Value]


@dataclass(frozen=True)
class Quiet:
    """Places of what varies between cells that are not being written: position, its square, value. Of the rest, only
    the direction `cell` is 1, all others are 0."""

    cell: int
    position: int
    square: int
    value: int

    @classmethod
    def of(cls, places: Mapping[str, int]) -> Quiet:
        return cls(places[CELL], places[POSITION], places[POSITION_SQUARED], places[VALUE])

    def polynomial(self, terms: Terms) -> tuple[float, float, float, float]:
        """A linear form over a quiet cell, as c0 + c1 position + c2 position^2 + c3 value."""
        weights = dict(terms)
        return tuple(weights.get(place, 0.0) for place in (self.cell, self.position, self.square, self.value))  # type: ignore[return-value]

    def row(self, width: int, position: Value, square: Value, value: Value) -> Row:
        """The row of one cell."""
        row: Row = [0.0] * width
        row[self.cell], row[self.position], row[self.square], row[self.value] = 1.0, position, square, value
        return row


@dataclass
class Hit:
    """A cell that the write-back reaches where `condition` holds. update: what attention adds to its row, by place."""

    condition: Any
    index: Any
    address: Value
    square: Value
    update: dict[int, Value]
    next_layer: int


@dataclass
class Path:
    """One path through a step. rows: by token. whole: numbers that have been made integers, by their code and sign.
    case: the expert that the first mixture chose, -1 before."""

    rows: list[Row]
    hits: list[Hit] = field(default_factory=list)
    whole: dict[tuple[int, bool], tuple[Any, Any]] = field(default_factory=dict)
    case: int = -1

    def fork(self) -> Path:
        """A copy that goes its own way."""
        return Path([list(row) for row in self.rows], list(self.hits), dict(self.whole), self.case)

    def substitute(self, number: Number, value: float) -> None:
        """Replace `number` by a constant that it is known to be on this path."""
        for row in self.rows:
            for place, entry in enumerate(row):
                if isinstance(entry, Number) and entry.ir is number.ir:
                    row[place] = value if entry.negative == number.negative else -value


@dataclass(frozen=True)
class Machine:
    """What the machine code is given. cells: pointer to doubles. size: their number, as integer and as a value."""

    cells: Any
    size: Any
    quiet: Quiet
    width: int
    cell_limit: float
    locate: Callable[..., Any]

    def load(self, emitter: Emitter, index: Any) -> Number:
        """The value of the cell at `index`."""
        pointer = emitter.builder.gep(self.cells, [index])
        return Number(emitter.builder.load(pointer), -self.cell_limit, self.cell_limit)


def form(emitter: Emitter, terms: Terms, row: Row) -> Value:
    """A linear form over a token's row: the terms in order, one rounding each."""
    return emitter.dot((weight, row[place]) for place, weight in terms)
