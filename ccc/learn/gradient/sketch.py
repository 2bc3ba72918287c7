"""What a mixture that is trained may be made of: the values that every round is given, and what is wanted of it.

A sketch says how often the steps are run (once, or in a loop that is counted), with how many steps and how many states
that go from round to round. alpha, P and what states become are what is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccc.learn.search.codes import Codes
from ccc.learn.search.graph import Graph, Held, Node, State
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.lines import expected, line_leaves, told
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.search import Search
from ccc.learn.search.settings import Setting, hidden_type, settings
from ccc.skills import Slot, Type

MOST_ROUNDS = 64
"""Loops that take longer on a training case are not trained."""
_SEVERAL, _ENOUGH = 6, 4
"""So many cases are trained on at least, and all that take no more than so many rounds."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """A shape of programs.

    nodes: what each round is given, with `given`, shape [cases, rounds, nodes]. rounds: of each case. starts: what
    states may start with, with `begins`, shape [cases, starts]. wanted: shape [cases, rounds, outputs], of an output of
    one cell in each round what it is in the end. moving: which outputs have an element a round. states: the types of
    what is carried; the first ones are the outputs of single cells, if this is a loop. codes: of the operations, to run
    them. count: what counts the rounds, or nothing in a straight line.
    """

    nodes: tuple[Node, ...]
    given: Floats
    rounds: Ints
    starts: tuple[Node, ...]
    begins: Floats
    outputs: tuple[Slot, ...]
    wanted: Floats
    moving: tuple[bool, ...]
    states: tuple[Type, ...]
    steps: int
    ops: tuple[Op, ...]
    codes: Codes
    count: str = ""
    carried: tuple[tuple[str, State], ...] = ()

    @property
    def name(self) -> str:
        """In words."""
        rounds = f", {self.count} times, {len(self.states)} states" if self.count else ""
        return f"{self.steps} step{'s' if self.steps > 1 else ''}{rounds}"

    @property
    def finals(self) -> tuple[int, ...]:
        """The outputs of single cells, by number."""
        return tuple(number for number, moves in enumerate(self.moving) if not moves)

    @property
    def pointed(self) -> tuple[Slot, ...]:
        """The outputs that point to a value: all but those that are states."""
        pairs = zip(self.outputs, self.moving, strict=True)
        return tuple(slot for slot, moves in pairs if moves or not self.count)

    @property
    def largest(self) -> float:
        """The largest size of a number that is given or wanted."""
        return float(max(np.nanmax(np.abs(part), initial=0.0) for part in (self.given, self.begins, self.wanted)))

    @property
    def held(self) -> tuple[Held, ...]:
        """The states as values."""
        return tuple(Held(f"m{j}", kind) for j, kind in enumerate(self.states))

    def graph(self, outputs: list[Node], nexts: list[Node], starts: list[Node]) -> Graph:
        """The program with these values as outputs (those of single cells of a loop are states), and as states."""
        if not self.count:
            return Graph({slot.name: node for slot, node in zip(self.outputs, outputs, strict=True)})
        states = {f"m{j}": State(node, start) for j, (node, start) in enumerate(zip(nexts, starts, strict=True))}
        carried = {self.outputs[number].name: f"m{j}" for j, number in enumerate(self.finals)}
        found = {name: states[state].next for name, state in carried.items()}
        moving = {}
        for number, moves in enumerate(self.moving):
            if moves:
                moving[self.outputs[number].name] = 1
                found[self.outputs[number].name] = outputs[number]
        ordered = {slot.name: found[slot.name] for slot in self.outputs}
        return Graph(ordered, moving, self.count, "", {**dict(self.carried), **states}, carried)


def sketches(search: Search, ops: tuple[Op, ...], steps: int, hidden: int) -> Iterator[Sketch]:
    """The shapes of programs of so many steps that can be right, with so many states beside the outputs.

    ops: what the steps may be, on single cells.
    """
    outputs = search.problem.card.outputs
    if all(not slot.shape.dimensions for slot in outputs):
        straight = _straight(search, ops, steps)
        if straight is not None and hidden == 0:
            yield straight
    for setting in settings(search):
        found = _loop(search, setting, ops, steps, hidden) if setting.count else None
        if found is not None:
            yield found


def _straight(search: Search, ops: tuple[Op, ...], steps: int) -> Sketch | None:
    """A straight line, if what is given says what is wanted."""
    outputs = search.problem.card.outputs
    leaves = line_leaves(search)
    wanted = [expected(search, slot) for slot in outputs]
    known = ~np.isnan(wanted).any(0)
    if not leaves or not told([value[known] for _, value in leaves], [value[known] for value in wanted]):
        return None
    given = np.array([value for _, value in leaves]).T[:, None, :]
    cases = len(given)
    return Sketch(
        tuple(node for node, _ in leaves),
        np.ascontiguousarray(given),
        np.ones(cases, dtype=np.int64),
        (),
        np.zeros((cases, 0)),
        outputs,
        np.array(wanted).T[:, None, :],
        (False,) * len(outputs),
        (),
        steps,
        ops,
        search.ops.codes,
    )


def _loop(search: Search, setting: Setting, ops: tuple[Op, ...], steps: int, hidden: int) -> Sketch | None:
    """A loop that is counted, if all outputs are single cells or have an element a round. It is trained on the cases
    that take few rounds.
    """
    outputs = search.problem.card.outputs
    short = _short(setting)
    cases = [search.problem.cases[case] for case in short]
    counts = setting.rounds[short]
    moving = tuple(slot.shape.dimensions == (setting.count,) for slot in outputs)
    whole = all(moves or not slot.shape.dimensions for slot, moves in zip(outputs, moving, strict=True))
    most = int(counts.max(initial=0))
    if not whole or not 0 < most <= MOST_ROUNDS:
        return None
    given = np.zeros((len(cases), most, len(setting.nodes)))
    wanted = np.zeros((len(cases), most, len(outputs)))
    for case, (offset, rounds) in enumerate(zip(setting.offsets[short], counts, strict=True)):
        given[case, :rounds] = setting.given[offset : offset + rounds]
        for number, slot in enumerate(outputs):
            value = cases[case].expected[slot.name].reshape(-1)
            wanted[case, : rounds if moving[number] else most, number] = value
    types = [slot.type for slot, moves in zip(outputs, moving, strict=True) if not moves]
    starts = [(node, value[short]) for node, value in setting.starts]
    begins = [(node, value) for node, value in starts if np.isfinite(value).all()]
    return Sketch(
        setting.nodes,
        given,
        counts,
        tuple(node for node, _ in begins),
        np.array([value for _, value in begins]).T.reshape(len(cases), -1),
        outputs,
        wanted,
        moving,
        (*types, *[hidden_type(search)] * hidden),
        steps,
        ops,
        search.ops.codes,
        setting.count,
        tuple(setting.states.items()),
    )


def _short(setting: Setting) -> Ints:
    """The cases with at most as many rounds as are enough, or as several cases have."""
    several = np.sort(setting.rounds)[:_SEVERAL].max(initial=0)
    return np.flatnonzero(setting.rounds <= max(several, _ENOUGH))


def fits(kind: Type, slot: Type) -> bool:
    """Whether a slot of one type may point to a value of another."""
    return rank(kind) <= rank(slot)
