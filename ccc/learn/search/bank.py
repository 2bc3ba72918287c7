"""A bank of values: what is known so far, each value once, by cost and type, and its operations on all cores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ccc.learn.room import Claim, Room
from ccc.learn.search import expand, meet
from ccc.learn.search.kernels import MOST_ARGUMENTS, Floats, Ints, Kernel
from ccc.learn.search.ops import Op, Ops, rank
from ccc.learn.search.target import Target
from ccc.learn.threads import crew, thread_count

_FIRST_ROOM, _FIRST_BYTES, _LEAST_ROOM = 1 << 12, 1 << 20, 64
"""Values that there is room for at first: so many, but no more than these bytes hold, though never fewer than the last.
"""
native: Any = expand  # mypy cannot follow arguments given in rows
_KEEP_BLOCK, _KEEP_LANES = 1 << 18, 1 << 24
"""The most candidates that are computed at once, on how many lanes together: the clock is looked at in between."""
_CHECK_BLOCK = 1 << 23
_CELLS, _STACK = 1 << 16, 1 << 11
_MEETINGS = 64
_SCAN = 1 << 16
LEAF = -1
"""The operation of a leaf; its first argument is its number."""


@dataclass(frozen=True, slots=True)
class Block:
    """Ranges of arguments for an operation. number: of the operation."""

    op: Op
    number: int
    lows: tuple[int, ...]
    highs: tuple[int, ...]
    ordered: bool

    @property
    def count(self) -> int:
        sizes = [high - low for low, high in zip(self.lows, self.highs, strict=True)]
        if self.ordered:  # pairs i <= j
            (a, b), (c, d) = (self.lows[0], self.highs[0]), (self.lows[1], self.highs[1])
            pairs = sum(max(0, d - max(c, i)) for i in range(a, b)) if (a, b) != (c, d) else (b - a) * (b - a + 1) // 2
            return int(pairs * np.prod(sizes[2:]))
        return int(np.prod(sizes))

    @property
    def slowness(self) -> int:
        """How long a candidate takes, compared with one of a plain kernel."""
        return self.op.slowness

    def parts(self, most: int) -> Iterator[Block]:
        """Blocks of at most so many candidates, in order."""
        if self.area <= most:
            yield self
        else:
            for half in self.halves():
                yield from half.parts(most)

    @property
    def area(self) -> int:
        """How many candidates it has, those that are left out as exchanged too."""
        return math.prod(high - low for low, high in zip(self.lows, self.highs, strict=True))

    def halves(self) -> Iterator[Block]:
        """The first and the second half of a block of more than one candidate."""
        sizes = [high - low for low, high in zip(self.lows, self.highs, strict=True)]
        axis = int(np.argmax(sizes))
        middle = (self.lows[axis] + self.highs[axis]) // 2
        lows, highs = list(self.lows), list(self.highs)
        lows[axis] = highs[axis] = middle
        for block in (
            Block(self.op, self.number, self.lows, tuple(highs), self.ordered),
            Block(self.op, self.number, tuple(lows), self.highs, self.ordered),
        ):
            if not (block.ordered and block.highs[1] <= block.lows[0]):
                yield block


@dataclass(slots=True)
class _Worker:
    """What a thread works with."""

    stack: Ints
    memory: Floats
    found: NDArray[np.uint64] = field(default_factory=lambda: np.empty(_KEEP_BLOCK, dtype=np.uint64))
    places: NDArray[np.int32] = field(default_factory=lambda: np.empty((_KEEP_BLOCK, 4), dtype=np.int32))
    hits: Ints = field(default_factory=lambda: np.zeros((native.MOST_HITS, 4), dtype=np.int64))


_of_ops: WeakKeyDictionary[Ops, list[_Worker]] = WeakKeyDictionary()


def _workers(ops: Ops) -> list[_Worker]:
    """What the threads of a search work with: its banks take turns."""
    if ops not in _of_ops:
        threads = thread_count()
        _of_ops[ops] = [_Worker(np.zeros(_STACK, dtype=np.int64), ops.codes.memory(_CELLS)) for _ in range(threads)]
    return _of_ops[ops]


class Bank:
    """Values on lanes. Levels are costs; within a level values stand by type: bits, integers, reals.

    first: which lanes are the first of their example, where there are rounds. room, most: where memory is taken from,
    and how many bytes at most. faults: on how many lanes a value may fault. beside: bytes that somebody else keeps of
    each value.
    """

    def __init__(
        self, ops: Ops, lanes: int, first: NDArray[np.bool_], room: Room, most: int, faults: int = 0, beside: int = 0
    ) -> None:
        self._ops, self._first, self._faults = ops, first, faults
        self._code = ops.codes.code
        lanes = max(lanes, 1)
        self._row = 8 * lanes + 8 * min(lanes, native.PROBED) + 4 * 5 + 4 * 12 + beside
        rows = max(_LEAST_ROOM, min(_FIRST_ROOM, 1 << (_FIRST_BYTES // self._row).bit_length()))
        self._claim = Claim(room, most, rows * self._row)
        self.values: Floats = np.zeros((rows, lanes))
        self.used = 0
        self.full = False
        self._table = np.zeros(4 * rows, dtype=np.uint64)
        self._indices = np.zeros(4 * rows, dtype=np.int32)
        self._number = np.zeros(rows, dtype=np.int32)
        self._arguments = np.zeros((rows, 4), dtype=np.int32)
        self._ranges: list[dict[int, tuple[int, int]]] = []
        self._keys = np.random.default_rng(0x5EED).integers(1 << 62, 1 << 63, lanes, dtype=np.uint64) | np.uint64(1)
        self._workers = _workers(ops)

    # Values

    def add(self, value: Floats, kind: int, number: int, arguments: Sequence[int]) -> int | None:
        """Keep one value if it is new and there is room; its index, or that of the value that it equals."""
        if self.used == len(self.values) and not self._grow():
            return None
        row = np.ascontiguousarray(value, dtype=np.float64)
        key = np.uint64(native.hash_row(row, row.view(np.uint64), self._keys, kind))
        at = int(native.find(self._table, key))
        if at >= 0:
            return int(self._indices[at])
        self._table[-1 - at], self._indices[-1 - at] = key, self.used
        self.values[self.used] = row
        self._number[self.used] = number
        self._arguments[self.used, : len(arguments)] = arguments
        self.used += 1
        return self.used - 1

    def close(self, starts: dict[int, int]) -> None:
        """End a level. starts: where the values of each type begin in it."""
        ends = [*list(starts.values())[1:], self.used]
        self._ranges.append({kind: (start, end) for (kind, start), end in zip(starts.items(), ends, strict=True)})

    @property
    def levels(self) -> int:
        return len(self._ranges)

    def kind(self, index: int) -> int:
        """The type of a value that is in a level."""
        for ranges in self._ranges:
            for kind, (begin, end) in ranges.items():
                if begin <= index < end:
                    return kind
        return -1

    def kinds(self) -> Ints:
        """The types of all values, shape [used]."""
        found = np.full(self.used, -1, dtype=np.int64)
        for ranges in self._ranges:
            for kind, (begin, end) in ranges.items():
                found[begin:end] = kind
        return found

    def equal(self, start: int, target: Target, most: int) -> int | None:
        """The first value from `start` on, of a type up to `most`, that is what is wanted."""
        start = max(start, 0)
        for begin in range(start, self.used, _SCAN):
            rows = self.values[begin : min(begin + _SCAN, self.used)]
            low, high = target.bounds[:, 0]
            first = rows[:, target.lanes[0]]
            same = np.flatnonzero((low <= first) & (first <= high))
            for row in same:
                index = begin + int(row)
                if target.right(rows[row, target.lanes]).all() and 0 <= self.kind(index) <= most:
                    return index
        return None

    @property
    def highest(self) -> int:
        """The highest level that has values."""
        return max((n for n, level in enumerate(self._ranges) if any(a < b for a, b in level.values())), default=0)

    def node(self, index: int) -> tuple[int, tuple[int, ...]]:
        """The number of the operation that a value comes from, and its arguments."""
        return int(self._number[index]), tuple(int(part) for part in self._arguments[index])

    def origins(self) -> tuple[Ints, Ints]:
        """For all values, the number of the operation that each comes from, and its arguments."""
        return self._number[: self.used].astype(np.int64), self._arguments[: self.used].astype(np.int64)

    def find(self, value: Floats, kind: int) -> int | None:
        """The index of a value, if it is known."""
        row = np.ascontiguousarray(value, dtype=np.float64)
        key = np.uint64(native.hash_row(row, row.view(np.uint64), self._keys, kind))
        at = int(native.find(self._table, key))
        return int(self._indices[at]) if at >= 0 else None

    def _grow(self) -> bool:
        room = 2 * len(self.values)
        if not self._claim.resize(room * self._row):
            self.full = True
            return False
        for name in ("values", "_number", "_arguments"):
            old = getattr(self, name)
            new = np.zeros((room, *old.shape[1:]), dtype=old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)
        table, indices = np.zeros(4 * room, dtype=np.uint64), np.zeros(4 * room, dtype=np.int32)
        native.rehash(self._table, self._indices, table, indices)
        self._table, self._indices = table, indices
        return True

    def warm_up(self, target: Target) -> None:
        """Have what is used now and then compiled, or loaded."""
        one = np.zeros(1)
        tables = [np.zeros(2, dtype=kind) for kind in (np.uint64, np.int32, np.uint64, np.int32)]
        native.rehash(*tables)
        native.agreement(self.values, 0, 1, target.lanes, target.bounds)
        found = np.zeros((1, 2), dtype=np.int64)
        rest = self._ops.low, self._ops.high
        meet.partners(
            *(0, self.values, 0, 0, one, self._table, self._indices, self._keys, 0, found, *rest),
        )
        worker = self._workers[0]
        native.result(
            *(self._code, int(Kernel.MOV), self.values, 0, 0, 0, 0, np.zeros(self.values.shape[1]), self._first),
            *(worker.stack, worker.memory, *rest, 0),
        )

    # Candidates

    def blocks(self, op: Op, number: int, cost: int) -> Iterator[Block]:
        """The candidates of an operation whose arguments cost `cost` together. number: of the operation."""
        arity = len(op.arguments)
        ranks = [rank(slot.type) for slot in op.arguments]
        for costs in splits(cost, arity, self.levels):
            choices = [
                [(level, *span) for kind, span in self._ranges[level].items() if kind <= most and span[0] < span[1]]
                for level, most in zip(costs, ranks, strict=True)
            ]
            for spans in product(*choices):
                if op.commutative and spans[0] > spans[1]:
                    continue
                lows = tuple(span[1] for span in spans) + (0,) * (MOST_ARGUMENTS - arity)
                highs = tuple(span[2] for span in spans) + (1,) * (MOST_ARGUMENTS - arity)
                yield Block(op, number, lows, highs, op.commutative and spans[0] == spans[1])

    def keep(self, blocks: Iterator[Block]) -> Iterator[int]:
        """Keep all new results of the blocks; how many candidates, times how slow they are, were tried each time."""
        most = min(_KEEP_BLOCK, max(1, _KEEP_LANES // self.values.shape[1]))
        parts = (part for block in blocks for part in block.parts(most // block.slowness or 1))
        for group, counts in self._in_parallel(parts, self._expand, len(self._workers)):
            done = []
            for worker, (part, count) in zip(self._workers, zip(group, counts, strict=True), strict=False):
                if not self.full:
                    self._commit(part, worker, count)
                    done.append(part.count * part.slowness)
            yield from done  # not their sum: what follows from it must not depend on the number of cores
            if self.full:
                return

    def _commit(self, part: Block, worker: _Worker, count: int) -> None:
        while self.used + count > len(self.values) and self._grow():
            pass
        self.used = native.commit(
            *(self._code, int(part.op.kernel), part.number, self.values, self.used, self._table, self._indices),
            *(self._first, worker.found, worker.places, count, self._number, self._arguments),
            *(worker.stack, worker.memory, self._ops.low, self._ops.high, self._faults),
        )

    @staticmethod
    def parts(blocks: Iterator[Block]) -> Iterator[Block]:
        """The same candidates in blocks of the size in which they are checked."""
        return (part for block in blocks for part in block.parts(_CHECK_BLOCK // block.slowness or 1))

    def check(self, parts: Iterator[Block], target: Target) -> Iterator[tuple[Block, int, list[tuple[int, ...]]]]:
        """Each block in turn, how many candidates it has, and the arguments of those that are what is wanted."""
        probe = np.ascontiguousarray(self.values[: max(self.used, 1), target.lanes[: native.PROBED]].T)

        def run(part: Block, worker: _Worker) -> list[tuple[int, ...]]:
            sizes = [high - low for low, high in zip(part.lows, part.highs, strict=True)]
            count = native.check(
                *(self._code, int(part.op.kernel), self.values, probe, int(np.argmax(sizes))),
                *(np.array(part.lows), np.array(part.highs), part.ordered, target.lanes, target.bounds, self._first),
                *(worker.hits, worker.stack, worker.memory, self._ops.low, self._ops.high, self._faults),
            )
            return [tuple(int(place) for place in row) for row in worker.hits[:count]]

        for group, hits in self._in_parallel(parts, run, len(self._workers)):
            for part, found in zip(group, hits, strict=True):
                yield part, part.count, found

    def _expand(self, part: Block, worker: _Worker) -> int:
        return int(
            native.expand(
                *(self._code, int(part.op.kernel), rank(part.op.result.type), self.values),
                *(np.array(part.lows), np.array(part.highs), part.ordered, self._table, self._keys, self._first),
                *(
                    worker.found,
                    worker.places,
                    worker.stack,
                    worker.memory,
                    self._ops.low,
                    self._ops.high,
                    self._faults,
                ),
            )
        )

    def meet(self, op: Op, wanted: Floats, start: int) -> Iterator[tuple[int, int, int]]:
        """Pairs of known values, the first from `start` on, of which an invertible operation makes what is wanted, with
        what they cost, the cheapest first.
        """
        found = np.zeros((_MEETINGS, 2), dtype=np.int64)
        first, second = (rank(slot.type) for slot in op.arguments[:2])
        count = meet.partners(
            *(int(op.kernel), self.values, start, self.used, wanted, self._table, self._indices, self._keys),
            *(second + 1, found, self._ops.low, self._ops.high),
        )
        costs = np.zeros(self.used, dtype=np.int64)
        kinds = np.zeros(self.used, dtype=np.int64)
        for level, ranges in enumerate(self._ranges):
            for kind, (begin, end) in ranges.items():
                costs[begin:end], kinds[begin:end] = level, kind
        for cost, i, j in meet.by_cost(found[:count], costs):
            if kinds[i] <= first and self._makes(op, i, j, wanted):
                yield cost, i, j

    def _makes(self, op: Op, i: int, j: int, wanted: Floats) -> bool:
        out = np.empty_like(wanted)
        worker = self._workers[0]
        native.result(
            *(self._code, int(op.kernel), self.values, i, j, 0, 0, out, self._first),
            *(worker.stack, worker.memory, self._ops.low, self._ops.high, self._faults),
        )
        return bool((out == wanted).all())

    def _in_parallel(
        self, parts: Iterator[Block], run: Callable[[Block, _Worker], Any], size: int
    ) -> Iterator[tuple[list[Block], list[Any]]]:
        """Groups of blocks, one a thread, with what each came to: always in the same order."""
        pool = crew(size)
        while group := list(islice(parts, size)):
            if len(group) == 1:
                yield group, [run(group[0], self._workers[0])]
            else:
                yield group, list(pool.map(run, group, self._workers))

    def nearest(self, start: int, target: Target) -> tuple[int, float]:
        """The value from `start` on that is right on most of the wanted lanes, and on which share of them."""
        if start == self.used or not len(target.lanes):
            return start, 0.0
        row, right = native.agreement(self.values, start, self.used, target.lanes, target.bounds)
        return int(row), right / len(target.lanes)


def splits(total: int, parts: int, levels: int) -> Iterator[tuple[int, ...]]:
    """The ways to write a number as a sum of `parts` numbers below `levels`."""
    if parts == 0:
        return
    if parts == 1:
        if total < levels:
            yield (total,)
        return
    for first in range(min(total, levels - 1) + 1):
        for rest in splits(total - first, parts - 1, levels):
            yield first, *rest
