"""Sums, products, least and greatest over rounds: an output that each round takes with a value of its lanes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccc.learn.search import totals
from ccc.learn.search.graph import Node
from ccc.learn.search.kernels import Floats, Ints, Kernel
from ccc.learn.search.lines import distinct, line_leaves, line_target
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.search import Search
from ccc.skills import Slot

_FOLDED = frozenset(
    Kernel[name]
    for name in ("ADD", "SUB", "MUL", "MIN", "MAX", "AND", "OR", "XOR", "FADD", "FSUB", "FMUL", "FMIN", "FMAX")
)
"""What takes one value after the other: with the output first."""
_AT_ONCE = 1 << 12
native: Any = totals  # mypy cannot follow arguments given in rows


@dataclass(frozen=True)
class Total:
    """One way to make an output. index: of the value that is taken in each round."""

    slot: Slot
    op: Op
    start: Node
    index: int


class Totals:
    """The outputs of single cells of a loop over vectors, as totals of values on lanes."""

    def __init__(self, search: Search, starts: Ints, counts: Ints) -> None:
        """starts: the first lane of each case. counts: its rounds."""
        self._search, self._starts, self._counts = search, starts, counts
        self._begins = distinct(line_leaves(search))
        cells = [slot for slot in search.problem.card.outputs if not slot.shape.dimensions]
        self._wanted = [(slot, line_target(search, slot)) for slot in cells]
        self.ways = [
            (slot, target, op, node, begins)
            for slot, target in self._wanted
            for op in search.ops.scalar
            if op.kernel in _FOLDED and rank(op.result.type) <= rank(slot.type) <= rank(op.arguments[0].type)
            for node, begins in self._begins
            if rank(node.type) <= rank(slot.type)
        ]

    def among(self, values: Floats, kinds: Ints, begin: int) -> Iterator[tuple[int, list[Total]]]:
        """Those of the values that make an output; and how many were tried. values: shape [values, lanes]. kinds: their
        types. begin: the index of the first.
        """
        low, high = self._search.ops.low, self._search.ops.high
        for at in range(0, len(values), _AT_ONCE):
            some, own = values[at : at + _AT_ONCE], kinds[at : at + _AT_ONCE]
            found: list[Total] = []
            for slot, target, op, node, begins in self.ways:
                of = target.lanes
                hits = native.hits(
                    *(int(op.kernel), some, own, rank(op.arguments[1].type)),
                    *(self._starts[of], self._counts[of], begins[of], target.bounds, low, high),
                )
                found += [Total(slot, op, node, begin + at + int(hit)) for hit in hits]
            yield len(some) * len(self.ways), found


def warm_up() -> None:
    """Have what is used compiled, or loaded."""
    row, cases = np.zeros((1, 1)), np.zeros(1, dtype=np.int64)
    native.hits(int(Kernel.ADD), row, cases, 0, cases, cases, np.zeros(1), np.zeros((2, 1)), -1.0, 0.0)
