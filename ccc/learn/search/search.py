"""What all ways of searching share: budget, progress, the best so far, programs checked before they are given."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice, product
from typing import final
from weakref import ReferenceType, ref

import numpy as np

from ccc.errors import SkillError
from ccc.learn.cases import is_partial
from ccc.learn.model import Budget, Case, Found, Problem, Progress, Report
from ccc.learn.room import Claim, Room
from ccc.learn.search.codes import CannotRunError, Codes
from ccc.learn.search.graph import CannotCopyError, Graph, Node
from ccc.learn.search.ops import Ops
from ccc.learn.search.program import mixtures_of
from ccc.learn.threads import thread_count
from ccc.machine import Cells
from ccc.skills import Kind, Mixture, Slot, Type
from ccc.skills.closeness import right_elements, tolerance_of
from ccc.skills.mixture import Piece

_PARTIAL = ("gradient",)
"""The methods that learn from examples which leave outputs out."""
_REPORTS_A_SECOND = 5
MOST_TOGETHER = 24
"""Programs of one size that are tried where several outputs have several values each."""
TURN = 10_000_000
"""Comparisons of a number, or what takes as long, after which another way of searching has its turn."""


class Method(ABC):
    """A method of search that can be left and taken up again."""

    name: str

    @abstractmethod
    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `search`, and None where another method may have its turn: at first before the clock starts."""

    @final
    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """As `Searcher.search`."""
        return (found for found in self.turns(problem, budget, seed, report) if found is not None)


_latest: list[ReferenceType[Ops]] = []


def ops_of(problem: Problem) -> Ops:
    """The operations of a problem: those that another search of it in this process works with, if there is one."""
    known = _latest[0]() if _latest else None
    if known is None or known.problem is not problem:
        known = Ops(problem)
        _latest[:] = [ref(known)]
    return known


class SpentError(Exception):
    """The budget is used up."""


def in_turns(search: Search, ways: Sequence[Iterator[Found | None]]) -> Iterator[Found | None]:
    """What several ways of searching find, each until it gives None; None after each of these turns."""
    left = list(ways)
    try:
        while left:
            for way in list(left):
                for found in way:
                    if found is None:
                        break
                    yield from search.given(found)
                else:
                    left.remove(way)
                search.tell()  # whose turn is next depends on how many candidates each has tried
                yield from search.given(None)
    except SpentError:
        pass
    search.tell()  # what was tried since the last report counts too


def side_by_side(ways: Sequence[Iterator[Found | None]]) -> Iterator[Found | None]:
    """What several ways find, each until it gives None; None after each has had a turn."""
    left = list(ways)
    while left:
        for way in list(left):
            for found in way:
                if found is None:
                    break
                yield found
            else:
                left.remove(way)
        yield None


class Search:
    """One search: what it may spend and has spent, and the programs that it has given."""

    def __init__(
        self, problem: Problem, budget: Budget, seed: int, report: Report, method: str, ops: Ops | None = None
    ) -> None:
        """ops: of a search with the same parts. Raises what `Library.card` does of a part whose card is no good;
        SkillError where outputs are left out, and the method cannot do with that.
        """
        if method not in _PARTIAL and any(is_partial(case) for case in problem.cases):
            raise SkillError("examples leave outputs out, and so only gradient descent learns from them", "`ccc train`")
        self.problem, self.budget, self.seed, self.method = problem, budget, seed, method
        self.room = budget.room or Room(budget.memory)
        self._report = report
        self._start = time.monotonic()
        self._reported = 0.0
        self.candidates = 0
        self.work = 0.0
        self._skip = problem.skip.get(method, 0)
        self.size = 0
        self.doing = ""
        self.kept = 0
        self.best = 0.0
        self.ops = ops or ops_of(problem)
        self.threads = thread_count()
        self.turn = TURN
        self.offered: list[tuple[Mixture, ...]] = []

    def warm_up(self) -> None:
        """Have what runs programs compiled, or loaded."""
        nothing = Mixture("nothing", Kind.INTEGER, "", (Piece("y", "output", Type.INT),), ())
        Codes(lambda name: None, self.problem.width).run(nothing, {}, {"y": np.zeros(())})

    def tolerance(self, slot: Slot) -> float:
        """How far off an output may be, relative."""
        return tolerance_of(self.problem.card, slot)

    def claim(self, most: int, at_first: int = 0) -> Claim:
        """Room for one thing, of at most so many bytes; so many of them, even if there are no more."""
        return Claim(self.room, most, at_first)

    def begin(self) -> None:
        """Start the clock, and say so: what was done before, loading and compiling, is no search."""
        self._start = time.monotonic()
        self.tell()

    def given(self, found: Found | None) -> Iterator[Found | None]:
        """Give what was found, or a turn to others; the clock stands still until they are done."""
        stopped = time.monotonic()
        yield found
        self._start += time.monotonic() - stopped

    @property
    def seconds(self) -> float:
        """Spent in searching."""
        return time.monotonic() - self._start

    def heard(self) -> None:
        """Report now and then. Raises SpentError where the budget is used up."""
        if self.seconds - self._reported > 1 / _REPORTS_A_SECOND:
            self._reported = self.seconds
            self.tell()
        if self.spent:
            raise SpentError

    def tell(self) -> None:
        """Report how far it is."""
        counts = self.size, self.candidates, self.kept, self.best
        self._report(Progress(self.method, *counts, work=self.work, doing=self.doing))

    @property
    def spent(self) -> bool:
        most = self.budget.candidates
        return self.seconds > self.budget.seconds or (most is not None and self.candidates >= most)

    def count(self, candidates: int, work: float | None = None) -> None:
        """So many were tried. work: how long that took, in comparisons of a number."""
        self.candidates += candidates
        self.work += candidates if work is None else work
        self.heard()

    @property
    def skips(self) -> bool:
        """Whether there are candidates ahead that were tried before."""
        return self.candidates < self._skip

    def known(self, candidates: int) -> bool:
        """Whether the next so many candidates were tried before, and what was found among them given."""
        return self.candidates + candidates <= self._skip

    # Programs

    def together(
        self, choices: Mapping[str, Sequence[Node]], graph: Callable[[dict[str, Node]], Graph]
    ) -> Iterator[Found]:
        """The programs that give all outputs, whose values are known: each of them with each, but not too many."""
        if all(choices.values()):
            for nodes in islice(product(*choices.values()), MOST_TOGETHER):
                yield from self.programs(graph(dict(zip(choices, nodes, strict=True))))

    def programs(self, graph: Graph) -> Iterator[Found]:
        """The program of a graph, if it is offered with success."""
        try:
            mixtures = mixtures_of(graph, self.problem.card, self.ops)
        except CannotCopyError:
            return
        yield from self.offer(mixtures)

    def know(self, graph: Graph) -> None:
        """A program that an earlier search gave: it is not given again."""
        with suppress(CannotCopyError):
            self.offered.append(mixtures_of(graph, self.problem.card, self.ops))

    def offer(self, mixtures: tuple[Mixture, ...]) -> Iterator[Found]:
        """A program, if it is new, and right on all cases or on more than any before."""
        if mixtures in self.offered:
            return
        right = self.share(mixtures)
        if right < 1.0 and right <= self.best:
            return
        self.best = max(self.best, right)
        self.offered.append(mixtures)
        yield Found(mixtures, self.method, self.candidates, right)

    def share(self, mixtures: tuple[Mixture, ...]) -> float:
        """The share of the wanted numbers that a program gets right on the cases, whatever its outputs held before."""
        codes = Codes(
            lambda name: next((m for m in mixtures if m.name == name), None) or self.ops.resolve(name),
            self.problem.width,
        )
        right, total, card = 0, 0, self.problem.card
        rng = np.random.default_rng(0)
        for case in self.problem.cases:
            wanted = sum(value.size for value in case.expected.values())
            total += wanted
            found = self._run(codes, mixtures[-1], case, {})
            if found is None:
                continue
            same = sum(
                int(right_elements(card, slot, found[slot.name], case.expected[slot.name]).sum())
                for slot in card.outputs
            )
            if same == wanted:
                dirt = {
                    n: rng.integers(0, 2, v.shape).astype(float)
                    for n, v in case.expected.items()
                    if n not in case.before
                }
                again = self._run(codes, mixtures[-1], case, dirt)
                same -= again is None or any((again[name] != value).any() for name, value in found.items())
            right += same
        return right / total if total else 1.0

    def _run(self, codes: Codes, mixture: Mixture, case: Case, dirt: Mapping[str, Cells]) -> dict[str, Cells] | None:
        before = {n: case.before.get(n, dirt.get(n, np.zeros_like(value))) for n, value in case.expected.items()}
        try:
            return codes.run(mixture, case.given, before)
        except CannotRunError:
            return self._run_block(mixture, case)

    def _run_block(self, mixture: Mixture, case: Case) -> dict[str, Cells] | None:
        """By the emulator: for mixtures of skills that have no native code."""
        from ccc.errors import CccError
        from ccc.isa import Fault
        from ccc.skills import run_mixture

        try:
            run = run_mixture(
                replace(mixture), self.problem.library, case.given, before=case.before, width=self.problem.width
            )
        except CccError:
            return None
        return dict(run.outputs) if run.fault is Fault.NONE else None
