"""Short straight lines after a loop: what its states hold in the end is known then, beside what is given.

Loops are tried without regard to what is wanted. What they come to, the cheapest first, are leaves of straight lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search import situations, trial
from ccc.learn.search.graph import Graph, Leaf, Node, reached, with_held
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.lines import Lines, expected, line_leaves, line_target
from ccc.learn.search.machines import WORTH, Family, Job
from ccc.learn.search.search import Search
from ccc.learn.search.settings import ROUND, Setting, hidden_type, settings

_TRIED = 24
"""How long it takes to keep what a loop comes to, compared with a comparison of a number."""
_ROOM = 1 << 16
_MOST_COST = 4
_SEVERAL = 2
"""States of the loops."""
_EACH = 25_000_000
"""Candidates of one size with one choice of leaves."""
_ROOMS = (12, 100, 1500)
"""How many values after loops are leaves: the more, the shorter the straight lines."""
_TELLS = 0.75
"""What tells the outputs on its own, and has no more different values than that share of the cases, is a leaf first."""
_FINAL = "after_"
native: Any = trial  # mypy cannot follow arguments given in rows


@dataclass(frozen=True, eq=False)
class Final:
    """What the first state of a machine is in the end. row: its expressions and starts. values: on the cases."""

    job: Job
    row: Ints
    values: Floats


def after_loops(search: Search) -> Iterator[Found | None]:
    """Programs for outputs of single cells; None now and then."""
    if any(slot.shape.dimensions for slot in search.problem.card.outputs):
        return
    ways = [_After(search, setting).search() for setting in settings(search)]
    while ways:
        for way in list(ways):
            for found in way:
                yield found
                if found is None:
                    break
            else:
                ways.remove(way)


class _After:
    """The loops of one setting, and straight lines after them."""

    def __init__(self, search: Search, setting: Setting) -> None:
        self._search, self._setting = search, setting
        rng = np.random.default_rng(search.seed)
        types = [hidden_type(search)] * _SEVERAL
        self._families = [Family(search, setting, types[:states], rng) for states in range(1, _SEVERAL + 1)]
        self._finals: list[Final] = []
        outputs = search.problem.card.outputs
        self._wanted = np.array([expected(search, slot) for slot in outputs])
        self._telling: list[tuple[int, int, Final]] = []
        self._told: list[Final] = []
        self._seen = 0
        self._known = {values.tobytes() for _, values in line_leaves(search)}

    def search(self) -> Iterator[Found | None]:
        """By the cost of the loops, those with more states later."""
        yield None
        for cost in range(_MOST_COST + len(self._families)):
            for family in self._families[: cost + 1]:
                if cost < _MOST_COST or family is not self._families[0]:
                    yield from self._run(family)
                    yield from self._leaves()

    def _leaves(self) -> Iterator[Found | None]:
        """Straight lines with what is new as leaves: what tells the outputs, then few leaves and long lines first."""
        telling = [final for _, _, final in self._telling]
        if telling != self._told:
            self._told = telling
            yield from self._lines(telling)
            yield None
        before, self._seen = self._seen, len(self._finals)
        for room, fewer in zip(_ROOMS, (0, *_ROOMS), strict=False):
            if self._seen > max(before, fewer) and before < room:
                yield from self._lines(self._finals[:room])
                yield None

    def _run(self, family: Family) -> Iterator[None]:
        """Run the loops of the next cost."""
        yield from family.prepare()
        jobs = family.jobs()
        search, cases = self._search, len(self._search.problem.cases)
        since = search.work
        for job in jobs or ():
            room = min(job.tries, _ROOM)
            ends, which = np.zeros((room, cases)), np.zeros((room, 2 * trial.MOST_STATES), dtype=np.int64)
            memory, stack = search.ops.codes.workspace()
            tables, nothing = job.tables(np.arange(cases)), np.zeros((2, cases, 0))
            for span in job.spans(WORTH, _ROOM // 4):
                stack[-2] = 0
                tried, count = native.machines(
                    *(search.ops.codes.code, *tables[:6], *span, *tables[6:], job.until, nothing),
                    *(which, ends, stack, memory, search.ops.low, search.ops.high),
                )
                search.count(tried, float(stack[-2]) + tried * _TRIED)
                self._keep(job, ends[:count], which[:count])
                if search.work - since > search.turn:
                    yield None
                    since = search.work

    def _keep(self, job: Job, found: Floats, which: Ints) -> None:
        """Keep what is new and not the same on all cases: the first, and those that tell the outputs best."""
        different = (found != found[:, :1]).any(axis=1)
        found, which = found[different], which[different]
        distinct = np.zeros(len(found), dtype=np.int64)
        situations.telling(found, self._wanted, distinct)
        tells = (distinct > 0) & (distinct <= _TELLS * found.shape[1])
        some = np.flatnonzero(tells) if len(self._finals) >= _ROOMS[-1] else np.arange(len(found))
        for n in some:
            key = found[n].tobytes()
            if key in self._known:
                continue
            self._known.add(key)
            final = Final(job, which[n].copy(), found[n].copy())
            if len(self._finals) < _ROOMS[-1]:
                self._finals.append(final)
            if tells[n]:
                self._telling.append((int(distinct[n]), len(self._known), final))
        self._telling = sorted(self._telling, key=lambda one: one[:2])[: _ROOMS[0]]

    def _lines(self, finals: list[Final]) -> Iterator[Found | None]:
        """Straight lines with these leaves, as long as there are not too many."""
        search = self._search
        lines = _AfterLines(search, self._setting, finals)
        for slot in search.problem.card.outputs:
            lines.want(slot, line_target(search, slot), expected(search, slot))
        yield from lines.settle()
        size = 0
        while size < lines.longest:
            size += 1
            if lines.tries(size) > _EACH:
                return
            yield from lines.level(size)
            if lines.tries(size) * lines.weight > _EACH:
                return
            yield from lines.keep(size)


class _AfterLines(Lines):
    """Straight lines after loops of one setting."""

    def __init__(self, search: Search, setting: Setting, finals: list[Final]) -> None:
        super().__init__(search, len(search.problem.cases), search.budget.memory // 24)
        self._setting, self._finals = setting, finals
        kind = hidden_type(search)
        leaves: list[tuple[Node, Floats]] = [
            (Leaf(f"{_FINAL}{number}", kind), final.values) for number, final in enumerate(finals)
        ]
        self.add_leaves([*line_leaves(search), *leaves])

    def graph(self, outputs: dict[str, Node]) -> Graph:
        """A loop that carries what all the leaves need, and what is computed from them."""
        graph = Graph(outputs)
        needed = {n.piece: n for n in reached(graph, graph.roots) if isinstance(n, Leaf) and n.piece.startswith(_FINAL)}
        if not needed:
            return graph
        states = self._setting.states
        carried: dict[str, str] = {}
        ends: set[str] = set()
        for name in needed:
            final = self._finals[int(name.removeprefix(_FINAL))]
            for state, value in final.job.states(final.row).items():
                if state == ROUND:
                    continue
                states[f"{name}_{state}"] = replace(value, next=_renamed(value.next, f"{name}_"))
            carried[name] = f"{name}_m0"
            if final.job.until >= 0:
                ends.add(f"{name}_m{final.job.until}")
        until = next(iter(ends), "")
        values = {name: states[state].next for name, state in carried.items()}
        return Graph(values, {}, self._setting.count or 1, until, states, carried, outputs)


def _renamed(node: Node, stem: str) -> Node:
    """A value with other names of states."""
    return with_held(node, lambda held: held if held.state == ROUND else replace(held, state=stem + held.state))
