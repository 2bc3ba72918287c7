"""The one tree of exceptions, the exit codes, and how a mistake in a source file is shown.

Every error that a user can cause is a `CccError`; the command line turns it into one message and its exit code.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class ExitCode(enum.IntEnum):
    """What `ccc` returns to the shell."""

    OK = 0  # done; for `run`, the program halted; for `diff-trace`, no difference
    DIFFERENCE = 1  # `diff-trace` found one; a skill does not do what its card says, or what it did before
    USAGE = 2  # a wrong option or argument (click uses the same number); nothing was found that a spec asks for
    SOURCE = 3  # a mistake in an assembly source, a skill's card, a mixture or a spec
    IMAGE = 4  # a state image that is damaged, hostile, or does not fit the request
    WEIGHTS = 5  # a weights file that is damaged, hostile, or does not fit the image
    FILE = 6  # a file that cannot be read or written
    FAULT = 10  # the program stopped with a fault
    STEP_LIMIT = 11  # the program did not halt within --max-steps
    INTERRUPTED = 130  # Ctrl-C
    NOT_LEARNT = USAGE


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source text: 1-based line and column, and how many characters it covers."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that explains the first, e.g. where a macro was expanded."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake at one place: the message, the source line for the caret, a hint, and notes."""

    message: str
    span: Span
    source_line: str = ""
    hint: str = ""
    notes: tuple[Note, ...] = ()

    def render(self) -> str:
        """The message, the source line with a caret below the span, the hint and the notes."""
        lines = [f"{self.span}: error: {self.message}"]
        if self.source_line:
            gutter = f"{self.span.line:5d} | "
            # Tabs keep their width in the caret line, so that the caret stands below the right character.
            lead = "".join("\t" if ch == "\t" else " " for ch in self.source_line[: self.span.column - 1])
            room = max(1, len(self.source_line) - self.span.column + 1)
            carets = "^" * max(1, min(self.span.length, room))
            lines += [gutter + self.source_line, " " * (len(gutter) - 2) + "| " + lead + carets]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        lines += [f"{note.span}: note: {note.message}" for note in self.notes]
        return "\n".join(lines)


class CccError(Exception):
    """Base of every error that a user can cause. `exit_code` is what the command line returns."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def render(self) -> str:
        """The text shown to the user, without a traceback."""
        text = f"error: {self.message}"
        return f"{text}\nhint: {self.hint}" if self.hint else text


class UsageError(CccError):
    """A request that cannot be served: options that contradict each other, a value out of range."""


class SourceError(CccError):
    """One or more mistakes in an assembly source, each with its place."""

    exit_code = ExitCode.SOURCE

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.span}: {d.message}" for d in self.diagnostics))

    def render(self) -> str:
        return "\n".join(d.render() for d in self.diagnostics)


class CardError(SourceError):
    """One or more mistakes in a YAML file, such as a skill's card, each with its place."""


class SkillError(CccError):
    """A skill that no library has, that two have, that its card describes wrongly, or that is called wrongly."""


class ImageError(CccError):
    """A state image that is truncated, corrupted, oversized, hostile, or unfit for the request."""

    exit_code = ExitCode.IMAGE


class WeightsError(CccError):
    """A weights file that is damaged, hostile, or does not fit the image or the request."""

    exit_code = ExitCode.WEIGHTS


class FileError(CccError):
    """A file that cannot be read or written."""

    exit_code = ExitCode.FILE


def nearest(word: str, candidates: Iterable[str]) -> str:
    """A hint naming the candidates closest to `word`, or the empty string where none is close."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    found = [by_lower[name] for name in get_close_matches(word.lower(), sorted(by_lower), n=3, cutoff=0.6)]
    return f"did you mean {' or '.join(repr(name) for name in found)}?" if found else ""
