"""Plots of figures that were not measured here."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ccc.bench import Report, require_matplotlib, write_plots
from ccc.bench.scaling import SERIES
from ccc.errors import FileError, UsageError


def report() -> Report:
    seconds = {
        "dense": {str(n): 1e-9 * n**2 for n in (256, 512, 1024)},
        "rows": {str(n): 1e-8 * n for n in (256, 1024, 4096)},
        "native": {str(n): 1e-8 for n in (256, 1024, 4096)},
    }
    figures = {
        "slope_dense": 2.0,
        "slope_rows": 1.0,
        "slope_native": 0.0,
        "c_subleq_per_s": 4e8,
        "native_subleq_per_s": 1e8,
        "native_over_c": 0.25,
        "native_extended_per_s": 5e7,
    }
    rates = {"dense": {"1": 1000.0, "4": 900.0}, "sparse": {"1": 500.0, "4": 2000.0}}
    return Report(figures, {"seconds_a_step": seconds, "steps_a_second": rates})


def text_of(path: Path) -> str:
    return " ".join(ElementTree.parse(path).getroot().itertext())


def test_plots_say_what_was_measured(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    written = write_plots(report(), folder)
    assert [path.name for path in written] == ["cells.svg", "batches.svg", "rates.svg"]
    cells, batches, rates = map(text_of, written)
    assert f"{SERIES['dense'].label}: slope 2.00" in cells
    assert f"{SERIES['rows'].label}: slope 1.00" in cells
    assert SERIES["sparse"].label not in cells, "which was not measured"
    assert "dense, every row" in batches
    assert "native" not in batches
    assert "100.0 (0.25 of C)" in rates
    assert "50.0" in rates


def test_equal_figures_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_plots(report(), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_only_what_was_measured_is_plotted(tmp_path: Path) -> None:
    assert write_plots(Report(), tmp_path) == []
    assert write_plots(Report({"native_extended_per_s": 5e7}), tmp_path) == [tmp_path / "rates.svg"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot make"):
        write_plots(report(), tmp_path / "file")


def test_without_matplotlib_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError) as caught:
        require_matplotlib()
    assert "pip install matplotlib" in caught.value.hint
