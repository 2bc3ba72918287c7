"""Operations that give bits of bits, as truth tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import permutations, product

import numpy as np

from ccc.learn.search.codes import CannotRunError
from ccc.learn.search.graph import Apply, Node
from ccc.learn.search.kernels import MOST_ARGUMENTS, Floats
from ccc.learn.search.ops import Op, Ops, rank
from ccc.learn.search.packed import MOST_ROWS, Words
from ccc.learn.search.vm import value_of
from ccc.skills import Mixture

_MOST_GIVEN = 6
"""Arguments of a call of leaves."""


@dataclass(frozen=True)
class TruthTable:
    """An operation on bits. rows: of its truth table, all bits of each set or none. cost: as that of the operation, and
    one more for each argument beyond two, as there are so many more choices of these.
    """

    op: Op
    rows: Words
    symmetric: bool

    @property
    def arity(self) -> int:
        return len(self.op.arguments)

    @property
    def cost(self) -> int:
        return self.op.cost + max(0, self.arity - 2)

    def orders(self) -> Iterator[tuple[tuple[int, ...], Words]]:
        """The truth tables with the arguments in other orders, each once; the n-th is argument number order[n]."""
        seen = set()
        for order in permutations(range(self.arity)):
            given = (sum((row >> n & 1) << place for n, place in enumerate(order)) for row in range(1 << self.arity))
            rows = np.zeros_like(self.rows)
            rows[: 1 << self.arity] = self.rows[list(given)]
            if rows.tobytes() not in seen:
                seen.add(rows.tobytes())
                yield order, rows


def tables_of(ops: Ops, highest: int) -> list[TruthTable]:
    """The operations that give bits of bits, each function once. highest: the type that slots take, and results are."""
    found: dict[tuple[int, ...], TruthTable] = {}
    memory, stack = ops.codes.workspace()
    for op in sorted(ops.scalar, key=lambda one: one.cost):
        arity = len(op.arguments)
        if rank(op.result.type) > highest or any(rank(slot.type) < highest for slot in op.arguments):
            continue
        bits = [row[::-1] for row in product((0.0, 1.0), repeat=arity)]
        results = []
        for row in bits:
            a, b, c, d = [*row, 0.0, 0.0, 0.0][:4]
            results.append(value_of(ops.codes.code, op.kernel, a, b, c, d, stack, memory, ops.low, ops.high))
        if not all(result in (0.0, 1.0) for result in results) or not _needs_all(results, arity):
            continue
        key = (arity, *map(int, results))
        if key not in found:
            rows = np.zeros(MOST_ROWS, dtype=np.uint64)
            rows[: len(results)] = [~np.uint64(0) if result else 0 for result in results]
            found[key] = TruthTable(op, rows, _symmetric(bits, results))
    return list(found.values())


def calls_of_many(ops: Ops, highest: int, leaves: Sequence[tuple[Node, Floats]]) -> Iterator[tuple[int, Apply, Floats]]:
    """What operations of more arguments than are enumerated give of different leaves: cost, program, value, each once.

    leaves: with what they are on the lanes, bits.
    """
    seen = set()
    for op in ops.general:
        arity, mixture = len(op.arguments), ops.mixture(op.name)
        fits = op.scalar and not op.in_place and MOST_ARGUMENTS < arity <= min(_MOST_GIVEN, len(leaves))
        if not fits or mixture is None or any(rank(slot.type) < highest for slot in op.arguments):
            continue
        results = np.array([_result(ops, mixture, op, bits) for bits in product((0.0, 1.0), repeat=arity)])
        if not np.isin(results, (0.0, 1.0)).all() or rank(op.result.type) > highest:
            continue
        for some in permutations(leaves, arity):
            rows = reduce(lambda row, bit: 2 * row + bit, [value for _, value in some]).astype(int)
            value: Floats = results[rows]
            if value.tobytes() not in seen:
                seen.add(value.tobytes())
                yield op.cost + arity - 2, Apply(op, tuple(node for node, _ in some)), value


def _result(ops: Ops, mixture: Mixture, op: Op, bits: Sequence[float]) -> float:
    """What an operation gives, nan where it cannot be run."""
    given = {slot.name: np.array(bit) for slot, bit in zip(op.arguments, bits, strict=True)}
    try:
        found = ops.codes.run(mixture, given, {slot.name: np.zeros(()) for slot in op.card.outputs})
    except CannotRunError:
        return np.nan
    return np.nan if found is None else float(found[op.result.name])


def _needs_all(results: Sequence[float], arity: int) -> bool:
    """Whether the result depends on every argument, and is not its one argument."""
    cube = np.array(results).reshape((2,) * arity)
    every = all(bool((cube.take(0, axis) != cube.take(1, axis)).any()) for axis in range(arity))
    return every and (arity > 1 or results[0] == 1.0)


def _symmetric(bits: Sequence[tuple[float, ...]], results: Sequence[float]) -> bool:
    """Whether the order of the arguments makes no difference."""
    by_count: dict[float, set[float]] = {}
    for row, result in zip(bits, results, strict=True):
        by_count.setdefault(sum(row), set()).add(result)
    return all(len(values) == 1 for values in by_count.values())
