"""Sorting kernels by trying all: breadth first, without states that were reached before or cannot be sorted in time."""

from __future__ import annotations

import numpy as np

from ccc.learn.search.sorting_kernels import Bounds, expand, pair_distances, pairs_near, pairs_ops
from ccc.learn.sorting.beam import within
from ccc.learn.sorting.clock import Clock
from ccc.learn.sorting.configurations import NO_WAY, Tables, configuration_tables
from ccc.learn.sorting.instructions import Instruction, Kernel, Op
from ccc.learn.sorting.pool import OutOfMemoryError, Pool, space_of, work_for

_STATES_A_CALL = 512  # expanded between two looks at the clock
_PAIRS_OF = 2000  # configurations without equal values for which distances of pairs are worth the time
_FLIPPED = {Op.CMOVL: Op.CMOVG, Op.CMOVG: Op.CMOVL}


class WholeSearch:
    """Searches that leave out nothing. ties: inputs with equal values that a kernel found did not sort: from then on
    they are among the inputs, in all orders.
    """

    def __init__(self, size: int, scratch: int, clock: Clock) -> None:
        self._size, self._scratch, self._clock = size, scratch, clock
        self._ties: list[tuple[int, ...]] = []
        self._set_up()
        pool = Pool(self._tables, self._space, 1 << 40)
        expand(self._space, self._bounds(0), self._work, pool.states, (0, 0), 1, size)

    def sorting(self, length: int) -> Kernel | None:
        """A kernel of so many instructions, where none is shorter; or None: there is none, or the budget is spent."""
        while True:
            try:
                kernel = self._rounds(length)
            except (OutOfMemoryError, MemoryError):
                self._clock.spent = True
                return None
            failing = kernel.fails_on() if kernel is not None else None
            if failing is None:
                return kernel
            self._ties.append(failing)
            self._set_up()

    def _set_up(self) -> None:
        self._tables: Tables = configuration_tables(self._size, self._scratch, self._ties)
        self._space, self._work = space_of(self._tables), work_for(self._tables)
        tables = self._tables
        small = tables.distinct <= _PAIRS_OF and len(tables.orders) <= 64 and len(tables.instructions) <= 128
        known = tables.distinct if small else 0
        self._pairs = pair_distances(tables.moves, tables.distances[0], known, NO_WAY)

    def _bounds(self, left: int) -> Bounds:
        orders = len(self._tables.orders)
        pairs = pairs_near(self._pairs, self._tables.renamings, orders if len(self._pairs) else 0, left)
        ops = np.full((*pairs.shape, 2), ~np.uint64(0))
        if left > 0 and len(pairs):
            ops = pairs_ops(self._pairs, self._tables.moves, left - 1)
        return Bounds(within(self._tables, left), pairs, ops)

    def _rounds(self, length: int) -> Kernel | None:
        """Raises OutOfMemoryError."""
        pool = Pool(self._tables, self._space, self._clock.budget.memory)
        first, last = 0, 1
        for left in range(length - 1, -1, -1):
            bounds = self._bounds(left)
            for begin in range(first, last, _STATES_A_CALL):
                end = min(begin + _STATES_A_CALL, last)
                rooms = (end - begin) * len(self._space.moves) + 1
                pool.reserve(rooms, rooms * int(np.diff(pool.states.starts[begin : end + 1]).max()))
                found = expand(self._space, bounds, self._work, pool.states, (begin, end), pool.count, self._size)
                pool.count = int(found[0])
                self._clock.candidates += int(found[1])
                if left == 0 and pool.count > last:
                    break
                fewest = int(pool.states.arrangements[begin:end].min())
                if self._clock.look(length - left, pool.count, 1 / max(1, fewest)):
                    return None
            first, last = last, pool.count
            if first == last:
                return None
        if length == 0 and not np.bitwise_and.reduce(within(self._tables, 0)[self._tables.start]).any():
            return None
        return self._read(pool.path(first))

    def _read(self, path: list[tuple[int, int]]) -> Kernel:
        """The code of a path, without its renamings: what each instruction does to registers that were not renamed."""
        names, turned, flipped = list(range(self._size + self._scratch)), False, False
        code = []
        for op, renaming in path:
            each = self._tables.instructions[op]
            kind = _FLIPPED.get(each.op, each.op) if turned != flipped else each.op
            code.append(Instruction(kind, names[each.a], names[each.b]))
            way, order = divmod(renaming, len(self._tables.orders))
            names[: self._size] = [names[register] for register in self._tables.orders[order]]
            turned ^= bool(way & 2)
            flipped = (flipped and each.op is not Op.CMP) != bool(way & 1)
        return Kernel(self._size, self._scratch, tuple(code)).sorted_out()
