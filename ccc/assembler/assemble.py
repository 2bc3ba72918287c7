"""Source to image: addresses for the pieces, values for the cells, registers, symbols and source map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from ccc.assembler.content import Content, Kind, Piece, Program, Setting
from ccc.assembler.expressions import Value, evaluate, parts
from ccc.assembler.literals import Literal, Pool, content_of
from ccc.assembler.macros import Expander
from ccc.assembler.pieces import Gatherer, read_settings
from ccc.assembler.registers import register_problem
from ccc.assembler.report import Reporter, Sources
from ccc.assembler.skill_syntax import Skill
from ccc.assembler.skills import expand_skills, skill_blocks
from ccc.assembler.sourcemap import SourceMap
from ccc.assembler.symbols import AlreadyReported, Symbols, Unsettled
from ccc.assembler.syntax import Expr, Name, Pooled, SyntaxProblem
from ccc.errors import Note, Span
from ccc.machine import (
    BLOCK_ORDER,
    MAX_CELLS,
    Block,
    Image,
    Layout,
    ProgramInfo,
    Register,
    SourceLine,
    State,
    fresh_registers,
    operand_range,
    word_range,
    wrap,
)
from ccc.machine.numbers import Cells

DEFAULT_STACK = 256
_T = TypeVar("_T")


def assemble_file(
    path: str | Path, *, dialect: str | None = None, width: int | None = None, libraries: Sequence[Path] = ()
) -> Image:
    """The image of the program in `path`; arguments win over what the source says. libraries: folders that `.require`
    looks in for skills.

    Raises SourceError with every mistake found, FileError when `path` cannot be read, UsageError for an unknown dialect
    or width.
    """
    sources = Sources()
    reporter = Reporter(sources)
    expander = Expander(sources, reporter, libraries)
    expander.file(Path(path))
    return _assemble(expander, sources, reporter, Span(str(path), 1, 1), dialect, width)


def assemble_text(
    text: str,
    name: str = "<text>",
    *,
    dialect: str | None = None,
    width: int | None = None,
    base: Path | None = None,
    libraries: Sequence[Path] = (),
) -> Image:
    """The image of the program in `text`, called `name` in messages. `.include` starts from the folder `base`.
    libraries: folders that `.require` looks in for skills.

    Raises SourceError with every mistake found, UsageError for an unknown dialect or width.
    """
    sources = Sources()
    reporter = Reporter(sources)
    expander = Expander(sources, reporter, libraries)
    expander.text(text, name, base)
    return _assemble(expander, sources, reporter, Span(name, 1, 1), dialect, width)


def _assemble(
    expander: Expander, sources: Sources, reporter: Reporter, start: Span, dialect: str | None, width: int | None
) -> Image:
    chosen, bits = read_settings(expander.steps, reporter, dialect, width)
    program = Program(chosen, bits, Symbols(reporter.add))
    steps, skills = expand_skills(expander.steps, chosen, reporter.add)
    Gatherer(program, expander.macros, reporter).gather(steps)
    reporter.stop_if_any()
    return _Assembly(program, sources, reporter, start, skills).image()


class _Assembly:
    """One program on its way from pieces to an image."""

    def __init__(
        self, program: Program, sources: Sources, reporter: Reporter, start: Span, skills: Mapping[str, Skill]
    ) -> None:
        self._program, self._sources, self._reporter, self._start = program, sources, reporter, start
        self._skills = skills
        self._symbols = program.symbols
        self._symbols.pool = self._pooled
        self._pool = Pool()
        self._blocks: dict[str, Block] = {}
        self._misplaced = False

    def image(self) -> Image:
        """Raises SourceError where the program has mistakes."""
        for pieces in self._program.blocks.values():
            for piece in pieces:
                self._collect_literals(piece)
        for constant in self._symbols.constants.values():
            self._pool_in(constant.expr, constant.notes)
        for setting in (*self._program.settings.values(), *self._program.registers.values()):
            for expr in setting.values:
                self._pool_in(expr, setting.piece.step.notes)
        end = 0
        for name in BLOCK_ORDER:
            end = self._place_block(name, end)
        before = self._reporter.count
        size = self._size(end)
        if self._misplaced or self._reporter.count > before:
            # Addresses after such a mistake are wrong: what they lead to would be no mistakes of the source.
            self._reporter.stop_if_any()
        cells = np.zeros(size)
        for pieces in self._program.blocks.values():
            for piece in pieces:
                self._fill_in(piece, cells)
        self._fill_literals(cells)
        registers = self._registers(size)
        constants = self._constants()
        self._reporter.stop_if_any()
        layout = Layout(tuple(block for block in self._blocks.values() if block.size))
        labels = {name: address for name, address in self._symbols.addresses.items() if address is not None}
        skills = skill_blocks(self._skills, labels)
        info = ProgramInfo(layout, labels, self._source_map(), constants=constants, skills=skills)
        return Image(State(cells, registers), self._program.dialect, self._program.width, info)

    # Literals

    def _collect_literals(self, piece: Piece) -> None:
        contents = [cell for cell in piece.cells if isinstance(cell, Content)]
        if piece.gap and piece.gap.fill:
            contents.append(piece.gap.fill)
        for content in contents:
            if content.expr is not None:
                self._pool_in(content.expr, piece.step.notes, piece)

    def _pool_in(self, expr: Expr, notes: tuple[Note, ...], piece: Piece | None = None) -> None:
        """Make a cell for each literal in `expr`, the inner ones first."""
        for node in reversed(list(parts(expr))):
            if isinstance(node, Pooled):
                self._pool.add(Literal(node, notes, piece), self._early_value(node))

    def _early_value(self, literal: Pooled) -> float | None:
        """The cell of a literal that depends on no address, or None."""
        expr = literal.value
        if any(isinstance(node, Name) and node.name not in self._symbols.places for node in parts(expr)):
            return None  # looking up an unknown name would count as having reported it
        try:
            return self._value(content_of(literal), None)
        except (SyntaxProblem, AlreadyReported, Unsettled):
            return None  # a mistake is reported when the cell is filled

    def _pooled(self, literal: Pooled) -> int | None:
        block = self._blocks.get("literals")
        slot = self._pool.slot(literal)
        if block is None or slot is None:
            return None
        return block.end - len(self._pool.entries) + slot

    def _fill_literals(self, cells: Cells) -> None:
        first = self._blocks["literals"].end - len(self._pool.entries)
        for index, literal in enumerate(self._pool.entries):
            cells[first + index] = self._try(partial(self._value, content_of(literal.node), None), literal.notes) or 0.0

    # Addresses

    def _place_block(self, name: str, start: int) -> int:
        address = start
        for piece in self._program.blocks[name]:
            piece.address = address
            found = self._reporter.count
            for offset, label in piece.labels:
                self._symbols.place(label, address + offset)
            piece.size = self._try(partial(self._piece_size, piece), piece.step.notes) or 0
            self._misplaced |= self._reporter.count > found
            if address + piece.size > MAX_CELLS:
                problem = f"the program is larger than {MAX_CELLS:,} cells"
                self._reporter.add(SyntaxProblem(problem, piece.step.statement.span), piece.step.notes)
                self._reporter.stop_if_any()
            address += piece.size
        if name == "literals":
            address += len(self._pool.entries)
        if name == "stack":
            address = max(address, start + self._stack_size())
        if name == "data" and self._program.dialect.modulo:
            address = max(address, self._modulo_end())
        self._blocks[name] = Block(name, start, address)
        return address

    def _piece_size(self, piece: Piece) -> int:
        gap = piece.gap
        if gap is None:
            return len(piece.cells)
        amount = self._integer(gap.amount, piece)
        span = gap.amount.span
        if gap.how == "org":
            if amount < piece.here():
                raise SyntaxProblem(f".org {amount} goes backwards: this is address {piece.here()}", span)
            amount -= piece.here()
        elif gap.how == "align":
            if amount < 1:
                raise SyntaxProblem(f".align {amount}: it must be positive", span)
            amount = -piece.here() % amount
        if not 0 <= amount <= MAX_CELLS:
            raise SyntaxProblem(f"{amount:,} cells: it must be between 0 and {MAX_CELLS:,}", span)
        return amount

    def _integer(self, expr: Expr, piece: Piece) -> int:
        try:
            value = evaluate(expr, self._symbols, piece.address)
        except Unsettled as unsettled:
            raise SyntaxProblem(f"this depends on {unsettled.what}, which is not known yet here", expr.span) from None
        if isinstance(value, float):
            raise SyntaxProblem("expected an integer, found a real", expr.span)
        return value

    def _stack_size(self) -> int:
        setting = self._program.settings.get("stack")
        if setting is None:
            contents = sum(piece.size for piece in self._program.blocks["stack"])
            return DEFAULT_STACK if self._program.uses_stack and not contents else 0
        size = self._try(lambda: self._integer(setting.values[0], setting.piece), setting.piece.step.notes) or 0
        if not 0 <= size <= MAX_CELLS:
            self._reporter.add(
                SyntaxProblem(f"a stack of {size:,} cells: it must have 0 to {MAX_CELLS:,}", setting.values[0].span)
            )
            return 0
        return size

    def _modulo_end(self) -> int:
        """Where data ends when it takes up the rest of the address space; 0 where blocks follow it."""
        above = any(piece.cells or piece.gap for name in ("stack", "pointers") for piece in self._program.blocks[name])
        return 0 if above or self._program.width > 16 else 1 << self._program.width

    def _size(self, end: int) -> int:
        """The size of memory. Reports where it cannot be."""
        program = self._program
        made = any(piece.size for pieces in program.blocks.values() for piece in pieces) or self._pool.entries
        if not made and not self._blocks["stack"].size:
            self._report_nothing()
        elif end > MAX_CELLS:
            problem = f"the program needs {end:,} cells; at most {MAX_CELLS:,} are allowed"
            self._reporter.add(SyntaxProblem(problem, self._start))
        elif program.dialect.modulo:
            full = 1 << program.width
            if program.width > 16:
                hint = "say .width 8 or .width 16: memory is the whole address space"
                problem = f"dialect {program.dialect.name} needs words of 8 or 16 bits"
                self._reporter.add(SyntaxProblem(problem, self._start, hint))
            elif end > full:
                problem = f"the program needs {end:,} cells; dialect {program.dialect.name} has 2**{program.width}"
                self._reporter.add(SyntaxProblem(problem, self._start))
            return full
        return end

    def _report_nothing(self) -> None:
        """Report that there are no cells, where no other mistake may be the cause."""
        for register, setting in self._program.registers.items():
            self._register(setting, setting.values[0], register)
        for setting in self._program.settings.values():
            for expr in setting.values:
                self._register(setting, expr, Register.PC)
        self._constants()
        self._reporter.stop_if_any()
        self._reporter.add(SyntaxProblem("nothing to assemble: no statement makes a cell", self._start))

    # Values

    def _fill_in(self, piece: Piece, cells: Cells) -> None:
        address = piece.here()
        if piece.gap is not None:
            if piece.gap.fill is not None and piece.gap.fill.expr is not None:
                cells[address : address + piece.size] = self._cell(piece.gap.fill, address, piece)
            return
        for index, cell in enumerate(piece.cells):
            cells[address + index] = self._cell(cell, address + index, piece)

    def _cell(self, cell: Content | int, address: int, piece: Piece) -> float:
        if isinstance(cell, int):  # an opcode, or a byte of a string
            return wrap(cell, self._program.width) if cell > 0 else cell
        return self._try(partial(self._value, cell, address), piece.step.notes) or 0.0

    def _value(self, cell: Content, address: int | None) -> float:
        """What a cell at `address` holds. Raises SyntaxProblem, AlreadyReported or Unsettled."""
        here = None if address is None else address - cell.back
        if cell.expr is None:
            return self._stored((here or 0) + cell.plus, cell)
        return self._stored(evaluate(cell.expr, self._symbols, here), cell)

    def _stored(self, value: Value, cell: Content) -> float:
        """What a cell of this kind holds for `value`. Raises SyntaxProblem where it cannot hold it."""
        span = cell.expr.span if cell.expr is not None else self._start
        extended, width = self._program.dialect.extended, self._program.width
        if isinstance(value, float):
            if not extended:
                raise SyntaxProblem(f"dialect {self._program.dialect.name} has no real numbers", span)
            if cell.kind is Kind.INTEGER:
                raise SyntaxProblem("expected an integer, found a real", span, "reals stand in `.reals` or `. `")
            if cell.kind is Kind.ADDRESS:
                raise SyntaxProblem("expected an address, found a real", span)
            return value + 0.0
        if cell.kind is Kind.NUMBER and extended:
            return float(value)
        low, high = word_range(width)
        if extended and cell.kind in (Kind.ADDRESS, Kind.ITEM):
            low, high = operand_range(width)
            if not low <= value <= high:
                raise SyntaxProblem(f"{value} is no address: it must lie in {low}..{high}", span)
            return value
        if value > high and self._is_lost_address(cell):
            hint = "`.pointer` or `.reals` holds it" if extended else "a wider word holds it"
            raise SyntaxProblem(f"address {value} does not fit {width} bits", span, hint)
        if not low <= value <= 2 * high + 1:
            raise SyntaxProblem(f"{value} does not fit a cell of {width} bits ({low}..{2 * high + 1})", span)
        return wrap(value, width)

    def _is_lost_address(self, cell: Content) -> bool:
        """Whether a value above the largest integer would be an address that wraps to something else."""
        if cell.kind in (Kind.ADDRESS, Kind.ITEM) or cell.expr is None or self._program.dialect.modulo:
            return False  # plain operands wrap as they stand; where addresses count modulo 2^W, nothing is lost
        return self._symbols.is_address(cell.expr)

    def _try(self, work: Callable[[], _T], notes: tuple[Note, ...]) -> _T | None:
        """Do `work`, turning a mistake in it into a report."""
        try:
            return work()
        except SyntaxProblem as problem:
            self._reporter.add(problem, notes)
        except AlreadyReported:
            assert self._reporter.count, "a value failed without a report"
        return None

    # The rest of the image

    def _registers(self, size: int) -> Cells:
        stack = self._blocks["stack"]
        bounds = (stack.start, stack.end) if self._program.dialect.extended and stack.size else None
        registers = fresh_registers(size, stack=bounds)
        settings = self._program.settings
        for name, targets in (("entry", (Register.PC,)), ("writable", (Register.WRITE_LOW, Register.WRITE_HIGH))):
            if name in settings:
                for target, expr in zip(targets, settings[name].values, strict=True):
                    registers[target] = self._register(settings[name], expr, target)
        for register, setting in self._program.registers.items():
            registers[register] = self._register(setting, setting.values[0], register)
        if not (any(name in settings for name in ("entry", "writable")) or self._program.registers):
            return registers
        problem = register_problem(registers, size, self._program)
        if problem:
            given = [*self._program.registers.values(), *(settings[n] for n in ("writable", "entry") if n in settings)]
            self._reporter.add(SyntaxProblem(problem, given[0].span), given[0].piece.step.notes)
        return registers

    def _register(self, setting: Setting, expr: Expr, register: Register) -> float:
        def value() -> float:
            found = evaluate(expr, self._symbols, setting.piece.address)
            if register is not Register.PC and isinstance(found, float):
                raise SyntaxProblem(f"register {register.label} holds an integer, found a real", expr.span)
            return float(found)

        return self._try(value, setting.piece.step.notes) or 0.0

    def _constants(self) -> dict[str, int]:
        """The constants that are integers."""
        constants = {}
        for name, constant in self._symbols.constants.items():
            value = self._try(partial(self._symbols.constant, name), constant.notes)
            if isinstance(value, int):
                constants[name] = value
        return constants

    def _source_map(self) -> tuple[SourceLine, ...]:
        lines = SourceMap(self._sources)
        for name in BLOCK_ORDER:
            for piece in self._program.blocks[name]:
                lines.add(piece, piece.here(), piece.size)
            if name == "literals":
                first = self._blocks[name].end - len(self._pool.entries)
                for index, literal in enumerate(self._pool.entries):
                    if literal.piece is not None:
                        lines.add(literal.piece, first + index, 1)
        return tuple(lines.lines)
