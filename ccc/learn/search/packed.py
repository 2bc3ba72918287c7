"""Functions of bits in native code: a value is its bits on all lanes, 64 in a word; an operation is its truth table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Ints

Words = NDArray[np.uint64]
MOST_HITS = 8
MOST_ROWS = 16
"""Rows of the truth table of four arguments."""
ROW = 5
"""What is known of a value: the number of its operation, and its arguments."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@native
def chosen(which: np.uint64, zero: np.uint64, one: np.uint64) -> np.uint64:
    """Bit by bit, one of two."""
    return zero ^ (which & (zero ^ one))


@native
def applied(rows: Words, arity: int, a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> np.uint64:
    """A truth table on words. rows: all bits set or none, the first argument changing fastest."""
    r0 = chosen(a, rows[0], rows[1])
    if arity == 1:
        return r0
    r1 = chosen(b, r0, chosen(a, rows[2], rows[3]))
    if arity == 2:
        return r1
    r2 = chosen(c, r1, chosen(b, chosen(a, rows[4], rows[5]), chosen(a, rows[6], rows[7])))
    if arity == 3:
        return r2
    high = chosen(b, chosen(a, rows[8], rows[9]), chosen(a, rows[10], rows[11]))
    higher = chosen(b, chosen(a, rows[12], rows[13]), chosen(a, rows[14], rows[15]))
    return chosen(d, r2, chosen(c, high, higher))


@native
def place_of(values: Words, table: NDArray[np.int32], value: Words) -> int:
    """Where in the table a value stands, or the free place where it would."""
    key = np.uint64(0)
    for word in value:
        key = (key ^ word) * _FACTOR
        key ^= key >> np.uint64(29)
    place = np.int64(key & np.uint64(len(table) - 1))
    while table[place] != 0:
        same = True
        for w in range(len(value)):
            same &= values[table[place] - 1, w] == value[w]
        if same:
            return int(place)
        place = (place + 1) & (len(table) - 1)
    return int(place)


@native
def keep(values: Words, known: NDArray[np.int32], table: NDArray[np.int32], used: int, value: Words, row: Ints) -> int:
    """Keep a value if it is new and there is room; how many there are then."""
    place = place_of(values, table, value)
    if table[place] != 0 or used == len(values):
        return used
    values[used] = value
    known[used] = row
    table[place] = used + 1
    return used + 1


@native
def choices(arity: int, symmetric: bool, lows: Ints, highs: Ints) -> int:
    """How many arguments `combine` tries."""
    count = 0
    for i in range(lows[0], highs[0]):
        for j in range(max(lows[1], i) if symmetric and arity > 1 else lows[1], highs[1]):
            for k in range(max(lows[2], j) if symmetric and arity > 2 else lows[2], highs[2]):
                count += max(0, highs[3] - (max(lows[3], k) if symmetric and arity > 3 else lows[3]))
    return count


@native
def combine(
    number: int,
    rows: Words,
    arity: int,
    symmetric: bool,
    lows: Ints,
    highs: Ints,
    mask: Words,
    wanted: Words,
    hits: Ints,
    counts: Ints,
    values: Words,
    known: NDArray[np.int32],
    table: NDArray[np.int32],
    used: int,
) -> int:
    """Apply an operation to all arguments in these ranges and keep what is new; how many values there are then.

    symmetric: only to arguments in order. wanted: shape [outputs, words]. hits: shape [outputs, MOST_HITS, 4], of which
    counts[output] are used. mask: the bits of each word that are lanes.
    """
    value, row = np.zeros(len(mask), dtype=np.uint64), np.zeros(ROW, dtype=np.int64)
    row[0] = number
    for i in range(lows[0], highs[0]):
        for j in range(max(lows[1], i) if symmetric and arity > 1 else lows[1], highs[1]):
            for k in range(max(lows[2], j) if symmetric and arity > 2 else lows[2], highs[2]):
                for n in range(max(lows[3], k) if symmetric and arity > 3 else lows[3], highs[3]):
                    for w in range(len(mask)):
                        value[w] = mask[w] & applied(
                            rows, arity, values[i, w], values[j, w], values[k, w], values[n, w]
                        )
                    for output in range(len(wanted)):
                        right = True
                        for w in range(len(mask)):
                            right &= value[w] == wanted[output, w]
                        if right and counts[output] < MOST_HITS:
                            hit = hits[output, counts[output]]
                            hit[0], hit[1], hit[2], hit[3] = i, j, k, n
                            counts[output] += 1
                    if used < len(values):
                        row[1], row[2], row[3], row[4] = i, j, k, n
                        used = keep(values, known, table, used, value, row)
    return used


@native
def last_step(
    rows: Words,
    arity: int,
    goal: Words,
    mask: Words,
    costs: Ints,
    values: Words,
    table: NDArray[np.int32],
    used: int,
    most: int,
    best: Ints,
) -> int:
    """The cheapest arguments, of values that are known, with which an operation of two or three gives the goal.

    The last argument is looked up: what it must be on each lane, or that it makes no difference there, follows from the
    goal and from the others. costs: of the values, rising. most: how many comparisons to make about. best: cost and
    arguments of the best so far, which are replaced; then how many last arguments were looked up, which is added to.
    Returns how many comparisons were made.
    """
    wanted, care = np.zeros(len(mask), dtype=np.uint64), np.zeros(len(mask), dtype=np.uint64)
    none, tried = np.uint64(0), 0
    for i in range(used):
        for j in range(used if arity == 3 else 1):
            tried += 1
            if tried > most:
                return tried
            paid = costs[i] + (costs[j] if arity == 3 else 0)
            fits, whole = paid < best[0], True
            for w in range(len(mask)):
                if not fits:
                    break
                second = values[j, w] if arity == 3 else none
                zero = applied(rows, arity, values[i, w], second, none, none)
                one = applied(rows, arity, values[i, w], second if arity == 3 else ~none, ~none, none)
                care[w] = mask[w] & (zero ^ one)
                wanted[w] = care[w] & ~(one ^ goal[w])
                fits &= (mask[w] & ~care[w] & (zero ^ goal[w])) == none
                whole &= care[w] == mask[w]
            if not fits:
                continue
            best[4] += 1
            if whole:
                k = table[place_of(values, table, wanted)] - 1
            else:
                k, seen = first_like(values, used, wanted, care, costs, best[0] - paid)
                tried += seen
            if k >= 0 and paid + costs[k] < best[0]:
                best[0], best[1], best[2], best[3] = paid + costs[k], i, j, k
    return tried


@native
def first_like(values: Words, used: int, wanted: Words, care: Words, costs: Ints, below: int) -> tuple[int, int]:
    """The first value that is as wanted where that counts, if it costs less than `below`, or -1; how many were seen."""
    for k in range(used):
        if costs[k] >= below:
            return -1, k
        same = True
        for w in range(len(wanted)):
            same &= ((values[k, w] ^ wanted[w]) & care[w]) == np.uint64(0)
        if same:
            return k, k + 1
    return -1, used


def warm_up() -> None:
    """Have it compiled, or loaded: two bits on two lanes, and what they both are."""
    rows = np.zeros(MOST_ROWS, dtype=np.uint64)
    rows[3] = ~np.uint64(0)
    lows, highs, mask = np.array([0, 0, 0, 0]), np.array([2, 2, 1, 1]), np.array([3], dtype=np.uint64)
    hits, counts = np.zeros((1, MOST_HITS, 4), dtype=np.int64), np.zeros(1, dtype=np.int64)
    values, known = np.array([[1], [2], [0]], dtype=np.uint64), np.zeros((3, ROW), dtype=np.int32)
    table = np.zeros(8, dtype=np.int32)
    choices(2, True, lows, highs)
    keep(values, known, table, 0, values[0], np.zeros(ROW, dtype=np.int64))
    combine(0, rows, 2, True, lows, highs, mask, values[:1], hits, counts, values, known, table, 2)
    last_step(rows, 2, values[0], mask, np.zeros(3, dtype=np.int64), values, table, 2, 9, np.ones(5, dtype=np.int64))
