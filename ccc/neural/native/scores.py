"""Attention scores: of a known token a value, of the quiet cells a quadratic in the position."""

from __future__ import annotations

from dataclasses import dataclass

from ccc.neural.native.emitter import Emitter
from ccc.neural.native.tensors import Head
from ccc.neural.native.tokens import NotLowered, Quiet, Row, Token, form
from ccc.neural.native.values import Number, Value, multiply_bounds


@dataclass(frozen=True)
class Quadratic:
    """constant + linear p + square p^2 over positions p = 0..n-1. constant and linear may be unknown numbers."""

    constant: Value
    linear: Value
    square: float


@dataclass(frozen=True)
class Scores:
    """What one asking token scores against all others. tokens: by `Token`; cells: all quiet cells."""

    tokens: tuple[Value, ...]
    cells: Quadratic


def scores_of(emitter: Emitter, head: Head, asking: Row, rows: list[Row], quiet: Quiet) -> Scores:
    """Scores of the token with the row `asking`. Raises NotLowered where they depend on what the cells hold."""
    query = [form(emitter, terms, asking) for terms in head.query]
    tokens = []
    for token in Token:
        score: Value = 0.0
        for component, terms in zip(query, head.key, strict=True):
            score = emitter.add(score, emitter.multiply(component, form(emitter, terms, rows[token])))
        tokens.append(score)
    coefficients = [quiet.polynomial(terms) for terms in head.key]
    parts = [
        emitter.dot((coefficient[power], component) for component, coefficient in zip(query, coefficients, strict=True))
        for power in range(4)
    ]
    if isinstance(parts[2], Number) or parts[3] != 0.0:
        raise NotLowered("a score that depends on what cells hold, or whose peak has no known width")
    return Scores(tuple(tokens), Quadratic(parts[0], parts[1], parts[2]))


@dataclass(frozen=True)
class Peak:
    """Where a quadratic with square < 0 is largest: at base + offset, a whole number wherever base is one."""

    base: Number | None
    offset: float


def peak_of(emitter: Emitter, quadratic: Quadratic) -> Peak:
    """The position of the peak, -linear / (2 square)."""
    scale = -0.5 / quadratic.square
    if not isinstance(quadratic.linear, Number):
        return Peak(None, quadratic.linear * scale)
    base, factor, offset = quadratic.linear.affine
    if factor * scale == 1.0 and (offset * scale).is_integer() and abs(offset * scale) < 2**31:
        return Peak(base, offset * scale)
    place = emitter.multiply(quadratic.linear, scale)
    assert isinstance(place, Number)
    return Peak(Number(place.ir, place.low, place.high, place.negative), 0.0)


def least_lead(emitter: Emitter, left: Value, right: Value) -> float:
    """A lower bound of left - right in exact arithmetic."""
    if isinstance(left, Number) and isinstance(right, Number):
        base, factor, offset = left.affine
        other, other_factor, other_offset = right.affine
        if base.same(other):
            slope = factor - other_factor
            least = multiply_bounds(emitter.bounds(base), (slope, slope))[0] if slope else 0.0
            return least + (offset - other_offset)
    return emitter.bounds(left)[0] - emitter.bounds(right)[1]


def least_lead_of_cell(emitter: Emitter, cells: Quadratic, peak: Peak, other: Value) -> float:
    """A lower bound of (score of the cell at the peak) - other, for peaks at positions p >= 0.

    At the peak the quadratic is constant - square p^2, and where `other` is affine in the same number, its bound falls
    on the same p.
    """
    slope, rest = 0.0, emitter.bounds(other)[1]
    if isinstance(other, Number) and peak.base is not None:
        base, factor, offset = other.affine
        if base.same(peak.base):
            slope, rest = factor, offset - factor * peak.offset
    lowest = emitter.bounds(cells.constant)[0] - rest
    curvature = -cells.square
    if peak.base is None:
        return curvature * peak.offset**2 - slope * peak.offset + lowest
    return lowest if slope <= 0 else lowest - slope * slope / (4 * curvature)


def most_of_cells(emitter: Emitter, cells: Quadratic) -> float:
    """An upper bound of the score of any cell, or infinity."""
    if isinstance(cells.linear, Number) or cells.square > 0:
        return float("inf")
    top = emitter.bounds(cells.constant)[1]
    if cells.square == 0:
        return top if cells.linear <= 0 else float("inf")
    return top + max(cells.linear, 0.0) ** 2 / (-4 * cells.square)
