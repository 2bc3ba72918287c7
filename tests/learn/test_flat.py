"""Straight lines without the interpreter against the interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.search import flat, vm
from ccc.learn.search.codes import Codes
from ccc.learn.search.flatten import Flat, NotFlatError
from ccc.learn.search.kernels import BY_NAME
from ccc.machine import word_range
from ccc.skills import Kind, Library, Mixture, Shape, Type
from ccc.skills.mixture import Choice, Piece, Step, Term

LIBRARY = Library.default()
ATOMS = ("add", "sub", "mul", "div", "mod", "inc", "is_le", "subleq", "cmov_le", "one", "zero", "mov")
INT = Type.INT
PIECES = (
    *(Piece("x", "input", INT), Piece("y", "input", INT), Piece("z", "output", INT)),
    *(Piece("t", "local", INT), Piece("two", "number", INT, values=(2.0,))),
)
Steps = list[tuple[str, tuple[str, ...]]]


def straight(name: str, steps: Steps) -> Mixture:
    """A straight line. Each step has a skill and where its slots point to; it writes z or t."""
    return Mixture(name, Kind.INTEGER, "", PIECES, tuple(step(*parts) for parts in steps))


def step(skill: str, places: tuple[str, ...], **more: Choice) -> Step:
    slots = [slot.name for slot in LIBRARY.card(skill).slots] if skill != "inner" else ["x", "y", "z"]
    written = [*places[: len(slots) - 1], places[-1] if places[-1] in "zt" else "t"]
    choices = {slot: Choice.of(place) for slot, place in zip(slots, written, strict=True)}
    return Step((Term(skill, choices),), **more)


def steps_of(*names: str) -> st.SearchStrategy[Steps]:
    places = st.tuples(*[st.sampled_from(("x", "y", "z", "t", "two"))] * 4)
    return st.lists(st.tuples(st.sampled_from(names), places), min_size=1, max_size=5)


def resolving(inner: Mixture | None):
    def resolve(name: str):
        if name == "inner":
            return inner
        return BY_NAME[name], tuple(slot.name for slot in LIBRARY.card(name).slots)

    return resolve


@given(steps_of(*ATOMS), steps_of(*ATOMS, "inner", "inner"), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_flat_plans_are_what_the_interpreter_runs(inner, outer, seed: int) -> None:
    mixture = straight("outer", outer)
    codes = Codes(resolving(straight("inner", inner)), 32)
    plan = codes.plan(mixture, "z", ["x", "y"], 1000)
    assert plan >= flat.FLAT
    codes.place_plans([plan])
    rng = np.random.default_rng(seed)
    low, high = map(float, word_range(32))
    x, y = (np.where(rng.random(7) < 0.5, rng.integers(-2, 3, 7), rng.integers(-(2**31), 2**31, 7)) for _ in "xy")
    memory, stack, nothing = codes.memory(1 << 12), np.zeros(1 << 10, dtype=np.int64), np.zeros(7)
    runs = [codes.run(mixture, {"x": np.asarray(float(a)), "y": np.asarray(float(b))}, {"z": np.zeros(())})
            for a, b in zip(x, y, strict=True)]  # fmt: skip
    wanted = [np.nan if run is None else float(run["z"]) for run in runs]
    code = codes.code
    columns = (x.astype(float), y.astype(float), nothing, nothing)
    for cells in (memory, codes.memory(100)):  # with room for lanes beside each other, and without
        out = np.zeros(7)
        vm.values_of(code, plan, *columns, out, 7, stack, cells, low, high)
        np.testing.assert_array_equal(out, wanted)
        single = [vm.value_of(code, plan, *row, stack, cells, low, high) for row in zip(*columns, strict=True)]
        np.testing.assert_array_equal(single, wanted)


ADD = step("add", ("x", "y", "z"))


@pytest.mark.parametrize(
    "change",
    [
        {"count": "x"},
        {"until": "z"},
        {"pieces": (*PIECES, Piece("v", "local", INT, Shape((2,))))},
        {"steps": (step("add", ("x", "y", "z"), guard=Choice.of("x")),)},
    ],
)
def test_what_is_no_straight_line_is_not_flat(change: Mapping[str, Any]) -> None:
    mixture = straight("one", [])
    Flat(replace(mixture, steps=(ADD,)), resolving(None))
    with pytest.raises(NotFlatError):
        Flat(replace(mixture, **{"steps": (ADD,), **change}), resolving(None))


def test_a_long_straight_line_is_left_to_the_interpreter() -> None:
    codes = Codes(resolving(None), 32)
    plan = codes.plan(replace(straight("long", []), steps=(ADD,) * 200), "z", ["x", "y"], 1000)
    assert vm.VM <= plan < flat.FLAT
