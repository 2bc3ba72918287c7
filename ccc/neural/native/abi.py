"""How the machine code is called: what it is given and what it gives back. Loads neither torch nor the lowering.

    status = run(cells, n, rows, inputs, outputs, guesses, counters)

cells: n doubles, n > 0. rows: CPU, input port, output port, each as wide as the stream. inputs: the waiting values and
one more double. guesses: what followed each program counter the last time, `GUESSES` doubles. counters: see `Counter`.
The fault register must be 0 at the start.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from ccc.machine import REGISTERS
from ccc.neural.patterns import HIT, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED, TAKEN, VALUE

GUESS_BITS = 11
GUESSES = 1 << GUESS_BITS

Slot = tuple[int, int]
"""A place in a token's row: (token, place)."""


class Status(enum.IntEnum):
    """Why `run` returned."""

    LIMIT = 0
    STOPPED = 1  # halted or faulted
    FULL = 2  # no room for another output
    ABANDONED = 3  # the next step needs the dense engine; the state is that before the step


class Counter(enum.IntEnum):
    """The places in `counters`, 64-bit integers."""

    LIMIT = 0  # instructions to execute
    EXECUTED = 1
    INPUTS = 2  # how many values there are
    CONSUMED = 3
    ROOM = 4  # for outputs
    PRODUCED = 5
    CHECKSUM = 6


class Token(enum.IntEnum):
    """The tokens that are no cells, in their order after the last cell."""

    CPU = 0
    INPUT = 1
    OUTPUT = 2


def first_carried(places: Mapping[str, int]) -> tuple[Slot, ...]:
    """The slots that are sure to be carried: the registers, and what the host reads."""
    cpu = [(int(Token.CPU), places[name]) for name in (*REGISTERS, TAKEN)]
    return (*cpu, (int(Token.OUTPUT), places[HIT]), (int(Token.OUTPUT), places[VALUE]))


def fresh_rows(places: Mapping[str, int], width: int) -> list[list[float]]:
    """CPU and ports of a fresh stream, without registers, size and input."""
    rows = [[0.0] * width for _ in Token]
    rows[Token.CPU][places["cpu"]] = 1.0
    for token, kind in ((Token.INPUT, IN_PORT), (Token.OUTPUT, OUT_PORT)):
        rows[token][places[kind]] = 1.0
        rows[token][places[POSITION]] = -1.0
        rows[token][places[POSITION_SQUARED]] = 1.0
    return rows
