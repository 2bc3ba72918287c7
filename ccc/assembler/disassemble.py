"""Image to source: text that assembles to the same cells, registers, dialect and width, layout and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ccc.isa import BY_MNEMONIC, INSTRUCTION_CELLS, SUBLEQ, Instruction, Operand, decode
from ccc.machine import (
    BLOCK_ORDER,
    CODE_BLOCKS,
    POINTER_CELLS,
    REGISTERS,
    Block,
    Image,
    Register,
    format_cell,
    fresh_registers,
    is_word,
    operand_range,
    word_range,
)

_ROW = 8
"""Cells on one line, and how many equal ones are worth a .fill."""
_TEXT = 6
"""How many characters in a row are worth a .string."""
_COMMENT_COLUMN = 48
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?:@[A-Za-z_][A-Za-z0-9_]*)?")
_NO_RETURN = {"jmp", "jmpi", "ret", "halt"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a disassembly: the cells it stands for, the labels before it, its text."""

    address: int
    size: int
    labels: tuple[str, ...]
    text: str


def disassemble(image: Image) -> str:
    """Source that assembles to an image with the same checksum; see `docs/assembly.md` for the language.

    Layout, labels and constants come back too, where the language can express them.
    """
    view = _View(image)
    lines = [f"# {image.size:,} cells", *view.header()]
    for block in view.blocks:
        body = list(view.block_lines(block))
        if block.name == "stack" and not body:
            continue
        lines += ["", f".block {block.name}" if block.name not in ("code", "data") else f".{block.name}"]
        for line in body:
            lines += [f"{label}:" for label in line.labels]
            lines.append(f"    {line.text}".ljust(_COMMENT_COLUMN) + f" # {line.address}")
    lines += [f"{label}:" for label in view.labels.get(image.size, ())]
    return "\n".join(lines) + "\n"


def disassembled_lines(image: Image) -> list[Line]:
    """The lines of a disassembly with their addresses, block by block."""
    view = _View(image)
    return [line for block in view.blocks for line in view.block_lines(block)]


def address_names(image: Image) -> dict[int, str]:
    """A name for each address that has one: its first label, or `=value` for a literal without one."""
    names: dict[int, str] = {}
    for name, value in image.info.symbols.items():
        if 0 <= value <= image.size:
            names.setdefault(value, name)
    literals = image.info.layout.find("literals")
    if literals is not None:
        for address in range(literals.start, literals.end):
            names.setdefault(address, f"={format_cell(float(image.state.cells[address]))}")
    return names


def format_instruction(cells: Sequence[float], names: Mapping[int, str] | None = None, *, extended: bool = True) -> str:
    """One instruction, given as its three cells, as text; addresses by name where `names` knows one.

    Three cells that are no instruction come back as data.
    """
    a, b, c = (float(cell) for cell in cells)
    known = names or {}
    row = decode(a, extended=extended)
    if row is None:
        return f".cells {format_cell(a)}, {format_cell(b)}, {format_cell(c)}"
    if row is SUBLEQ:
        return "subleq " + ", ".join(_address(value, known) for value in (a, b, c))
    given = [(kind, value) for kind, value in ((row.b, b), (row.c, c)) if kind is not None]
    operands = [_address(v, known) if kind in (Operand.CELL, Operand.CODE) else format_cell(v) for kind, v in given]
    return f"{row.mnemonic} {', '.join(operands)}".rstrip()


def _address(value: float, names: Mapping[int, str]) -> str:
    name = names.get(int(value)) if value == int(value) else None
    return name if name is not None else format_cell(value)


class _View:
    """An image, and what of it the language can say."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.cells: list[float] = image.state.cells.tolist()
        self.blocks = _blocks(image)
        self.labels: dict[int, list[str]] = {}
        self.constants: dict[str, int] = {}
        reserved = BY_MNEMONIC if image.dialect.extended else {SUBLEQ.mnemonic: SUBLEQ}
        # As the text will have it: an image whose layout cannot be said comes back as one block. Only the rows of
        # skills bear the names of instructions, and plain dialects have none.
        rows = (block for block in self.blocks if block.name == "skills" and image.dialect.extended)
        skills = next(rows, None)
        symbols, constants = dict(image.info.symbols), dict(image.info.constants)
        for name, value in {**constants, **symbols}.items():
            of_skill = name in symbols and skills is not None and skills.start <= value < skills.end
            if not _NAME.fullmatch(name) or (name.lower() in reserved and not of_skill):
                continue  # the language has no such name
            if name in symbols and 0 <= value <= image.size:
                self.labels.setdefault(value, []).append(name)
            elif abs(value) <= 1 << 53:  # a label outside memory, too, can only be said as a constant
                self.constants[name] = value
        self.names = {address: names[0] for address, names in self.labels.items()}
        self.reached = set() if any(block.name in CODE_BLOCKS for block in self.blocks) else self._reachable()

    def header(self) -> Iterator[str]:
        """The directives that say everything but the cells."""
        image, registers = self.image, self.image.state.registers
        yield f".dialect {image.dialect.name}"
        yield f".width {image.width}"
        stack = next((block for block in self.blocks if block.name == "stack"), None)
        bounds = (stack.start, stack.end) if stack is not None and image.dialect.extended else None
        if image.dialect.extended:
            yield f".stack {stack.size if stack is not None else 0}"
        expected = fresh_registers(image.size, stack=bounds)
        different = [register for register in Register if registers[register] != expected[register]]
        window = (Register.WRITE_LOW, Register.WRITE_HIGH)
        if any(register in different for register in window):
            yield f".writable {int(registers[window[0]])}, {int(registers[window[1]])}"
        for register in different:
            value = float(registers[register])
            if register is Register.PC and 0 <= value < image.size and value == int(value):
                yield f".entry {_address(value, self.names)}"
            elif register not in window:
                yield f".register {REGISTERS[register]}, {format_cell(value)}"
        for name, number in self.constants.items():
            yield f".const {name}, {number}"

    def block_lines(self, block: Block) -> Iterator[Line]:
        """The lines of one block; a stack with nothing on it has none."""
        # A label after the last cell of memory needs a place too.
        inside = range(block.start, block.end + (block.end == self.image.size))
        if block.name == "stack" and self.image.dialect.extended:
            empty = not any(self.cells[block.start : block.end])
            if empty and not any(address in inside for address in self.labels):
                return
        address = block.start
        while address < block.end:
            code = block.name in CODE_BLOCKS or address in self.reached
            text = self._instruction(address, block.end) if code else None
            size = INSTRUCTION_CELLS
            if text is None and block.name == "pointers":
                text, size = self._pointer(address, block.end), POINTER_CELLS
            labels = self.labels.get(address, [])
            if text is None:
                # In code, no more than an instruction's cells at a time, to fall in step again.
                text, size = self._data(address, block.end, INSTRUCTION_CELLS if code else _ROW)
            elif text.startswith(".pointer"):
                labels = labels[:-1]
            yield Line(address, size, tuple(labels), text)
            address += size

    # Instructions

    def _instruction(self, address: int, end: int) -> str | None:
        """The instruction at `address`, where the language gives back exactly these cells."""
        if address + INSTRUCTION_CELLS > end or self._run(address, end) >= _ROW:
            return None
        a, b, c = self.cells[address : address + INSTRUCTION_CELLS]
        row = decode(a, extended=self.image.dialect.extended)
        if row is None:
            return None
        if row is SUBLEQ:
            if not all(self._is_address(value) for value in (a, b, c)):
                return None
            first = _address(a, self.names)
            return f"subleq {first}, {self._operand(address + 1, b)}, {self._operand(address + 2, c)}"
        operands = []
        for place, kind, value in ((address + 1, row.b, b), (address + 2, row.c, c)):
            if kind is not None:
                text = self._extended_operand(kind, value)
                if text is None:
                    return None
                operands.append(self._labelled(place, text))
            elif value != 0 or place in self.labels:
                return None
        return f"{row.mnemonic} {', '.join(operands)}".rstrip()

    def _extended_operand(self, kind: Operand, value: float) -> str | None:
        if kind is Operand.VALUE:
            return self._number(value)
        if kind is Operand.OFFSET:
            return format_cell(value) if is_word(value, self.image.width) else None
        return _address(value, self.names) if self._is_address(value) else None

    def _operand(self, place: int, value: float) -> str:
        return self._labelled(place, _address(value, self.names))

    def _labelled(self, place: int, text: str) -> str:
        return "".join(f"{label}: " for label in self.labels.get(place, ())) + text

    def _is_address(self, value: float) -> bool:
        low, high = (operand_range if self.image.dialect.extended else word_range)(self.image.width)
        return low <= value <= high and value == int(value)

    def _reachable(self) -> set[int]:
        """Where the instructions start that written jumps lead to; for images without a code block."""
        image, size = self.image, self.image.size
        found: set[int] = set()
        taken: set[int] = set()
        waiting: list[float] = [image.state.pc]
        while waiting:
            at = waiting.pop()
            if not 0 <= at <= size - INSTRUCTION_CELLS or at != int(at) or at in found:
                continue
            address = int(at)
            row = decode(self.cells[address], extended=image.dialect.extended)
            if row is None or any(place in taken for place in range(address, address + INSTRUCTION_CELLS)):
                continue
            found.add(address)
            taken.update(range(address, address + INSTRUCTION_CELLS))
            waiting += self._successors(address, row)
        return found

    def _successors(self, address: int, row: Instruction) -> list[float]:
        target = [self.cells[address + 2]] if row is SUBLEQ or row.c is Operand.CODE else []
        return target if row.mnemonic in _NO_RETURN else [*target, address + INSTRUCTION_CELLS]

    # Data

    def _pointer(self, address: int, end: int) -> str | None:
        labels, row = self.labels.get(address), self.cells[address : min(address + POINTER_CELLS, end)]
        inner = range(address + 1, address + POINTER_CELLS)
        if not labels or len(row) < POINTER_CELLS or any(place in self.labels for place in inner):
            return None
        if not self.image.dialect.extended or not self._is_address(row[0]):
            return None
        if not all(is_word(value, self.image.width) for value in row[1:]):
            return None
        start, stride, rows, columns = row
        shape = ", ".join(format_cell(value) for value in (rows, columns, stride))
        return f".pointer {labels[-1]}, {_address(start, self.names)}, {shape}"

    def _data(self, address: int, end: int, most: int) -> tuple[str, int]:
        """A directive for cells from `address` on, up to the next label or change of kind; and their number.

        Equal cells and text come in one piece; other cells at most `most` at a time.
        """
        length = self._run(address, end)
        if length >= _ROW:
            value = self.cells[address]
            return f".fill {length}" + (f", {self._number(value)}" if value else ""), length
        limit = self._limit(address, end)
        if (text := self._text(address, limit)) is not None:
            return text
        word = is_word(self.cells[address], self.image.width)
        last = address + 1
        while (
            last < min(limit, address + most)
            and is_word(self.cells[last], self.image.width) == word
            and self._run(last, limit) < _ROW
            and self._text(last, limit) is None
        ):
            last += 1
        numbers = ", ".join(format_cell(value) for value in self.cells[address:last])
        return f".{'cells' if word else 'reals'} {numbers}", last - address

    def _limit(self, address: int, end: int) -> int:
        """Where the next label or instruction stands, at most `end` and not farther than anyone asks."""
        for place in range(address + 1, min(end, address + 256)):
            if place in self.labels or place in self.reached:
                return place
        return min(end, address + 256)

    def _run(self, address: int, end: int) -> int:
        """How many equal cells, without a label or an instruction among them, begin at `address`."""
        last = address + 1
        while last < end and self.cells[last] == self.cells[address]:
            if last in self.labels or last in self.reached:
                break
            last += 1
        return last - address

    def _text(self, address: int, limit: int) -> tuple[str, int] | None:
        """A .string, where the cells look like text."""
        last = address
        while last < limit and last < address + 64 and self.cells[last] in _PRINTABLE:
            last += 1
        text = "".join(chr(int(cell)) for cell in self.cells[address:last])
        letters = sum(ch.isalpha() or ch == " " for ch in text)
        if len(text) < _TEXT or 2 * letters < len(text):
            return None
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'.string "{escaped}"', last - address

    def _number(self, value: float) -> str:
        """A number that is stored as it stands: an integer beyond the word width is written as a real."""
        return format_cell(value) if is_word(value, self.image.width) else repr(value)


_PRINTABLE = {10.0, *(float(code) for code in range(32, 127))}


def _blocks(image: Image) -> tuple[Block, ...]:
    """The image's blocks where the assembler would lay them out so; else all of memory as one block of data."""
    blocks = tuple(block for block in image.info.layout if block.size)
    names = [block.name for block in blocks]
    starts = [0, *(block.end for block in blocks)]
    in_order = names == [name for name in BLOCK_ORDER if name in names] and len(set(names)) == len(names)
    if in_order and [*(block.start for block in blocks), image.size] == starts:
        return blocks
    return (Block("data", 0, image.size),)
