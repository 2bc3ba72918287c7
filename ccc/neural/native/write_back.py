"""Lowering attention asked by the cells: the write-back, in which the CPU reaches the one cell at an address.

Every quiet cell asks, so the scores are quadratics in the asking cell's position. Either every cell attends to one and
the same token, which must give it nothing; or one token's lead over that sink is a quadratic with a peak so sharp that
it can lead at one position only: the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from ccc.neural.native.attention import whole_of
from ccc.neural.native.emitter import DOUBLE, WORD, Emitter
from ccc.neural.native.scores import Peak, Quadratic, peak_of
from ccc.neural.native.tensors import Head, Heads
from ccc.neural.native.tokens import MARGIN, Hit, Machine, NotLowered, Path, Token, form
from ccc.neural.native.values import Number, Value, linear_form

Polynomial = tuple[Value, Value, Value]
"""Coefficients of 1, p and p^2, p being the position of the cell that asks."""


@dataclass(frozen=True)
class _Key:
    """A token, or None for all quiet cells, with its score as a polynomial in the asker's position."""

    token: Token | None
    score: Polynomial

    @property
    def constant(self) -> bool:
        return not any(isinstance(part, Number) for part in self.score)


def cells_attend(emitter: Emitter, layer: Heads, path: Path, machine: Machine, next_layer: int) -> None:
    """Note in `path` which cell receives what. Raises NotLowered where cells receive in any other way."""
    offset = 0
    for head in layer.heads:
        columns = range(offset, offset + len(head.value))
        offset = columns.stop
        writes = {
            place: tuple((column - columns.start, weight) for column, weight in terms if column in columns)
            for place, terms in enumerate(layer.out)
        }
        _head(emitter, head, {place: terms for place, terms in writes.items() if terms}, path, machine, next_layer)


def _head(
    emitter: Emitter,
    head: Head,
    writes: dict[int, tuple[tuple[int, float], ...]],
    path: Path,
    machine: Machine,
    next_layer: int,
) -> None:
    keys = _keys(emitter, head, path, machine)
    sink = _sink([key for key in keys if key.constant])
    writers = [key for key in keys if not key.constant]
    if not _gives_nothing(emitter, head, writes, sink, path, machine):
        raise NotLowered("cells that all receive something from one token")
    if not writers:
        return
    if len(writers) > 1 or path.hits:
        raise NotLowered("cells that several tokens write to")
    token = writers[0].token
    assert token is not None
    lead = _difference(emitter, writers[0].score, sink.score)
    components = [form(emitter, terms, path.rows[token]) for terms in head.value]
    update = {
        place: emitter.dot((weight, components[column]) for column, weight in terms) for place, terms in writes.items()
    }
    hit = _where(emitter, lead, update, path, machine, next_layer)
    if hit is not None:
        path.hits.append(hit)


def _keys(emitter: Emitter, head: Head, path: Path, machine: Machine) -> list[_Key]:
    queries = [machine.quiet.polynomial(terms) for terms in head.query]
    if any(query[3] for query in queries):
        raise NotLowered("a cell whose query depends on what it holds")
    keys = []
    for token in Token:
        components = [form(emitter, terms, path.rows[token]) for terms in head.key]
        keys.append(_Key(token, _combine(emitter, queries, components)))
    cells = [machine.quiet.polynomial(terms) for terms in head.key]
    if any(any(cell[1:]) and any(query) for cell, query in zip(cells, queries, strict=True)):
        raise NotLowered("a cell's score that depends on which cell it attends to")
    keys.append(_Key(None, _combine(emitter, queries, [cell[0] for cell in cells])))
    return keys


def _combine(
    emitter: Emitter, queries: Sequence[tuple[float, float, float, float]], components: Sequence[Value]
) -> Polynomial:
    parts = [
        emitter.dot((query[power], component) for query, component in zip(queries, components, strict=True))
        for power in range(3)
    ]
    return parts[0], parts[1], parts[2]


def _difference(emitter: Emitter, left: Polynomial, right: Polynomial) -> Polynomial:
    parts = [emitter.subtract(x, y) for x, y in zip(left, right, strict=True)]
    return parts[0], parts[1], parts[2]


def _sink(keys: Sequence[_Key]) -> _Key:
    """The one of the known keys that every cell prefers to the others."""
    for key in keys:
        if all(_always_leads(key.score, other.score) for other in keys if other is not key):
            return key
    raise NotLowered("cells that do not all attend to one token")


def _always_leads(left: Polynomial, right: Polynomial) -> bool:
    """Whether a known polynomial exceeds another by the margin at every position p >= 0."""
    c, b, a = (float(x) - float(y) for x, y in zip(left, right, strict=True))  # type: ignore[arg-type]
    if a == 0 and b == 0:
        return c >= MARGIN
    if a < 0 or (a == 0 and b < 0):
        return False
    return (c if b >= 0 else c - b * b / (4 * a)) >= MARGIN


def _gives_nothing(
    emitter: Emitter,
    head: Head,
    writes: dict[int, tuple[tuple[int, float], ...]],
    sink: _Key,
    path: Path,
    machine: Machine,
) -> bool:
    if sink.token is None:
        forms = [machine.quiet.polynomial(terms) for terms in head.value]
        return not any(forms[column] != (0.0, 0.0, 0.0, 0.0) for terms in writes.values() for column, _ in terms)
    values = [form(emitter, terms, path.rows[sink.token]) for terms in head.value]
    return all(
        not isinstance(values[column], Number) and values[column] == 0.0 for t in writes.values() for column, _ in t
    )


def _where(
    emitter: Emitter, lead: Polynomial, update: dict[int, Value], path: Path, machine: Machine, next_layer: int
) -> Hit | None:
    """The one cell where `lead` is positive. It is by the margin there, and negative by the margin elsewhere."""
    if isinstance(lead[2], Number) or lead[2] > -2 * MARGIN:
        raise NotLowered("a write-back that reaches several cells")
    quadratic = Quadratic(lead[0], lead[1], lead[2])
    peak = peak_of(emitter, quadratic)
    reached = _is_reached(emitter, quadratic, peak)
    if reached is False:
        return None
    builder = emitter.builder
    if peak.base is None:
        if not peak.offset.is_integer():
            raise NotLowered("a write-back between two cells")
        if not 0 <= peak.offset < 2**53:
            return None
        address: Value = peak.offset
        index = ir.Constant(WORD, int(peak.offset))
    else:
        number, is_whole = whole_of(emitter, peak.base, path)
        emitter.require(is_whole)
        address = emitter.add(peak.base, peak.offset)
        index = builder.add(number, ir.Constant(WORD, int(peak.offset)))
    inside = builder.icmp_unsigned("<", index, machine.size)
    square = emitter.multiply(address, address)
    condition = inside if reached is True else builder.and_(inside, reached)
    return Hit(condition, index, address, square, update, next_layer)


def _is_reached(emitter: Emitter, lead: Quadratic, peak: Peak) -> Any:
    """Whether the lead is positive at its peak: a bool where it is known, else a bit. One step away it is negative."""
    height: Value | None = _known_height(lead, peak)
    if height is None:
        address = peak.offset if peak.base is None else emitter.add(peak.base, peak.offset)
        bent = emitter.multiply(emitter.multiply(address, address), lead.square)
        height = emitter.add(emitter.add(lead.constant, emitter.multiply(lead.linear, address)), bent)
    low, high = emitter.bounds(height)
    if high <= -MARGIN:
        return False
    if low >= MARGIN and high <= -MARGIN - lead.square:
        return True
    builder, code = emitter.builder, emitter.raw(height)
    reached = builder.fcmp_ordered(">=", code, ir.Constant(DOUBLE, MARGIN))
    at_most_one = builder.fcmp_ordered("<=", code, ir.Constant(DOUBLE, -MARGIN - lead.square))
    missed = builder.fcmp_ordered("<=", code, ir.Constant(DOUBLE, -MARGIN))
    emitter.require(builder.or_(missed, builder.and_(reached, at_most_one)))
    return reached


def _known_height(lead: Quadratic, peak: Peak) -> float | None:
    """The lead at its peak p = base + offset, in exact arithmetic, where base cancels; None where it does not."""
    base, offset = peak.base, peak.offset
    if base is None:
        return None
    second = lead.square
    first = 2 * lead.square * offset
    height = lead.square * offset * offset
    for value, power in ((lead.constant, 0), (lead.linear, 1)):
        terms, rest = linear_form(value)
        linear = sum(weight for number, weight in terms if number.same(base))
        squares = sum(weight for number, weight in terms if number.root is not None and number.root.same(base))
        others = [n for n, _ in terms if not n.same(base) and not (n.root is not None and n.root.same(base))]
        if others or (power == 1 and squares):
            return None
        if power == 0:
            second, first, height = second + squares, first + linear, height + rest
        else:  # (linear base + rest) (base + offset)
            second, first, height = second + linear, first + linear * offset + rest, height + rest * offset
    return height if second == 0 and first == 0 else None
