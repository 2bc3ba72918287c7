"""Specs of soft skills: shapes that follow from each other, and mistakes with their places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ccc.errors import CardError, CccError, SkillError, Span
from ccc.learn.soft.program import parse_step
from ccc.learn.soft.spec import missing_skills, read_soft_spec
from ccc.learn.spec_parts import has_steps
from ccc.skills import Library
from tests.learn.soft.pictures import SUM, TOTAL, write_pictures

LIBRARY = Library.default()
SPECS = Path(__file__).resolve().parents[3] / "skills" / "trained"
LINE = """spec: line
kind: soft
description: A line.
inputs: {x: "real[3]"}
outputs: {y: real}
trained: {w: "real[3]", b: real}
steps:
  - fdot(x, w) -> dot
  - fadd(dot, b) -> y
file: line.csv
split: {train: 2, held_out: 1}
"""


def read(folder: Path, text: str, data: str = "x,y\n1 2 3,4\n0 1 0,1\n2 2 2,6\n") -> None:
    (folder / "line.csv").write_text(data, encoding="utf-8")
    (folder / "line.yaml").write_text(text, encoding="utf-8")
    read_soft_spec(folder / "line.yaml", LIBRARY)


def test_shapes_follow_from_the_steps() -> None:
    program = read_soft_spec(SPECS / "digits_convolution.yaml", LIBRARY).program
    assert [call.step.skill for call in program.calls] == ["convolve", "relu", "linear", "argmax"]
    assert program.calls[0].sizes == {"lines": 8, "columns": 8, "size": 576, "kernels": 16, "rows": 48, "side": 3}
    assert program.calls[2].sizes == {"rows": 10, "columns": 576}
    assert program.skills == ("convolve", "relu", "linear", "argmax")


def test_the_kinds_of_specs() -> None:
    assert has_steps(SPECS / "iris_mlp.yaml")
    assert not has_steps(SPECS / "plus.yaml")
    assert missing_skills(SPECS / "digit_sum.yaml", LIBRARY) == ("plus",)
    assert missing_skills(SPECS / "iris_mlp.yaml", LIBRARY) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: soft", "kind: real", "kind: expected soft"),
        ("fdot(x, w) -> dot", "fdot(x) -> dot", "'fdot' takes 2 arguments (x, y), not 1"),
        ("fdot(x, w) -> dot", "fdott(x, w) -> dot", "no skill 'fdott'"),
        ("fdot(x, w) -> dot", "fdot(x, v) -> dot", "nothing is called 'v' here"),
        ("fdot(x, w) -> dot", "fdot(x, b) -> dot", "has shape"),
        ("fdot(x, w) -> dot", "fdot(x, w)", "is no step"),
        ("fdot(x, w) -> dot", "fdot(x, w) -> x", "'x' is there already"),
        ("fadd(dot, b) -> y", "fadd(dot, b) -> z", "no step makes the output 'y'"),
        ("fadd(dot, b) -> y", "fadd(dot, b) -> y, z", "has 1 result (y), not 2"),
        ('real[3]", b', 'real[n]", b', "the sizes of 'w' are numbers"),
        ("split: {train: 2, held_out: 1}", "split: {train: 2, held_out: 9}", "11 cases in all, and there are 3"),
        ("split: {train: 2, held_out: 1}", "", "says how many cases are for training"),
        ('real[3]", b', 'real[9999999, 9999999]", b', "'w' has 99,999,980,000,001 numbers"),
        ('real[3]", b: real', 'real[3]", b: int', "trained: weights are real, found int"),
        ("b: real}", "b: real, c: real}", "trained: no step takes 'c'"),
        ("steps:", "values: {dott: real}\nsteps:", "values: no step makes 'dott'"),
        ("steps:", 'values: {dot: "real[2]"}\nsteps:', "values: 'dot' is made as real"),
        ("outputs: {y: real}", "outputs: {}", "line.yaml:5:1: error: outputs: none, so there is nothing to learn"),
        ("spec: line", "spec: fdot", "there is a skill 'fdot' already"),
        ("file: line.csv\n", "", "the data come from one of"),
        ("file: line.csv", "file: line.csv\naim: {accurate: 1}", "no score 'accurate'"),
        ("file: line.csv", "file: line.csv\ntraining: {epochs: 0}", "epochs is a whole number from 1 on"),
        ("file: line.csv", "file: line.csv\nloss: hinge", "loss: expected likelihood or squared or perceptron"),
        ("file: line.csv", "file: line.csv\nloss: perceptron", "loss: perceptron is for outputs of type bit"),
        ("file: line.csv", "file: line.csv\naim: {accuracy: 1}", "aim: accuracy is a score of labels"),
        ("file: line.csv", "file: line.csv\neach: n", "each: expected a constant"),
    ],
)
def test_mistakes_have_places(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in LINE
    with pytest.raises(CardError) as error:
        read(tmp_path, LINE.replace(old, new))
    text = error.value.render()
    assert message in text
    assert "line.yaml:" in text


@pytest.mark.parametrize("row", ["?", "4\n1 1 1,?"])
def test_outputs_are_known(tmp_path: Path, row: str) -> None:
    with pytest.raises(CardError, match=r"line\.yaml:10:7: .*outputs at .*line.csv:[23]:1 are not known"):
        read(tmp_path, LINE, f"x,y\n1 2 3,{row}\n0 1 0,1\n2 2 2,6\n")


def test_outputs_without_elements(tmp_path: Path) -> None:
    text = LINE.replace("{y: real}", '{y: "real[n]"}\nconstants: {n: int}\neach: n')
    text = text.replace('x: "real[3]"', 'x: "real[n, 3]"')
    read(tmp_path, text, "x,n,y\n,0,\n1 2 3,1,4\n2 2 2,1,6\n")
    with pytest.raises(CardError, match=r"line\.yaml:12:7: .*no training case has an output with any element"):
        read(tmp_path, text, "x,n,y\n,0,\n,0,\n1 1 1,1,3\n")


def test_it_is_read(tmp_path: Path) -> None:
    read(tmp_path, LINE)


@pytest.mark.parametrize("text", ["", "f", "f(x)", "f(x) ->", "f(x -> y", "f(x, ) -> y", "f(x) -> y-", "f(x) -> y__z"])
def test_what_is_no_step(text: str) -> None:
    with pytest.raises(SkillError):
        parse_step(text, Span("", 1, 1))


def test_a_pool_draws_other_cases_in_each_epoch(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    source = read_soft_spec(tmp_path / "sum.yaml", LIBRARY).source
    first, again, second = (source.epoch(0, number)[0] for number in (0, 0, 1))
    assert np.array_equal(first.given["left"], again.given["left"])
    assert not np.array_equal(first.given["left"], second.given["left"])
    held_out = source.part("held_out", 0)[0]
    assert len(held_out) == 40
    seen = {image.tobytes() for image in first.given["left"]}
    assert not any(image.tobytes() in seen for image in held_out.given["left"])


def refused(
    folder: Path, text: str, old: str, new: str, errors: type[CccError] | tuple[type[CccError], ...], message: str
) -> None:
    """A spec with a mistake in it is refused with a message."""
    assert old in text
    (folder / "wrong.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(errors, match=message):
        read_soft_spec(folder / "wrong.yaml", LIBRARY)


@pytest.mark.parametrize("name", ["pictures.npz", "sum.s", "line.csv"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    write_pictures(tmp_path)
    text = LINE if name == "line.csv" else SUM
    message = rf"wrong\.yaml:\d+:\d+: cannot read .*/no_{name}: no such file"
    refused(tmp_path, text, name, f"no_{name}", CardError, message)


def test_rows_of_a_pool(tmp_path: Path) -> None:
    """Every input has rows, every part says how many, and what is carried begins as what it is."""
    write_pictures(tmp_path)
    for old, new, message in (
        ('{pictures: "real[n, 4]"}', '{pictures: "real[4]"}', "all inputs have rows"),
        ('{pictures: "real[n, 4]"}', '{pictures: "real[n, 2, 2]"}', "is no shape"),
        (", longer: 9}", "}", "`rounds` says nothing of longer"),
        ("{total: 0}", "{total: 0.5}", "'total' is int, and begins as 0.5"),
    ):
        refused(tmp_path, TOTAL, old, new, CardError, message)


def test_a_pool_says_what_is_wrong(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    for old, new, message in (
        ("draw: [left, right]", "draw: [left]", "draws left; the inputs are left, right"),
        ("labels: kind", "labels: sort", "no array 'sort'"),
        ("split: {train: 60, held_out: 30}", "split: {train: 90, held_out: 30}", "there are 90 things"),
        ("{train: 120, held_out: 40}", "{train: 99999999, held_out: 40}", "numbers would be drawn"),
        ("aim:", "  rounds: {train: 0}\naim:", "rounds: expected numbers from 1"),
        ("aim:", "  rounds: 3\naim:", "rounds: expected numbers of rows"),
        ("  kind_of:", "  relu:", "there is another skill 'relu'"),
        ("labels: kind", "labels: image", "labels: expected one whole number for each thing"),
        ("aim:", "  rounds: {train: 1, held_out: 1}\naim:", "`rounds` goes with `each`"),
        ('left: "real[2, 2]"', 'left: "real[4, 2]"', "has shape"),
    ):
        refused(tmp_path, SUM, old, new, (CardError, SkillError), message)
