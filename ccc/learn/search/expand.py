"""The inner loops of the enumeration: all results of an operation on ranges of known values, in native code.

Values are rows of float64, one column a lane. Their hashes stand in an open-addressing table of uint64, 0 for free.
Each loop runs over the index ranges `lows` to `highs`, shape [4], of the operation's arguments.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints, lanes
from ccc.learn.search.vm import VM, value_of, values_of

Hashes = NDArray[np.uint64]
CHUNK = 512
MOST_HITS = 16
PROBED = 12
"""Lanes that are compared first, for many candidates at once."""
FEW = 2
"""Candidates that are compared one by one."""
DELAY = 1 << 30
"""The kernel of a delay: what a value was in the round before. With its start, a number, as the second argument."""


@native
def hash_row(row: Floats, bits: Hashes, keys: Hashes, kind: int) -> np.uint64:
    """The hash of a value: of the bits of its lanes and of its type. bits: the memory of `row`."""
    total = np.uint64(kind) * np.uint64(0x9E3779B97F4A7C15)
    for lane in range(len(row)):
        x = bits[lane]
        x ^= x >> np.uint64(32)
        x *= keys[lane]
        x ^= x >> np.uint64(29)
        total += x * keys[lane]
    total ^= total >> np.uint64(31)
    total *= np.uint64(0xBF58476D1CE4E5B9)
    total ^= total >> np.uint64(30)
    return total | np.uint64(1)


@native
def find(table: Hashes, key: np.uint64) -> np.int64:
    """Where a key stands, or -1 - where it would."""
    mask = np.uint64(len(table) - 1)
    at = (key >> np.uint64(7)) & mask
    while table[at] != np.uint64(0):
        if table[at] == key:
            return np.int64(at)
        at = (at + np.uint64(1)) & mask
    return np.int64(-1) - np.int64(at)


@native
def delayed(row: Floats, starts: Floats, first: NDArray[np.bool_], out: Floats) -> None:
    """Each lane gets the value of the lane before it, the first of each example its start."""
    for lane in range(len(row)):
        out[lane] = starts[lane] if first[lane] else row[lane - 1]


@native
def result(
    code: Ints,
    k: int,
    values: Floats,
    i: int,
    j: int,
    c: int,
    d: int,
    out: Floats,
    first: NDArray[np.bool_],
    s: Ints,
    m: Floats,
    low: float,
    high: float,
    faults: int,
) -> bool:
    """out <- the operation on the values i, j, c, d; whether at most `faults` lanes fault."""
    n = len(out)
    if k == DELAY:
        delayed(values[i], values[j], first, out)
    else:
        values_of(code, k, values[i], values[j], values[c], values[d], out, n, s, m, low, high)
    bad = 0
    for lane in range(n):
        bad += out[lane] != out[lane]
    return bad <= faults


@native
def expand(
    code: Ints,
    k: int,
    kind: int,
    values: Floats,
    lows: Ints,
    highs: Ints,
    ordered: bool,
    table: Hashes,
    keys: Hashes,
    first: NDArray[np.bool_],
    found: Hashes,
    places: NDArray[np.int32],
    s: Ints,
    m: Floats,
    low: float,
    high: float,
    faults: int,
) -> int:
    """The results whose hash is not in the table: hashes to `found`, arguments to `places`; how many.

    ordered: take the second argument from the first on, as the operation commutes.
    """
    out = np.empty(values.shape[1])
    bits = out.view(np.uint64)
    count = 0
    last = np.uint64(0)
    for i in range(lows[0], highs[0]):
        start = max(lows[1], i) if ordered else lows[1]
        for j in range(start, highs[1]):
            for c in range(lows[2], highs[2]):
                for d in range(lows[3], highs[3]):
                    if not result(code, k, values, i, j, c, d, out, first, s, m, low, high, faults):
                        continue
                    key = hash_row(out, bits, keys, kind)
                    if key == last or find(table, key) >= 0:
                        continue
                    last = key
                    found[count] = key
                    places[count, 0], places[count, 1], places[count, 2], places[count, 3] = i, j, c, d
                    count += 1
    return count


@native
def commit(
    code: Ints,
    k: int,
    number: int,
    values: Floats,
    used: int,
    table: Hashes,
    indices: NDArray[np.int32],
    first: NDArray[np.bool_],
    found: Hashes,
    places: NDArray[np.int32],
    count: int,
    ops: NDArray[np.int32],
    arguments: NDArray[np.int32],
    s: Ints,
    m: Floats,
    low: float,
    high: float,
    faults: int,
) -> int:
    """Keep what `expand` found and is still new, as long as there is room; how many values are used then."""
    for n in range(count):
        at = find(table, found[n])
        if at >= 0:
            continue
        if used == len(values):
            break
        i, j, c, d = places[n, 0], places[n, 1], places[n, 2], places[n, 3]
        result(code, k, values, i, j, c, d, values[used], first, s, m, low, high, faults)
        table[-1 - at] = found[n]
        indices[-1 - at] = used
        ops[used] = number
        arguments[used, 0], arguments[used, 1], arguments[used, 2], arguments[used, 3] = i, j, c, d
        used += 1
    return used


@native
def rehash(old: Hashes, old_indices: NDArray[np.int32], table: Hashes, indices: NDArray[np.int32]) -> None:
    """Move all keys to a larger table."""
    for at in range(len(old)):
        if old[at] != np.uint64(0):
            to = -1 - find(table, old[at])
            table[to] = old[at]
            indices[to] = old_indices[at]


# Comparison with what is wanted, without keeping anything


@native
def survivors(
    k: int,
    probe: Floats,
    index: Ints,
    inner: int,
    at: int,
    size: int,
    wanted: Floats,
    fixed: Floats,
    out: Floats,
    alive: NDArray[np.int64],
    low: float,
    high: float,
) -> int:
    """Which of `size` candidates, the inner argument from `at` on, are right on the lanes of the probe, or on enough of
    them for few to be left: their numbers to `alive`; how many. index: the other arguments.
    """
    count = size
    for p in range(len(probe)):
        for axis in range(4):
            if axis != inner:
                value = probe[p, index[axis]]
                for x in range(size):
                    fixed[axis, x] = value
        moving = probe[p, at : at + size]
        if inner == 0:
            lanes(k, moving, fixed[1], fixed[2], fixed[3], out, size, low, high)
        elif inner == 1:
            lanes(k, fixed[0], moving, fixed[2], fixed[3], out, size, low, high)
        elif inner == 2:
            lanes(k, fixed[0], fixed[1], moving, fixed[3], out, size, low, high)
        else:
            lanes(k, fixed[0], fixed[1], fixed[2], moving, out, size, low, high)
        least, most = wanted[0, p], wanted[1, p]
        kept = 0
        if p == 0:
            for x in range(size):
                alive[kept] = x
                kept += (out[x] >= least) & (out[x] <= most)
        else:
            for n in range(count):
                x = alive[n]
                alive[kept] = x
                kept += (out[x] >= least) & (out[x] <= most)
        count = kept
        if count <= FEW:
            break
    return count


@native
def check(
    code: Ints,
    k: int,
    values: Floats,
    probe: Floats,
    inner: int,
    lows: Ints,
    highs: Ints,
    ordered: bool,
    wanted_lanes: Ints,
    wanted: Floats,
    first: NDArray[np.bool_],
    hits: Ints,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
    faults: int,
) -> int:
    """Find results that are `wanted` on `wanted_lanes` and fault on no lane: their arguments go to `hits`, shape
    [MOST_HITS, 4]; how many. wanted: the least and the largest, shape [2, lanes]. probe: the values on the first of
    these lanes, shape [lanes, values]. inner: the argument with the longest range.
    """
    count = 0
    fixed, out = np.empty((4, CHUNK)), np.empty(CHUNK)
    alive = np.arange(CHUNK + 1)
    full = np.empty(values.shape[1])
    begin, end = lows.copy(), highs.copy()
    begin[inner], end[inner] = 0, 1
    index = np.zeros(4, dtype=np.int64)
    for i in range(begin[0], end[0]):
        for j in range(begin[1], end[1]):
            for c in range(begin[2], end[2]):
                for d in range(begin[3], end[3]):
                    start, stop = lows[inner], highs[inner]
                    if ordered and inner == 1:
                        start = max(start, i)
                    elif ordered and inner == 0:
                        stop = min(stop, j + 1)
                    for at in range(start, stop, CHUNK):
                        index[0], index[1], index[2], index[3] = i, j, c, d
                        size = left = min(CHUNK, stop - at)
                        if k < VM:
                            left = survivors(k, probe, index, inner, at, size, wanted, fixed, out, alive, low, high)
                        for n in range(left):
                            index[inner] = at + (alive[n] if k < VM else n)
                            if not same(code, k, values, index, wanted_lanes, wanted, s, m, low, high):
                                continue
                            if count < len(hits) and result(
                                code,
                                k,
                                values,
                                index[0],
                                index[1],
                                index[2],
                                index[3],
                                full,
                                first,
                                s,
                                m,
                                low,
                                high,
                                faults,
                            ):
                                hits[count] = index
                                count += 1
    return count


@native
def same(
    code: Ints,
    k: int,
    values: Floats,
    index: Ints,
    wanted_lanes: Ints,
    wanted: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> bool:
    """Whether one result is what is wanted, lane by lane until one is not."""
    for n in range(len(wanted_lanes)):
        lane = wanted_lanes[n]
        value = value_of(
            code,
            k,
            values[index[0], lane],
            values[index[1], lane],
            values[index[2], lane],
            values[index[3], lane],
            s,
            m,
            low,
            high,
        )
        if not wanted[0, n] <= value <= wanted[1, n]:
            return False
    return True


@native
def agreement(values: Floats, start: int, end: int, wanted_lanes: Ints, wanted: Floats) -> tuple[int, int]:
    """The row that is right on most of the lanes, and on how many."""
    best, most = start, -1
    for row in range(start, end):
        right = 0
        for n in range(len(wanted_lanes)):
            value = values[row, wanted_lanes[n]]
            right += (value >= wanted[0, n]) & (value <= wanted[1, n])
        if right > most:
            best, most = row, right
    return best, most
