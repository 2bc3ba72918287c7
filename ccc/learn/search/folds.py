"""Folds: loops whose outputs are carried from round to round, each round one call, or two, on what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations, islice, product
from typing import Any

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search import calls, fold_calls
from ccc.learn.search.bank import Block, splits
from ccc.learn.search.fold_calls import Body, Times
from ccc.learn.search.fold_parts import (
    STATES,
    VALUE,
    Begun,
    Call,
    Calls,
    Right,
    Setting,
    Start,
    fits,
    in_order,
    looked_up,
)
from ccc.learn.search.graph import Apply, Graph, Held, Leaf, Node, Number, State
from ccc.learn.search.kernels import MOST_ARGUMENTS, Floats, Ints
from ccc.learn.search.ops import rank
from ccc.learn.search.rounds import moves
from ccc.learn.search.settings import MOST_COUNT
from ccc.learn.search.shaped import Class, Form
from ccc.learn.search.shaped_bank import Pace, ranges_of
from ccc.learn.search.shaped_lines import ShapedLines, starts_of
from ccc.skills import Slot, Type

native: Any = fold_calls  # mypy cannot follow arguments given in rows
MOST_STARTS, FEW_STARTS = 12, 8
"""What one state may begin with, and several."""
_BLOCK = 1 << 16
_BODY = 1 << 10
"""How long it takes to choose the calls of a round, compared with a comparison of a number."""


class Folds:
    """The folds over values on lanes, by increasing cost."""

    def __init__(self, lines: ShapedLines, outputs: Sequence[Slot] | None = None) -> None:
        """outputs: all unless told."""
        self.lines, self.bank, self.search = lines, lines.bank, lines.search
        self.outputs = self.search.problem.card.outputs if outputs is None else tuple(outputs)
        self.kinds = tuple(lines.wanted_class(slot) for slot in self.outputs)
        most = [int(self.bank.sizes[self.bank.numbers[kind]].max(initial=0)) for kind in self.bank.classes]
        self._pace, self._number = Pace(), 0  # of the bodies
        self._most = dict(zip(self.bank.classes, most, strict=True))
        rounds = lines.rounds
        self.possible = rounds is None or (rounds.way == 1 and not any(moves(slot, rounds) for slot in self.outputs))

    # Settings

    @cached_property
    def settings(self) -> list[Setting]:
        """Rounds counted by the dimension of the lanes; or where lanes are cases by any dimension or whole number."""
        if not self.possible:
            return []
        cases, rounds = self.search.problem.cases, self.lines.rounds
        if rounds is not None:
            some = np.flatnonzero(rounds.counts > 0)
            return [Setting(rounds.name, rounds.starts[some], rounds.counts[some], 1, *self._wanted(some))]
        found = []
        for slot in self.search.problem.card.given:
            if slot.shape.dimensions or slot.type is Type.REAL:
                continue
            counts = np.array([case.given[slot.name].reshape(-1)[0] for case in cases]).astype(np.int64)
            if (counts <= MOST_COUNT).all() and (counts > 1).any():
                every = np.arange(len(cases))
                found.append(Setting(slot.name, every, np.maximum(counts, 0), 0, *self._wanted(every)))
        return found

    @cached_property
    def once(self) -> Setting | None:
        """One round, on cases: calls one after the other, without a loop."""
        if self.lines.rounds is not None:
            return None
        every = np.arange(len(self.search.problem.cases))
        return Setting("", every, np.ones_like(every), 0, *self._wanted(every))

    def _wanted(self, some: Ints) -> tuple[Ints, Floats]:
        """What is wanted of these cases, and where each output begins in it."""
        values = [
            self.search.problem.cases[case].expected[slot.name].reshape(-1) for case in some for slot in self.outputs
        ]
        starts = starts_of([len(value) for value in values])
        return starts.reshape(len(some), len(self.outputs)), np.concatenate([np.zeros(0), *values])

    @cached_property
    def starts(self) -> list[Start]:
        """What the states may begin with, each as a node and a value of the bank, or -1 for zeros."""
        choices = []
        for kind in self.kinds:
            own: list[tuple[Node, int]] = [(Number(0.0), -1)]
            for begin, end in self.bank.spans(0, kind):
                nodes = [(self.lines.node(value), value) for value in range(begin, end)]
                own += [
                    (node, value)
                    for node, value in nodes
                    if not isinstance(node, Held)
                    and not (isinstance(node, Leaf) and node.advance)
                    and node != own[0][0]
                ]
            choices.append([own[0], *sorted(own[1:], key=lambda start: self._likely(start[0], kind))])
        places = sorted(product(*(range(len(own)) for own in choices)), key=lambda row: (sum(row), row))
        most = MOST_STARTS if len(choices) == 1 else FEW_STARTS
        return [tuple(own[at] for own, at in zip(choices, row, strict=True)) for row in places[:most]]

    def _likely(self, node: Node, kind: Class) -> tuple[bool, bool, bool]:
        """The less, the likelier a state begins with it: first what is given, of the very type, and no size."""
        size = isinstance(node, Leaf) and node.piece in self.search.problem.card.dimensions
        return isinstance(node, Number), size, rank(node.type) != kind.rank

    # Bodies

    @cached_property
    def lasts(self) -> list[tuple[Form, tuple[int, ...]]]:
        """The forms whose outputs can be the states, and which output each is."""
        first = [form for form in self.bank.forms if form.op.result.name == form.op.card.outputs[0].name]
        return [
            (form, chosen)
            for form in first
            for chosen in combinations(range(len(form.outputs)), len(self.kinds))
            if all(fits(form.outputs[o], kind) for o, kind in zip(chosen, self.kinds, strict=True))
        ]

    def bodies(self, size: int) -> Iterator[tuple[tuple[Call, ...], tuple[int, ...], int]]:
        """The rounds of one cost: their calls, which outputs of the last are the states, what the values cost. Several
        states are mostly carried by a call that takes what another one gives.
        """
        parts = [self._single(size), self._double(size)]
        for part in parts if len(self.kinds) == 1 else reversed(parts):
            yield from part

    def _single(self, size: int) -> Iterator[tuple[tuple[Call, ...], tuple[int, ...], int]]:
        for form, chosen in self.lasts:
            if size >= form.op.cost:
                for arguments in self._choices(form, ()) if self._beyond_machines(form) else ():
                    if self._uses_all(arguments):
                        yield (Call(form, arguments),), chosen, size - form.op.cost

    def _double(self, size: int) -> Iterator[tuple[tuple[Call, ...], tuple[int, ...], int]]:
        for form, chosen in self.lasts:
            for before in self.bank.forms:
                left = size - form.op.cost - before.op.cost
                if left < 0 or before.op.result.name != before.op.card.outputs[0].name:
                    continue
                if not (self._beyond_machines(form) or self._beyond_machines(before) or len(before.outputs) > 1):
                    continue
                if not any(fits(out, kind) for out in before.outputs for kind in form.arguments):
                    continue
                for arguments in self._choices(form, before.outputs):
                    results = {part for part in arguments if part >= STATES}
                    if results:
                        yield from self._preceded(before, Call(form, arguments), chosen, left, len(results) > 1)

    def _preceded(
        self, before: Form, last: Call, chosen: tuple[int, ...], left: int, several: bool
    ) -> Iterator[tuple[tuple[Call, ...], tuple[int, ...], int]]:
        """With another call first: one of a state, or one that gives several results, as else it is a value."""
        for arguments in self._choices(before, ()):
            of_state = any(part != VALUE for part in arguments)
            both = (*arguments, *last.arguments)
            if (of_state or several) and (self._uses_all(both) or not self._states_in(both)):
                yield (Call(before, arguments), last), chosen, left

    def _states_in(self, arguments: Sequence[int]) -> bool:
        """Whether a state is read: else one round does as many do."""
        return any(0 <= part < STATES for part in arguments)

    def _beyond_machines(self, form: Form) -> bool:
        """Whether a call has vectors, more arguments than those that machines are made of, or several states."""
        several = len(self.kinds) > 1 and len(form.outputs) > 1
        return several or not form.op.scalar or len(form.free) > MOST_ARGUMENTS

    def _uses_all(self, arguments: Sequence[int]) -> bool:
        """Whether every state is read."""
        return all(j in arguments for j in range(len(self.kinds)))

    def _choices(self, form: Form, before: Sequence[Class]) -> Iterator[tuple[int, ...]]:
        """What each free argument of a call may be. Where there are several states, or results of the call before, a
        call takes each once at most, in order: any order would be thousands of choices for skills of six arguments.
        """
        options = []
        for kind in form.arguments:
            own = [VALUE, *(j for j, state in enumerate(self.kinds) if fits(state, kind))]
            options.append([*own, *(STATES + o for o, out in enumerate(before) if fits(out, kind))])
        yield from in_order(options, len(self.kinds) == 1, ())

    # Trying them

    def level(self, size: int) -> Iterator[Found | None]:
        """All folds of one cost; None now and then."""
        if (self.settings or self.once) and self.outputs:
            for found in self._found(size, self._times):
                yield from [None] if found is None else self.search.programs(self._graph(*found))

    def chains(self, size: int) -> Iterator[Node | None]:
        """One output, from two calls of which the second takes several results of the first; None now and then."""
        if self.once is not None:
            for found in self._found(size, self._once):
                yield None if found is None else next(iter(self._graph(*found).outputs.values()))

    def _found(self, size: int, times: Callable[[Calls], Iterable[Begun]]) -> Iterator[Right | None]:
        """What is right of one cost: times, start, calls, outputs, values; None now and then. times: of a body."""
        since = self.search.work
        tolerance = self.search.problem.card.tolerance if any(kind.rank == 2 for kind in self.kinds) else 0.0
        possible = []
        for body, chosen, cost in self.bodies(size):
            self.search.count(0, _BODY)
            if every := list(times(body)):
                possible.append((body, chosen, cost, every))
        for body, chosen, cost, every in sorted(possible, key=lambda one: looked_up(one[0])):  # few candidates first
            packed = self._packed(body, chosen)
            self._number += 1
            for block in self._blocks(body, cost):
                for setting, start in every:
                    for values in self._run(setting, packed, start, block, tolerance):
                        yield setting, start, body, chosen, values
                    self.search.count(block.count, self._pace.add(block, self.bank.workers[0].machine))
                if self.search.work - since > self.search.turn:
                    yield None
                    since = self.search.work

    def _times(self, body: Calls) -> Iterable[Begun]:
        """How often a round is run, and what its states begin with."""
        return product(self.settings, self.starts) if self._reads_states(body) else self._once(body)

    def _once(self, body: Calls) -> Iterable[Begun]:
        """Once, where no state is read."""
        if self.once is not None and not self._reads_states(body):
            yield self.once, self.starts[0]

    def _reads_states(self, body: Calls) -> bool:
        """Whether what a round computes depends on the one before."""
        return any(self._states_in(call.arguments) for call in body)

    def warm_up(self) -> None:
        """Have the loop compiled, or loaded, without a case."""
        none = np.zeros(0, dtype=np.int64)
        setting = Setting("", none, none, 0, np.zeros((0, len(self.kinds)), dtype=np.int64), np.zeros(0))
        for form, chosen in self.lasts[:1]:
            body = (Call(form, (VALUE,) * len(form.arguments)),)
            for block in islice(self._blocks(body, 0), 1):
                one = replace(block, highs=tuple(low + 1 for low in block.lows))
                self._run(setting, self._packed(body, chosen), self.starts[0], one, 0.0)

    def _run(
        self,
        setting: Setting,
        packed: tuple[Ints, Ints, Ints],
        start: Start,
        block: Block,
        tolerance: float,
    ) -> list[tuple[int, ...]]:
        bank, worker = self.bank, self.bank.workers[0]
        body = Body(*packed, np.array([value for _, value in start], dtype=np.int64))
        times = Times(setting.first, setting.rounds, setting.advance)
        count = native.folds(
            *(worker.machine, bank.native_values, body, times, ranges_of(block)),
            *(setting.starts, setting.wanted, tolerance, worker.hits),
        )
        return [tuple(int(place) for place in row[: len(block.lows)]) for row in worker.hits[:count]]

    def _areas(self, body: Sequence[Call]) -> tuple[list[int], list[list[int]]]:
        """Where in the scratch memory the states stand, and the outputs of each call."""
        at, states, rooms = 0, [], []
        for kind in self.kinds:
            states.append(at)
            at += self._most[kind]
        for call in body:
            own = []
            for kind in call.form.outputs:
                own.append(at)
                at += self._most[kind]
            rooms.append(own)
        return states, rooms

    def _packed(self, body: Sequence[Call], chosen: Sequence[int]) -> tuple[Ints, Ints, Ints]:
        """The calls as `fold_calls` takes them."""
        states, rooms = self._areas(body)
        place, sources = 0, []
        for call, own in zip(body, rooms, strict=True):
            names = [*(slot.name for slot in call.form.free), *(slot.name for slot, _ in call.form.fixed)]
            places = {name: place + number for number, name in enumerate(names)}
            sources.append(call.form.sources(self.bank.numbers, own, calls.AREA, places))
            place += len(names)
        carried = [
            (state, rooms[-1][o], self.bank.numbers[kind])
            for state, o, kind in zip(states, chosen, self.kinds, strict=True)
        ]
        forms = np.array([call.form.code() for call in body], dtype=np.int64)
        return forms, np.array(sources, dtype=np.int64), np.array(carried, dtype=np.int64)

    def _blocks(self, body: Sequence[Call], cost: int) -> Iterator[Block]:
        """The ranges of the arguments of all calls, where what is looked up in the bank costs so much."""
        bank = self.bank
        states, rooms = self._areas(body)
        wanted = [
            kind
            for call in body
            for kind, part in zip(call.form.arguments, call.arguments, strict=True)
            if part == VALUE
        ]
        if not wanted and cost:
            return
        for costs in splits(cost, len(wanted), bank.levels) if wanted else [()]:
            choices = [list(bank.spans(level, kind)) for level, kind in zip(costs, wanted, strict=True)]
            for spans in product(*choices):
                values = iter(spans)
                ranges: list[tuple[int, int]] = []
                for call in body:
                    for part in call.arguments:
                        if part == VALUE:
                            ranges.append(next(values))
                            continue
                        area = states[part] if part < STATES else rooms[0][part - STATES]
                        ranges.append((-1 - area, -area))
                    fixed = [bank.leaf(node) for _, node in call.form.fixed]
                    ranges += [(value, value + 1) for value in fixed]
                op = body[-1].form.op
                whole = Block(
                    op, self._number, tuple(low for low, _ in ranges), tuple(high for _, high in ranges), False
                )
                yield from bank.parts(iter([whole]), self._pace, _BLOCK)

    # As programs

    def _graph(
        self,
        setting: Setting,
        start: Start,
        body: Sequence[Call],
        chosen: Sequence[int],
        values: tuple[int, ...],
    ) -> Graph:
        names = [f"f{j}" for j in range(len(self.kinds))]
        held = [Held(name, slot.type, slot.shape.dimensions) for name, slot in zip(names, self.outputs, strict=True)]
        results: list[Node] = []
        at = 0
        for call in body:
            free: list[Node] = []
            for number, part in enumerate(call.arguments):
                if part == VALUE:
                    free.append(self.lines.node(values[at + number]))
                else:
                    free.append(held[part] if part < STATES else results[part - STATES])
            at += len(call.arguments) + len(call.form.fixed)
            results = [Apply(op, call.form.full(free)) for op in self._outputs(call.form)]
        nexts = [results[o] for o in chosen]
        states = {name: State(node, begin) for name, node, (begin, _) in zip(names, nexts, start, strict=True)}
        outputs = {slot.name: node for slot, node in zip(self.outputs, nexts, strict=True)}
        if setting is self.once:
            return Graph(outputs)
        carried = {slot.name: name for slot, name in zip(self.outputs, names, strict=True)}
        return Graph(outputs, {}, setting.count, "", states, carried)

    def _outputs(self, form: Form) -> list[Any]:
        """The operations that give the outputs of a form's skill, in order."""
        found = {op.result.name: op for op in self.search.ops.all if op.card is form.op.card}
        return [found[slot.name] for slot in form.op.card.outputs]
