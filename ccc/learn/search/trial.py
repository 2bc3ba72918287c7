"""State machines tried on the cases in native code: tuples of expressions, one for each state, updated together.

An expression is a row of steps on registers: states first, then what the round is given, then results of its steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.vm import value_of

MOST_STATES = 3
MOST_HITS = 16
COUNTED, UNTIL = 0, 1


@native
def evaluate(
    code: Ints, steps: Ints, size: int, root: int, r: Floats, free: int, s: Ints, m: Floats, low: float, high: float
) -> float:
    """The value of an expression. steps: shape [size, 5], a kernel and its registers. free: where results go."""
    for t in range(size):
        row = steps[t]
        r[free + t] = value_of(code, row[0], r[row[1]], r[row[2]], r[row[3]], r[row[4]], s, m, low, high)
    return r[root]


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
    free = states + given.shape[1]
    for case in range(len(wanted)):
        for j in range(states):
            r[j] = starts[begin[j], case]
            if np.isnan(r[j]):
                return False
        for number in range(rounds[case]):
            if number == 0 or moves:
                lane = offsets[case] + number * moves
                for v in range(given.shape[1]):
                    r[states + v] = given[lane, v]
            for j in range(states):
                e = body[j]
                new[j] = evaluate(code, steps[e], sizes[e], roots[e], r, free, s, m, low, high)
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
    """Try all machines whose expressions come from `lists`, shape [MOST_STATES, n], the first from part of its list, with
    all starts: how many were tried, and how many were right, which go to `hits`, shape [n, 6]. masks: the states that
    each expression reads.
    """
    r = np.zeros(states + given.shape[1] + steps.shape[1] + 1)
    new = np.zeros(states)
    body = np.zeros(MOST_STATES, dtype=np.int64)
    begin = np.zeros(MOST_STATES, dtype=np.int64)
    tried = found = 0
    combinations = choices**states
    for i in range(low_index, high_index):
        body[0] = lists[0, i]
        for j in range(lengths[1]):
            body[1] = lists[1, j]
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
def connected(masks: Ints, body: Ints, states: int, results: int, until: int) -> bool:
    """Whether every state counts for a result or for the end."""
    reached = (1 << results) - 1
    if until >= 0:
        reached |= 1 << until
    for _ in range(states):
        for j in range(states):
            if reached >> j & 1:
                reached |= masks[body[j]]
    return reached == (1 << states) - 1


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
    """One state over all lanes, before and after each round; whether nothing faults. starts: shape [lanes]."""
    r = np.zeros(1 + given.shape[1] + steps.shape[0] + 1)
    for lane in range(len(given)):
        r[0] = starts[lane] if first[lane] else r[0]
        before[lane] = r[0]
        for v in range(given.shape[1]):
            r[1 + v] = given[lane, v]
        r[0] = evaluate(code, steps, size, root, r, 1 + given.shape[1], s, m, low, high)
        if np.isnan(r[0]):
            return False
        after[lane] = r[0]
    return True
