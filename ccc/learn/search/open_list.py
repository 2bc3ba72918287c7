"""States that are still to be gone on from, the most promising first, within bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.learn.room import Claim
from ccc.learn.search.expand import Hashes, find
from ccc.learn.search.forward_kernels import MOVE, Children
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats

_ENTRY_BYTES = 8 + 4 + 8 + 8 + 4 * (MOVE + 1) + 8 * 4
_NODE_BYTES = 4 * (MOVE + 1)
_LEAST = 64


@native
def push(priorities: Floats, slots: NDArray[np.int32], size: int, priority: float, slot: int) -> None:
    """Enter into a binary heap of `size` entries, the lowest priority on top."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if priorities[above] <= priority:
            break
        priorities[at], slots[at] = priorities[above], slots[above]
        at = above
    priorities[at], slots[at] = priority, slot


@native
def pop(priorities: Floats, slots: NDArray[np.int32], size: int) -> int:
    """Take the top of a heap of `size` entries: its slot."""
    top = slots[0]
    priority, slot = priorities[size - 1], slots[size - 1]
    at = 0
    while 2 * at + 1 < size - 1:
        below = 2 * at + 1
        if below + 1 < size - 1 and priorities[below + 1] < priorities[below]:
            below += 1
        if priorities[below] >= priority:
            break
        priorities[at], slots[at] = priorities[below], slots[below]
        at = below
    priorities[at], slots[at] = priority, slot
    return int(top)


@native
def admit(
    found: Children,
    start: int,
    count: int,
    node: int,
    drive: float,
    seen: Hashes,
    priorities: Floats,
    slots: NDArray[np.int32],
    free: NDArray[np.int32],
    size: int,
    keys: Hashes,
    logs: Floats,
    moves: NDArray[np.int32],
) -> tuple[int, int]:
    """Enter the children from `start` to `count` of a node that lead to a state not seen before: where that ended for
    want of room, and the size then. A priority is -log prior + drive * (1 - value), the lowest first.
    """
    for child in range(start, count):
        if found.near[child] >= 1.0:
            continue
        at = find(seen, found.keys[child] | np.uint64(1))
        if at >= 0:
            continue
        if size == len(slots):
            return child, size
        seen[-1 - at] = found.keys[child] | np.uint64(1)
        slot = free[size]
        keys[slot], logs[slot] = found.keys[child] | np.uint64(1), found.logs[child]
        moves[slot, 0] = node
        for n in range(MOVE):
            moves[slot, 1 + n] = found.moves[child, n]
        push(priorities, slots, size, -found.logs[child] + drive * (1.0 - found.near[child]), slot)
        size += 1
    return count, size


@native
def enter_keys(seen: Hashes, keys: Hashes, slots: NDArray[np.int32]) -> None:
    """Mark the states of these slots as seen."""
    for slot in slots:
        at = find(seen, keys[slot])
        if at < 0:
            seen[-1 - at] = keys[slot]


@native
def enter_ancestors(needed: NDArray[np.bool_], nodes: NDArray[np.int32]) -> None:
    """Mark what the nodes that are needed rest on: a node stands after the one before it."""
    for node in range(len(needed) - 1, -1, -1):
        if needed[node] and nodes[node, 0] >= 0:
            needed[nodes[node, 0]] = True


def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    """The same, with as much room again behind it."""
    new = np.zeros((2 * len(array), *array.shape[1:]), dtype=array.dtype)
    new[: len(array)] = array
    return new


class OpenList:
    """A priority queue of states, each by its last move and the node before it; each state is taken up once.

    When memory is used up, the less promising half is dropped, and so is the memory of states that were gone on from:
    they may come up again then. Nodes are states that were gone on from, kept as long as an open one rests on them.
    """

    def __init__(self, claim: Claim, drive: float) -> None:
        """claim: what its memory is taken from."""
        self._claim, self._drive, self._size = claim, drive, 0
        self._seen = np.zeros(4 * _LEAST, dtype=np.uint64)
        self._known = 0
        self._priorities = np.zeros(_LEAST)
        self._slots = np.zeros(_LEAST, dtype=np.int32)
        self._free = np.arange(_LEAST, dtype=np.int32)
        self._keys = np.zeros(_LEAST, dtype=np.uint64)
        self._logs = np.zeros(_LEAST)
        self._moves = np.zeros((_LEAST, 1 + MOVE), dtype=np.int32)
        self._nodes = np.zeros((_LEAST, 1 + MOVE), dtype=np.int32)
        self._used = 0
        self.dropped = 0

    def warm_up(self) -> None:
        """Have what is used now and then compiled, or loaded."""
        enter_keys(self._seen, self._keys, self._slots[:0])
        enter_ancestors(np.zeros(0, dtype=np.bool_), self._nodes)

    def __len__(self) -> int:
        return self._size

    @property
    def bytes(self) -> int:
        """What it takes."""
        arrays = (self._seen, self._priorities, self._slots, self._free, self._keys, self._logs, self._moves)
        return sum(array.nbytes for array in (*arrays, self._nodes))

    def _grow(self) -> bool:
        """Room for twice as many states, if there is that much."""
        old = len(self._slots)
        if not self._claim.resize(2 * old * _ENTRY_BYTES + self._nodes.nbytes):
            return False
        for name in ("_priorities", "_slots", "_keys", "_logs", "_moves"):
            setattr(self, name, _doubled(getattr(self, name)))
        self._free = np.concatenate([self._free, np.arange(old, 2 * old, dtype=np.int32)])
        known = self._seen[self._seen != 0]
        self._seen = np.zeros(2 * len(self._seen), dtype=np.uint64)
        enter_keys(self._seen, known, np.arange(len(known), dtype=np.int32))
        return True

    def _grow_nodes(self) -> bool:
        if not self._claim.resize(len(self._slots) * _ENTRY_BYTES + 2 * self._nodes.nbytes):
            return False
        self._nodes = _doubled(self._nodes)
        return True

    def take(self, most: int) -> list[tuple[int, float]]:
        """The most promising states, which are nodes from now on, with the logs of their priors."""
        most = min(most, self._size)
        if self._used + most > len(self._nodes) and not self._grow_nodes():
            self._forget_nodes()
            most = min(most, self._size)
        found = []
        for node in range(self._used, self._used + most):
            slot = pop(self._priorities, self._slots, self._size)
            self._size -= 1
            self._free[self._size] = slot
            self._nodes[node] = self._moves[slot]
            found.append((node, float(self._logs[slot])))
        self._used += most
        return found

    def path(self, node: int) -> NDArray[np.int32]:
        """The moves that lead to a node, shape [n, MOVE]."""
        found = []
        while node >= 0:
            found.append(self._nodes[node, 1:])
            node = int(self._nodes[node, 0])
        return np.array(found[::-1], dtype=np.int32).reshape(-1, MOVE)

    def enter(self, found: Children, count: int, node: int) -> None:
        """Enter the children of a node, -1 for the state without steps."""
        start = 0
        while True:
            before = self._size
            start, self._size = admit(
                *(found, start, count, node, self._drive, self._seen, self._priorities, self._slots, self._free),
                *(self._size, self._keys, self._logs, self._moves),
            )
            self._known += self._size - before
            if start < count:
                if not self._grow():
                    self._drop()
            elif 2 * self._known > len(self._seen):
                self._forget_seen()
            else:
                return

    def _drop(self) -> None:
        """Keep the better half."""
        order = np.argsort(self._priorities[: self._size], kind="stable")
        keep = self._size // 2
        kept, rest = self._slots[order[:keep]].copy(), self._slots[order[keep:]].copy()
        self._priorities[:keep] = self._priorities[order[:keep]]
        self._slots[:keep] = kept
        self._free[keep : self._size] = rest
        self.dropped += self._size - keep
        self._size = keep
        self._forget_seen()

    def _forget_seen(self) -> None:
        self._seen[:] = 0
        enter_keys(self._seen, self._keys, self._slots[: self._size])
        self._known = self._size

    def _forget_nodes(self) -> None:
        """Keep those that open states rest on; the less promising of these states go until half of the room is free."""
        while True:
            slots = self._slots[: self._size]
            needed = np.zeros(self._used, dtype=np.bool_)
            last = self._moves[slots, 0]
            needed[last[last >= 0]] = True
            enter_ancestors(needed, self._nodes)
            if 2 * int(needed.sum()) <= len(self._nodes) or self._size <= 1:
                break
            self._drop()
        numbers = np.cumsum(needed, dtype=np.int32) - 1
        kept = self._nodes[: self._used][needed]
        kept[:, 0] = np.where(kept[:, 0] >= 0, numbers[kept[:, 0]], -1)
        self._nodes[: len(kept)] = kept
        self._used = len(kept)
        self._moves[slots, 0] = np.where(last >= 0, numbers[last], -1)
