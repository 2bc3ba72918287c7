"""Several outputs, each looked for with the others given: what one call takes may be what another output is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from ccc.learn.model import Found
from ccc.learn.search.graph import OTHER, Apply, Graph, Held, Node, with_held
from ccc.learn.search.search import MOST_TOGETHER, Search
from ccc.learn.search.shaped_lines import ShapedLines, given_as

MOST_COST = 4
_MOST_LOOKED_AT = 1000
"""Combinations of values, most of which may rest on themselves."""


class _InACircleError(Exception):
    """Outputs that are computed from each other."""


def mutual_lines(search: Search) -> Iterator[Found | None]:
    """Programs without loops of their own for several outputs of any shape; None now and then."""
    outputs = search.problem.card.outputs
    memory = search.budget.memory // (12 * len(outputs))
    try:
        lines = {slot.name: ShapedLines(search, None, memory, slot) for slot in outputs}
    except MemoryError:
        return
    known = {name: given_as(own, own.goals[name]) for name, own in lines.items()}
    for size in range(1, MOST_COST + 1):
        for name, own in lines.items():
            for hit in own.check(size, own.goals[name]):
                if hit is None:
                    yield None
                    continue
                known[name].append(hit)
                yield from _together(search, {**known, name: [hit]})
        for own in lines.values():
            yield from own.keep(size)


def _together(search: Search, choices: Mapping[str, list[Node]]) -> Iterator[Found]:
    """The programs of one value for each output, in which none rests on itself; first those that rest on others least.
    Not too many.
    """
    ranked = [sorted(nodes, key=_others) for nodes in choices.values()]
    combinations = (dict(zip(choices, nodes, strict=True)) for nodes in islice(product(*ranked), _MOST_LOOKED_AT))
    possible = (outputs for one in combinations if (outputs := settled(one)) is not None)
    for outputs in islice(possible, MOST_TOGETHER):
        yield from search.programs(Graph(outputs))


def _others(node: Node) -> int:
    """How many other outputs a value rests on."""
    if isinstance(node, Apply):
        return sum(_others(part) for part in node.arguments)
    return int(isinstance(node, Held))


def settled(outputs: Mapping[str, Node]) -> dict[str, Node] | None:
    """The outputs with what they are in place of their names, or None where one rests on itself."""

    def of(name: str, path: tuple[str, ...]) -> Node:
        if name in path:
            raise _InACircleError
        return with_held(outputs[name], lambda held: of(held.state.removeprefix(OTHER), (*path, name)))

    try:
        return {name: of(name, ()) for name in outputs}
    except _InACircleError:
        return None
