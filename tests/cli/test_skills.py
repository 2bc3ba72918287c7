"""`ccc skills` and `ccc link`: libraries from the command line; and what `ccc inspect` says of linked states."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.machine import read_image
from tests.cli.conftest import Ccc
from tests.skills.conftest import FOLDER
from tests.skills.sources import CARD, SOURCE

LIBRARY = ("--library", FOLDER)
VECTORS = str(Path(__file__).resolve().parents[2] / "skills" / "vectors")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No libraries but those that a test names."""
    monkeypatch.setattr("ccc.skills.folders.own_library", lambda: None)
    monkeypatch.delenv("CCC_LIBRARY", raising=False)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A library with one skill that does not do what its card says."""
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "twice.s").write_text(SOURCE, encoding="utf-8")
    (folder / "twice.yaml").write_text(CARD.replace("y: 3", "y: 4"), encoding="utf-8")
    return folder


def test_list(ccc: Ccc) -> None:
    done = ccc("skills", "list", *LIBRARY)
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[0]: line for line in done.out.splitlines() if line[0] != " "}
    assert rows["dot"].split()[:3] == ["dot", "1", "integer"]
    assert "x: int[n], y: int[n] -> s: int; n: int" in rows["dot"]
    assert " 37 " in rows["dot"]
    assert " yes " in rows["square"]


def test_list_as_json(ccc: Ccc) -> None:
    done = ccc("skills", "list", "--json", *LIBRARY).json
    assert done["folders"] == [str(FOLDER)]
    found = {skill["skill"]: skill for skill in done["skills"]}
    assert found["norm2"] == {
        "skill": "norm2",
        "generation": 2,
        "kind": "integer",
        "description": "The squared norm of a vector.",
        "slots": [
            {"name": "x", "role": "input", "type": "int", "shape": ["n"]},
            {"name": "q", "role": "output", "type": "int", "shape": []},
            {"name": "n", "role": "constant", "type": "int", "shape": []},
        ],
        "twin": None,
        "differentiable": False,
        "width": 32,
        "tests": 1,
        "instructions": 47,
        "card": str(FOLDER / "deeper" / "norm2.yaml"),
    }


def test_a_bad_card_does_not_hide_the_others(ccc: Ccc, wrong: Path) -> None:
    (wrong / "twice.yaml").write_text(CARD + "knd: 1\n", encoding="utf-8")
    done = ccc("skills", "list", "--library", wrong, *LIBRARY)
    assert done.code == 3
    assert "\ndot " in done.out
    assert f"{wrong / 'twice.yaml'}:9:1: error: no key 'knd' in a card" in done.err
    done = ccc("skills", "test", "--engine", "emulator", "--json", "--library", wrong, *LIBRARY)
    assert (done.code, done.json["passed"]) == (3, False)
    assert [error["skill"] for error in done.json["errors"]] == ["twice"]
    assert len(done.json["skills"]) == 4


def test_show(ccc: Ccc) -> None:
    done = ccc("skills", "show", "norm2", *LIBRARY)
    facts = dict(line.split(None, 1) for line in done.out.splitlines()[2:9])
    assert facts["constants"] == "n: int"
    assert facts["requires"] == "dot"
    assert done.out.endswith((FOLDER / "deeper" / "norm2.s").read_text(encoding="utf-8"))
    shown = ccc("skills", "show", "dot", "--json", *LIBRARY).json
    assert (shown["rests_on"], shown["scratch"], shown["costs"]) == ([], 6, [37, 10, 19, 10])


def test_a_source_is_shown_without_escape_sequences(ccc: Ccc, wrong: Path) -> None:
    (wrong / "twice.s").write_text("# \x1b[31m\n" + SOURCE, encoding="utf-8")
    assert "\x1b" not in ccc("skills", "show", "twice", "--library", wrong).out


def test_test(ccc: Ccc) -> None:
    done = ccc("skills", "test", "dot", "square", *LIBRARY)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("2 skills, 0 failed; 7 tests; 2 Jacobians, largest difference ")


def test_a_skill_that_fails(ccc: Ccc, wrong: Path) -> None:
    done = ccc("skills", "test", "twice", "--engine", "emulator", "--library", wrong)
    assert done.code == 1
    assert done.out.splitlines()[1].split() == ["twice", "1", "emulator", "y", "4", "3"]
    assert "1 skills, 1 failed" in done.out
    report = ccc("skills", "test", "twice", "--engine", "emulator", "--library", wrong, "--json").json
    assert not report["passed"]
    assert report["skills"][0]["failures"][0]["what"] == "y"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("show", "nrm2"), 2, "error: no skill 'nrm2'\nhint: did you mean 'norm2'?"),
        (("test", "dot", "nrm2"), 2, "error: no skill 'nrm2'"),
        (("test", "--engine", "natve"), 2, "error: no engine 'natve'\nhint: did you mean 'native'?"),
        (("list", "--library", "absent"), 2, "error: --library: absent is no folder"),
        (("lst",), 2, "No such command 'lst'"),
    ],
)
def test_mistakes(ccc: Ccc, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = ccc("skills", *arguments[:1], *(LIBRARY if len(arguments) > 1 else ()), *arguments[1:])
    assert done.code == code
    assert message in done.err


# ccc link


def test_link_a_call(ccc: Ccc) -> None:
    done = ccc("link", "--call", "weighted", "x=1,2,3", "w=0.5,-1,2", "b=.25", *LIBRARY)
    assert done.code == 0
    assert done.out.splitlines()[1] == "skills: weighted"
    assert ccc("run", "--numbers").out == "4.75\n9.5\n"
    assert ccc("run", "--numbers", "--neural").out == "4.75\n9.5\n"
    ccc("link", "--call", "square", "--jacobian", "x=3", *LIBRARY)
    assert ccc("run", "--numbers").out == "6\n"


def test_link_a_call_that_works_in_place(ccc: Ccc) -> None:
    """A value for an output is what it holds before; and data beyond any memory are refused before they are made."""
    assert ccc("link", "--call", "axpy", "a=2", "x=1,2", "y=10,20", "--library", VECTORS).code == 0
    assert ccc("run", "--numbers").out == "12\n24\n"
    for size in ("8000000", "1e15"):
        done = ccc("link", "--call", "fill", "value=1", f"n={size}", "--library", VECTORS)
        assert done.code == 2
        assert "cells; a memory has at most 16,777,216" in done.err


def test_link_with_a_program_and_data(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "main.s").write_text(".invoke dot, v, w, s, =2\nout s.data\nhalt\n", encoding="utf-8")
    (tmp_path / "data.yaml").write_text("v: [1, 2]\ns: 0\n", encoding="utf-8")
    done = ccc("link", "norm2", "w=3,4", "--data", "data.yaml", "--main", "main.s", "-o", "x.bin", "--json", *LIBRARY)
    assert (done.json["skills"], done.json["output"]) == (["dot", "norm2"], "x.bin")
    assert done.json["checksum"] == read_image(tmp_path / "x.bin").checksum
    assert ccc("run", "x.bin").out == "11\n"


def test_link_without_either_halts(ccc: Ccc) -> None:
    ccc("link", "dot", "A=1,2;3,4", "e=", *LIBRARY)
    assert ccc("run", "--json").json["steps"] == 1
    pointers = {row["name"]: row for row in ccc("inspect", "--json").json["pointers"]}
    assert (pointers["A"]["rows"], pointers["A"]["columns"], pointers["A"]["stride"]) == (2, 2, 1)
    assert (pointers["e"]["rows"], pointers["e"]["columns"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to link: name a skill"),
        (("dott",), "no skill 'dott'"),
        (("--call", "dot", "x=1,2", "y=1"), "slot 'y': expected shape [2], found one number"),
        (("--call", "dot", "x=1,2", "y=1,b"), "y: 'b' is no number"),
        (("--call", "dot", "x=1,2", "x=1,2"), "'x' is given twice"),
        (("--call", "dot", "x=1,,2"), "x: '' is no number"),
        (("--call", "dot", "x=1,2;3"), "x: rows of different lengths"),
        (("--call", "dot", "x=inf,1"), "x: inf is not finite"),
        (("--call", "dot", "--jacobian", "x=1,", "y=1,"), "skill 'dot' has no Jacobian code"),
        (("dot", "--jacobian"), "--jacobian goes with --call"),
        (("dot", "--main", "a.s", "--call", "dot"), "--main and --call exclude each other"),
        (("dot", "--main", "absent.s"), "cannot read absent.s"),
        (("dot", "--data", "absent.yaml"), "cannot read absent.yaml"),
    ],
)
def test_what_cannot_be_linked(ccc: Ccc, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = ccc("link", *arguments, *LIBRARY)
    assert done.code in (2, 6)
    assert message in done.err
    assert not (tmp_path / "state.bin").exists()


def test_inspect(ccc: Ccc) -> None:
    ccc("link", "square", "dot", "x=1,2", *LIBRARY)
    summary = ccc("inspect", "--json").json
    square, dot = summary["skills"]
    assert (dot["name"], dot["row"], dot["address"]) == ("dot", 1, summary["symbols"]["dot"])
    assert (dot["inputs"], dot["outputs"], dot["constants"], dot["weights"]) == (["x", "y"], ["s"], ["n"], [])
    assert (dot["forward"], dot["jacobian"]) == (summary["symbols"]["dot.forward"], None)
    assert square["jacobian"] == summary["symbols"]["square.derivative"]
    assert summary["pointers"][0]["address"] == summary["symbols"]["x.data"]
    text = ccc("inspect").out
    assert f"dot            at {dot['address']}" in text
    assert "6 scratch; input x, y; output s; constant n" in text
    assert f"x              -> {summary['symbols']['x.data']}, stride 1, 2 x 1" in text


# ccc assemble --library


def test_assemble_looks_in_libraries(ccc: Ccc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.s").write_text(".require norm2\nhalt\n", encoding="utf-8")
    assert ccc("assemble", "main.s").code == 3
    assert ccc("assemble", "main.s", *LIBRARY).code == 0
    monkeypatch.setenv("CCC_LIBRARY", str(FOLDER))
    assert ccc("assemble", "main.s").code == 0
    assert [skill.name for skill in read_image(tmp_path / "state.bin").info.skills] == ["dot", "norm2"]


def test_a_test_that_is_broken_off_shows_what_was_tested(ccc: Ccc, monkeypatch: pytest.MonkeyPatch) -> None:
    from ccc.skills import Tester

    tested = Tester.test

    def stop(tester: Tester, name: str) -> object:
        if name == "norm2":
            raise KeyboardInterrupt
        return tested(tester, name)

    monkeypatch.setattr(Tester, "test", stop)
    done = ccc("skills", "test", "--engine", "emulator", "dot", "norm2", *LIBRARY)
    assert done.code == 130
    assert "1 skills, 0 failed" in done.out
    done = ccc("skills", "test", "--engine", "emulator", "--json", "dot", "norm2", *LIBRARY)
    assert done.code == 130
    assert [skill["skill"] for skill in done.json["skills"]] == ["dot"]
    assert not done.json["passed"]
