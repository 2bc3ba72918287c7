"""Expressions over variables that are distinct on sample points, as rows of steps on registers."""

from __future__ import annotations

import numpy as np

from ccc.learn.search.bank import LEAF
from ccc.learn.search.graph import Node
from ccc.learn.search.kernels import MOST_ARGUMENTS, Floats, Ints
from ccc.learn.search.lines import Lines
from ccc.learn.search.search import Search

POINTS = 64
MOST_STEPS = 6


class Expressions:
    """All expressions up to some cost. variables: states first. samples: their values, shape [variables, points].

    Two expressions that agree on the points are one; one may fault on half of them.
    """

    def __init__(self, search: Search, variables: list[Node], samples: Floats, states: int, memory: int) -> None:
        self._lines = Lines(search, samples.shape[1], memory, faults=samples.shape[1] // 2)
        self._lines.add_leaves(list(zip(variables, samples, strict=True)))
        self.variables, self.states = variables, states
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

    def grow(self) -> None:
        """Add the expressions of the next cost."""
        self._lines.keep(len(self._ends))
        self._ends.append(self._lines.bank.used)
        self._fill()

    def of_cost(self, cost: int, most: int, *, moving: int = 0) -> Ints:
        """Those of a cost and of a type up to `most` that read a state, or a variable in the mask `moving`."""
        begin, end = (self._ends[cost - 1] if cost else 0), self._ends[cost]
        found: Ints = np.arange(begin, end)
        reads = (self.masks[begin:end] | (self._given[begin:end] & moving)) != 0
        chosen: Ints = found[reads & (self.types[begin:end] <= most)]
        return chosen

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
        bank = self._lines.bank
        if bank.used > len(self.sizes):
            self._make_room(2 * bank.used)
        free = len(self.variables)
        kinds = bank.kinds()
        for index in range(self._filled, bank.used):
            number, arguments = bank.node(index)
            self.types[index] = kinds[index]
            if number == LEAF:
                register = self._order[arguments[0]]
                self.roots[index] = register
                if register < self.states:
                    self.masks[index] = 1 << register
                else:
                    self._given[index] = 1 << (register - self.states)
                continue
            op = self._lines.search.ops.scalar[number]
            rows: list[list[int]] = []
            row = [int(op.kernel)]
            for argument in arguments[: len(op.arguments)]:
                row.append(self._copied(argument, rows, free))
                self.masks[index] |= self.masks[argument]
                self._given[index] |= self._given[argument]
            row += [0] * (MOST_ARGUMENTS - len(op.arguments))
            rows.append(row)
            rows = rows[:MOST_STEPS]
            self.sizes[index], self.roots[index] = len(rows), free + len(rows) - 1
            self.steps[index, : len(rows)] = rows
        self._filled = bank.used

    def _copied(self, index: int, rows: list[list[int]], free: int) -> int:
        """Put the steps of a known expression behind others, those that are there once; its register."""
        places: dict[int, int] = {}
        for number in range(self.sizes[index]):
            row = [int(part) for part in self.steps[index, number]]
            moved = [row[0], *(places.get(part, part) for part in row[1:])]
            if moved not in rows:
                rows.append(moved)
            places[free + number] = free + rows.index(moved)
        root = int(self.roots[index])
        return places.get(root, root)


def sample_points(rng: np.random.Generator, pool: Floats, count: int) -> Floats:
    """Values for states: of those that occur in the cases, and small numbers."""
    small = np.arange(0.0, 10.0)
    return rng.choice(np.concatenate([np.unique(pool)[:512], small]), size=count)
