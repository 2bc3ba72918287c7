"""The ways in which a loop can be counted or ended, and what its rounds are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccc.learn.search.graph import Apply, Held, Leaf, Node, Number, State
from ccc.learn.search.kernels import Floats, Ints, Kernel
from ccc.learn.search.lines import numbers_on
from ccc.learn.search.rounds import Rounds
from ccc.learn.search.search import Search
from ccc.skills import Kind, Type

MOST_ROUNDS, _ROUNDS = 64, 4
"""Rounds of a loop that only a state ends: at most twice as many as the numbers given are large, and a few more."""
MOST_COUNT = 1 << 12
"""Rounds of a loop that are counted."""
ROUND = "round"
"""The state that is the number of the round."""


@dataclass(frozen=True)
class Setting:
    """What ends a loop, and what its rounds are given. count: a piece, or the empty string where a state ends it.

    nodes: what is given, with `given`, shape [lanes, nodes]; the lanes of case i begin at offsets[i], one a round.
    starts: what states may start with, on the cases, NaN where there is nothing. counter: what the state ROUND becomes,
    if nodes rest on it.
    """

    count: str
    nodes: tuple[Node, ...]
    given: Floats
    offsets: Ints
    rounds: Ints
    starts: tuple[tuple[Node, Floats], ...]
    order: Ints
    counter: Node | None = None

    @property
    def moving(self) -> int:
        """The variables that change from round to round, as a mask."""
        return sum(1 << n for n, node in enumerate(self.nodes) if not isinstance(node, Number) and _moves(node))

    @property
    def states(self) -> dict[str, State]:
        """The states that nodes rest on."""
        return {} if self.counter is None else {ROUND: State(self.counter)}


def _moves(node: Node) -> bool:
    return not isinstance(node, Leaf) or node.advance != 0


def hidden_type(search: Search) -> Type:
    """The type of a state that no slot holds."""
    return Type.INT if search.problem.card.kind is Kind.INTEGER else Type.REAL


def settings(search: Search) -> Iterator[Setting]:
    """The ways in which loops can be counted or ended."""
    problem = search.problem
    card, cases = problem.card, problem.cases
    cells: list[tuple[Node, Floats]] = []
    for slot in card.given:
        if not slot.shape.dimensions:
            values = np.array([float(case.given[slot.name].reshape(-1)[0]) for case in cases])
            cells.append((Leaf(slot.name, slot.type), values))
    numbers = numbers_on(problem, len(cases))
    for name in card.dimensions:
        found = _over_vectors(Rounds(search, name, 1), [*numbers, *cells])
        if found is not None:
            yield found
    if any(slot.shape.dimensions for slot in card.given):
        return
    for node, value in cells:
        if isinstance(node, Leaf) and node.type is not Type.REAL and (value <= MOST_COUNT).all():
            rounds = np.maximum(value, 0).astype(np.int64)
            yield _setting(search, node.piece, [*cells, *numbers], rounds, (*numbers, *cells), _telling(rounds))
    with np.errstate(over="ignore"):
        size = np.sum([np.abs(value) for _, value in cells], axis=0) if cells else np.zeros(len(cases))
        most = np.minimum(MOST_ROUNDS, _ROUNDS + 2 * size).astype(np.int64)
    order = np.argsort(size, kind="stable")
    yield _setting(search, "", [*cells, *numbers], most, (*numbers, *cells), order)


def _setting(
    search: Search,
    count: str,
    cells: Sequence[tuple[Node, Floats]],
    rounds: Ints,
    starts: Sequence[tuple[Node, Floats]],
    order: Ints,
) -> Setting:
    """A loop that is given single cells and the number of the round."""
    leaves = [(node, np.repeat(value, rounds)) for node, value in cells]
    return _numbered(
        search, Setting(count, (), np.zeros((0, 0)), _offsets(rounds), rounds, tuple(starts), order), leaves
    )


def _numbered(search: Search, setting: Setting, leaves: Sequence[tuple[Node, Floats]]) -> Setting:
    """With these leaves given, and the number of the round, from 0 and from 1, where a part counts."""
    counter = counter_of(search)
    rounds = setting.rounds
    lanes = int(rounds.sum())
    number = (np.arange(lanes) - np.repeat(np.cumsum(rounds) - rounds, rounds)).astype(np.float64)
    if counter is not None:
        leaves = [*leaves, (counter.arguments[0], number), (counter, number + 1)]
    given = np.array([value for _, value in leaves]).T.copy() if lanes else np.zeros((1, len(leaves)))
    return replace(setting, nodes=tuple(node for node, _ in leaves), given=given, counter=counter)


def counter_of(search: Search) -> Apply | None:
    """The number of the round and 1."""
    held, one = Held(ROUND, hidden_type(search)), Number(1.0)
    for op in search.ops.scalar:
        if op.kernel in (Kernel.INC, Kernel.FINC) and op.result.type is held.type:
            return Apply(op, (held,))
    for op in search.ops.scalar:
        if op.kernel in (Kernel.ADD, Kernel.FADD) and op.result.type is held.type and 1.0 in search.problem.numbers:
            return Apply(op, (held, one))
    return None


def _offsets(rounds: Ints) -> Ints:
    """The first lane of each case, or one that is there, of cases without rounds."""
    found: Ints = np.minimum(np.cumsum(rounds) - rounds, max(int(rounds.sum()) - 1, 0))
    return found


def _over_vectors(rounds: Rounds, cells: Sequence[tuple[Node, Floats]]) -> Setting | None:
    """A loop over the vectors of one dimension."""
    leaves = rounds.leaves()
    moving = [node for node, _ in leaves if isinstance(node, Leaf) and node.advance]
    if not moving or not rounds.lanes:
        return None
    starts = list(cells)
    for node, value in leaves:
        if isinstance(node, Leaf) and node.advance == 1:
            firsts = np.full(len(rounds.counts), np.nan)
            firsts[rounds.counts > 0] = value[rounds.starts[rounds.counts > 0]]
            starts.append((node, firsts))
    order = _telling(rounds.counts)
    offsets = _offsets(rounds.counts)
    setting = Setting(rounds.name, (), np.zeros((0, 0)), offsets, rounds.counts, tuple(starts), order)
    return _numbered(rounds.search, setting, leaves)


def _telling(rounds: Ints) -> Ints:
    """The cases in the order in which they are tried: few rounds first, but more than one."""
    return np.argsort(np.where(rounds > 1, rounds, rounds + MOST_COUNT), kind="stable")
