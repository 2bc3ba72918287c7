"""Vectors that are computed before a loop, by one call each: what a loop goes through besides what is given."""

from __future__ import annotations

from ccc.learn.search.graph import Apply, Leaf
from ccc.learn.search.lines import Later
from ccc.learn.search.rounds import Rounds
from ccc.learn.search.search import Search
from ccc.learn.search.shaped_lines import ShapedLines
from ccc.learn.search.vectors import worth

MOST = 256
"""Vectors that are computed."""
_MEMORY = 1 << 26


class Computed:
    """The vectors that one call gives, on the cases: computed when they are first asked for."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._lines: ShapedLines | None = None

    def __call__(self, rounds: Rounds) -> list[Later]:
        """Those that have an element a round, on the lanes of the rounds."""
        if not worth(self._search):
            return []
        if self._lines is None:
            self._lines = ShapedLines(self._search, None, min(_MEMORY, self._search.budget.memory // 16))
            for _ in self._lines.keep(1):
                pass
        lines, bank = self._lines, self._lines.bank
        found: list[Later] = []
        kinds = [kind for kind in bank.classes if kind.dimensions == (rounds.name,)]
        for value in [value for kind in kinds for value in bank.values(1, kind)][:MOST]:
            node = lines.node(value)
            if isinstance(node, Apply):
                at = int(bank.address[value])
                leaf = Leaf(f"before_{len(found) + 1}", node.type, 1, (), of=node)
                found.append(Later(node.op.cost, leaf, bank.memory[at : at + rounds.lanes].copy()))
        return found
