"""The source texts of one assembly, and the mistakes found in them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ccc.assembler.syntax import SyntaxProblem
from ccc.errors import Diagnostic, Note, SourceError, Span
from ccc.files import Stamp, read_bytes, stamp

MAX_SOURCE = 1 << 26
"""The most bytes of source, all files together."""
MAX_REPORTED = 20


class Sources:
    """Every source text by its name, as lines, so that a mistake can be shown with its line."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self.stamps: list[Stamp] = []
        self._room = MAX_SOURCE

    def read(self, path: Path, name: str) -> list[str]:
        """The lines of a file. Raises FileError when it cannot be read, SyntaxProblem when it is no UTF-8 text."""
        with suppress(OSError):  # reading it says what is wrong
            self.stamps.append(stamp(path))
        data = read_bytes(path, self._room)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._lines[name] = []
            line = data.count(b"\n", 0, error.start) + 1
            raise SyntaxProblem("not UTF-8 text", Span(name, line, 1)) from None
        return self.add(text, name)

    def add(self, text: str, name: str) -> list[str]:
        """Keep a text under `name`. Raises SyntaxProblem when all texts together are too long."""
        self._lines[name] = []
        self._room -= len(text)
        if self._room < 0:
            raise SyntaxProblem(f"more than {MAX_SOURCE:,} bytes of source", Span(name, 1, 1))
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        self._lines[name] = lines
        return lines

    def names(self) -> list[str]:
        """The names of all texts, in the order in which they were read."""
        return list(self._lines)

    def lines(self, name: str) -> list[str]:
        """The lines of the text called `name`."""
        return list(self._lines.get(name, []))

    def line(self, span: Span) -> str:
        """The source line that `span` stands in, or the empty string."""
        lines = self._lines.get(span.file, [])
        return lines[span.line - 1] if 0 < span.line <= len(lines) else ""


class Reporter:
    """Collects mistakes, so that one run shows several. Raises SourceError when there are too many to go on."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._found: list[Diagnostic] = []

    @property
    def count(self) -> int:
        """How many mistakes there are so far."""
        return len(self._found)

    def add(self, problem: SyntaxProblem, notes: tuple[Note, ...] = ()) -> None:
        """Note one mistake. Raises SourceError with the twentieth."""
        text = self._sources.line(problem.span)
        self._found.append(Diagnostic(problem.message, problem.span, text, problem.hint, notes))
        if len(self._found) >= MAX_REPORTED:
            self.stop_if_any()

    def stop_if_any(self) -> None:
        """Raises SourceError with every mistake so far, in the order of the source, if there is one."""
        if self._found:
            files = self._sources.names()
            raise SourceError(sorted(self._found, key=lambda d: (files.index(d.span.file), d.span.line, d.span.column)))
