"""The state image, `state.bin`: a safetensors file with the cells, the registers, and what the program's source said.

The checksum covers everything that decides how the program runs; the rest (layout, symbols, source) is for readers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ccc.errors import ImageError
from ccc.files import write_atomic
from ccc.isa import DIALECTS, INSTRUCTION_CELLS, Dialect, Fault
from ccc.machine.layout import SKILL_CELLS, SLOT_KINDS, Block, Layout, SkillBlock
from ccc.machine.numbers import MAX_CELLS, WIDTHS, Cells, check_cells, is_word, word_range
from ccc.machine.state import REGISTERS, Register, State, frame_problem, fresh_registers
from ccc.tensors import Container

FORMAT = "ccc-state-1"
_CONTAINER = Container("state image", FORMAT, MAX_CELLS, ImageError)
_CELLS, _REGISTERS = "cells", "registers"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The source line that produced the cells `start <= i < end`."""

    start: int
    end: int
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ProgramInfo:
    """What a reader of the program wants to know and no executor needs.

    symbols: the addresses of labels. constants: the names that `.const` gave to integers. skills: the names that belong
    to the rows of the block `skills`.
    """

    layout: Layout = field(default_factory=Layout)
    symbols: Mapping[str, int] = field(default_factory=dict)
    constants: Mapping[str, int] = field(default_factory=dict, kw_only=True)
    source: tuple[SourceLine, ...] = ()
    skills: tuple[SkillBlock, ...] = field(default=(), kw_only=True)

    def line_at(self, address: float) -> SourceLine | None:
        """The source line that the cell at `address` came from; the last such line where macros nest."""
        return next((line for line in reversed(self.source) if line.start <= address < line.end), None)


@dataclass(frozen=True, slots=True)
class Image:
    """A program ready to run: its first state, how to read it (dialect, word width), and its source.

    Raises ImageError when the parts do not fit each other.
    """

    state: State
    dialect: Dialect = DIALECTS["ccc"]
    width: int = 32
    info: ProgramInfo = field(default_factory=ProgramInfo)

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def bare(cls, cells: Cells, dialect: Dialect = DIALECTS["subleq"], width: int = 32) -> Image:
        """An image from plain numbers, shape [n]: static memory only, entry 0."""
        size = len(cells)
        if dialect.modulo and size < 1 << width and width < 32:
            size = 1 << width
            cells = np.concatenate([cells, np.zeros(size - len(cells))])
        state = State(check_cells(np.asarray(cells, dtype=np.float64)), fresh_registers(size))
        return cls(state, dialect, width, ProgramInfo(Layout.bare(size)))

    @property
    def size(self) -> int:
        return len(self.state.cells)

    @property
    def checksum(self) -> str:
        """SHA-256 over cells, registers, dialect and word width: what a trace is attributable to."""
        digest = hashlib.sha256(f"{FORMAT} {self.dialect.name} {self.width}\n".encode())
        digest.update(np.ascontiguousarray(self.state.registers, dtype="<f8").tobytes())
        digest.update(np.ascontiguousarray(self.state.cells, dtype="<f8").tobytes())
        return digest.hexdigest()

    def check_inputs(self, inputs: Sequence[float]) -> Cells:
        """`inputs` as an array, shape [k]. Raises ImageError on a value that the dialect's cells cannot hold."""
        numbers = check_cells(np.asarray(inputs, dtype=np.float64).reshape(-1), "input")
        if not self.dialect.extended and not all(is_word(value, self.width) for value in numbers):
            raise ImageError(f"dialect {self.dialect.name}: every input must be a {self.width}-bit integer")
        return numbers

    def with_state(self, state: State) -> Image:
        """The same program in another state."""
        return Image(state, self.dialect, self.width, self.info)

    def with_dialect(self, dialect: Dialect) -> Image:
        """The same cells read as another dialect. Raises ImageError where they cannot be."""
        return Image(self.state, dialect, self.width, self.info)


def _check(image: Image) -> None:
    cells, registers = image.state.cells, image.state.registers
    size = len(cells)
    if image.width not in WIDTHS:
        raise ImageError(f"word width {image.width}: it must be one of {', '.join(map(str, WIDTHS))}")
    if cells.dtype != np.float64 or cells.ndim != 1 or not 1 <= size <= MAX_CELLS:
        raise ImageError(f"memory must be one row of 1 to {MAX_CELLS:,} doubles")
    if registers.dtype != np.float64 or registers.shape != (len(Register),):
        raise ImageError(f"registers must be {len(Register)} doubles: {', '.join(REGISTERS)}")
    for numbers, what in ((cells, "cell"), (registers, "register")):
        check_cells(numbers, what)
        if zeros := np.flatnonzero((numbers == 0) & np.signbit(numbers)).size:
            raise ImageError(f"{zeros} {what}s hold -0.0; a zero is always +0.0")
    if problem := image.info.layout.check(size):
        raise ImageError(problem)
    if any(not 0 <= skill.address <= size - SKILL_CELLS for skill in image.info.skills):
        raise ImageError("a skill's row does not lie inside memory")
    _check_registers(registers, size)
    if not image.dialect.extended:
        _check_plain(image)
    if image.dialect.modulo and size != 1 << image.width:
        raise ImageError(
            f"dialect {image.dialect.name} needs a memory of 2**{image.width} cells; this one has {size:,}"
        )


def _check_registers(registers: Cells, size: int) -> None:
    low, sp, high = (int(registers[r]) for r in (Register.STACK_LOW, Register.SP, Register.STACK_HIGH))
    first, last = int(registers[Register.WRITE_LOW]), int(registers[Register.WRITE_HIGH])
    if any(value != int(value) for value in registers[1:]):
        raise ImageError("every register but pc must hold an integer")
    if not 0 <= low <= sp <= high <= size:
        raise ImageError(f"stack registers out of order: 0 <= {low} <= sp = {sp} <= {high} <= {size} must hold")
    if not 0 <= first <= last <= size:
        raise ImageError(f"write window {first}..{last} does not lie inside memory (0..{size})")
    if int(registers[Register.FAULT]) not in {int(fault) for fault in Fault}:
        raise ImageError(f"fault register holds {int(registers[Register.FAULT])}, which is no fault code")
    if problem := frame_problem(registers):
        raise ImageError(problem)


def _check_plain(image: Image) -> None:
    """Plain SUBLEQ has no real instruction, so one check at load keeps every cell an integer for good."""
    low, high = word_range(image.width)
    cells = image.state.cells
    bad = np.flatnonzero((cells != np.trunc(cells)) | (cells < low) | (cells > high))
    if bad.size:
        raise ImageError(
            f"dialect {image.dialect.name}: cell {int(bad[0])} holds {cells[bad[0]]}, no {image.width}-bit integer"
        )
    pc = image.state.pc
    if not pc.is_integer() or not low <= pc <= max(high, image.size + INSTRUCTION_CELLS):
        raise ImageError(f"dialect {image.dialect.name}: pc = {pc} can be reached by no jump and no step")
    window = image.state.registers[[Register.WRITE_LOW, Register.WRITE_HIGH]]
    if tuple(window) != (0.0, float(image.size)):
        raise ImageError(f"dialect {image.dialect.name} has no write window; it must span all of memory")
    if image.state.registers[Register.FP]:
        raise ImageError(f"dialect {image.dialect.name} has no frames; fp must be 0")


def write_image(path: str | Path, image: Image) -> None:
    """Write `image` to `path`, atomically. Raises FileError."""
    write_atomic(path, encode_image(image))


def encode_image(image: Image) -> bytes:
    """The safetensors bytes of `image`."""
    info = image.info
    metadata = {
        "dialect": image.dialect.name,
        "width": str(image.width),
        "registers": json.dumps(REGISTERS),
        "layout": json.dumps([[block.name, block.start, block.end] for block in info.layout]),
        "symbols": json.dumps(dict(info.symbols)),
        "constants": json.dumps(dict(info.constants)),
        "source": json.dumps([[line.start, line.end, line.file, line.line, line.text] for line in info.source]),
        "checksum": image.checksum,
    }
    if info.skills:
        metadata["skills"] = json.dumps([[s.name, s.address, s.slots, s.scratch] for s in info.skills])
    return _CONTAINER.encode({_CELLS: image.state.cells, _REGISTERS: image.state.registers}, metadata)


def read_image(path: str | Path) -> Image:
    """The image in `path`. Raises FileError when it cannot be read, ImageError when it is no sound image."""
    arrays, metadata = _CONTAINER.read(path)
    if set(arrays) != {_CELLS, _REGISTERS}:
        raise ImageError(f"{path}: expected tensors 'cells' and 'registers', found {sorted(arrays)[:5]}")
    try:
        return _decode(arrays, metadata)
    except ImageError as error:
        raise ImageError(f"{path}: {error.message}", error.hint) from None


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) > 1 << 53:
        raise ValueError("a number that must be whole and below 2**53 is not")
    return value


def _printable(text: object) -> str:
    """Source text as a terminal may show it: an image is not to be trusted with escape sequences."""
    return "".join(ch if ch.isprintable() or ch == "\t" else "\ufffd" for ch in str(text))


def _skill_block(name: str, address: int, slots: list[list[str]], scratch: int) -> SkillBlock:
    if len(slots) != len(SLOT_KINDS):
        raise ValueError("a skill's slots are not of four kinds")
    return SkillBlock(str(name), _whole(address), tuple(tuple(map(str, kind)) for kind in slots), _whole(scratch))


def _decode(arrays: Mapping[str, Cells], metadata: Mapping[str, str]) -> Image:
    try:
        if json.loads(metadata["registers"]) != list(REGISTERS):
            raise ImageError(f"registers {metadata['registers'][:100]!r} are not those of this version")
        dialect = DIALECTS[metadata["dialect"]]
        width = _whole(json.loads(metadata["width"]))
        blocks = tuple(Block(str(n), _whole(a), _whole(b)) for n, a, b in json.loads(metadata["layout"]))
        symbols = {str(name): _whole(value) for name, value in json.loads(metadata["symbols"]).items()}
        constants = {str(name): _whole(value) for name, value in json.loads(metadata["constants"]).items()}
        source = tuple(
            SourceLine(_whole(a), _whole(b), _printable(file), _whole(line), _printable(text))
            for a, b, file, line, text in json.loads(metadata["source"])
        )
        skills = tuple(_skill_block(*entry) for entry in json.loads(metadata.get("skills", "[]")))
        checksum = metadata["checksum"]
        names = [*symbols, *constants, *(block.name for block in blocks), *(s.name for s in skills)]
        if not all(name.isprintable() for name in (*names, *(slot for skill in skills for slot in skill.names))):
            raise ImageError("a symbol's or a block's name holds control characters")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ImageError(f"metadata is incomplete or damaged ({type(error).__name__}: {str(error)[:100]})") from None
    state = State(arrays[_CELLS], arrays[_REGISTERS])
    info = ProgramInfo(Layout(blocks), symbols, source, constants=constants, skills=skills)
    image = Image(state, dialect, width, info)
    if image.checksum != checksum:
        raise ImageError("the checksum does not match: the file was changed or damaged")
    return image
