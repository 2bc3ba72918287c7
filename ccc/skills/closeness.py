"""How near to what is expected an output must be: exact, a real one up to the tolerance of the card. What is not known
is NaN, and anything is right there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ccc.machine import Cells
from ccc.skills.model import Card, Slot, Type


def tolerance_of(card: Card, slot: Slot) -> float:
    """How far an output may be off: that of the card, of reals."""
    return card.tolerance if slot.type is Type.REAL else 0.0


def margins(expected: Cells, tolerance: float) -> Cells:
    """How far each element may be off: relative to it, or to 1 where it is less."""
    found: Cells = tolerance * np.maximum(1.0, np.abs(expected))
    return found


def right_elements(card: Card, slot: Slot, found: Cells, expected: Cells) -> np.ndarray:
    """Of each element of an output whether it is as expected; shapes must agree."""
    near = np.abs(found - expected) <= margins(expected, tolerance_of(card, slot))
    return np.asarray(near | np.isnan(expected))


def close(card: Card, slot: Slot, found: Cells, expected: Cells) -> bool:
    """Whether an output is as expected."""
    return found.shape == expected.shape and bool(right_elements(card, slot, found, expected).all())


def wrong_outputs(card: Card, found: Mapping[str, Cells], expected: Mapping[str, Cells]) -> list[Slot]:
    """The outputs of a card that are not as expected."""
    return [slot for slot in card.outputs if not close(card, slot, found[slot.name], expected[slot.name])]
