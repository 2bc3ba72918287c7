"""What users watch: progress lines and tables. The only module that loads rich."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Timer
from types import TracebackType

from rich.console import Console
from rich.status import Status
from rich.table import Table

_PATIENCE = 2.0  # seconds before progress appears


class Progress:
    """A line on standard error that appears when work takes longer than two seconds, if that is a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._console = Console(stderr=True)
        self._status: Status | None = None
        self._start = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._status:
            self._status.stop()

    def update(self, done: int, limit: int | None = None) -> None:
        """Say how many instructions are done, of how many."""
        elapsed = time.monotonic() - self._start
        if elapsed < _PATIENCE or not self._console.is_terminal:
            return
        total = f" of {limit:,}" if limit else ""
        self.say(f"{done:,}{total} instructions, {done / elapsed:,.0f} a second")

    def say(self, what: str) -> None:
        """Say how far the work has come."""
        if time.monotonic() - self._start < _PATIENCE or not self._console.is_terminal:
            return
        text = f"{self._what}: {what}"
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A line on standard error while something takes longer than two seconds, if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    status = console.status(what)
    timer = Timer(_PATIENCE, status.start)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """A table on standard output; columns in `right` are aligned to the right."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 140, highlight=False, markup=False).print(table)
