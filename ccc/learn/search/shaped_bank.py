"""A bank of values of any shape: each value once, by cost and class, and calls of skills on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.learn.room import Claim, Room
from ccc.learn.search import calls, expand
from ccc.learn.search.bank import Block, splits
from ccc.learn.search.calls import Machine, Ranges, Values
from ccc.learn.search.graph import Node
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.ops import Ops
from ccc.learn.search.shaped import Class, Form, Lanes
from ccc.learn.search.vm import MOST_SLOTS
from ccc.learn.threads import crew, thread_count

native: Any = calls  # mypy cannot follow arguments given in rows
_STACK = 1 << 12
_KEEP_BLOCK, _CHECK_BLOCK = 1 << 14, 1 << 17
_PART, _UNKNOWN = 1 << 21, 1 << 12
"""Calls take very different times: about so much work is done at once. What a candidate takes until it is known."""
_HITS = 16
_ROOM = 1 << 16
"""Cells for the locals of the skills that are called."""
_SLOTS = 1 << 15
_VALUE, _FIRST = 2 * 8 + 4 + 4 * MOST_SLOTS, 12 * _SLOTS
"""Bytes of a value besides its cells, and of the table at first."""


@dataclass(frozen=True, eq=False)
class Goal:
    """What is wanted of an output: on `lanes`, the elements of each from `starts` on."""

    kind: Class
    lanes: Ints
    starts: Ints
    values: Floats
    tolerance: float = 0.0


Group = tuple[Class, bool]
"""A class, and whether values are computed from single cells alone."""


@dataclass(slots=True)
class Worker:
    """What a thread works with. The memory of its machine ends with its scratch memory and locals."""

    machine: Machine
    found: NDArray[np.uint64]
    places: NDArray[np.int32]
    hits: Ints


class Pace:
    """How much work the candidates of each form were, or of whatever blocks have for a number."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._work: dict[int, float] = {}

    def each(self, number: int) -> float:
        """Of one candidate, on average so far."""
        known = self._counts.get(number, 0)
        return max(1.0, self._work[number] / known) if known else _UNKNOWN

    def add(self, block: Block, machine: Machine) -> float:
        """How much work a block was that has just been run."""
        work = calls.work_of(machine)
        self._counts[block.number] = self._counts.get(block.number, 0) + block.count
        self._work[block.number] = self._work.get(block.number, 0.0) + work
        return work


def ranges_of(block: Block) -> Ranges:
    """The arguments of a block as native code takes them."""
    return Ranges(np.array(block.lows, dtype=np.int64), np.array(block.highs, dtype=np.int64), block.ordered)


class ShapedBank:
    """Values on lanes. Within a level, which is a cost, values stand by group.

    forms: the operations; `classes` gives their numbers. room, most: where memory is taken from, and how many bytes at
    most. Addresses are reserved for all of that at once, as values must not move; memory is taken as they come.
    """

    def __init__(
        self, ops: Ops, lanes: Lanes, leaves: Sequence[Class], forms: Sequence[Form], room: Room, most: int
    ) -> None:
        self._ops, self.lanes, self.forms = ops, lanes, list(forms)
        kinds = {*leaves, *(kind for form in forms for kind in (form.result, *form.outputs, *form.arguments))}
        self.classes = sorted(kinds, key=lambda kind: kind.order)
        self.numbers = {kind: number for number, kind in enumerate(self.classes)}
        count = max(len(lanes), 1)
        self.sizes = np.array([lanes.sizes(kind.dimensions) for kind in self.classes], dtype=np.int64).reshape(
            -1, count
        )
        self.widths = self.sizes.sum(axis=1)
        self.offsets = np.cumsum(self.sizes, axis=1) - self.sizes
        self._keys = np.random.default_rng(0x5EED).integers(
            1 << 62, 1 << 63, int(self.widths.max(initial=1)), dtype=np.uint64
        ) | np.uint64(1)
        self.scratch_cells = 2 * MOST_SLOTS * int(self.widths.max(initial=1))
        self.threads = thread_count()
        spare = self.threads * (self.scratch_cells + _ROOM)
        self._claim = Claim(room, most, 8 * spare + _FIRST)
        self.room = max(1 << 10, min(most // _VALUE, 1 << 24))
        self._last = ops.codes.top + max(most // 8, 1 << 12)
        self.memory = np.zeros(self._last + spare)
        self.memory[: ops.codes.top] = ops.codes.memory(0)
        self._cell = ops.codes.top
        self.address = np.zeros(self.room, dtype=np.int64)
        self.layout = np.zeros(self.room, dtype=np.int64)
        self._form = np.zeros(self.room, dtype=np.int32)  # one more than the number, 0 for leaves
        self._arguments = np.zeros((self.room, MOST_SLOTS), dtype=np.int32)
        self._table = np.zeros(_SLOTS, dtype=np.uint64)
        self._indices = np.zeros(_SLOTS, dtype=np.int32)
        self.used = 0
        self.full = False
        self.leaves: list[Node] = []
        self._of_leaf: dict[Node, int] = {}
        self._levels: list[dict[Group, tuple[int, int]]] = []
        self.workers = [self._worker(number) for number in range(self.threads)]
        self._packed: dict[int, tuple[Ints, Ints]] = {}
        self._keeping, self._checking = Pace(), Pace()

    def _worker(self, number: int) -> Worker:
        scratch = self._last + number * (self.scratch_cells + _ROOM)
        memory, stack = self.memory[: scratch + self.scratch_cells + _ROOM], np.zeros(_STACK, dtype=np.int64)
        top, ops = scratch + self.scratch_cells, self._ops
        machine = Machine(ops.codes.code, stack, memory, memory.view(np.uint64), scratch, top, ops.low, ops.high)
        return Worker(
            machine,
            *(np.empty(_KEEP_BLOCK, dtype=np.uint64), np.empty((_KEEP_BLOCK, MOST_SLOTS), dtype=np.int32)),
            np.zeros((_HITS, 3 * MOST_SLOTS), dtype=np.int64),
        )

    # Values

    def add_data(self, values: Floats) -> int:
        """Put cells into memory; where they begin."""
        at = self._cell
        if at + len(values) > self._last:
            raise MemoryError("no room for the cases")
        self.memory[at : at + len(values)] = values
        self._cell += len(values)
        return at

    def add_layout(self, offsets: Ints) -> int:
        """A layout besides those of the classes."""
        self.offsets = np.ascontiguousarray(np.vstack([self.offsets, offsets.reshape(1, -1)]))
        return len(self.offsets) - 1

    def add_leaf(self, node: Node, address: int, layout: int, kind: Class) -> None:
        """A value that costs nothing. layout: of its class, where it is new if no other value equals it."""
        if node in self._of_leaf or self.used == self.room:
            return
        if layout == self.numbers[kind]:
            row = self.memory[address : address + int(self.widths[layout])]
            key = np.uint64(expand.hash_row(row, row.view(np.uint64), self._keys, layout))
            at = int(expand.find(self._table, key))
            if at >= 0:
                self._of_leaf[node] = int(self._indices[at])
                return
            self._table[-1 - at], self._indices[-1 - at] = key, self.used
        self._of_leaf[node] = self.used
        self.address[self.used], self.layout[self.used] = address, layout
        self._arguments[self.used, 0] = len(self.leaves)
        self.leaves.append(node)
        self.used += 1

    def leaf(self, node: Node) -> int:
        """The value of a leaf."""
        return self._of_leaf[node]

    def close(self, starts: Mapping[Group, int]) -> None:
        """End a level. starts: where the values of each group begin in it."""
        ends = [*list(starts.values())[1:], self.used]
        spans = zip(starts.items(), ends, strict=True)
        self._levels.append({group: (start, end) for (group, start), end in spans if start < end})

    @property
    def levels(self) -> int:
        return len(self._levels)

    @property
    def highest(self) -> int:
        """The highest level that has values."""
        return max((number for number, level in enumerate(self._levels) if level), default=0)

    def spans(self, level: int, kind: Class) -> Iterator[tuple[int, int]]:
        """The values of one cost that can stand for those of a class: those of narrower types too."""
        yield from (span for span, _ in self._spans(level, kind))

    def _spans(self, level: int, kind: Class) -> Iterator[tuple[tuple[int, int], bool]]:
        for (other, plain), span in self._levels[level].items():
            if other.dimensions == kind.dimensions and other.rank <= kind.rank:
                yield span, plain

    def values(self, level: int, kind: Class) -> list[int]:
        """The values of one cost and class."""
        return [value for plain in (True, False) for value in range(*self._levels[level].get((kind, plain), (0, 0)))]

    def node(self, value: int) -> Node | tuple[Form, tuple[int, ...]]:
        """A leaf, or the form that a value comes from and the values of its free arguments."""
        number = int(self._form[value]) - 1
        row = [int(part) for part in self._arguments[value]]
        if number < 0:
            return self.leaves[row[0]]
        form = self.forms[number]
        return form, tuple(row[: len(form.arguments)])

    # Candidates

    def blocks(self, number: int, cost: int, plain: bool | None = None) -> Iterator[Block]:
        """The candidates of a form whose free arguments cost `cost` together. plain: those computed from single cells
        alone, or only the others.
        """
        form = self.forms[number]
        fixed = [self.leaf(node) for _, node in form.fixed]
        for costs in splits(cost, len(form.arguments), self.levels):
            choices = [list(self._spans(level, kind)) for level, kind in zip(costs, form.arguments, strict=True)]
            for chosen in product(*choices):
                spans = [span for span, _ in chosen]
                if form.commutative and spans[0] > spans[1]:
                    continue
                if plain is not None and plain != all(of_cells for _, of_cells in chosen):
                    continue
                lows = (*(span[0] for span in spans), *fixed)
                highs = (*(span[1] for span in spans), *(value + 1 for value in fixed))
                yield Block(form.op, number, lows, highs, form.commutative and spans[0] == spans[1])

    def parts(self, blocks: Iterator[Block], pace: Pace, most: int) -> Iterator[Block]:
        """The same candidates in blocks of at most so many, and of about as much work as is to be done at once."""
        for block in blocks:
            waiting = [block]
            while waiting:
                part = waiting.pop()
                if part.area <= max(1, min(most, int(_PART / pace.each(part.number)))):
                    yield part
                else:
                    waiting += [*part.halves()][::-1]

    def keep(self, blocks: Iterator[Block]) -> Iterator[tuple[int, float]]:
        """Keep all new results of the blocks; how many candidates were looked at, and how long that took, each time
        that it was some.
        """
        parts = self.parts(blocks, self._keeping, _KEEP_BLOCK)
        pool = crew(self.threads)
        while group := list(islice(parts, self.threads)):
            work = 0.0
            for worker, part, count in zip(
                self.workers, group, pool.map(self._expand, group, self.workers), strict=False
            ):
                self._commit(part, worker, count)
                work += self._keeping.add(part, worker.machine)
            yield sum(part.count for part in group), work
            if self.full:
                return

    def packed(self, number: int) -> tuple[Ints, Ints]:
        """A form and what its slots get, as `calls` takes them, results on all lanes."""
        if number not in self._packed:
            form = self.forms[number]
            order = [*(slot.name for slot in form.free), *(slot.name for slot, _ in form.fixed)]
            rooms, at = [], 0
            for kind in form.outputs:
                rooms.append(at)
                at += int(self.widths[self.numbers[kind]])
            places = {name: place for place, name in enumerate(order)}
            self._packed[number] = form.code(), form.sources(self.numbers, rooms, calls.RESULT, places)
        return self._packed[number]

    def _result(self, number: int) -> tuple[int, int, int]:
        """Where in the scratch memory a form's result stands, its cells, the number of its class."""
        form = self.forms[number]
        _, sources = self.packed(number)
        at = next(i for i, slot in enumerate(form.op.card.slots) if slot.name == form.op.result.name)
        kind = self.numbers[form.result]
        return int(sources[at, 1]), int(self.widths[kind]), kind

    @property
    def native_values(self) -> Values:
        return Values(self.address, self.layout, self.offsets, self.sizes)

    def _expand(self, part: Block, worker: Worker) -> int:
        return int(
            native.expand(
                *(worker.machine, self.native_values, *self.packed(part.number), ranges_of(part)),
                *(self._result(part.number), self._table, self._keys, worker.found, worker.places),
            )
        )

    def _commit(self, part: Block, worker: Worker, count: int) -> None:
        place = self._result(part.number)
        _, width, kind = place
        if not self._claim_for(count, width):
            self.full = True
            return
        used = native.commit(
            *(worker.machine, self.native_values, *self.packed(part.number), place, self._table, self._indices),
            *(worker.found, worker.places, len(part.lows), count, self.used, (self._cell, self._last), self._arguments),
        )
        self.full = used == self.room or self._cell + (used - self.used + 1) * width > self._last
        self._form[self.used : used] = part.number + 1
        self.layout[self.used : used] = kind
        self._cell += (used - self.used) * width
        self.used = used

    def _claim_for(self, count: int, width: int) -> bool:
        """Whether there is memory for so many more values, and a table that stays sparse."""
        slots = len(self._table)
        while slots < 4 * (self.used + count):
            slots *= 2
        if not self._claim.extend(count * (_VALUE + 8 * width) + 12 * (slots - len(self._table))):
            return False
        if slots > len(self._table):
            table, indices = np.zeros(slots, dtype=np.uint64), np.zeros(slots, dtype=np.int32)
            expand.rehash(self._table, self._indices, table, indices)
            self._table, self._indices = table, indices
        return True

    def check(self, blocks: Iterator[Block], goal: Goal) -> Iterator[tuple[Block, float, list[tuple[int, ...]]]]:
        """Each block in turn, how long it took, and the arguments of those that are what is wanted."""
        parts = self.parts(blocks, self._checking, _CHECK_BLOCK)
        pool = crew(self.threads)
        while group := list(islice(parts, self.threads)):
            runs = pool.map(self._check, group, self.workers, [goal] * len(group))
            for worker, part, found in zip(self.workers, group, runs, strict=False):
                yield part, self._checking.add(part, worker.machine), found

    def _check(self, part: Block, worker: Worker, goal: Goal) -> list[tuple[int, ...]]:
        count = native.check(
            *(
                worker.machine,
                self.native_values,
                *self.packed(part.number),
                ranges_of(part),
                self._result(part.number),
            ),
            *(goal.lanes, goal.starts, goal.values, goal.tolerance, worker.hits),
        )
        return [tuple(int(place) for place in row[: len(part.lows)]) for row in worker.hits[:count]]

    def nearest(self, level: int, goal: Goal) -> tuple[int, float]:
        """The value of a cost that is right on most of the wanted elements, and on which share of them."""
        best, share = -1, -1.0
        for (kind, _), (begin, end) in self._levels[level].items():
            if kind.dimensions != goal.kind.dimensions or kind.rank > goal.kind.rank:
                continue
            number = self.numbers[kind]
            mask = self.layout[begin:end] == number
            begin += int(np.argmax(mask)) if mask.any() else end - begin  # rows of data have layouts of their own
            if begin == end or not len(goal.values):
                continue
            value, right = native.agreement(
                *(self.memory, self.native_values, begin, end, number, goal.lanes, goal.starts, goal.values)
            )
            if right / len(goal.values) > share:
                best, share = int(value), right / len(goal.values)
        return best, share
