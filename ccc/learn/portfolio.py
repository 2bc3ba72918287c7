"""Several methods of search on one budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from ccc.learn.model import Budget, Found, Problem, Progress, Report, Searcher
from ccc.learn.room import Room

HEAD_START = 2_000
"""Of the first method: so much work for its share, before any other has a turn and has to be compiled."""


_ASIDE = 8
"""One part in so many of the memory is set aside for the methods, in equal parts; the rest is for whoever needs it."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a method gets, compared with the others."""

    work: float = 1.0


@runtime_checkable
class TakesTurns(Protocol):
    """A method that can be left and taken up again."""

    name: str

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Searcher.search`, and None wherever another method may have its turn: first before anything is tried, so
        that what is only done once, such as compiling, is done by then.
        """
        ...


class Portfolio:
    """Several methods in turn: always that which has done the least work for its share. All count together.

    Whose turn it is depends on the candidates alone, and so do the programs, for a budget in candidates. A method that
    ends early leaves what it has not used to the others. A turn may end behind the limit of candidates. Seconds are
    those of turns: what is only done once, such as compiling, and what is done with programs that were found, does not
    count.
    """

    name = "portfolio"

    def __init__(self, searchers: Sequence[Searcher], shares: Sequence[Share] = ()) -> None:
        """shares: alike unless told."""
        self._searchers = tuple(searchers)
        self._shares = tuple(shares) or (Share(),) * len(self._searchers)

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """As `Searcher.search`. Of what is partly right, only what is better than all before, of all methods."""
        total = _Total(report, budget.seconds)
        room = budget.room or Room(budget.memory)
        aside = budget.memory // (_ASIDE * len(self._searchers))
        left: list[_Part] = []
        for searcher, share in zip(self._searchers, self._shares, strict=True):
            own = replace(budget, room=Room(aside, room))
            waits = HEAD_START if left else 0
            left.append(_Part(searcher, share.work, waits, total, problem, own, seed))
        while left and not total.spent:
            if budget.candidates is not None and total.candidates >= budget.candidates:
                return
            part = min(left, key=lambda one: one.waits + one.work / one.share)  # the first of those that are level
            yield from part.turn()
            if part.ended:
                left.remove(part)
                part.close()


class _SpentError(Exception):
    """All seconds are used up, in the middle of a turn."""


class _Total:
    """What all methods came to together."""

    def __init__(self, report: Report, most: float) -> None:
        """most: seconds."""
        self.report, self._most = report, most
        self.candidates, self.best = 0, -1.0
        self.tried: dict[str, int] = {}
        self._before, self._since = 0.0, 0.0

    def go(self) -> None:
        """Somebody searches from now on."""
        self._since = time.monotonic()

    def stop(self) -> None:
        self._before, self._since = self.seconds, 0.0

    @property
    def seconds(self) -> float:
        """Spent in turns."""
        return self._before + (time.monotonic() - self._since if self._since else 0.0)

    @property
    def spent(self) -> bool:
        return self.seconds >= self._most


@dataclass
class _Part:
    """One method. waits: until the first has done so much work for its share. candidates, work: of its own so far."""

    searcher: Searcher
    share: float
    waits: float
    total: _Total
    problem: Problem
    budget: Budget
    seed: int
    candidates: int = 0
    work: float = 0.0
    ended: bool = False
    _going: Iterator[Found | None] | None = None

    def turn(self) -> Iterator[Found]:
        """What it finds until it has given way, counted with what the others tried."""
        if self._going is None:
            self._going = self._begin()
        self.total.go()
        try:
            for found in self._going:
                if found is None:
                    break
                self._see(found.candidates)
                if found.right >= 1 or found.right > self.total.best:
                    self.total.best = max(self.total.best, found.right)
                    self.total.stop()
                    yield replace(found, candidates=self.total.candidates)
                    self.total.go()
            else:
                self.ended = True
        except _SpentError:
            self.ended = True
        self.total.stop()

    def close(self) -> None:
        """Its memory is for the others now."""
        self._going = None
        if self.budget.room is not None:
            self.budget.room.close()

    def _begin(self) -> Iterator[Found | None]:
        arguments = self.problem, self._left(), self.seed, self._heard
        if not isinstance(self.searcher, TakesTurns):
            return self.searcher.search(*arguments)
        turns = self.searcher.turns(*arguments)
        next(turns, None)
        return turns

    def _left(self) -> Budget:
        """What of the budget is left when it begins."""
        limit = self.budget.candidates
        return replace(
            self.budget,
            seconds=max(0.0, self.budget.seconds - self.total.seconds),
            candidates=None if limit is None else max(0, limit - self.total.candidates),
        )

    def _heard(self, progress: Progress) -> None:
        self._see(progress.candidates)
        self.work = progress.work or progress.candidates
        best = max(self.total.best, progress.best)
        tried = dict(self.total.tried)
        self.total.report(replace(progress, candidates=self.total.candidates, best=best, tried=tried))
        if self.total.spent:
            raise _SpentError

    def _see(self, candidates: int) -> None:
        more = max(0, candidates - self.candidates)
        self.candidates += more
        self.total.candidates += more
        self.total.tried[self.searcher.name] = self.candidates
