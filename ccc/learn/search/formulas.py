"""The method `formulas`: where all that is given and wanted are bits, functions of bits by increasing cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, final

import numpy as np

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search import packed
from ccc.learn.search.bank import splits
from ccc.learn.search.computed import Computed
from ccc.learn.search.graph import Apply, Graph, Node, Number
from ccc.learn.search.kernels import Floats, Ints, Kernel
from ccc.learn.search.lines import expected, line_leaves, told
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.packed import MOST_HITS, ROW, Words
from ccc.learn.search.rounds import MOST_LANES, Rounds, fits, graph_of, moves
from ccc.learn.search.search import Method, Search, in_turns
from ccc.learn.search.truth_tables import TruthTable, calls_of_many, tables_of
from ccc.skills import Slot, Type

_LEAF = -1
_MOST_VALUES, _VALUE = 1 << 22, 48
"""Values that are kept at most, and how many bytes each takes with one word, its place in the table with it."""
_AT_ONCE = 1 << 22
_KEPT = 3
"""To keep a candidate takes so long, where to compare one takes 1."""
_HARD = 1 << 26
"""Comparisons after which last steps are looked for: before, formulas are as short as can be."""
native: Any = packed  # mypy cannot follow arguments given in rows


@final
class Formulas(Method):
    """Formulas of operations that give bits of bits, as straight lines, and in each round of a loop over vectors.

    It ends at once where there are other numbers, or where what is given does not say what is wanted.
    """

    name = "formulas"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        _warm_up(search)
        yield None
        search.begin()
        yield from in_turns(search, [_straight(search), _in_rounds(search)])


def _warm_up(search: Search) -> None:
    """Have what it runs compiled, or loaded, before the clock starts."""
    search.warm_up()
    packed.warm_up()
    tables_of(search.ops, rank(Type.INT))


def _straight(search: Search) -> Iterator[Found | None]:
    outputs = search.problem.card.outputs
    if any(slot.shape.dimensions for slot in outputs):
        return
    wanted = [(slot, expected(search, slot)) for slot in outputs]
    given = [(node, value) for node, value in line_leaves(search) if _bits([value])]
    leaves = [(0, *pair) for pair in given]
    varied = [(node, value) for node, value in given if not isinstance(node, Number)]
    leaves += calls_of_many(search.ops, _highest(search, outputs), varied)
    yield from _Bits(search, leaves, wanted, Graph).search()


def _in_rounds(search: Search) -> Iterator[Found | None]:
    """Loops in whose rounds each output is a formula of elements, of what is given and of vectors computed before."""
    card = search.problem.card
    for name in card.dimensions:
        rounds = Rounds(search, name, 1)
        if not fits(card, name) or not all(moves(slot, rounds) for slot in card.outputs):
            continue
        if 0 < rounds.lanes <= MOST_LANES and _bits([rounds.wanted(slot) for slot in card.outputs]):
            leaves = [(0, node, value) for node, value in rounds.leaves()]
            leaves += [(later.cost, later.node, later.value) for later in Computed(search)(rounds)]
            wanted = [(slot, rounds.wanted(slot)) for slot in card.outputs]
            yield from _Bits(search, leaves, wanted, partial(graph_of, rounds, {})).search()


def _negation(search: Search) -> Op | None:
    """What gives the `bit` that an int of 0 or 1 is not."""
    return next((op for op in search.ops.scalar if op.kernel == Kernel.IS_LE), None)


def _highest(search: Search, slots: Sequence[Slot]) -> int:
    """The type that values may have: where an output is a `bit` that of integers, if one can be made a bit at last."""
    return min(rank(Type.INT) if _negation(search) and slot.type is Type.BIT else rank(slot.type) for slot in slots)


def _bits(values: Sequence[Floats]) -> bool:
    return all(bool(np.isin(value, (0.0, 1.0)).all()) for value in values)


class _Bits:
    """The enumeration on the lanes of a straight line or a loop."""

    def __init__(
        self,
        search: Search,
        leaves: Sequence[tuple[int, Node, Floats]],
        wanted: Sequence[tuple[Slot, Floats]],
        graph: Callable[[dict[str, Node]], Graph],
    ) -> None:
        """leaves: each with its cost."""
        self._search, self._graph = search, graph
        self._slots = [slot for slot, _ in wanted]
        self._highest, self._negation = _highest(search, self._slots), _negation(search)
        able = [leaf for leaf in leaves if _bits([leaf[2]]) and rank(leaf[1].type) <= self._highest]
        goals = [1 - value if self._is_negated(slot) else value for slot, value in wanted]
        self.possible = _bits(goals) and bool(able) and told([value for _, _, value in able], goals)
        lanes = np.unique(np.array([*(value for _, _, value in able), *goals]), axis=1) if self.possible else None
        self._leaves = able
        self._packed = _packed(lanes) if lanes is not None else np.zeros((0, 1), dtype=np.uint64)
        self._mask = _packed(np.ones((1, lanes.shape[1])))[0] if lanes is not None else self._packed
        self.known: dict[str, list[Node]] = {slot.name: [] for slot in self._slots}

    def _is_negated(self, slot: Slot) -> bool:
        """Whether what is looked for is the opposite of an output, as that is made a `bit` by turning it over."""
        return rank(slot.type) < self._highest

    def _output(self, slot: Slot, node: Node) -> Node:
        """The output that a value which was looked for stands for."""
        if not self._is_negated(slot):
            return node
        assert self._negation is not None
        return Apply(self._negation, (node,))

    def search(self) -> Iterator[Found | None]:
        """The formulas by cost; None now and then."""
        if not self.possible:
            return
        self._open()
        most = max((table.arity for table in self._tables), default=0)
        dearest = max([self._last_leaf, *(table.cost for table in self._tables)])
        levels, size, highest = [self._keep_leaves(0)], 0, 0
        started = self._search.work
        yield from self._leaf_hits()
        while size < most * highest + dearest:
            size += 1
            begin = self._used
            self._search.size = max(self._search.size, size)
            for number, table in enumerate(self._tables):
                for parts in splits(size - table.cost, table.arity, len(levels)):
                    if not self._full and (not table.symmetric or list(parts) == sorted(parts)):
                        yield from self._try(number, table, [levels[part] for part in parts])
            self._keep_leaves(size)
            levels.append((begin, self._used))
            if self._used > begin:
                highest = size
            spent = self._search.work - started
            if self._full:
                yield from self._all_last_steps(levels, max(spent, _HARD))
                return
            if spent > _HARD:
                yield from self._last_steps(levels, spent)

    def _open(self) -> None:
        """Take memory."""
        words = self._packed.shape[1]
        room = self._search.budget.memory // (16 * (_VALUE + 8 * words))
        most = max(64, min(_MOST_VALUES, 1 << max(0, room.bit_length() - 1)))
        self._claim = self._search.claim(most * (_VALUE + 8 * words), most * (_VALUE + 8 * words))
        self._values = np.zeros((most, words), dtype=np.uint64)
        self._rows = np.zeros((most, ROW), dtype=np.int32)
        self._table = np.zeros(2 * most, dtype=np.int32)
        self._used = 0
        self._tables = tables_of(self._search.ops, self._highest)
        self._ways = [(table, *way) for table in self._tables if table.arity in (2, 3) for way in table.orders()]
        self._last_leaf = max(cost for cost, _, _ in self._leaves)

    def _keep_leaves(self, cost: int) -> tuple[int, int]:
        """Keep the leaves of one cost; where these values begin and end."""
        begin = self._used
        for number, (own, _, _) in enumerate(self._leaves):
            if own == cost:
                row = np.array([_LEAF, number, 0, 0, 0])
                self._used = native.keep(self._values, self._rows, self._table, self._used, self._packed[number], row)
        return begin, self._used

    def _leaf_hits(self) -> Iterator[Found]:
        for slot, goal in zip(self._slots, self._goals, strict=True):
            for number, value in enumerate(self._packed[: len(self._leaves)]):
                if self._leaves[number][0] == 0 and (value == goal).all():
                    self.known[slot.name].append(self._output(slot, self._leaves[number][1]))
                    break
        yield from self._search.together(self.known, self._graph)

    @property
    def _goals(self) -> Words:
        return self._packed[len(self._leaves) :]

    def _try(self, number: int, table: TruthTable, ranges: Sequence[tuple[int, int]]) -> Iterator[Found | None]:
        """One operation on values of these levels; None now and then."""
        lows, highs = (np.array([part[end] for part in ranges] + [end] * (4 - len(ranges))) for end in (0, 1))
        inner = int(np.prod((highs - lows)[1:].astype(float)))
        step = max(1, _AT_ONCE // max(inner, 1))
        since = self._search.work
        for low in range(lows[0], highs[0], step):
            some = highs.copy()
            some[0] = min(low + step, highs[0])
            first = lows.copy()
            first[0] = low
            tried = native.choices(table.arity, table.symmetric, first, some)
            self._search.count(tried, tried * (1 if self._full else _KEPT))
            yield from self._run(number, table, first, some)
            if self._search.work - since > self._search.turn:
                yield None
                since = self._search.work

    def _run(self, number: int, table: TruthTable, lows: Ints, highs: Ints) -> Iterator[Found]:
        hits = np.zeros((len(self._slots), MOST_HITS, 4), dtype=np.int64)
        counts = np.zeros(len(self._slots), dtype=np.int64)
        self._used = native.combine(
            *(number, table.rows, table.arity, table.symmetric, lows, highs, self._mask, self._goals, hits, counts),
            *(self._values, self._rows, self._table, self._used),
        )
        for output, slot in enumerate(self._slots):
            for hit in hits[output, : counts[output]]:
                made = Apply(table.op, tuple(self._node(int(place)) for place in hit[: table.arity]))
                node = self._output(slot, made)
                if len(self.known[slot.name]) < MOST_HITS:
                    self.known[slot.name].append(node)
                yield from self._search.together({**self.known, slot.name: [node]}, self._graph)

    @property
    def _full(self) -> bool:
        return self._used == len(self._values)

    def _all_last_steps(self, levels: Sequence[tuple[int, int]], work: float) -> Iterator[Found | None]:
        """With nothing more to be kept, last steps from what there is, with twice the work each time, until about
        all were tried.
        """
        while not all(self.known.values()) and work < len(self._tables) * float(self._used) ** 2:
            yield from self._last_steps(levels, work)
            work *= 2

    def _last_steps(self, levels: Sequence[tuple[int, int]], work: float) -> Iterator[Found | None]:
        """Of outputs that are not known yet, the cheapest formulas whose last step's arguments are. Each last argument
        that is looked up is a candidate.

        work: how many comparisons may be made in all.
        """
        costs = np.repeat(np.arange(len(levels)), [end - begin for begin, end in levels])
        unknown = [pair for pair in zip(self._slots, self._goals, strict=True) if not self.known[pair[0].name]]
        most = int(work) // max(1, len(self._ways) * len(unknown))
        for slot, goal in unknown:
            best, last = np.array([np.iinfo(np.int64).max, 0, 0, 0, 0]), None
            for table, order, rows in self._ways:
                before, looked_up = best[0], best[4]
                compared = native.last_step(
                    *(rows, table.arity, goal, self._mask, costs, self._values, self._table, self._used, most, best)
                )
                if best[0] < before:
                    last = (table, order)
                self._search.count(int(best[4] - looked_up), compared)
                yield None
            if last is not None:
                table, order = last
                given = [best[1], best[3]] if table.arity == 2 else best[1:4]
                places = [int(place) for _, place in sorted(zip(order, given, strict=True))]
                node = self._output(slot, Apply(table.op, tuple(map(self._node, places))))
                self.known[slot.name].append(node)
                yield from self._search.together(self.known, self._graph)

    def _node(self, place: int) -> Node:
        """A value as a program."""
        number, *arguments = map(int, self._rows[place])
        if number == _LEAF:
            leaf: Node = self._leaves[arguments[0]][1]
            return leaf
        op = self._tables[number].op
        return Apply(op, tuple(self._node(argument) for argument in arguments[: len(op.arguments)]))


def _packed(rows: Floats) -> Words:
    """Bits of lanes, shape [n, lanes], in words, shape [n, words]."""
    count, lanes = rows.shape
    words = -(-lanes // 64)
    padded = np.zeros((count, 64 * words), dtype=np.uint8)
    padded[:, :lanes] = rows.astype(np.uint8)
    found: Words = np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
    return found.reshape(count, words)
