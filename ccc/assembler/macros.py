"""Expansion: included files and macros replaced by what they stand for, local labels bound to their scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccc.assembler.parse import parse_line
from ccc.assembler.report import Reporter, Sources
from ccc.assembler.syntax import (
    Cell,
    Data,
    Directive,
    Expr,
    Item,
    Label,
    Local,
    Name,
    Plain,
    Statement,
    SyntaxProblem,
    Text,
    with_parts,
)
from ccc.errors import FileError, Note, Span
from ccc.files import library_files

MAX_DEPTH = 64
"""How deep macros may use macros, and files include files."""
MAX_EXPANDED = 1 << 20
"""The most statements that macros may produce."""
FILE_SCOPE = "_"
"""The scope of local labels before the first ordinary label."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro as defined: its body is substituted at each use."""

    name: str
    span: Span
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a macro: which, and where it stands."""

    macro: str
    span: Span
    serial: int


def notes_of(uses: tuple[Use, ...]) -> tuple[Note, ...]:
    """What led to a statement, the innermost macro first."""
    return tuple(Note(f"in the expansion of macro '{use.macro}', used here", use.span) for use in reversed(uses))


@dataclass(frozen=True, slots=True)
class Step:
    """A statement after expansion, and the macro uses that led to it, outermost first."""

    statement: Statement
    uses: tuple[Use, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Where the statement comes from, the innermost macro first."""
        return notes_of(self.uses)


@dataclass(slots=True)
class _Context:
    """Where expansion stands.

    scope: of local labels. folder: where includes start. uses, arguments: of the macros being expanded. files: those
    being read, outermost first. opening, gathered: the macro that is being defined.
    """

    scope: str = FILE_SCOPE
    folder: Path | None = None
    uses: tuple[Use, ...] = ()
    files: tuple[Path, ...] = ()
    arguments: dict[str, Item] = field(default_factory=dict)
    opening: Statement | None = None
    gathered: list[Statement] = field(default_factory=list)


class Expander:
    """Turns source files into one list of steps. `macros` holds every macro defined on the way, `required` the names in
    the `.require` lines of the first source.
    """

    def __init__(self, sources: Sources, reporter: Reporter, libraries: Iterable[Path] = ()) -> None:
        self.macros: dict[str, Macro] = {}
        self.steps: list[Step] = []
        self.required: list[str] = []
        self._sources, self._reporter, self._libraries = sources, reporter, _Libraries(libraries)
        self._included: set[Path] = set()
        self._serial = 0
        self._expanded = 0

    def file(self, path: Path) -> None:
        """Expand the source in `path`. Raises FileError when it cannot be read, SourceError on too many mistakes."""
        try:
            lines = self._sources.read(path, str(path))
        except SyntaxProblem as problem:
            self._reporter.add(problem)
            return
        identity = _identity(path)
        self._included.add(identity)
        self._lines(lines, str(path), _Context(folder=path.parent, files=(identity,)))

    def text(self, text: str, name: str, folder: Path | None) -> None:
        """Expand a source given as text; without a folder it cannot include files."""
        try:
            lines = self._sources.add(text, name)
        except SyntaxProblem as problem:
            self._reporter.add(problem)
            return
        self._lines(lines, name, _Context(folder=folder))

    def _lines(self, lines: list[str], file: str, context: _Context) -> None:
        """Parse and expand line by line; a mistake in one does not stop the others."""
        for number, line in enumerate(lines, 1):
            try:
                statements = parse_line(line, file, number)
            except SyntaxProblem as problem:
                self._reporter.add(problem)
                continue
            for statement in statements:
                try:
                    self._take(statement, context)
                except SyntaxProblem as problem:
                    self._reporter.add(problem)
        if context.opening is not None:
            self._reporter.add(SyntaxProblem("this .macro has no .endmacro", context.opening.span))

    def _take(self, statement: Statement, context: _Context) -> None:
        """Expand a statement of a file, or gather it into the macro that is being defined."""
        name = statement.body.name if isinstance(statement.body, Directive) else ""
        if name == "macro":
            if context.opening is not None:
                raise SyntaxProblem("a macro inside a macro", statement.span, "end the first with .endmacro")
            context.opening, context.gathered = statement, []
        elif name == "endmacro":
            opening, context.opening = context.opening, None
            if opening is None:
                raise SyntaxProblem(".endmacro without .macro", statement.span)
            self._define(opening, tuple(context.gathered), statement)
        elif context.opening is not None:
            context.gathered.append(statement)
        else:
            self._statement(statement, context)

    def _define(self, opening: Statement, body: tuple[Statement, ...], closing: Statement) -> None:
        assert isinstance(opening.body, Directive)
        assert isinstance(closing.body, Directive)
        if opening.labels or closing.labels:
            raise SyntaxProblem("a macro's definition takes no label", opening.span)
        names = [_plain_name(cell) for cell in opening.body.cells]
        if not names:
            raise SyntaxProblem(".macro takes a name and the names of its parameters", opening.body.span)
        name, *parameters = names
        if len(set(parameters)) < len(parameters):
            raise SyntaxProblem(f"macro '{name}' names a parameter twice", opening.body.span)
        if closing.body.cells and [_plain_name(cell) for cell in closing.body.cells] != [name]:
            raise SyntaxProblem(f".endmacro of another macro than '{name}'", closing.body.cells[0].value.span)
        if name in self.macros:
            first = self.macros[name].span
            raise SyntaxProblem(f"macro '{name}' is defined twice", opening.body.span, f"first defined at {first}")
        self.macros[name] = Macro(name, opening.body.cells[0].value.span, tuple(parameters), body)

    def _statement(self, statement: Statement, context: _Context) -> None:
        """Expand one statement: take its labels into account, then replace it if it includes or uses a macro."""
        for label in statement.labels:
            if not context.uses and "@" not in label.name:
                context.scope = label.name
        bound = _bind_statement(statement, context)
        body = bound.body
        if isinstance(body, Directive) and not context.uses:
            context.scope = _scope_after(body, context.scope)
        if isinstance(body, Directive) and body.name in ("include", "require"):
            self._labels(bound, context)
            if context.uses:
                raise SyntaxProblem(f"a macro cannot .{body.name} anything", body.span)
            (self._include if body.name == "include" else self._require)(body, context)
        elif (macro := self._macro_of(body)) is not None:
            assert isinstance(body, Plain)
            self._labels(bound, context)
            self._use(macro, body, context)
        else:
            self._emit(bound, context)

    def _labels(self, statement: Statement, context: _Context) -> None:
        if statement.labels:
            self._emit(replace(statement, body=None), context)

    def _emit(self, statement: Statement, context: _Context) -> None:
        self.steps.append(Step(statement, context.uses))

    def _macro_of(self, body: object) -> Macro | None:
        if isinstance(body, Plain) and isinstance(body.cells[0].value, Name):
            return self.macros.get(body.cells[0].value.name)
        return None

    def _use(self, macro: Macro, body: Plain, context: _Context) -> None:
        head, *given = body.cells
        if any(use.macro == macro.name for use in context.uses):
            raise SyntaxProblem(f"macro '{macro.name}' uses itself", head.value.span)
        if len(context.uses) >= MAX_DEPTH:
            raise SyntaxProblem(f"macros use macros more than {MAX_DEPTH} deep", head.value.span)
        if len(given) != len(macro.parameters):
            takes = ", ".join(macro.parameters) or "none"
            raise SyntaxProblem(
                f"macro '{macro.name}' takes {count(len(macro.parameters), 'argument')} ({takes}), not {len(given)}",
                head.value.span,
            )
        for cell in given:
            if cell.labels:
                raise SyntaxProblem("a macro's argument takes no label", cell.labels[0].span)
        self._serial += 1
        use = Use(macro.name, head.value.span, self._serial)
        inner = _Context(
            f"{macro.name}.{self._serial}",
            uses=(*context.uses, use),
            arguments=dict(zip(macro.parameters, (cell.value for cell in given), strict=True)),
        )
        for statement in macro.body:
            self._expanded += 1
            if self._expanded > MAX_EXPANDED:
                first = inner.uses[0].span
                self._reporter.add(SyntaxProblem(f"macros produce more than {MAX_EXPANDED:,} statements", first))
                self._reporter.stop_if_any()
            try:
                self._statement(statement, inner)
            except SyntaxProblem as problem:
                self._reporter.add(problem, notes_of(inner.uses))

    def _include(self, body: Directive, context: _Context) -> None:
        if len(body.cells) != 1 or not isinstance(body.cells[0].value, Text):
            raise SyntaxProblem('.include takes one file name: .include "file"', body.span)
        place = body.cells[0].value.span
        if context.folder is None:
            raise SyntaxProblem("this text stands in no folder, so it cannot include files", place)
        path = context.folder / body.cells[0].value.data.decode("utf-8", "replace")
        try:
            if _identity(path) in context.files:
                raise SyntaxProblem(f"{path} includes itself", place)
        except FileError as error:
            raise SyntaxProblem(error.message, place) from None
        self._take_in(path, place, context)

    def _require(self, body: Directive, context: _Context) -> None:
        """Take in the sources of skills, found by name in the folder of this source and in the libraries."""
        for cell in body.cells:
            name = _plain_name(cell)
            if len(context.files) <= 1 and name not in self.required:
                self.required.append(name)
            path = self._libraries.source(name, context.folder)
            if path is None:
                hint = f"looked for {name}.s in {', '.join(map(str, self._libraries.folders)) or 'no library'}"
                raise SyntaxProblem(f"no skill '{name}' to be found", cell.value.span, hint)
            self._take_in(path, cell.value.span, context)

    def _take_in(self, path: Path, place: Span, context: _Context) -> None:
        if len(context.files) > MAX_DEPTH:
            raise SyntaxProblem(f"files include files more than {MAX_DEPTH} deep", place)
        try:
            identity = _identity(path)
            if identity in self._included:
                return  # a file is taken in once, so that libraries may each include what they need
            lines = self._sources.read(path, str(path))
        except FileError as error:
            raise SyntaxProblem(error.message, place) from None
        self._included.add(identity)
        inner = _Context(context.scope, path.parent, files=(*context.files, identity))
        self._lines(lines, str(path), inner)


def _scope_after(body: Directive, scope: str) -> str:
    """Local labels in a skill belong to its forward or its Jacobian code."""
    if body.name == "skill" and body.cells and isinstance(body.cells[0].value, Name):
        return body.cells[0].value.name
    if body.name == "jacobian":
        return f"{scope}.jacobian"
    return FILE_SCOPE if body.name == "endskill" else scope


class _Libraries:
    """Where the sources of skills are. What is in a folder is looked up once, when it is first needed."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(folders)
        self._files: dict[Path, dict[str, Path]] = {}

    def source(self, name: str, folder: Path | None) -> Path | None:
        """`name.s` in `folder`, else in or below a library, the first that has it; in a library, the first in order."""
        if folder is not None and (folder / f"{name}.s").is_file():
            return folder / f"{name}.s"
        return next((files[name] for files in map(self._in, self.folders) if name in files), None)

    def _in(self, folder: Path) -> dict[str, Path]:
        if folder not in self._files:
            self._files[folder] = {path.stem: path for path in reversed(library_files(folder, "*.s"))}
        return self._files[folder]


def count(number: int, what: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _identity(path: Path) -> Path:
    """One name for one file. Raises FileError where the path makes no sense to the system."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise FileError(f"cannot read {path}: {error}") from None


def _plain_name(cell: Cell) -> str:
    if isinstance(cell.value, Name) and not cell.labels and "@" not in cell.value.name:
        return cell.value.name
    raise SyntaxProblem("expected a name", cell.value.span)


def _bind_statement(statement: Statement, context: _Context) -> Statement:
    labels = tuple(_bind_label(label, context) for label in statement.labels)
    body = statement.body
    if isinstance(body, Plain):
        body = Plain(body.span, _bind_cells(body.cells, context))
    elif isinstance(body, Data):
        body = Data(body.span, _bind_cells(body.cells, context))
    elif isinstance(body, Directive):
        body = Directive(body.span, body.name, _bind_cells(body.cells, context))
    return Statement(statement.span, labels, body)


def _bind_cells(cells: Iterable[Cell], context: _Context) -> tuple[Cell, ...]:
    bound = []
    for cell in cells:
        labels = tuple(_bind_label(label, context) for label in cell.labels)
        bound.append(Cell(labels, _bind_item(cell.value, context)))
    return tuple(bound)


def _bind_label(label: Label, context: _Context) -> Label:
    """A label under its full name; one named like a parameter takes the name given as argument."""
    if label.name.startswith("@"):
        return Label(label.span, context.scope + label.name)
    argument = context.arguments.get(label.name)
    if argument is None:
        return label
    if not isinstance(argument, Name):
        raise SyntaxProblem(
            f"parameter '{label.name}' is defined as a label here, so its argument must be a name", argument.span
        )
    return Label(argument.span, argument.name)


def _bind_item(item: Item, context: _Context) -> Item:
    """Parameters replaced by arguments, local names by full ones. Arguments were bound where they were written."""
    match item:
        case Name(_, name):
            return context.arguments.get(name, item)
        case Local(span, name):
            return Name(span, f"{context.scope}@{name}", bound=True)
        case Text():
            return item
        case _:
            return with_parts(item, lambda part: _bind(part, context))


def _bind(expr: Expr, context: _Context) -> Expr:
    found = _bind_item(expr, context)
    if isinstance(found, Text):
        raise SyntaxProblem("a string cannot be part of an expression", found.span)
    return found
