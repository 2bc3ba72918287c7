"""What a cell may hold: finite doubles, with +0.0 as the only zero, and W-bit integers among them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.errors import ImageError

Cells = NDArray[np.float64]

WIDTHS = (8, 16, 32)
MAX_CELLS = 1 << 24
"""The largest memory: attention reads were checked exact up to here."""


def word_range(width: int) -> tuple[int, int]:
    """The smallest and the largest integer of `width` bits."""
    return -(1 << (width - 1)), (1 << (width - 1)) - 1


def is_word(value: float, width: int) -> bool:
    """Whether `value` is an integer of `width` bits."""
    low, high = word_range(width)
    return low <= value <= high and value == int(value)


def wrap(value: int, width: int) -> int:
    """`value` modulo 2**width, as a two's complement integer."""
    low, _ = word_range(width)
    return (value - low) % (1 << width) + low


def check_cells(cells: Cells, what: str = "cell") -> Cells:
    """`cells` (shape [n], float64) with -0.0 made +0.0. Raises ImageError on an infinity or NaN."""
    bad = np.flatnonzero(~np.isfinite(cells))
    if bad.size:
        raise ImageError(f"{what} {int(bad[0])} holds {cells[bad[0]]}; every number must be finite")
    return cells + 0.0


def same_bits(left: Cells, right: Cells) -> bool:
    """Whether two float64 arrays are equal bit for bit."""
    return left.shape == right.shape and np.array_equal(left.view(np.int64), right.view(np.int64))


def format_cell(value: float) -> str:
    """The shortest text that reads back as the same double; integers without a point where that is exact."""
    if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(float(value))


def to_json_number(value: float) -> Any:
    """A cell as a JSON number: integers as integers, other doubles as they are."""
    return int(value) if value == int(value) and abs(value) < 2**53 else float(value)


def counted(number: int, what: str) -> str:
    """`1 step`, `1,200 steps`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
