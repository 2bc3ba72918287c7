"""A hard mixture composed in the state, as calls, and as straight code: three forms that agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.errors import SkillError
from ccc.isa import Fault
from ccc.machine import same_bits
from ccc.skills.library import Library
from ccc.skills.lower import lowered_source
from ccc.skills.mixture import Mixture
from ccc.skills.mixture_read import parse_mixture
from ccc.skills.mixture_run import run_source
from ccc.skills.mixture_tables import mixture_source
from tests.skills.mixtures import DOT, FOLDERS, HARD, POLYNOMIAL, SOFT, VECTORS, library, random_mixture, read

LIBRARY = library()


def forms(mixture: Mixture, found: Library = LIBRARY) -> list[str]:
    return [
        mixture_source(mixture, found),
        lowered_source(mixture, found),
        lowered_source(mixture, found, inline=True),
    ]


def check(mixture: Mixture, data, before, found: Library = LIBRARY) -> list[int]:
    """All forms end alike. Returns the instructions of each."""
    runs = [run_source(source, mixture, found, data, before=before) for source in forms(mixture, found)]
    for run in runs[1:]:
        assert run.fault is runs[0].fault
        for name, value in runs[0].outputs.items():
            assert same_bits(run.outputs[name], value), name
    return [run.steps for run in runs]


@pytest.mark.parametrize("text", HARD)
def test_examples(text: str) -> None:
    mixture = read(text)
    for example in mixture.examples:
        composed, calls, straight = check(mixture, example.given, example.before)
        assert straight <= calls < composed


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_random_mixtures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, soft=False, steps=5)
    check(mixture, {"x": rng.normal()}, {"z": rng.normal(), "v": rng.normal(size=3)})


def test_straight_code_calls_nothing() -> None:
    for text in HARD:
        source = lowered_source(read(text), LIBRARY, inline=True)
        assert "exec" not in source
        assert ".invoke" not in source
        assert ".require" not in source


def test_faults_agree() -> None:
    check(read(POLYNOMIAL), {"x": 0.5, "y": 2}, {})


def test_a_soft_mixture_is_no_program() -> None:
    with pytest.raises(SkillError, match=r"'soft' is soft: 0\.7 times"):
        lowered_source(read(SOFT), LIBRARY)


def write_skill(folder: Path, mixture: Mixture, source: str, card: str) -> None:
    (folder / f"{mixture.name}.s").write_text(source, encoding="utf-8")
    (folder / f"{mixture.name}.yaml").write_text(card, encoding="utf-8")


DOT_CARD = """
skill: dot
kind: integer
generation: 1
description: The dot product.
inputs: {x: "int[n]", y: "int[n]"}
outputs: {s: int}
constants: {n: int}
tests: [{x: [1, 2, 3], y: [4, 5, 6], n: 3, before: {s: 0}, s: 32}]
"""
PRODUCT = """
mixture: product
kind: integer
description: A matrix times a vector.
inputs: {a: "int[r,c]", x: "int[c]"}
outputs: {y: "int[r]"}
constants: {r: int, c: int}
count: r
steps:
  - dot: {x: a+, y: x, n: c, s: y+}
"""


@pytest.mark.parametrize("form", [0, 1, 2])
def test_a_learnt_skill_is_called_as_an_atom_is(tmp_path: Path, form: int) -> None:
    """Compositions of compositions: each form of the inner one in each form of the outer one."""
    inner = read(DOT)
    write_skill(tmp_path, inner, forms(inner)[form], DOT_CARD)
    found = Library([tmp_path, *FOLDERS])
    outer = parse_mixture(PRODUCT, found)
    data = {"a": [[1, 2], [3, 4], [5, 6]], "x": [10, 1]}
    for source in forms(outer, found):
        run = run_source(source, outer, found, data)
        assert run.fault is Fault.NONE
        assert run.outputs["y"].tolist() == [12, 34, 56]


def test_macros_of_a_skill_are_expanded_where_it_is_inlined(tmp_path: Path) -> None:
    (tmp_path / "twice.s").write_text(
        """
.const twice.OFFSET, 3
.macro twice.double
        fadd u, u
.endmacro
.skill twice
    .input a
    .output y
    .scratch u
        ld   u, a
        jle  u, @done
        twice.double
@done:  fadd u, =twice.OFFSET
        st   y, u
        jeq  u, @return_1
        return
@return_1: st   y, =-1
.endskill
""",
        encoding="utf-8",
    )
    (tmp_path / "twice.yaml").write_text(
        "skill: twice\nkind: real\ndescription: Twice and three more.\ninputs: {a: real}\noutputs: {y: real}\n",
        encoding="utf-8",
    )
    found = Library([tmp_path, *FOLDERS])
    text = """
mixture: four
kind: real
inputs: {x: real}
outputs: {y: real}
steps:
  - twice: {a: x, y: y}
  - twice: {a: y, y: y}
"""
    mixture = parse_mixture(text, found)
    for value in (1.0, -3.0, -2.0):
        check(mixture, {"x": value}, {}, found)
    assert ".require twice" in lowered_source(mixture, found, inline=True)


def test_sizes_that_only_the_run_knows() -> None:
    for size in (0, 1, 7):
        check(read(VECTORS), {"a": 0.25, "x": np.arange(size) * 0.5, "n": size}, {})
