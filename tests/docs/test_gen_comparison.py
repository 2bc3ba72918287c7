"""The page that sets ccc beside its relatives: fresh, stale where a figure changed, whole where figures are missing."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from ccc.bench import FIGURES, TABLES
from ccc.bench.batches import LANES
from ccc.bench.scaling import SERIES
from tests.docs.scripts import ROOT, load_script

SCRIPT = ROOT / "scripts" / "gen-comparison"
MEASURED = json.loads((ROOT / "docs" / "bench" / "figures.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("gen-comparison")


def copy_figures(folder: Path, figures: dict[str, object]) -> None:
    (folder / "bench").mkdir(exist_ok=True)
    (folder / "bench" / "figures.json").write_text(json.dumps(figures), encoding="utf-8")


def test_the_page_is_fresh(script: ModuleType) -> None:
    assert script.main(["--check"]) == 0, "run scripts/gen-comparison"


def test_the_figures_are_those_of_a_complete_run() -> None:
    assert {*FIGURES, *TABLES} <= MEASURED.keys()
    assert MEASURED["interrupted"] is False
    for plot in ("cells.svg", "batches.svg", "rates.svg"):
        assert (ROOT / "docs" / "bench" / plot).is_file()


def test_a_figure_that_changes_makes_the_page_stale(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_figures(tmp_path, MEASURED)
    check = ["--check", "--folder", str(tmp_path)]
    assert script.main(check) == 1
    assert not (tmp_path / "comparison.md").exists(), "a check writes nothing"
    assert script.main(["--folder", str(tmp_path)]) == 0
    assert script.main(check) == 0
    copy_figures(tmp_path, MEASURED | {"native_over_c": 0.123})
    capsys.readouterr()
    assert script.main(check) == 1
    assert capsys.readouterr().err == "stale: comparison.md; run scripts/gen-comparison\n"
    script.main(["--folder", str(tmp_path)])
    assert "0.12 of C" in (tmp_path / "comparison.md").read_text(encoding="utf-8")


def test_what_was_not_measured_is_said_so(script: ModuleType) -> None:
    text = script.page({"notes": ["no gcc"]})
    assert "C: not measured" in text
    assert "times as many" not in text
    assert "- no gcc\n" in text


@pytest.mark.parametrize("name", [*FIGURES, *TABLES])
def test_any_figure_may_be_missing(script: ModuleType, name: str) -> None:
    without = {key: value for key, value in MEASURED.items() if key != name}
    assert script.page(without).startswith(script.HEAD)


def test_figures_reach_the_page(script: ModuleType) -> None:
    text = script.page(MEASURED | {"native_extended_per_s": 16_002_000, "slope_rows": 1.07})
    assert "runs 2,000 times as many" in text
    assert "| 1.07 |" in text
    for label in [*(lane.label for lane in LANES.values()), *(series.label for series in SERIES.values())]:
        assert label in text
    for name in MEASURED["native_ns_by_opcode"]:
        assert text.count(f"| `{name}` |") == 1


def test_tables_are_whole(script: ModuleType) -> None:
    for text in (script.page(MEASURED), script.page({})):
        for before, line in pairwise(text.splitlines()):
            if before.startswith("|") and line.startswith("|"):
                assert before.count("|") == line.count("|"), line


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not measured"),
        (43_157_398.0, "43.2 million"),
        (1.25e9, "1.25 billion"),
        (8001.0, "8,000"),
        (37.0, "37"),
        (0.0231, "0.0231"),
        (7.61e-09, "7.61e-09"),
    ],
)
def test_figures_for_people(script: ModuleType, value: float | None, text: str) -> None:
    assert script.short(value) == text


def test_the_script_can_be_run() -> None:
    assert os.access(SCRIPT, os.X_OK)
