"""The search for the smallest sorting network: generate and prune (Codish, Cruz-Filipe, Frank, Schneider-Kamp 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from ccc.errors import UsageError
from ccc.learn.model import Budget, Report
from ccc.learn.search.sorting_networks import Sets, Words, all_compared, described, prune
from ccc.learn.sorting.clock import Clock

Numbers = NDArray[np.int64]

METHOD = "network"
MAX_CHANNELS = 10
BEAMS = (16, 256)
"""How many sets of a round are followed up, the smallest ones, before all are."""
_SETS_A_CALL = 64  # pruned between two looks at the clock


@dataclass(frozen=True, slots=True)
class Network:
    """Comparators (low, high), counted from 0: each leaves the smaller value in `low`, the larger one in `high`."""

    channels: int
    comparators: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.comparators)

    def __str__(self) -> str:
        return " ".join(f"{low + 1}:{high + 1}" for low, high in self.comparators)

    def run(self, values: Sequence[int]) -> list[int]:
        """What stands in the channels after the network."""
        found = list(values)
        for low, high in self.comparators:
            found[low], found[high] = min(found[low], found[high]), max(found[low], found[high])
        return found

    def fails_on(self) -> tuple[int, ...] | None:
        """Values that it does not sort, or None. Only 0 and 1 need be tried, as a network sorts all values if these."""
        inputs = product((0, 1), repeat=self.channels)
        return next((values for values in inputs if self.run(values) != sorted(values)), None)


@dataclass(frozen=True, slots=True)
class FoundNetwork:
    """A network, which sorts unless `sorts` says otherwise: then it is the best of an unfinished search. at_least: no
    network that sorts has fewer comparators than that, as all others were tried.
    """

    network: Network
    candidates: int
    seconds: float
    at_least: int
    sorts: bool = True

    @property
    def minimal(self) -> bool:
        return self.sorts and len(self.network) == self.at_least


def find_network(channels: int, budget: Budget | None = None, report: Report | None = None) -> FoundNetwork:
    """The smallest network found within the budget. Raises UsageError where there is none, or the size is too large."""
    searched = networks(channels, budget or Budget(), report or (lambda progress: None))
    found = [each for each in searched if each.sorts]
    if not found:
        raise UsageError(f"no network found that sorts {channels} values", "give more seconds, candidates or memory")
    return found[-1]


def networks(channels: int, budget: Budget, report: Report) -> Iterator[FoundNetwork]:
    """A network that sorts, found with beams; then the same or a smaller one, and what is proved of it.

    Beams are followed by a search that leaves out only what is subsumed. Where nothing sorts, the best network so far.
    After Ctrl-C what there is by then, before KeyboardInterrupt is raised. Raises UsageError.
    """
    if not 1 <= channels <= MAX_CHANNELS:
        raise UsageError(f"networks can be searched for on 1 to {MAX_CHANNELS} channels")
    search = _Search(channels, Clock(METHOD, budget, report))
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
    """Searches under one budget. best: the smallest network that sorts so far. at_least: none has fewer comparators."""

    def __init__(self, channels: int, clock: Clock) -> None:
        self._channels, self._clock = channels, clock
        self._pairs = np.array(list(combinations(range(channels), 2)), dtype=np.int32).reshape(-1, 2)
        self._limit = channels * (channels - 1) // 2  # exchanging neighbours
        self._partial, self._fewest = Network(channels, ()), (1 << channels) + 1
        self.best: Network | None = None
        self.at_least = 0
        self._complete = -1
        _compile()
        clock.start()  # making native code does not count

    def result(self) -> FoundNetwork:
        """What there is by now."""
        clock, sorts = self._clock, self.best is not None
        return FoundNetwork(self.best or self._partial, clock.candidates, clock.seconds, self.at_least, sorts=sorts)

    def with_beams(self) -> None:
        """Wider and wider beams, each for something smaller."""
        for beam in BEAMS:
            if (network := self.smallest(self._limit, beam)) is not None:
                self.best, self._limit = network, len(network) - 1

    def without(self) -> None:
        """The search that leaves out only what is subsumed."""
        network = self.smallest(self._limit, None)
        if network is not None:
            self.best = network
        self.at_least = self._complete + 1 if network is None else len(network)

    def smallest(self, limit: int, beam: int | None) -> Network | None:
        """A smallest network of at most `limit` comparators among those that the beam leaves, or None: there is none,
        or the budget is spent.
        """
        sets = described(_all_vectors(self._channels), self._channels)
        histories: list[tuple[int, ...]] = [()]
        self._complete = -1
        for size in range(limit + 1):
            for state, history in enumerate(histories):
                vectors = int(sets.starts[state + 1] - sets.starts[state])
                if vectors < self._fewest:
                    self._partial, self._fewest = self._network(history), vectors
                if vectors == self._channels + 1:  # nothing but sorted vectors
                    return self._network(history)
            self._complete = size
            if size == limit:
                break
            step = self._round(sets, histories, beam, size + 1)
            if step is None:
                return None
            sets, histories = step
        return None

    def _network(self, history: Sequence[int]) -> Network:
        return Network(self._channels, tuple((int(a), int(b)) for a, b in self._pairs[list(history)]))

    def _round(
        self, sets: Sets, histories: list[tuple[int, ...]], beam: int | None, size: int
    ) -> tuple[Sets, list[tuple[int, ...]]] | None:
        """The sets after one more comparator, without those that others subsume; None where the budget is spent."""
        number = len(histories) * len(self._pairs)
        if number * (2 << self._channels) * 4 > self._clock.budget.memory:  # vectors and counts, at most
            self._clock.spent = True
            return None
        members = np.zeros((number, sets.members.shape[1]), np.uint64)
        parents, used = np.zeros(number, np.int64), np.zeros(number, np.int32)
        count = int(all_compared(sets, self._pairs, members, parents, used))
        self._clock.candidates += count
        distinct, first = np.unique(members[:count], axis=0, return_index=True)
        sizes = np.bitwise_count(distinct).sum(axis=1)
        order = np.argsort(sizes, kind="stable")
        made = described(distinct[order], self._channels)
        kept = self._pruned(made, beam, size)
        if kept is None:
            return None
        chosen = first[order[kept]]
        made = described(distinct[order[kept]], self._channels)
        return made, [(*histories[parents[each]], int(used[each])) for each in chosen]

    def _pruned(self, sets: Sets, beam: int | None, size: int) -> Numbers | None:
        """The numbers of the sets that no other subsumes; None where the budget is spent."""
        number = len(sets.starts) - 1
        kept = np.zeros(number, np.int64)
        count = 0
        for begin in range(0, number, _SETS_A_CALL):
            count = int(prune(sets, kept, count, begin, min(begin + _SETS_A_CALL, number)))
            smallest = int(sets.starts[kept[0] + 1] - sets.starts[kept[0]])
            if self._clock.look(size, count, (self._channels + 1) / smallest):
                return None
            if beam is not None and count >= beam:
                break
        return kept[: count if beam is None else min(beam, count)]


def _compile() -> None:
    """Use all native code once: making it is no part of the search, and does not count."""
    pairs = np.array([[0, 1]], dtype=np.int32)
    sets = described(_all_vectors(2), 2)
    members = np.zeros((1, sets.members.shape[1]), np.uint64)
    all_compared(sets, pairs, members, np.zeros(1, np.int64), np.zeros(1, np.int32))
    prune(sets, np.zeros(2, np.int64), 1, 0, 1)


def _all_vectors(channels: int) -> Words:
    """[1, W] the set of all vectors."""
    words = max(1, (1 << channels) // 64)
    bits = min(64, 1 << channels)
    return np.full((1, words), (1 << bits) - 1, dtype=np.uint64)
