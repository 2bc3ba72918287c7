"""`ccc explain` and `ccc lower`: what they show, what they write, what they say of mistakes."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from ccc.machine import write_image
from ccc.skills import costs
from ccc.skills.library import Library
from ccc.skills.lower import lowered_source
from ccc.skills.mixture import Mixture
from ccc.skills.mixture_run import mixture_image
from tests.cli.conftest import Ccc, Save
from tests.skills.mixtures import COUNTDOWN, DOT, FOLDERS, NEGATIVES, POLYNOMIAL, SOFT, library, read

LIBRARIES = [part for folder in FOLDERS for part in ("--library", str(folder))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("polynomial", POLYNOMIAL), ("soft", SOFT), ("dot", DOT)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_explain_a_mixture(ccc: Ccc, folder: Path) -> None:
    done = ccc("explain", str(folder / "polynomial.yaml"), *LIBRARIES)
    assert done.code == 0
    assert done.out.splitlines() == [
        "polynomial(x, y) -> z",
        "  1. times(a=x, b=y, y=t)",
        "  2. plus(a=t, b=x, y=z)",
        "",
        "rests on",
        "  polynomial (composed, hard)",
        "  |- times",
        "  `- plus",
        "",
        "a run: x=5 y=7",
        "  polynomial(x=x: 5, y=y: 7) -> z: 40",
        "    1. times(a=x: 5, b=y: 7) -> t: 35",
        "    2. plus(a=t: 35, b=x: 5) -> z: 40",
        done.out.splitlines()[-1],
    ]
    assert done.out.splitlines()[-1].startswith("  halted after ")


def test_explain_shows_weights_where_it_is_soft(ccc: Ccc, folder: Path) -> None:
    done = ccc("explain", str(folder / "soft.yaml"), "x=5", "y=7", *LIBRARIES)
    assert done.code == 0
    assert "1. 0.7 rmul(a=x, b=(0.25 x + 0.75 y), y=t) + 0.1 nop + 0.2 radd(" in done.out
    assert "    1. 0.7 rmul(a=x: 5, b=(0.25 x + 0.75 y): 6.5) -> t: 32.5" in done.out.splitlines()


def test_explain_an_image_without_any_library(ccc: Ccc, folder: Path) -> None:
    image = folder / "state.bin"
    write_image(image, mixture_image(read(NEGATIVES), library(), {"x": [1, -2]}))
    done = ccc("explain", str(image))
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:3] == ["negatives(x; n) -> s", "  n times:", "      1. if x+ <= 0: plus(a=x+, b=s, y=s)"]
    assert "    1. plus(a=x+: -2, b=s: 0) -> s: -2" in lines


def test_explain_a_learnt_skill_down_to_atoms(ccc: Ccc, folder: Path) -> None:
    """A skill that calls a lowered one, which calls atoms."""
    learnt = folder / "learnt"
    learnt.mkdir()
    (learnt / "dot.s").write_text(lowered_source(read(DOT), library()), encoding="utf-8")
    assert ccc("lower", str(folder / "dot.yaml"), "-o", str(learnt / "dot.s"), "--card", *LIBRARIES).code == 0
    outer = folder / "square.yaml"
    outer.write_text(
        """
mixture: square
kind: integer
inputs: {x: "int[n]"}
outputs: {s: int}
constants: {n: int}
steps:
  - dot: [x, x, s, n]
tests: [{x: [1, 2, 3], n: 3, s: 14}]
""",
        encoding="utf-8",
    )
    done = ccc("explain", str(outer), "--library", str(learnt), *LIBRARIES)
    assert done.code == 0
    assert "  square (composed, hard)\n  `- dot\n     |- times\n     `- plus\n" in done.out
    assert "    1. dot(x=x: [1, 2, 3], y=x: [1, 2, 3], n=n: 3) -> s: 14" in done.out.splitlines()
    assert "      times(a=x: 1, b=x: 1) -> " in done.out
    assert "      times(a=x[2]: 3, b=y[2]: 3) -> " in done.out
    found = ccc("explain", "dot", "--library", str(learnt), *LIBRARIES, "--json").json
    assert next((skill["name"], skill["calls"]) for skill in found["skills"]) == ("dot", ["times", "plus"])
    assert found["run"]["calls"][0]["slots"][-2]["after"] == [32]


def test_explain_an_image_without_skills(ccc: Ccc, save: Save) -> None:
    done = ccc("explain", save("halt"))
    assert done.code == 2
    assert "has no skills" in done.err


def test_explain_says_which_term_faulted(ccc: Ccc, folder: Path) -> None:
    done = ccc("explain", str(folder / "polynomial.yaml"), "x=0.5", "y=2", *LIBRARIES)
    assert done.code == 0
    assert "fault integer" in done.out
    assert done.out.splitlines()[-1] == "  in polynomial: step 1, times, round 1"


def test_lower_prints_costs_and_writes_a_skill(ccc: Ccc, folder: Path) -> None:
    output = folder / "out" / "dot.s"
    output.parent.mkdir()
    done = ccc("lower", str(folder / "dot.yaml"), "-o", str(output), "--inline", "--card", "--json", *LIBRARIES)
    assert done.code == 0
    said = done.json
    assert said["passed"]
    costs = said["tests"][0]["instructions"]
    assert costs["inlined"] < costs["calls"] < costs["composed"]
    libraries = ["--library", str(output.parent), *LIBRARIES]
    assert ccc("skills", "show", "dot", "--json", *libraries).json["costs"][0] == costs["inlined"]
    call = ccc("explain", str(folder / "dot.yaml"), "--json", *LIBRARIES).json["run"]["calls"][0]
    assert (call["skill"], call["instructions"]) == ("dot", costs["composed"])
    card = Library([output.parent, *FOLDERS]).card("dot")
    assert card.generation == 1
    assert [str(slot) for slot in card.slots] == ["x: int[n]", "y: int[n]", "s: int", "n: int"]
    assert ccc("skills", "test", "dot", "--engine", "emulator", "--library", str(output.parent), *LIBRARIES).code == 0


def test_lower_says_where_a_test_fails(ccc: Ccc, folder: Path) -> None:
    wrong = folder / "wrong.yaml"
    wrong.write_text(POLYNOMIAL.replace("z: 40", "z: 41"), encoding="utf-8")
    done = ccc("lower", str(wrong), "-o", str(folder / "wrong.s"), *LIBRARIES)
    assert done.code == 1
    assert "NOT WHAT THE TEST SAYS" in done.out
    assert "x=5 y=7: composed: z: expected 41 (the test), found 40" in done.out.splitlines()
    assert done.out.splitlines()[-1].endswith("wrong.s has been written all the same")
    (found,) = ccc("lower", str(wrong), *LIBRARIES, "--json").json["tests"][0]["mismatches"]
    assert found == {"form": "composed", "what": "z", "wanted_by": "the test", "wanted": "41", "found": "40"}


def test_lower_says_which_fault_at_which_width(ccc: Ccc, folder: Path) -> None:
    wrong = folder / "wrong.yaml"
    wrong.write_text(
        POLYNOMIAL.replace("{x: 5, y: 7, z: 40}", "{x: 5, y: 7, fault: integer, width: 8}"), encoding="utf-8"
    )
    done = ccc("lower", str(wrong), *LIBRARIES)
    assert done.code == 1
    assert "x=5 y=7, 8 bits: composed: end: expected fault integer (the test), found no fault" in done.out


def test_lower_says_where_the_forms_differ(ccc: Ccc, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = costs.form_source

    def broken(mixture: Mixture, found: Library, form: str) -> str:
        source = real(mixture, found, form)
        return source.replace("plus", "times") if form == "calls" else source

    monkeypatch.setattr(costs, "form_source", broken)
    done = ccc("lower", str(folder / "polynomial.yaml"), *LIBRARIES)
    assert done.code == 1
    assert "THE FORMS DIFFER" in done.out
    assert "x=5 y=7: calls: z: expected 40 (composed), found 175" in done.out.splitlines()


ENDLESS = COUNTDOWN.replace("minus: -1", "minus: 0")


def test_lower_stops_what_does_not_end(ccc: Ccc, folder: Path) -> None:
    (folder / "endless.yaml").write_text(ENDLESS, encoding="utf-8")
    done = ccc("lower", str(folder / "endless.yaml"), *LIBRARIES)
    assert done.code != 0
    assert "test 1, composed: 'countdown' did not end within 10,000,000 instructions" in done.err
    assert not Path("countdown.s").exists()


def test_lower_hears_ctrl_c(ccc: Ccc, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "endless.yaml").write_text(ENDLESS, encoding="utf-8")
    monkeypatch.setattr(costs, "MAX_STEPS", 1 << 50)
    threading.Timer(2.0, signal.raise_signal, [signal.SIGINT]).start()
    done = ccc("lower", str(folder / "endless.yaml"), *LIBRARIES)
    assert done.code == 130
    assert not Path("countdown.s").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lower", "soft.yaml"), "`ccc lower --composed` writes the tables of a soft one"),
        (("lower", "dot.yaml", "-o", "dot.s", "--card"), "give another folder"),
        (("lower", "dot.yaml", "--inline", "--composed"), "--inline and --composed"),
        (("explain", "tmies"), "did you mean 'times'?"),
        (("explain", "dot.yaml", "q=1"), "no slot 'q'"),
        (("explain", "dot.yaml", "x=1,2"), "no value for slot 'y'"),
        (("explain", "missing.yaml"), "missing.yaml"),
    ],
)
def test_mistakes(
    ccc: Ccc, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(folder)
    done = ccc(*arguments, *LIBRARIES)
    assert done.code in (2, 3, 6)
    assert message in done.err
    assert "Traceback" not in done.err
