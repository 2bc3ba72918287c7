"""How large a memory the attention heads of a network tell apart: the quick part of the precision certificate.

It looks at heads alone and takes for granted that addresses are integers, which the certificate shows. So it takes
milliseconds, and every load of an image can ask it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from ccc.neural.basis import CPU
from ccc.neural.certificate.ranges import FLOAT64, Format
from ccc.neural.certificate.scores import read_memory, write_memory
from ccc.neural.certificate.weights import Head, Row, attention_sublayers
from ccc.neural.layers import Transformer
from ccc.neural.materialise import LayerNames
from ccc.neural.patterns import CELL, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED


@dataclass(frozen=True, slots=True)
class Limit:
    """The most cells that the head at `site` reads or writes exactly; 0: it cannot even tell neighbours apart."""

    site: str
    cells: int


_found: WeakKeyDictionary[Transformer, tuple[tuple[int, ...], Limit | None]] = WeakKeyDictionary()


def memory_limit(transformer: Transformer, layers: Sequence[LayerNames], directions: Mapping[str, int]) -> Limit | None:
    """The head with the smallest memory in float64, or None where no head depends on how much memory there is.

    Remembered until a weight changes.
    """
    versions = tuple(parameter._version for parameter in transformer.parameters())
    if transformer not in _found or _found[transformer][0] != versions:
        limits = head_limits(transformer, layers, directions, FLOAT64)
        _found[transformer] = versions, min(limits, key=lambda limit: limit.cells, default=None)
    return _found[transformer][1]


def head_limits(
    transformer: Transformer, layers: Sequence[LayerNames], directions: Mapping[str, int], form: Format
) -> Iterator[Limit]:
    """The limit of each head that looks for an address, in a number format."""
    for layer in attention_sublayers(transformer, layers, directions):
        for head in layer.heads:
            cells = _read(head, directions, form)
            if cells is None:
                cells = _write(head, directions, form)
            if cells is not None:
                yield Limit(head.site, cells)


def _component(rows: Sequence[Row], place: int) -> int | None:
    """The first component that reads a direction."""
    return next((index for index, row in enumerate(rows) if any(at == place for at, _ in row)), None)


def _read(head: Head, at: Mapping[str, int], form: Format) -> int | None:
    """Cells are the keys: the query at the square of the position is the sharpness."""
    square = _component(head.key, at[POSITION_SQUARED])
    if square is None or _component(head.key, at[POSITION]) is None:
        return None
    key = dict(head.key[square])
    sharpness = -dict(head.query[square]).get(at[CPU], 0.0) * key[at[POSITION_SQUARED]]
    return read_memory(sharpness, form, ports=at[IN_PORT] not in key)


def _write(head: Head, at: Mapping[str, int], form: Format) -> int | None:
    """Cells ask: half the query at the position is the sharpness, and the input port's key is the sink."""
    line = _component(head.query, at[POSITION])
    if line is None:
        return None
    sharpness = abs(dict(head.query[line])[at[POSITION]]) / 2
    sink = sum(dict(q).get(at[CELL], 0.0) * dict(k).get(at[IN_PORT], 0.0) for q, k in _pairs(head))
    others = sum(dict(q).get(at[CELL], 0.0) * dict(k).get(at[OUT_PORT], 0.0) for q, k in _pairs(head))
    return 0 if sink - others < form.underflow else write_memory(sharpness, -sink, form)


def _pairs(head: Head) -> list[tuple[Row, Row]]:
    return list(zip(head.query, head.key, strict=True))
