"""`ccc train`: a program found by gradient descent, from the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch.distributed.run import get_args_parser

from ccc.cli.compose import write_program
from ccc.cli.options import refuse_same_target
from ccc.cli.render_learn import SearchProgress
from ccc.cli.train import command as train_command
from ccc.errors import UsageError
from ccc.learn.attempt import Attempt
from ccc.learn.gradient import Gradient, Options
from ccc.learn.gradient.curves import Place, Point, said
from ccc.learn.joining import join
from ccc.learn.model import Budget, Progress, Spec
from ccc.learn.spec import read_spec
from tests.architecture.source_tree import ROOT
from tests.cli.conftest import Ccc
from tests.learn.gradient.sketches import PAIR, PAIRS, search_of
from tests.learn.specs import write_spec

QUICK = ("--restarts", 64, "--iterations", 100, "--seconds", 300, "--threads", 1)


def test_train(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "plus_product", "x * y + y")
    done = ccc("train", "plus_product.yaml", "-o", "found.yaml", *QUICK)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("plus_product: learnt by gradient: ")
    assert "emulator and Transformer agree, bit for bit" in done.out
    assert done.out.splitlines()[-1] == "written: found.yaml"
    assert "-> z: 10" in ccc("explain", "found.yaml", "x=4", "y=2").out


def test_one_step_is_one_step(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "plus", "x + y", use="[add]")
    lines = ccc("train", "plus.yaml", "--into", "learnt", *QUICK).out.splitlines()
    assert any(line.startswith("1 step; ") for line in lines)
    assert "length    1 step\n" in ccc("explain", "plus", "--library", "learnt").out


def test_the_same_seed_gives_the_same(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "twice_minus", "x + x - y", use="[add, sub]")
    first, second = (ccc("train", "twice_minus.yaml", "--seed", 3, "--json", *QUICK).json for _ in range(2))
    assert (first["status"], first["method"]) == ("learnt", "gradient")
    for result in (first, second):
        assert result.pop("seconds") > 0
    assert first == second


def test_curves(ccc: Ccc, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    write_spec(tmp_path, "plus_product", "x * y + y", use="[add, mul]")
    assert ccc("train", "plus_product.yaml", "--tensorboard", "log", "--plot", "curves.svg", *QUICK).code == 0
    assert "plus_product, trained by gradient descent" in (tmp_path / "curves.svg").read_text(encoding="utf-8")
    assert [path.name[:10] for path in (tmp_path / "log").iterdir()] == ["events.out"]


def test_torchrun_takes_no_option_for_its_own() -> None:
    """torchrun refuses, wherever they stand, words that may be short for several of its options."""
    own = [word for action in get_args_parser()._actions for word in action.option_strings]
    assert "--log-dir" in own
    options = [word for option in train_command.params for word in option.opts if word.startswith("-")]
    assert "--tensorboard" in options
    assert [(word, one) for word in options for one in own if one.startswith(word) and one != word] == []


def test_resume(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "odd", "x * 7919 % 101")
    command = ("train", "odd.yaml", "--resume", "state", "--restarts", 16, "--threads", 1, "--seconds", 2)
    first = ccc(*command, "--json").json
    second = ccc(*command, "--json").json
    assert second["candidates"] >= first["candidates"]
    assert second["seconds"] > first["seconds"], "of both together"
    before = (tmp_path / "state").read_bytes()
    for other, name in ((("--seed", 7), "seed"), (("--rate", 0.1), "options")):
        done = ccc(*command, *other)
        assert done.code == 2
        assert f"state is the state of another training: not the same {name}" in done.err
        assert "hint: a training goes on with the same spec" in done.err
    assert (tmp_path / "state").read_bytes() == before


@pytest.mark.slow
def test_ctrl_c_and_kill_lose_nothing(ccc: Ccc, tmp_path: Path) -> None:
    """A run that is interrupted, and then killed, comes to what it would have come to at once."""
    command = ["train", str(ROOT / "skills" / "gradient" / "distance.yaml"), "--base", "atoms", "--restarts", "512"]
    command += ["--seconds", "600", "--threads", "1", "--json"]
    at_once = ccc(*command, "--plot", "at_once.svg").json
    for number in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.hasty", *command, "--resume", "state"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        before = (tmp_path / "state").read_bytes() if (tmp_path / "state").exists() else b""
        end = time.monotonic() + 300
        while time.monotonic() < end and process.poll() is None:
            if (tmp_path / "state").exists() and (tmp_path / "state").read_bytes() != before:
                break
            time.sleep(0.1)
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL), err
        assert "Traceback" not in err
        assert number == signal.SIGKILL or json.loads(out)["status"] == "interrupted"
    went_on = ccc(*command, "--resume", "state", "--plot", "went_on.svg").json
    assert went_on.pop("seconds") > 0
    assert at_once.pop("seconds") > 0
    assert went_on == at_once
    assert (tmp_path / "went_on.svg").read_bytes() == (tmp_path / "at_once.svg").read_bytes()


def test_not_learnt(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "odd", "x * 7919 % 101")
    done = ccc("train", "odd.yaml", "-o", "found.yaml", "--seconds", 2, "--restarts", 16, "--threads", 1)
    assert done.code == 2
    assert done.out.startswith("odd: not learnt: ")
    assert not (tmp_path / "found.yaml").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--restarts", 0),
        ("--temperature", 1, 0),
        ("--gates", "hard"),
        ("--firm", 2),
        ("--rate", "nan"),
        *((f"--{name}", "1000001") for name in ("rate", "spread", "entropy", "sparsity", "decay")),
        ("--temperature", 1, "1e300"),
        ("--temperature", "1e300", 1),
        ("--samples", 257),
        ("--restarts", 4097, "--samples", 255),
        ("--restarts", 1 << 20, "--samples", 1),
        ("-o", "odd.yaml"),
        ("-o", "no/where.yaml"),
        ("--plot", "odd.yaml"),
        ("--plot", "curves.jpg"),
        ("--plot", "no/where.svg"),
        ("--tensorboard", "odd.yaml"),
        ("--resume", "odd.yaml"),
        ("--resume", "no/where"),
    ],
)
def test_wrong_options(ccc: Ccc, tmp_path: Path, wrong: tuple[object, ...]) -> None:
    path = write_spec(tmp_path, "odd", "x * 7919 % 101")
    before = path.read_text()
    done = ccc("train", "odd.yaml", *wrong)
    assert done.code != 0
    assert (done.out, "rror" in done.err) == ("", True)
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ((), {"OMP_NUM_THREADS": "3"}, 3),
        (("--threads", 5), {"OMP_NUM_THREADS": "3"}, 5),
        ((), {}, 8),
        ((), {"OMP_NUM_THREADS": "1", "LOCAL_WORLD_SIZE": "2"}, 4),
    ],
)
def test_threads(
    ccc: Ccc,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[object, ...],
    environment: dict[str, str],
    expected: int,
) -> None:
    """Of 8 cores; torchrun says that its processes have one thread each, which no user has asked for."""
    used: list[int] = []
    monkeypatch.setattr("ccc.cli.train.use_threads", used.append)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    for name in ("OMP_NUM_THREADS", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ccc("train", "missing.yaml", *options).code == 6
    assert used == [expected]


@pytest.mark.parametrize(
    "same",
    [
        ("-o", "x", "--resume", "x"),
        ("-o", "p.svg", "--plot", "./p.svg"),
        ("--resume", "link.svg", "--plot", "p.svg"),
        ("--tensorboard", "x", "--into", "y/../x"),
        ("-o", "x.yaml", "--into", "x.parts"),
    ],
)
def test_two_options_that_would_write_one_file(ccc: Ccc, tmp_path: Path, same: tuple[str, ...]) -> None:
    write_spec(tmp_path, "odd", "x * 7919 % 101")
    (tmp_path / "y").mkdir()
    (tmp_path / "link.svg").symlink_to("p.svg")
    before = sorted(tmp_path.iterdir())
    done = ccc("train", "odd.yaml", *same)
    assert (done.code, done.out) == (2, "")
    assert "would be written by both" in done.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_device_may_be_named_twice(tmp_path: Path) -> None:
    refuse_same_target({"-o": "/dev/null", "--resume": "/dev/null", "--plot": None})
    with pytest.raises(UsageError, match="x would be written by both -o and --resume"):
        refuse_same_target({"-o": str(tmp_path / "x"), "--resume": tmp_path / "x"})


@pytest.mark.parametrize("option", ["-o", "--into", "--resume", "--tensorboard", "--plot"])
def test_names_are_not_empty(ccc: Ccc, tmp_path: Path, option: str) -> None:
    write_spec(tmp_path, "odd", "x * 7919 % 101")
    done = ccc("train", "odd.yaml", option, "")
    assert (done.code, done.out) == (2, "")
    assert option in done.err
    assert "the name is empty" in done.err


def test_learn_skill_by_gradient(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "plus_product", "x * y + y")
    done = ccc("learn-skill", "plus_product.yaml", "--method", "gradient", "--threads", 1)
    assert done.code == 0
    assert "plus_product has joined learnt" in done.out


def test_into_a_library(ccc: Ccc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_spec(tmp_path, "plus_product", "x * y + y", use="[add, mul]")
    command = ("train", "plus_product.yaml", "--into", "learnt", *QUICK)
    done = ccc(*command)
    assert (done.code, done.out.splitlines()[-1]) == (0, "plus_product has joined learnt")

    def never(*_: object) -> None:
        raise AssertionError("nothing is to be trained")

    monkeypatch.setattr(Gradient, "search", never)
    again = ccc(*command)
    assert (again.code, again.out) == (0, "plus_product is learnt already, in learnt; nothing was trained or written\n")
    said = {"name": "plus_product", "status": "learnt", "again": True, "into": "learnt"}
    assert ccc(*command, "--json").json == said
    path.write_text(path.read_text(encoding="utf-8").replace("What", "What else"), encoding="utf-8")
    for one in (command, ("learn-skill", "plus_product.yaml"), (*command, "--json")):
        other = ccc(*one)
        assert (other.code, other.out) == (2, "")
        assert "learnt has another skill 'plus_product' already, learnt from another spec" in other.err


def test_what_another_process_puts_there_meanwhile(ccc: Ccc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, or another skill of this name, which is not what was asked for."""
    spec = write_spec(tmp_path, "plus", "x + y", use="[add]")
    there: list[Spec] = []

    def join_later(result: Attempt, *rest: Any) -> bool:
        assert join(replace(result, spec=there[0]), *rest)
        return False

    monkeypatch.setattr("ccc.learn.joining.join", join_later)
    there[:] = [read_spec(spec)]
    done = ccc("train", "plus.yaml", "--into", "one", *QUICK)
    assert (done.code, done.out.splitlines()[-1]) == (0, "plus is in one now, put there meanwhile")
    there[:] = [replace(there[0], checksum="other")]
    for number, json_option in enumerate(((), ("--json",))):
        done = ccc("train", "plus.yaml", "--into", f"other_{number}", *QUICK, *json_option)
        assert done.code == 2
        assert "plus" in done.out
        assert "has another skill 'plus' already, learnt from another spec" in done.err


def test_what_a_spec_is_made_of_is_not_overwritten(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    head = "spec: plus\nkind: integer\ndescription: A sum.\ninputs: {x: int, y: int}\noutputs: {z: int}\nuse: [add]\n"
    (tmp_path / "data" / "plus.csv").write_text("x,y,z\n1,2,3\n2,2,4\n", encoding="utf-8")
    (tmp_path / "plus.yaml").write_text(head + "file: {train: data/plus.csv}\n", encoding="utf-8")
    before = (tmp_path / "data" / "plus.csv").read_bytes()
    for command in ("train", "compose"):
        for option in ("-o", "--resume"):
            done = ccc(command, "plus.yaml", option, "data/../data/plus.csv", "--threads", 1)
            assert (done.code, done.out) == (2, "")
            assert "would be overwritten: it is the input" in done.err
    assert (tmp_path / "data" / "plus.csv").read_bytes() == before


def test_progress_says_what_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(SearchProgress, "draw", lambda self, what: drawn.append(str(what)))
    progress = SearchProgress("far", Budget(600.0))
    problem = search_of(PAIR, lambda a, b: {"y": (a * 7919 + b * b * 31) % 101}, PAIRS).problem
    list(Gradient(Options(restarts=8, iterations=40)).search(problem, Budget(600, 3_000), 0, progress.update))
    assert drawn[0] == "far: getting ready; what was not used before is compiled"
    assert drawn[1].startswith("far: gradient, 0 candidates")
    for screen in drawn[2:]:
        head, far, *doing = screen.splitlines()
        assert re.fullmatch(r"far: gradient, \S+ candidates, \S+( \S+illion| thousand)? a second", head)
        assert re.fullmatch(r"\d of 600 s, best \d+\.\d%", far)
    assert re.fullmatch(r"\d steps?, batch 1, [24]0/40: loss \S+, best \S+(, mending)?", *doing)


def test_progress_fits_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(SearchProgress, "draw", lambda self, what: drawn.append(str(what)))
    progress = SearchProgress("counted_distances", Budget(86_400.0))
    progress.update(Progress("gradient", 0, 0, 0, 0.0))
    assert progress._start is not None
    progress._start -= 3_600
    drawn.clear()
    place = Place(20, "4 steps, n times, 1 states", (), 99, 0)
    point = Point(place, 100, *(0.1234, 0.0567, 0.5, 0.25, 0.0), np.zeros((4, 0)))
    doing = f"{said(point, Options(iterations=100))}, mending"
    assert doing == "4 steps, n times, 1 states, batch 100, 100/100: loss 0.123, best 0.0567, mending"
    progress.update(Progress("gradient", 4, 123_456_789, 0, 0.9876, doing=doing))
    progress.update(Progress("enumerate", 4, 123_456_789, 1_230_000, 0.9876))
    assert [line for screen in drawn for line in screen.splitlines() if len(line) > 80] == []
    assert drawn[1].splitlines()[1] == "3600 of 86400 s, best 98.8%, size 4, 1.23 million kept"


def test_a_library_that_nothing_joins_is_not_made(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "plus", "x + y", use="[no_such_skill]")
    write_spec(tmp_path, "far", "(x * 7919 + y * y * 31) % 101", use="[neg]")
    assert ccc("train", "plus.yaml", "--into", "one").code == 3
    assert ccc("train", "far.yaml", "--into", "two", *QUICK, "--seconds", 0.1).code == 2
    assert ccc("learn-skill", "far.yaml", "--into", "three", "--candidates", 9, "--threads", 1).code == 2
    assert not [name for name in ("one", "two", "three") if (tmp_path / name).exists()]


def test_ctrl_c_comes_too_late_once_it_is_found(ccc: Ccc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_spec(tmp_path, "plus", "x + y", use="[add]")
    write, before = write_program, signal.getsignal(signal.SIGINT)

    def interrupted(*arguments: Any) -> list[Path]:
        os.kill(os.getpid(), signal.SIGINT)
        return write(*arguments)

    monkeypatch.setattr("ccc.cli.train.write_program", interrupted)
    done = ccc("train", "plus.yaml", "-o", "plus.mixture", "--into", "learnt", *QUICK)
    assert (done.code, done.out.splitlines()[-1]) == (0, "plus has joined learnt")
    assert (tmp_path / "plus.mixture").exists()
    assert signal.getsignal(signal.SIGINT) is before


MATRIX = (
    "kind: integer\ndescription: A sum.\ninputs: {x: 'int[m, n]'}\noutputs: {y: int}\nconstants: {m: int, n: int}\n"
)
VECTORS = "kind: integer\ndescription: A sum.\ninputs: {x: 'int[n]'}\noutputs: {y: int}\nconstants: {n: int}\n"


@pytest.mark.parametrize(
    ("head", "use", "cases", "said"),
    [
        (MATRIX, "add", ("[[1, 2]]", "[[3, 4]]"), "'x' is a matrix, and gradient descent learns functions of cells"),
        (VECTORS, "mov", ("[1, 2]", "[3, 4]"), "no part computes something from single cells"),
    ],
    ids=["matrix", "copy"],
)
def test_what_cannot_be_trained_is_said(
    ccc: Ccc, tmp_path: Path, head: str, use: str, cases: tuple[str, str], said: str
) -> None:
    one, other = cases
    text = f"spec: one\n{head}use: [{use}]\nexamples: {{train: [{{x: {one}, y: 3}}, {{x: {other}, y: 7}}]}}\n"
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    done = ccc("train", "one.yaml", "--threads", 1)
    assert said in done.err
    assert "`ccc compose`" in done.err
    assert (done.code, done.out) == (2, "")


def test_parts_that_are_left_out_are_said(ccc: Ccc, tmp_path: Path) -> None:
    cases = "[{x: [1, 2], y: 3}, {x: [3, 4, 7], y: 14}, {x: [-5], y: -5}, {x: [], y: 0}]"
    (tmp_path / "total.yaml").write_text(f"spec: total\n{VECTORS}use: [add]\nexamples: {{train: {cases}}}\n")
    assert ccc("learn-skill", "total.yaml", "--into", "learnt", "--threads", 1).code == 0
    odd = cases.replace("14", "15").replace("-5}", "8}")
    (tmp_path / "odd.yaml").write_text(f"spec: odd\n{VECTORS}use: [add, total]\nexamples: {{train: {odd}}}\n")
    done = ccc("train", "odd.yaml", "--library", "learnt", *QUICK, "--seconds", 0.2)
    assert (done.code, done.out.splitlines()[-1].split(" (")[0]) == (2, "left out: total")
