"""Steps to pieces: what each statement puts where, before any address is known."""

from __future__ import annotations

from collections.abc import Callable

from ccc.assembler.content import Content, Gap, Kind, Piece, Program, Setting
from ccc.assembler.macros import Macro, Step, count
from ccc.assembler.pointers import POINTER_TAKES, read_pointer
from ccc.assembler.report import Reporter
from ccc.assembler.symbols import Constant
from ccc.assembler.syntax import Binary, Cell, Data, Directive, Expr, Name, Number, Plain, SyntaxProblem, Text
from ccc.errors import Span, UsageError, nearest
from ccc.isa import BY_MNEMONIC, DIALECTS, SUBLEQ, Dialect, Family, Instruction, Operand, find_dialect
from ccc.machine import BLOCK_ORDER, REGISTERS, WIDTHS, Register


def read_settings(steps: list[Step], reporter: Reporter, dialect: str | None, width: int | None) -> tuple[Dialect, int]:
    """Dialect and word width: the arguments, else what the directives say, else the defaults.

    Raises UsageError when an argument is unknown.
    """
    if width is not None and width not in WIDTHS:
        raise UsageError(f"word width {width}: it must be one of {', '.join(map(str, WIDTHS))}")
    chosen = find_dialect(dialect) if dialect is not None else None
    found: dict[str, Dialect | int] = {}
    for step in steps:
        body = step.statement.body
        if isinstance(body, Directive) and body.name in ("dialect", "width"):
            try:
                value = _dialect(body) if body.name == "dialect" else _width(body)
                if found.setdefault(body.name, value) != value:
                    raise SyntaxProblem(f".{body.name} is given twice, differently", body.span)
            except SyntaxProblem as problem:
                reporter.add(problem, step.notes)
    spoken, bits = found.get("dialect"), found.get("width", 32)
    if chosen is None:
        chosen = spoken if isinstance(spoken, Dialect) else DIALECTS["ccc"]
    return chosen, width if width is not None else bits if isinstance(bits, int) else 32


def _dialect(body: Directive) -> Dialect:
    value = body.cells[0].value if len(body.cells) == 1 else None
    name = value.data.decode("utf-8", "replace") if isinstance(value, Text) else _word(value)
    if not name or value is None:
        raise SyntaxProblem(".dialect takes one name", body.span, f"known: {', '.join(DIALECTS)}")
    if name not in DIALECTS:
        hint = nearest(name, DIALECTS) or f"known: {', '.join(DIALECTS)}"
        raise SyntaxProblem(f"no dialect '{name}'", value.span, hint)
    return DIALECTS[name]


def _word(value: object) -> str:
    """A name with hyphens, which the grammar reads as a subtraction."""
    if isinstance(value, Binary) and value.operator == "-":
        left, right = _word(value.left), _word(value.right)
        return f"{left}-{right}" if left and right else ""
    return value.name if isinstance(value, Name) else ""


def _width(body: Directive) -> int:
    value = body.cells[0].value if len(body.cells) == 1 else None
    if not isinstance(value, Number) or value.value not in WIDTHS or not isinstance(value.value, int):
        place = value.span if value is not None else body.span
        raise SyntaxProblem(f".width takes one of {', '.join(map(str, WIDTHS))}", place)
    return value.value


class Gatherer:
    """Sorts the steps of a program into pieces, block by block."""

    def __init__(self, program: Program, macros: dict[str, Macro], reporter: Reporter) -> None:
        self._program, self._macros, self._reporter = program, macros, reporter
        self._block = "code"
        self._heads: set[Span] = set()  # names that start a statement and are no instructions
        self._mnemonics = BY_MNEMONIC if program.dialect.extended else {SUBLEQ.mnemonic: SUBLEQ}
        for macro in macros.values():
            if macro.name.lower() in self._mnemonics:
                problem = f"a macro cannot take the name of the instruction '{macro.name.lower()}'"
                reporter.add(SyntaxProblem(problem, macro.span))
        program.symbols.undefined = self._undefined

    def gather(self, steps: list[Step]) -> None:
        """Put every step into the program, reporting mistakes on the way."""
        for step in steps:
            piece = Piece(step)
            try:
                for label in step.statement.labels:
                    self._label(label.name, label.span, piece, 0)
                # A directive that changes the block, and its labels, still belong to the old one.
                self._program.blocks[self._block].append(piece)
                self._body(step, piece)
            except SyntaxProblem as problem:
                self._reporter.add(problem, step.notes)

    def _body(self, step: Step, piece: Piece) -> None:
        match step.statement.body:
            case Plain() as body:
                head = body.cells[0].value
                row = self._mnemonics.get(head.name.lower()) if isinstance(head, Name) else None
                if row is not None:
                    self._instruction(row, body, piece)
                else:
                    if isinstance(head, Name):
                        self._heads.add(head.span)
                    self._subleq(body.cells, body, piece)
            case Data() as body:
                self._cells(body.cells, piece, Kind.WORD)
            case Directive() as body:
                if body.name not in _HANDLERS:
                    known = (*_HANDLERS, *ELSEWHERE)
                    hint = nearest(f".{body.name}", [f".{name}" for name in known])
                    raise SyntaxProblem(f"unknown directive '.{body.name}'", body.span, hint)
                _HANDLERS[body.name](self, body, piece)

    def _label(self, name: str, span: Span, piece: Piece, offset: int) -> None:
        self._free(name, span)
        try:
            self._program.symbols.define_label(name, span)
        except SyntaxProblem as problem:
            if piece.step.uses and "@" not in name:
                problem.hint = f"a label inside a macro is defined at each use; `@{name}` would be private to one use"
            raise
        piece.labels.append((offset, name))

    def _free(self, name: str, span: Span) -> None:
        # The rows of skills may be called as instructions are: an atom is the instruction as a skill.
        if name.lower() in self._mnemonics and self._block != "skills":
            raise SyntaxProblem(f"'{name}' is an instruction and cannot name anything else", span)
        if name in self._macros:
            raise SyntaxProblem(f"'{name}' is a macro and cannot name anything else", span)

    def _undefined(self, name: Name) -> SyntaxProblem:
        if name.name.lower() in self._mnemonics:
            hint = "an instruction starts a statement; `- x` after it is a subtraction, ` -x` is not"
            return SyntaxProblem(f"'{name.name}' is an instruction, not a value", name.span, hint)
        if name.name in self._macros:
            place = self._macros[name.name].span
            hint = f"it starts a statement, after its definition at {place}"
            return SyntaxProblem(f"'{name.name}' is a macro, not a value", name.span, hint)
        local = "@" in name.name
        names = [known for known in self._program.symbols if ("@" in known) == local]
        if len(name.name) > 2 and not local:  # a shorter name is close to half the mnemonics, which helps nobody
            names += [*self._mnemonics, *self._macros]
        hint = nearest(name.name, names)
        if local:
            scope, _, rest = name.name.rpartition("@")
            written = f"@{rest}" if name.bound else name.name
            if name.bound:
                hint = hint.replace(f"'{scope}@", "'@")
            return SyntaxProblem(f"undefined local label '{written}'", name.span, hint)
        expected = " where an instruction, macro or symbol is expected" if name.span in self._heads else ""
        return SyntaxProblem(f"undefined symbol '{name.name}'{expected}", name.span, hint)

    # Statements that make cells

    def _instruction(self, row: Instruction, body: Plain, piece: Piece) -> None:
        head, *given = body.cells
        if row is SUBLEQ:
            if not 2 <= len(given) <= 3:
                raise SyntaxProblem(f"subleq takes two or three cells: a, b[, c]; found {len(given)}", head.value.span)
            self._subleq(tuple(given), body, piece)
            return
        if len(given) != len(row.operands):
            takes = "; ".join(operand.value for operand in row.operands)
            message = f"{row.mnemonic} takes {count(len(row.operands), 'operand')}{f' ({takes})' if takes else ''}"
            place = given[len(row.operands)].value.span if len(given) > len(row.operands) else head.value.span
            raise SyntaxProblem(f"{message}, found {len(given)}", place, f"{row.mnemonic}: {row.meaning}")
        if row.family in (Family.STACK, Family.FRAME) or Operand.OFFSET in row.operands:
            self._program.uses_stack = True
        piece.cells.append(row.opcode)
        rest = iter(given)
        for operand in (row.b, row.c):
            if operand is None:
                piece.cells.append(0)
                continue
            kind = Kind.ADDRESS if operand in (Operand.CELL, Operand.CODE) else Kind.WORD
            if operand is Operand.OFFSET:
                kind = Kind.INTEGER
            self._cell(next(rest), piece, kind)

    def _subleq(self, cells: tuple[Cell, ...], body: Plain, piece: Piece) -> None:
        if len(cells) > 3:
            raise SyntaxProblem(
                f"SUBLEQ takes at most three cells, found {len(cells)}", cells[3].value.span,
                "data begins with '. '; ';' separates statements",
            )  # fmt: skip
        for cell in cells:
            self._cell(cell, piece, Kind.ITEM)
        if len(cells) == 1:
            first = piece.cells[0]
            assert isinstance(first, Content)
            piece.cells.append(Content(first.expr, Kind.ITEM, back=1))
        if len(cells) < 3:
            piece.cells.append(Content(None, Kind.ITEM, plus=1))

    def _cell(self, cell: Cell, piece: Piece, kind: Kind) -> None:
        for label in cell.labels:
            self._label(label.name, label.span, piece, len(piece.cells))
        if isinstance(cell.value, Text):
            hint = 'strings stand in data, as in `. "text"`'
            raise SyntaxProblem("expected a number, found a string", cell.value.span, hint)
        piece.cells.append(Content(cell.value, kind))

    def _cells(self, cells: tuple[Cell, ...], piece: Piece, kind: Kind, *, strings: bool = True) -> None:
        for cell in cells:
            if isinstance(cell.value, Text) and strings:
                for label in cell.labels:
                    self._label(label.name, label.span, piece, len(piece.cells))
                piece.cells += cell.value.data
            else:
                self._cell(cell, piece, kind)

    # Directives

    def _expressions(self, body: Directive, least: int, most: int, takes: str) -> tuple[Expr, ...]:
        values = []
        for cell in body.cells:
            if cell.labels:
                raise SyntaxProblem("a label has no cell to stand before here", cell.labels[0].span)
            if isinstance(cell.value, Text):
                raise SyntaxProblem(f".{body.name} takes {takes}, not a string", cell.value.span)
            values.append(cell.value)
        if not least <= len(values) <= most:
            place = body.cells[most].value.span if len(values) > most else body.span
            raise SyntaxProblem(f".{body.name} takes {takes}, found {len(values)}", place)
        return tuple(values)

    def _extended_only(self, body: Directive) -> None:
        if not self._program.dialect.extended:
            raise SyntaxProblem(f"dialect {self._program.dialect.name} has no use for .{body.name}", body.span)

    def _nothing(self, body: Directive, piece: Piece) -> None:
        """`.dialect` and `.width` were read before."""

    def _switch(self, body: Directive, piece: Piece) -> None:
        if body.name != "block":
            self._expressions(body, 0, 0, "nothing")
            self._block = body.name
            return
        (value,) = self._expressions(body, 1, 1, "the name of a block")
        name = value.name if isinstance(value, Name) else ""
        if name not in BLOCK_ORDER:
            hint = nearest(name, BLOCK_ORDER) or f"the blocks are {', '.join(BLOCK_ORDER)}"
            raise SyntaxProblem("no such block", value.span, hint)
        self._block = name

    def _gap(self, body: Directive, piece: Piece) -> None:
        if body.name == "fill":
            amount, *rest = self._expressions(body, 1, 2, "a count and a value")
            piece.gap = Gap("fill", amount, Content(rest[0] if rest else None))
        else:
            (amount,) = self._expressions(body, 1, 1, "one number")
            piece.gap = Gap(body.name, amount)

    def _numbers(self, body: Directive, piece: Piece) -> None:
        if not body.cells:
            raise SyntaxProblem(f".{body.name} takes at least one number", body.span)
        self._cells(body.cells, piece, Kind.INTEGER if body.name == "cells" else Kind.NUMBER, strings=False)

    def _string(self, body: Directive, piece: Piece) -> None:
        if not body.cells or not all(isinstance(cell.value, Text) for cell in body.cells):
            place = next((cell.value.span for cell in body.cells if not isinstance(cell.value, Text)), body.span)
            raise SyntaxProblem(f".{body.name} takes a string", place)
        for cell in body.cells:
            self._cells((cell,), piece, Kind.WORD)
            if body.name == "stringz":
                piece.cells.append(0)

    def _named(self, body: Directive) -> tuple[Name, Expr]:
        name, value = self._expressions(body, 2, 2, "a name and a value")
        if not isinstance(name, Name):
            raise SyntaxProblem(f".{body.name} takes a name first", name.span)
        return name, value

    def _constant(self, body: Directive, piece: Piece) -> None:
        name, value = self._named(body)
        self._free(name.name, name.span)
        constant = Constant(name.name, value, piece.here, piece.step.notes)
        self._program.symbols.define_constant(constant, name.span)

    def _pointer(self, body: Directive, piece: Piece) -> None:
        """Address, stride, rows, columns; a label of its own for the row."""
        self._extended_only(body)
        name, pointer = read_pointer(body, self._expressions(body, 2, 5, POINTER_TAKES))
        values = (pointer.address, pointer.stride, pointer.rows, pointer.columns)
        kinds = (Kind.ADDRESS, *[Kind.INTEGER] * 3)
        contents = [Content(v or Number(name.span, 1), kind) for v, kind in zip(values, kinds, strict=True)]
        row = Piece(piece.step, list(contents))
        self._label(name.name, name.span, row, 0)
        self._program.blocks["pointers"].append(row)

    def _setting(self, body: Directive, piece: Piece) -> None:
        if body.name != "entry":
            self._extended_only(body)
        low_high = body.name == "writable"
        number = 2 if low_high else 1
        values = self._expressions(body, number, number, "two addresses" if low_high else "one number")
        if body.name in self._program.settings:
            raise SyntaxProblem(f".{body.name} is given twice", body.span)
        self._program.settings[body.name] = Setting(values, piece, body.span)

    def _register(self, body: Directive, piece: Piece) -> None:
        name, value = self._named(body)
        if name.name not in REGISTERS:
            hint = nearest(name.name, REGISTERS) or f"the registers are {', '.join(REGISTERS)}"
            raise SyntaxProblem(f"no register '{name.name}'", name.span, hint)
        register = Register(REGISTERS.index(name.name))
        if register in self._program.registers:
            raise SyntaxProblem(f"register {name.name} is given twice", name.span)
        self._program.registers[register] = Setting((value,), piece, body.span)


ELSEWHERE = (
    *("macro", "endmacro", "include", "require"),
    *("skill", "endskill", "input", "output", "constant", "weight", "scratch", "jacobian", "invoke"),
)
"""The directives of other stages."""

_Handler = Callable[[Gatherer, Directive, Piece], None]

_HANDLERS: dict[str, _Handler] = {
    "align": Gatherer._gap,
    "block": Gatherer._switch,
    "cells": Gatherer._numbers,
    "code": Gatherer._switch,
    "const": Gatherer._constant,
    "data": Gatherer._switch,
    "dialect": Gatherer._nothing,
    "entry": Gatherer._setting,
    "equ": Gatherer._constant,
    "fill": Gatherer._gap,
    "org": Gatherer._gap,
    "pointer": Gatherer._pointer,
    "reals": Gatherer._numbers,
    "register": Gatherer._register,
    "stack": Gatherer._setting,
    "string": Gatherer._string,
    "stringz": Gatherer._string,
    "width": Gatherer._nothing,
    "writable": Gatherer._setting,
}
"""Every directive of this stage; `.macro`, `.endmacro` and `.include` were dealt with in expansion."""
