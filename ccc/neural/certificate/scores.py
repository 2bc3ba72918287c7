"""The scores of reads and writes: how large a memory may be before they are rounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ccc.neural.certificate.bounds import exact_parts
from ccc.neural.certificate.ranges import Format, Range, integers

_LARGEST_MEMORY = 1 << 53


def read_fits(parts: Sequence[Range], beta: float, address: Range, memory: int, form: Format) -> bool:
    """Whether 2 beta q j, beta j^2 and their difference are all numbers of the format, for cells j and addresses q.

    parts: the ranges of both terms. The difference beta (2 q - j) j lies between those at j = 0, q and the last cell.
    """
    limit = [2.0 ** min(1000, form.digits + part.grain) for part in parts]
    if any(part.magnitude > min(most, form.largest) for part, most in zip(parts, limit, strict=True)):
        return False
    last = memory - 1.0
    values = [beta * j * (2 * q - j) for q in (address.low, address.high) for j in (0.0, last, min(max(q, 0.0), last))]
    grain = min(part.grain for part in parts)
    return max(map(abs, values)) <= min(2.0 ** min(1000, form.digits + grain), form.largest)


def read_memory(beta: float, form: Format, *, ports: bool) -> int:
    """The most cells that a read of sharpness `beta` tells apart; 0 where it cannot tell two neighbours apart."""
    if not form.underflow <= beta <= form.largest / 4:
        return 0

    def fits(memory: int) -> bool:
        address, cells = integers(-1 if ports else 0, memory - 1), integers(0, memory - 1)
        squares = integers(0, (memory - 1.0) ** 2)
        representable = all(_is_representable(part, form) for part in (address.scaled(2 * beta), cells, squares))
        parts = [address.scaled(2 * beta).times(cells), squares.scaled(beta)]
        return representable and read_fits(parts, beta, address, memory, form)

    return _largest(fits)


def write_memory(beta: float, sink: float, form: Format) -> int:
    """The most cells that a write of sharpness `beta` tells apart, with a sink at score -sink."""
    if beta > form.largest / 4 or not min(sink, beta - sink) >= form.underflow:
        return 0

    def fits(memory: int) -> bool:
        inside, squares = integers(0, memory - 1), integers(0, (memory - 1.0) ** 2)
        outside, small = integers(-2, -1), integers(1, 4)
        cases = ((inside, squares, inside, squares), (inside, squares, outside, small))
        ports = ((outside, small, inside, squares), (outside, small, outside, small))
        return all(_write_fits(beta, case, form) for case in (*cases, *ports))

    return _largest(fits)


def _write_fits(beta: float, case: tuple[Range, Range, Range, Range], form: Format) -> bool:
    """Whether 2 beta i w - beta i^2 - beta w^2 is exact in any order. case: the ranges of i, i^2, w and w^2."""
    position, square, address, target = case
    parts = [position.scaled(2 * beta).times(address), square.scaled(-beta), target.scaled(-beta)]
    held = (position.scaled(2 * beta), square.scaled(beta), address, target)
    return all(_is_representable(part, form) for part in held) and exact_parts(parts, form)


def _is_representable(part: Range, form: Format) -> bool:
    return exact_parts([part], form)


def _largest(fits: Callable[[int], bool]) -> int:
    """The largest memory for which `fits` holds, by bisection; it holds for all smaller ones."""
    if not fits(1):
        return 0
    low, high = 1, _LARGEST_MEMORY
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
