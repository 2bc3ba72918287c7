"""The pages on skills: what their examples print, and how many instructions they say that programs take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ccc.assembler import assemble_file
from ccc.emulator import Emulator
from tests.cli.conftest import Ccc, ccc
from tests.docs.scripts import ROOT
from tests.programs.table import runs_of

__all__ = ["ccc"]

COMPOSITION = (ROOT / "docs" / "composition.md").read_text(encoding="utf-8")
WORKED = (ROOT / "docs" / "worked.md").read_text(encoding="utf-8")
COUNTS = re.findall(r"^\| `(\w+)\.s` .*\| ([\d,]+)(?: for .*)? \|$", WORKED, re.MULTILINE)


def blocks(page: str, start: str) -> list[str]:
    """What stands in the blocks of a page that open with `start`, without that."""
    return re.findall(rf"^```{re.escape(start)}(.*?)^```", page, re.MULTILINE | re.DOTALL)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_the_examples_of_composition(ccc: Ccc, tmp_path: Path) -> None:
    mixture = next(text for text in blocks(COMPOSITION, "yaml\n") if text.startswith("mixture: product"))
    (tmp_path / "product.yaml").write_text(mixture, encoding="utf-8")
    consoles = blocks(COMPOSITION, "\n$ ccc ")
    assert len(consoles) == 2
    for console in consoles:
        command, *wanted = lines(console)
        done = ccc(*command.split())
        assert (done.code, lines(done.out)) == (0, wanted)


@pytest.mark.parametrize(("name", "count"), COUNTS)
def test_the_counts_of_worked_programs(name: str, count: str) -> None:
    """Of the first run that the program itself says."""
    path = ROOT / "asm" / "skills" / f"{name}.s"
    emulator = Emulator()
    emulator.start(assemble_file(path, libraries=[ROOT / "skills"]), runs_of(path)[0].inputs)
    assert f"{emulator.run(1_000_000):,}" == count


def test_every_short_program_is_counted() -> None:
    names = {path.stem for path in (ROOT / "asm" / "skills").glob("*.s")}
    assert names - {name for name, _ in COUNTS} == {"train_perceptron"}
