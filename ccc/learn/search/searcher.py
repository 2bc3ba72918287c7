"""The method `enumerate`: all programs by increasing size, straight lines and loops side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search import after, hidden, lifted, lines, machines, vectors
from ccc.learn.search.computed import Computed
from ccc.learn.search.rounds import loops
from ccc.learn.search.search import Method, Search, in_turns


@final
class Enumerate(Method):
    """Typed enumeration from the bottom up, with observational equivalence."""

    name = "enumerate"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        search.warm_up()
        lines.warm_up(search)
        machines.warm_up(search)
        hidden.warm_up(search)
        vectors.warm_up(search)
        yield None
        search.begin()
        ways = [
            lines.straight_lines(search),
            vectors.vector_lines(search),
            loops(search, Computed(search)),
            vectors.vector_loops(search),
            machines.machines(search),
            after.after_loops(search),
            lifted.lifted(search),
            hidden.hidden_states(search),
        ]
        yield from in_turns(search, ways)
