"""The inner loops of the search for sorting kernels.

A state is the set of configurations (ccc.learn.sorting.configurations) that a program reaches from all inputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Space(NamedTuple):
    """What does not change: the tables of the configurations, distances of pairs, a random number for each."""

    moves: Ints
    distance: Bytes
    contents: Ints
    pairs: Bytes
    random: NDArray[np.uint64]


class States(NamedTuple):
    """Arrays with room for states. State s is the configurations cells[starts[s] : starts[s + 1]], in any order;
    `ops[s]` made it of `parents[s]`; `arrangements[s]` distinct contents of registers occur in it. table: of open
    addresses.
    """

    cells: NDArray[np.uint16]
    starts: Longs
    keys: NDArray[np.uint64]
    arrangements: Ints
    parents: Longs
    ops: Bytes
    table: Longs


@native
def pair_distances(moves: Ints, distance: Bytes, count: int, no_way: int) -> Bytes:
    """[count, count] the least number of instructions that sort both of two of the first `count` configurations; below
    the diagonal."""
    found = np.full((count, count), no_way, np.uint8)
    for a in range(count):
        for b in range(count):
            if distance[a] == 0 and distance[b] == 0:
                found[a, b] = 0
    for steps in range(no_way):
        news = 0
        for a in range(count):
            if distance[a] == no_way:
                continue
            for b in range(a + 1):
                if found[a, b] != no_way or distance[b] == no_way:
                    continue
                for op in range(moves.shape[0]):
                    x, y = moves[op, a], moves[op, b]
                    if x >= 0 and y >= 0 and found[max(x, y), min(x, y)] == steps:
                        found[a, b] = steps + 1
                        news += 1
                        break
        if news == 0:
            break
    return found


@native
def insert(states: States, first: int, last: int) -> None:
    """Enter the states first .. last - 1 in the hash table."""
    mask = len(states.table) - 1
    for state in range(first, last):
        place = np.int64(states.keys[state] & np.uint64(mask))
        while states.table[place] >= 0:
            place = (place + 1) & mask
        states.table[place] = state


@native
def keep(states: States, first: int, count: int, most: int) -> int:
    """Drop the states from `first` on that have more than `most` arrangements. Gives back how many states are left.

    None of them may be a parent. The hash table is made anew.
    """
    new = first
    for state in range(first, count):
        if states.arrangements[state] <= most:
            size = states.starts[state + 1] - states.starts[state]
            for at in range(size):
                states.cells[states.starts[new] + at] = states.cells[states.starts[state] + at]
            states.keys[new] = states.keys[state]
            states.arrangements[new] = states.arrangements[state]
            states.parents[new] = states.parents[state]
            states.ops[new] = states.ops[state]
            new += 1
            states.starts[new] = states.starts[new - 1] + size
    states.table[:] = -1
    insert(states, 0, new)
    return new


@native
def expand(
    space: Space, states: States, span: tuple[int, int], count: int, left: int, most: int
) -> tuple[int, int, int]:
    """Append to the `count` states those that one instruction makes of the states in `span` and that are new.

    left: the instructions that may follow. most: how many arrangements a new state may have. There must be room. Gives
    back the number of states, of candidates tried, and the first state that is sorted, or -1.
    """
    seen = np.zeros(len(space.distance), np.int64)
    arranged = np.zeros(len(space.distance), np.int64)
    mark = 0
    candidates = 0
    for state in range(span[0], span[1]):
        for op in range(space.moves.shape[0]):
            mark += 1
            candidates += 1
            farthest = _apply(space, states, state, op, count, left, most, seen, arranged, mark)
            if farthest > left:
                continue
            place = _free_place(states, count, seen, mark)
            if place < 0 or not _pairs_within(space.pairs, states, count, left):
                continue
            states.table[place] = count
            states.parents[count] = state
            states.ops[count] = op
            count += 1
            if farthest == 0:
                return count, candidates, count - 1
    return count, candidates, -1


@native
def _apply(
    space: Space,
    states: States,
    state: int,
    op: int,
    new: int,
    left: int,
    most: int,
    seen: Longs,
    arranged: Longs,
    mark: int,
) -> int:
    """Write what `op` makes of a state to the place of the state `new`. Gives back how far the farthest configuration
    is from being sorted; more than `left` where it is of no use. seen: `mark` for each configuration in it.
    """
    first = states.starts[new]
    last = first
    key = np.uint64(0)
    kinds = 0
    farthest = 0
    for at in range(states.starts[state], states.starts[state + 1]):
        there = space.moves[op, states.cells[at]]
        if there < 0 or space.distance[there] > left:
            return left + 1
        if seen[there] == mark:
            continue
        seen[there] = mark
        states.cells[last] = there
        last += 1
        key += space.random[there]
        farthest = max(farthest, space.distance[there])
        kind = space.contents[there]
        if kind >= 0 and arranged[kind] != mark:
            arranged[kind] = mark
            kinds += 1
    states.starts[new + 1] = last
    states.keys[new] = key
    states.arrangements[new] = kinds
    return farthest if kinds <= most else left + 1


@native
def _free_place(states: States, new: int, seen: Longs, mark: int) -> int:
    """Where in the table the state `new` belongs, or -1 if it is there already. Compares states, not only keys."""
    mask = len(states.table) - 1
    place = np.int64(states.keys[new] & np.uint64(mask))
    size = states.starts[new + 1] - states.starts[new]
    while states.table[place] >= 0:
        other = states.table[place]
        if states.keys[other] == states.keys[new] and states.starts[other + 1] - states.starts[other] == size:
            same = True
            for at in range(states.starts[other], states.starts[other + 1]):
                if seen[states.cells[at]] != mark:
                    same = False
                    break
            if same:
                return -1
        place = (place + 1) & mask
    return int(place)


@native
def _pairs_within(pairs: Bytes, states: States, new: int, left: int) -> bool:
    """Whether no two configurations of `new` are farther from being sorted together than `left` instructions."""
    size = len(pairs)
    first = states.starts[new]
    for i in range(first, states.starts[new + 1]):
        a = states.cells[i]
        if a < size:
            for j in range(first, i):
                b = states.cells[j]
                if b < size and pairs[max(a, b), min(a, b)] > left:
                    return False
    return True
