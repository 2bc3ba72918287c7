"""A hard mixture composed in the state, as calls, and as straight code: three forms that agree."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
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
from ccc.skills.mixture_torch import TorchMixture
from tests.skills.mixtures import (
    COUNTDOWN,
    DOT,
    FOLDERS,
    HARD,
    NEGATIVES,
    POLYNOMIAL,
    POWER,
    REVERSED,
    SOFT,
    TRANSPOSE,
    VECTORS,
    library,
    random_mixture,
    read,
)

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


@pytest.mark.parametrize("name", ["add", "LD", "skills", "compose", "plus", "polynomial", "spare", "return"])
def test_pieces_may_be_called_as_anything_is(name: str) -> None:
    """As instructions, directives, blocks, skills, or the mixture."""
    mixture = read(re.sub(r"\bx\b", name, POLYNOMIAL).replace(f"{name} y + {name}", "d"))
    check(mixture, mixture.examples[0].given, {})
    text = POLYNOMIAL.replace("{t: int}", f"{{{name}: int}}").replace("y: t}", f"y: {name}}}")
    mixture = read(text.replace("[t,", f"[{name},"))
    check(mixture, mixture.examples[0].given, {})


@pytest.mark.parametrize("name", ["mixture", "blocks", "data"])
def test_a_mixture_may_be_called_data(name: str) -> None:
    text = re.sub(r"\bx\b", name, POLYNOMIAL).replace(f"{name} y + {name}", "d")
    check(read(text.replace("polynomial", "data")), {name: 5, "y": 7}, {})


WALK = """
mixture: walk
kind: integer
inputs: {x: "int[n]"}
outputs: {s: int}
constants: {n: int, k: int}
count: k
steps:
  - plus: {a: ADVANCE, b: s, y: s}
"""


@pytest.mark.parametrize("advance", ["x+", "x-", "x+2", "x-2"])
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("rounds", [0, 3, 4, 6])
def test_outside_of_a_piece_is_an_address_fault_in_every_form(advance: str, guarded: bool, rounds: int) -> None:
    """What was summed up before the fault is the same, too; torch raises."""
    text = WALK.replace("ADVANCE", advance) + (f"    guard: {advance}\n" if guarded else "")
    values = [-1, -20, -300, -4000, -50000]
    taken = values[:: int(advance[1:] + ("1" if len(advance) == 2 else ""))]
    mixture = read(text)
    data = {"x": values, "n": 5, "k": rounds}
    check(mixture, data, {})
    run = run_source(mixture_source(mixture, LIBRARY), mixture, LIBRARY, data)
    assert run.outputs["s"] == sum(taken[:rounds])
    assert run.fault is (Fault.ADDRESS if rounds > len(taken) else Fault.NONE)
    outside = TorchMixture(mixture, LIBRARY)
    tensors = {name: torch.tensor(np.asarray(value), dtype=torch.float64) for name, value in data.items()}
    if run.fault:
        with pytest.raises(SkillError, match="fault address, as 'x' has 5 rows and no row"):
            outside(tensors)
    else:
        assert float(outside(tensors)["s"]) == sum(taken[:rounds])


def test_rows_in_reverse_order_of_what_is_turned() -> None:
    text = TRANSPOSE.replace("x: x+, n: c, y: rows+", "x: x-, n: c, y: rows-")
    mixture = read(text)
    (example,) = mixture.examples
    check(mixture, example.given, {})
    found = run_source(lowered_source(mixture, LIBRARY), mixture, LIBRARY, example.given)
    assert found.outputs["y"].tolist() == [[1, 4], [2, 5], [3, 6]]


def test_a_soft_row_goes_backwards() -> None:
    text = WALK.replace("ADVANCE", "{x-: 0.5, y-: 0.5}").replace("kind: integer", "kind: real").replace("plus", "radd")
    text = text.replace('inputs: {x: "int[n]"}', 'inputs: {x: "real[n]", y: "real[m]"}').replace("s: int", "s: real")
    mixture = read(text.replace("k: int", "k: int, m: int"))
    data = {"x": [1.0, 2, 3], "y": [10.0, 20], "n": 3, "m": 2}
    run = run_source(mixture_source(mixture, LIBRARY), mixture, LIBRARY, data | {"k": 2})
    assert (run.fault, run.outputs["s"]) == (Fault.NONE, 17.5)
    run = run_source(mixture_source(mixture, LIBRARY), mixture, LIBRARY, data | {"k": 3})
    assert (run.fault, run.outputs["s"]) == (Fault.ADDRESS, 17.5)


def test_only_what_is_used_is_written() -> None:
    """Numbers whose values stand in the code take no cells."""
    for inline, cells in ((False, True), (True, False)):
        source = lowered_source(read(COUNTDOWN), LIBRARY, inline=inline)
        assert (".data" in source) is cells
    source = lowered_source(
        read(
            COUNTDOWN.replace("minus: -1", "minus: [-1], m: -1")
            .replace("b: minus", "b: minus+")
            .replace("until: left", "count: 1")
        ),
        LIBRARY,
        inline=True,
    )
    assert "countdown.number.minus:" in source
    assert "countdown.number.m:" not in source


@pytest.mark.parametrize("width", [8, 16])
@pytest.mark.parametrize("text", [DOT, NEGATIVES, COUNTDOWN, POWER, VECTORS, REVERSED])
def test_shorter_words(text: str, width: int) -> None:
    """Addresses need not fit into a word: all forms do at 8 bits what they do at 32, as far as the numbers fit."""
    text = text.replace("left: 10}, s: 55", "left: 3}, s: 6").replace("n: 13,", "n: 4,").replace("1594323", "81")
    mixture = read(text)
    for example in mixture.examples:
        for source in forms(mixture):
            run = run_source(source, mixture, LIBRARY, example.given, before=example.before, width=width)
            assert run.fault is Fault.NONE
            for name, value in example.expected.items():
                assert same_bits(run.outputs[name], value), name


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
