"""Programs built forward, step by step: the spaces of straight lines and of loops over one dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.learn.model import Found, Reached
from ccc.learn.search import forward_kernels
from ccc.learn.search.agreement import Goal
from ccc.learn.search.expand import DELAY
from ccc.learn.search.forward_kernels import MOST_HITS, MOST_MEETING, MOVE, Board, Children, Moves
from ccc.learn.search.graph import Apply, Graph, Held, Node, Number, State
from ccc.learn.search.kernels import MOST_ARGUMENTS, Floats, Ints
from ccc.learn.search.lines import distinct, line_leaves, line_target
from ccc.learn.search.meet import INVERTIBLE
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.rounds import MOST_LANES, Rounds, delays, fits, graph_of, own_values
from ccc.learn.search.search import Search
from ccc.learn.search.target import Target
from ccc.skills import Kind, Slot

MOST_STEPS = 16
"""No program is longer."""
MOST_CHILDREN = 1 << 15
"""Ways to go on from a state that are looked at more than once; of more, the first: those of the likelier parts."""
MOVE_WORK = 100
"""A move takes as long as so many comparisons of numbers."""
FRESH = 2.0
"""How much likelier an argument is that no step has read."""
_CELLS, _STACK = 1 << 16, 1 << 11
native: Any = forward_kernels  # mypy cannot follow arguments given in rows
Path = NDArray[np.int32]
"""Moves from the state without steps, shape [n, MOVE]."""


@dataclass(frozen=True)
class Expansion:
    """What was seen from a state. key: of the state. count: of its children, which stand in `children`.

    hits: ways to a solution, each as moves from the state. nearest: the child that is right on most, if it is on more
    than the state; right: on which share.
    """

    key: int
    count: int
    tried: int
    hits: list[Path]
    nearest: int
    right: float
    children: Children
    near: float


@dataclass
class Place:
    """What one thread works with."""

    board: Board
    children: Children
    hits: NDArray[np.int32] = field(default_factory=lambda: np.zeros((MOST_HITS, MOST_MEETING, MOVE), dtype=np.int32))

    @property
    def bytes(self) -> int:
        """What it takes, besides what it always does."""
        return sum(array.nbytes for array in self.children)


class Space:
    """The programs of one kind: what is known at the start, and what is wanted, on lanes.

    rounds: of loops, or None for straight lines.
    """

    def __init__(self, search: Search, rounds: Rounds | None) -> None:
        self.search, self._rounds = search, rounds
        outputs = search.problem.card.outputs
        targets: dict[str, Target]
        if rounds is None:
            leaves, targets = line_leaves(search), {slot.name: line_target(search, slot) for slot in outputs}
            self._lanes = len(search.problem.cases)
        else:
            leaves, targets = [*rounds.leaves(), *own_values(rounds)], {s.name: rounds.target(s) for s in outputs}
            self._lanes = rounds.lanes
        self._targets = [targets[slot.name] for slot in outputs]
        self._outputs: tuple[Slot, ...] = outputs
        self.leaves, self._start = _distinct(leaves, self._lanes)
        self.ops: tuple[Op, ...] = (*search.ops.scalar, *(delays() if rounds is not None else ()))
        first = np.zeros(max(self._lanes, 1), dtype=np.bool_) if rounds is None else rounds.first
        hashes = np.random.default_rng(0x5EED).integers(1 << 62, 1 << 63, max(self._lanes, 1), dtype=np.uint64)
        ops = search.ops
        self.moves = Moves(
            *(ops.codes.code, self._table(), self._invertible(), first, hashes | np.uint64(1), ops.low, ops.high)
        )
        self.goal = self._goal()
        self.logs = self._logs(search.problem.weights)
        self._most = 0.0

    @property
    def base(self) -> int:
        """How many rows there are before the first step."""
        return len(self.leaves) + 1

    # Tables for the kernels

    def _table(self) -> Ints:
        table = np.zeros((len(self.ops), 4 + MOST_ARGUMENTS), dtype=np.int64)
        for row, op in zip(table, self.ops, strict=True):
            row[:4] = op.kernel, len(op.arguments), op.commutative, rank(op.result.type)
            row[4 : 4 + len(op.arguments)] = [rank(slot.type) for slot in op.arguments]
        return table

    def _invertible(self) -> Ints:
        return np.array([n for n, op in enumerate(self.ops) if op.kernel in INVERTIBLE], dtype=np.int64)

    def _goal(self) -> Goal:
        count, lanes = len(self._targets), max(self._lanes, 1)
        goal = Goal(
            lanes=np.zeros((count, lanes), dtype=np.int64),
            wanted=np.zeros((count, lanes)),
            sizes=np.array([len(target.lanes) for target in self._targets], dtype=np.int64),
            ranks=np.array([rank(slot.type) for slot in self._outputs], dtype=np.int64),
            spreads=np.ones(count),
            full=np.zeros((count, lanes)),
            complete=np.array([len(target.lanes) == self._lanes for target in self._targets]),
            integer=self.search.problem.card.kind is Kind.INTEGER,
            tolerances=np.array([target.tolerance for target in self._targets]),
        )
        for n, target in enumerate(self._targets):
            order, size = np.argsort(target.values, kind="stable"), len(target.lanes)
            goal.lanes[n, :size], goal.wanted[n, :size] = target.lanes[order], target.values[order]
            goal.full[n, target.lanes] = target.values
            goal.spreads[n] = max(1.0, float(np.abs(target.values - np.median(target.values)).mean())) if size else 1.0
        return goal

    def _logs(self, weights: Mapping[str, float]) -> Floats:
        """The log prior of each operation. A delay counts as an average part."""
        mean = 1.0 / max(1, len(self.search.problem.parts))
        raw = np.array([weights.get(op.name, mean) if weights else mean for op in self.ops])
        return np.asarray(np.log(np.maximum(raw, 1e-9) / max(raw.sum(), 1e-9)), dtype=np.float64)

    def place(self, children: int) -> Place:
        """Room for one thread. children: at most so many of a state are kept."""
        rows, lanes, outputs = self.base + MOST_STEPS, max(self._lanes, 1), len(self._targets)
        board = Board(
            values=np.zeros((rows, lanes)),
            kinds=np.full(rows, -1, dtype=np.int64),
            keys=np.zeros(rows, dtype=np.uint64),
            weights=np.ones(rows),
            best=np.zeros(outputs),
            equal=np.zeros(outputs),
            first_best=np.zeros(outputs),
            first_equal=np.zeros(outputs),
            stack=np.zeros(_STACK, dtype=np.int64),
            memory=self.search.ops.codes.memory(_CELLS),
        )
        board.values[1 : self.base] = self._start
        for row, leaf in enumerate(self.leaves, 1):
            native.settle(self.moves, self.goal, board, row, rank(leaf.type))
        board.first_best[:], board.first_equal[:] = board.best, board.equal
        children = max(64, min(MOST_CHILDREN, children))
        size = 1 << (2 * (children + rows)).bit_length()
        return Place(
            board,
            Children(
                moves=np.zeros((children, MOVE), dtype=np.int32),
                keys=np.zeros(children, dtype=np.uint64),
                logs=np.zeros(children),
                near=np.zeros(children),
                values=np.zeros(children, dtype=np.uint64),
                kinds=np.zeros(children, dtype=np.int8),
                partners=np.zeros((children, max(1, len(self.moves.invertible))), dtype=np.uint64),
                table=np.zeros(size, dtype=np.uint64),
                places=np.zeros(size, dtype=np.int32),
            ),
        )

    def warm_up(self) -> None:
        """Have what is used now and then compiled, or loaded."""
        native.play(self.moves, self.goal, self.place(64).board, self.base, np.zeros((0, MOVE), dtype=np.int32), FRESH)

    # States

    def expand(self, place: Place, path: Path, prior: float) -> Expansion:
        """All ways to go on from a state. prior: log of its own. Runs without the interpreter's lock for the most."""
        key, count, tried, nearest, right, hits = native.look(
            *(self.moves, self.goal, place.board, self.base, path, FRESH, prior, self._logs_at(place.board, path)),
            *(place.children, place.hits),
        )
        found = [hit[hit[:, 0] >= 0].copy() for hit in place.hits[:hits]]
        near = float(place.children.near[:count].max()) if count else 0.0
        met = count * len(self.moves.invertible) if self.goal.complete.any() else 0
        return Expansion(int(key), count, tried + met, found, int(nearest), float(right), place.children, near)

    def _logs_at(self, board: Board, path: Path) -> Floats:
        """The log prior of each operation here: the guide is asked where what it says depends on the state."""
        advise = self.search.problem.advise
        if advise is None:
            return self.logs
        native.play(self.moves, self.goal, board, self.base, path, FRESH)
        made = board.values[self.base : self.base + len(path)]
        return self._logs(advise(Reached(len(path), made.copy(), self._cases())))

    def _cases(self) -> Ints:
        """The case of each lane."""
        cases = np.arange(len(self.search.problem.cases))
        return cases if self._rounds is None else np.repeat(cases, self._rounds.counts)

    # Programs

    def leaf_programs(self) -> Iterator[Found]:
        """The program without steps, where it is right."""
        yield from self.programs(np.zeros((0, MOVE), dtype=np.int32))

    def partly(self, path: Path, expansion: Expansion) -> Iterator[Found]:
        """The program of the child that is right on most, where that is more than any before."""
        if expansion.nearest >= 0 and expansion.right > max(self._most, self.search.best):
            self._most = expansion.right
            yield from self.programs(np.vstack([path, expansion.children.moves[expansion.nearest]]))

    def programs(self, path: Path) -> Iterator[Found]:
        """The program of a state: of each output the row that is right on most lanes."""
        values = np.zeros((self.base + len(path), max(self._lanes, 1)))
        values[1 : self.base] = self._start
        place = self.place(64)
        native.play(self.moves, self.goal, place.board, self.base, path, FRESH)
        values[self.base :] = place.board.values[self.base : self.base + len(path)]
        nodes, states = self._nodes(path)
        chosen: dict[str, Node] = {}
        for slot, target in zip(self._outputs, self._targets, strict=True):
            right = target.right(values[1:, target.lanes]).sum(axis=1)
            fits_here = np.array([rank(node.type) <= rank(slot.type) for node in nodes[1:]])
            if not fits_here.any():
                return
            chosen[slot.name] = nodes[1 + int(np.argmax(np.where(fits_here, right, -1)))]
        if self._rounds is None:
            yield from self.search.programs(Graph(chosen))
        else:
            yield from self.search.programs(graph_of(self._rounds, states, chosen))

    def _nodes(self, path: Path) -> tuple[list[Node], dict[str, State]]:
        """The rows as programs, and what a loop carries for the delays among them."""
        nodes: list[Node] = [Number(0.0), *self.leaves]
        states: dict[str, State] = {}
        for number, row, *arguments in path.tolist():
            op = self.ops[number]
            given = tuple(nodes[argument] for argument in [row, *arguments][: len(op.arguments)])
            if op.kernel == DELAY:
                name = f"delay_{len(nodes)}"
                states[name] = State(given[0])
                nodes.append(Held(name, given[0].type))
            else:
                nodes.append(Apply(op, given))
        return nodes, states


def child_bytes(space: Space) -> int:
    """What room for one child takes, with its places in the table."""
    return 4 * MOVE + 4 * 8 + 1 + 8 * max(1, len(space.moves.invertible)) + 4 * 12


def _distinct(leaves: list[tuple[Node, Floats]], lanes: int) -> tuple[list[Node], Floats]:
    """Each value once, as nodes and as rows."""
    kept = distinct(leaves)
    rows = np.array([row for _, row in kept]).reshape(len(kept), lanes)
    return [node for node, _ in kept], rows if lanes else np.zeros((len(kept), 1))


def spaces(search: Search) -> list[Space]:
    """Straight lines for outputs of single cells, and loops for each dimension, outputs moving on either way."""
    card = search.problem.card
    found = []
    if not search.ops.scalar:
        return []
    moving = any(slot.shape.dimensions for slot in card.outputs)
    if not moving:
        found.append(Space(search, None))
    for name in card.dimensions:
        for way in (1, -1) if moving else (1,):
            rounds = Rounds(search, name, way)
            if fits(card, name) and 0 < rounds.lanes <= MOST_LANES:
                found.append(Space(search, rounds))
    return found
