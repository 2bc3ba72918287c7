"""`ccc mutants`: the report on the screen, as JSON and as a page; what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Ccc

SMALL = ("mutants", "--isa", "subleq", "--sample", "12", "--seed", "4")


def test_a_report_in_three_forms(ccc: Ccc, tmp_path: Path) -> None:
    file, page = tmp_path / "report.json", tmp_path / "page.md"
    shown = ccc(*SMALL, "--json", "-o", str(file), "--markdown", str(page))
    report = shown.json
    assert report == json.loads(file.read_text(encoding="utf-8"))
    assert (report["dialect"], report["width"], report["seed"], report["mutants"]) == ("subleq", 32, 4, 12)
    assert report["caught"] + len(report["survivors"]) == 12
    assert sum(count for _, count in report["parts"].values()) == 12
    text = page.read_text(encoding="utf-8")
    assert f"{report['caught']} of 12 mutants" in text
    for survivor in report["survivors"]:
        assert f"`{survivor['weight']}`" in text


def test_a_summary_in_words(ccc: Ccc) -> None:
    shown = ccc(*SMALL)
    assert " of 12 mutants caught (" in shown.out.splitlines()[0]


def test_two_ways_to_say_which_weights_exclude_each_other(ccc: Ccc) -> None:
    shown = ccc("mutants", "--isa", "subleq", "--dialect", "subleq")
    assert (shown.code, "exclude each other" in shown.err) == (2, True)


def test_a_memory_that_is_too_large(ccc: Ccc) -> None:
    shown = ccc("mutants", "--dialect", "subleq-modulo", "--width", "16")
    assert shown.code == 2
    assert "too many to try every weight on" in shown.err
    assert "hint: --width 8" in shown.err
