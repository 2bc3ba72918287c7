"""Numbers while a network is being lowered: known constants, or doubles that the machine code will compute.

Every operation here is one that torch does to the same operands, so folding constants and dropping what is known to be
0 changes no bit. A zero has no sign here: +0.0 is restored where a number is stored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

MAX = 1.7976931348623157e308
"""The largest double. A bound beyond it means that the number may be infinite or NaN."""

_MOST_TERMS = 4

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Number:
    """A double known at run time only.

    ir: its value in the intermediate code; `negative`: whether the number is the negative of that. low, high: bounds of
    the number. linear: where it is a sum of factor * other in exact arithmetic, plus `offset`; that is used to reason
    about addresses and conditions, and never to compute. root: the number whose square this is, where it is one.
    """

    ir: Any
    low: float = -MAX
    high: float = MAX
    negative: bool = False
    linear: tuple[tuple[Number, float], ...] = field(default=(), repr=False)
    offset: float = 0.0
    root: Number | None = field(default=None, repr=False)

    def same(self, other: object) -> bool:
        """Whether both are the same number by construction."""
        return isinstance(other, Number) and self.ir is other.ir and self.negative == other.negative

    def opposite(self, other: object) -> bool:
        """Whether one is the other's negative by construction."""
        return isinstance(other, Number) and self.ir is other.ir and self.negative != other.negative

    def negated(self) -> Number:
        """-x, which costs nothing."""
        terms, offset = scaled_form(self, -1.0)
        return Number(self.ir, -self.high, -self.low, not self.negative, terms, offset)

    @property
    def affine(self) -> tuple[Number, float, float]:
        """(base, factor, offset) with this number = factor * base + offset; one of its own is its own base."""
        if len(self.linear) == 1:
            ((base, factor),) = self.linear
            return base, factor, self.offset
        return (self, 1.0, 0.0)


Value = float | Number


def linear_form(value: Value) -> tuple[tuple[tuple[Number, float], ...], float]:
    """`value` as a sum of factor * number, and a constant."""
    if not isinstance(value, Number):
        return (), value
    if value.linear:
        return value.linear, value.offset
    if value.negative:
        positive = Number(value.ir, -value.high, -value.low)
        return ((positive, -1.0),), 0.0
    return ((value, 1.0),), 0.0


def scaled_form(value: Value, factor: float) -> tuple[tuple[tuple[Number, float], ...], float]:
    """The linear form of factor * value."""
    terms, offset = linear_form(value)
    return tuple((number, weight * factor) for number, weight in terms), offset * factor


def sum_form(left: Value, right: Value, factor: float = 1.0) -> tuple[tuple[tuple[Number, float], ...], float]:
    """The linear form of left + factor * right; no terms where there would be too many to be of use."""
    terms, offset = linear_form(left)
    more, shift = scaled_form(right, factor)
    merged = {id(number.ir): (number, weight) for number, weight in terms}
    for number, weight in more:
        known = merged.get(id(number.ir), (number, 0.0))
        merged[id(number.ir)] = (known[0], known[1] + weight)
    kept = tuple((number, weight) for number, weight in merged.values() if weight != 0.0)
    total = offset + shift
    return (kept, total) if len(kept) <= _MOST_TERMS and math.isfinite(total) else ((), 0.0)


def _sound(low: float, high: float) -> Interval:
    return (-math.inf, math.inf) if math.isnan(low) or math.isnan(high) else (low, high)


def add_bounds(left: Interval, right: Interval) -> Interval:
    """Bounds of a rounded sum: rounding is monotone, so rounding the bounds' sums is enough."""
    return _sound(left[0] + right[0], left[1] + right[1])


def multiply_bounds(left: Interval, right: Interval) -> Interval:
    """Bounds of a rounded product."""
    products = [x * y for x in left for y in right]
    return (-math.inf, math.inf) if any(map(math.isnan, products)) else (min(products), max(products))


def join_bounds(left: Interval, right: Interval) -> Interval:
    """Bounds of what is one or the other."""
    return min(left[0], right[0]), max(left[1], right[1])
