"""Folds in native code: loops that carry values of any shape, which one or two calls a round make of what they were."""

from __future__ import annotations

from ccc.learn.search.calls import advance, call, close_to, where
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints


@native
def set_cells(m: Floats, to: int, at: int, size: int) -> None:
    """Copy cells; zeros where `at` is negative."""
    for x in range(size):
        m[to + x] = m[at + x] if at >= 0 else 0.0


@native
def is_wanted(m: Floats, at: int, size: int, wanted: Floats, start: int, tolerance: float) -> bool:
    """Whether cells are what is wanted."""
    for x in range(size):  # noqa: SIM110 (numba knows no `all`)
        if not close_to(m[at + x], wanted[start + x], tolerance):
            return False
    return True


@native
def carry(
    code: Ints,
    form: Ints,
    sources: Ints,
    states: Ints,
    begin: Ints,
    index: Ints,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    lane: int,
    rounds: int,
    moves: int,
    scratch: int,
    s: Ints,
    m: Floats,
    top: int,
    low: float,
    high: float,
) -> bool:
    """Run the loop on one case, its first round on `lane`; whether nothing faults."""
    for j in range(len(states)):
        at = where(begin[j], lane, address, layout, offsets, scratch) if begin[j] >= 0 else -1
        set_cells(m, scratch + states[j, 0], at, sizes[states[j, 2], lane])
    for _ in range(rounds):
        for c in range(len(form)):
            if not call(
                code,
                form[c],
                sources[c],
                index,
                address,
                layout,
                offsets,
                sizes,
                lane,
                scratch,
                s,
                m,
                top,
                low,
                high,
            ):
                return False
        for j in range(len(states)):
            set_cells(m, scratch + states[j, 0], scratch + states[j, 1], sizes[states[j, 2], lane])
        lane += moves
    return True


@native
def folds(
    code: Ints,
    form: Ints,
    sources: Ints,
    states: Ints,
    begin: Ints,
    lows: Ints,
    highs: Ints,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    first: Ints,
    rounds: Ints,
    moves: int,
    starts: Ints,
    wanted: Floats,
    tolerance: float,
    hits: Ints,
    scratch: int,
    s: Ints,
    m: Floats,
    top: int,
    low: float,
    high: float,
) -> int:
    """Find loops that are right on all cases: their arguments go to `hits`; how many.

    form, sources: of the calls of a round, shapes [calls, 3] and [calls, slots, SOURCE]. states: shape [states, 3],
    where in the scratch memory each stands, where what it becomes does, its class. begin: the value that each begins
    with, or -1 for zeros. first: the lane of each case's first round, `moves` further each round. wanted: of case c
    what each state j is to be at the end, from starts[c, j] on.
    """
    index = lows.copy()
    count = 0
    more = True
    while more and count < len(hits):
        right = True
        for case in range(len(first)):
            lane = first[case]
            right = carry(
                code,
                form,
                sources,
                states,
                begin,
                index,
                address,
                layout,
                offsets,
                sizes,
                lane,
                rounds[case],
                moves,
                scratch,
                s,
                m,
                top,
                low,
                high,
            )
            for j in range(len(states)):
                at, size = scratch + states[j, 0], sizes[states[j, 2], lane]
                right = right and is_wanted(m, at, size, wanted, starts[case, j], tolerance)
            if not right:
                break
        if right:
            for place in range(len(index)):
                hits[count, place] = index[place]
            count += 1
        more = advance(index, lows, highs)
    return count
