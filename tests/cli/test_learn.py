"""`ccc compose` and `ccc learn-skill`, with the search that comes with ccc."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ccc.skills import Library, call_skill
from tests.architecture.source_tree import ROOT
from tests.cli.conftest import Ccc
from tests.learn.specs import write_spec

QUICK = ("--seconds", 300, "--threads", 1)
FEW = ("--candidates", 200, *QUICK)


def test_compose(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "square_plus", "x * x + y", use="[add, mul]")
    done = ccc("compose", "square_plus.yaml", "-o", "program.yaml", *QUICK)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("square_plus: learnt by enumerate: ")
    assert lines[1] == "square_plus(x, y) -> z"
    assert [line.partition("(")[0] for line in lines[2:4]] == ["  1. mul", "  2. add"]
    assert "exact on 4 training, 2 held-out, 2 longer examples; emulator and Transformer agree, bit for bit" in lines
    assert lines[-1] == "written: program.yaml"
    shown = ccc("explain", "program.yaml", "x=7", "y=2")
    assert "-> z: 51" in shown.out


def test_compose_as_json_is_the_same_for_the_same_seed(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "twice_minus", "x + x - y", use="[add, sub]")
    first, second = (ccc("compose", "twice_minus.yaml", "--seed", 3, "--json", *QUICK).json for _ in range(2))
    assert first["verified"] == {"train": True, "held_out": True, "longer": True, "neural": True}
    assert first["status"] == "learnt"
    for result in (first, second):
        assert result.pop("seconds") > 0
    assert first == second


def test_not_learnt(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "far", "x * x * x + y * y * y - x * y", use="[add, mul]")
    done = ccc("compose", "far.yaml", *FEW)
    assert done.code == 2
    assert done.out.startswith("far: not learnt: ")
    assert ccc("learn-skill", "far.yaml", *FEW).code == 2
    assert not (tmp_path / "learnt").exists()


def test_where_a_program_fails_is_said(ccc: Ccc, tmp_path: Path) -> None:
    """Two training examples that x + y fits too."""
    path = write_spec(tmp_path, "narrow", "x - y", use="[add]")
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition("  train:\n")
    cases = rest.splitlines(keepends=True)
    held_out = "".join(cases[cases.index("  held_out:\n") :])
    path.write_text(f"{head}  train:\n    - {{x: 4, y: 0, z: 4}}\n{held_out}", encoding="utf-8")
    done = ccc("compose", "narrow.yaml", *FEW)
    assert done.code == 2
    assert "right on all training examples, and then fail" in done.out
    assert "it fails: held_out case 1: output 'z' is wrong" in done.out
    entry = ccc("compose", "narrow.yaml", "--json", *FEW).json
    assert (entry["status"], entry["best"]) == ("not learnt", 1.0)
    assert entry["verified"]["train"] is True
    assert entry["verified"]["held_out"] is False


def test_resume(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "far", "x * x * x + y * y * y - x * y", use="[add, mul]")
    first = ccc("compose", "far.yaml", "--resume", "state.json", "--json", *FEW).json
    state = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    assert state["candidates"] == first["candidates"]
    second = ccc("compose", "far.yaml", "--resume", "state.json", "--json", *FEW).json
    assert second["best"] >= first["best"]
    assert second["seconds"] > first["seconds"], "of both together"
    other = ccc("compose", "far.yaml", "--resume", "state.json", "--seed", 7, *FEW)
    assert other.code == 2
    assert "state.json is the state of another search" in other.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compose", "missing.yaml"), "cannot read missing.yaml"),
        (("compose", "one.yaml", "--memory", "much"), "'much' is no size"),
        (("compose", "one.yaml", "--method", "guess"), "'guess' is not one of"),
        (("compose", "one.yaml", "-o", "one.yaml"), "would be overwritten"),
        (("compose", "one.yaml", "-o", "no/where.yaml"), "cannot write no/where.yaml"),
        (("compose", "one.yaml", "-o", "x", "--resume", "./x"), "written by both -o and --resume"),
        (("compose", "one.yaml", "-o", ""), "the name is empty"),
        (("learn-skill", "one.yaml", "--into", ""), "the name is empty"),
        (("learn-skill", "one.yaml", "--flat"), "go with a folder"),
        (("learn-skill", "missing"), "does not exist"),
        (("learn-skill", "empty"), "no spec in"),
        (("compose", "wrong.yaml"), "wrong.yaml:2:7: error: kind"),
        (("compose", "unknown.yaml"), "no skill 'ad' in the libraries"),
    ],
)
def test_mistakes(ccc: Ccc, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "empty").mkdir()
    write_spec(tmp_path, "one", "x + y")
    write_spec(tmp_path, "unknown", "x + y", use="[ad]")
    wrong = write_spec(tmp_path, "wrong", "x + y")
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("integer", "whole"), encoding="utf-8")
    done = ccc(*arguments)
    assert done.code in (2, 3, 6)
    assert message in done.err


def test_learn_one(ccc: Ccc, tmp_path: Path) -> None:
    path = write_spec(tmp_path, "square_plus", "x * x + y", use="[add, mul]")
    done = ccc("learn-skill", "square_plus.yaml", *QUICK)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "square_plus has joined learnt"
    again = ccc("learn-skill", "square_plus.yaml", *QUICK)
    assert (again.code, again.out) == (0, "square_plus is learnt already, in learnt; nothing was searched\n")
    tested = ccc("skills", "test", "square_plus", "--library", "learnt")
    assert tested.code == 0
    write_spec(tmp_path, "on_top", "(x * x + y) * (x * x + y) + y", use="[square_plus]")
    done = ccc("learn-skill", "on_top.yaml", "--json", *QUICK)
    assert (done.code, done.json["parents"]) == (0, ["square_plus"])
    path.write_text(path.read_text(encoding="utf-8").replace("What", "What else"), encoding="utf-8")
    other = ccc("learn-skill", "square_plus.yaml", *QUICK)
    assert other.code == 2
    assert "has another skill 'square_plus' already, learnt from another spec" in other.err


def test_learn_a_folder(ccc: Ccc, tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    write_spec(folder, "square_plus", "x * x + y", use="[add, mul]")
    write_spec(folder, "on_top", "(x * x + y) * (x * x + y) + y", use="[square_plus]")
    flat = ccc("learn-skill", "course", "--flat", "--jobs", 1, "--json", *QUICK[:2])
    assert flat.code == 2
    assert {spec["name"]: spec["status"] for spec in flat.json["specs"]} == {
        "square_plus": "learnt",
        "on_top": "not learnt",
    }
    done = ccc("learn-skill", "course", "--jobs", 2, "--report", "out.html", *QUICK[:2])
    assert done.code == 0
    assert "2 of 2 learnt" in done.out
    assert "on generation 0 alone: 1 of 2 learnt" in done.out
    assert "changed: none" in done.out
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "generation 0 alone" in page
    results = (tmp_path / "learnt" / "results.jsonl").read_text(encoding="utf-8")
    again = ccc("learn-skill", "course", "--jobs", 2, "--json", *QUICK[:2]).json
    more = (tmp_path / "learnt" / "results.jsonl").read_text(encoding="utf-8").removeprefix(results)
    assert '"entry":"attempt"' not in more, "what is known is not tried again"
    for spec in again["specs"]:
        assert (spec["status"], spec["method"]) == ("learnt", "enumerate")
        assert spec["verified"] == {"train": True, "held_out": True, "longer": True, "neural": True}
    assert (again["changed"], again["learnt"]) == ([], 2)
    found = call_skill(Library.default([tmp_path / "learnt"]), "on_top", {"x": 2, "y": 3}).outputs["z"]
    assert found == 52


def test_ctrl_c_keeps_the_best(tmp_path: Path) -> None:
    write_spec(tmp_path, "far", "x * x * x - y * y * y + x * y * 7 - 5", use="[add, mul, sub, max, min, xor]")
    process = subprocess.Popen(
        [sys.executable, "-m", "ccc", "compose", "far.yaml", "--seconds", "600", "--resume", "state.json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 300
    while not (tmp_path / "state.json").exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert out.startswith("far: interrupted: ")
    assert "the best is right on" in out
    assert json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))["candidates"] > 0


# Files that were there


def test_what_is_not_learnt_takes_no_file(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "far", "x * x * x + y * y * y - x * y", use="[add, mul]")
    (tmp_path / "keep.yaml").write_text("precious", encoding="utf-8")
    done = ccc("compose", "far.yaml", "-o", "keep.yaml", *FEW)
    assert done.code == 2
    assert "keep.yaml was not written: nothing was learnt" in done.out
    assert (tmp_path / "keep.yaml").read_text(encoding="utf-8") == "precious"


def test_a_program_with_a_loop_is_written_with_it(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "total.yaml").write_text(
        'spec: total\nkind: integer\ndescription: A sum.\ninputs: {x: "int[n]"}\noutputs: {y: int}\n'
        "constants: {n: int}\nuse: [add, mov]\nexamples:\n  - {x: [4], y: 4}\n  - {x: [1, 5, -2], y: 4}\n"
        "  - {x: [7, 7], y: 14}\n  - {x: [], y: 0}\n",
        encoding="utf-8",
    )
    (tmp_path / "total_loop.yaml").write_text("precious", encoding="utf-8")
    done = ccc("compose", "total.yaml", "-o", "program.yaml", *QUICK)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-2:] == ["written: program.yaml", "written: program.parts"]
    assert (tmp_path / "total_loop.yaml").read_text(encoding="utf-8") == "precious"
    assert "-> y: 12" in ccc("explain", "program.yaml", "x=3,4,5", "n=3").out
    lowered = ccc("lower", "program.yaml", "-o", "lowered.s")
    assert (lowered.code, lowered.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--results", "notes.txt"), "notes.txt is no results file"),
        (("--results", "specs/one.yaml"), "specs/one.yaml is no results file"),
        (("--report", "specs/one.yaml"), "specs/one.yaml would be overwritten: it is the input"),
    ],
)
def test_a_curriculum_takes_no_file_that_it_reads(
    ccc: Ccc, tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    (tmp_path / "specs").mkdir()
    write_spec(tmp_path / "specs", "one", "x + y")
    (tmp_path / "notes.txt").write_text("precious", encoding="utf-8")
    before = (tmp_path / arguments[1]).read_text(encoding="utf-8")
    done = ccc("learn-skill", "specs", *arguments)
    assert done.code == 2
    assert message in done.err
    assert (tmp_path / arguments[1]).read_text(encoding="utf-8") == before


def test_the_best_program_is_shown_with_where_it_fails(ccc: Ccc, tmp_path: Path) -> None:
    """Right on two of four training examples: max is x there."""
    write_spec(tmp_path, "either", "x if x > y else x * y * y - 7", use="[max]")
    done = ccc("compose", "either.yaml", *FEW)
    assert done.code == 2
    assert "the best is right on 25.0% of the training examples:" in done.out
    assert "it fails: train case 1: output 'z' is wrong" in done.out
    assert ccc("compose", "either.yaml", "--json", *FEW).json["where"].startswith("train case 1")


def test_seconds_are_a_number(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "one", "x + y")
    assert "'nan' is no number" in ccc("compose", "one.yaml", "--seconds", "nan").err


def test_a_method_that_only_sorts_says_so(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "one", "x + y")
    assert "method 'kernel' only sorts" in ccc("compose", "one.yaml", "--method", "kernel").err


def test_all_unknown_parts_are_named_with_their_place(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "one", "x + y", use="[mull, add, nosuch]")
    done = ccc("compose", "one.yaml")
    assert done.code == 3
    assert "one.yaml:6:7: error: use: no skill 'mull' in the libraries\n" in done.err
    assert "    6 | use: [mull, add, nosuch]\n      |       ^^^^\nhint: did you mean 'mul'" in done.err
    assert "one.yaml:6:18: error: use: no skill 'nosuch'" in done.err
    write_spec(tmp_path, "base", "x + y", use="[add]", more="atoms: [add, adds]\n")
    assert "base.yaml:7:14: error: atoms: no skill 'adds'" in ccc("compose", "base.yaml").err


def test_a_wrong_spec_leaves_no_library(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "one", "x + y", use="[]")
    done = ccc("learn-skill", "one.yaml", "--into", "fresh")
    assert done.code == 3
    assert "use: expected a list of skills, found an empty list" in done.err
    assert not (tmp_path / "fresh").exists()


def test_a_part_that_no_search_can_run(ccc: Ccc, tmp_path: Path) -> None:
    """`sum` is written by hand, without a mixture: to say so helps more than to find nothing."""
    (tmp_path / "twice.yaml").write_text(
        "spec: twice\nkind: integer\ndescription: Twice a sum.\ninputs: {x: 'int[n]'}\noutputs: {y: int}\n"
        "constants: {n: int}\nuse: [sum, add]\nexamples: [{x: [1, 2], y: 6}, {x: [3], y: 6}]\n",
        encoding="utf-8",
    )
    for command in (("compose",), ("train",), ("compose", "--method", "best-first"), ("learn-skill",)):
        done = ccc(*command, "twice.yaml", *QUICK)
        assert (done.code, done.out) == (3, "")
        assert "twice.yaml:7:7: error: skill 'sum', which `use` names, cannot be a part" in done.err
        assert "    7 | use: [sum, add]\n      |       ^^^\n" in done.err
        assert "NAME.mixture" in done.err


def test_nothing_to_learn(ccc: Ccc, tmp_path: Path) -> None:
    path = write_spec(tmp_path, "one", "x + y", train=0)
    text = path.read_text(encoding="utf-8").replace("  train:\n", "  train: [{x: 1, y: 2, z: null}]\n")
    path.write_text(text, encoding="utf-8")
    for command in ("compose", "train", "learn-skill"):
        done = ccc(command, "one.yaml")
        assert (done.code, done.out) == (3, "")
        assert "one.yaml:7:1: error: examples: output 'z' is known in no training case" in done.err


def test_parts_of_which_none_may_be_one(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "one", "x + y", use="[compose]")
    for command in ("compose", "train"):
        done = ccc(command, "one.yaml")
        assert (done.code, done.out) == (3, "")
        assert "one.yaml:6:7: error: use: none of these skills may be a part" in done.err


def folder_of_one(folder: Path) -> Path:
    """A folder `specs` with the spec `square_plus`."""
    specs = folder / "specs"
    specs.mkdir()
    write_spec(specs, "square_plus", "x * x + y", use="[add, mul]")
    return specs


def test_a_wrong_spec_in_a_folder(ccc: Ccc, tmp_path: Path) -> None:
    """What can be learnt is, and the exit code says that a spec is wrong."""
    folder = folder_of_one(tmp_path)
    (folder / "wrong.yaml").write_text("spec: wrong\nkind: integer\n", encoding="utf-8")
    done = ccc("learn-skill", "specs", "--jobs", 1, "--seconds", 60)
    assert done.code == 3
    assert "1 of 2 learnt" in done.out
    assert "wrong: error" in done.out


def test_a_skill_that_was_changed_by_hand_is_no_learnt_skill(ccc: Ccc, tmp_path: Path) -> None:
    """Though no results say what it was: its card does."""
    folder_of_one(tmp_path)
    assert ccc("learn-skill", "specs", "--jobs", 1, "--seconds", 60).code == 0
    source = tmp_path / "learnt" / "square_plus" / "square_plus.s"
    source.write_text(source.read_text(encoding="utf-8").replace(".invoke mul", ".invoke add"), encoding="utf-8")
    (tmp_path / "learnt" / "results.jsonl").unlink()
    done = ccc("learn-skill", "specs", "--jobs", 1, "--seconds", 60)
    assert done.code == 1
    assert "changed: square_plus" in done.out
