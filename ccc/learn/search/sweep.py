"""The method `sweep`: enumeration over the most promising parts together with ever other ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import final

from ccc.learn.model import Budget, Found, Problem, Progress, Report
from ccc.learn.search.ops import Ops
from ccc.learn.search.search import Method, Search, in_turns, ops_of
from ccc.learn.search.searcher import FEW, every_way, ranked_parts, warm_up
from ccc.skills import Mixture

_WORK, _GROWTH = 10_000_000, 4
"""What is spent on each choice of parts first, in comparisons of a number, and how much more each next time."""
_TURNS = 20
"""Turns of the ways of searching among which that is divided."""


@final
class Sweep(Method):
    """Enumeration over some of the parts that the guide holds for promising and a few of the others, each of which has
    its turn: a program often needs one part that nothing speaks for. Then again, with more work for each choice.
    """

    name = "sweep"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        ops = ops_of(problem)
        warm_up(Search(problem, budget, seed, report, self.name, ops))
        yield None
        choices = list(windows(ops))
        total = _Total(budget, report)
        for time in count() if choices else ():
            before = total.work
            for parts in choices:
                narrow = ops.narrowed(replace(problem, parts=parts, skip={}))
                search = Search(narrow.problem, total.left(), seed, total.heard, self.name, narrow)
                if search.spent:
                    return
                most = _WORK * _GROWTH**time
                search.turn, search.offered, search.best = most // _TURNS, total.offered, total.best
                for found in in_turns(search, every_way(search)):
                    yield found and replace(found, candidates=total.candidates + found.candidates)
                    if search.work > most:
                        break
                total.add(search)
            if total.work == before:
                return  # nothing can be tried: there is no program of these parts


class _Total:
    """What all choices came to together."""

    def __init__(self, budget: Budget, report: Report) -> None:
        self._budget, self._report = budget, report
        self.candidates, self.work, self._seconds, self.best = 0, 0.0, 0.0, 0.0
        self.offered: list[tuple[Mixture, ...]] = []

    def add(self, search: Search) -> None:
        """One more is done."""
        self.candidates += search.candidates
        self.work += search.work
        self._seconds += search.seconds
        self.best = max(self.best, search.best)

    def left(self) -> Budget:
        """What is left of the budget."""
        most = self._budget.candidates
        seconds = max(0.0, self._budget.seconds - self._seconds)
        return replace(self._budget, seconds=seconds, candidates=None if most is None else most - self.candidates)

    def heard(self, progress: Progress) -> None:
        """Report how far all of it is."""
        candidates, work = self.candidates + progress.candidates, self.work + progress.work
        self._report(replace(progress, candidates=candidates, work=work))


def windows(ops: Ops) -> Iterator[tuple[str, ...]]:
    """Choices of parts: half as many of the most promising ones as `focus` takes, and of the others as many, in order.
    Every one of these is in a choice.
    """
    free, groups = ranked_parts(ops, FEW)
    for number in count():
        chosen, more = set(free), False
        for ranked, most in groups:
            half = most // 2
            others = ranked[most + number * half : most + (number + 1) * half]
            chosen.update(ranked[: most - half], others or ranked[:most])
            more = more or bool(others)
        if not more:
            return
        yield tuple(name for name in ops.problem.parts if name in chosen)
