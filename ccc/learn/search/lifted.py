"""Functions of single elements: where an output depends on the elements of its round alone, what gives it may be a loop
of its own, which a loop over the vectors calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccc.learn.model import Case, Found, Problem
from ccc.learn.search.after import after_loops
from ccc.learn.search.graph import Apply, Graph, Leaf, Node, State
from ccc.learn.search.kernels import Floats
from ccc.learn.search.machines import machines
from ccc.learn.search.ops import Op
from ccc.learn.search.program import mixtures_of
from ccc.learn.search.rounds import MOST_LANES, Rounds
from ccc.learn.search.search import Search, in_turns
from ccc.skills import Card, Mixture, Shape, Slot

_AGAIN = 4
"""One lane in so many, at least, must be given what another one was."""


def lifted(search: Search) -> Iterator[Found | None]:
    """Loops over vectors that call a loop for each element; None now and then."""
    for name in search.problem.card.dimensions:
        yield from _over(search, name)


def _over(search: Search, name: str) -> Iterator[Found | None]:
    """The same over the vectors of one dimension."""
    problem = search.problem
    card = _card(problem.card, name)
    rounds = Rounds(search, name, 1)
    if card is None or not 0 < rounds.lanes <= MOST_LANES:
        return
    cases = _cases(rounds, card)
    if cases is None:
        return
    step = replace(problem, card=card, cases=cases)
    shapes = {slot.name: slot.shape for slot in problem.card.slots}
    arguments: dict[str, Node] = {
        slot.name: Leaf(slot.name, slot.type, int(bool(shapes[slot.name].dimensions))) for slot in card.given
    }
    loop = Loop(name, arguments, {})
    yield from found_in(search, loop, step, lambda inner: [after_loops(inner), machines(inner)])


@dataclass(frozen=True)
class Loop:
    """A loop over the vectors of one dimension: what the step that it calls is given, and what it carries."""

    dimension: str
    arguments: Mapping[str, Node]
    states: Mapping[str, State]

    def around(self, search: Search, step: Card) -> Mixture:
        """The loop with a step as its body."""
        given = tuple(slot for slot in step.slots if slot.role != "output")
        arguments = tuple(self.arguments[slot.name] for slot in given)
        outputs: dict[str, Node] = {slot.name: Apply(Op(step, slot, given), arguments) for slot in step.outputs}
        graph = Graph(outputs, dict.fromkeys(outputs, 1), self.dimension, "", dict(self.states))
        return mixtures_of(graph, search.problem.card, search.ops)[-1]


def found_in(
    search: Search, loop: Loop, step: Problem, ways: Callable[[Search], Sequence[Iterator[Found | None]]]
) -> Iterator[Found | None]:
    """Loops whose step is right for a problem of its own, looked for with the parts and the budget of a search; None
    now and then.
    """
    budget = replace(search.budget, seconds=search.budget.seconds - search.seconds, candidates=None)
    inner = Search(step, budget, search.seed, lambda progress: None, search.method, search.ops)
    candidates, work = 0, 0.0
    for found in in_turns(inner, ways(inner)):
        search.count(inner.candidates - candidates, inner.work - work)
        candidates, work = inner.candidates, inner.work
        if found is None:
            yield None
        elif found.right == 1.0:
            yield from search.offer((*found.mixtures, loop.around(search, step.card)))


def _card(card: Card, name: str) -> Card | None:
    """What one round is given and gives, as a skill of single cells."""
    single, whole = Shape(), Shape((name,))
    given = [slot for slot in card.given if slot.name != name]
    moving = all(slot.shape == whole for slot in card.outputs) and any(slot.shape == whole for slot in given)
    if not moving or any(slot.shape not in (single, whole) for slot in given):
        return None
    slots = tuple(replace(slot, shape=single) for slot in card.slots if slot.name != name)
    return Card(f"{card.name}_step", card.kind, f"An element of {card.name}.", slots)


def _cases(rounds: Rounds, card: Card) -> tuple[Case, ...] | None:
    """Each different round as a case; None where what a round is given does not say what it gives, or where hardly
    anything is given twice.
    """
    given = {slot.name: _lanes(rounds, slot) for slot in card.given}
    wanted = {slot.name: _lanes(rounds, slot, wanted=True) for slot in card.outputs}
    inputs = np.array(list(given.values())).T
    every = np.concatenate([inputs, np.array(list(wanted.values())).T], axis=1)
    first = np.unique(inputs, axis=0, return_index=True)[1]
    if len(np.unique(every, axis=0)) > len(first) or len(first) > rounds.lanes * (_AGAIN - 1) // _AGAIN:
        return None
    return tuple(
        Case(
            {name: np.asarray(values[lane]) for name, values in given.items()},
            {name: np.asarray(values[lane]) for name, values in wanted.items()},
        )
        for lane in sorted(first)
    )


def _lanes(rounds: Rounds, slot: Slot, *, wanted: bool = False) -> Floats:
    """The values of a slot in all rounds."""
    found = [(case.expected if wanted else case.given)[slot.name] for case in rounds.search.problem.cases]
    if found[0].ndim:
        return rounds.each(found, 1)
    return np.repeat(np.array([float(value) for value in found]), rounds.counts)
