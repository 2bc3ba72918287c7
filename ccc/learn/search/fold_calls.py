"""Folds in native code: loops that carry values of any shape, which one or two calls a round make of what they were."""

from __future__ import annotations

from typing import NamedTuple

from ccc.learn.search.calls import Machine, Ranges, Values, advance, call, is_wanted, where
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints


class Body(NamedTuple):
    """A round. form, sources: of its calls, shapes [calls, 3] and [calls, slots, SOURCE]. states: shape [states, 3],
    where in the scratch memory each stands, where what it becomes does, its class. begin: the value that each begins
    with, or -1 for zeros.
    """

    form: Ints
    sources: Ints
    states: Ints
    begin: Ints


class Times(NamedTuple):
    """How often it is run. first: the lane of each case's first round. each: the rounds of each case. moves: lanes from
    round to round.
    """

    first: Ints
    each: Ints
    moves: int


@native
def set_cells(m: Floats, to: int, at: int, size: int) -> None:
    """Copy cells; zeros where `at` is negative."""
    for x in range(size):
        m[to + x] = m[at + x] if at >= 0 else 0.0


@native
def carry(machine: Machine, values: Values, body: Body, index: Ints, lane: int, count: int, moves: int) -> bool:
    """Run the loop on one case, its first round on `lane`; whether nothing faults."""
    m, scratch, states = machine.m, machine.scratch, body.states
    for j in range(len(states)):
        at = where(body.begin[j], lane, values, scratch) if body.begin[j] >= 0 else -1
        set_cells(m, scratch + states[j, 0], at, values.sizes[states[j, 2], lane])
    for _ in range(count):
        for c in range(len(body.form)):
            if not call(machine, values, body.form[c], body.sources[c], index, lane):
                return False
        for j in range(len(states)):
            set_cells(m, scratch + states[j, 0], scratch + states[j, 1], values.sizes[states[j, 2], lane])
        lane += moves
    return True


@native
def folds(
    machine: Machine,
    values: Values,
    body: Body,
    times: Times,
    ranges: Ranges,
    starts: Ints,
    wanted: Floats,
    tolerance: float,
    hits: Ints,
) -> int:
    """Find loops that are right on all cases: their arguments go to `hits`; how many. wanted: of case c what each state
    j is to be at the end, from starts[c, j] on.
    """
    index = ranges.lows.copy()
    count = 0
    more = True
    while more and count < len(hits):
        right = True
        for case in range(len(times.first)):
            lane = times.first[case]
            right = carry(machine, values, body, index, lane, times.each[case], times.moves)
            for j in range(len(body.states)):
                at, size = machine.scratch + body.states[j, 0], values.sizes[body.states[j, 2], lane]
                right = right and is_wanted(machine.m, at, size, wanted, starts[case, j], tolerance)
            if not right:
                break
        if right:
            for place in range(len(index)):
                hits[count, place] = index[place]
            count += 1
        more = advance(index, ranges)
    return count
