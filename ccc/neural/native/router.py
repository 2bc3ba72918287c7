"""Lowering the router of a mixture of experts: a switch on the one number that decides it."""

from __future__ import annotations

from ccc.neural.native.tensors import Mixture
from ccc.neural.native.tokens import NotLowered, Row
from ccc.neural.native.values import Number

_CLEAR = 1e-6  # of the largest score: two that are closer are not told apart here


def deciding(layer: Mixture, row: Row) -> tuple[Number, dict[int, float]] | None:
    """The unknown number on which the routing of a token depends, and its place's value per place; None: nothing does.

    Raises NotLowered where it depends on more than one.
    """
    places = sorted({place for terms in layer.router for place, _ in terms})
    unknown = [place for place in places if isinstance(row[place], Number)]
    if not unknown:
        return None
    first = row[unknown[0]]
    assert isinstance(first, Number)
    signs: dict[int, float] = {}
    for place in unknown:
        other = row[place]
        if first.same(other):
            signs[place] = 1.0
        elif first.opposite(other):
            signs[place] = -1.0
        else:
            raise NotLowered("a router that depends on more than one number")
    return first, signs


def expert_for(layer: Mixture, row: Row, value: float = 0.0, signs: dict[int, float] | None = None) -> int | None:
    """The expert with the highest score, the deciding number being `value`; None where two are too close."""
    scores = []
    for terms in layer.router:
        score = 0.0
        for place, weight in terms:
            entry = row[place]
            number = (signs or {})[place] * value if isinstance(entry, Number) else entry
            score += weight * number
        scores.append(score)
    order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
    if len(order) > 1:
        best, second = scores[order[0]], scores[order[1]]
        if 0 < best - second < _CLEAR * max(1.0, abs(best)):
            return None
    return order[0]
