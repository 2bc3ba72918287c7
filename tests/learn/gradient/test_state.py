"""A training that was interrupted and goes on comes to what it would have come to at once, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ccc.errors import CccError, FileError, UsageError
from ccc.learn.attempt import program_lines
from ccc.learn.gradient import Gradient, Options
from ccc.learn.gradient.curves import Curves
from ccc.learn.gradient.descent import Adam
from ccc.learn.gradient.state import _FILE, TrainingState, identity
from ccc.learn.gradient.training import Training
from ccc.learn.model import Budget, Found, Progress
from ccc.learn.state import Past, SearchState
from tests.learn.gradient.sketches import PAIR, PAIRS, search_of

SMALL = Options(restarts=16, iterations=45, repair=4, rounds=2)
CASES: dict[str, tuple[Options, int]] = {
    "as it is": (SMALL, 15_000),
    "noise and samples": (replace(SMALL, gumbel=True, samples=2), 15_000),
    "decisions": (replace(SMALL, restarts=8, iterations=25, decide=True, tune=3), 15_000),
    "in double, few steps": (replace(SMALL, double=True, sparsity=0.1), 15_000),
    "gates by state": (replace(SMALL, gates="state", repair=2), 40_000),
}


WANTED = search_of(PAIR, lambda a, b: {"y": a + 2 * b}, PAIRS).problem
"""Several programs are right on all cases."""
CHOOSING = search_of(PAIR, lambda a, b: {"y": a + 2 * b}, PAIRS, "add sub cmov_le").problem
"""With a part that gates harden to."""


def attempt(
    state: TrainingState | None, options: Options, most: int, *, stop_at: int = -1, curves: Curves | None = None
) -> tuple[list[Found], int]:
    """What is given, and the candidates. stop_at: the step of Adam at which somebody presses Ctrl-C."""
    problem = CHOOSING if options.gates == "state" else WANTED
    method = Gradient(options, [curves.add] if curves is not None else [])
    if state is not None:
        method.go_on(state)
    heard: list[Progress] = []
    found: list[Found] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "step", stopping(stop_at))
        try:
            found += method.search(problem, Budget(600.0, most), 0, heard.append)
        except KeyboardInterrupt:
            assert state is not None
            state.keep(Past(), at_once=True)
    return found, heard[-1].candidates if heard else 0


def stopping(stop_at: int) -> Callable[[Training], torch.Tensor]:
    """A step, in the midst of which a key is pressed once."""
    step, left = Training.step, [stop_at]

    def stopped(self: Training) -> torch.Tensor:
        left[0] -= 1
        if left[0] == -1 and stop_at >= 0:
            raise KeyboardInterrupt
        return step(self)

    return stopped


@cache
def at_once(case: str) -> tuple[list[Found], int, list[Any], Any]:
    curves = Curves()
    found, candidates = attempt(None, *CASES[case], curves=curves)
    assert len(found) > 1
    return found, candidates, curves.rows, curves.alpha()[1]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stops", [(0,), (20, 3), (44, 1, 1), (45, 70), (100,)])
def test_nothing_is_lost(case: str, stops: tuple[int, ...], tmp_path: Path) -> None:
    options, most = CASES[case]
    what = identity(WANTED, "spec", 0, options)
    expected, candidates, rows, alpha = at_once(case)
    found: list[Found] = []
    for stop_at in (*stops, -1):
        curves = Curves()
        state = TrainingState(tmp_path / "state", identity=what, curves=curves)
        some, count = attempt(state, options, most, stop_at=stop_at, curves=curves)
        found += some
    assert count == candidates
    programs = {program_lines(one): one.candidates for one in found}
    assert list(programs.items()) == [(program_lines(one), one.candidates) for one in expected]
    assert curves.rows == rows
    assert np.array_equal(curves.alpha()[1], alpha)


@pytest.mark.parametrize("most", [800, 2_500, 4_000, 7_000, 10_000])
def test_a_budget_that_was_used_up_is_no_end(most: int, tmp_path: Path) -> None:
    """Also in the midst of mending, which is then done again."""
    options, whole = CASES["as it is"]
    what = identity(WANTED, "spec", 0, options)
    state = TrainingState(tmp_path / "state", identity=what)
    first, count = attempt(state, options, most)
    assert most <= count < whole
    state.keep(Past(), at_once=True)
    rest, candidates = attempt(TrainingState(tmp_path / "state", identity=what), options, whole)
    expected = at_once("as it is")
    assert candidates == expected[1]
    assert [program_lines(one) for one in (*first, *rest)] == [program_lines(one) for one in expected[0]]


def test_files_of_one_moment_are_equal(tmp_path: Path) -> None:
    options, most = CASES["as it is"]
    what = identity(WANTED, "spec", 0, options)
    for name, stops in (("one", (60,)), ("two", (13, 47))):
        for stop_at in stops:
            attempt(TrainingState(tmp_path / name, identity=what), options, most, stop_at=stop_at)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_programs_that_were_given_are_not_given_again(tmp_path: Path) -> None:
    """Somebody presses Ctrl-C while a program is verified: it is given again. The ones before are not."""
    options, most = CASES["as it is"]
    what = identity(WANTED, "spec", 0, options)
    every = at_once("as it is")[0]
    state = TrainingState(tmp_path / "state", identity=what)
    method = Gradient(options)
    method.go_on(state)
    giving = method.search(WANTED, Budget(600.0, most), 0, lambda progress: None)
    first = [next(giving), next(giving)]
    state.keep(Past(), at_once=True)
    rest, _ = attempt(TrainingState(tmp_path / "state", identity=what), options, most)
    assert [program_lines(one) for one in (first[0], *rest)] == [program_lines(one) for one in every]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    options, most = CASES["as it is"]
    state = TrainingState(tmp_path / "state", identity=identity(WANTED, "spec", 0, options))
    attempt(state, options, most, stop_at=30)
    return tmp_path / "state"


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (("other", 0, SMALL), "not the same spec"),
        (("spec", 1, SMALL), "not the same seed"),
        (("spec", 0, replace(SMALL, rate=0.1)), "not the same options"),
        (("spec", 0, replace(SMALL, sparsity=0.1)), "not the same options"),
        (("spec", 0, replace(SMALL, double=True)), "not the same options"),
        (("spec", 0, replace(SMALL, gates="state")), "not the same options"),
    ],
)
def test_a_file_of_another_training_is_refused(written: Path, other: tuple[str, int, Options], what: str) -> None:
    before = written.read_bytes()
    with pytest.raises(UsageError, match=what):
        TrainingState(written, identity=identity(WANTED, *other))
    assert written.read_bytes() == before


def test_other_skills_and_versions_are_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = replace(WANTED, parts=WANTED.parts[1:])
    with pytest.raises(UsageError, match="not the same skills"):
        TrainingState(written, identity=identity(fewer, "spec", 0, SMALL))
    monkeypatch.setattr("ccc.learn.gradient.state.__version__", "99")
    with pytest.raises(UsageError, match="not the same version of ccc"):
        TrainingState(written, identity=identity(WANTED, "spec", 0, SMALL))


def broken(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    tensors, metadata = _FILE.read(path)
    header = json.loads(metadata["state"])
    change(header, tensors)
    path.write_bytes(_FILE.encode(tensors, {"state": json.dumps(header)}))


@pytest.mark.parametrize(
    "change",
    [
        lambda header, tensors: header.pop("course"),
        lambda header, tensors: header.pop("candidates"),
        lambda header, tensors: header["course"].update(arm=999),
        lambda header, tensors: header["course"].update(arm=-1),
        lambda header, tensors: header["course"].update(iteration=1.5),
        lambda header, tensors: header["course"].update(batches=[]),
        lambda header, tensors: header["course"].pop("exhausted"),
        lambda header, tensors: header["curves"].pop("names"),
        lambda header, tensors: tensors.pop("soft"),
        lambda header, tensors: tensors.update({"logits.0": np.zeros((1, 2))}),
        lambda header, tensors: tensors.update({"mean.0": np.zeros(3)}),
        lambda header, tensors: tensors.update({"curves": np.zeros((2, 2))}),
        lambda header, tensors: tensors.update({"given.0": np.full((1, 3), 1e6)}),
        lambda header, tensors: tensors.update({"given.0": np.full((1, 100), -1.0)}),
    ],
)
def test_damaged_files_are_refused(written: Path, change: Callable[[Any, Any], None]) -> None:
    broken(written, change)
    with pytest.raises(FileError, match="is no state of a "):
        attempt(TrainingState(written, identity=identity(WANTED, "spec", 0, SMALL), curves=Curves()), SMALL, 15_000)


def test_a_bit_that_is_not_what_it_was_is_noticed(written: Path) -> None:
    """Wherever it is; also where the file is as sound as before."""
    whole = written.read_bytes()
    what = identity(WANTED, "spec", 0, SMALL)
    header = whole.index(b'\\"candidates\\": ') + len(b'\\"candidates\\": ')
    for place in (header, *range(len(whole) // 2, len(whole), len(whole) // 20), len(whole) - 1):
        written.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(FileError, match="the checksum does not match: the file was changed or damaged"):
            TrainingState(written, identity=what)
    written.write_bytes(whole)
    TrainingState(written, identity=what)


def test_files_of_other_kinds_are_refused(written: Path, tmp_path: Path) -> None:
    what = identity(WANTED, "spec", 0, SMALL)
    SearchState(tmp_path / "search.json", identity="x").keep(Past(), at_once=True)
    (tmp_path / "short").write_bytes(written.read_bytes()[:-9])
    for name in ("search.json", "short"):
        with pytest.raises(FileError, match=r"state of a training|does not fit the file"):
            TrainingState(tmp_path / name, identity=what)
    with pytest.raises(CccError, match="no state of a search"):
        SearchState(written, identity="x")


def test_a_state_in_the_midst_of_a_change_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    state = TrainingState(tmp_path / "state", identity=identity(WANTED, "spec", 0, SMALL))

    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    method = Gradient(SMALL)
    method.go_on(state)
    monkeypatch.setattr(Adam, "move", pressed)
    with pytest.raises(KeyboardInterrupt):
        next(method.search(WANTED, Budget(600.0, 15_000), 0, lambda progress: None))
    state.keep(Past(), at_once=True)
    assert not state.path.exists()
