"""State machines tried on the cases in native code: tuples of expressions, one for each state, the last updated first.

An expression is a row of steps on registers: states, what all but the first of them have become in the same round, what
the round is given, results of its steps.
"""

from __future__ import annotations

import numpy as np

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.vm import value_of

MOST_STATES = 3
MOST_HITS = 16
CASE_WORK, ROUND_WORK = 10, 16
"""How long a case takes, and a round for each state, without calls, compared with a comparison of a number: counted in
the last but one cell of the stack, as calls are.
"""


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
def run_case(
    code: Ints,
    steps: Ints,
    sizes: Ints,
    roots: Ints,
    body: Ints,
    states: int,
    given: Floats,
    offset: int,
    rounds: int,
    until: int,
    r: Floats,
    new: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> bool:
    """Run a machine on one case; whether it comes to its end without a fault.

    body: an expression for each state. r: the states, before and afterwards. given: shape [lanes, variables]. until:
    the state that ends the loop when it is <= 0, or -1.
    """
    known = 2 * states - 1
    free = known + given.shape[1]
    s[len(s) - 2] += CASE_WORK
    for number in range(rounds):
        s[len(s) - 2] += ROUND_WORK * states
        for v in range(given.shape[1]):
            r[known + v] = given[offset + number, v]
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
            if not changed or number == rounds - 1:
                return False
    return True


@native
def begun(states: int, begin: Ints, starts: Floats, case: int, r: Floats) -> bool:
    """Set the states to what they have at first; whether all of it is known."""
    for j in range(states):
        r[j] = starts[begin[j], case]
        if np.isnan(r[j]):
            return False
    return True


@native
def chosen(combination: int, states: int, choices: int, begin: Ints) -> None:
    """The start of each state in one of `choices` to the power of `states` combinations."""
    for place in range(states):
        begin[place] = combination % choices
        combination //= choices


@native
def is_right(
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
    until: int,
    wanted: Floats,
    ends: Floats,
    r: Floats,
    new: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> bool:
    """Whether a machine is right on all cases.

    begin: which of `starts`, shape [starts, cases], each state has at first. wanted: the least and the largest that
    is right, shape [2, cases, results], of the first states. ends: what the first state is in the end, shape [cases].
    """
    for case in range(wanted.shape[1]):
        at, count = offsets[case], rounds[case]
        if not begun(states, begin, starts, case, r) or not run_case(
            code, steps, sizes, roots, body, states, given, at, count, until, r, new, s, m, low, high
        ):
            return False
        ends[case] = r[0]
        for j in range(wanted.shape[2]):
            if not wanted[0, case, j] <= r[j] <= wanted[1, case, j]:
                return False
    return True


@native
def pick(lists: Ints, lengths: Ints, index: int, body: Ints) -> None:
    """The combination of one expression of each list with this number."""
    for place in range(MOST_STATES - 1, -1, -1):
        body[place] = lists[place, index % lengths[place]]
        index //= lengths[place]


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
    until: int,
    wanted: Floats,
    hits: Ints,
    ends: Floats,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> tuple[int, int]:
    """Try all machines with all starts: how many were tried, and how many were right, which go to `hits`, shape [n, 6].

    lists: where the expressions come from, shape [MOST_STATES, n]; of their combinations those from `low_index` to
    `high_index`, those with the same first one beside each other. masks: the states that each expression reads. ends:
    what the first state is in the end, of those that were right, shape [n, cases]: where nothing is wanted, all that
    come to an end are right.
    """
    r = np.zeros(2 * states + given.shape[1] + steps.shape[1])
    new = np.zeros(states)
    body = np.zeros(MOST_STATES, dtype=np.int64)
    begin = np.zeros(MOST_STATES, dtype=np.int64)
    tried = found = 0
    combinations = choices**states
    for index in range(low_index, high_index):
        pick(lists, lengths, index, body)
        if not connected(masks, body, states, max(wanted.shape[2], 1), until):
            continue
        for combination in range(combinations):
            chosen(combination, states, choices, begin)
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
                until,
                wanted,
                ends[min(found, len(ends) - 1)],
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
    for index in range(low_index, high_index):
        pick(lists, lengths, index, body)
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
