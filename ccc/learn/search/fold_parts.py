"""What folds are made of: how often rounds are run, and the calls of a round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ccc.learn.search.graph import Node
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.shaped import Class, Form


@dataclass(frozen=True, eq=False)
class Setting:
    """How often the rounds are run. count: the dimension or slot that says so. first: the lane of each case's first
    round. rounds: of each case. advance: lanes from round to round. starts: where what is wanted of each case begins,
    shape [cases, states], in `wanted`.
    """

    count: str
    first: Ints
    rounds: Ints
    advance: int
    starts: Ints
    wanted: Floats


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a round. arguments: of each free argument the number of a state, or STATES + that of an output of the
    call before, or VALUE for a value of the bank.
    """

    form: Form
    arguments: tuple[int, ...]


VALUE, STATES = -1, 8
Start = tuple[tuple[Node, int], ...]
"""What each state begins with, as a node and as a value of the bank, or -1 for zeros."""
Begun = tuple[Setting, Start]
Calls = Sequence[Call]
Right = tuple[Setting, Start, Calls, Sequence[int], tuple[int, ...]]


def looked_up(body: Calls) -> int:
    """How many arguments are values of the bank."""
    return sum(part == VALUE for call in body for part in call.arguments)


def in_order(options: Sequence[Sequence[int]], one_state: bool, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Choices of one option for each argument: each state and result once, those that fit the same arguments in order;
    a single state any number of times.
    """
    if len(chosen) == len(options):
        yield chosen
        return
    for option in options[len(chosen)]:
        free = option == VALUE or (option < STATES and one_state)
        if free or all(part < option or (part > option and not _alike(part, option, options)) for part in chosen):
            yield from in_order(options, one_state, (*chosen, option))


def _alike(one: int, other: int, options: Sequence[Sequence[int]]) -> bool:
    """Whether two states, or two results, fit the same arguments."""
    return (one < STATES) == (other < STATES) and all((one in part) == (other in part) for part in options)


def fits(given: Class, wanted: Class) -> bool:
    """Whether a value may stand where one of another class is wanted."""
    return given.dimensions == wanted.dimensions and given.rank <= wanted.rank
