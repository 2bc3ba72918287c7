"""Straight lines: values on the cases, by increasing cost, until all outputs are among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.learn.model import Found, Problem
from ccc.learn.search.bank import LEAF, Bank, Block
from ccc.learn.search.graph import Apply, Graph, Leaf, Node, Number
from ccc.learn.search.kernels import Floats
from ccc.learn.search.meet import INVERTIBLE
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.search import Search
from ccc.learn.search.target import Target
from ccc.learn.search.vm import VM
from ccc.skills import Slot

MOST_HITS = 24
"""Programs of one size that are tried for one output."""
SHORT = 3
"""Straight lines of up to so many steps are tried before anything else has a turn, as they are the simplest."""
LANES_AT_ONCE = 2
"""Comparing a value with what is wanted takes as long as computing it on so many lanes."""
MANY = 30_000_000
"""Candidates of one size that take long enough to look for chance meetings first."""


@dataclass(frozen=True, eq=False)
class Later:
    """A value that is no leaf and comes from elsewhere."""

    cost: int
    node: Leaf
    value: Floats


class Lines:
    """Enumeration of values on lanes: `level` compares all values of one more step with what is wanted, `keep` keeps
    them. known: what is right, of each output.
    """

    def __init__(
        self,
        search: Search,
        lanes: int,
        memory: int,
        first: NDArray[np.bool_] | None = None,
        faults: int = 0,
        beside: int = 0,
    ) -> None:
        """memory: bytes at most. first, faults, beside: as in `Bank`."""
        self.search = search
        starts = np.zeros(max(lanes, 1), dtype=np.bool_) if first is None else first
        self.bank = Bank(search.ops, lanes, starts, search.room, memory, faults, beside)
        self.leaves: list[Node] = []
        self.later: list[Later] = []
        # Those of few arguments first: where room runs out, it is what is composed of many that is not kept.
        self._ops = sorted(enumerate(search.ops.scalar), key=_first)
        self._met = self.begin = 0
        self._targets: dict[str, Target] = {}
        self._ranks: dict[str, int] = {}
        self._full: dict[str, Floats] = {}
        self.known: dict[str, list[Node]] = {}

    def want(self, slot: Slot, target: Target, full: Floats | None) -> None:
        """Look for an output. full: what it is to be on all lanes, where that is known."""
        self._targets[slot.name], self._ranks[slot.name] = target, rank(slot.type)
        if full is not None:
            self._full[slot.name] = full
        self.known[slot.name] = []

    def add_leaves(self, leaves: list[tuple[Node, Floats]]) -> None:
        """The values that cost nothing, by type."""
        starts = {}
        for kind in range(3):
            starts[kind] = self.bank.used
            for node, value in leaves:
                if rank(node.type) == kind:
                    self.leaves.append(node)
                    self.bank.add(value, kind, LEAF, (len(self.leaves) - 1,))
        self.bank.close(starts)

    def node(self, index: int) -> Node:
        """The value as a program."""
        number, arguments = self.bank.node(index)
        return self.leaves[arguments[0]] if number == LEAF else self.apply(number, arguments)

    def apply(self, number: int, arguments: tuple[int, ...]) -> Node:
        op = self.search.ops.scalar[number]
        return Apply(op, tuple(self.node(index) for index in arguments[: len(op.arguments)]))

    def blocks(self, size: int, most: int | None = None) -> Iterator[Block]:
        """The candidates of one cost, those of narrow types first. most: the highest type that is of use."""
        for kind in range(3):
            for number, op in self._ops:
                if rank(op.result.type) == kind and (most is None or kind <= most):
                    yield from self.bank.blocks(op, number, size - op.cost)

    def check(self, size: int, target: Target, kind: int) -> Iterator[Node | None]:
        """The candidates of one cost that are what is wanted, no more than MOST_HITS; None now and then.

        Where there is one output, those that were tried before are left out, and all of a cost are tried, so that how
        many there are before another does not depend on what was found.
        """
        left, since, alone = MOST_HITS, self.search.work, len(self.search.problem.card.outputs) == 1
        for block, count, hits in self._checked(self.bank.parts(self.blocks(size, kind)), target, skip=alone):
            for arguments in hits[:left]:
                yield self.apply(block.number, arguments)
            left = max(0, left - len(hits))
            self.search.count(count, count * block.slowness)
            if not left and not alone:
                return
            if self.search.work - since > self.search.turn:
                yield None
                since = self.search.work

    def _checked(
        self, parts: Iterator[Block], target: Target, *, skip: bool
    ) -> Iterator[tuple[Block, int, list[tuple[int, ...]]]]:
        """As `Bank.check`, but at first those that were tried before, if these are to be skipped, without hits."""
        for part in parts:
            count = part.count
            if not skip or not self.search.known(count):
                yield from self.bank.check(chain([part], parts), target)
                return
            yield part, count, []

    def keep(self, size: int) -> Iterator[None]:
        """Keep the values of one cost, which begin at `begin` then; None now and then."""
        self.begin, starts, since = self.bank.used, {}, self.search.work
        for kind in range(3):
            starts[kind] = self.bank.used
            for later in self.later:
                if later.cost == size and rank(later.node.type) == kind:
                    self.leaves.append(later.node)
                    self.bank.add(later.value, kind, LEAF, (len(self.leaves) - 1,))
            for count in self.bank.keep(self.to_keep(size, kind)):
                self.search.kept = self.bank.used
                self.search.count(0, count * self.weight)
                if self.search.work - since > self.search.turn:
                    yield None
                    since = self.search.work
        self.bank.close(starts)

    @property
    def weight(self) -> int:
        """What it takes to keep a candidate, where to compare one takes 1."""
        return 1 + int(self.bank.values.shape[1]) // LANES_AT_ONCE

    def to_keep(self, size: int, kind: int) -> Iterator[Block]:
        """The candidates of one cost and type."""
        for number, op in self._ops:
            if rank(op.result.type) == kind:
                yield from self.bank.blocks(op, number, size - op.cost)

    def many(self, size: int) -> bool:
        """Whether trying all candidates of a cost would take long."""
        return sum(block.count * block.slowness for block in self.blocks(size)) > MANY

    def tries(self, size: int) -> int:
        """How many candidates of a cost there are."""
        return sum(block.count for block in self.blocks(size))

    @property
    def longest(self) -> int:
        """No candidate costs more than this."""
        most = max((len(op.arguments) for _, op in self._ops), default=0)
        dearest = max([0, *(op.cost for _, op in self._ops), *(later.cost for later in self.later)])
        return most * self.bank.highest + dearest

    # What is wanted

    def level(self, size: int) -> Iterator[Found | None]:
        """The programs whose last step makes a value of one cost; None now and then."""
        if self.many(size):
            for name, node in self._meetings():
                self.known[name].append(node)
                yield from self.together({name: [node]})
        for name, target in self._targets.items():
            for hit in self.check(size, target, self._ranks[name]):
                if hit is None:
                    yield None
                    continue
                self.known[name].append(hit)
                yield from self.together({name: [hit]})

    def settle(self) -> Iterator[Found]:
        """The programs of values that were kept last, where nothing is known of an output yet."""
        for name, target in self._targets.items():
            if not self.known[name]:
                index = self.bank.equal(self.begin, target, self._ranks[name])
                if index is not None:
                    self.known[name].append(self.node(index))
                    yield from self.together({})

    def together(self, fresh: dict[str, list[Node]]) -> Iterator[Found]:
        """The programs that give all outputs, of which those in `fresh` were not there before."""
        yield from self.search.together({**self.known, **fresh}, self.graph)

    def graph(self, outputs: dict[str, Node]) -> Graph:
        """The program that gives these values."""
        return Graph(outputs)

    def nearest(self) -> Iterator[Found]:
        """What was kept last and is right on more lanes than anything before, where there is one output."""
        if len(self._targets) == 1 and self.search.best < 1.0:
            ((name, target),) = self._targets.items()
            row, share = self.bank.nearest(self.begin, target)
            if self.search.best < share < 1.0:
                yield from self.search.programs(self.graph({name: self.node(row)}))

    def _meetings(self) -> Iterator[tuple[str, Node]]:
        """Outputs with values for them whose last step is invertible and whose arguments are known."""
        for name, values in self._full.items():
            found = []
            for number, op in self._ops:
                if op.kernel in INVERTIBLE and rank(op.result.type) <= self._ranks[name]:
                    pairs = islice(self.bank.meet(op, values, self._met), MOST_HITS)
                    found += [(cost + op.cost, number, i, j) for cost, i, j in pairs]
                    self.search.count(self.bank.used - self._met)
            for _, number, i, j in sorted(found)[:MOST_HITS]:
                yield name, self.apply(number, (i, j, 0, 0))
        self._met = self.bank.used


def _first(pair: tuple[int, Op]) -> tuple[bool, int, int]:
    """What comes first: kernels, and those of few arguments."""
    number, op = pair
    return op.kernel >= VM, len(op.arguments), number


def straight_lines(search: Search) -> Iterator[Found | None]:
    """Programs without loops for outputs of single cells; None now and then."""
    outputs = search.problem.card.outputs
    if any(slot.shape.dimensions for slot in outputs):
        return
    lines = Lines(search, len(search.problem.cases), search.budget.memory // 3)
    leaves = line_leaves(search)
    if not told([values for _, values in leaves], [expected(search, slot) for slot in outputs]):
        return
    lines.add_leaves(leaves)
    for slot in outputs:
        lines.want(slot, line_target(search, slot), expected(search, slot))
    yield from by_size(lines, SHORT)


def by_size(lines: Lines, short: int, most: int | None = None) -> Iterator[Found | None]:
    """The programs of lines by increasing cost; None now and then. short: the cost that is tried before anything else
    has a turn. most: ends it after so many candidates.
    """
    search, begun = lines.search, lines.search.candidates
    yield from lines.settle()
    size = 0
    while True:
        size += 1
        search.size = max(search.size, size)
        if most is not None and search.candidates - begun + lines.tries(size) > most:
            return
        yield from lines.level(size)
        if size >= short:
            yield None
        if most is not None and lines.tries(size) * lines.weight > most:
            return
        yield from lines.keep(size)
        yield from lines.nearest()
        if size > lines.longest:
            return


def told(leaves: Sequence[Floats], wanted: Sequence[Floats]) -> bool:
    """Whether what is given tells what is wanted: where it is the same, so is that. Each of shape [cases]."""
    cases = len(wanted[0]) if len(wanted) else 0
    given = np.array([np.zeros(cases), *leaves])
    return _kinds(np.concatenate([given, wanted])) == _kinds(given)


def _kinds(rows: Floats) -> int:
    """How many different columns there are."""
    return int(np.unique(rows, axis=1).shape[1])


def line_leaves(search: Search) -> list[tuple[Node, Floats]]:
    """Inputs, constants and weights of single cells, and numbers, on the cases."""
    problem = search.problem
    found: list[tuple[Node, Floats]] = []
    for slot in problem.card.given:
        if not slot.shape.dimensions:
            values = [float(case.given[slot.name].reshape(-1)[0]) for case in problem.cases]
            found.append((Leaf(slot.name, slot.type), np.array(values)))
    return [*found, *numbers_on(problem, len(problem.cases))]


def distinct(values: Sequence[tuple[Node, Floats]]) -> list[tuple[Node, Floats]]:
    """Each value once, by the narrowest of its types."""
    kept: dict[bytes, tuple[Node, Floats]] = {}
    for node, value in values:
        row = np.ascontiguousarray(value, dtype=np.float64)
        known = kept.get(row.tobytes())
        if known is None or (rank(node.type) < rank(known[0].type) and isinstance(node, Leaf)):
            kept[row.tobytes()] = node, row
    return list(kept.values())


def numbers_on(problem: Problem, lanes: int) -> list[tuple[Node, Floats]]:
    """The numbers of a problem, on so many lanes."""
    return [(Number(float(number)), np.full(lanes, float(number))) for number in problem.numbers]


def expected(search: Search, slot: Slot) -> Floats:
    """What an output of one cell is to be, on the cases."""
    return np.array([float(case.expected[slot.name].reshape(-1)[0]) for case in search.problem.cases])


def line_target(search: Search, slot: Slot) -> Target:
    """What an output of one cell is to be, as a target."""
    return target_of(np.arange(len(search.problem.cases)), expected(search, slot), search.tolerance(slot))


def target_of(lanes: NDArray[Any], values: Floats, tolerance: float = 0.0) -> Target:
    """A target whose rarest values are compared first. tolerance: relative."""
    counts = {value: int((values == value).sum()) for value in np.unique(values)}
    order = sorted(range(len(values)), key=lambda n: (counts[values[n]], -abs(values[n]), n))
    ordered = np.ascontiguousarray(values[order], dtype=np.float64)
    return Target(np.asarray(lanes, dtype=np.int64)[order], ordered, tolerance)


def warm_up(search: Search) -> None:
    """Have the inner loops compiled, or loaded, before the clock starts."""
    lines = Lines(search, 1, 1 << 20)
    lines.add_leaves([(Number(0.0), np.zeros(1)), (Number(1.0), np.ones(1))])
    target = target_of(np.zeros(1), np.zeros(1))
    for number, op in lines._ops[:1]:
        for _ in lines.bank.check(lines.bank.parts(lines.bank.blocks(op, number, 0)), target):
            pass
        list(lines.bank.keep(lines.bank.blocks(op, number, 0)))
    lines.bank.warm_up(target)
