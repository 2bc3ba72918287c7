"""Sorting kernels found with a beam: of each length only so many states are followed up, the most promising ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.sorting_beams import Beam, Candidates, collect, follow
from ccc.learn.search.sorting_kernels import Space, Work
from ccc.learn.sorting.clock import Clock
from ccc.learn.sorting.configurations import Tables
from ccc.learn.sorting.instructions import Kernel
from ccc.learn.sorting.pool import space_of, work_for

_STATES_A_CALL = 256  # expanded between two looks at the clock
_ENDS = 1 << 14  # numbers of kernels that sort, of one call, which are looked at


class BeamSearch:
    """Searches with beams. partial: the code that led to the fewest arrangements of values, so far."""

    def __init__(self, tables: Tables, size: int, scratch: int, clock: Clock) -> None:
        self._tables, self._size, self._scratch, self._clock = tables, size, scratch, clock
        self._space: Space = space_of(tables)
        self._work: Work = work_for(tables)
        self._fewest = len(tables.start) + 1
        self.partial = Kernel(size, scratch, ())
        self.whole = False
        beam, candidates = self._first(), _candidates(2)
        self._collect(beam, (0, 0), 0, False, candidates, 0)
        follow(self._space, beam, candidates.parents[:0], candidates.ops[:0], self._first())

    def shortest(self, limit: int, width: int, by_core: bool) -> Kernel | None:
        """A shortest kernel of at most `limit` instructions among those that a beam of `width` states leaves, which
        sorts equal values too; or None. whole: whether nothing was left out for want of width.

        by_core: what counts first is how many distinct contents the registers of the values have, not all registers.
        """
        beam, history = self._first(), list[tuple[NDArray[np.int32], NDArray[np.int32]]]()
        self.whole = True
        if limit >= 0 and (kernel := self._sorts([])) is not None:
            return kernel
        for length in range(1, limit + 1):
            states = len(beam.starts) - 1
            if not self._has_room(states):
                break
            found, count = _candidates(states * len(self._space.moves)), 0
            for begin in range(0, states, _STATES_A_CALL):
                span = begin, min(begin + _STATES_A_CALL, states)
                count, ends = self._collect(beam, span, limit - length, by_core, found, count)
                self._clock.candidates += (span[1] - span[0]) * len(self._space.moves)
                for state, op in ends:
                    if (kernel := self._sorts(_path(history, state, op))) is not None:
                        return kernel
                if self._clock.look(length, count, 1 / self._fewest):
                    self.whole = False
                    return None
            if count == 0:
                return None
            chosen = _best(found.scores[:count], width)
            self.whole = self.whole and len(chosen) == count
            history.append((found.parents[chosen], found.ops[chosen]))
            beam = self._followed(beam, *history[-1])
            self._keep_partial(found.scores[chosen], history, by_core)
        else:
            return None
        self.whole = False
        return None

    def _collect(
        self, beam: Beam, span: tuple[int, int], left: int, by_core: bool, found: Candidates, count: int
    ) -> tuple[int, list[tuple[int, int]]]:
        """Candidates of some states, appended: how many there are then, and the parents and instructions that sort."""
        ends = np.zeros(_ENDS, np.int64)
        near = within(self._tables, left)
        cores, size = self._tables.cores, self._size
        number, last = collect(self._space, cores, near, self._work, beam, span, size, by_core, found, count, ends)
        return int(number), [(int(state), int(op)) for state, op in ends[: int(last)].reshape(-1, 2)]

    def _sorts(self, path: Sequence[int]) -> Kernel | None:
        """The kernel of these instructions, its registers renamed, if it sorts equal values too."""
        code = tuple(self._tables.instructions[op] for op in path)
        kernel = Kernel(self._size, self._scratch, code).sorted_out()
        return kernel if kernel.fails_on() is None else None

    def _keep_partial(
        self,
        scores: NDArray[np.int64],
        history: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]],
        by_core: bool,
    ) -> None:
        """Remember the best state of a round if it has fewer arrangements than any before."""
        best = int(scores.argmin())
        fewest = int(scores[best] >> 40)
        if by_core and fewest < self._fewest:
            self._fewest = fewest
            *before, (parents, ops) = history
            path = _path(before, int(parents[best]), int(ops[best]))
            code = tuple(self._tables.instructions[op] for op in path)
            self.partial = Kernel(self._size, self._scratch, code)

    def _has_room(self, states: int) -> bool:
        number = states * len(self._space.moves)
        beams = 2 * states * (2 * len(self._tables.start) + 8)
        return 16 * number + 32 * (2 << number.bit_length()) // 2 + beams <= self._clock.budget.memory

    def _first(self) -> Beam:
        start = self._tables.start
        return Beam(start.astype(np.uint16), np.array([0, len(start)], np.int64))

    def _followed(self, beam: Beam, parents: NDArray[np.int32], ops: NDArray[np.int32]) -> Beam:
        cells = int(np.diff(beam.starts)[parents].sum())
        new = Beam(np.empty(cells, np.uint16), np.empty(len(parents) + 1, np.int64))
        follow(self._space, beam, parents, ops, new)
        return Beam(new.cells[: int(new.starts[-1])].copy(), new.starts)


def within(tables: Tables, left: int) -> NDArray[np.uint64]:
    """[C, W] a bit for each order of the registers into which `left` instructions sort a configuration."""
    bits = np.packbits(tables.distances <= left, axis=0, bitorder="little")
    padded = np.zeros((-(-len(tables.orders) // 64) * 8, bits.shape[1]), np.uint8)
    padded[: len(bits)] = bits
    return np.ascontiguousarray(padded.T).view(np.uint64)


def _candidates(number: int) -> Candidates:
    places = 2 << number.bit_length()
    return Candidates(
        np.empty(number, np.int64),
        np.empty(number, np.int32),
        np.empty(number, np.int32),
        np.zeros(places, np.uint64),
        np.zeros(places, np.uint64),
    )


def _best(scores: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The numbers of the best, in the order in which they were found."""
    if len(scores) <= width:
        return np.arange(len(scores))
    return np.sort(np.argpartition(scores, width - 1)[:width])


def _path(history: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]], state: int, op: int) -> list[int]:
    """The instructions that lead to what `op` makes of a state of the last round."""
    found = [op]
    for parents, ops in reversed(history):
        found.append(int(ops[state]))
        state = int(parents[state])
    return found[::-1]
