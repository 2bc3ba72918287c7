"""Programs built forward, in native code: all ways to go on from one state, how near each comes, what meets.

A state is the rows of `Board`: leaves, then the result of each step. A move is a step: an operation and the rows of its
arguments.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.agreement import Goal, agreement, row_sum, with_kind
from ccc.learn.search.expand import DELAY, Hashes, find, result
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.meet import needed

MOVE = 5
"""Cells of a move: the operation, and four rows."""
MOST_HITS = 16
MOST_MEETING = 3
"""Steps of the longest way to a solution that is seen from a state."""
KERNEL, ARITY, COMMUTES, RESULT, RANKS = 0, 1, 2, 3, 4
"""Columns of the table of operations; from RANKS on, the types of the arguments."""


class Moves(NamedTuple):
    """What may be done. table: a row an operation. invertible: the operations to meet by."""

    code: Ints
    table: Ints
    invertible: Ints
    first: NDArray[np.bool_]
    hashes: Hashes
    low: float
    high: float


class Board(NamedTuple):
    """A state, filled in by `play`. weights: how likely each row is an argument. best: how near each output is.

    equal: on which share of its lanes each output is right. first_best, first_equal: of the leaves alone.
    """

    values: Floats
    kinds: Ints
    keys: Hashes
    weights: Floats
    best: Floats
    equal: Floats
    first_best: Floats
    first_equal: Floats
    stack: Ints
    memory: Floats


class Children(NamedTuple):
    """The ways to go on: moves, with the key, the log prior and the value of the state that each leads to.

    values: keys of the new rows. partners: for each operation to meet by, the hash of what it would need, less its
    type. table, places: where keys of rows stand: a child's number, or -1 - a row of the state.
    """

    moves: NDArray[np.int32]
    keys: Hashes
    logs: Floats
    near: Floats
    values: Hashes
    kinds: NDArray[np.int8]
    partners: Hashes
    table: Hashes
    places: NDArray[np.int32]


@native
def settle(moves: Moves, goal: Goal, board: Board, row: int, kind: int) -> None:
    """Enter a row whose values stand in place: type, key, what it is worth for the outputs."""
    values = board.values[row]
    board.kinds[row] = kind
    board.keys[row] = with_kind(row_sum(values, values.view(np.uint64), moves.hashes), kind)
    for output in range(len(goal.sizes)):
        if 0 <= kind <= goal.ranks[output]:
            share, near = agreement(values, goal, output)
            board.best[output] = max(board.best[output], near)
            board.equal[output] = max(board.equal[output], share)


@native
def _read(moves: Moves, path: NDArray[np.int32], row: int) -> bool:
    """Whether a step reads a row."""
    for move in path:
        for n in range(moves.table[move[0], ARITY]):
            if move[1 + n] == row:
                return True
    return False


@native
def play(moves: Moves, goal: Goal, board: Board, base: int, path: NDArray[np.int32], fresh: float) -> np.uint64:
    """Fill in the rows from `base` on: the results of the steps in `path`, shape [n, MOVE]. What a state's key is then.

    A result that no step has read is `fresh` times as likely an argument, and later results likelier than earlier ones.
    """
    key = np.uint64(0)
    board.best[:], board.equal[:] = board.first_best, board.first_equal
    board.weights[:base] = 1.0
    for step in range(len(path)):
        move, row = path[step], base + step
        k = moves.table[move[0], KERNEL]
        result(
            *(moves.code, k, board.values, move[1], move[2], move[3], move[4], board.values[row], moves.first),
            *(board.stack, board.memory, moves.low, moves.high, 0),
        )
        settle(moves, goal, board, row, moves.table[move[0], RESULT])
        key += board.keys[row]
        board.weights[row] = fresh * (1.0 + 1.0 / (len(path) - step))
    for row in range(base, base + len(path)):
        if _read(moves, path, row):
            board.weights[row] /= fresh
    return key


@native
def look(
    moves: Moves,
    goal: Goal,
    board: Board,
    base: int,
    path: NDArray[np.int32],
    fresh: float,
    prior: float,
    logs: Floats,
    found: Children,
    hits: NDArray[np.int32],
) -> tuple[np.uint64, int, int, int, float, int]:
    """`play`, `expand_state` and `solutions`: the key of the state, children, moves tried, the child that is right on
    most, on which share, and how many hits there are.
    """
    key = play(moves, goal, board, base, path, fresh)
    used = base + len(path)
    found = _shorter(moves, found, used)
    count, tried, most, share = expand_state(moves, goal, board, used, key, prior, logs, found)
    return key, count, tried, most, share, solutions(moves, goal, board, used, count, found, hits)


@native
def _shorter(moves: Moves, found: Children, used: int) -> Children:
    """With a table that is no larger than the moves call for: it has to be cleared each time."""
    total = used
    for entry in moves.table:
        total += used ** entry[ARITY]
    size = 256
    while size < 2 * total and size < len(found.table):
        size *= 2
    size = min(size, len(found.table))
    return Children(
        *(found.moves, found.keys, found.logs, found.near, found.values, found.kinds, found.partners),
        *(found.table[:size], found.places[:size]),
    )


@native
def expand_state(
    moves: Moves, goal: Goal, board: Board, used: int, key: np.uint64, prior: float, logs: Floats, found: Children
) -> tuple[int, int, int, float]:
    """All moves from a state that give a new value: how many such children, how many moves were tried, the child that
    is right on most, and on which share. prior: log of the state's. logs: of each operation.

    Once `found` is full, further children are not kept.
    """
    found.table[:] = np.uint64(0)
    sums = np.zeros(3)
    for row in range(used):
        if board.kinds[row] >= 0:
            sums[board.kinds[row] :] += board.weights[row]
            at = find(found.table, board.keys[row])
            if at < 0:
                found.table[-1 - at], found.places[-1 - at] = board.keys[row], -1 - row
    out = np.empty(board.values.shape[1])
    count, tried, most, share = 0, 0, -1, board.equal.sum()
    rows = np.zeros(4, dtype=np.int64)
    for op in range(len(moves.table)):
        entry = moves.table[op]
        arity = entry[ARITY]
        rows[:] = 0
        while True:
            if _fits(entry, board.kinds, rows):
                tried += 1
                child = _child(moves, board, op, rows, out, key, prior, logs[op], sums, count, found)
                if child == count:
                    count += 1
                    total = _judge(moves, goal, board, out, entry[RESULT], found, child)
                    if total > share:
                        most, share = child, total
            place = arity - 1
            while place >= 0 and rows[place] == used - 1:
                rows[place] = 0
                place -= 1
            if place < 0:
                break
            rows[place] += 1
    return count, tried, most, share / len(goal.sizes)


@native
def _fits(entry: Ints, kinds: Ints, rows: Ints) -> bool:
    """Whether an operation takes these rows; of two orders that give the same, one."""
    if entry[COMMUTES] and rows[1] < rows[0]:
        return False
    if entry[KERNEL] == DELAY:
        return bool(kinds[rows[0]] == entry[RESULT])
    for n in range(entry[ARITY]):
        kind = kinds[rows[n]]
        if kind < 0 or kind > entry[RANKS + n]:
            return False
    return True


@native
def _child(
    moves: Moves,
    board: Board,
    op: int,
    rows: Ints,
    out: Floats,
    key: np.uint64,
    prior: float,
    log: float,
    sums: Floats,
    count: int,
    found: Children,
) -> int:
    """The number of the child that a move leads to; -1 for a fault, what the state holds, or no room.

    Of several moves to one value, the likeliest is kept.
    """
    entry = moves.table[op]
    if not result(
        *(moves.code, entry[KERNEL], board.values, rows[0], rows[1], rows[2], rows[3], out, moves.first),
        *(board.stack, board.memory, moves.low, moves.high, 0),
    ):
        return -1
    own = with_kind(row_sum(out, out.view(np.uint64), moves.hashes), entry[RESULT])
    at = find(found.table, own)
    child = found.places[at] if at >= 0 else count
    if child < 0 or child >= len(found.keys):
        return -1
    total = prior + log
    for n in range(entry[ARITY]):
        total += np.log(board.weights[rows[n]] / sums[min(entry[RANKS + n], 2)])
    if at < 0:
        found.table[-1 - at], found.places[-1 - at] = own, count
        found.keys[child], found.values[child], found.kinds[child] = key + own, own, entry[RESULT]
    elif total <= found.logs[child]:
        return int(child)
    found.logs[child] = total
    found.moves[child, 0] = op
    for n in range(4):
        found.moves[child, 1 + n] = rows[n]
    return int(child)


@native
def _judge(moves: Moves, goal: Goal, board: Board, out: Floats, kind: int, found: Children, child: int) -> float:
    """Enter how near a new child comes, and what it could meet; on which shares the outputs are right, in sum."""
    total, shares, missing, last = 0.0, 0.0, 0, -1
    for output in range(len(goal.sizes)):
        share, near = board.equal[output], board.best[output]
        if near < 1.0:
            if kind <= goal.ranks[output]:
                share_here, near_here = agreement(out, goal, output)
                share, near = max(share, share_here), max(near, near_here)
            missing += near < 1.0
            last = output if near < 1.0 else last
        total += near
        shares += share
    found.near[child] = total / len(goal.sizes) if missing else 1.0
    if missing == 1 and goal.complete[last]:
        partner = np.empty(len(out))
        for n in range(len(moves.invertible)):
            k = moves.table[moves.invertible[n], KERNEL]
            for lane in range(len(out)):
                partner[lane] = needed(k, out[lane], goal.full[last, lane], moves.low, moves.high)
            found.partners[child, n] = row_sum(partner, partner.view(np.uint64), moves.hashes)
    else:
        found.partners[child, :] = np.uint64(0)
    return shares


@native
def solutions(
    moves: Moves, goal: Goal, board: Board, used: int, count: int, found: Children, hits: NDArray[np.int32]
) -> int:
    """Ways to a solution in up to MOST_MEETING moves, to `hits`, shape [n, MOST_MEETING, MOVE], -1 for no move.

    The last of two or three moves is by an operation that can be inverted, on a child, and on another or a row.
    """
    total = 0
    hits[:] = -1
    missing = last = 0
    for output in range(len(goal.sizes)):
        if board.best[output] < 1.0:
            missing, last = missing + 1, output
    for child in range(count):
        if found.near[child] >= 1.0 and total < len(hits):
            hits[total, 0] = found.moves[child]
            total += 1
    if missing == 1 and goal.complete[last]:
        for child in range(count):
            if found.near[child] < 1.0 and total < len(hits):
                total = _meeting(moves, goal, used, child, last, found, hits, total)
    return total


@native
def _meeting(
    moves: Moves,
    goal: Goal,
    used: int,
    child: int,
    output: int,
    found: Children,
    hits: NDArray[np.int32],
    total: int,
) -> int:
    """Enter the pairs of this child; how many hits there are then."""
    for n in range(len(moves.invertible)):
        entry = moves.table[moves.invertible[n]]
        if found.kinds[child] > entry[RANKS] or entry[RESULT] > goal.ranks[output]:
            continue
        for kind in range(entry[RANKS + 1] + 1):
            at = find(found.table, with_kind(found.partners[child, n], kind))
            if at < 0 or total == len(hits):
                continue
            other = found.places[at]
            if entry[COMMUTES] and 0 <= other < child:
                continue
            second = -1 - other if other < 0 else used if other == child else used + 1
            hits[total, 0] = found.moves[child]
            step = 1
            if other >= 0 and other != child:
                hits[total, 1] = found.moves[other]
                step = 2
            hits[total, step, 0] = moves.invertible[n]
            hits[total, step, 1], hits[total, step, 2] = used, second
            hits[total, step, 3], hits[total, step, 4] = 0, 0
            total += 1
    return total
