"""Values of any shape on the cases, or on the rounds of a loop over rows, by increasing cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search.graph import OTHER, Apply, Graph, Held, Leaf, Node, Number
from ccc.learn.search.kernels import Floats, Ints, Kernel
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.rounds import Rounds, graph_of, moves
from ccc.learn.search.search import Search
from ccc.learn.search.shaped import Class, Dimensions, Form, Lanes, all_forms, class_of
from ccc.learn.search.shaped_bank import Goal, Group, ShapedBank
from ccc.learn.search.vm import VM
from ccc.skills import Slot

MOST_HITS = 16
"""Programs of one size that are tried for one output."""
MOST_PLAIN = 1
"""The cost up to which values are computed from single cells alone: others search among them, much faster."""
MOST_LANES = 1 << 12
MOST_FORMS = 4096
"""What stands before the name of another output, as a value."""


@dataclass(frozen=True, eq=False)
class Datum:
    """What is given. values: of all cases, one after the other. offsets: where in them each lane begins."""

    node: Node
    kind: Class
    values: Floats
    offsets: Ints


class ShapedLines:
    """Enumeration of values of any shape on lanes. rounds: where the lanes are rounds of a loop. alone: the only output
    that is looked for, where there are no rounds; the others are given.
    """

    def __init__(self, search: Search, rounds: Rounds | None, memory: int, alone: Slot | None = None) -> None:
        """Raises MemoryError where the cases have no room."""
        self.search, self.rounds = search, rounds
        card, cases = search.problem.card, search.problem.cases
        if rounds is None:
            self.lanes = Lanes(cases, np.arange(len(cases)), np.zeros(len(cases), dtype=np.int64))
        else:
            case = np.repeat(np.arange(len(cases)), rounds.counts)
            self.lanes = Lanes(cases, case, np.arange(len(case)) - rounds.starts[case])
        data = list(self._data())
        if alone is not None:
            data += self._others(alone)
        numbers = [Number(float(number)) for number in search.problem.numbers]
        sizes = {part for slot in card.slots for part in slot.shape.dimensions if not isinstance(part, str)}
        cells = [
            *numbers,
            *(Number(float(size)) for size in sorted(sizes) if float(size) not in search.problem.numbers),
        ]
        classes = [*(datum.kind for datum in data), *(Class(rank(number.type)) for number in cells)]
        classes += map(self.wanted_class, card.outputs)  # what a fold carries
        forms = all_forms(usable(search), classes, card.dimensions, MOST_FORMS)
        self.bank = ShapedBank(search.ops, self.lanes, classes, forms, search.room, memory)
        self._add(data, numbers)
        for number in cells[len(numbers) :]:  # dimensions, which are no values that anything else is computed from
            self._add_number(number)
        self.goals = {slot.name: self.goal(slot) for slot in card.outputs if alone in (None, slot)}
        self.begin = 0

    # What is given

    def _data(self) -> Iterator[Datum]:
        """The slots; where there are rounds, their rows and columns from both ends, and own values of rounds before."""
        cases, rounds = self.search.problem.cases, self.rounds
        for slot in self.search.problem.card.given:
            values = [case.given[slot.name].reshape(-1) for case in cases]
            starts = starts_of([len(value) for value in values])[self.lanes.case]
            whole, parts = np.concatenate(values), slot.shape.dimensions
            yield Datum(Leaf(slot.name, slot.type, 0, parts), class_of(slot), whole, starts)
            if rounds is None or not parts:
                continue
            if parts[0] == rounds.name:
                for way in (1, -1):
                    yield self._rows(slot, parts[1:], whole, starts, way)
            if len(parts) == 2 and parts[1] == rounds.name:
                flat = np.concatenate([case.given[slot.name].T.reshape(-1) for case in cases])
                for way in (1, -1):
                    yield self._rows(slot, parts[:1], flat, starts, way, turned=True)
        if rounds is not None:
            yield from self._own()

    def _others(self, alone: Slot) -> Iterator[Datum]:
        """The other outputs, as they are wanted."""
        for slot in self.search.problem.card.outputs:
            if slot != alone:
                values = [case.expected[slot.name].reshape(-1) for case in self.search.problem.cases]
                node = Held(OTHER + slot.name, slot.type, slot.shape.dimensions)
                yield Datum(node, class_of(slot), np.concatenate(values), starts_of([len(value) for value in values]))

    def _rows(
        self, slot: Slot, parts: Dimensions, values: Floats, starts: Ints, way: int, *, turned: bool = False
    ) -> Datum:
        assert self.rounds is not None
        counts = self.rounds.counts[self.lanes.case]
        row = self.lanes.round if way > 0 else counts - 1 - self.lanes.round
        leaf = Leaf(slot.name, slot.type, way, parts, turned)
        return Datum(leaf, Class(rank(slot.type), parts), values, starts + row * self.lanes.sizes(parts))

    def _own(self) -> Iterator[Datum]:
        """What an output that is right so far was one and two rounds before."""
        assert self.rounds is not None
        for slot in self.search.problem.card.outputs:
            if not moves(slot, self.rounds):
                continue
            kind = class_of(slot, moving=True)
            values, sizes = self._wanted(slot), self.lanes.sizes(kind.dimensions)
            starts = starts_of(list(sizes))
            for number in (1, 2):
                before = np.concatenate(
                    [
                        np.zeros(0),
                        *(
                            values[starts[lane - number] :][:size]
                            if self.lanes.round[lane] >= number
                            else np.zeros(size)
                            for lane, size in enumerate(sizes)
                        ),
                    ]
                )
                node = Held(f"{slot.name}_{number}", slot.type, kind.dimensions)
                yield Datum(node, kind, before, starts)

    def _add(self, data: Sequence[Datum], numbers: Sequence[Number]) -> None:
        bank = self.bank
        starts: dict[Group, int] = {}
        kept: dict[int, int] = {}
        for kind in bank.classes:
            starts[kind, not kind.dimensions] = bank.used
            for datum in data:
                if datum.kind == kind:
                    self._add_datum(datum, kept)
            for number in numbers:
                if Class(rank(number.type)) == kind:
                    self._add_number(number)
        bank.close(starts)

    def _add_datum(self, datum: Datum, kept: dict[int, int]) -> None:
        """Single cells lane by lane, so that they are compared with what is computed; all else where it stands."""
        bank = self.bank
        number = bank.numbers[datum.kind]
        if not datum.kind.dimensions:
            bank.add_leaf(datum.node, bank.add_data(datum.values[datum.offsets]), number, datum.kind)
            return
        if id(datum.values) not in kept:
            kept[id(datum.values)] = bank.add_data(datum.values)
        same = np.array_equal(datum.offsets, bank.offsets[number])
        bank.add_leaf(
            datum.node, kept[id(datum.values)], number if same else bank.add_layout(datum.offsets), datum.kind
        )

    def _add_number(self, number: Number) -> None:
        kind = Class(rank(number.type))
        at = self.bank.add_data(np.full(len(self.lanes), number.value))
        self.bank.add_leaf(number, at, self.bank.numbers[kind], kind)

    # What is wanted

    def wanted_class(self, slot: Slot) -> Class:
        return class_of(slot, moving=self.rounds is not None and moves(slot, self.rounds))

    def _wanted(self, slot: Slot) -> Floats:
        """An output on the lanes."""
        values = [case.expected[slot.name] for case in self.search.problem.cases]
        way = 1 if self.rounds is None else self.rounds.way
        return np.concatenate(
            [np.zeros(0), *(value[::way].reshape(-1) if value.ndim else value.reshape(-1) for value in values)]
        )

    def goal(self, slot: Slot) -> Goal:
        """An output as it is to be: on all lanes, or after the last round of each case."""
        kind = self.wanted_class(slot)
        tolerance = self.search.problem.card.tolerance if kind.rank == 2 else 0.0
        if self.rounds is None or moves(slot, self.rounds):
            lanes = np.arange(len(self.lanes))
            starts = starts_of(list(self.lanes.sizes(kind.dimensions)))
            return Goal(kind, lanes, starts, self._wanted(slot), tolerance)
        some = np.flatnonzero(self.rounds.counts > 0)
        values = [self.search.problem.cases[case].expected[slot.name].reshape(-1) for case in some]
        starts = starts_of([len(value) for value in values])
        last = (self.rounds.starts + self.rounds.counts - 1)[some]
        return Goal(kind, last, starts, np.concatenate([np.zeros(0), *values]), tolerance)

    # Values

    def node(self, value: int) -> Node:
        """The value as a program."""
        found = self.bank.node(value)
        return self.apply(*found) if isinstance(found, tuple) else found

    def apply(self, form: Form, free: Sequence[int]) -> Node:
        return Apply(form.op, form.full(self.node(value) for value in free))

    def forms(self, kind: Class, *, narrower: bool) -> Iterator[int]:
        """The numbers of the forms that give values of a class."""
        for number, form in enumerate(self.bank.forms):
            same = form.result.dimensions == kind.dimensions
            if form.result == kind or (narrower and same and form.result.rank < kind.rank):
                yield number

    def check(self, size: int, goal: Goal) -> Iterator[Node | None]:
        """The candidates of one cost that are what is wanted, no more than MOST_HITS; None now and then."""
        left, since = MOST_HITS, self.search.work
        forms = self.bank.forms
        blocks = (
            block
            for number in self.forms(goal.kind, narrower=True)
            for block in self.bank.blocks(number, size - forms[number].cost, None if size <= MOST_PLAIN else False)
        )
        for block, work, hits in self.bank.check(blocks, goal):
            for arguments in hits[:left]:
                form = forms[block.number]
                yield self.apply(form, arguments[: len(form.arguments)])
            left -= len(hits)
            self.search.count(block.count, work)
            if left <= 0:
                return
            if self.search.work - since > self.search.turn:
                yield None
                since = self.search.work

    def keep(self, size: int) -> Iterator[None]:
        """Keep the values of one cost; None now and then."""
        bank, since = self.bank, self.search.work
        starts: dict[Group, int] = {}
        for kind, plain in product(bank.classes, (True, False) if size <= MOST_PLAIN else (False,)):
            starts[kind, plain] = bank.used
            blocks = (
                block
                for number in self.forms(kind, narrower=False)
                for block in bank.blocks(number, size - bank.forms[number].cost, plain)
            )
            for count, work in bank.keep(blocks):
                self.search.count(count, work)
                self.search.kept = max(self.search.kept, bank.used)
                if self.search.work - since > self.search.turn:
                    yield None
                    since = self.search.work
        bank.close(starts)

    def graph(self, outputs: dict[str, Node]) -> Graph:
        return Graph(outputs) if self.rounds is None else graph_of(self.rounds, {}, outputs)

    def together(self, known: dict[str, list[Node]], fresh: dict[str, list[Node]]) -> Iterator[Found]:
        """The programs that give all outputs, of which those in `fresh` were not there before."""
        yield from self.search.together({**known, **fresh}, self.graph)

    def level(self, size: int, known: dict[str, list[Node]]) -> Iterator[Found | None]:
        """All candidates of one cost; None now and then."""
        self.search.size = max(self.search.size, size)
        for name, goal in self.goals.items():
            for hit in self.check(size, goal):
                if hit is None:
                    yield None
                    continue
                known[name].append(hit)
                yield from self.together(known, {name: [hit]})
        yield None
        yield from self.keep(size)
        if len(self.goals) == 1 and self.search.best < 1.0:
            ((name, goal),) = self.goals.items()
            value, share = self.bank.nearest(size, goal)
            if self.search.best < share < 1.0:
                yield from self.search.programs(self.graph({name: self.node(value)}))

    @property
    def longest(self) -> int:
        """No candidate costs more than this."""
        most = max((len(form.arguments) for form in self.bank.forms), default=0)
        dearest = max((form.cost for form in self.bank.forms), default=0)
        return most * self.bank.highest + dearest


def given_as(lines: ShapedLines, goal: Goal) -> list[Node]:
    """What is given that is what is wanted."""
    bank = lines.bank
    for begin, end in bank.spans(0, goal.kind):
        for value in range(begin, end):
            row = bank.offsets[bank.layout[value]][goal.lanes] + bank.address[value]
            sizes = bank.sizes[bank.numbers[goal.kind]][goal.lanes]
            found = [bank.memory[at : at + size] for at, size in zip(row, sizes, strict=True)]
            if np.array_equal(np.concatenate([np.zeros(0), *found]), goal.values):
                return [lines.node(value)]
    return []


def starts_of(sizes: Sequence[int]) -> Ints:
    """Where pieces of these sizes begin, one after the other."""
    return np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))[:-1]]).astype(np.int64)[: len(sizes)]


def usable(search: Search) -> list[Op]:
    """The operations that native code can run, without copies and constants."""
    return [
        op
        for op in search.ops.all
        if op.arguments and (op.entry >= 0 or (op.kernel != Kernel.MOV and 0 <= op.kernel < VM))
    ]
