"""One attempt to learn a spec: search, verify what is right on all training examples, go on where that fails."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ccc.learn.model import Budget, Found, Problem, Progress, Report, Searcher, Spec
from ccc.learn.state import Past, SearchState, order_of
from ccc.learn.verify import Verification
from ccc.skills import Library
from ccc.skills.mixture_tables import step_lines

Verify = Callable[[Found, Spec, Library], Verification]


class Status(enum.StrEnum):
    """What an attempt came to."""

    LEARNT = "learnt"
    NOT_LEARNT = "not learnt"
    INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Attempt:
    """found: the program that was learnt, else the best that there is: right on all training examples though not
    verified, or else right on most. verification: of found, where it was verified. rejected: how many programs were
    right on all training examples, and failed then. candidates, seconds, rejected: with those of the past, the searches
    that this one goes on from. tried, order: as in `Past`.
    """

    spec: Spec
    status: Status = Status.NOT_LEARNT
    found: Found | None = None
    verification: Verification | None = None
    candidates: int = 0
    seconds: float = 0.0
    rejected: int = 0
    past: Past | None = None
    tried: dict[str, int] = field(default_factory=dict)
    order: str = ""

    @property
    def learnt(self) -> bool:
        return self.status is Status.LEARNT

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.status is Status.INTERRUPTED

    @property
    def right(self) -> float:
        """The share of the training examples that the best program gets right."""
        return max(self.found.right if self.found else 0.0, self.past.right if self.past else 0.0)

    @property
    def program(self) -> tuple[str, ...]:
        """The best program in words, perhaps one of the past; of several mixtures the last is what was looked for."""
        if self.past is not None and self.past.right > (self.found.right if self.found else 0.0):
            return self.past.best
        return program_lines(self.found) if self.found else ()


def program_lines(found: Found) -> tuple[str, ...]:
    """A program as one reads it: each mixture with its slots, then its steps."""
    lines: list[str] = []
    for mixture in found.mixtures:
        names = {role: [piece.name for piece in mixture.slots if piece.role == role] for role in ("input", "output")}
        others = [piece.name for piece in mixture.slots if piece.role not in names]
        given = ", ".join(names["input"]) + (f"; {', '.join(others)}" if others else "")
        lines.append(f"{mixture.name}({given}) -> {', '.join(names['output'])}")
        lines += [f"  {line}" for line in step_lines(mixture)]
    return tuple(lines)


def attempt(
    spec: Spec,
    problem: Problem,
    searcher: Searcher,
    budget: Budget,
    seed: int,
    *,
    verify: Verify,
    report: Report = lambda progress: None,
    state: SearchState | None = None,
) -> Attempt:
    """Search until a program is verified, or until the budget is used up. Ctrl-C keeps the best.

    state: where an earlier attempt left how far it was, and where this one does. Seconds of the budget are those of
    this attempt alone; candidates are counted from the start of the first. The seconds are for the search; to verify
    programs that turn out wrong may take as many again. What is compiled or loaded before the first report is no
    search.
    """
    result, verifying = Attempt(spec), 0.0
    start: float | None = None
    if state is not None:
        result.past = state.past
        result.candidates, result.rejected = state.past.candidates, state.past.rejected
        if state.past.order == order_of(budget):
            problem = replace(problem, skip=state.past.tried)
            result.tried |= state.past.tried
        result.order = order_of(budget)
    before = result.past.seconds if result.past else 0.0

    def count_seconds() -> None:
        nonlocal start
        now = time.monotonic()
        start = now if start is None else start
        result.seconds = before + now - start

    def heard(progress: Progress) -> None:
        result.candidates = max(result.candidates, progress.candidates)
        for method, candidates in progress.by_method.items():
            result.tried[method] = max(result.tried.get(method, 0), candidates)
        count_seconds()
        report(replace(progress, best=max(progress.best, result.right)))
        if state is not None:
            state.keep(_as_past(result))

    try:
        for found in searcher.search(problem, budget, seed, heard):
            result.candidates = max(result.candidates, found.candidates)
            count_seconds()
            before_it = time.monotonic()
            if _consider(found, result, verify, problem.library):
                break
            verifying += time.monotonic() - before_it
            if verifying > budget.seconds:
                break
    except KeyboardInterrupt:
        result.status = Status.INTERRUPTED
    count_seconds()
    if state is not None:
        state.keep(_as_past(result), at_once=True)
    return result


def find_failure(result: Attempt, verify: Verify, library: Library) -> None:
    """Have it said where the best program fails, also where it is not right on all training examples."""
    if result.found is not None and result.verification is None:
        result.verification = verify(result.found, result.spec, library)


def _consider(found: Found, result: Attempt, verify: Verify, library: Library) -> bool:
    """Whether this is the end: the program is verified. What is better than the best so far takes its place."""
    if found.right < 1:
        if result.found is None or found.right > result.found.right:
            result.found, result.verification = found, None
        return False
    verification = verify(found, result.spec, library)
    if not verification.passed:
        result.rejected += 1
        if result.verification is None:  # the first that is right on all training examples is the simplest
            result.found, result.verification = found, verification
        return False
    result.found, result.verification, result.status = found, verification, Status.LEARNT
    return True


def _as_past(result: Attempt) -> Past:
    best = result.right, result.program
    return Past(result.candidates, result.seconds, result.rejected, *best, result.tried, result.order)
