"""The search for the shortest sorting kernel: breadth first over sets of configurations, with cuts, then without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccc.errors import UsageError
from ccc.learn.model import Budget, Progress, Report
from ccc.learn.search.sorting_kernels import Space, expand, pair_distances
from ccc.learn.sorting.configurations import NO_WAY, Tables, configuration_tables
from ccc.learn.sorting.instructions import Kernel
from ccc.learn.sorting.pool import OutOfMemoryError, Pool

METHOD = "kernel"
MAX_SIZE = 6
_STATES_A_CALL = 512  # expanded between two looks at the clock
_PAIRS_OF = 2000  # configurations without equal values for which distances of pairs are worth the time


@dataclass(frozen=True, slots=True)
class Cut:
    """What is not followed up: new states with more than `loose` times as many arrangements as the fewest in earlier
    rounds, and states with more than `strict` times as many as the fewest of their own round. Both may lose the
    shortest kernel.
    """

    loose: float
    strict: float


CUTS = (Cut(1.0, 1.0), Cut(1.0, np.inf))
WHOLE = Cut(np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class FoundKernel:
    """A kernel that sorts. at_least: no kernel is shorter than that, as all shorter ones were tried."""

    kernel: Kernel
    candidates: int
    seconds: float
    at_least: int

    @property
    def minimal(self) -> bool:
        return len(self.kernel) == self.at_least


def find_kernel(size: int, scratch: int = 1, budget: Budget | None = None, report: Report | None = None) -> FoundKernel:
    """The shortest kernel found within the budget. Raises UsageError where there is none, or the size is too large."""
    found = list(kernels(size, scratch, budget or Budget(), report or (lambda progress: None)))
    if not found:
        raise UsageError(f"no kernel found that sorts {size} values", "give more seconds, candidates or memory")
    return found[-1]


def kernels(size: int, scratch: int, budget: Budget, report: Report) -> Iterator[FoundKernel]:
    """A kernel that sorts all inputs, found with cuts; then the same or a shorter one, and what is proved of it.

    Two searches with cuts are followed by one that leaves out nothing, for longer and longer kernels: it ends with the
    proof that none is shorter, if the budget lasts. Raises UsageError.
    """
    if not 1 <= size <= MAX_SIZE or not 0 <= scratch <= MAX_SIZE:
        raise UsageError(
            f"kernels can be searched for on 1 to {MAX_SIZE} values, with 0 to {MAX_SIZE} scratch registers"
        )
    search = _Search(size, scratch, budget, report)
    best: Kernel | None = None
    limit = 4 * (size * (size - 1) // 2)  # exchanging neighbours takes a compare and three moves each
    for cut in CUTS:
        if (kernel := search.sorting(limit, cut)) is not None:
            best, limit = kernel, len(kernel) - 1
    if best is not None:
        yield search.result(best, 0)
    shortest = 0
    while shortest <= limit:
        kernel = search.sorting(shortest, WHOLE)
        if search.spent:
            break
        best, shortest = kernel or best, shortest + 1
        if kernel is not None:
            shortest, limit = len(kernel), -1
    if best is not None:
        yield search.result(best, shortest)


class _Search:
    """Searches under one budget. ties: inputs with equal values that a kernel found did not sort: from then on they are
    among the inputs.
    """

    def __init__(self, size: int, scratch: int, budget: Budget, report: Report) -> None:
        self._size, self._scratch, self._budget, self._report = size, scratch, budget, report
        self._ties: list[tuple[int, ...]] = []
        self._candidates = 0
        self.spent = False
        self._set_up()
        expand(self._space, Pool(self._tables.start, self._space, 1 << 40).states, (0, 0), 1, 0, 0)
        self._started = time.monotonic()  # making native code is no part of the search, and does not count
        self._reported = 0.0

    def result(self, kernel: Kernel, at_least: int) -> FoundKernel:
        return FoundKernel(kernel, self._candidates, time.monotonic() - self._started, at_least)

    def sorting(self, limit: int, cut: Cut) -> Kernel | None:
        """A shortest kernel of at most `limit` instructions among those that the cut leaves, or None: then there is
        none, or the budget is spent.
        """
        while True:
            kernel = self._kernel(limit, cut)
            failing = kernel.fails_on() if kernel is not None else None
            if failing is None:
                return kernel
            self._ties.append(failing)
            self._set_up()

    def _set_up(self) -> None:
        tables: Tables = configuration_tables(self._size, self._scratch, self._ties)
        count = tables.distinct if tables.distinct <= _PAIRS_OF else 0
        pairs = pair_distances(tables.moves, tables.distance, count, NO_WAY)
        random = np.random.default_rng(0).integers(1, 1 << 63, len(tables.distance), dtype=np.uint64)
        self._tables = tables
        self._space = Space(tables.moves, tables.distance, tables.contents, pairs, random)

    def _kernel(self, limit: int, cut: Cut) -> Kernel | None:
        """A kernel that sorts the inputs so far."""
        try:
            pool = Pool(self._tables.start, self._space, self._budget.memory)
            if (self._space.distance[self._tables.start] == 0).all():
                return self._read(pool, 0)
            return self._rounds(pool, limit, cut)
        except (OutOfMemoryError, MemoryError):
            self.spent = self.spent or cut == WHOLE
            return None

    def _rounds(self, pool: Pool, limit: int, cut: Cut) -> Kernel | None:
        """Breadth first. Raises OutOfMemoryError."""
        first, last = 0, 1
        fewest = int(pool.states.arrangements[0])
        for length in range(1, limit + 1):
            least = len(self._space.distance)
            for begin in range(first, last, _STATES_A_CALL):
                end = min(begin + _STATES_A_CALL, last)
                rooms = (end - begin) * len(self._space.moves) + 1
                cells = int(np.diff(pool.states.starts[begin : end + 1]).max())
                pool.reserve(rooms, rooms * cells)
                most = min(_bound(cut.loose * fewest), _bound(cut.strict * least))
                found = expand(self._space, pool.states, (begin, end), pool.count, limit - length, most)
                before, (pool.count, tried, done) = pool.count, (int(part) for part in found)
                self._candidates += tried
                if done >= 0:
                    return self._read(pool, done)
                if pool.count > before:
                    least = min(least, int(pool.states.arrangements[before : pool.count].min()))
                self._tell(length, pool.count, fewest)
                if self.spent:
                    return None
            pool.keep(last, _bound(cut.strict * least))
            first, last = last, pool.count
            if first == last:
                return None
            fewest = min(fewest, least)
        return None

    def _read(self, pool: Pool, state: int) -> Kernel:
        code = (self._tables.instructions[op] for op in pool.path(state))
        return Kernel(self._size, self._scratch, tuple(code))

    def _tell(self, length: int, kept: int, fewest: int) -> None:
        """Look at the clock, and report. The best so far is one over the arrangements that are left."""
        now = time.monotonic()
        budget = self._budget
        candidates = budget.candidates is not None and self._candidates >= budget.candidates
        self.spent = self.spent or candidates or now - self._started >= budget.seconds
        if now - self._reported > 0.1:
            self._reported = now
            self._report(Progress(METHOD, length, self._candidates, kept, 1 / fewest))


def _bound(value: float) -> int:
    return int(value) if value < 1 << 30 else 1 << 30
