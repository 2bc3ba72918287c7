"""Partial supervision: examples that leave outputs, or elements of them, out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ccc.errors import CardError, SkillError
from ccc.learn.attempt import attempt
from ccc.learn.gradient import Gradient, Options
from ccc.learn.guides import Uniform
from ccc.learn.joining import join
from ccc.learn.methods import make_searcher
from ccc.learn.model import Budget, Spec
from ccc.learn.problem import pose
from ccc.learn.spec import read_spec
from ccc.learn.verify import verify
from ccc.skills import Library, testing

LIBRARY = Library.default()
HEAD = """spec: both
kind: integer
description: A sum and a product.
inputs: {x: int, y: int}
outputs: {s: int, p: int}
use: [add, mul]
"""
CASES = [(1, 2, 3, None), (4, 2, 6, None), (3, -5, -2, None), (2, 7, None, 14), (5, 3, None, 15), (-4, 6, None, -24)]


def text_of(cases: list[tuple[int, int, int | None, int | None]]) -> str:
    return json.dumps([dict(zip("xysp", case, strict=True)) for case in cases])


def read(folder: Path, text: str) -> Spec:
    (folder / "both.yaml").write_text(text, encoding="utf-8")
    return read_spec(folder / "both.yaml")


def test_it_learns_from_what_is_known(tmp_path: Path) -> None:
    """No example has both outputs; what joins the library has tests with both."""
    held_out = text_of([(9, 9, None, 81), (8, 1, 9, 8)])
    spec = read(tmp_path, f"{HEAD}examples: {{train: {text_of(CASES)}, held_out: {held_out}}}\n")
    problem = pose(spec, LIBRARY, Uniform(), {"add", "mul"})
    result = attempt(spec, problem, Gradient(Options(restarts=32, iterations=60)), Budget(120), 0, verify=verify)
    assert result.learnt
    assert join(result, LIBRARY, tmp_path / "learnt", 0)
    library = Library([tmp_path / "learnt", *LIBRARY.folders])
    assert testing.Tester(library, ("emulator",)).test("both").passed
    assert all(np.isfinite(test.expected["p"]) for test in library.card("both").examples)


def test_a_wrong_value_that_is_known_is_wrong(tmp_path: Path) -> None:
    held_out = text_of([(9, 9, None, 80)])
    spec = read(tmp_path, f"{HEAD}examples: {{train: {text_of(CASES)}, held_out: {held_out}}}\n")
    problem = pose(spec, LIBRARY, Uniform(), {"add", "mul"})
    options = Options(restarts=32, iterations=60)
    result = attempt(spec, problem, Gradient(options), Budget(120, candidates=20_000), 0, verify=verify)
    assert not result.learnt
    assert result.rejected > 0


def test_files_leave_outputs_out_too(tmp_path: Path) -> None:
    rows = "\n".join(",".join("?" if one is None else str(one) for one in case) for case in CASES)
    (tmp_path / "cases.csv").write_text(f"x,y,s,p\n{rows}\n", encoding="utf-8")
    lines = "\n".join(json.dumps(dict(zip("xysp", case, strict=True))) for case in CASES)
    (tmp_path / "cases.jsonl").write_text(lines, encoding="utf-8")
    inline = read(tmp_path, f"{HEAD}examples: {text_of(CASES)}\n")
    for name in ("cases.csv", "cases.jsonl"):
        spec = read(tmp_path, f"{HEAD}file: {name}\n")
        assert spec.checksum == inline.checksum
    assert np.isnan(inline.examples.train[0].expected["p"])


SHAPES = """spec: shapes
kind: integer
description: Outputs of several shapes.
inputs: {x: "int[n]"}
outputs: {m: "int[n, 2]", z: "int[k]", w: "int[3]"}
constants: {n: int, k: int}
"""
HUGE = "{x: [], m: [], z: null, k: 9_999_999, w: null}"


def test_whole_vectors_are_left_out_in_every_format(tmp_path: Path) -> None:
    rows = ["x,k,m,z,w", "1 2 3,2,?,?,?", "4,1,? 6,5,1 2 3", ",0,?,,?", '"7,7",0,1 2;? 4,,?']
    (tmp_path / "cases.csv").write_text("\n".join(rows), encoding="utf-8")
    cases = [
        {"x": [1, 2, 3], "k": 2, "m": None, "z": None, "w": None},
        {"x": [4], "m": [[None, 6]], "z": [5], "w": [1, 2, 3]},
        {"x": [], "m": None, "z": [], "w": None},
        {"x": [7, 7], "m": [[1, 2], [None, 4]], "z": [], "w": [None] * 3},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    inline = read(tmp_path, f"{SHAPES}examples: {json.dumps(cases)}\n")
    for name in ("cases.csv", "cases.jsonl"):
        assert read(tmp_path, f"{SHAPES}file: {name}\n").checksum == inline.checksum
    first = inline.examples.train[0].expected
    assert {name: value.shape for name, value in first.items()} == {"m": (3, 2), "z": (2,), "w": (3,)}
    assert all(np.isnan(value).all() for value in first.values())


def test_what_is_left_out_is_taken_from_another_example(tmp_path: Path) -> None:
    cases = [
        {"x": [1], "m": None, "z": [8], "w": None, "k": 1},
        {"x": [1], "m": [1, 2], "k": 1, "z": None, "w": [1, 2, 3]},
    ]
    (case,) = read(tmp_path, f"{SHAPES}examples: {json.dumps(cases)}\n").examples.train
    assert [case.expected[name].tolist() for name in "mzw"] == [[[1, 2]], [8], [1, 2, 3]]


def test_what_an_output_holds_before_tells_its_shape(tmp_path: Path) -> None:
    known = "{x: [], m: [], z: [4], w: [1, 2, 3]}"
    cases = f"[{{x: [], m: [], z: null, w: [1, 2, 3], before: {{z: [5, 6]}}}}, {known}]"
    case = read(tmp_path, f"{SHAPES}examples: {cases}\n").examples.train[0]
    assert case.expected["z"].shape == (2,)


@pytest.mark.parametrize(
    ("name", "content", "place", "message"),
    [
        ("", '[{x: [1], m: [3, 4], w: "?", z: null}]', "7:43", "slot 'z': not known, and nothing says what 'k' is"),
        ("cases.csv", "x,z,m,w\n1,?,3 4,?\n", "2:3", "nothing says what 'k' is"),
        ("cases.jsonl", '{"x": [1], "z": null, "m": null, "w": null}', "1:12", "nothing says what 'k' is"),
        ("", "[{x: [1], m: null, z: [], w: [null, 3]}]", "7:12", "slot 'w': expected shape"),
        ("", "[{x: null, m: null, z: [], w: null}]", "7:16", "slot 'x': expected"),
        ("", "[{x: [], m: [], z: null, k: 99_999_999, w: null}]", "7:12", "16,777,216 are the most"),
        ("", f"[{HUGE}, {HUGE}]", "7:60", "more than 16,777,216 numbers in all"),
        ("", "[{x: [1], m: null, z: [], w: null, before: {w: null}}]", "7:12", "what 'w' holds must be known"),
    ],
)
def test_what_has_no_size_is_said_at_its_place(
    tmp_path: Path, name: str, content: str, place: str, message: str
) -> None:
    if name:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(CardError, match=message) as caught:
        read(tmp_path, SHAPES + (f"file: {name}\n" if name else f"examples: {content}\n"))
    assert f"{name or 'both.yaml'}:{place}: error" in caught.value.render()


def test_inputs_are_known(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="slot 'x': expected a number"):
        read(tmp_path, f"{HEAD}examples: [{{x: null, y: 1, s: 2, p: 3}}]\n")


def test_what_is_known_must_agree(tmp_path: Path) -> None:
    agree = [(1, 2, 3, None), (1, 2, None, 2)]
    (case,) = read(tmp_path, f"{HEAD}examples: {text_of(agree)}\n").examples.train
    assert {name: float(value) for name, value in case.expected.items()} == {"s": 3, "p": 2}
    with pytest.raises(CardError, match="another 's' than the case"):
        read(tmp_path, f"{HEAD}examples: {text_of([(1, 2, 3, None), (1, 2, 4, 2)])}\n")


def test_searches_say_that_they_cannot(tmp_path: Path) -> None:
    spec = read(tmp_path, f"{HEAD}examples: {text_of(CASES)}\n")
    problem = pose(spec, LIBRARY, Uniform(), {"add", "mul"})
    for name in ("enumerate", "portfolio", "best-first"):
        with pytest.raises(SkillError, match="only gradient descent"):
            attempt(spec, problem, make_searcher(name), Budget(5), 0, verify=verify)
