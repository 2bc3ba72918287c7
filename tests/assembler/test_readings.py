"""What inspect and diff-trace read from an image: instructions as text, names of addresses, source lines."""

import re
from pathlib import Path

import pytest

from ccc.assembler import address_names, assemble_file, assemble_text, disassemble, format_instruction
from ccc.emulator import Emulator
from ccc.errors import SourceError
from ccc.isa import DIALECTS, EXTENDED, Fault, Instruction, Operand
from ccc.machine import read_image, write_image

EXAMPLES = Path(__file__).parents[2] / "asm" / "examples"
NAMES = {5: "x", 6: "y"}


@pytest.mark.parametrize("row", EXTENDED, ids=lambda row: row.mnemonic)
def test_every_instruction_is_written_read_and_shown(row: Instruction) -> None:
    operands = ", ".join("x" if kind in (Operand.CELL, Operand.CODE) else "-2" for kind in row.operands)
    line = f"{row.mnemonic} {operands}".strip()
    image = assemble_text(f"{line}\n. 0 0\nx: . 7\n")
    assert image.state.cells[0] == row.opcode
    assert format_instruction(image.state.cells[:3], address_names(image)) == line
    assert f"    {line} " in disassemble(image)


def test_subleq_and_no_instruction() -> None:
    assert format_instruction([5, 6, -1], NAMES) == "subleq x, y, -1"
    assert format_instruction([5, 6.5, 9]) == "subleq 5, 6.5, 9"
    assert format_instruction([-1000, 6, 0.25], NAMES) == ".cells -1000, 6, 0.25"
    assert format_instruction([-10, 6, 5], NAMES, extended=False) == "subleq -10, y, x"


def test_names_of_addresses() -> None:
    image = assemble_text("a: b: add c, =7\nhalt\n.data\nc: . 0\n.const k, 0\n")
    assert address_names(image) == {0: "a", 6: "=7", 7: "c"}
    assert image.info.constants == {"k": 0}
    assert "\n.const k, 0\n" in disassemble(image)
    assert format_instruction(image.state.cells[:3], address_names(image)) == "add c, =7"


def test_source_lines() -> None:
    text = ".macro two x\n  add x, =1\n  one x\n.endmacro\n"
    text = ".macro one x\n  neg x, x\n.endmacro\n" + text + "halt; two v  # use\nv: . 0 0\n"
    info = assemble_text(text, "t.s").info
    found = [(line.start, line.end, line.line) for line in info.source]
    assert found == [(0, 3, 8), (3, 9, 8), (3, 6, 5), (6, 9, 6), (6, 9, 2), (9, 11, 9), (11, 12, 8), (11, 12, 5)]
    assert [line.line for line in map(info.line_at, (0, 4, 7, 10, 11)) if line] == [8, 5, 2, 9, 5]
    assert info.source[0].text == "halt; two v  # use"
    assert info.source[0].file == "t.s"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects_by_argument(dialect: str) -> None:
    image = assemble_text("1 2 0", dialect=dialect, width=8)
    assert image.dialect is DIALECTS[dialect]
    assert image.state.cells[:3].tolist() == [1, 2, 0]
    assert image.size == (256 if DIALECTS[dialect].modulo else 3)
    assert assemble_text(".dialect subleq\n1 2 0", dialect=dialect, width=8).dialect is DIALECTS[dialect]


def test_the_example_in_the_reference() -> None:
    page = (Path(__file__).parents[2] / "docs" / "assembly.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert assemble_text(example).info.symbols["start@loop"] == 6


def test_mistakes_come_in_the_order_of_the_source() -> None:
    with pytest.raises(SourceError) as caught:
        assemble_text(".const a, b\n. c\n.const d, e\n. d a\n")
    assert [d.span.line for d in caught.value.diagnostics] == [1, 2, 3]


def test_constants_are_no_labels(tmp_path: Path) -> None:
    image = assemble_text(".const THREE, 3\n.const half, 0.5\n. 0 0 0 THREE\n.pointer p, THREE\n")
    assert image.info.symbols == {"p": 4}
    assert image.info.constants == {"THREE": 3}
    write_image(tmp_path / "state.bin", image)
    assert read_image(tmp_path / "state.bin").info == image.info
    text = disassemble(image)
    assert ".const THREE, 3\n" in text
    assert "THREE:" not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".org -5", ".org -5 goes backwards"),
        (".fill 1e9", "expected an integer"),
        (".align 0", "must be positive"),
        (".stack -1", "a stack of -1 cells"),
        (".entry foo", "undefined symbol 'foo'"),
        (".register pc, foo", "undefined symbol 'foo'"),
        (".const a, foo", "undefined symbol 'foo'"),
        (".writable 0, 1", "nothing to assemble"),
        (".fill 0\n.entry 0", "nothing to assemble"),
    ],
)
def test_no_cells_for_one_reason(text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        assemble_text(text)
    (found,) = caught.value.diagnostics
    assert message in found.message


@pytest.mark.parametrize("count", [0, 64, 65, 2**31 - 1, -1, -(2**31)])
def test_quicksort_checks_the_count(count: int) -> None:
    numbers = [float(number) for number in range(64, 0, -1)] if count else []
    executor = Emulator()
    executor.start(assemble_file(EXAMPLES / "quicksort.s"), [count, *numbers])
    executor.run(200_000)
    fits = 0 <= count <= 64
    assert executor.state().fault is (Fault.NONE if fits else Fault.OPCODE)
    assert executor.outputs() == (sorted(numbers) if fits else [])
