"""The methods of search by name, and the portfolio that shares one budget among them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ccc.errors import UsageError, nearest
from ccc.learn.model import Budget, Found, Problem, Progress, Report, Searcher

PORTFOLIO = "portfolio"


def _enumerate() -> Searcher:
    from ccc.learn.search import Enumerate

    return Enumerate()


SEARCHERS: dict[str, Callable[[], Searcher]] = {"enumerate": _enumerate}
"""What makes the searcher of each method, in the order in which the portfolio tries them."""


def methods() -> tuple[str, ...]:
    """The names of all methods."""
    return (*SEARCHERS, PORTFOLIO)


def make_searcher(name: str) -> Searcher:
    """The method called `name`. Raises UsageError where there is none."""
    if name == PORTFOLIO:
        return Portfolio([make() for make in SEARCHERS.values()])
    if name not in SEARCHERS:
        raise UsageError(f"no method {name!r}", nearest(name, methods()) or f"known: {', '.join(methods())}")
    return SEARCHERS[name]()


class Portfolio:
    """Several methods, one after the other, on one budget: each gets an equal share of what those before it left.

    A method that has used up its space early so leaves its share to the others. Candidates are counted together.
    """

    name = PORTFOLIO

    def __init__(self, searchers: Sequence[Searcher]) -> None:
        self._searchers = tuple(searchers)

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """As `Searcher.search`. Of what is partly right, only what is better than all before, of all methods."""
        start, before, best = time.monotonic(), 0, -1.0
        for number, searcher in enumerate(self._searchers):
            share = self._share(budget, time.monotonic() - start, before, len(self._searchers) - number)
            counted = _Counted(report, before, best)
            for found in searcher.search(problem, share, seed, counted):
                counted.see(found.candidates)
                if found.right >= 1 or found.right > best:
                    best = max(best, found.right)
                    yield replace(found, candidates=before + found.candidates)
            before += counted.candidates

    @staticmethod
    def _share(budget: Budget, seconds: float, candidates: int, left: int) -> Budget:
        limit = budget.candidates
        if limit is not None:
            limit = max(0, limit - candidates) // left
        return replace(budget, seconds=max(0.0, budget.seconds - seconds) / left, candidates=limit)


class _Counted:
    """Reports progress with what was tried before added, and remembers how much one method tried."""

    def __init__(self, report: Report, before: int, best: float) -> None:
        self._report, self._before, self._best = report, before, best
        self.candidates = 0

    def __call__(self, progress: Progress) -> None:
        self.see(progress.candidates)
        total, best = self._before + progress.candidates, max(self._best, progress.best)
        self._report(replace(progress, candidates=total, best=best))

    def see(self, candidates: int) -> None:
        self.candidates = max(self.candidates, candidates)
