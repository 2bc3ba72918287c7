"""`ccc inspect`: what an image holds, and ranges of its memory in every form."""

from __future__ import annotations

import pytest

from ccc.machine import REGISTERS, read_image
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import FAULT, HELLO, SUM, put_out


def test_summary(ccc: Ccc, save: Save) -> None:
    image = read_image(save(SUM + "\n.entry loop"))
    lines = ccc("inspect").out.splitlines()
    found = {line.split()[0]: line.split(None, 1)[1] for line in lines if line[:1].isalpha() and " " in line}
    assert found["checksum"] == image.checksum
    assert found["cells"] == "20"
    assert found["width"] == "32 bits"
    assert found["entry"] == "0 (loop)"
    assert found["state"] == "ready to run"
    assert found["dialect"].startswith("ccc ")
    assert all(f"{name}=" in found["registers"] for name in REGISTERS)
    assert "        18  x" in lines
    assert any(line.split() == ["data", "18", "..", "20", "2", "cells"] for line in lines)


def test_summary_as_json(ccc: Ccc, save: Save) -> None:
    image = read_image(save(SUM))
    summary = ccc("inspect", "--json").json
    assert summary == {
        "checksum": image.checksum,
        "dialect": "ccc",
        "width": 32,
        "cells": 20,
        "entry": 0,
        "registers": dict(zip(REGISTERS, [0, 20, 20, 20, 0, 20, 0, 0], strict=True)),
        "blocks": [{"name": "code", "start": 0, "end": 18}, {"name": "data", "start": 18, "end": 20}],
        "skills": [],
        "pointers": [],
        "constants": {},
        "symbols": {"loop": 0, "done": 15, "x": 18, "sum": 19},
        "source_lines": 8,
    }


def test_it_says_how_a_program_ended(ccc: Ccc, save: Save) -> None:
    save(FAULT)
    ccc("run", "--save-state", "end.bin")
    assert "stopped by a fault: division" in ccc("inspect", "end.bin").out
    save("halt")
    ccc("run", "--save-state", "end.bin")
    assert "halted" in ccc("inspect", "end.bin").out


@pytest.mark.parametrize("span", ["15:20", "done:20", "done:", "0xf:", " done : 20 "])
def test_a_range_as_code(ccc: Ccc, save: Save, span: str) -> None:
    save(SUM)
    lines = [line.split() for line in ccc("inspect", "--range", span).out.splitlines()]
    assert lines == [["15", "-46", "0", "0", "done:", "halt"], ["18", "0", "0", "x:", ".cells", "0,", "0"]]


@pytest.mark.parametrize(
    ("span", "addresses"),
    [(":3", [0]), ("loop", [0]), ("3:3", []), ("20:", []), (":", [*range(0, 20, 3)]), ("x", [18])],
)
def test_ends_of_a_range(ccc: Ccc, save: Save, span: str, addresses: list[int]) -> None:
    save(SUM)
    done = ccc("inspect", "--range", span)
    assert done.code == 0
    assert [int(line.split()[0]) for line in done.out.splitlines() if line] == addresses


def test_a_range_as_numbers(ccc: Ccc, save: Save) -> None:
    save(put_out(0.1, -3.0, 1e300))
    lines = ccc("inspect", "--range", "12:15", "--as", "numbers").out.splitlines()
    assert [line.split() for line in lines] == [["12", "0.1", "-3", "1e+300"]]
    many = ccc("inspect", "--as", "numbers").out.split("\n")
    assert [line.split()[0] for line in many if line] == ["0", "8"], "without --range: all of memory"


def test_a_range_as_text(ccc: Ccc, save: Save) -> None:
    save(HELLO)
    lines = ccc("inspect", "--range", "text:", "--as", "text").out.splitlines()
    assert [line.split(None, 1)[1] for line in lines] == ["Hello, ...."]


def test_a_range_as_json(ccc: Ccc, save: Save) -> None:
    save(SUM)
    assert ccc("inspect", "--range", "done:", "--json").json == {
        "start": 15,
        "end": 20,
        "cells": [-46, 0, 0, 0, 0],
        "code": [
            {"address": 15, "label": "done", "text": "halt"},
            {"address": 18, "label": "x", "text": ".cells 0, 0"},
        ],
    }


@pytest.mark.parametrize("span", ["", " ", "9:2", "-1:3", "0:21", "21", "20", "don:", "1.5", "0:1:2", "lop"])
def test_a_range_that_is_none(ccc: Ccc, save: Save, span: str) -> None:
    save(SUM)
    done = ccc("inspect", "--range", span)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: --range")


def test_the_nearest_symbol(ccc: Ccc, save: Save) -> None:
    save(SUM)
    assert "did you mean 'done'?" in ccc("inspect", "--range", "donne:").err


def test_an_image_without_symbols(ccc: Ccc, save: Save) -> None:
    save("halt")
    assert "symbols    none" in ccc("inspect").out
