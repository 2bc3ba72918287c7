"""Distributions, and cases from references."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.errors import CardError, CccError
from ccc.learn.cases import Signature, key_of
from ccc.learn.distributions import KINDS, Source, read_distribution
from ccc.learn.spec import parse_spec, read_spec
from ccc.skills.cards import parse_card
from ccc.skills.cards_yaml import Document
from tests.learn.programs import ATOMS, GCD, REFERENCE, gcd_spec

CARD = parse_card(
    "skill: f\nkind: real\ndescription: F.\n"
    'inputs: {c: int, x: "int[n]", m: "real[n, 2]", b: bit}\noutputs: {y: int}\nconstants: {n: int}\n'
)
SIGNATURE = Signature(CARD, 32, {"c": ("red", "green", "blue")})


def read(text: str, slot: str = "x"):
    document = Document(text, "d.yaml")
    target = CARD.slot(slot)
    assert target is not None
    found = read_distribution(document, document.root, SIGNATURE, target)
    document.stop_if_any()
    assert found is not None
    return found


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers(0, 2**31))
@settings(max_examples=50, deadline=None)
def test_integers(low: int, span: int, seed: int) -> None:
    found = read(f"{{integer: [{low}, {low + span}]}}").draw(Source(seed), (3, 50))
    assert found.shape == (3, 50)
    assert (found == np.floor(found)).all()
    assert low <= found.min() <= found.max() <= low + span


def test_every_integer_is_as_likely() -> None:
    drawn = read("{integer: [-1, 2]}").draw(Source(1), (40_000,))
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == 4
    assert np.abs(counts / 40_000 - 0.25).max() < 6 * math.sqrt(0.25 * 0.75 / 40_000)


def test_what_each_kind_draws() -> None:
    reals = read("{real: [-0.5, 2]}", "m").draw(Source(2), (1000, 2))
    assert -0.5 <= reals.min() < -0.4 < 1.9 < reals.max() < 2
    assert set(read("{choice: [red, blue]}", "c").draw(Source(3), (100,))) == {0.0, 2.0}
    assert set(read("{bit: true}").draw(Source(4), (100,))) == {0.0, 1.0}
    ascending = read("{sorted: {integer: [1, 9]}}").draw(Source(5), (4, 30))
    assert (np.diff(ascending) >= 0).all()
    assert not (np.diff(ascending.ravel()) >= 0).all()
    rows = read("{permutation: true}").draw(Source(6), (5, 7))
    assert (np.sort(rows) == np.arange(7)).all()
    assert len({tuple(row) for row in rows}) == 5
    assert read("{fixed: [3, 1, 2]}").draw(Source(7), (3,)).tolist() == [3, 1, 2]
    assert read("{fixed: 4}").draw(Source(8), (2, 2)).tolist() == [[4, 4], [4, 4]]


def test_draws_never_change() -> None:
    """These numbers were drawn by the first version: specs keep their cases, and their checksums."""
    source = Source(7, 1)
    assert read("{integer: [0, 99]}").draw(source, (6,)).tolist() == [77, 11, 18, 15, 43, 50]
    assert read("{permutation: true}").draw(source, (5,)).tolist() == [4, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("text", "slot", "message"),
    [
        ("{integer: [3, 1]}", "x", "the lower number first"),
        ("{integer: [1]}", "x", "two numbers"),
        ("{integer: [0.5, 1]}", "x", "an integer from"),
        ("{integer: [0, 5]}", "c", "an integer from 0 to 2"),
        ("{integer: [0.5, 3]}", "m", "two whole numbers"),
        ("{real: [0, 1]}", "x", "whole numbers for type int"),
        ("{choice: []}", "x", "a list of values"),
        ("{choice: [pink]}", "c", "expected red or green or blue"),
        ("{bit: 1}", "x", "`bit: true`"),
        ("{permutation: true}", "c", "for a vector"),
        ("{sorted: {bit: true}}", "c", "nothing to sort"),
        ("{sorted: 3}", "x", "expected a distribution"),
        ("{fixed: [1, 0.5]}", "x", "elements that are each"),
        ("{normal: [0, 1]}", "x", "no distribution 'normal'"),
        ("3", "x", "expected a distribution"),
        ("{bit: true, fixed: 1}", "x", "expected a distribution"),
        ("{integer: [0, 1e400]}", "x", "too large for a double"),
        (f"{{integer: [0, {'9' * 390}]}}", "x", "expected a number, found the number 9"),
    ],
)
def test_no_distribution(text: str, slot: str, message: str) -> None:
    with pytest.raises(CardError, match=message):
        read(text, slot)


def test_every_kind_is_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "specs.md").read_text(encoding="utf-8")
    assert all(f"`{{{kind}:" in text for kind in KINDS)


# References


def test_a_reference_says_what_is_right(tmp_path: Path) -> None:
    spec = gcd_spec(tmp_path)
    counts = [len(part) for part in (spec.examples.train, spec.examples.held_out, spec.examples.longer)]
    assert counts == [8, 20, 5]
    cases = [*spec.examples.train, *spec.examples.held_out, *spec.examples.longer]
    for case in cases:
        a, b = (int(case.given[name]) for name in "ab")
        assert int(case.expected["g"]) == math.gcd(a, b)
    assert len({key_of(case) for case in cases[:28]}) == 28
    assert max(int(case.given["a"]) for case in cases[:28]) <= 60 < max(int(case.given["a"]) for case in cases[28:])
    assert read_spec(tmp_path / "gcd.yaml", [ATOMS]).checksum == spec.checksum


def test_another_seed_draws_other_cases(tmp_path: Path) -> None:
    spec = gcd_spec(tmp_path)
    other = parse_spec(GCD + "seed: 1\n", tmp_path / "gcd.yaml", [ATOMS])
    assert not {key_of(case) for case in spec.examples.train} & {key_of(case) for case in other.examples.train}


def test_where_there_are_few_cases_none_is_drawn_twice(tmp_path: Path) -> None:
    (tmp_path / "gcd.s").write_text(REFERENCE, encoding="utf-8")
    text = GCD.replace("[1, 60]", "[1, 3]").replace("cases: 8", "cases: 6").replace("[1, 1000]", "[1, 3]")
    spec = parse_spec(text, tmp_path / "gcd.yaml", [ATOMS])
    train, held_out = ({key_of(case) for case in part} for part in (spec.examples.train, spec.examples.held_out))
    assert (len(spec.examples.train), len(train)) == (6, 6)
    assert (len(spec.examples.held_out), len(train | held_out)) == (3, 9)
    assert spec.examples.repeated > 0


SCAN = """\
spec: scan
kind: integer
description: What was given, doubled, and one more than it held.
inputs: {x: "int[n]"}
outputs: {y: "int[n]"}
constants: {n: int}
reference:
  program: scan.s
  draw:
    train: {cases: 5, n: {integer: [0, 4]}, x: {integer: [-9, 9]}, before: {y: {integer: [50, 60]}}}
    longer: {n: {fixed: 12}}
"""
SCAN_S = """\
.skill scan
    .input x
    .output y
    .constant n
    .scratch t, u, left, from, to
        ld   left, n
        mov  from, x
        mov  to, y
@loop:  jle  left, @done
        ld   t, from
        add  t, t
        ld   u, to
        add  t, u
        st   to, t
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @loop
@done:
.endskill
"""


def test_vectors_of_drawn_sizes_and_what_outputs_hold_before(tmp_path: Path) -> None:
    (tmp_path / "scan.s").write_text(SCAN_S, encoding="utf-8")
    spec = parse_spec(SCAN, tmp_path / "scan.yaml", [])
    assert len({int(case.given["n"]) for case in spec.examples.train}) > 1
    assert spec.examples.held_out == ()
    assert [case.given["x"].shape for case in spec.examples.longer] == [(12,)] * 5
    for case in (*spec.examples.train, *spec.examples.longer):
        assert (case.expected["y"] == 2 * case.given["x"] + case.before["y"]).all()
        assert case.before["y"].size == 0 or case.before["y"].min() >= 50


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("program: gcd.s", "program: none.s", "gcd.yaml:7:12: error: cannot read .*none.s"),
        ("program: gcd.s", "program: 3", "expected the name of a file"),
        ("program: gcd.s", "programme: gcd.s", "no key 'programme'"),
        ("    train:", "    trains:", "expected parts, `train` among them"),
        ("    held_out:", "    held_in:", "no part 'held_in'"),
        ("cases: 8, ", "", "the key 'cases' is missing"),
        ("cases: 8, ", "cases: 0, ", "a number from 1 to"),
        ("cases: 8, ", "cases: 8, c: {bit: true}, ", "no slot 'c'"),
        ("cases: 8, ", "cases: 8, g: {bit: true}, ", "no slot 'g'"),
        (", b: {integer: [1, 60]}", "", "no distribution for 'b'"),
        ("{cases: 20}", "20", "expected distributions of slots"),
        ("{cases: 20}", "{before: {a: {bit: true}}}", "no output 'a'"),
        ("outputs: {g: int}", "outputs: {h: int}", "outputs differ: the spec has h; the reference has g"),
        ("inputs: {a: int, b: int}", "inputs: {b: int, a: int}", "inputs differ: the spec has b, a"),
        ("outputs: {g: int}", "outputs: {g: bit}", "output 'g' must be an integer from 0 to 1, and is"),
        ("program: gcd.s", "program: gcd.s\n  split: 3", "no key 'split'"),
        ("reference:", "split: {train: 3}\nreference:", "the parts are drawn already"),
    ],
)
def test_mistakes_in_references(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "gcd.s").write_text(REFERENCE, encoding="utf-8")
    with pytest.raises(CccError) as caught:
        parse_spec(GCD.replace(old, new, 1), tmp_path / "gcd.yaml", [ATOMS])
    assert re.search(message, caught.value.render()), caught.value.render()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("halt\n", "a reference has one `.skill`"),
        (REFERENCE + REFERENCE.replace("right", "wrong"), "it has right, wrong"),
        (REFERENCE.replace("jeq  y, @done", "div  x, y"), "fault division on a="),
        (REFERENCE.replace("jeq  y, @done", "jmp  @loop"), "did not return within"),
        (REFERENCE.replace("mod ", "modd "), r"gcd.s:9:\d+: error: .*modd"),
    ],
)
def test_references_that_are_none(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "gcd.s").write_text(source, encoding="utf-8")
    with pytest.raises(CccError) as caught:
        parse_spec(GCD, tmp_path / "gcd.yaml", [ATOMS])
    assert re.search(message, caught.value.render()), caught.value.render()


def test_a_reference_may_require_skills(tmp_path: Path) -> None:
    source = ".require mod\n.skill gcd\n    .input a, b\n    .output g\n        .invoke mod, a, b, g\n.endskill\n"
    (tmp_path / "gcd.s").write_text(source, encoding="utf-8")
    spec = parse_spec(GCD, tmp_path / "gcd.yaml", [ATOMS])
    assert all(case.expected["g"] == case.given["a"] % case.given["b"] for case in spec.examples.train)


def test_no_more_is_drawn_than_memory_allows(tmp_path: Path) -> None:
    (tmp_path / "scan.s").write_text(SCAN_S, encoding="utf-8")
    for old, new, message in (
        ("{fixed: 12}", "{fixed: 2000000000}", "numbers would be drawn"),
        ("{integer: [0, 4]}", "{fixed: -1}", "expected a number from 0 on, drew -1"),
    ):
        with pytest.raises(CardError, match=message):
            parse_spec(SCAN.replace(old, new), tmp_path / "scan.yaml", [])
