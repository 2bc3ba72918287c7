"""The inner loops of the search for sorting kernels that leaves out nothing.

A state is the set of configurations (ccc.learn.sorting.configurations) that a program reaches from all inputs. States
that are equal when renamed are one. A word of bits says which of all ways to sort are within reach.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]


class Space(NamedTuple):
    """What does not change: the tables of the configurations, and a random number for each."""

    moves: Ints
    renamings: NDArray[np.uint16]
    flags: Bytes
    contents: Ints
    prints: Words
    random: Words


class Bounds(NamedTuple):
    """What is within reach with so many instructions left, a bit for each order of the registers to sort into.

    near: [C, W] of each configuration. pairs: [K, K] of each two of the first K configurations, K = 0 where that is too
    much. ops: [K, K, 2] the instructions after which both can be sorted into the first order with one instruction less.
    """

    near: Words
    pairs: Words
    ops: Words


class States(NamedTuple):
    """Arrays with room for states. State s is the configurations cells[starts[s] : starts[s + 1]], in any order;
    `ops[s]` made it of `parents[s]`, and the renaming `names[s]` was done then; `arrangements[s]` distinct contents of
    registers occur in it. table: of open addresses.
    """

    cells: NDArray[np.uint16]
    starts: Longs
    keys: Words
    arrangements: Ints
    parents: Longs
    ops: Bytes
    names: NDArray[np.uint16]
    table: Longs


class Work(NamedTuple):
    """Room for one candidate: its configurations, and marks of what was seen in it."""

    cells: Longs
    seen: Longs
    arranged: Longs
    prints: Words
    owns: Words
    alive: Words


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
def pairs_near(distances: Bytes, renamings: NDArray[np.uint16], orders: int, left: int) -> Words:
    """[count, count] the orders into which both of two configurations can be sorted with `left` instructions.

    distances: of `pair_distances`. renamings: of which the first `orders` exchange registers alone.
    """
    count = len(distances)
    found = np.zeros((count, count), np.uint64)
    for order in range(orders):
        bit = np.uint64(1) << np.uint64(order)
        for a in range(count):
            x = renamings[order, a]
            for b in range(a + 1):
                y = renamings[order, b]
                if distances[max(x, y), min(x, y)] <= left:
                    found[a, b] |= bit
                    found[b, a] = found[a, b]
    return found


@native
def pairs_ops(distances: Bytes, moves: Ints, left: int) -> Words:
    """[count, count, 2] the instructions that lead two configurations to where `left` more sort both, a bit each."""
    count = len(distances)
    found = np.zeros((count, count, 2), np.uint64)
    for a in range(count):
        for b in range(a + 1):
            for op in range(moves.shape[0]):
                x, y = moves[op, a], moves[op, b]
                if x >= 0 and y >= 0 and distances[max(x, y), min(x, y)] <= left:
                    found[a, b, op // 64] |= np.uint64(1) << np.uint64(op % 64)
            found[b, a] = found[a, b]
    return found


@native
def mixed(number: np.uint64) -> np.uint64:
    """A number in which every bit depends on every bit of the one given."""
    number ^= number >> np.uint64(33)
    number *= np.uint64(0xFF51AFD7ED558CCD)
    number ^= number >> np.uint64(33)
    number *= np.uint64(0xC4CEB9FE1A85EC53)
    return number ^ (number >> np.uint64(33))


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
def expand(
    space: Space, bounds: Bounds, work: Work, states: States, span: tuple[int, int], count: int, size: int
) -> tuple[int, int]:
    """Append to the `count` states those that one instruction makes of the states in `span`, that are new and within
    the bounds. size: of the values. There must be room. Gives back the number of states, and of candidates tried.
    """
    candidates = 0
    work.seen[:] = 0
    work.arranged[:] = 0
    for state in range(span[0], span[1]):
        first, last = states.starts[state], states.starts[state + 1]
        for op in range(space.moves.shape[0]):
            candidates += 1
            mark = 2 * candidates
            made = applied(space, bounds.near, work, states.cells, first, last, op, mark)
            if made == 0 or not _pairs_within(space, bounds, work, made):
                continue
            name = _rename(space, work, made, size) if len(space.renamings) > 1 else 0
            if _append(space, work, states, count, made, mark + 1):
                states.parents[count] = state
                states.ops[count] = op
                states.names[count] = name
                count += 1
    return count, candidates


@native
def applied(
    space: Space, near: Words, work: Work, cells: NDArray[np.uint16], first: int, last: int, op: int, mark: int
) -> int:
    """Write what `op` makes of the state in cells[first:last] to the room for a candidate. Gives back how many
    configurations it has; 0 where it cannot be sorted any more. work.alive: the orders that are left. work.seen: `mark`
    for each configuration in it.
    """
    work.alive[:] = ~np.uint64(0)
    size = 0
    for at in range(first, last):
        there = space.moves[op, cells[at]]
        if there < 0:
            return 0
        if work.seen[there] == mark:
            continue
        work.seen[there] = mark
        work.cells[size] = there
        size += 1
        alive = np.uint64(0)
        for word in range(len(work.alive)):
            work.alive[word] &= near[there, word]
            alive |= work.alive[word]
        if alive == 0:
            return 0
    return size


@native
def _pairs_within(space: Space, bounds: Bounds, work: Work, size: int) -> bool:
    """Whether there is an order of the registers into which each two configurations of the candidate can be sorted,
    and an instruction after which that is so for the same order.
    """
    known = len(bounds.pairs)
    if known == 0:
        return True
    alive = work.alive[0]
    for i in range(size):
        a = work.cells[i]
        if a < known:
            for j in range(i):
                b = work.cells[j]
                if b < known:
                    alive &= bounds.pairs[a, b]
            if alive == 0:
                return False
    order = 0
    while alive != 0:
        if alive & np.uint64(1) and _goes_on(space, bounds, work, size, order):
            return True
        alive >>= np.uint64(1)
        order += 1
    return False


@native
def _goes_on(space: Space, bounds: Bounds, work: Work, size: int, order: int) -> bool:
    """Whether there is an instruction after which each two configurations can be sorted into an order of registers."""
    known = len(bounds.ops)
    low, high = ~np.uint64(0), ~np.uint64(0)
    for i in range(size):
        if work.cells[i] >= known:
            continue
        a = space.renamings[order, work.cells[i]]
        for j in range(i):
            if work.cells[j] < known:
                b = space.renamings[order, work.cells[j]]
                low &= bounds.ops[a, b, 0]
                high &= bounds.ops[a, b, 1]
        if low | high == 0:
            return False
    return True


@native
def printed(space: Space, work: Work, last: int, size: int, turn: bool) -> tuple[np.uint64, bool]:
    """A number that does not change when registers or flags of the candidate are exchanged, and whether the flags are
    to be exchanged; work.owns[:size] for each register, which goes with the register.

    turn: of what the candidate is when its values are turned around.
    """
    prints, count = work.prints, work.prints.shape[1]
    prints[:] = 0
    for at in range(last):
        cell = work.cells[at]
        if turn:
            cell = np.int64(space.renamings[len(space.renamings) // 2, cell])
        flag = space.flags[cell]
        for each in range(count):
            prints[flag, each] += space.prints[each, cell]
    key, flipped_key = np.uint64(0), np.uint64(0)
    for register in range(size):
        work.owns[0, register] = _own(prints, size, register, False)
        work.owns[1, register] = _own(prints, size, register, True)
        key += mixed(work.owns[0, register])
        flipped_key += mixed(work.owns[1, register])
    if flipped_key >= key:
        return key, False
    for register in range(size):
        work.owns[0, register] = work.owns[1, register]
    return flipped_key, True


@native
def _own(prints: Words, size: int, register: int, flip: bool) -> np.uint64:
    """The print of one register, of those of each flag."""
    found = np.uint64(0)
    for flag in range(len(prints)):
        shown = 3 - flag if flip and flag > 0 else flag
        salt = mixed(np.uint64(flag + 1))
        found += mixed(prints[shown, register] + salt)
        for other in range(size - 1):
            found += mixed(prints[shown, size + register * (size - 1) + other] + salt)
    return found


@native
def _rename(space: Space, work: Work, last: int, size: int) -> int:
    """Rename the candidate, so that what is equal when renamed mostly becomes equal. Gives back the renaming."""
    orders = 1
    for factor in range(2, size + 1):
        orders *= factor
    key, flip = printed(space, work, last, size, False)
    name = orders if flip else 0
    if len(space.renamings) > 2 * orders:
        for register in range(size):
            work.owns[2, register] = work.owns[0, register]
        other, flip = printed(space, work, last, size, True)
        if other < key:
            name = (3 if flip else 2) * orders
        else:
            for register in range(size):
                work.owns[0, register] = work.owns[2, register]
    taken = np.uint64(0)
    for place in range(size):  # registers in the order of their prints, and the number of that order
        least = -1
        for register in range(size):
            if not (taken >> np.uint64(register)) & np.uint64(1) and (
                least < 0 or work.owns[0, register] < work.owns[0, least]
            ):
                least = register
        rank = 0
        for register in range(least):
            if not (taken >> np.uint64(register)) & np.uint64(1):
                rank += 1
        taken |= np.uint64(1) << np.uint64(least)
        orders //= size - place
        name += rank * orders
    for at in range(last):
        work.cells[at] = space.renamings[name, work.cells[at]]
    return name


@native
def _append(space: Space, work: Work, states: States, new: int, size: int, mark: int) -> bool:
    """Write the candidate to the place of the state `new`, unless it is there already. States are compared whole."""
    key = np.uint64(0)
    kinds = 0
    for at in range(size):
        cell = work.cells[at]
        work.seen[cell] = mark
        key += space.random[cell]
        kind = space.contents[cell]
        if kind >= 0 and work.arranged[kind] != mark:
            work.arranged[kind] = mark
            kinds += 1
    mask = len(states.table) - 1
    place = np.int64(key & np.uint64(mask))
    while states.table[place] >= 0:
        other = states.table[place]
        if states.keys[other] == key and states.starts[other + 1] - states.starts[other] == size:
            same = True
            for at in range(states.starts[other], states.starts[other + 1]):
                if work.seen[states.cells[at]] != mark:
                    same = False
                    break
            if same:
                return False
        place = (place + 1) & mask
    first = states.starts[new]
    for at in range(size):
        states.cells[first + at] = work.cells[at]
    states.starts[new + 1] = first + size
    states.keys[new] = key
    states.arrangements[new] = kinds
    states.table[place] = new
    return True
