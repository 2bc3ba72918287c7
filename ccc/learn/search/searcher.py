"""The method `enumerate`: all programs by increasing size, straight lines and loops side by side."""

from __future__ import annotations

from collections.abc import Iterator

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search import hidden, lines, machines
from ccc.learn.search.rounds import loops
from ccc.learn.search.search import Search, SpentError


class Enumerate:
    """Typed enumeration from the bottom up, with observational equivalence."""

    name = "enumerate"

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """Programs that are right on all cases, the simplest first; those that are partly right as they get better."""
        search = Search(problem, budget, seed, report, self.name)
        lines.warm_up(search)
        machines.warm_up(search)
        hidden.warm_up(search)
        search.begin()
        ways = [lines.straight_lines(search), loops(search), machines.machines(search), hidden.hidden_states(search)]
        try:
            while ways:
                for way in list(ways):
                    for found in way:
                        if found is None:
                            break
                        yield found
                    else:
                        ways.remove(way)
        except SpentError:
            pass
        search.tell()  # what was tried since the last report counts too
