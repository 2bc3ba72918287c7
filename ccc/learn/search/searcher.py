"""The method `enumerate`: all programs by increasing size, straight lines and loops side by side."""

from __future__ import annotations

from collections.abc import Iterator

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search import after, hidden, lifted, lines, machines
from ccc.learn.search.rounds import loops
from ccc.learn.search.search import Search, in_turns


class Enumerate:
    """Typed enumeration from the bottom up, with observational equivalence."""

    name = "enumerate"

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """Programs that are right on all cases, the simplest first; those that are partly right as they get better."""
        return (found for found in self.turns(problem, budget, seed, report) if found is not None)

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """The same, and None where another method may have its turn: at first before the clock starts."""
        search = Search(problem, budget, seed, report, self.name)
        lines.warm_up(search)
        machines.warm_up(search)
        hidden.warm_up(search)
        yield None
        search.begin()
        ways = [
            *(lines.straight_lines(search), loops(search), machines.machines(search)),
            *(after.after_loops(search), lifted.lifted(search), hidden.hidden_states(search)),
        ]
        yield from in_turns(search, ways)
