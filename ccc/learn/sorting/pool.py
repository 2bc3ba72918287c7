"""The states that a search for sorting kernels has reached: arrays that grow as far as the budget allows."""

from __future__ import annotations

import numpy as np

from ccc.learn.search.sorting_kernels import Space, States, Work, insert
from ccc.learn.sorting.configurations import Tables

_STATES = 1 << 16
_HALF_FULL = 2  # places of the hash table for each state
_BYTES = 8 + 8 + 4 + 8 + 1 + 2  # of a state, beside its cells and places


class OutOfMemoryError(Exception):
    """The budget's memory does not hold more states."""


def space_of(tables: Tables) -> Space:
    """What native code needs of the tables."""
    random = np.random.default_rng(0).integers(1, 1 << 63, len(tables.contents), dtype=np.uint64)
    return Space(tables.moves, tables.renamings, tables.flags, tables.contents, tables.prints, random)


def work_for(tables: Tables) -> Work:
    """Room for one candidate."""
    seen, arranged = (np.zeros(len(tables.contents), np.int64) for _ in range(2))
    prints, owns = np.zeros((3, len(tables.prints)), np.uint64), np.zeros((3, len(tables.orders[0])), np.uint64)
    alive = np.zeros(-(-len(tables.orders) // 64), np.uint64)
    return Work(np.zeros(len(tables.start), np.int64), seen, arranged, prints, owns, alive)


class Pool:
    """States with how they were made; state 0 is the start."""

    def __init__(self, tables: Tables, space: Space, memory: int) -> None:
        """memory: bytes that the arrays may take. Raises OutOfMemoryError."""
        start = tables.start
        self._memory = memory
        self.count = 1
        self.states = self._empty(_STATES, max(_STATES, 16 * len(start)))
        states = self.states
        states.cells[: len(start)] = start
        states.starts[0], states.starts[1] = 0, len(start)
        states.keys[0] = space.random[start].sum(dtype=np.uint64)
        states.arrangements[0] = len(np.unique(space.contents[start][space.contents[start] >= 0]))
        states.parents[0] = -1
        insert(states, 0, 1)

    def reserve(self, states: int, cells: int) -> None:
        """Make room for so many more. Raises OutOfMemoryError."""
        old = self.states
        wanted, wanted_cells = self.count + states, int(old.starts[self.count]) + cells
        if wanted < len(old.keys) and wanted_cells <= len(old.cells):
            return
        rooms = len(old.keys) if wanted < len(old.keys) else max(wanted + 1, len(old.keys) * 3 // 2)
        cell_rooms = len(old.cells) if wanted_cells <= len(old.cells) else max(wanted_cells, len(old.cells) * 3 // 2)
        new = self._empty(rooms, cell_rooms, beside=sum(part.nbytes for part in old))
        count, used = self.count, int(old.starts[self.count])
        new.cells[:used] = old.cells[:used]
        new.starts[: count + 1] = old.starts[: count + 1]
        for name in ("keys", "arrangements", "parents", "ops", "names"):
            getattr(new, name)[:count] = getattr(old, name)[:count]
        insert(new, 0, count)
        self.states = new

    def path(self, state: int) -> list[tuple[int, int]]:
        """The instructions that lead to a state, and the renaming that was done after each, as numbers."""
        found = []
        while state > 0:
            found.append((int(self.states.ops[state]), int(self.states.names[state])))
            state = int(self.states.parents[state])
        return found[::-1]

    def _empty(self, rooms: int, cells: int, beside: int = 0) -> States:
        places = 1 << (_HALF_FULL * rooms - 1).bit_length()
        if beside + 2 * cells + 8 * places + _BYTES * rooms > self._memory:
            raise OutOfMemoryError
        return States(
            np.empty(cells, np.uint16),
            np.empty(rooms + 1, np.int64),
            np.empty(rooms, np.uint64),
            np.empty(rooms, np.int32),
            np.empty(rooms, np.int64),
            np.empty(rooms, np.uint8),
            np.empty(rooms, np.uint16),
            np.full(places, -1, np.int64),
        )
