"""Progress of the bench: what is being measured now, and how long each part took."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.status import Status


class PartProgress:
    """On standard error: a line for every part that has ended, and on a terminal one for what is measured now."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._status: Status | None = None
        self._part = ""
        self._start = 0.0

    def __enter__(self) -> PartProgress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end()

    def say(self, part: str, text: str) -> None:
        """`part` is now measuring `text`."""
        if part != self._part:
            self._end()
            self._part, self._start = part, time.monotonic()
            if self._console.is_terminal:
                self._status = self._console.status(part)
                self._status.start()
        if self._status:
            self._status.update(f"{part}: {text}")

    def _end(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None
        if self._part:
            self._console.print(f"{self._part:<10} {time.monotonic() - self._start:6.1f} s")
            self._part = ""
