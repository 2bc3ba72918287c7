"""Every program in `programs/` says in comments, beside its lines, what it assembles to or which mistakes it holds.

`# options: dialect=D width=W` are the arguments. `# cells: ...` are the cells that the line makes, `# all: ...` all of
memory; a mnemonic stands for its opcode. `# symbols:`, `# constants:`, `# registers:` and `# layout:` are what the
image must hold. `# error: TEXT at COLUMN` is a mistake in this line (`# error@N:` in line N); a program with errors
must show exactly those. `# hint:` and `# note@N:` must occur in one of them.
"""

import re
from pathlib import Path

import pytest

from ccc.assembler import assemble_file, assemble_text, disassemble
from ccc.errors import Diagnostic, SourceError
from ccc.isa import BY_MNEMONIC
from ccc.machine import REGISTERS, Image

FOLDER = Path(__file__).parent / "programs"
PROGRAMS = sorted(FOLDER.glob("*.s"))
_EXPECTATION = re.compile(
    r"#\s*(options|cells|all|symbols|constants|registers|layout|error|hint|note)(?:@(\d+))?:\s*(.*)$"
)


def expectations(path: Path) -> list[tuple[str, int, str]]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if match := _EXPECTATION.search(line):
            kind, elsewhere, text = match.groups()
            found.append((kind, int(elsewhere or number), text.strip()))
    return found


def numbers(text: str) -> list[float]:
    """Cells as written: numbers, and mnemonics for their opcodes."""
    return [float(BY_MNEMONIC[item].opcode if item in BY_MNEMONIC else item) for item in text.split()]


def pairs(text: str) -> dict[str, str]:
    return dict(item.split("=") for item in text.split())


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    wanted = expectations(path)
    options = next((pairs(text) for kind, _, text in wanted if kind == "options"), {})
    width = int(options["width"]) if "width" in options else None
    dialect = options.get("dialect")
    if any(kind == "error" for kind, _, _ in wanted):
        with pytest.raises(SourceError) as caught:
            assemble_file(path, dialect=dialect, width=width)
        check_errors(list(caught.value.diagnostics), path, wanted)
        return
    image = assemble_file(path, dialect=dialect, width=width)
    for kind, line, text in wanted:
        check(image, path, kind, line, text)
    again = assemble_text(disassemble(image))
    assert again.checksum == image.checksum
    assert again.info.layout == image.info.layout
    assert again.info.symbols == image.info.symbols
    assert again.info.constants == image.info.constants


def check(image: Image, path: Path, kind: str, line: int, text: str) -> None:
    match kind:
        case "cells":
            assert made_by(image, path, line) == numbers(text), f"line {line}"
        case "all":
            assert image.state.cells.tolist() == numbers(text)
        case "symbols" | "constants":
            found = image.info.symbols if kind == "symbols" else image.info.constants
            expected = {name: int(value) for name, value in pairs(text).items()}
            assert {name: found.get(name) for name in expected} == expected
        case "registers":
            for name, value in pairs(text).items():
                assert image.state.registers[REGISTERS.index(name)] == float(value), name
        case "layout":
            assert ", ".join(f"{b.name} {b.start} {b.end}" for b in image.info.layout) == text


def made_by(image: Image, path: Path, line: int) -> list[float]:
    """The cells that a line made, except the literals that it asked for."""
    spans = [(s.start, s.end) for s in image.info.source if (s.file, s.line) == (str(path), line)]
    literals = image.info.layout.find("literals")
    cells: list[float] = []
    for start, end in spans:
        if literals is None or not literals.start <= start < literals.end:
            cells += image.state.cells[start:end].tolist()
    return cells


def check_errors(found: list[Diagnostic], path: Path, wanted: list[tuple[str, int, str]]) -> None:
    shown = "\n".join(d.render() for d in found)
    for kind, line, text in wanted:
        if kind == "error":
            message, _, column = text.partition(" at ") if re.search(r" at \d+$", text) else (text, "", "")
            if column and not column.isdigit():
                message, _, column = text.rpartition(" at ")
            fits = [d for d in found if message in d.message and (d.span.line == line)]
            fits = [d for d in fits if not column or d.span.column == int(column)]
            assert fits, f"line {line}: no error {text!r} in\n{shown}"
            source = path.read_text(encoding="utf-8").split("\n")[line - 1]
            assert fits[0].source_line == source
        elif kind == "hint":
            assert any(text in d.hint for d in found), shown
        elif kind == "note":
            assert any(text == n.message and n.span.file == str(path) for d in found for n in d.notes), shown
    assert len(found) == sum(kind == "error" for kind, _, _ in wanted), shown


def test_there_are_many_programs() -> None:
    assert len(PROGRAMS) >= 60
