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
