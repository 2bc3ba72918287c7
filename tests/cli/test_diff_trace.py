"""`ccc diff-trace` in pieces, stopped, and naming where a Transformer departs. See test_neural.py for lockstep."""

from __future__ import annotations

import os
import signal

import pytest

from ccc.cli.render import Progress
from ccc.neural import departure
from ccc.trace import EVERY
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import QUIET, SUM

ADD = "execute.add.0.result.0.value[x]"
IN = ("--in", "3,4")
FULL_JSON = {
    "equal",
    "instructions",
    "every",
    "opcodes",
    "outputs",
    "reason",
    "first_difference",
    "departures",
    "checksum",
}


def test_two_emulators_are_compared_in_pieces(ccc: Ccc, save: Save) -> None:
    save(SUM)
    sides = ("--left", "emulator", "--right", "emulator")
    done = ccc("diff-trace", *sides, *IN)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "no difference: emulator and emulator",
        "instructions compared  13",
        "values put out         2",
        f"whole state compared   every {EVERY:,} instructions, and at the end",
        "ended by               halt",
        "opcodes covered        6: add 2, halt 1, in 3, jlt 3, jmp 2, out 2",
    ]
    found = ccc("diff-trace", *sides, *IN, "--json").json
    assert set(found) == FULL_JSON
    stepwise = ccc("diff-trace", *sides, *IN, "--json", "--every", 1).json
    assert found | {"every": 1} == stepwise


@pytest.mark.parametrize("every", [1, 2, 5, 1000])
def test_the_interval_changes_nothing_of_the_report(ccc: Ccc, save: Save, every: int) -> None:
    """With dense on one side, which keeps no checksum: the states are compared at intervals; halving does the rest."""
    save(SUM)
    options = ("diff-trace", *IN, "--perturb", f"{ADD}=2", "--json")
    done, expected = ccc(*options, "--every", every), ccc(*options)
    assert done.code == expected.code == 1
    assert done.json == expected.json | {"every": every}
    assert done.json["first_difference"]["step"] == 7


def test_equal_at_an_interval(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", *IN, "--json", "--every", 4)
    assert (done.code, done.json["instructions"], done.json["reason"]) == (0, 13, "halt")
    assert done.json["opcodes"] == {"in": 3, "jlt": 3, "add": 2, "out": 2, "jmp": 2, "halt": 1}


def test_opcodes_that_no_engine_counts(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", "--left", "dense", *IN, "--every", 100)
    assert done.out.splitlines()[-1] == "opcodes covered        not counted"


@pytest.mark.parametrize("every", ["0", "-1", "many"])
def test_intervals_that_are_none(ccc: Ccc, save: Save, every: str) -> None:
    save(SUM)
    assert ccc("diff-trace", "--every", every).code == 2


def test_where_a_transformer_departs(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", *IN, "--perturb", f"{ADD}=2")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[lines.index("") + 1 :] == [
        "dense departs from the constructed weights in step 7",
        "  sublayer   execute, expert add, its sublayer 0, unit result.0",
        "  token      cpu",
        "  direction  result",
        "  holds      10 instead of 7",
        "  searched   steps 0 to 7",
    ]


def test_where_a_transformer_departs_as_json(ccc: Ccc, save: Save) -> None:
    save(SUM)
    assert ccc("diff-trace", *IN, "--perturb", f"{ADD}=2", "--json").json["departures"] == [
        {
            "side": "right",
            "engine": "dense",
            "departure": {
                "step": 7,
                "layer": "execute",
                "token": "cpu",
                "direction": "result",
                "value": 10,
                "expected": 7,
                "head": None,
                "expert": "add",
                "expected_expert": None,
                "part": "0",
                "unit": "result.0",
            },
            "searched_steps": [[0, 7]],
            "note": "",
        }
    ]


def test_a_wrong_expert_in_words(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", *IN, "--perturb", "execute.router.sub[opcode]=1000")
    assert "  sublayer   execute, router: expert sub instead of in" in done.out.splitlines()


def test_a_head_in_words(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", *IN, "--perturb", "fetch.b.out0[b]=2")
    assert "  sublayer   fetch, head b" in done.out.splitlines()


def test_both_sides_may_be_transformers(ccc: Ccc, save: Save) -> None:
    save(SUM)
    left, right = ccc("diff-trace", "--left", "dense", *IN, "--perturb", f"{ADD}=2", "--json").json["departures"]
    assert (left["side"], right["side"]) == ("left", "right")
    assert left["departure"] is None
    assert "constructed weights" in left["note"]
    assert right["departure"]["expert"] == "add"


def test_why_nothing_was_searched(ccc: Ccc, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    save(SUM)
    monkeypatch.setattr(departure, "MAX_NUMBERS", 100)
    done = ccc("diff-trace", *IN, "--perturb", f"{ADD}=2")
    lines = done.out.splitlines()
    assert lines[lines.index("") + 1] == "dense: no departure from the constructed weights found"
    assert lines[-1].startswith("  because    not searched")


class Pressed:
    """Progress that presses Ctrl-C when it is told for the `at`-th time."""

    def __init__(self, at: int) -> None:
        self.told, self.at = 0, at

    def __call__(self, progress: Progress, done: int, limit: int | None = None) -> None:
        self.told += 1
        if self.told == self.at:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("options", [("--right", "emulator"), ("--right", "dense"), ("--every", "3")])
def test_ctrl_c_says_how_far_it_came(
    ccc: Ccc, save: Save, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    save(QUIET)
    monkeypatch.setattr(Progress, "update", Pressed(4))
    done = ccc("diff-trace", *options, "--json")
    assert (done.code, done.err) == (130, "")
    assert (done.json["equal"], done.json["reason"]) == (True, "interrupted")
    assert done.json["instructions"] == sum(done.json["opcodes"].values()) > 0
    monkeypatch.setattr(Progress, "update", Pressed(4))
    assert ccc("diff-trace", *options).out.startswith("no difference so far: emulator and ")


def test_both_sides_may_have_the_same_wrong_weights(ccc: Ccc, save: Save) -> None:
    save(SUM)
    wrong = ("--in", "3,4", "--left", "dense", "--right", "sparse", "--perturb", "execute.add.0.result.0.value[x]=2")
    assert ccc("diff-trace", *wrong).code == 1
    done = ccc("diff-trace", *wrong, "--both")
    assert done.code == 0
    assert "no difference: dense and sparse" in done.out
