"""What a program puts out, on its way to standard output, and the Ctrl-C that ends it."""

from __future__ import annotations

import codecs
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from ccc.errors import UsageError
from ccc.machine import format_cell

STARTING = "loading the engine; the first time, its machine code is made and kept"

UNDECIDED_AT_MOST = 1 << 16
"""So many values are looked at before they count as text."""


class Output:
    """Writes output values as they come. form: `bytes`, `numbers`, or None.

    None holds text back until a value comes that is none, which makes all of it numbers, or until the end, where it is
    text if it ends with a new line, or until there are UNDECIDED_AT_MOST values, which makes it text: which form is
    chosen does not depend on how fast the program runs.
    """

    def __init__(self, form: str | None) -> None:
        self._form = form
        self._held: list[float] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, values: Sequence[float]) -> None:
        """Write `values`, or hold them. Raises UsageError on a value that is no byte where bytes are asked for."""
        if self._form is not None:
            self._write(values)
            return
        room = UNDECIDED_AT_MOST - len(self._held)
        self._held += values
        if not self._is_text(values[:room]):
            self._decide("numbers")
        elif len(self._held) >= UNDECIDED_AT_MOST:
            self._decide("bytes")

    def finish(self) -> None:
        """Write what is still held."""
        if self._form is None:
            # A lone 42 is more likely a number than an asterisk: what is meant as text ends its last line.
            ends_a_line = bool(self._held) and self._held[-1] == ord("\n")
            self._decide("bytes" if ends_a_line and self._is_text((), final=True) else "numbers")

    def _decide(self, form: str) -> None:
        self._form, held, self._held = form, self._held, []
        self._write(held)

    def _is_text(self, values: Sequence[float], *, final: bool = False) -> bool:
        """Whether these too are bytes of UTF-8 text without control characters but white space."""
        if not all(0 <= value < 256 and value.is_integer() for value in values):
            return False
        try:
            text = self._decoder.decode(bytes(int(value) for value in values), final)
        except UnicodeDecodeError:
            return False
        return all(ch.isprintable() or ch in "\t\n\r" for ch in text)

    def _write(self, values: Sequence[float]) -> None:
        if not values:
            return
        if self._form == "numbers":
            sys.stdout.write("".join(f"{format_cell(value)}\n" for value in values))
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(bytes(_byte(value) for value in values))
        sys.stdout.flush()


def _byte(value: float) -> int:
    if not value.is_integer():
        raise UsageError(f"output value {format_cell(value)} is no byte", "--numbers puts any value out")
    return int(value) & 0xFF


class Stop:
    """Whether the user has pressed Ctrl-C."""

    requested = False


@contextmanager
def stop_on_interrupt() -> Iterator[Stop]:
    """The first Ctrl-C asks for a stop between two instructions, so that no state is half written; a second kills."""
    stop = Stop()

    def hear(number: int, frame: FrameType | None) -> None:
        stop.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        before = signal.signal(signal.SIGINT, hear)
    except ValueError:  # not in the main thread, which alone hears signals
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
