"""The method `mcts`: Monte Carlo tree search over programs built step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search.expand import Hashes
from ccc.learn.search.forward import MOST_STEPS, MOVE_WORK, Expansion, Path, Space, child_bytes, spaces
from ccc.learn.search.forward_kernels import MOVE
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.search import Method, Search, in_turns

EXPLORE = 0.5
"""How much the prior counts against the values of what was tried (PUCT)."""
WIDENING, WIDENING_POWER = 2.0, 0.5
"""After n visits, WIDENING * n ** WIDENING_POWER of the children of a state may be tried."""
DRIVE = 12.0
"""What the value of a child counts against the log of its prior in the order in which children are tried."""
DISCOUNT = 0.9
"""What comes of a state counts so much less for the state before it: without, the tree grows into depth alone, as the
value of a state never falls with further steps.
"""
EVEN = 0.25
"""The part of the prior that all children share alike: what a guide holds to be unlikely is tried late, not never."""
NOISE = 1.0
"""How much chance counts in that order."""
_MOST_KEPT = 128
"""Children of a state that may ever be tried."""
_TURN = 200_000
_PART = 2
"""The part of the memory of a budget that it takes at most."""
_AT_ONCE = 256
"""Nodes for which memory is taken at once."""
_LEAST = 16
_NODE_BYTES = _MOST_KEPT * (4 * MOVE + 5 * 8) + 1024


@dataclass
class Node:
    """A state. Of its children, the most promising first: moves, keys, shares of the prior, logs of it, values, visits.

    path: the moves by which it was reached first; those of the children speak of its rows. visits, total: how often it
    was passed, and the sum of the values that came of it. done: all below has been seen.
    """

    path: Path
    moves: NDArray[np.int32]
    keys: Hashes
    prior: Floats
    logs: Floats
    values: Floats
    tries: Ints
    value: float
    visits: int = 1
    total: float = 0.0
    done: bool = False


@final
class MCTS(Method):
    """PUCT with the prior of the guide, progressive widening, and one node for each state, however it is reached.

    Each playout goes on from one state in all ways; its value is that of the best of them.
    """

    name = "mcts"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        every = spaces(search)
        search.warm_up()
        for space in every[:1]:
            space.warm_up()
            space.expand(space.place(64), np.zeros((0, MOVE), dtype=np.int32), 0.0)
        yield None
        search.begin()
        ways = [Tree(space, budget.memory // (_PART * len(every)), seed).run() for space in every]
        yield from in_turns(search, ways)


class Tree:
    """The search of one space. When memory is used up it begins anew, with other chances."""

    def __init__(self, space: Space, memory: int, seed: int) -> None:
        self._space, self._search = space, space.search
        self._rng = np.random.default_rng(seed)
        self._place = space.place(memory // 4 // child_bytes(space))
        self._held = space.search.claim(memory, self._place.bytes)
        self._claim, self._room = space.search.claim(memory * 3 // 4, _LEAST * _NODE_BYTES), _LEAST
        self.nodes: dict[int, Node] = {}

    def run(self) -> Iterator[Found | None]:
        """Programs; None after each turn."""
        yield from self._space.leaf_programs()
        since, root = 0, 0
        while True:
            full = len(self.nodes) >= self._room and not self._grow()
            if full or (self.nodes and self.nodes[root].done):
                if not full and self.nodes[root].tries.size < _MOST_KEPT:
                    return
                self.nodes.clear()
            path, prior, passed = self._descend(root)
            seen = self._space.expand(self._place, path, prior)
            since += seen.tried
            for hit in seen.hits:
                yield from self._space.programs(np.vstack([path, hit]))
            yield from self._space.partly(path, seen)
            self._enter(passed, seen, path)
            self._search.size = max(self._search.size, len(path) + 1)
            self._search.kept = len(self.nodes)
            self._search.count(seen.tried, seen.tried * MOVE_WORK)
            if since > _TURN:
                since = 0
                yield None

    def _grow(self) -> bool:
        """Room for more nodes, if there is any. Those that there are stay where they are."""
        more = self._claim.extend(_AT_ONCE * _NODE_BYTES)
        self._room += _AT_ONCE if more else 0
        return more

    def _descend(self, root: int) -> tuple[Path, float, list[tuple[Node, int]]]:
        """From the root to a state that is not in the tree: its moves, the log of its prior, what was passed."""
        path, prior, key, passed = np.zeros((0, MOVE), dtype=np.int32), 0.0, root, list[tuple[Node, int]]()
        while (node := self.nodes.get(key)) is not None:
            child = self._choose(node)
            if child < 0:
                node.done = True
                if not passed:
                    break
                node, child = passed.pop()  # go back: what led here is done too
                node.values[child] = -math.inf
                key = root if not passed else int(passed[-1][0].keys[passed[-1][1]])
                continue
            passed.append((node, child))
            path, prior = np.vstack([node.path, node.moves[child]]), float(node.logs[child])
            key = int(node.keys[child])
        return path, prior, passed

    def _choose(self, node: Node) -> int:
        """The child with the highest value + EXPLORE * prior * sqrt(visits) / (1 + tries) of those that may be tried,
        or -1 where all are done.
        """
        open_ = np.flatnonzero(node.values > -math.inf)
        if not len(open_):
            return -1
        some = open_[: max(1, int(WIDENING * node.visits**WIDENING_POWER))]
        score = node.values[some] + EXPLORE * node.prior[some] * math.sqrt(node.visits) / (1 + node.tries[some])
        return int(some[int(np.argmax(score))])

    def _enter(self, passed: list[tuple[Node, int]], seen: Expansion, path: Path) -> None:
        """A node for the state that was seen; what came of it, for those that were passed."""
        node = self._node(seen, path)
        self.nodes[seen.key if passed else 0] = node
        value = node.value
        for above, child in reversed(passed):
            value *= DISCOUNT
            above.visits += 1
            above.tries[child] += 1
            above.total += value
            below = self.nodes[int(above.keys[child])]
            above.values[child] = -math.inf if below.done else below.total / below.visits

    def _node(self, seen: Expansion, path: Path) -> Node:
        """The children that lead to no solution, the most promising first."""
        found, count = seen.children, seen.count if len(path) + 1 < MOST_STEPS - 2 else 0
        near, logs = found.near[:count], found.logs[:count]
        score = logs + DRIVE * near + NOISE * self._rng.gumbel(size=count)
        score[near >= 1.0] = -math.inf
        order = np.argsort(-score, kind="stable")[:_MOST_KEPT]
        order = order[score[order] > -math.inf]
        weights = np.exp(score[order] - score[order].max()) if len(order) else np.zeros(0)
        return Node(
            path=path,
            moves=found.moves[order].copy(),
            keys=found.keys[order].copy(),
            prior=(1 - EVEN) * weights / max(weights.sum(), 1e-300) + EVEN / max(1, len(order)),
            logs=logs[order].copy(),
            values=near[order].copy(),
            tries=np.zeros(len(order), dtype=np.int64),
            value=seen.near,
            total=seen.near,
            done=not len(order),
        )
