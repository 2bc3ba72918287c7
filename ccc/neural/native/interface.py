"""What a caller of a network's machine code must know; kept beside the code, and free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.machine import REGISTERS, Image
from ccc.neural.native.abi import Slot, Token, fresh_rows
from ccc.neural.patterns import END, SIZE, VALUE

Array = NDArray[Any]


@dataclass(frozen=True)
class Interface:
    """What a caller of the machine code must know. places: of the directions, in a stream `width` wide. carried: slots
    that pass from step to step. cell_limit: the largest magnitude of a cell. largest_memory: in cells."""

    places: Mapping[str, int]
    width: int
    carried: tuple[Slot, ...]
    cell_limit: float
    dialect: str
    word: int
    largest_memory: int

    def to_json(self) -> dict[str, Any]:
        """The interface as it is kept beside the machine code."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"places": dict(self.places)}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Interface:
        """Raises KeyError, TypeError or ValueError where that is no interface."""
        carried = tuple((int(token), int(place)) for token, place in entry["carried"])
        places = {str(name): int(place) for name, place in entry["places"].items()}
        numbers = (int(entry["word"]), int(entry["largest_memory"]))
        return cls(places, int(entry["width"]), carried, float(entry["cell_limit"]), entry["dialect"], *numbers)

    def fits(self, image: Image) -> bool:
        """Whether the weights were made for the image's dialect and word width, and are exact in its memory."""
        kind = (image.dialect.name, image.width) == (self.dialect, self.word)
        return kind and image.size <= self.largest_memory

    def rows(self, image: Image) -> Array:
        """CPU, input port and output port at the start of `image`: [3, width]."""
        rows = np.array(fresh_rows(self.places, self.width))
        rows[Token.CPU, [self.places[name] for name in REGISTERS]] = image.state.registers
        rows[Token.CPU, self.places[SIZE]] = image.size
        rows[Token.INPUT, self.places[END]] = 1.0
        return rows

    def is_ordinary(self, cells: Array, rows: Array) -> bool:
        """Whether the machine code can go on from here: every slot that it does not carry holds its constant."""
        expected = np.array(fresh_rows(self.places, self.width))
        expected[Token.CPU, self.places[SIZE]] = len(cells)
        free = [*self.carried, *((int(Token.INPUT), self.places[name]) for name in (VALUE, END))]
        for token, place in free:
            expected[token, place] = rows[token, place]
        inside = np.abs(cells).max(initial=0.0) <= self.cell_limit  # False for NaN too
        return bool(np.array_equal(expected, rows) and np.isfinite(rows).all() and inside)
