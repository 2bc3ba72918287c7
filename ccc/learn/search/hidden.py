"""Loops with a hidden state: one that explains the outputs is looked for first, the outputs are computed from it then.

A state explains an output if the same state and the same elements never call for different results.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search import trial
from ccc.learn.search.expressions import POINTS, Expressions, sample_points
from ccc.learn.search.graph import Held, Leaf, Node, Number, State
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.rounds import MOST_LANES, Rounds, fits, loop
from ccc.learn.search.search import Search
from ccc.skills import Kind, Type

_MOST_COST = 4
_MOST_STATES = 48
"""States of one cost that outputs are computed from."""
_EACH = 3_000_000
"""Candidates that are tried with one state."""
_STATE = "m0"
_CELLS, _STACK = 1 << 14, 1 << 11
native: Any = trial  # mypy cannot follow arguments given in rows


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
        leaves = [pair for pair in rounds.leaves() if not isinstance(pair[0], Leaf) or pair[0].advance >= 0]
        self._given = np.array([value for _, value in leaves]).T.copy()
        kind = Type.INT if self._search.problem.card.kind is Kind.INTEGER else Type.REAL
        self._state = Held(_STATE, kind)
        rng = np.random.default_rng(self._search.seed)
        lanes = rng.integers(0, rounds.lanes, POINTS)
        samples = np.array([sample_points(rng, self._given.reshape(-1), POINTS), *self._given[lanes].T])
        nodes: list[Node] = [self._state, *(node for node, _ in leaves)]
        self._expressions = Expressions(self._search, nodes, samples, 1, self._search.budget.memory // 24)
        moving = [n for n, (node, _) in enumerate(leaves) if not isinstance(node, Number)]
        seen = np.unique(self._given[:, moving], axis=0, return_inverse=True)[1]
        self._seen = np.asarray(seen, dtype=np.int64).reshape(-1)
        self._wanted = [rounds.wanted(slot) for slot in self._search.problem.card.outputs]
        self._known: set[bytes] = set()

    def search(self) -> Iterator[Found | None]:
        """By the cost of what the state becomes; of one cost those first that distinguish least."""
        for cost in range(1, _MOST_COST + 1):
            self._expressions.grow()
            found: list[tuple[int, int, float, Floats]] = []
            for number, index in enumerate(self._expressions.of_cost(cost, 2)):
                if self._expressions.masks[index]:
                    found += self._explaining(int(index))
                if number % 20_000 == 19_999:
                    yield None
            found.sort(key=lambda one: one[:3])
            for _, index, start, before in found[:_MOST_STATES]:
                state = State(self._expressions.node(index), Number(start))
                yield from loop(self._rounds, [(self._state, before)], {_STATE: state}, _EACH)
                yield None

    def _explaining(self, index: int) -> list[tuple[int, int, float, Floats]]:
        """The starts with which a state explains all outputs: how many situations there are, itself, start, values."""
        found = []
        expressions, ops = self._expressions, self._search.ops
        memory, stack = ops.codes.memory(_CELLS), np.zeros(_STACK, dtype=np.int64)
        places: Ints = np.zeros(1 << (2 * self._rounds.lanes - 1).bit_length(), dtype=np.int64)
        for start in self._search.problem.numbers:
            before = np.zeros(self._rounds.lanes)
            self._search.count(1)
            if not native.sequence(
                *(ops.codes.code, expressions.steps[index], expressions.sizes[index], expressions.roots[index]),
                *(self._given, self._rounds.first, float(start), before, stack, memory, ops.low, ops.high),
            ):
                continue
            key = before.tobytes()
            if key in self._known:
                continue
            self._known.add(key)
            counts = [native.situations(before, self._seen, wanted, places) for wanted in self._wanted]
            if min(counts) >= 0:
                found.append((max(counts), index, float(start), before))
        return found
