"""Loops with a hidden state: one that explains the outputs is looked for first, the outputs are computed from it then.

A state explains an output if the same state and the same elements never call for different results. Beside one that
explains it on all lanes but a few, a second one is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search import situations
from ccc.learn.search.explained import (
    LANE,
    bits_of,
    given,
    most_situations,
    outputs_from,
    over_rounds,
    seen_of,
    wanted_of,
)
from ccc.learn.search.expressions import POINTS, Expressions, sample_points
from ccc.learn.search.graph import Held, Leaf, Node, Number, State
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.rounds import Rounds
from ccc.learn.search.search import Search
from ccc.learn.search.settings import hidden_type

_MOST_COST, _MOST_BESIDE = 4, 2
"""The highest cost of what a state becomes, and of what one beside another does."""
_MOST_STATES, _MOST_NEAR, _KEPT = 16, 12, 256
"""States of one cost that outputs are computed from, and such beside which another is looked for, of so many best."""
_LONG = 3
"""The cost up to which single states are tried before pairs, and before much is spent on one of them."""
_CONFLICT = 4.0
"""Bits that a lane costs which is not explained."""
_FEW = 24
"""One lane in so many may be left for a second state to explain."""
_PART, _LANES = 1 << 15, 1 << 23
"""States that are looked at before other ways of searching have a turn, and on how many lanes at once: the clock is
looked at in between.
"""
_QUICK, _EACH = 3_000_000, 60_000_000
"""Candidates that are tried with one state, at first and where that was not enough."""
native: Any = situations  # mypy cannot follow arguments given in rows


def hidden_states(search: Search) -> Iterator[Found | None]:
    """Loops over vectors with an output that moves on; None now and then."""
    yield from over_rounds(search, lambda rounds: _Hidden(rounds).search())


_Row = tuple[int, int, int, int]
"""Lanes that a state does not explain, situations, its expression and its start."""


@dataclass(frozen=True)
class _Known:
    """A state: what it is called, how it goes on, and what it is before and after each round."""

    held: Held
    state: State
    before: Floats
    after: Floats


class _Hidden:
    """The hidden states of one loop. known: states beside which another one is looked for."""

    def __init__(self, rounds: Rounds, known: tuple[_Known, ...] = ()) -> None:
        self._rounds, self._search, self._beside = rounds, rounds.search, known
        leaves = given(rounds)
        moving = [value for node, value in leaves if isinstance(node, Leaf)]
        for state in known:
            moving.append(state.before)
            leaves += [(state.held, state.before), (state.state.next, state.after)]
        self._given = np.array([value for _, value in leaves]).T.copy()
        self._held = Held(f"m{len(known)}", hidden_type(self._search))
        rng = np.random.default_rng(self._search.seed)
        lanes = rng.integers(0, rounds.lanes, POINTS)
        samples = np.array([sample_points(rng, self._given.reshape(-1), POINTS), *self._given[lanes].T])
        nodes: list[Node] = [self._held, *(node for node, _ in leaves)]
        memory = self._search.budget.memory // (8 if known else 2)
        self._expressions = Expressions(self._search, nodes, samples, 1, memory)
        self._seen, self._wanted = seen_of(moving, rounds.lanes), wanted_of(rounds)
        self._starts = _starts(rounds)
        self._memory, self._stack = self._search.ops.codes.workspace()
        self._bits = bits_of(self._wanted)
        self._most = most_situations(self._wanted, len(known) + 1)
        self._tried: set[bytes] = set()

    def search(self) -> Iterator[Found | None]:
        """By the cost of what the state becomes; then beside those that explain nearly everything another one."""
        waiting: list[_Known] = []
        for cost in range(1, (_MOST_BESIDE if self._beside else _MOST_COST) + 1):
            yield from self._expressions.grow()
            found: list[_Row] = []
            for rows in self._of_cost(cost, 0):
                found += rows
                yield None
            explain = list(self._best(found, _MOST_STATES))
            for state in explain:
                yield from self._outputs(state, _QUICK)
            waiting += explain
            if cost == _LONG and not self._beside:
                yield from self._pairs()
                for state in waiting:
                    yield from self._outputs(state, _EACH)

    def _pairs(self) -> Iterator[Found | None]:
        """Beside a state that explains all lanes but a few another one that explains these."""
        near: list[_Row] = []
        for cost in range(1, _LONG + 1):
            for rows in self._of_cost(cost, self._rounds.lanes // _FEW):
                near = sorted([*near, *(row for row in rows if row[0])], key=self._order)[:_KEPT]
                yield None
        for state in self._best(near, _MOST_NEAR):
            yield from _Hidden(self._rounds, (*self._beside, state)).search()

    def _of_cost(self, cost: int, allowed: int) -> Iterator[list[_Row]]:
        """The states of one cost that explain all lanes but so many."""
        every = self._expressions.of_cost(cost, 2)
        every = every[self._expressions.masks[every] != 0]
        slow = self._expressions.slowness(every)
        each = max(1, min(_PART, int(_LANES / (slow * self._rounds.lanes * max(1, len(self._starts))))))
        for begin in range(0, len(every), each):
            yield self._explaining(every[begin : begin + each], allowed)

    def _best(self, found: list[_Row], most: int) -> Iterator[_Known]:
        """The states that tell most, each sequence of values once."""
        for _, _, index, start in sorted(found, key=self._order):
            state = self._state(index, start)
            if state.before.tobytes() not in self._tried and most:
                self._tried.add(state.before.tobytes())
                most -= 1
                yield state

    def _order(self, row: _Row) -> tuple[float, _Row]:
        """First those that explain the most bits of the outputs."""
        return row[0] * _CONFLICT - (self._rounds.lanes - row[1]) * self._bits, row

    def _outputs(self, state: _Known, most: int) -> Iterator[Found | None]:
        """Outputs computed from the states and what is given."""
        every = (*self._beside, state)
        extra: list[tuple[Node, Floats]] = [(one.held, one.before) for one in every]
        extra += [(one.state.next, one.after) for one in every]
        leaves = [*given(self._rounds), *extra]
        yield from outputs_from(self._rounds, leaves, {one.held.state: one.state for one in every}, most)

    def _explaining(self, some: Ints, allowed: int) -> list[_Row]:
        """How many conflicts and situations there are, the expression and the start of each state that explains the
        outputs on all lanes but a few.
        """
        expressions, ops = self._expressions, self._search.ops
        found = np.zeros((len(some) * len(self._starts), 4), dtype=np.int64)
        count, looked = native.explaining(
            *(ops.codes.code, expressions.steps, expressions.sizes, expressions.roots, some, self._given),
            *(self._rounds.first, np.array([value for _, value in self._starts]), self._seen, self._wanted),
            *(self._most, allowed, found, self._stack, self._memory, ops.low, ops.high),
        )
        tried, work = len(some) * len(self._starts), float(self._stack[-2])
        self._stack[-2] = 0
        self._search.count(tried, (tried + looked) * LANE + work)
        rows = found[:count].tolist()
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def _state(self, index: int, start: int) -> _Known:
        expressions, ops = self._expressions, self._search.ops
        before, after = np.zeros((2, self._rounds.lanes))
        native.sequence(
            *(ops.codes.code, expressions.steps[index], expressions.sizes[index], expressions.roots[index]),
            *(self._given, self._rounds.first, self._starts[start][1], before, after, self._stack, self._memory),
            *(ops.low, ops.high),
        )
        return _Known(self._held, State(expressions.node(index), self._starts[start][0]), before, after)


def _starts(rounds: Rounds) -> list[tuple[Node, Floats]]:
    """What a state may start with: numbers and single cells, on the lanes."""
    return [pair for pair in given(rounds) if not getattr(pair[0], "advance", 0)]


def warm_up(search: Search) -> None:
    """Have the loops compiled, or loaded, before the clock starts."""
    numbers, one = np.zeros(1, dtype=np.int64), np.zeros((1, 1))
    memory, stack = search.ops.codes.workspace(1)
    code, steps = search.ops.codes.code, np.zeros((1, 1, 5), dtype=np.int64)
    rest = stack, memory, search.ops.low, search.ops.high
    first = np.ones(1, dtype=np.bool_)
    found = np.zeros((1, 4), dtype=np.int64)
    native.telling(one, one, numbers.copy())
    native.explaining_rows(one, 0, 1, first, numbers, one, 0, True, np.zeros((1, 2), dtype=np.int64))
    native.explaining(code, steps, numbers, numbers, numbers, one, first, one, numbers, one, 0, 0, found, *rest)
    native.sequence(code, steps[0], numbers[0], numbers[0], one, first, one[0], one[0], one[0].copy(), *rest)
    samples = np.zeros((1, POINTS))
    Expressions(search, [Number(0.0)], samples, 1, 1 << 20)
