"""Cards: what they mean, and that every mistake is told with its place."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccc.errors import CardError, ExitCode, FileError
from ccc.isa import Fault
from ccc.skills import Card, Kind, Type, parse_card, read_card, read_data
from tests.skills.conftest import FOLDER

HEAD = """skill: axpy
kind: integer
description: Add a multiple of a vector.
inputs: {a: int, x: "int[n]"}
outputs: {y: "int[n]"}
constants: {n: int}
"""


def problems(text: str) -> list[str]:
    """The mistakes in a card, as `line:column: message`."""
    with pytest.raises(CardError) as caught:
        parse_card(text, "c")
    assert caught.value.exit_code is ExitCode.SOURCE
    for diagnostic in caught.value.diagnostics:
        line = text.split("\n")[diagnostic.span.line - 1]
        assert diagnostic.source_line == line
        assert diagnostic.span.column <= len(line) + 1
    return [f"{d.span.line}:{d.span.column}: {d.message}" for d in caught.value.diagnostics]


def test_a_whole_card() -> None:
    card = read_card(FOLDER / "weighted.yaml")
    assert (card.name, card.kind, card.generation, card.differentiable) == ("weighted", Kind.SOFT, 2, True)
    assert [f"{slot.role} {slot}" for slot in card.slots] == [
        "input x: real[n]",
        "output y: real",
        "output z: real",
        "constant n: int",
        "weight w: real[n]",
        "weight b: real",
    ]
    assert card.dimensions == ("n",)
    assert [slot.name for slot in card.row_slots()] == ["y", "z"]
    assert [slot.name for slot in card.column_slots()] == ["x", "w", "b"]
    first = card.examples[0]
    assert first.given["w"].tolist() == [0.5, -1, 2]
    assert first.expected["z"].shape == ()
    assert (first.fault, first.width) == (None, 32)


def test_what_is_not_said() -> None:
    card = parse_card("skill: f\nkind: real\ndescription: x\ninputs:\noutputs: {y: bit}\n")
    assert (card.generation, card.twin, card.differentiable, card.width) == (0, None, False, None)
    assert card.tolerance == 1e-12
    assert card.examples == ()
    assert card.slots[0].type is Type.BIT


def test_tests_of_a_card() -> None:
    card = parse_card(
        HEAD
        + """tests:
  - {a: 2, x: [1, 2], n: 2, y: [5, 6], before: {y: [3, 2]}}
  - {a: 2, x: [], n: 0, y: []}
  - {a: 100, x: [2], n: 1, y: [-56], width: 8}
  - {a: 0.5, x: [2], n: 1, fault: integer}
"""
    )
    first, empty, short, wrong = card.examples
    assert first.before["y"].tolist() == [3, 2]
    assert empty.expected["y"].shape == (0,)
    assert short.width == 8
    assert (wrong.fault, wrong.expected) == (Fault.INTEGER, {})


def test_a_matrix_in_rows_or_in_one() -> None:
    head = 'skill: t\nkind: real\ndescription: x\ninputs: {a: "real[2, k]"}\noutputs: {s: real}\nconstants: {k: int}\n'
    card = parse_card(head + "tests:\n  - {a: [[1, 2], [3, 4]], k: 2, s: 0}\n  - {a: [1, 2, 3, 4], k: 2, s: 0}\n")
    assert all(np.array_equal(example.given["a"], [[1, 2], [3, 4]]) for example in card.examples)
    assert "[2, 2], found shape [3, 2]" in problems(head + "tests:\n  - {a: [[1,2],[3,4],[5,6]], k: 2, s: 0}\n")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 1", "1:1: a card is a mapping that starts with `skill: NAME`; found a list"),
        ("", "1:1: a card is a mapping that starts with `skill: NAME`; found nothing"),
        (HEAD + "genration: 1\n", "7:1: no key 'genration' in a card"),
        (HEAD + "generation: -1\n", "7:13: generation: expected a number from 0 on, found the number -1"),
        (HEAD + "generation: one\n", "7:13: generation: expected a number from 0 on, found the text 'one'"),
        (HEAD + "differentiable: 1\n", "7:17: differentiable: expected true or false, found the number 1"),
        (HEAD + "differentiable: true\n", "7:1: differentiable: integers have no derivatives"),
        (HEAD + "width: 64\n", "7:8: width: expected 8 or 16 or 32, found the number 64"),
        (HEAD + "tolerance: 0.1\n", "7:12: tolerance: an integer skill is exact"),
        (HEAD + "twin: [f]\n", "7:7: twin: expected the name of a skill, found a list"),
        (HEAD + "tests: 3\n", "7:8: tests: expected a list, found the number 3"),
        (HEAD.replace("kind: integer", "kind: int"), "2:7: kind: expected integer or real or soft, found"),
        (HEAD.replace("skill: axpy", "skill: 3"), "1:8: skill: expected a name of up to 128 letters, digits and _"),
        (HEAD.replace("skill: axpy", f"skill: {129 * 'a'}"), "1:8: skill: expected a name of up to 128 letters"),
        (HEAD.replace("a: int,", "a: itn,"), "4:13: slot 'a': no type 'itn'"),
        (HEAD.replace("a: int,", "a: [3],"), "4:13: slot 'a': expected a type, found a list"),
        (HEAD.replace("a: int,", "a: real,"), "2:1: kind: an integer skill has no real slot like 'a'"),
        (HEAD.replace("a: int,", 'a: "int[m]",'), "4:10: slot 'a': 'm' is no dimension"),
        (HEAD.replace("a: int,", 'a: "int[1,2,3]",'), "4:13: slot 'a': [1,2,3] is no shape"),
        (HEAD.replace("a: int,", "y: int,"), "5:11: slot 'y' is there already"),
        (HEAD.replace("a: int,", "before: int,"), "4:10: a slot cannot be called 'before'"),
        (HEAD.replace("a: int,", "jacobian: int,"), "4:10: a slot cannot be called 'jacobian'"),
        (HEAD.replace("a: int,", "a.b: int,"), "4:10: 'a.b' is no name for a slot"),
        (HEAD + "weights: {w: int}\n", "2:1: kind: expected soft, found integer: the skill has weights"),
        (HEAD + "kind: real\n", "7:1: the key 'kind' stands here twice"),
        ("a: [1", "1:6: no proper YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: &x 1\nb: *x", "1:4: anchors and aliases are not read here"),
        ("a: !!binary 1", "1:4: the tag 'tag:yaml.org,2002:binary' is not read here"),
        ("a: !mine 1", "1:4: the tag '!mine' is not read here"),
        ("[a]: 1", "1:1: a key is a word"),
        ("[" * 3000, "1:1: nested too deep"),
        ("[" * 40 + "]" * 40, "1:34: nested too deep"),
        ("a: 1e999", "1:4: 1e999 is too large for a double"),
    ],
)  # fmt: skip
def test_mistakes(text: str, expected: str) -> None:
    assert any(found.startswith(expected) for found in problems(text))


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("5", "8:5: a test gives values for slots, found the number 5"),
        ("{a: 1, x: [1], n: 1}", "8:5: this test has no value for 'y'"),
        ("{a: 1, y: [1], n: 1, fault: integer}", "8:12: a call that faults has no output 'y'"),
        ("{a: 1, x: [1], n: 1, y: [1], z: 1}", "8:34: no slot 'z' of this skill"),
        ("{a: 1, x: [1], n: 2, y: [1]}", "8:15: skill 'axpy', slot 'x': expected shape [2], found shape [1]"),
        ("{a: [1], x: [1], n: 1, y: [[1]]}", "8:31: skill 'axpy', slot 'y': expected shape [1], found shape [1, 1]"),
        ("{a: 1.5, x: [1], n: 1, y: [1]}", "8:9: slot 'a': expected an integer"),
        ("{a: 200, x: [1], n: 1, y: [1], width: 8}", "8:9: slot 'a': expected an integer from -128 to 127"),
        ("{a: 1, x: [1, b], n: 1, y: [1]}", "8:19: slot 'x': expected a number, found the text 'b'"),
        ("{a: 1, x: [1, [2]], n: 1, y: [1]}", "8:15: slot 'x': expected a list of numbers, found a list"),
        ("{a: 1, x: [[1], [2, 3]], n: 1, y: [1]}", "8:15: slot 'x': rows of different lengths"),
        ("{a: true, x: [1], n: 1, y: [1]}", "8:9: slot 'a': expected a number, found true"),
        ("{a: 1, x: [1], n: -1, y: [1]}", "8:5: skill 'axpy': 'n' is a dimension, so it must"),
        ("{a: 1, x: [1], n: 1, fault: intger}", "8:33: fault: no fault is called the text 'intger'"),
        ("{a: 1, x: [1], n: 1, y: [1], before: {x: [1]}}", "8:43: before: no output 'x' of this skill"),
        ("{a: 1, x: [1], n: 1, y: [1], before: 1}", "8:42: before: expected values of outputs, found the number 1"),
        ("{a: 1, x: [1], n: 1, y: [1], width: 9}", "8:41: width: expected 8 or 16 or 32, found the number 9"),
        (f"{{a: {10**400}, x: [1], n: 1, fault: integer}}", "8:9: a number of more than 400 digits"),
        (f"{{a: {10**320}, x: [1], n: 1, fault: integer}}", "8:9: slot 'a': expected a number that a double holds"),
    ],
)  # fmt: skip
def test_mistakes_in_tests(test: str, expected: str) -> None:
    found = problems(f"{HEAD}tests:\n  - {test}\n")
    assert any(problem.startswith(expected) for problem in found)


def test_several_mistakes_are_told_at_once() -> None:
    found = problems(HEAD + "generation: x\nwidth: 7\ntests: 1\n")
    assert [line.partition(":")[0] for line in found] == ["7", "8"]


def test_the_nearest_names() -> None:
    with pytest.raises(CardError) as caught:
        parse_card(HEAD + "diferentiable: true\n")
    assert caught.value.render().endswith("hint: did you mean 'differentiable'?")


def test_numbers_are_those_of_today() -> None:
    """YAML 1.1 has octals, sexagesimals, dates and many words for true; none of them is meant."""
    text = HEAD + "tests:\n  - {a: 010, x: [0x10, 1_000], n: 2, y: [0b11, -3.0e+0]}\n"
    example = parse_card(text).examples[0]
    assert example.given["a"] == 10
    assert example.given["x"].tolist() == [16, 1000]
    assert example.expected["y"].tolist() == [3, -3]
    for word in ("yes", "on", "2001-01-01", "1:30", ".inf", ".nan"):
        assert f"found the text '{word}'" in problems(f"{HEAD}tests:\n  - {{a: {word}, x: [], n: 0, y: []}}\n")[0]


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        read_card(tmp_path / "absent.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"skill: a\n\xff")
    with pytest.raises(CardError, match="not UTF-8"):
        read_card(tmp_path / "bytes.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (1 << 23))
    with pytest.raises(FileError, match="larger than"):
        read_card(tmp_path / "large.yaml")


def test_data(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("x: [1, 2.5]\nA: [[1, 2], [3, 4]]\nn: -0.0\n", encoding="utf-8")
    found = read_data(path)
    assert {name: value.tolist() for name, value in found.items()} == {"x": [1, 2.5], "A": [[1, 2], [3, 4]], "n": 0}
    assert not np.signbit(found["n"])
    path.write_text("x: {a: 1}\n", encoding="utf-8")
    with pytest.raises(CardError, match="expected a number, a list, or a list of rows, found a mapping"):
        read_data(path)


@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(HEAD.split("\n")).flatmap(
    lambda line: st.text("{}[]:,-\"'&*!|>#%@`\n ax1.", max_size=12).map(lambda junk: HEAD.replace(line, line + junk))
))  # fmt: skip
def test_no_text_leads_to_anything_but_a_card_or_a_message(text: str) -> None:
    with suppress(CardError):
        assert isinstance(parse_card(text), Card)
