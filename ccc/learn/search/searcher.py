"""The method `enumerate`: all programs by increasing size, straight lines and loops side by side; and `focus`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import final

from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search import accumulated, after, hidden, lifted, lines, machines, observed, prefixes, vectors
from ccc.learn.search.computed import Computed
from ccc.learn.search.kernels import Kernel
from ccc.learn.search.ops import Op, Ops, rank
from ccc.learn.search.rounds import loops
from ccc.learn.search.search import Method, Search, in_turns, ops_of
from ccc.skills import Type

FEW = 20
"""Parts on single cells that `focus` takes, besides copies and constants, and half as many on vectors."""
_OTHER = 3.0
"""How much later parts that give no real come where a real is wanted: most of what is given does not fit them."""
_MORE = 1.5
"""How many times as many there must be."""


@final
class Enumerate(Method):
    """Typed enumeration from the bottom up, with observational equivalence."""

    name = "enumerate"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        yield from enumerated(Search(problem, budget, seed, report, self.name))


@final
class Focus(Method):
    """Enumeration over the parts alone that the guide holds for the most promising: the fewer, the longer programs of
    them are reached. Nothing is tried where there are not many more than these.
    """

    name = "focus"

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        ops = ops_of(problem)
        parts = promising(ops, FEW)
        if len(parts) == len(problem.parts):
            yield None
            return
        narrow = ops.narrowed(replace(problem, parts=parts))
        yield from enumerated(Search(narrow.problem, budget, seed, report, self.name, narrow))


def promising(ops: Ops, few: int) -> tuple[str, ...]:
    """The most promising parts of a problem, in its order, and those that copy or give a constant; all where there are
    not many more.
    """
    free, groups = ranked_parts(ops, few)
    chosen = free.union(*(ranked[:most] for ranked, most in groups))
    if sum(len(ranked) for ranked, _ in groups) < _MORE * len(chosen - free):
        return ops.problem.parts
    return tuple(name for name in ops.problem.parts if name in chosen)


def free_parts(ops: Ops) -> frozenset[str]:
    """The parts that copy or give a constant."""
    return frozenset(op.name for op in ops.all if op.copies or op.kernel == Kernel.MOV or not op.arguments)


def ranked_parts(ops: Ops, few: int) -> tuple[frozenset[str], list[tuple[list[str], int]]]:
    """The parts that copy or give a constant; those on single cells and those on vectors, the most promising first, and
    how many of them are few.
    """
    free = free_parts(ops)
    order = {name: float(place) for place, name in enumerate(ops.problem.parts)}
    if max(rank(slot.type) for slot in ops.problem.card.outputs) == rank(Type.REAL):
        gives_real = {op.name for op in ops.all if rank(op.result.type) == rank(Type.REAL)}
        for name in {op.name for op in ops.all} - gives_real:
            order[name] *= _OTHER
    groups = (ops.scalar, few), (_on_vectors(ops), few // 2)
    return free, [(sorted({op.name for op in group} - free, key=order.__getitem__), most) for group, most in groups]


def _on_vectors(ops: Ops) -> Iterator[Op]:
    """Those that take or give vectors or matrices, as far as there are such in the problem, of its types."""
    slots = ops.problem.card.slots
    largest, highest = max(len(slot.shape.dimensions) for slot in slots), max(rank(slot.type) for slot in slots)
    for op in ops.general:
        sizes, types = zip(*((len(slot.shape.dimensions), rank(slot.type)) for slot in op.card.slots), strict=True)
        if op.entry >= 0 and max(sizes) <= largest and max(types) <= highest:
            yield op


def enumerated(search: Search) -> Iterator[Found | None]:
    """All ways of searching in turns; None first, before the clock starts, and after each turn."""
    warm_up(search)
    yield None
    search.begin()
    yield from in_turns(search, every_way(search))


def warm_up(search: Search) -> None:
    """Have what all ways of searching use compiled, or loaded, before the clock starts."""
    search.warm_up()
    lines.warm_up(search)
    accumulated.warm_up()
    machines.warm_up(search)
    hidden.warm_up(search)
    vectors.warm_up(search)


def every_way(search: Search) -> Sequence[Iterator[Found | None]]:
    """All ways of enumerating."""
    return [
        lines.straight_lines(search),
        vectors.vector_lines(search),
        loops(search, Computed(search)),
        vectors.vector_loops(search),
        machines.machines(search),
        after.after_loops(search),
        lifted.lifted(search),
        hidden.hidden_states(search),
        observed.observed_states(search),
        prefixes.prefixes(search),
    ]
