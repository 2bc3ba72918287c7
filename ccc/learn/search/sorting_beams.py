"""The inner loops of the search for sorting kernels with a beam. States as in sorting_kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.sorting_kernels import Ints, Longs, Space, Words, Work, applied, mixed, printed


class Beam(NamedTuple):
    """The states of a round: state s is the configurations cells[starts[s] : starts[s + 1]]."""

    cells: NDArray[np.uint16]
    starts: Longs


class Candidates(NamedTuple):
    """What is made of a round: scores, the smallest the best, the states that they come from, and the instructions.

    exact, renamed: tables of keys of candidates; 0 is a free place.
    """

    scores: Longs
    parents: Ints
    ops: Ints
    exact: Words
    renamed: Words


@native
def collect(
    space: Space,
    cores: Ints,
    near: Words,
    work: Work,
    beam: Beam,
    span: tuple[int, int],
    size: int,
    by_core: bool,
    found: Candidates,
    count: int,
    sorting: Longs,
) -> tuple[int, int]:
    """Append to the `count` candidates those that one instruction makes of the states in `span`; of those that are
    equal when renamed, by their keys, only the first. A candidate is scored by how many distinct contents its registers
    have, and by how many configurations; `by_core` by those of the first registers before. Those that have only one,
    and so sort but for the order of registers, go to `sorting` as parent and instruction in turn. There must be room.

    Gives back the number of candidates, and of numbers in `sorting`.
    """
    work.seen[:] = 0
    work.arranged[:] = 0
    core_seen = np.zeros(len(cores), np.int64)
    mark = 0
    ends = 0
    for state in range(span[0], span[1]):
        for op in range(space.moves.shape[0]):
            mark += 1
            last = applied(space, near, work, beam.cells, beam.starts[state], beam.starts[state + 1], op, mark)
            if last == 0:
                continue
            key = np.uint64(0)
            for at in range(last):
                key += space.random[work.cells[at]]
            if not _entered(found.exact, mixed(key)):
                continue
            key, _ = printed(space, work, last, size, False)
            if not _entered(found.renamed, key):
                continue
            kinds, core_kinds = 0, 0
            for at in range(last):
                cell = work.cells[at]
                if work.arranged[space.contents[cell]] != mark:
                    work.arranged[space.contents[cell]] = mark
                    kinds += 1
                if core_seen[cores[cell]] != mark:
                    core_seen[cores[cell]] = mark
                    core_kinds += 1
            if core_kinds == 1:
                if ends < len(sorting):
                    sorting[ends], sorting[ends + 1] = state, op
                    ends += 2
                continue
            one, two = (core_kinds, kinds) if by_core else (kinds, last)
            found.scores[count] = ((one << 20 | two) << 20) | np.int64(mixed(key) & np.uint64(0xFFFFF))
            found.parents[count], found.ops[count] = state, op
            count += 1
    return count, ends


@native
def _entered(table: Words, key: np.uint64) -> bool:
    """Whether the key is new, and is entered."""
    key |= np.uint64(1)
    mask = len(table) - 1
    place = np.int64((key >> np.uint64(1)) & np.uint64(mask))
    while table[place] != 0:
        if table[place] == key:
            return False
        place = (place + 1) & mask
    table[place] = key
    return True


@native
def follow(space: Space, beam: Beam, parents: Ints, ops: Ints, new: Beam) -> None:
    """Write the states that `ops` make of the states `parents` to `new`, which has room."""
    seen = np.full(len(space.contents), -1)
    last = 0
    new.starts[0] = 0
    for state in range(len(parents)):
        for at in range(beam.starts[parents[state]], beam.starts[parents[state] + 1]):
            there = space.moves[ops[state], beam.cells[at]]
            if seen[there] != state:
                seen[there] = state
                new.cells[last] = there
                last += 1
        new.starts[state + 1] = last
