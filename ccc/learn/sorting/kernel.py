"""The search for the shortest sorting kernel: with beams, wider and wider, then without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ccc.errors import UsageError
from ccc.learn.model import Budget, Report
from ccc.learn.sorting.beam import BeamSearch
from ccc.learn.sorting.clock import Clock
from ccc.learn.sorting.configurations import configuration_tables
from ccc.learn.sorting.exhaust import WholeSearch
from ccc.learn.sorting.instructions import Kernel

METHOD = "kernel"
MAX_SIZE = 6
WIDTHS = (256, 1024, 4096, 16384, 65536)
"""Of the beams, in states, until `_IN_VAIN` of them in a row bring nothing shorter."""
_IN_VAIN = 2


@dataclass(frozen=True, slots=True)
class FoundKernel:
    """A kernel, which sorts unless `sorts` says otherwise: then it is the best of an unfinished search. at_least: no
    kernel that sorts is shorter than that, as all shorter ones were tried.
    """

    kernel: Kernel
    candidates: int
    seconds: float
    at_least: int
    sorts: bool = True

    @property
    def minimal(self) -> bool:
        return self.sorts and len(self.kernel) == self.at_least


def find_kernel(size: int, scratch: int = 1, budget: Budget | None = None, report: Report | None = None) -> FoundKernel:
    """The shortest kernel found within the budget. Raises UsageError where there is none, or the size is too large."""
    found = [
        each for each in kernels(size, scratch, budget or Budget(), report or (lambda progress: None)) if each.sorts
    ]
    if not found:
        raise UsageError(f"no kernel found that sorts {size} values", "give more seconds, candidates or memory")
    return found[-1]


def kernels(size: int, scratch: int, budget: Budget, report: Report) -> Iterator[FoundKernel]:
    """A kernel that sorts all inputs, found with beams; then the same or a shorter one, and what is proved of it.

    The beams are followed by a search that leaves out nothing, for longer and longer kernels: it ends with the proof
    that none is shorter, if the budget lasts. Where nothing sorts, the best code so far. After Ctrl-C what there is by
    then, before KeyboardInterrupt is raised. Raises UsageError.
    """
    if not 1 <= size <= MAX_SIZE or not 0 <= scratch <= MAX_SIZE:
        raise UsageError(
            f"kernels can be searched for on 1 to {MAX_SIZE} values, with 0 to {MAX_SIZE} scratch registers"
        )
    search = _Search(size, scratch, Clock(METHOD, budget, report))
    try:
        search.with_beams()
        if search.best is not None:
            yield search.result()
        search.without()
    except KeyboardInterrupt:
        yield search.result()
        raise
    yield search.result()


class _Search:
    """best: the shortest kernel so far. at_least: no kernel is shorter."""

    def __init__(self, size: int, scratch: int, clock: Clock) -> None:
        self._clock = clock
        self._beams = BeamSearch(configuration_tables(size, scratch), size, scratch, clock)
        self._whole = WholeSearch(size, scratch, clock)
        self._size = size
        self.best: Kernel | None = None
        self.at_least = 0
        clock.start()  # making native code and tables does not count

    def result(self) -> FoundKernel:
        """What there is by now."""
        kernel = self._beams.partial.sorted_out() if self.best is None else self.best
        return FoundKernel(
            kernel, self._clock.candidates, self._clock.seconds, self.at_least, sorts=self.best is not None
        )

    def with_beams(self) -> None:
        """Wider and wider beams, each for something shorter."""
        limit = 4 * (self._size * (self._size - 1) // 2)  # exchanging neighbours takes a compare and three moves each
        in_vain = 0
        for width in WIDTHS:
            before = self.best
            for by_core in (True, False):
                kernel = self._beams.shortest(limit, width, by_core)
                if kernel is not None:
                    self.best, limit = kernel, len(kernel) - 1
                elif self._clock.spent or self._beams.whole:
                    return
            in_vain = in_vain + 1 if self.best is before is not None else 0
            if in_vain == _IN_VAIN:
                return

    def without(self) -> None:
        """All kernels, longer and longer, up to one that sorts or as long as the budget lasts."""
        limit = len(self.best) if self.best is not None else 4 * (self._size * (self._size - 1) // 2) + 1
        while self.at_least < limit and not self._clock.spent:
            kernel = self._whole.sorting(self.at_least)
            if kernel is not None:
                self.best, limit = kernel, self.at_least
            elif not self._clock.spent:
                self.at_least += 1
