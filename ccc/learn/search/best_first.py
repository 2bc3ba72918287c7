"""The method `best-first`: programs built step by step, the most promising state first."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import final

import numpy as np

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search.forward import MOST_STEPS, MOVE_WORK, Expansion, Path, Space, child_bytes, spaces
from ccc.learn.search.forward_kernels import MOVE
from ccc.learn.search.open_list import OpenList
from ccc.learn.search.search import Method, Search, in_turns
from ccc.learn.threads import crew

DRIVE = 12.0
"""What the value of a state counts against the log of its prior."""
_BATCH = 8
"""States that are taken up at once. Not the number of cores: the order must not depend on that."""
_TURN = 200_000
_PART = 2
"""The part of the memory of a budget that it takes at most."""


@final
class BestFirst(Method):
    """The state with the least -log prior + DRIVE * (1 - value) first. Nothing is left to chance: seeds all give the
    same programs.
    """

    name = "best-first"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        every = spaces(search)
        search.warm_up()
        for space in every[:1]:
            space.warm_up()
            _Way(space, 1 << 20).warm_up()
        yield None
        search.begin()
        ways = [_Way(space, search.budget.memory // (_PART * len(every))).run() for space in every]
        yield from in_turns(search, ways)


class _Way:
    """The search of one space."""

    def __init__(self, space: Space, memory: int) -> None:
        self._space, self._search = space, space.search
        self._open = OpenList(space.search.claim(memory * 3 // 4), DRIVE)
        self._places = [space.place(memory // 4 // _BATCH // child_bytes(space)) for _ in range(_BATCH)]
        self._claim = space.search.claim(memory, sum(place.bytes for place in self._places))

    def warm_up(self) -> None:
        """Have all compiled, or loaded."""
        seen = self._look([(-1, 0.0)])
        self._open.enter(seen[0][1].children, seen[0][1].count, -1)
        self._open.take(1)
        self._open.warm_up()

    def run(self) -> Iterator[Found | None]:
        """Programs; None after each turn."""
        yield from self._space.leaf_programs()
        yield from self._run(crew(min(self._search.threads, _BATCH)))

    def _run(self, pool: ThreadPoolExecutor) -> Iterator[Found | None]:
        nodes, since = [(-1, 0.0)], 0
        while nodes:
            for (node, _), (path, seen) in zip(nodes, self._look(nodes, pool), strict=True):
                since += seen.tried
                for hit in seen.hits:
                    yield from self._space.programs(np.vstack([path, hit]))
                yield from self._space.partly(path, seen)
                if len(path) + 1 < MOST_STEPS - 2:
                    self._open.enter(seen.children, seen.count, node)
                self._search.size = max(self._search.size, len(path) + 1)
                self._search.kept = len(self._open)
                self._search.count(seen.tried, seen.tried * MOVE_WORK)
            if since > _TURN:
                since = 0
                yield None
            nodes = self._open.take(_BATCH)

    def _look(
        self, nodes: list[tuple[int, float]], pool: ThreadPoolExecutor | None = None
    ) -> list[tuple[Path, Expansion]]:
        """What is seen from each of these nodes, on all cores."""
        empty = np.zeros((0, MOVE), dtype=np.int32)
        paths = [self._open.path(node) if node >= 0 else empty for node, _ in nodes]
        priors = [prior for _, prior in nodes]
        run = map if pool is None or self._search.threads == 1 else pool.map
        found = list(run(self._space.expand, self._places, paths, priors))
        return list(zip(paths, found, strict=True))
