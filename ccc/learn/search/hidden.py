"""Loops with a hidden state: one that explains the outputs is looked for first, the outputs are computed from it then.

A state explains an output if the same state and the same elements never call for different results.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search import situations
from ccc.learn.search.expressions import POINTS, Expressions, sample_points
from ccc.learn.search.graph import Held, Leaf, Node, Number, State
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.rounds import MOST_LANES, Rounds, fits, loop
from ccc.learn.search.search import Search
from ccc.skills import Kind, Type

_MOST_COST = 4
_MOST_STATES = 16
"""States of one cost that outputs are computed from."""
_NEW = 2 / 3
"""The share of lanes that may be unlike all before: more, and chance explains anything."""
_PART = 1 << 14
_EACH = 60_000_000
"""Candidates that are tried with one state."""
_STATE = "m0"
_CELLS, _STACK = 1 << 14, 1 << 11
native: Any = situations  # mypy cannot follow arguments given in rows


def hidden_states(search: Search) -> Iterator[Found | None]:
    """Loops over vectors whose outputs move on; None now and then."""
    card = search.problem.card
    for name in card.dimensions:
        if fits(card, name) and all(slot.shape.dimensions for slot in card.outputs):
            rounds = Rounds(search, name, 1)
            if 0 < rounds.lanes <= MOST_LANES:
                yield from _Hidden(rounds).search()


class _Hidden:
    """The hidden states of one loop."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds, self._search = rounds, rounds.search
        leaves = [pair for pair in rounds.leaves() if _is_given(pair[0], rounds)]
        self._given = np.array([value for _, value in leaves]).T.copy()
        kind = Type.INT if self._search.problem.card.kind is Kind.INTEGER else Type.REAL
        self._state = Held(_STATE, kind)
        rng = np.random.default_rng(self._search.seed)
        lanes = rng.integers(0, rounds.lanes, POINTS)
        samples = np.array([sample_points(rng, self._given.reshape(-1), POINTS), *self._given[lanes].T])
        nodes: list[Node] = [self._state, *(node for node, _ in leaves)]
        self._expressions = Expressions(self._search, nodes, samples, 1, self._search.budget.memory // 2)
        moving = [n for n, (node, _) in enumerate(leaves) if isinstance(node, Leaf)]
        seen = np.unique(self._given[:, moving], axis=0, return_inverse=True)[1]
        self._seen = np.asarray(seen, dtype=np.int64).reshape(-1)
        self._wanted = np.array([rounds.wanted(slot) for slot in self._search.problem.card.outputs])
        self._starts = np.array(self._search.problem.numbers, dtype=np.float64)
        self._memory, self._stack = self._search.ops.codes.memory(_CELLS), np.zeros(_STACK, dtype=np.int64)
        self._most = int(_NEW * rounds.lanes)
        self._known: set[bytes] = set()

    def search(self) -> Iterator[Found | None]:
        """By the cost of what the state becomes; of one cost those first that distinguish least."""
        for cost in range(1, _MOST_COST + 1):
            self._expressions.grow()
            every = self._expressions.of_cost(cost, 2)
            every = every[self._expressions.masks[every] != 0]
            found: list[tuple[int, int, int]] = []
            for begin in range(0, len(every), _PART):
                found += self._explaining(every[begin : begin + _PART])
                yield None
            left = _MOST_STATES
            for _, index, start in sorted(found):
                before = self._sequence(index, start)
                if before.tobytes() not in self._known and left:
                    self._known.add(before.tobytes())
                    left -= 1
                    state = State(self._expressions.node(index), Number(float(self._starts[start])))
                    outputs = loop(self._rounds, [(self._state, before)], {_STATE: state}, _EACH)
                    yield from (program for program in outputs if program is not None)

    def _explaining(self, some: Ints) -> list[tuple[int, int, int]]:
        """How many situations there are, the expression and the start of each state that explains all outputs."""
        expressions, ops = self._expressions, self._search.ops
        found = np.zeros((_PART, 3), dtype=np.int64)
        count = native.explaining(
            *(ops.codes.code, expressions.steps, expressions.sizes, expressions.roots, some, self._given),
            *(self._rounds.first, self._starts, self._seen, self._wanted, self._most, found),
            *(self._stack, self._memory, ops.low, ops.high),
        )
        self._search.count(len(some) * len(self._starts))
        return [(int(situations), int(index), int(start)) for situations, index, start in found[:count]]

    def _sequence(self, index: int, start: int) -> Floats:
        """What a state is before each round."""
        expressions, ops = self._expressions, self._search.ops
        before = np.zeros(self._rounds.lanes)
        native.sequence(
            *(ops.codes.code, expressions.steps[index], expressions.sizes[index], expressions.roots[index]),
            *(self._given, self._rounds.first, self._starts[start], before, self._stack, self._memory),
            *(ops.low, ops.high),
        )
        return before


def _is_given(node: Node, rounds: Rounds) -> bool:
    """Whether what a state becomes may rest on a value: not on what comes later, nor on how many rounds there are."""
    return not isinstance(node, Leaf) or (node.advance >= 0 and node.piece != rounds.name)


def warm_up(search: Search) -> None:
    """Have the loops compiled, or loaded, before the clock starts."""
    numbers, one = np.zeros(1, dtype=np.int64), np.zeros((1, 1))
    memory, stack = search.ops.codes.memory(1), np.zeros(_STACK, dtype=np.int64)
    code, steps = search.ops.codes.code, np.zeros((1, 1, 5), dtype=np.int64)
    rest = stack, memory, search.ops.low, search.ops.high
    first = np.ones(1, dtype=np.bool_)
    found = np.zeros((1, 3), dtype=np.int64)
    native.explaining(code, steps, numbers, numbers, numbers, one, first, one[0], numbers, one, 0, found, *rest)
    native.sequence(code, steps[0], numbers[0], numbers[0], one, first, one[0, 0], one[0], *rest)
    samples = np.zeros((1, POINTS))
    Expressions(search, [Number(0.0)], samples, 1, 1 << 20)
