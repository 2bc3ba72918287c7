"""Derived code where data stand in each other's place, and where pointers are taken from each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.errors import SourceError
from tests.skills.deriving import Derived, write_skill

SCALAR = "inputs: {x: real}\noutputs: {y: real}"
READS_LATE = """
    .input x
    .output y
    .scratch value
        st   y, =2                      # this is x, where one stands in the place of the other
        ld   value, x
        fmul value, value
        st   y, value
    .jacobian
    .scratch value
        ld   value, x
        fmul value, =2
        st   jacobian, value"""


def test_a_skill_that_reads_after_it_wrote(tmp_path: Path) -> None:
    """Called in place it squares what it wrote, which its Jacobian code does not know."""
    write_skill(tmp_path / "parts", "square", SCALAR, READS_LATE)
    text = """
.require square
    .input x
    .output y
    .scratch value, other
        ld   value, x
        .invoke square, value, other
        .invoke square, value, value
        fadd value, other
        st   y, value"""
    skill = Derived(tmp_path, "tested", SCALAR, text, [tmp_path / "parts"])
    assert skill.forward({"x": 3}).outputs["y"] == 4 + 9
    assert skill.agree({"x": 3}).tolist() == [[6]]


HALVES = """
    .input x
    .output y
    .constant n
    .scratch low, high, way, value
        mov  low, x
        ld   high, n
        fmul high, x.stride
        fadd high, x
@loop:  mov  way, high
        sub  way, low
        sar  way, =1
        jle  way, @done
        add  way, low
        ld   value, way
        jle  value, @above
        mov  high, way
        jmp  @loop
@above: mov  low, way
        jmp  @loop
@done:  ld   value, low
        fmul value, value
        st   y, value"""


def test_distances_in_the_same_data(tmp_path: Path) -> None:
    """The square of the last number that is not above 0, by bisection."""
    slots = 'inputs: {x: "real[n]"}\noutputs: {y: real}\nconstants: {n: int}'
    skill = Derived(tmp_path, "tested", slots, HALVES)
    assert skill.agree({"x": [-5, -4, -1.5, 2, 7]}).tolist() == [[0, 0, -3, 0, 0]]


@pytest.mark.parametrize("take", ["mov  p, w", "jle  value, @on; mov  p, w; @on:", "push w; pop  p"])
def test_distances_between_data(tmp_path: Path, take: str) -> None:
    """What leads from x to w does not lead from the tangents of x to those of w."""
    text = f"""
    .input x, w
    .output y
    .scratch p, q, value
        ld   value, x
        mov  p, x
        {take}
        sub  p, x
        mov  q, x
        add  q, p
        ld   value, q
        st   y, value"""
    slots = 'inputs: {x: "real[3]", w: "real[2]"}\noutputs: {y: real}'
    with pytest.raises(SourceError, match="the distance between data of different slots") as caught:
        Derived(tmp_path, "tested", slots, text)
    (found,) = caught.value.diagnostics
    assert "w, x" in found.message


def test_a_load_that_fails_is_one_mistake(tmp_path: Path) -> None:
    text = "\n.input x\n.output y\n.scratch value\n        ld   value, =5\n        st   y, value"
    with pytest.raises(SourceError) as caught:
        Derived(tmp_path, "tested", SCALAR, text)
    assert [found.message for found in caught.value.diagnostics] == ["code reaches data only through slots"]
