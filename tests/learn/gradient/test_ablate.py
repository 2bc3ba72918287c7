"""`scripts/ablate`: what it is given, and what it goes on from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.scripts import load_script

ABLATE = load_script("ablate")
LEARNT = {"name": "distance", "variant": "as it is", "seed": 0, "budget": 30.0, "learnt": True, "seconds": 2.5}
TASK = {"kind": "task", **LEARNT, "candidates": 9}
RESTARTS = {"kind": "restarts", "name": "distance", "variant": "as it is", "seed": 0, "restarts": 256, "share": 0.25}


def show(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["ablate", "--show", *arguments])
    ABLATE.main()


def test_it_shows_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text(f"{json.dumps(TASK)}\n{json.dumps(RESTARTS)}\n", encoding="utf-8")
    show(monkeypatch, "--out", str(tmp_path / "out"))
    shown = capsys.readouterr().out
    assert "1 of 1, 2.5 s" in shown
    assert "25.00%" in shown


def test_it_shows_what_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of some tasks and seeds, within fewer seconds than were given."""
    others = [TASK | {"name": "parabola", "seed": 1}, TASK | {"seed": 1, "seconds": 9.5}, TASK | {"seed": 2}]
    lines = "".join(f"{json.dumps(entry)}\n" for entry in (TASK, *others))
    (tmp_path / "out").write_text(lines, encoding="utf-8")
    show(monkeypatch, "--out", str(tmp_path / "out"), "--tasks", "distance", "--seeds", "2", "--seconds", "5")
    shown = capsys.readouterr().out
    assert "| distance | 3 | 1 of 2, 2.5 s |" in shown
    assert "parabola" not in shown


def test_it_shows_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text(f"{json.dumps(TASK | {'budget': 8.0})}\n", encoding="utf-8")
    show(monkeypatch, "--out", str(tmp_path / "out"))
    assert "1 of 1, 2.5 s" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="none: no such file"):
        show(monkeypatch, "--out", str(tmp_path / "none"))


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(TASK)[:-9] + "\n",
        json.dumps(TASK),
        "[]\n",
        "\n",
        "\ufffd\n",
        json.dumps(TASK | {"name": "no task"}) + "\n",
        json.dumps(TASK | {"variant": ["as it is"]}) + "\n",
        json.dumps(TASK | {"kind": "other"}) + "\n",
        json.dumps(TASK | {"seconds": None}) + "\n",
        json.dumps(TASK | {"seed": "0"}) + "\n",
        json.dumps({key: value for key, value in RESTARTS.items() if key != "share"}) + "\n",
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    (tmp_path / "out").write_text(f"{json.dumps(TASK)}\n{line}", encoding="utf-8")
    with pytest.raises(SystemExit, match="out:2: the line is damaged"):
        show(monkeypatch, "--out", str(tmp_path / "out"))


@pytest.mark.parametrize("option", ["--seeds", "--seconds", "--shares", "--jobs"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "many"])
def test_numbers_are_positive(
    option: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        show(monkeypatch, option, value)
    assert f"argument {option}: invalid" in capsys.readouterr().err
