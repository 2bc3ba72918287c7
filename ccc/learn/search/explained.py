"""States that explain outputs: when a state does, and the outputs computed from it.

A state explains an output if the same state and the same elements, a situation, never call for different results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.learn.model import Found
from ccc.learn.search import situations
from ccc.learn.search.graph import Graph, Leaf, Node, Number, State
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.lines import Lines, by_size, target_of
from ccc.learn.search.rounds import MOST_LANES, SHORT_LOOP, Rounds, fits, graph_of
from ccc.learn.search.search import Search

LANE = 8
"""How long a lane takes that is looked at, compared with a comparison of a number."""
_PART = 1 << 14
"""Rows that are looked at before other ways of searching have a turn."""
_MOST_TOLD, _AFTER = 8, 200_000
"""Values of one cost that an output is computed from alone, and candidates that are tried with each."""
_MOST_PROGRAMS = 4
"""Programs that are given of the same states."""
_BITS, _SHARE = 40.0, 0.6
"""What must be explained, in bits, lest chance does: situations that come again, times the entropy of outputs."""
native: Any = situations  # mypy cannot follow arguments given in rows


def rounds_of(search: Search) -> Iterator[Rounds]:
    """The loops whose outputs states may explain."""
    card = search.problem.card
    for name in card.dimensions:
        if fits(card, name) and any(slot.shape.dimensions for slot in card.outputs):
            rounds = Rounds(search, name, 1)
            if 0 < rounds.lanes <= MOST_LANES:
                yield rounds


def given(rounds: Rounds) -> list[tuple[Node, Floats]]:
    """What a state may rest on, with what it is on the lanes: not what comes later, nor how many rounds there are."""
    return [pair for pair in rounds.leaves() if _is_given(pair[0], rounds)]


def _is_given(node: Node, rounds: Rounds) -> bool:
    return not isinstance(node, Leaf) or (node.advance >= 0 and node.piece != rounds.name)


def wanted_of(rounds: Rounds) -> Floats:
    """The outputs that move on, shape [outputs, lanes]."""
    outputs = rounds.search.problem.card.outputs
    return np.array([rounds.wanted(slot) for slot in outputs if slot.shape.dimensions])


def seen_of(values: Sequence[Floats], lanes: int) -> Ints:
    """A number for what each lane is given: the same where all these values are."""
    columns = np.array([np.zeros(lanes), *values])
    return np.asarray(np.unique(columns, axis=1, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def bits_of(wanted: Floats) -> float:
    """The entropy of the outputs of a round, more than 0."""
    counts = np.unique(wanted, axis=1, return_counts=True)[1]
    share = counts / counts.sum()
    return max(float(-(share * np.log2(share)).sum()), 1e-9)


def most_situations(wanted: Floats, states: int = 1) -> int:
    """In at most how many situations so many states must explain the outputs, lest chance does."""
    bits, lanes = bits_of(wanted), wanted.shape[1]
    return int(lanes - min(_BITS * states, _SHARE * bits * lanes) / bits)


def over_rounds(search: Search, way: Callable[[Rounds], Iterator[Found | None]]) -> Iterator[Found | None]:
    """What is found in the loops whose outputs states may explain, with fewer None: what is tried here takes longer
    than what others try, and many parts are short.
    """
    since = search.work
    for found in chain.from_iterable(map(way, rounds_of(search))):
        if found is not None:
            yield found
        elif search.work - since > search.turn:
            yield None
            since = search.work


def fewest(found: list[tuple[int, int]], rows: Ints, most: int) -> list[tuple[int, int]]:
    """Those of the fewest situations among pairs as `explaining` gives them and further such rows."""
    return sorted([*found, *((int(number), int(row)) for number, row in rows)])[:most]


def explaining(
    search: Search, values: Floats, begin: int, wanted: Floats, most: int, later: tuple[NDArray[np.bool_], Ints] | None
) -> Iterator[Ints]:
    """How many situations there are, and the row, of those of `values` from `begin` on that explain what is wanted, in
    at most so many; several times, shape [n, 2]. later: of states that are known in the next round, which lanes are the
    first of their case and what is seen besides.
    """
    first, seen = later or (np.zeros(0, dtype=np.bool_), np.zeros(wanted.shape[1], dtype=np.int64))
    for low in range(begin, len(values), _PART):
        high = min(low + _PART, len(values))
        found = np.zeros((high - low, 2), dtype=np.int64)
        count, looked = native.explaining_rows(values, low, high, first, seen, wanted, most, later is not None, found)
        search.count(high - low, (high - low + looked) * LANE)
        yield found[:count]


class _Explained(Lines):
    """Straight lines for outputs, one lane for each situation. through: also for values that alone explain an output,
    so that it is computed from them.
    """

    def __init__(
        self, rounds: Rounds, leaves: Sequence[tuple[Node, Floats]], states: Mapping[str, State], *, through: bool
    ) -> None:
        lanes = self._back = np.arange(rounds.lanes)
        outputs = rounds.search.problem.card.outputs
        if all(slot.shape.dimensions for slot in outputs):
            self._back = seen_of([value for _, value in leaves], rounds.lanes)
            lanes = np.unique(self._back, return_index=True)[1]
        super().__init__(rounds.search, len(lanes), rounds.search.budget.memory // 24)
        self._rounds, self._states, self._through = rounds, states, through and len(outputs) == 1
        self.add_leaves([(node, value[lanes]) for node, value in leaves])
        for slot in outputs:
            if slot.shape.dimensions:
                wanted = rounds.wanted(slot)[lanes]
                self.want(slot, target_of(np.arange(len(lanes)), wanted, rounds.search.tolerance(slot)), wanted)
            else:
                self.want(slot, rounds.target(slot), None)

    def graph(self, outputs: dict[str, Node]) -> Graph:
        """The loop that gives these values in each round."""
        return graph_of(self._rounds, self._states, outputs)

    def nearest(self) -> Iterator[Found]:
        """As before; and what follows from one value that was kept last."""
        yield from super().nearest()
        if self._through and self._full:
            wanted = np.array(list(self._full.values()))
            numbers = [pair for pair in given(self._rounds) if isinstance(pair[0], Number)]
            for _, row in self._told(wanted):
                leaves = [(self.node(row), self.bank.values[row][self._back]), *numbers]
                found = by_size(_Explained(self._rounds, leaves, self._states, through=False), SHORT_LOOP, _AFTER)
                yield from (one for one in found if one is not None)

    def _told(self, wanted: Floats) -> list[tuple[int, int]]:
        """The values kept last that alone explain what is wanted, in the fewest situations."""
        values = self.bank.values[: self.bank.used]
        found: list[tuple[int, int]] = []
        for rows in explaining(self.search, values, self.begin, wanted, most_situations(wanted), None):
            found = fewest(found, rows, _MOST_TOLD)
        return found


def outputs_from(
    rounds: Rounds, leaves: Sequence[tuple[Node, Floats]], states: Mapping[str, State], most: int
) -> Iterator[Found | None]:
    """The loops whose outputs are computed in each round from leaves that explain them, the first few; None now and
    then.

    states: what the loop carries, which is at fault where these are right on what they were made for alone. most:
    candidates.
    """
    left = _MOST_PROGRAMS
    for found in by_size(_Explained(rounds, leaves, states, through=True), SHORT_LOOP, most):
        yield found
        left -= found is not None and found.right == 1.0
        if not left:
            return
