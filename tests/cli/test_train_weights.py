"""`ccc train` and `ccc learn-skill` on specs that say the steps of a program: its weights are trained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Ccc
from tests.learn.gradient.event_files import events
from tests.learn.soft.pictures import SUM, write_pictures

SPECS = Path(__file__).resolve().parents[2] / "skills" / "trained"
PLUS = """spec: plus
kind: integer
description: A sum.
inputs: {a: int, b: int}
outputs: {sum: int}
use: [add, sub]
examples: [{a: 1, b: 2, sum: 3}, {a: 2, b: 2, sum: 4}, {a: 0, b: 5, sum: 5}]
"""
SCORED = f"""
{SUM[: SUM.index("parts:")]}
parts:
  scored:
    description: Scores of a picture.
    inputs: {{image: "real[2, 2]"}}
    outputs: {{scores: "real[3]"}}
    trained: {{w: "real[3, 4]", b: "real[3]"}}
    steps:
      - linear(image, w, b) -> scores
steps:
  - scored(left) -> left_scores
  - argmax(left_scores) -> a
  - scored(right) -> right_scores
  - argmax(right_scores) -> b
  - plus(a, b) -> sum
{SUM[SUM.index("pool:") :]}"""
AGAIN = f"""
spec: again
{SUM[SUM.index("kind:") : SUM.index("parts:")]}
trained: {{w: "real[3, 3]", b: "real[3]"}}
steps:
  - scored(left) -> left_scores
  - linear(left_scores, w, b) -> again
  - argmax(again) -> a
  - scored(right) -> right_scores
  - argmax(right_scores) -> c
  - add(a, c) -> sum
{SUM[SUM.index("pool:") :]}"""
"""Rests on a part of the spec before."""


def test_weights_are_trained_and_join_a_library(ccc: Ccc) -> None:
    done = ccc("train", SPECS / "iris_mlp.yaml", "--into", "learnt", "--threads", 1)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("iris_mlp: learnt: 131 weights, 100 epochs, 400 steps in ")
    assert "  1. mlp_forward(x, w1, b1, w2, b2) -> hidden, scores\n" in done.out
    assert "emulator and Transformer agree, bit for bit; the same weights in torch: accuracy 0." in done.out
    assert done.out.splitlines()[-1] == "iris_mlp has joined learnt"
    tested = ccc("skills", "test", "iris_mlp", "--library", "learnt")
    assert tested.out.startswith("1 skills, 0 failed; 3 tests")
    explained = ccc("explain", "iris_mlp", "--library", "learnt")
    assert "method    training, 400 steps of Adam" in explained.out
    assert "scores    accuracy 0.9" in explained.out
    again = ccc("train", SPECS / "iris_mlp.yaml", "--into", "learnt")
    assert (again.code, again.out) == (0, "iris_mlp is learnt already, in learnt; nothing was trained or written\n")


def test_json(ccc: Ccc) -> None:
    found = ccc("train", SPECS / "diabetes_linear.yaml", "--json", "--seed", 3, "--threads", 1).json
    assert (found["status"], found["seed"], found["problems"]) == ("learnt", 3, [])
    part = found["parts"]["held_out"]
    assert part["cases"] == 142
    assert abs(part["scores"]["r2"] - part["torch"]["r2"]) < 1e-12
    assert part["departures"] == 0


def test_options_instead_of_what_the_spec_says(ccc: Ccc) -> None:
    options = ("--epochs", 2, "--batch", 50, "--rate", 1e-7, "--json", "--threads", 1)
    done = ccc("train", SPECS / "iris_mlp.yaml", *options)
    assert done.code == 2
    assert (done.json["epochs"], done.json["steps"]) == (2, 4)
    assert "the spec asks for 0.9" in done.json["problems"][0]


def test_resume(ccc: Ccc, tmp_path: Path) -> None:
    command = ("train", SPECS / "iris_perceptron.yaml", "--epochs", 20, "--json", "--threads", 1)
    at_once = ccc(*command, "--plot", "at_once.svg").json
    first = ccc(*command, "--resume", "state", "--seconds", 1e-6).json
    assert first["epochs"] == 1
    went_on = ccc(*command, "--resume", "state", "--plot", "went_on.svg").json
    assert went_on.pop("seconds") > 0
    assert at_once.pop("seconds") > 0
    assert went_on == at_once
    assert (tmp_path / "went_on.svg").read_bytes() == (tmp_path / "at_once.svg").read_bytes()
    before = (tmp_path / "state").read_bytes()
    done = ccc(*command, "--resume", "state", "--seed", 7)
    assert done.code == 2
    assert "is of another training: 'seed' differs" in done.err
    assert (tmp_path / "state").read_bytes() == before
    assert "it is the input" in ccc(*command, "--resume", SPECS / "iris_perceptron.yaml").err


def test_damaged_and_foreign_files_are_refused_as_those_of_mixtures_are(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "plus.yaml").write_text(PLUS, encoding="utf-8")
    quick = ("--threads", 1, "--resume")
    weights = ("train", SPECS / "iris_perceptron.yaml", "--epochs", 3, *quick)
    mixture = ("train", "plus.yaml", "--restarts", 4, "--iterations", 40, "--seconds", 20, *quick)
    for command in (weights, mixture):
        ccc(*command, "state")
        whole = (tmp_path / "state").read_bytes()
        ccc(*(mixture if command is weights else weights), "foreign")
        (tmp_path / "text").write_text("no state", encoding="utf-8")
        (tmp_path / "short").write_bytes(whole[:-8])
        (tmp_path / "flipped").write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        for name, said in (("foreign", "but no"), ("text", "too short|no "), ("short", ""), ("flipped", "checksum")):
            before = (tmp_path / name).read_bytes()
            done = ccc(*command, name)
            assert (done.code, done.out) == (6, ""), name
            assert re.search(said, done.err)
            assert (tmp_path / name).read_bytes() == before
        for name in ("state", "foreign"):
            (tmp_path / name).unlink()


def test_curves(ccc: Ccc, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    command = ("train", SPECS / "iris_logistic.yaml", "--epochs", 5, "--threads", 1, "--tensorboard", "log")
    found = ccc(*command, "--plot", "curve.svg", "--json").json
    read = list(events(tmp_path / "log"))
    assert [(tag, step) for tag, step, _ in read] == [("loss", step) for step in range(1, 6)]
    assert read[-1][2] == pytest.approx(found["loss"])
    assert read[-1][2] < read[0][2]
    assert "iris_logistic, trained by gradient descent" in (tmp_path / "curve.svg").read_text(encoding="utf-8")
    assert "a plot is a file whose name ends in" in ccc(*command, "--plot", "curve.jpg").err


def test_options_of_mixtures_are_refused(ccc: Ccc, tmp_path: Path) -> None:
    done = ccc("train", SPECS / "iris_mlp.yaml", "--restarts", 8)
    assert done.code == 2
    assert "--restarts is for mixtures" in done.err
    assert "--repair is for mixtures" in ccc("train", SPECS / "iris_mlp.yaml", "--repair", 0).err
    assert "-o writes a mixture" in ccc("train", SPECS / "iris_mlp.yaml", "-o", "x.yaml").err
    (tmp_path / "plus.yaml").write_text(PLUS, encoding="utf-8")
    assert "--epochs is for programs with weights" in ccc("train", "plus.yaml", "--epochs", 8).err


def test_a_mistake_has_a_place(ccc: Ccc, tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "wrong.yaml").write_text(SUM.replace("linear(image", "linea(image"), encoding="utf-8")
    done = ccc("train", "wrong.yaml")
    assert done.code == 3
    assert "wrong.yaml:14:9: error: no skill 'linea'" in done.err
    assert "did you mean 'linear'" in done.err


def test_labels_that_it_cannot_make(ccc: Ccc, tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "wrong.yaml").write_text(SUM.replace('"real[3, 4]", b: "real[3]"', '"real[2, 4]", b: "real[2]"'))
    done = ccc("train", "wrong.yaml", "--threads", 1)
    assert done.code == 3
    assert re.search(r"wrong.yaml:20:1: error: output 'sum' is [34] in a case, which the program cannot make", done.err)
    assert "it makes 3 labels, from 0 to 2" in done.err


def test_a_reference_is_not_overwritten(ccc: Ccc, tmp_path: Path) -> None:
    write_pictures(tmp_path)
    for name in ("pictures.npz", "sum.s"):
        before = (tmp_path / name).read_bytes()
        assert f"{name} would be overwritten" in ccc("train", "sum.yaml", "--resume", name).err
        assert (tmp_path / name).read_bytes() == before


def test_ctrl_c_while_it_is_run(ccc: Ccc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are trained by then, and kept."""
    command = ("train", SPECS / "iris_perceptron.yaml", "--epochs", 9, "--into", "learnt", "--resume", "state")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ccc.learn.soft.trained.check", interrupted)
        done = ccc(*command, "--plot", "loss.svg")
    assert done.code == 130
    assert done.out.startswith("iris_perceptron: interrupted: 5 weights, 9 epochs")
    assert done.out.splitlines()[-1] == "the same command goes on from here: state has it"
    assert (tmp_path / "loss.svg").exists()
    assert not list((tmp_path / "learnt").glob("iris*"))
    assert ccc(*command).out.splitlines()[-1] == "iris_perceptron has joined learnt"


def test_learn_skill_trains_too(ccc: Ccc, tmp_path: Path) -> None:
    done = ccc("learn-skill", SPECS / "iris_logistic.yaml", "--into", "learnt")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "iris_logistic has joined learnt"
    assert (tmp_path / "learnt" / "iris_logistic" / "iris_logistic.record.json").exists()


def test_a_curriculum_of_both_kinds(ccc: Ccc, tmp_path: Path) -> None:
    """What is trained rests on what is found: it waits for that."""
    folder = tmp_path / "specs"
    folder.mkdir()
    write_pictures(folder)
    (folder / "total.yaml").unlink()
    (folder / "sum.yaml").write_text(SCORED, encoding="utf-8")
    (folder / "plus.yaml").write_text(PLUS, encoding="utf-8")
    (folder / "again.yaml").write_text(AGAIN, encoding="utf-8")
    done = ccc("learn-skill", "specs", "--jobs", 1, "--into", "learnt", "--results", "results.jsonl")
    assert (done.code, done.err) == (0, "")
    assert "3 of 3 learnt" in done.out
    assert "changed: none" in done.out
    entries = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    learnt = [entry for entry in entries if entry["entry"] == "attempt" and entry["status"] == "learnt"]
    assert [entry["name"] for entry in learnt] == ["plus", "sum_of_kinds", "again"]
    parents = [entry["parents"] for entry in learnt[1:]]
    assert parents == [["linear", "argmax", "plus"], ["scored", "linear", "argmax", "add"]]
    other = SUM.replace("_kinds", "_all")
    (folder / "lost.yaml").write_text(other.replace("- add(", "- plu("), encoding="utf-8")
    again = ccc("learn-skill", "specs", "--jobs", 1, "--into", "learnt", "--results", "results.jsonl")
    assert again.code == 3
    assert "3 of 4 learnt" in again.out
    assert re.search(r"lost.yaml:19:5: error: no skill 'plu'", again.out + again.err)


def test_compose_says_that_weights_are_trained(ccc: Ccc) -> None:
    done = ccc("compose", SPECS / "iris_mlp.yaml")
    assert done.code == 3
    assert done.err.count("error:") == 1
    assert "the program is given, and its weights are to be found" in done.err
    assert "`ccc train`" in done.err


def test_what_diverges(ccc: Ccc, tmp_path: Path) -> None:
    text = (SPECS / "diabetes_linear.yaml").read_text(encoding="utf-8").replace("rate: 4.0", "rate: 1.0e+300")
    (tmp_path / "fast.yaml").write_text(text.replace("file: data", f"file: {SPECS / 'data'}"), encoding="utf-8")
    done = ccc("train", "fast.yaml", "--json")
    assert done.code == 2
    assert done.json["loss"] is None
    assert "training diverged" in done.json["problems"][0]
