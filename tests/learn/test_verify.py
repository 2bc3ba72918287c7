"""Programs that are right, and every way in which one is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ccc.learn import iterating as module
from ccc.learn.model import Case, Found, Spec
from ccc.learn.spec import parse_spec
from ccc.learn.verify import Checked, verify
from tests.learn.programs import LOOP, OUTER, atoms, gcd_spec, program

LIBRARY = atoms()


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return gcd_spec(tmp_path_factory.mktemp("gcd"))


def single(steps: str) -> Found:
    return program(f"mixture: gcd\nkind: integer\ninputs: {{a: int, b: int}}\noutputs: {{g: int}}\n{steps}")


def test_a_right_program(spec: Spec) -> None:
    found = verify(program(LOOP, OUTER), spec, LIBRARY)
    assert found.passed
    assert found.neural
    assert found.counts == {"train": 8, "held_out": 20, "longer": 5}
    assert found.length == 6
    assert found.instructions > 100 * 33
    assert found.failure is None


def test_the_first_wrong_case_is_shown(spec: Spec) -> None:
    found = verify(single("steps:\n  - min: {a: a, b: b, y: g}\n"), spec, LIBRARY)
    assert not found.passed
    assert not found.neural
    assert found.failure is not None
    case = spec.examples.train[found.failure.number - 1]
    smaller = np.minimum(case.given["a"], case.given["b"])
    assert (found.failure.part, found.failure.found) == ("train", {"g": smaller})
    earlier = spec.examples.train[: found.failure.number - 1]
    assert all(np.minimum(c.given["a"], c.given["b"]) == c.expected["g"] for c in earlier)
    assert case.expected["g"] != smaller
    right = sum(bool(np.minimum(c.given["a"], c.given["b"]) == c.expected["g"]) for c in spec.examples.train)
    assert (found.train.cases, found.train.right) == (len(spec.examples.train), right)
    assert found.held_out == Checked(len(spec.examples.held_out)), "not run"
    text = str(found.failure)
    assert f"a={case.given['a']:.0f} b={case.given['b']:.0f}" in text
    assert f"expected  g={case.expected['g']:.0f}" in text


def test_right_on_training_cases_only(spec: Spec) -> None:
    """A program that is right on what it was shown, and no more."""
    one = np.asarray(1.0)
    train = tuple(Case({"a": one, "b": np.asarray(float(b))}, {"g": one}) for b in (2, 3, 5))
    easy = replace(spec, examples=replace(spec.examples, train=train))
    found = verify(single("steps:\n  - one: {y: g}\n"), easy, LIBRARY)
    assert (found.train.right, found.train.cases) == (3, 3)
    assert found.held_out.right < found.held_out.cases
    assert found.failure is not None
    assert found.failure.part == "held_out"
    assert not found.passed


def test_a_fault(spec: Spec) -> None:
    text = "locals: {z: int}\nsteps:\n  - div: {a: a, b: z, y: g}\n"
    found = verify(single(text), spec, LIBRARY)
    assert found.failure is not None
    assert found.failure.why == "fault division"
    assert found.failure.found == {}
    assert found.train.right == 0


def test_no_end(spec: Spec) -> None:
    text = "until: b\nsteps:\n  - mov: {x: a, y: g}\n"
    found = verify(single(text), spec, LIBRARY, max_steps=2000)
    assert found.failure is not None
    assert "did not return within 2,000 instructions" in found.failure.why


def test_only_some_do_not_end(spec: Spec) -> None:
    """The cases beside those that do not end are judged each by itself."""
    found = verify(program(LOOP, OUTER), spec, LIBRARY, max_steps=250)
    assert 0 < found.train.right + found.held_out.right < 28


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mixture: lcm\nkind: integer\ninputs: {a: int, b: int}\noutputs: {g: int}", "called 'lcm', not 'gcd'"),
        ("mixture: gcd\nkind: integer\ninputs: {a: int, c: int}\noutputs: {g: int}", "input c: int where the spec has"),
        ("mixture: gcd\nkind: integer\ninputs: {a: int, b: int}\noutputs: {g: int, h: int}", "4 slots, the spec 3"),
    ],
)
def test_another_signature(spec: Spec, text: str, problem: str) -> None:
    found = verify(program(f"{text}\nsteps:\n  - mov: {{x: a, y: g}}\n"), spec, LIBRARY)
    assert problem in found.problem
    assert not found.passed


def test_parts_that_no_library_has(spec: Spec) -> None:
    found = verify(Found(program(LOOP, OUTER).mixtures[1:], "by hand", 1), spec, LIBRARY)
    assert "no skill 'gcd_loop'" in found.problem
    assert verify(Found((), "none", 1), spec, LIBRARY).problem == "no program"


def test_a_transformer_that_goes_wrong_is_found_out(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = module.run_skill

    def perturbed(skill, batch, *, engine, **options):
        results = honest(skill, batch, engine=engine, **options)
        if engine == "native" and len(batch) == 20:
            results[7].state.cells[5] += 1
        return results

    monkeypatch.setattr(module, "run_skill", perturbed)
    found = verify(program(LOOP, OUTER), spec, LIBRARY)
    assert found.failure is not None
    assert (found.failure.part, found.failure.number) == ("held_out", 8)
    assert not found.neural
    assert not found.passed


REAL = """
spec: half
kind: real
description: Half of a number.
inputs: {x: real}
outputs: {y: real}
tolerance: TOLERANCE
examples: [{x: 3, y: 1.5}, {x: 1, y: 0.5000001}]
"""
HALF = """
mixture: half
kind: real
inputs: {x: real}
outputs: {y: real}
numbers: {half: 0.5}
steps:
  - fmul: {a: x, b: half, y: y}
"""


@pytest.mark.parametrize(("tolerance", "passes"), [("1e-6", True), ("1e-8", False)])
def test_reals_are_right_within_the_tolerance(tolerance: str, passes: bool) -> None:
    spec = parse_spec(REAL.replace("TOLERANCE", tolerance))
    assert verify(program(HALF), spec, LIBRARY).passed is passes


def test_what_outputs_hold_before_counts() -> None:
    spec = parse_spec(
        "spec: more\nkind: integer\ndescription: One more.\noutputs: {y: int}\n"
        "examples: [{before: {y: 3}, y: 4}, {before: {y: 5}, y: 6}, {y: 1}]\n"
    )
    text = "mixture: more\nkind: integer\noutputs: {y: int}\nsteps:\n  - inc: {x: y, y: y}\n"
    assert verify(program(text), spec, LIBRARY).passed


def test_at_other_widths(tmp_path: Path) -> None:
    text = "spec: twice\nkind: integer\ndescription: Twice.\ninputs: {x: int}\noutputs: {y: int}\nwidth: 8\n"
    spec = parse_spec(text + "examples: [{x: 100, y: -56}, {x: 3, y: 6}]\n")
    twice = "mixture: twice\nkind: integer\ninputs: {x: int}\noutputs: {y: int}\nsteps:\n  - add: {a: x, b: x, y: y}\n"
    assert verify(program(twice), spec, LIBRARY).passed
