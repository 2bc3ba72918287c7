"""Vectors and matrices as values: straight lines, loops over rows of what is given, and folds, by increasing cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search.folds import Folds
from ccc.learn.search.graph import Node
from ccc.learn.search.mutual import mutual_lines
from ccc.learn.search.rounds import Rounds, moves
from ccc.learn.search.search import Search, side_by_side
from ccc.learn.search.shaped_bank import Goal
from ccc.learn.search.shaped_lines import ShapedLines, given_as

MOST_LANES = 1 << 12
MOST_FOLD = 6
"""The highest cost of a fold."""


def worth(search: Search) -> bool:
    """Whether there are vectors, and skills for them that native code can run; or skills with several outputs, of which
    one call may take two.
    """
    card = search.problem.card
    if any(slot.shape.dimensions for slot in card.slots):
        return any(not op.scalar and op.entry >= 0 for op in search.ops.all)
    return any(op.scalar and op.entry >= 0 and len(op.card.outputs) > 1 for op in search.ops.all)


def vector_lines(search: Search) -> Iterator[Found | None]:
    """Programs without loops of their own; None now and then."""
    if not worth(search):
        return
    ways = [_lines(search, None, search.budget.memory // 6)]
    if len(search.problem.card.outputs) > 1:
        ways.insert(0, mutual_lines(search))
    yield from side_by_side(ways)


def vector_loops(search: Search) -> Iterator[Found | None]:
    """Loops over the rows of what is given, outputs moving on forwards and backwards; None after each size."""
    card = search.problem.card
    if not worth(search):
        return
    ways = [
        _lines(search, rounds, search.budget.memory // 12)
        for rounds in (Rounds(search, name, way) for name in card.dimensions for way in (1, -1))
        if rounds.way == 1 or any(moves(slot, rounds) for slot in card.outputs)
    ]
    yield from side_by_side(ways)


def _lines(search: Search, rounds: Rounds | None, memory: int) -> Iterator[Found | None]:
    """Enumeration by increasing cost."""
    if rounds is not None and not 0 < rounds.lanes <= MOST_LANES:
        return
    try:
        lines = ShapedLines(search, rounds, memory)
    except MemoryError:
        return
    known: dict[str, list[Node]] = {name: [] for name in lines.goals}
    for name, goal in lines.goals.items():
        known[name] += given_as(lines, goal)
    yield from lines.together(known, {})
    yield from side_by_side([_levels(lines, known), _folds(lines, known)])


def _levels(lines: ShapedLines, known: dict[str, list[Node]]) -> Iterator[Found | None]:
    size = 0
    while size <= lines.longest:
        size += 1
        yield from lines.level(size, known)


def _folds(lines: ShapedLines, known: dict[str, list[Node]]) -> Iterator[Found | None]:
    """Folds of values that are known by then; of several outputs each by two calls too."""
    folds, outputs = Folds(lines), lines.search.problem.card.outputs
    single = [Folds(lines, [slot]) for slot in outputs] if len(outputs) > 1 else []
    for size in range(1, MOST_FOLD + 1):
        while lines.bank.levels < size and not lines.bank.full:
            yield None
        yield from folds.level(size)
        for slot, chains in zip(outputs, single, strict=False):
            for hit in chains.chains(size):
                if hit is None:
                    yield None
                    continue
                known[slot.name].append(hit)
                yield from lines.together(known, {slot.name: [hit]})


def warm_up(search: Search) -> None:
    """Have the loops compiled, or loaded, before the clock starts, where they are used: on one candidate each."""
    if not worth(search):
        return
    lines = ShapedLines(search, None, 1 << 16)
    bank = lines.bank
    blocks = (block for number in range(len(bank.forms)) for block in bank.blocks(number, 0))
    for block in islice(blocks, 1):
        one = replace(block, highs=tuple(low + 1 for low in block.lows))
        empty = Goal(bank.forms[block.number].result, *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0))
        list(bank.check(iter([one]), empty))
        list(bank.keep(iter([one])))
    bank.nearest(0, next(iter(lines.goals.values())))
    Folds(lines).warm_up()
