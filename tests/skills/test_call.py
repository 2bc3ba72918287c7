"""Calls of skills on data: outputs, Jacobians, faults, batches, and what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.errors import SkillError
from ccc.isa import Fault
from ccc.machine import wrap
from ccc.skills import Library, call_batch, call_skill
from ccc.trace import make_executor
from tests.skills.conftest import FOLDER, Write
from tests.skills.sources import CARD, SOURCE

LIBRARY = Library([FOLDER])
WEIGHTED: dict[str, Any] = {"x": [1, 2, 3], "w": [0.5, -1, 2], "b": 0.25}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 2), max_size=8))
def test_dot(pairs: list[tuple[int, int]]) -> None:
    x, y = [left for left, _ in pairs], [right for _, right in pairs]
    result = call_skill(LIBRARY, "dot", {"x": x, "y": y})
    assert result.outputs["s"] == wrap(sum(left * right for left, right in pairs), 32)
    assert result.fault is Fault.NONE


def test_several_outputs_and_the_jacobian() -> None:
    result = call_skill(LIBRARY, "weighted", WEIGHTED)
    assert {name: value.tolist() for name, value in result.outputs.items()} == {"y": 4.75, "z": 9.5}
    assert result.jacobian is None
    result = call_skill(LIBRARY, "weighted", WEIGHTED, jacobian=True, before={"y": 7})
    assert result.jacobian is not None
    assert result.jacobian.tolist() == [[0.5, -1, 2, 1, 2, 3, 1], [1, -2, 4, 2, 4, 6, 2]]
    assert result.outputs["y"] == 7, "Jacobian code writes the Jacobian alone"


def test_instructions_are_those_of_the_skill(write: Write) -> None:
    """`exec`, `enter`, `leave`, and what stands between; a fault is no instruction that was executed."""
    source = ".skill f\n.output y\n.scratch a\nmovi a, 1\nst y, a\n.endskill"
    library = Library([write("f", source, "skill: f\nkind: real\ndescription: x\noutputs: {y: real}")])
    assert call_skill(library, "f", {}).instructions == 6
    assert call_skill(LIBRARY, "square", {"x": 1}).instructions == 7
    overflow = call_skill(LIBRARY, "square", {"x": 1e200})
    assert (overflow.fault, overflow.instructions) == (Fault.OVERFLOW, 4)


def test_dimensions_may_be_given() -> None:
    assert call_skill(LIBRARY, "norm2", {"x": [3, 4], "n": 2}).outputs["q"] == 25
    with pytest.raises(SkillError, match=r"slot 'x': expected shape \[3\], found shape \[2\]"):
        call_skill(LIBRARY, "norm2", {"x": [3, 4], "n": 3})


def test_an_executor_of_ones_own() -> None:
    plain = call_skill(LIBRARY, "weighted", WEIGHTED)
    executor = make_executor("native", call_image())
    assert call_skill(LIBRARY, "weighted", WEIGHTED, executor=executor).same_as == plain.same_as


def call_image() -> Any:
    from ccc.skills import Call

    return Call(LIBRARY.find("weighted"), {"n": 3}).image({})


@pytest.mark.parametrize("engine", ["emulator", "native", "sparse"])
def test_batches_of_different_shapes(engine: str) -> None:
    batch = [{"x": [1] * n, "y": list(range(n))} for n in (3, 0, 3)]
    results = call_batch(LIBRARY, "dot", batch, engine=engine)
    assert [float(result.outputs["s"]) for result in results] == [3, 0, 3]
    assert [result.same_as for result in results] == [call_skill(LIBRARY, "dot", values).same_as for values in batch]
    assert call_batch(LIBRARY, "dot", [], engine=engine) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"x": [1, 2], "y": [1]}, r"slot 'y': expected shape \[2\], found shape \[1\]"),
        ({"x": [1]}, "no value for y"),
        ({"x": [1], "y": [1], "s": 1}, "takes no value for 's'"),
        ({"x": [[1, 2]], "y": [1]}, r"slot 'x': expected shape \[1\], found shape \[1, 2\]"),
        ({"x": [1], "y": [1], "n": 0.5}, "'n' is a dimension"),
        ({"x": [1], "y": [1], "n": [1, 2]}, "'n' is a dimension"),
        ({"x": [np.nan], "y": [1]}, "every number must be finite"),
        ({"x": [[1], [1, 2]], "y": [1]}, "in rows of one length"),
        ({"x": 1, "y": 1}, "nothing says what 'n' is"),
    ],
)
def test_data_that_do_not_fit(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(SkillError, match=expected):
        call_skill(LIBRARY, "dot", values)


def test_what_cannot_be_called() -> None:
    with pytest.raises(SkillError, match="has no Jacobian code"):
        call_skill(LIBRARY, "dot", {"x": [1], "y": [1]}, jacobian=True)
    with pytest.raises(SkillError, match="did not return within 20 instructions"):
        call_skill(LIBRARY, "dot", {"x": [1] * 9, "y": [1] * 9}, max_steps=20)


def test_names_that_could_be_in_each_others_way(write: Write) -> None:
    """A skill and its slots may have any names: those of other skills, and of what a call defines."""
    source = SOURCE.replace("twice", "slot").replace(" x", " forward").replace(" y", " data")
    card = CARD.replace("twice", "slot").replace("x:", "forward:").replace("y:", "data:")
    library = Library([write("slot", source, card)])
    assert call_skill(library, "slot", {"forward": 4}).outputs["data"] == 8
    assert call_skill(library, "slot", {"forward": 4}, jacobian=True).jacobian == [[2]]


def test_a_folder_with_signs_in_its_name(write: Write) -> None:
    write('a "b" \\c/twice', SOURCE, CARD)
    library = Library([write("x", None, None)])
    assert call_skill(library, "twice", {"x": 4}).outputs["y"] == 8
