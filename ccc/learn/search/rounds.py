"""Loops over vectors as values on lanes, one lane a round of a case; what is carried is a value of lanes before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ccc.learn.model import Found
from ccc.learn.search.accumulated import Total, Totals
from ccc.learn.search.bank import LEAF, Block
from ccc.learn.search.expand import DELAY
from ccc.learn.search.graph import OTHER, Apply, Graph, Held, Leaf, Node, State, with_held
from ccc.learn.search.kernels import Floats
from ccc.learn.search.lines import MOST_HITS, Later, Lines, by_size, numbers_on, target_of
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.search import Search, side_by_side
from ccc.learn.search.target import Target
from ccc.skills import Card, Kind, Shape, Slot, Type

MOST_LANES = 1 << 13
SHORT_LOOP = 2
"""Rounds of up to so many steps are tried before anything else has a turn."""


@dataclass(frozen=True)
class Rounds:
    """The lanes of a loop over one dimension: rounds of the cases, one after the other.

    name: the dimension. way: 1 where the outputs move on forwards, -1 backwards.
    """

    search: Search
    name: str
    way: int

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The rounds of each case."""
        given = [case.given[self.name] for case in self.search.problem.cases]
        return np.array([int(value.reshape(-1)[0]) for value in given], dtype=np.int64)

    @cached_property
    def lanes(self) -> int:
        return int(self.counts.sum())

    @cached_property
    def first(self) -> NDArray[np.bool_]:
        """Which lanes are the first round of their case."""
        first = np.zeros(self.lanes, dtype=np.bool_)
        first[self.starts[self.counts > 0]] = True
        return first

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first lane of each case."""
        return np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64)

    def each(self, values: list[Floats], way: int) -> Floats:
        """Vectors of the cases as values of lanes."""
        rows = [value.reshape(-1)[:: 1 if way > 0 else -1] for value in values]
        return np.concatenate(rows) if rows else np.zeros(0)

    def leaves(self) -> list[tuple[Node, Floats]]:
        """Elements, single cells and numbers."""
        problem = self.search.problem
        found: list[tuple[Node, Floats]] = []
        for slot in problem.card.given:
            values = [case.given[slot.name] for case in problem.cases]
            if not slot.shape.dimensions:
                cells = np.array([float(value.reshape(-1)[0]) for value in values])
                found.append((Leaf(slot.name, slot.type), np.repeat(cells, self.counts)))
            elif slot.shape.dimensions == (self.name,):
                found += [(Leaf(slot.name, slot.type, way), self.each(values, way)) for way in (1, -1)]
        return found + numbers_on(problem, self.lanes)

    def wanted(self, slot: Slot) -> Floats:
        """An output with one element a round, on the lanes."""
        return self.each([case.expected[slot.name] for case in self.search.problem.cases], self.way)

    def finals(self, slot: Slot) -> tuple[NDArray[np.int64], Floats]:
        """The last lanes of the cases that have one, and what an output of one cell is to be there."""
        some = self.counts > 0
        last = (self.starts + self.counts - 1)[some]
        cells = [float(case.expected[slot.name].reshape(-1)[0]) for case in self.search.problem.cases]
        return last, np.array(cells)[some]

    def target(self, slot: Slot) -> Target:
        """What an output is to be, as a target."""
        tolerance = self.search.tolerance(slot)
        if slot.shape.dimensions:
            return target_of(np.arange(self.lanes), self.wanted(slot), tolerance)
        return target_of(*self.finals(slot), tolerance)

    def delayed(self, value: Floats) -> Floats:
        """The value of the round before, 0 at first."""
        moved = np.concatenate([[0.0], value[:-1]]) if len(value) else value.copy()
        moved[self.first] = 0.0
        return moved


def moves(slot: Slot, rounds: Rounds) -> bool:
    """Whether an output has a row for each round."""
    return slot.shape.dimensions[:1] == (rounds.name,)


class RoundLines(Lines):
    """Enumeration of values on the lanes of a loop, delays among the operations."""

    def __init__(self, search: Search, rounds: Rounds, memory: int) -> None:
        super().__init__(search, rounds.lanes, memory, rounds.first)
        self.rounds = rounds
        self.states: dict[str, State] = {}
        self._totals = Totals(search, rounds.starts, rounds.counts) if rounds.way == 1 else None
        self._carried: dict[Node, str] = {}
        self.bank.add(np.zeros(max(rounds.lanes, 1)), -1, LEAF, (0,))  # what a delay starts with
        self._delays = delays()

    def to_keep(self, size: int, kind: int) -> Iterator[Block]:
        """The candidates of one cost and type, delays too."""
        yield from super().to_keep(size, kind)
        delay = self._delays[kind]
        for block in self.bank.blocks(delay, DELAY, size - delay.cost):
            if self.bank.kind(block.lows[0]) == kind:
                self.search.candidates += block.count
                yield block

    def nearest(self) -> Iterator[Found]:
        """As before; what a delay makes is not compared before it is kept, nor are totals of what was kept."""
        yield from self.settle()
        yield from self._with_totals()
        yield from super().nearest()

    def _with_totals(self) -> Iterator[Found]:
        """Programs with outputs that are totals of the values that were kept last, where nothing is known of them."""
        if self._totals is None or not self._totals.ways:
            return
        begin, end = self.begin, self.bank.used
        for tried, found in self._totals.among(self.bank.values[begin:end], self.bank.kinds()[begin:], begin):
            self.search.count(tried, tried * (1 + self.rounds.lanes // len(self.rounds.counts)))
            for total in found:
                known = self.known[total.slot.name]
                if len(known) < MOST_HITS:
                    known.append(self._total(total))
                    yield from self.together({total.slot.name: known[-1:]})

    def _total(self, total: Total) -> Node:
        """A total as a value, carried by a state."""
        name = f"{total.slot.name} {total.op.name} {total.index} {len(self._carried)}"
        node = Apply(total.op, (Held(name, total.slot.type), self.node(total.index)))
        self.states[name], self._carried[node] = State(node, total.start), name
        return node

    def apply(self, number: int, arguments: tuple[int, ...]) -> Node:
        if number != DELAY:
            return super().apply(number, arguments)
        value = self.node(arguments[0])
        name = f"delay_{arguments[0]}"
        self.states[name] = State(value)
        return Held(name, value.type)

    def graph(self, outputs: dict[str, Node]) -> Graph:
        """The loop that gives these values in each round."""
        found = graph_of(self.rounds, self.states, outputs)
        totals = {name: self._carried[node] for name, node in outputs.items() if node in self._carried}
        return replace(found, carried=totals)


def delays() -> tuple[Op, ...]:
    """A delay for each type."""
    return tuple(_delay(kind) for kind in (Type.BIT, Type.INT, Type.REAL))


def _delay(kind: Type) -> Op:
    slots = (Slot("x", "input", kind), Slot("y", "output", kind))
    card = Card("delay", Kind.REAL, "The value of the round before.", slots)
    return Op(card, slots[1], slots[:1], DELAY, cost=1)


def loops(search: Search, computed: Callable[[Rounds], list[Later]]) -> Iterator[Found | None]:
    """Loops whose rounds are counted by a dimension, outputs moving on forwards and backwards; None after each size.

    computed: gives vectors that are computed before the loop.
    """
    card = search.problem.card
    ways = [
        loop(Rounds(search, name, way), computed=computed)
        for name in card.dimensions
        for way in (1, -1)
        if fits(card, name) and (way == 1 or any(slot.shape.dimensions for slot in card.outputs))
    ]
    yield from side_by_side(ways)


def fits(card: Card, name: str) -> bool:
    """Whether each output has one cell a round, or one in all."""
    return all(slot.shape in (Shape((name,)), Shape()) for slot in card.outputs)


def loop(
    rounds: Rounds,
    computed: Callable[[Rounds], list[Later]] = lambda rounds: [],
) -> Iterator[Found | None]:
    """Loops of one way. computed: as for `loops`."""
    search = rounds.search
    if not 0 < rounds.lanes <= MOST_LANES:
        return
    lines = RoundLines(search, rounds, search.budget.memory // 4)
    lines.add_leaves([*rounds.leaves(), *own_values(rounds)])
    lines.later = computed(rounds)
    for slot in search.problem.card.outputs:
        lines.want(slot, rounds.target(slot), rounds.wanted(slot) if slot.shape.dimensions else None)
    yield from by_size(lines, SHORT_LOOP)


def own_values(rounds: Rounds) -> list[tuple[Node, Floats]]:
    """What an output that is right so far was one and two rounds before; at first 0, or a vector's first element."""
    own: list[tuple[Node, Floats]] = []
    moving = [leaf for leaf in rounds.leaves() if isinstance(leaf[0], Leaf) and leaf[0].advance == rounds.way]
    for slot in rounds.search.problem.card.outputs:
        if slot.shape.dimensions:
            once = rounds.delayed(rounds.wanted(slot))
            own += [(Held(f"{slot.name}_1", slot.type), once)]
            own += [(Held(f"{slot.name}_2", slot.type), rounds.delayed(once))]
            for node, value in moving:
                if isinstance(node, Leaf) and rank(node.type) <= rank(slot.type):
                    own += [(Held(_from(slot.name, node), slot.type), np.where(rounds.first, value, once))]
    return own


def _from(output: str, leaf: Leaf) -> str:
    """The state that is what an output was, and at first the first element of a vector."""
    return f"{output} from {leaf.piece}"


def _with_outputs(node: Node, outputs: Mapping[str, Node]) -> Node:
    """A value with the outputs of the round in place of their names."""
    by_name: dict[str, Node] = {OTHER + name: output for name, output in outputs.items()}
    return with_held(node, lambda held: by_name.get(held.state, held))


def graph_of(rounds: Rounds, carried: Mapping[str, State], outputs: dict[str, Node]) -> Graph:
    """The loop that gives these values in each round. carried: states besides those that hold outputs."""
    card = rounds.search.problem.card
    moving = {slot.name: rounds.way for slot in card.outputs if moves(slot, rounds)}
    states = {name: replace(state, next=_with_outputs(state.next, outputs)) for name, state in carried.items()}
    for name in moving:
        if name in outputs:
            states[f"{name}_1"] = State(outputs[name])
            states[f"{name}_2"] = State(Held(f"{name}_1", outputs[name].type, outputs[name].dimensions))
            for slot in card.given:
                if slot.shape.dimensions == (rounds.name,):
                    leaf = Leaf(slot.name, slot.type, rounds.way)
                    states[_from(name, leaf)] = State(outputs[name], leaf)
    return Graph(outputs, moving, rounds.name, "", states)
