"""Expressions over variables that are distinct on sample points, as rows of steps on registers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ccc.learn.search.graph import Node
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.lines import Lines
from ccc.learn.search.registers import write_steps
from ccc.learn.search.search import Search

POINTS = 48
MOST_STEPS = 6
_SOME = 4096
"""So many are looked at for how long they take."""
_BYTES = 8 * (5 * MOST_STEPS + 5) + 8 * 6
"""Of what is kept of an expression here, and of what `_fill` works with."""


class Expressions:
    """All expressions up to some cost. variables: the states, then what all but the first of them become in the same
    round, then what is given. samples: their values, shape [variables, points].

    Two expressions that agree on the points are one; one may fault on half of them.
    """

    def __init__(self, search: Search, variables: list[Node], samples: Floats, states: int, memory: int) -> None:
        self._lines = Lines(search, samples.shape[1], memory, faults=samples.shape[1] // 2, beside=_BYTES)
        self._lines.add_leaves(list(zip(variables, samples, strict=True)))
        self.variables, self.states, self._known = variables, states, 2 * states - 1
        self._order = [variables.index(leaf) for leaf in self._lines.leaves]
        self._ends = [self._lines.bank.used]
        self._filled = 0
        self._make_room(64)
        self._fill()

    @property
    def levels(self) -> int:
        return len(self._ends)

    @property
    def full(self) -> bool:
        return self._lines.bank.full

    def grow(self) -> Iterator[None]:
        """Add the expressions of the next cost; None now and then."""
        yield from self._lines.keep(len(self._ends))
        self._ends.append(self._lines.bank.used)
        self._fill()

    def of_cost(self, cost: int, most: int, *, moving: int = 0) -> Ints:
        """Those of a cost and of a type up to `most` that read a state, or a variable in the mask `moving`."""
        begin, end = (self._ends[cost - 1] if cost else 0), self._ends[cost]
        found: Ints = np.arange(begin, end)
        reads = (self.masks[begin:end] | (self._given[begin:end] & moving)) != 0
        chosen: Ints = found[reads & (self.types[begin:end] <= most)]
        return chosen

    def slowness(self, some: Ints) -> float:
        """How long some take on average, compared with a step of a kernel."""
        kernels = self.steps[some[:_SOME], :, 0]
        slow = np.ones(kernels.shape)
        for op in self._lines.search.ops.scalar:
            if op.slowness > 1:
                slow[kernels == int(op.kernel)] = op.slowness
        steps = np.arange(kernels.shape[1]) < self.sizes[some[:_SOME], np.newaxis]
        return 1.0 + float((slow * steps).sum(axis=1).mean()) / 2 if len(some) else 1.0

    def node(self, index: int) -> Node:
        return self._lines.node(index)

    def _make_room(self, room: int) -> None:
        shapes = {"steps": (room, MOST_STEPS, 5), "sizes": (room,), "roots": (room,), "masks": (room,)}
        for name, shape in (shapes | {"types": (room,), "_given": (room,)}).items():
            new = np.zeros(shape, dtype=np.int64)
            if self._filled:
                new[: self._filled] = getattr(self, name)[: self._filled]
            setattr(self, name, new)

    steps: Ints
    sizes: Ints
    roots: Ints
    masks: Ints
    types: Ints
    _given: Ints

    def _fill(self) -> None:
        """The steps of what is new."""
        bank, ops = self._lines.bank, self._lines.search.ops.scalar
        if bank.used > len(self.sizes):
            self._make_room(len(bank.values))
        self.types[self._filled : bank.used] = bank.kinds()[self._filled :]
        numbers, arguments = bank.origins()
        kernels = np.array([int(op.kernel) for op in ops] or [0], dtype=np.int64)
        arities = np.array([len(op.arguments) for op in ops] or [0], dtype=np.int64)
        order = np.array(self._order, dtype=np.int64)
        write_steps(
            *(self._filled, bank.used, numbers, arguments, kernels, arities, order, self.states, len(self.variables)),
            *(self.steps, self.sizes, self.roots, self.masks, self._given),
        )
        self._filled = bank.used


def sample_points(rng: np.random.Generator, pool: Floats, count: int) -> Floats:
    """Values for states: of those that occur in the cases, and small numbers."""
    small = np.arange(0.0, 10.0)
    return rng.choice(np.concatenate([np.unique(pool)[:512], small]), size=count)
