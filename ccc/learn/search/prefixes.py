"""Functions of all elements up to each one: a loop over the vectors calls another one, for ever longer beginnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ccc.learn.model import Case, Found, Problem
from ccc.learn.search.after import after_loops
from ccc.learn.search.graph import Apply, Held, Leaf, Node, State
from ccc.learn.search.lifted import Loop, found_in
from ccc.learn.search.machines import machines
from ccc.learn.search.rounds import MOST_LANES, Rounds, loops
from ccc.learn.search.search import Search
from ccc.learn.search.settings import counter_of
from ccc.skills import Card, Shape

_MOST_CASES = 256
"""Beginnings that are looked at."""


def prefixes(search: Search) -> Iterator[Found | None]:
    """Loops over vectors that call a loop for each beginning of them; None now and then."""
    for name in search.problem.card.dimensions:
        card, counter = _card(search.problem.card, name), counter_of(search)
        if card is None or counter is None or not 0 < Rounds(search, name, 1).lanes <= MOST_LANES:
            continue
        step = replace(search.problem, card=card, cases=tuple(islice(_cases(search.problem, name), _MOST_CASES)))
        yield from found_in(search, _loop(card, name, counter), step, _ways)


def _ways(inner: Search) -> list[Iterator[Found | None]]:
    return [after_loops(inner), machines(inner), loops(inner, lambda rounds: [])]


def _card(card: Card, name: str) -> Card | None:
    """What is given and wanted for one beginning, as a skill."""
    whole = Shape((name,))
    vectors = [slot for slot in card.given if slot.shape == whole]
    if not vectors or any(slot.shape != whole for slot in card.outputs):
        return None
    slots = tuple(replace(slot, shape=Shape()) if slot.role == "output" else slot for slot in card.slots)
    return Card(f"{card.name}_prefix", card.kind, f"What {card.name} is in the end.", slots)


def _cases(problem: Problem, name: str) -> Iterator[Case]:
    """Each beginning as a case."""
    whole = {slot.name for slot in problem.card.slots if slot.shape.dimensions == (name,)}
    for case in problem.cases:
        for size in range(1, int(case.given[name].reshape(-1)[0]) + 1):
            given = {key: value[:size] if key in whole else value for key, value in case.given.items()}
            given[name] = case.given[name] * 0 + size
            yield Case(given, {key: value[size - 1] for key, value in case.expected.items()})


def _loop(step: Card, name: str, counter: Apply) -> Loop:
    """The loop that calls the step in each round. counter: the number of the round, from 1."""
    arguments: dict[str, Node] = {
        slot.name: Leaf(slot.name, slot.type, 0, slot.shape.dimensions) for slot in step.given
    }
    held = next(node for node in counter.arguments if isinstance(node, Held))
    return Loop(name, {**arguments, name: counter}, {held.state: State(counter)})
