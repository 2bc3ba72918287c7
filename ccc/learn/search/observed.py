"""Loops with a state that the outputs tell: one that a straight line computes in each round from what is given and what
the outputs are, such as the carry of a sum. First a state is looked for that explains the outputs of the next round,
then the outputs are computed from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search.explained import (
    explaining,
    fewest,
    given,
    most_situations,
    outputs_from,
    over_rounds,
    seen_of,
    wanted_of,
)
from ccc.learn.search.graph import OTHER, Held, Leaf, Node, State
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.lines import Lines, numbers_on
from ccc.learn.search.rounds import Rounds
from ccc.learn.search.search import Search

_MOST_COST = 3
_MOST_STATES = 16
"""States of one cost that outputs are computed from."""
_MOST_VALUES, _MOST_MAPPED, _MOST_COARSER = 64, 2, 6
"""Different values of a state from which others are computed, the cost of that, and how many of them are tried."""
_QUICK, _EACH = 3_000_000, 30_000_000
"""Candidates that are tried with one state, at first and where that was not enough."""
_STATE = "m0"


def observed_states(search: Search) -> Iterator[Found | None]:
    """Loops over vectors with an output that moves on; None now and then."""
    if all(slot.shape.dimensions for slot in search.problem.card.outputs):
        yield from over_rounds(search, lambda rounds: _Observed(rounds).search())


class _Observed:
    """The states of one loop that its outputs tell."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds, self._search = rounds, rounds.search
        leaves = given(rounds)
        moving = [value for node, value in leaves if isinstance(node, Leaf)]
        outputs: list[tuple[Node, Floats]] = [
            (Held(OTHER + slot.name, slot.type), rounds.wanted(slot)) for slot in self._search.problem.card.outputs
        ]
        self._lines = Lines(self._search, rounds.lanes, self._search.budget.memory // 8)
        self._lines.add_leaves([*leaves, *outputs])
        self._seen, self._wanted = seen_of(moving, rounds.lanes), wanted_of(rounds)
        self._most = most_situations(self._wanted)
        self._tried: set[bytes] = set()

    def search(self) -> Iterator[Found | None]:
        """By the cost of the state; in the end more is spent on each."""
        waiting: list[tuple[State, Floats]] = []
        for cost in range(1, _MOST_COST + 1):
            for _ in self._lines.keep(cost):
                yield None
            bank, found = self._lines.bank, list[tuple[int, int]]()
            for rows in self._explaining(bank.values[: bank.used], self._lines.begin):
                found = fewest(found, rows, _MOST_STATES)
                yield None
            states = [self._coarser(number, self._lines.node(row), bank.values[row]) for number, row in found]
            best = sorted(chain(*states), key=lambda state: state[0])
            fresh = [(State(node), before) for _, node, before in best if self._is_new(before)]
            for state in fresh:
                yield from self._outputs(*state, _QUICK)
            waiting += fresh
        for state in waiting:
            yield from self._outputs(*state, _EACH)

    def _explaining(self, values: Floats, begin: int) -> Iterator[Ints]:
        """As `explaining`, of states that are known in the next round."""
        later = self._rounds.first, self._seen
        yield from explaining(self._search, values, begin, self._wanted, self._most, later)

    def _coarser(self, situations: int, node: Node, value: Floats) -> list[tuple[int, Node, Floats]]:
        """A state and what can be computed from it alone, with the number of situations and what it is when a round
        begins: the fewer different values it has, the simpler is what follows from it.
        """
        states = [(situations, node, self._rounds.delayed(value))]
        different, places = np.unique(value, return_inverse=True)
        if len(different) > _MOST_VALUES:
            return states
        lines = Lines(self._search, len(different), self._search.budget.memory // 64)
        lines.add_leaves([(node, different), *numbers_on(self._search.problem, len(different))])
        begin = lines.bank.used
        for cost in range(1, _MOST_MAPPED + 1):
            for _ in lines.keep(cost):
                pass
        values = lines.bank.values[begin : lines.bank.used][:, places.reshape(-1)]
        found = sorted(tuple(row) for rows in self._explaining(values, 0) for row in rows.tolist())
        for number, row in found[:_MOST_COARSER]:
            if number < situations:
                states.append((number, lines.node(begin + row), self._rounds.delayed(values[row])))
        return states

    def _is_new(self, before: Floats) -> bool:
        """Whether a sequence of values was not tried before."""
        known = before.tobytes() in self._tried
        self._tried.add(before.tobytes())
        return not known

    def _outputs(self, state: State, before: Floats, most: int) -> Iterator[Found | None]:
        """Outputs computed from the state and what is given."""
        leaves = [*given(self._rounds), (Held(_STATE, state.next.type), before)]
        yield from outputs_from(self._rounds, leaves, {_STATE: state}, most)
