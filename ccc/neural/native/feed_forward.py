"""Lowering gated feed-forward sublayers: x + W_out ((W_value x) * act(W_gate x)) on one token's row."""

from __future__ import annotations

from collections.abc import Callable

from ccc.neural.native.emitter import Emitter
from ccc.neural.native.tensors import Terms, Units
from ccc.neural.native.tokens import Row, form
from ccc.neural.native.values import Number, Value
from ccc.neural.spec import Activation

Expectation = Callable[[int], bool | None]
"""Whether the gate of a hidden unit is expected to be open (> 0); None where that can't be said beforehand."""


def no_expectation(_: int) -> None:
    """Nothing is expected of any unit."""


def feed_forward(emitter: Emitter, layer: Units, row: Row, expect: Expectation = no_expectation) -> None:
    """Add what the sublayer adds to `row`, in place. What is expected of a unit becomes a guard."""
    hidden = [_unit(emitter, layer, index, row, expect) for index in range(len(layer.value))]
    add_update(emitter, layer.out, hidden, row)


def add_update(emitter: Emitter, out: tuple[Terms, ...], hidden: list[Value], row: Row) -> None:
    """row += W_out hidden. Every number in the stream must be finite, as one that is not would spoil every sum."""
    for place, terms in enumerate(out):
        update = emitter.dot((weight, hidden[unit]) for unit, weight in terms)
        if update != 0.0:
            row[place] = emitter.require_finite(emitter.add(row[place], emitter.require_finite(update)))


def _unit(emitter: Emitter, layer: Units, index: int, row: Row, expect: Expectation) -> Value:
    """One hidden unit: its value where it is not known to be 0."""
    value = emitter.require_finite(form(emitter, layer.value[index], row))
    gate = form(emitter, layer.gate[index], row)
    if layer.activations[index] is Activation.IDENTITY:
        return emitter.require_finite(emitter.multiply(value, emitter.require_finite(gate)))
    is_open = emitter.positive(gate)
    if layer.activations[index] is Activation.RELU:
        gate = emitter.require_finite(gate)
        kept = (gate if is_open else 0.0) if isinstance(is_open, bool) else emitter.choose(is_open, gate, 0.0)
        return emitter.require_finite(emitter.multiply(value, kept))
    if isinstance(is_open, bool):
        return value if is_open else 0.0
    expected = expect(index)
    if expected is not None and isinstance(gate, Number):
        emitter.require_sign(gate, is_open, positive=expected)
        return value if expected else 0.0
    return emitter.choose(is_open, value, 0.0)
