"""State machines tried on the cases in native code: tuples of expressions, one for each state, the last updated first.

An expression is a row of steps on registers: states, what all but the first of them have become in the same round, what
the round is given, results of its steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.vm import value_of

MOST_STATES = 3
MOST_HITS = 16
FRESH = 8
"""From this bit on, a mask of states says which of them are read as they are after the round."""


@native
def evaluate(
    code: Ints, steps: Ints, size: int, root: int, r: Floats, free: int, s: Ints, m: Floats, low: float, high: float
) -> float:
    """The value of an expression. steps: shape [size, 5], a kernel and its registers. free: where results go."""
    for t in range(size):
        row = steps[t]
        r[free + t] = value_of(code, row[0], r[row[1]], r[row[2]], r[row[3]], r[row[4]], s, m, low, high)
    return float(r[root])


@native
def is_right(  # noqa: C901 (the loop that everything waits for)
    code: Ints,
    steps: Ints,
    sizes: Ints,
    roots: Ints,
    body: Ints,
    states: int,
    begin: Ints,
    starts: Floats,
    given: Floats,
    offsets: Ints,
    rounds: Ints,
    moves: int,
    until: int,
    wanted: Floats,
    r: Floats,
    new: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> bool:
    """Whether a machine is right on all cases. body: an expression for each state. begin: which of `starts`, shape
    [starts, cases], each state has at first. given: shape [lanes, variables]. wanted: shape [cases, results], of the
    first states. until: the state that ends the loop when it is <= 0, or -1.
    """
    known = 2 * states - 1
    free = known + given.shape[1]
    for case in range(len(wanted)):
        for j in range(states):
            r[j] = starts[begin[j], case]
            if np.isnan(r[j]):
                return False
        for number in range(rounds[case]):
            if number == 0 or moves:
                lane = offsets[case] + number * moves
                for v in range(given.shape[1]):
                    r[known + v] = given[lane, v]
            for j in range(states - 1, -1, -1):
                e = body[j]
                new[j] = evaluate(code, steps[e], sizes[e], roots[e], r, free, s, m, low, high)
                if j > 0:
                    r[states + j - 1] = new[j]
            changed = False
            for j in range(states):
                if np.isnan(new[j]):
                    return False
                changed |= new[j] != r[j]
                r[j] = new[j]
            if until >= 0:
                if r[until] <= 0:
                    break
                if not changed or number == rounds[case] - 1:
                    return False
        for j in range(wanted.shape[1]):
            if r[j] != wanted[case, j]:
                return False
    return True


@native
def machines(
    code: Ints,
    steps: Ints,
    sizes: Ints,
    roots: Ints,
    masks: Ints,
    lists: Ints,
    lengths: Ints,
    low_index: int,
    high_index: int,
    states: int,
    choices: int,
    starts: Floats,
    given: Floats,
    offsets: Ints,
    rounds: Ints,
    moves: int,
    until: int,
    wanted: Floats,
    hits: Ints,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> tuple[int, int]:
    """Try all machines with all starts: how many were tried, and how many were right, which go to `hits`, shape [n, 6].

    lists: where the expressions come from, shape [MOST_STATES, n]; of the first two, pairs `low_index` to `high_index`,
    those with the same first one beside each other. masks: the states that each expression reads.
    """
    r = np.zeros(2 * states + given.shape[1] + steps.shape[1])
    new = np.zeros(states)
    body = np.zeros(MOST_STATES, dtype=np.int64)
    begin = np.zeros(MOST_STATES, dtype=np.int64)
    tried = found = 0
    combinations = choices**states
    for pair in range(low_index, high_index):
        body[0], body[1] = lists[0, pair // lengths[1]], lists[1, pair % lengths[1]]
        for n in range(lengths[2]):
            body[2] = lists[2, n]
            if not connected(masks, body, states, wanted.shape[1], until):
                continue
            for combination in range(combinations):
                rest = combination
                for place in range(states):
                    begin[place] = rest % choices
                    rest //= choices
                tried += 1
                if is_right(
                    code,
                    steps,
                    sizes,
                    roots,
                    body,
                    states,
                    begin,
                    starts,
                    given,
                    offsets,
                    rounds,
                    moves,
                    until,
                    wanted,
                    r,
                    new,
                    s,
                    m,
                    low,
                    high,
                ) and found < len(hits):
                    for place in range(MOST_STATES):
                        hits[found, place], hits[found, MOST_STATES + place] = body[place], begin[place]
                    found += 1
    return tried, found


@native
def machines_tried(
    masks: Ints,
    lists: Ints,
    lengths: Ints,
    low_index: int,
    high_index: int,
    states: int,
    choices: int,
    results: int,
    until: int,
) -> int:
    """How many machines `machines` would try."""
    body = np.zeros(MOST_STATES, dtype=np.int64)
    tried = 0
    for pair in range(low_index, high_index):
        body[0], body[1] = lists[0, pair // lengths[1]], lists[1, pair % lengths[1]]
        for n in range(lengths[2]):
            body[2] = lists[2, n]
            if connected(masks, body, states, results, until):
                tried += choices**states
    return tried


@native
def connected(masks: Ints, body: Ints, states: int, results: int, until: int) -> bool:
    """Whether every state counts for a result or for the end."""
    reached = (1 << results) - 1
    if until >= 0:
        reached |= 1 << until
    for _ in range(states):
        for j in range(states):
            if reached >> j & 1:
                reached |= masks[body[j]] & ((1 << states) - 1)
    return reached == (1 << states) - 1


@native
def sequence(
    code: Ints,
    steps: Ints,
    size: int,
    root: int,
    given: Floats,
    first: NDArray[np.bool_],
    start: float,
    before: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> bool:
    """What one state is before each lane's round; whether nothing faults."""
    r = np.zeros(2 + given.shape[1] + steps.shape[0])
    for lane in range(len(given)):
        if first[lane]:
            r[0] = start
        before[lane] = r[0]
        for v in range(given.shape[1]):
            r[1 + v] = given[lane, v]
        r[0] = evaluate(code, steps, size, root, r, 1 + given.shape[1], s, m, low, high)
        if np.isnan(r[0]):
            return False
    return True


@native
def situations(
    code: Ints,
    steps: Ints,
    size: int,
    root: int,
    given: Floats,
    first: NDArray[np.bool_],
    start: float,
    seen: Ints,
    wanted: Floats,
    places: Ints,
    before: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> int:
    """How many pairs of a state and what is seen occur, or -1 where one of them calls for different results.

    seen: a number for what each lane is given. wanted: shape [outputs, lanes]. places: a table of a power of two,
    larger than the lanes.
    """
    r = np.zeros(2 + given.shape[1] + steps.shape[0])
    places[:] = -1
    mask = len(places) - 1
    count = 0
    for lane in range(len(given)):
        if first[lane]:
            r[0] = start
        before[lane] = r[0]
        at = (seen[lane] * 31 + np.int64(r[0] * 8.0) * 40503) & mask
        while places[at] >= 0:
            other = places[at]
            if before[other] == r[0] and seen[other] == seen[lane]:
                break
            at = (at + 1) & mask
        if places[at] < 0:
            places[at] = lane
            count += 1
        else:
            for output in range(len(wanted)):
                if wanted[output, places[at]] != wanted[output, lane]:
                    return -1
        for v in range(given.shape[1]):
            r[1 + v] = given[lane, v]
        r[0] = evaluate(code, steps, size, root, r, 1 + given.shape[1], s, m, low, high)
        if np.isnan(r[0]):
            return -1
    return count


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
    found: Ints,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> int:
    """The states among expressions `some` that explain all outputs in at most so many situations: how many.

    wanted: shape [outputs, lanes]. found: situations, expression and start of each, shape [n, 3].
    """
    before = np.zeros(len(given))
    size = 1
    while size < 2 * len(given):
        size *= 2
    places = np.zeros(size, dtype=np.int64)
    count = 0
    for e in some:
        for start in range(len(starts)):
            number = situations(
                code,
                steps[e],
                sizes[e],
                roots[e],
                given,
                first,
                starts[start],
                seen,
                wanted,
                places,
                before,
                s,
                m,
                low,
                high,
            )
            if 0 <= number <= most and count < len(found):
                found[count, 0], found[count, 1], found[count, 2] = number, e, start
                count += 1
    return count
