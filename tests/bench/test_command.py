"""`ccc bench`: its table, its JSON, its files, and Ctrl-C in a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ccc.bench import FIGURES, PARTS, Part, Report
from ccc.cli import bench
from ccc.cli.app import COMMANDS
from ccc.errors import ExitCode
from tests.bench.budgets import TINY
from tests.cli.conftest import Ccc

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 240


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccc.bench.QUICK", TINY)


def test_the_command_knows_every_part() -> None:
    assert tuple(PARTS) == bench._PARTS
    assert "bench" in COMMANDS


def test_the_table_shows_figures_and_what_they_are(ccc: Ccc) -> None:
    done = ccc("bench", "--quick", "--only", "weights", "--only", "extended")
    assert done.code == ExitCode.OK
    for name, figure in FIGURES.items():
        shown = name.startswith(("subleq_", "full_")) or name.endswith("extended_per_s")
        assert (f"{name} " in done.out) == shown, name
        assert (figure.meaning.split(",")[0] in done.out) == shown, name
    assert "native_ns_by_opcode" not in done.out
    assert [line.split()[0] for line in done.err.splitlines()] == ["extended", "weights"], "progress, part by part"


def test_json_and_files(ccc: Ccc, tmp_path: Path) -> None:
    done = ccc("bench", "--quick", "--only", "scaling", "--json", "-o", "found")
    assert done.code == ExitCode.OK
    assert {name for name in done.json if name.startswith("slope_")} == {f for f in FIGURES if f.startswith("slope_")}
    assert done.json["interrupted"] is False
    assert json.loads((tmp_path / "found" / "figures.json").read_text(encoding="utf-8")) == done.json
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["cells.svg", "figures.json"]
    assert "written: " in done.err


def test_plots_without_matplotlib_are_refused_before_anything_is_measured(
    ccc: Ccc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = ccc("bench", "--quick", "-o", "found")
    assert done.code == ExitCode.USAGE
    assert done.out == ""
    assert "hint: `pip install matplotlib`" in done.err
    assert not Path("found").exists()


def test_ctrl_c_shows_what_was_measured(ccc: Ccc, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(report: Report, budget: object, say: object) -> None:
        report.figures["slope_native"] = 0.25
        raise KeyboardInterrupt

    monkeypatch.setitem(PARTS, "scaling", Part("", interrupted))
    done = ccc("bench", "--quick", "--only", "scaling", "--only", "weights")
    assert done.code == ExitCode.INTERRUPTED
    assert "slope_native" in done.out
    assert "full_heads" not in done.out
    assert "interrupted" in done.err


def test_ctrl_c_in_a_real_process(tmp_path: Path) -> None:
    code = "from ccc.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "bench", "--json", "--quick", "--only", "subleq", "--only", "scaling"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stderr
    assert process.stderr.readline().startswith(b"subleq "), "the first part has ended, the second one runs"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert b"Traceback" not in err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert found["native_subleq_per_s"] > 0
    assert found.keys().isdisjoint({"slope_native", "full_heads"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (8, "8"),
        (6493, "6,493"),
        (131246821.4, "131,246,821"),
        (0.26534, "0.2653"),
        (7.6123e-09, "7.61e-09"),
        (-0.0257, "-0.0257"),
    ],
)
def test_numbers_for_people(value: float | None, text: str) -> None:
    assert bench.number(value) == text


def test_the_script_is_a_call_of_the_command() -> None:
    script = ROOT / "scripts" / "bench"
    assert os.access(script, os.X_OK)
    assert 'exec ccc bench "$@"' in script.read_text(encoding="utf-8")
