"""What Jacobian code is compared with: finite differences, and reverse mode through every executed instruction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ccc.machine import Cells
from ccc.skills.call import Call
from ccc.skills.model import Card, Example
from ccc.trace import make_executor

TOLERANCE = 1e-6
"""Of differences, whose own error is about the step squared."""
AUTOGRAD_TOLERANCE = 1e-12
_STEP = float(np.cbrt(np.finfo(np.float64).eps))
_KINK = 1e-3  # one-sided differences that are further apart than this, relatively, stand at a kink or a jump

Outputs = Callable[[Mapping[str, Cells]], Cells | None]
"""The real outputs of a call in a row, or None where it faults."""


def differences(card: Card, given: Mapping[str, Cells], outputs: Outputs) -> tuple[Cells, Cells]:
    """The bounds between which the entries of the Jacobian should lie, each of shape [rows, columns]: both the central
    difference, but at a kink or a jump the two one-sided ones; NaN where a call nearby faults.
    """
    middle = outputs(given)
    assert middle is not None, "the example was run before"
    low, high = [np.zeros((len(middle), 0))], [np.zeros((len(middle), 0))]
    for slot in card.column_slots():
        for index in range(given[slot.name].size):
            at = float(given[slot.name].flat[index])
            step = _STEP * max(1.0, abs(at))
            above = outputs(_changed(given, slot.name, index, at + step))
            below = outputs(_changed(given, slot.name, index, at - step))
            bounds = _bounds(below, middle, above, (at + step) - at, at - (at - step))
            low.append(bounds[0][:, np.newaxis])
            high.append(bounds[1][:, np.newaxis])
    return np.concatenate(low, axis=1), np.concatenate(high, axis=1)


def _bounds(below: Cells | None, middle: Cells, above: Cells | None, up: float, down: float) -> tuple[Cells, Cells]:
    if above is None or below is None:
        nowhere = np.full(len(middle), np.nan)
        return nowhere, nowhere
    central = (above - below) / (up + down)
    right, left = (above - middle) / up, (middle - below) / down
    kink = np.abs(right - left) > _KINK * np.maximum(1.0, np.abs(central))
    return np.where(kink, np.minimum(right, left), central), np.where(kink, np.maximum(right, left), central)


def autograd(call: Call, example: Example) -> Cells:
    """The Jacobian by reverse mode through every instruction of the forward code, shape [rows, columns].

    call: of the forward code. Raises GradientError where the run has no derivative.
    """
    from ccc.neural import gradient  # here, as torch is slow to load and other tests need none of it

    image = call.image(example.given, example.before)
    of = _addresses(call, [slot.name for slot in call.card.row_slots()])
    wrt = _addresses(call, [slot.name for slot in call.card.column_slots()])
    if not of or not wrt:
        return np.zeros((len(of), len(wrt)))
    return gradient(image, of=of, wrt=wrt, advance=lambda: make_executor("emulator", image)).jacobian


def _addresses(call: Call, names: Sequence[str]) -> list[int]:
    return [call.addresses[name] + index for name in names for index in range(call.size(name))]


def column_name(card: Card, column: int, given: Mapping[str, Cells]) -> str:
    """The element that a column of the Jacobian belongs to, such as `x[3]`."""
    for slot in card.column_slots():
        size = given[slot.name].size
        if column < size:
            return f"{slot.name}[{column}]" if slot.shape.dimensions else slot.name
        column -= size
    raise AssertionError("a column beyond the Jacobian")


def flat(values: Sequence[Cells]) -> Cells:
    """All elements in a row: of no values, none."""
    return np.concatenate([np.zeros(0), *(value.reshape(-1) for value in values)])


def _changed(given: Mapping[str, Cells], name: str, index: int, value: float) -> dict[str, Cells]:
    changed = np.array(given[name])
    changed.flat[index] = value
    return {**given, name: changed}
