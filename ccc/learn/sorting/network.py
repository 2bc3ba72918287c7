"""The search for the smallest sorting network: generate and prune (Codish, Cruz-Filipe, Frank, Schneider-Kamp 2014)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from ccc.errors import UsageError
from ccc.learn.model import Budget, Progress, Report
from ccc.learn.search.sorting_networks import Sets, Words, all_compared, described, prune

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
    """A network that sorts. at_least: no network has fewer comparators than that, as all others were tried."""

    network: Network
    candidates: int
    seconds: float
    at_least: int

    @property
    def minimal(self) -> bool:
        return len(self.network) == self.at_least


def find_network(channels: int, budget: Budget | None = None, report: Report | None = None) -> FoundNetwork:
    """The smallest network found within the budget. Raises UsageError where there is none, or the size is too large."""
    found = list(networks(channels, budget or Budget(), report or (lambda progress: None)))
    if not found:
        raise UsageError(f"no network found that sorts {channels} values", "give more seconds, candidates or memory")
    return found[-1]


def networks(channels: int, budget: Budget, report: Report) -> Iterator[FoundNetwork]:
    """A network that sorts, found with beams; then the same or a smaller one, and what is proved of it.

    Beams are followed by a search that leaves out only what is subsumed. Raises UsageError.
    """
    if not 1 <= channels <= MAX_CHANNELS:
        raise UsageError(f"networks can be searched for on 1 to {MAX_CHANNELS} channels")
    search = _Search(channels, budget, report)
    best: Network | None = None
    limit = channels * (channels - 1) // 2  # exchanging neighbours
    for beam in BEAMS:
        if (network := search.smallest(limit, beam)) is not None:
            best, limit = network, len(network) - 1
    if best is not None:
        yield search.result(best, 0)
    network = search.smallest(limit, None)
    if network is not None:
        yield search.result(network, len(network))
    elif best is not None:
        yield search.result(best, search.complete + 1)


class _Search:
    """Searches under one budget. complete: no network has so few comparators or fewer, by the last search."""

    def __init__(self, channels: int, budget: Budget, report: Report) -> None:
        self._channels, self._budget, self._report = channels, budget, report
        self._pairs = np.array(list(combinations(range(channels), 2)), dtype=np.int32).reshape(-1, 2)
        _compile()
        self._started = time.monotonic()
        self._reported = 0.0
        self._candidates = 0
        self._spent = False
        self.complete = 0

    def result(self, network: Network, at_least: int) -> FoundNetwork:
        return FoundNetwork(network, self._candidates, time.monotonic() - self._started, at_least)

    def smallest(self, limit: int, beam: int | None) -> Network | None:
        """A smallest network of at most `limit` comparators among those that the beam leaves, or None: there is none,
        or the budget is spent.
        """
        sets = described(_all_vectors(self._channels), self._channels)
        histories: list[tuple[int, ...]] = [()]
        self.complete = -1
        for size in range(limit + 1):
            for state, history in enumerate(histories):
                if sets.starts[state + 1] - sets.starts[state] == self._channels + 1:  # nothing but sorted vectors
                    return Network(self._channels, tuple((int(a), int(b)) for a, b in self._pairs[list(history)]))
            self.complete = size
            if size == limit:
                break
            step = self._round(sets, histories, beam, size + 1)
            if step is None:
                return None
            sets, histories = step
        return None

    def _round(
        self, sets: Sets, histories: list[tuple[int, ...]], beam: int | None, size: int
    ) -> tuple[Sets, list[tuple[int, ...]]] | None:
        """The sets after one more comparator, without those that others subsume; None where the budget is spent."""
        number = len(histories) * len(self._pairs)
        if number * (2 << self._channels) * 4 > self._budget.memory:  # vectors and counts, at most
            self._spent = True
            return None
        members = np.zeros((number, sets.members.shape[1]), np.uint64)
        parents, used = np.zeros(number, np.int64), np.zeros(number, np.int32)
        count = int(all_compared(sets, self._pairs, members, parents, used))
        self._candidates += count
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
            self._tell(size, count, sets, kept)
            if self._spent:
                return None
            if beam is not None and count >= beam:
                break
        return kept[: count if beam is None else min(beam, count)]

    def _tell(self, size: int, kept: int, sets: Sets, chosen: Numbers) -> None:
        """Look at the clock, and report. The best so far is the share of sorted vectors in the smallest set."""
        now = time.monotonic()
        budget = self._budget
        candidates = budget.candidates is not None and self._candidates >= budget.candidates
        self._spent = self._spent or candidates or now - self._started >= budget.seconds
        if now - self._reported > 0.1:
            self._reported = now
            smallest = int(sets.starts[chosen[0] + 1] - sets.starts[chosen[0]])
            self._report(Progress(METHOD, size, self._candidates, kept, (self._channels + 1) / smallest))


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
