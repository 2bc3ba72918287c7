"""Writing past the end of an output faults, whatever stands behind it."""

from __future__ import annotations

import pytest

from ccc.isa import Fault
from ccc.skills import (
    Library,
    call_skill,
    link_call,
    link_skills,
    lowered_source,
    mixture_source,
    parse_mixture,
    testing,
)
from ccc.skills.mixture_run import run_source
from ccc.trace import make_executor
from tests.skills.conftest import Write
from tests.skills.spread import SKILLS

SOURCE = """.skill pair
    .input x
    .output y, z
    .scratch a, p
        ld   a, x
        st   y, a
        st   z, a
        mov  p, SLOT
        addi p, DISTANCE
        st   p, a
.endskill
"""
CARD = """skill: pair
kind: real
description: A number, twice.
inputs: {x: real}
outputs: {y: real, z: real}
tests:
  - {x: 1.5, y: 1.5, z: 1.5}
"""


def library(write: Write, slot: str, distance: int) -> Library:
    return Library([write("pair", SOURCE.replace("SLOT", slot).replace("DISTANCE", str(distance)), CARD)])


@pytest.mark.parametrize("engine", ["emulator", "native"])
@pytest.mark.parametrize(
    ("slot", "distance", "fault"),
    [("y", 0, Fault.NONE), *[(slot, by, Fault.PROTECTED) for slot in ("y", "z") for by in (1, 2, -1)]],
)
def test_what_stands_beside_an_output_is_not_written(
    write: Write, engine: str, slot: str, distance: int, fault: Fault
) -> None:
    """Also from the last output, behind which the stack begins, and from one into the next."""
    found = library(write, slot, distance)
    image = link_call(found, "pair", {"x": 1.5})
    executor = make_executor(engine, image)
    executor.start(image, ())
    executor.run(1000)
    assert executor.state().fault is fault
    assert call_skill(found, "pair", {"x": 1.5}, executor=make_executor(engine, image)).fault is fault
    assert testing.Tester(found, [engine]).test("pair").passed is (fault is Fault.NONE)


def test_data_of_a_program_are_guarded_too(write: Write, tmp_path_factory: pytest.TempPathFactory) -> None:
    main = tmp_path_factory.mktemp("main") / "main.s"
    main.write_text(".invoke pair, v, v, w\nhalt\n", encoding="utf-8")
    image = link_skills(library(write, "z", 1), ["pair"], main=main, data={"v": 1, "w": 0})
    executor = make_executor("emulator", image)
    executor.start(image, ())
    executor.run(1000)
    assert executor.state().fault is Fault.PROTECTED


@pytest.mark.parametrize(("slot", "distance"), [("y", 0), ("y", 1), ("z", 1)])
def test_a_mixture_in_each_of_its_forms(write: Write, slot: str, distance: int) -> None:
    found = Library([*library(write, slot, distance).folders, SKILLS / "compose"])
    text = "mixture: m\nkind: real\ninputs: {x: real}\noutputs: {y: real, z: real}\nsteps: [{pair: [x, y, z]}]\n"
    mixture = parse_mixture(text, found)
    fault = Fault.PROTECTED if distance else Fault.NONE
    for source in (mixture_source(mixture, found), lowered_source(mixture, found)):
        assert run_source(source, mixture, found, {"x": 1.5}).fault is fault
