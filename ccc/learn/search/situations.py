"""Hidden states tried on the cases in native code: whether one explains what is wanted, and what it is in a round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.trial import evaluate


@native
def sequence(
    code: Ints,
    steps: Ints,
    size: int,
    root: int,
    given: Floats,
    first: NDArray[np.bool_],
    starts: Floats,
    before: Floats,
    after: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> bool:
    """What one state is before and after each lane's round; whether nothing faults. starts: shape [lanes]."""
    r = np.zeros(2 + given.shape[1] + steps.shape[0])
    for lane in range(len(given)):
        if first[lane]:
            r[0] = starts[lane]
        before[lane] = r[0]
        for v in range(given.shape[1]):
            r[1 + v] = given[lane, v]
        after[lane] = r[0] = evaluate(code, steps, size, root, r, 1 + given.shape[1], s, m, low, high)
        if np.isnan(r[0]):
            return False
    return True


@native
def _situation(seen: Ints, before: Floats, lane: int, places: Ints) -> int:
    """Where the first lane stands, or is to stand, that is given and has before it what this one does. places: a table
    of a power of two, larger than the lanes.
    """
    mask = len(places) - 1
    at = (seen[lane] * 31 + np.int64(before[lane] * 8.0) * 40503) & mask
    while places[at] >= 0:
        other = places[at]
        if before[other] == before[lane] and seen[other] == seen[lane]:
            break
        at = (at + 1) & mask
    return int(at)


@native
def situations(
    code: Ints,
    steps: Ints,
    size: int,
    root: int,
    given: Floats,
    first: NDArray[np.bool_],
    starts: Floats,
    seen: Ints,
    wanted: Floats,
    allowed: int,
    places: Ints,
    before: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> tuple[int, int, int]:
    """How many pairs of a state and what is seen occur, and how many lanes call for other results than an earlier one
    of the same pair; -1 where these are more than allowed. And how many lanes were looked at.

    seen: a number for what each lane is given. wanted: shape [outputs, lanes]. places: a table of a power of two,
    larger than the lanes.
    """
    r = np.zeros(2 + given.shape[1] + steps.shape[0])
    places[:] = -1
    count = conflicts = 0
    for lane in range(len(given)):
        if first[lane]:
            r[0] = starts[lane]
        before[lane] = r[0]
        at = _situation(seen, before, lane, places)
        if places[at] < 0:
            places[at] = lane
            count += 1
        else:
            conflicts += not _same(wanted, places[at], lane)
            if conflicts > allowed:
                return -1, conflicts, lane + 1
        for v in range(given.shape[1]):
            r[1 + v] = given[lane, v]
        r[0] = evaluate(code, steps, size, root, r, 1 + given.shape[1], s, m, low, high)
        if np.isnan(r[0]):
            return -1, conflicts, lane + 1
    return count, conflicts, len(given)


@native
def _table(lanes: int) -> Ints:
    """Room for `_situation`."""
    size = 1
    while size < 2 * lanes:
        size *= 2
    return np.zeros(size, dtype=np.int64)


@native
def explaining(
    code: Ints,
    steps: Ints,
    sizes: Ints,
    roots: Ints,
    some: Ints,
    given: Floats,
    first: NDArray[np.bool_],
    starts: Floats,
    seen: Ints,
    wanted: Floats,
    most: int,
    allowed: int,
    found: Ints,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> tuple[int, int]:
    """The states among expressions `some` that explain all outputs, or all but on some lanes, in at most so many
    situations: how many, and how many lanes were looked at.

    starts: shape [starts, lanes]. wanted: shape [outputs, lanes]. allowed: on how many lanes a state may call for other
    results. found: conflicts, situations, expression and start of each, shape [n, 4].
    """
    before = np.zeros(len(given))
    places = _table(len(given))
    count = looked = 0
    for e in some:
        for start in range(len(starts)):
            number, conflicts, lanes = situations(
                code,
                steps[e],
                sizes[e],
                roots[e],
                given,
                first,
                starts[start],
                seen,
                wanted,
                allowed,
                places,
                before,
                s,
                m,
                low,
                high,
            )
            looked += lanes
            if 0 <= number <= most and count < len(found):
                found[count, 0], found[count, 1], found[count, 2], found[count, 3] = conflicts, number, e, start
                count += 1
    return count, looked


@native
def explaining_rows(
    values: Floats,
    low: int,
    high: int,
    first: NDArray[np.bool_],
    seen: Ints,
    wanted: Floats,
    most: int,
    later: bool,
    found: Ints,
) -> tuple[int, int]:
    """The rows `low` to `high` of `values`, shape [rows, lanes], that explain all outputs with what is seen, in at most
    so many situations: how many, and how many lanes were looked at.

    later: as states that are known one round later. found: situations and row of each.
    """
    lanes = wanted.shape[1]
    before = np.zeros(lanes)
    places = _table(lanes)
    count = looked = 0
    for row in range(low, high):
        places[:] = -1
        number = 0
        for lane in range(lanes):
            looked += 1
            before[lane] = values[row, lane] if not later else 0.0 if first[lane] else values[row, lane - 1]
            at = _situation(seen, before, lane, places)
            if places[at] < 0:
                places[at] = lane
                number += 1
            elif not _same(wanted, places[at], lane):
                number = most + 1
            if number > most:
                break
        if number <= most:
            found[count, 0], found[count, 1] = number, row
            count += 1
    return count, looked


@native
def _same(wanted: Floats, one: int, other: int) -> bool:
    """Whether the outputs are the same on two lanes. wanted: shape [outputs, lanes]."""
    different = 0
    for output in range(len(wanted)):
        different += wanted[output, one] != wanted[output, other]
    return different == 0


@native
def telling(values: Floats, wanted: Floats, distinct: Ints) -> None:
    """How many different values each row has, or -1 where the same value calls for different results. values: shape
    [rows, cases]. wanted: shape [outputs, cases]. distinct: shape [rows].
    """
    for row in range(len(values)):
        count = 0
        for case in range(values.shape[1]):
            other = 0
            while values[row, other] != values[row, case]:
                other += 1
            count += other == case
            for output in range(len(wanted)):
                if wanted[output, other] != wanted[output, case]:
                    count = -2 * values.shape[1]
        distinct[row] = max(count, -1)
