"""The generated pages are fresh, a stale one is noticed, and they say what the tables say."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from ccc.cli.app import COMMANDS
from ccc.errors import ExitCode
from ccc.isa import DIALECTS, EXTENDED, Fault
from ccc.machine import REGISTERS
from tests.docs.scripts import ROOT, load_script

SCRIPT = ROOT / "scripts" / "gen-docs"
PAGES = ("isa.md", "cli.md")


@pytest.fixture(scope="module")
def gen_docs() -> ModuleType:
    return load_script("gen-docs")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_pages_are_fresh(gen_docs: ModuleType) -> None:
    assert gen_docs.main(["--check"]) == 0, "run scripts/gen-docs"


def test_a_stale_or_missing_page_is_noticed(
    gen_docs: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check = ["--check", "--folder", str(tmp_path)]
    assert gen_docs.main(check) == 1
    assert not list(tmp_path.iterdir()), "a check writes nothing"
    assert gen_docs.main(["--folder", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PAGES)
    assert gen_docs.main(check) == 0
    for name in PAGES:
        path = tmp_path / name
        fresh = path.read_text(encoding="utf-8")
        path.write_text(fresh.replace("subleq", "sublec", 1), encoding="utf-8")
        capsys.readouterr()
        assert gen_docs.main(check) == 1
        assert capsys.readouterr().err == f"stale: {name}; run scripts/gen-docs\n"
        assert gen_docs.main(["--folder", str(tmp_path)]) == 0
        assert path.read_text(encoding="utf-8") == fresh == page(name)


def test_a_change_of_the_table_makes_the_page_stale(
    gen_docs: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gen_docs, "INSTRUCTIONS", gen_docs.INSTRUCTIONS[:-1])
    assert gen_docs.main(["--check"]) == 1
    assert capsys.readouterr().err.startswith("stale: isa.md;")


def test_isa_page() -> None:
    text = page("isa.md")
    for row in EXTENDED:
        assert text.count(f"| {row.opcode} | `{row.mnemonic}") == 1
    for fault in Fault:
        assert (f"| {int(fault)} | {fault.label} | {fault.meaning} |" in text) == (fault is not Fault.NONE)
    for name in (*DIALECTS, *REGISTERS):
        assert text.count(f"| `{name}` |") == 1


def test_cli_page() -> None:
    text = page("cli.md")
    for name in COMMANDS:
        assert f"\n## ccc {name}\n" in text
    for code in ExitCode:
        assert text.count(f"\n| {int(code)} | {code.name.lower()} |") == 1


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_whole(name: str) -> None:
    """Each row has as many cells as the head of its table, and no line is broken by its content."""
    lines = page(name).splitlines()
    for before, line in pairwise(lines):
        if before.startswith("|") and line.startswith("|"):
            assert before.replace("\\|", "").count("|") == line.replace("\\|", "").count("|"), line


def test_the_script_can_be_run() -> None:
    assert os.access(SCRIPT, os.X_OK)
