"""Functions applied to what they put out; and the distributions that curricula draw from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ccc.errors import CardError
from ccc.learn.model import Found, Spec
from ccc.learn.problem import allowed_parts
from ccc.learn.spec import parse_spec
from ccc.learn.verify import verify
from ccc.skills import Library, parse_mixture
from tests.learn.programs import atoms

LIBRARY = atoms()
COUNT = """\
spec: after
kind: integer
description: The next number.
inputs: {x: int, by: int}
outputs: {y: int}
iterate: {longer: 5}
examples:
  train: [{x: 1, by: 1, y: 2}, {x: 4, by: 3, y: 7}]
  longer: [{x: 1, by: 1, y: 6}, {x: 0, by: 2, y: 10}]
"""


def program(steps: str, more: str = "") -> Found:
    text = f"mixture: after\nkind: integer\ninputs: {{x: int, by: int}}\noutputs: {{y: int}}\n{more}steps:\n{steps}"
    return Found((parse_mixture(text, LIBRARY),), "by hand", 0)


def test_iterated_cases() -> None:
    spec = parse_spec(COUNT)
    assert [case.times for case in spec.examples.train] == [1, 1]
    assert [case.times for case in spec.examples.longer] == [5, 5], "the first has the inputs of a training case"
    assert spec.checksum != parse_spec(COUNT.replace("5}", "6}")).checksum
    found = verify(program("  - add: {a: x, b: by, y: y}\n"), spec, LIBRARY)
    assert found.passed
    assert found.longer.instructions == 5 * found.train.instructions


def test_an_output_starts_anew_each_time() -> None:
    """What the output held is not carried on: here x + by is added to what is there."""
    steps = "  - add: {a: x, b: by, y: t}\n  - add: {a: t, b: y, y: y}\n"
    assert verify(program(steps, "locals: {t: int}\n"), parse_spec(COUNT), LIBRARY).passed


def test_wrong_only_after_several_times() -> None:
    """Right wherever x is at most 4, so on all single steps."""
    steps = "  - add: {a: x, b: by, y: y}\n  - min: {a: y, b: seven, y: y}\n"
    found = verify(program(steps, "numbers: {seven: 7}\n"), parse_spec(COUNT), LIBRARY)
    assert not found.passed
    assert found.failure is not None
    assert (found.failure.part, found.failure.number) == ("longer", 2)
    assert found.failure.found == {"y": 7}
    assert (found.train.right, found.longer.right) == (2, 1)


def test_a_fault_ends_a_case() -> None:
    text = COUNT.replace("{x: 1, by: 1, y: 2}", "{x: 1, by: 1, y: 1}").replace("y: 7}", "y: 0}")
    spec = parse_spec(text[: text.index("  longer: [")] + "  longer: [{x: 5, by: 3, y: 0}]\n")
    found = verify(program("  - div: {a: by, b: x, y: y}\n"), spec, LIBRARY)
    assert found.failure is not None
    assert (found.failure.part, found.failure.why) == ("longer", "fault division")
    assert found.longer.instructions < 3 * found.train.instructions


def test_references_are_iterated(tmp_path: Path) -> None:
    (tmp_path / "twice.s").write_text(
        ".skill twice\n.input x\n.output y\n.scratch v\nld v, x\nadd v, v\nst y, v\n.endskill\n", encoding="utf-8"
    )
    text = """\
spec: double
kind: integer
description: Twice a number.
inputs: {x: int}
outputs: {y: int}
iterate: {held_out: 3}
reference: {program: twice.s, draw: {train: {cases: 4, x: {integer: [1, 9]}}, held_out: {cases: 4}}}
"""
    for case in parse_spec(text, tmp_path / "double.yaml").examples.held_out:
        assert case.expected["y"] == 8 * case.given["x"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{longer: 5}", "{train: 5}", "iterate: no part 'train' here"),
        ("{longer: 5}", "{longer: 0}", "iterate: expected a number from 1"),
        ("{longer: 5}", "{longer: many}", "found the text 'many'"),
        ("{longer: 5}", "7", "iterate: expected a mapping"),
        ("outputs: {y: int}", "outputs: {y: int, z: int}", "iterate: expected one output"),
        ("inputs: {x: int, by: int}", 'inputs: {x: "int[2]", by: int}', "the first input, x: int[2]"),
    ],
)
def test_mistakes_about_iterating(old: str, new: str, message: str) -> None:
    with pytest.raises(CardError) as error:
        parse_spec(COUNT.replace(old, new))
    assert message in str(error.value)
    assert "<spec>:" in str(error.value)


# Parts


def test_atoms_of_a_spec(tmp_path: Path) -> None:
    card = "generation: 1\nkind: integer\ndescription: A sum.\ninputs: {a: int, b: int}\noutputs: {y: int}\n"
    for name, requires in (("sums", "add"), ("both", "add, mul"), ("alone", "")):
        require = f".require {requires}\n" if requires else ""
        source = f"{require}.skill {name}\n.input a, b\n.output y\n.endskill\n"
        (tmp_path / f"{name}.s").write_text(source, encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(f"skill: {name}\n{card}", encoding="utf-8")
    library = Library([tmp_path, *LIBRARY.folders])
    spec: Spec = parse_spec(COUNT + "atoms: [add, mov]\n")
    assert set(allowed_parts(spec, library)) == {"add", "mov", "sums"}
    assert set(allowed_parts(replace(spec, atoms=("add", "mul")), library)) == {"add", "mul", "sums", "both"}
    assert set(allowed_parts(replace(spec, use=("add", "sub", "both")), library)) == {"add"}
    assert spec.checksum != parse_spec(COUNT).checksum
    with pytest.raises(CardError, match="atoms: no skill 'ad' in"):
        allowed_parts(replace(spec, atoms=("ad",)), library)


# Distributions

DRAW = """\
spec: copy_of
kind: real
description: A vector.
inputs: {x: "real[n]"}
outputs: {y: "real[n]"}
constants: {n: int}
reference: {program: copy.s, draw: {train: {cases: 200, n: {integer: [1, 7]}, x: DIST}}}
"""
COPY = """\
.skill copied
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, v
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@next:  jle  left, @done
        ld   v, x_at
        st   y_at, v
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
"""


def drawn(tmp_path: Path, distribution: str) -> list[list[float]]:
    (tmp_path / "copy.s").write_text(COPY, encoding="utf-8")
    spec = parse_spec(DRAW.replace("DIST", distribution), tmp_path / "copy.yaml")
    return [case.given["x"].tolist() for case in spec.examples.train]


def test_grids(tmp_path: Path) -> None:
    numbers = {value for vector in drawn(tmp_path, "{grid: [-1, 1, 0.75]}") for value in vector}
    assert numbers == {-1, -0.25, 0.5}


def test_palindromes(tmp_path: Path) -> None:
    vectors = drawn(tmp_path, "{palindrome: {integer: [0, 9]}}")
    lengths = [max(k for k in range(len(x) + 1) if x[:k] == x[:k][::-1]) for x in vectors]
    long = [(length, len(x)) for length, x in zip(lengths, vectors, strict=True) if len(x) > 1]
    assert all(length >= 2 for length, _ in long)
    assert any(length == size == 7 for length, size in long)
    assert any(length < size for length, size in long)


def test_one_of_several(tmp_path: Path) -> None:
    vectors = drawn(tmp_path, "{one_of: [{fixed: 5}, {sorted: {integer: [6, 9]}}]}")
    assert {5.0} in [set(x) for x in vectors]
    assert all(set(x) == {5.0} or (x == sorted(x) and min(x) > 5) for x in vectors)
    assert sum(5.0 not in x for x in vectors) > 50


@pytest.mark.parametrize(
    ("distribution", "message"),
    [
        ("{grid: [1, 2]}", "three numbers"),
        ("{grid: [1, 2, 0]}", "a step above 0"),
        ("{grid: [1, 2, 1e-30]}", "a step above 0"),
        ("{grid: [2, 1, 1]}", "the lower number first"),
        ("{palindrome: 3}", "expected a distribution"),
        ("{one_of: []}", "a list of distributions"),
        ("{one_of: [{integer: [0, 1]}, {odd: 3}]}", "no distribution 'odd'"),
    ],
)
def test_mistakes_in_distributions(tmp_path: Path, distribution: str, message: str) -> None:
    with pytest.raises(CardError) as error:
        drawn(tmp_path, distribution)
    assert message in str(error.value)


def test_spec_arrays_are_no_views() -> None:
    """A case keeps what it was given when its function is applied again and again."""
    spec = parse_spec(COUNT)
    before = [np.array(case.given["x"]) for case in spec.examples.longer]
    verify(program("  - add: {a: x, b: by, y: y}\n"), spec, LIBRARY)
    assert [float(case.given["x"]) for case in spec.examples.longer] == [float(value) for value in before]
