"""What docs/composition.md says that the composition skill costs, in instructions."""

from __future__ import annotations

import pytest

from ccc.isa import Fault
from ccc.skills.mixture import Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_run import run_mixture
from ccc.skills.model import Kind, Shape, Type
from tests.skills.mixtures import library

LIBRARY = library()
OTHERS = 3
"""Cells of the area besides those of the piece l: the output, and two that fill up the windows."""
TERM = 170
"""A term of `radd` where every slot has the first of the pieces: loading, the call, the skill's 7 instructions."""


def instructions(terms: list[Term], cells: int, steps: int) -> int:
    pieces = (
        Piece("y", "output", Type.REAL),
        Piece("x", "input", Type.REAL),
        Piece("l", "local", Type.REAL, Shape((cells,))),
    )
    mixture = Mixture("cost", Kind.REAL, "", pieces, tuple(Step(tuple(terms)) for _ in range(steps)))
    run = run_mixture(mixture, LIBRARY, {"x": 1.0})
    assert run.fault is Fault.NONE
    return run.instructions


def step(terms: list[Term], cells: int) -> int:
    """What one step more costs."""
    return instructions(terms, cells, 2) - instructions(terms, cells, 1)


def radd(weight: float) -> Term:
    return Term("radd", {slot: Choice.of("y") for slot in "aby"}, weight)


def test_a_hard_step() -> None:
    assert step([Term("nop")], 5) == 46
    assert step([radd(1.0)], 5) - 46 == TERM


@pytest.mark.parametrize("kinds", [2, 3, 8])
@pytest.mark.parametrize("cells", [1, 50])
def test_a_soft_step(kinds: int, cells: int) -> None:
    """By skills K and cells n of the area."""
    area = cells + OTHERS
    nothing = 127 + 60 * kinds + (14 + 13 * kinds) * area
    assert step([Term("nop", {}, 1 / kinds)] * kinds, cells) == nothing
    assert step([radd(1 / kinds)] * kinds, cells) == nothing + kinds * TERM


@pytest.mark.parametrize("cells", [1, 50])
def test_a_call_that_does_nothing(cells: int) -> None:
    """One instruction more for each piece that is larger than those before it."""
    pieces = 3
    found = instructions([Term("nop")], cells, 1) - 124 - 45 * pieces - 4 * cells
    assert 0 <= found < pieces


@pytest.mark.parametrize(("advance", "cost"), [(1, 17), (3, 17), (-1, 19)])
def test_a_slot_that_moves_on(advance: int, cost: int) -> None:
    def moved(by: int) -> int:
        slots = {"a": Choice.of("l", by), "b": Choice.of("y"), "y": Choice.of("y")}
        return instructions([Term("radd", slots)], 3, 1)

    assert moved(advance) - moved(0) == cost
