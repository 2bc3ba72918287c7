"""The one table of programs, read from the comments at the head of `asm/examples/**/*.s`. Every engine runs this table.

A file begins with comment lines. Among them, each run is described like this:

    # run: what it shows          (`# run (slow): ...` for one that takes too long in the Transformer for every day)
    #   input: 3 "text" 0.5       numbers, and strings for their bytes; several such lines continue each other
    #   output: "3\\n" 7
    #   end: halt                 or: fault NAME. Halt unless told
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ccc.assembler import assemble_file
from ccc.isa import Fault
from ccc.machine import Image

ASM = Path(__file__).resolve().parents[2] / "asm"
EXAMPLES = sorted((ASM / "examples").rglob("*.s"))
LIBRARIES = sorted((ASM / "lib").rglob("*.s"))
MAX_STEPS = 25_000

_RUN = re.compile(r"# run( \(slow\))?: (.+)$")
_FIELD = re.compile(r"#   (input|output|end):(?: (.*))?$")
_ITEM = re.compile(r'\s+|"((?:\\.|[^"\\])*)"|([^\s"]+)')
_FAULTS = {fault.label: fault for fault in Fault}


@dataclass(slots=True)
class Run:
    """One run of one program: what goes in, and what must come out."""

    path: Path
    name: str
    slow: bool
    inputs: list[float] = field(default_factory=list)
    outputs: list[float] = field(default_factory=list)
    fault: Fault = Fault.NONE

    @property
    def id(self) -> str:
        return f"{program_name(self.path)}: {self.name}"

    def image(self) -> Image:
        return image_of(self.path)


def program_name(path: Path) -> str:
    """The name of a program below `asm/examples`, without its ending."""
    return str(path.relative_to(ASM / "examples").with_suffix(""))


@cache
def image_of(path: Path) -> Image:
    """The program, assembled once for all its runs. No executor may change an image."""
    return assemble_file(path)


def numbers(text: str) -> Iterator[float]:
    """The values in `text`: numbers as they stand, strings as their bytes in UTF-8."""
    for match in _ITEM.finditer(text):
        string, number = match.groups()
        if string is not None:
            unescaped = string.replace(r"\n", "\n").replace(r"\"", '"').replace(r"\\", "\\")
            yield from map(float, unescaped.encode())
        elif number is not None:
            yield float(number)


def runs_of(path: Path) -> list[Run]:
    """The runs that the head of `path` describes."""
    runs: list[Run] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.startswith("#"):
            break
        if match := _RUN.match(line):
            runs.append(Run(path, match[2], slow=bool(match[1])))
        elif match := _FIELD.match(line):
            _set_field(runs[-1], match[1], match[2] or "")
        else:
            assert not re.match(r"#\s*(run|input|output|end)\b.*:", line), f"{path}: misspelt: {line}"
    return runs


def _set_field(run: Run, name: str, text: str) -> None:
    if name == "input":
        run.inputs += numbers(text)
    elif name == "output":
        run.outputs += numbers(text)
    elif text != "halt":
        kind, _, label = text.partition(" ")
        assert kind == "fault", f"{run.id}: end: {text}"
        run.fault = _FAULTS[label]


RUNS = [run for path in EXAMPLES for run in runs_of(path)]
