"""The dialects of SUBLEQ that images from elsewhere are written in.

A dialect is data: the emulator and the construction of the weights each read its fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccc.errors import UsageError, nearest


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the three cells of an instruction are read.

    extended: a first cell of -2 and below is an opcode of the table; otherwise it is an address like any other.
    written_first: the first cell names the operand that is written (M[a] -= M[b]), not the second.
    io: address -1 is input where it is read and output where it is written; otherwise it is a bad address.
    modulo: addresses are taken modulo 2**W, so that memory is the whole address space (W is 8 or 16).
    """

    name: str
    summary: str
    extended: bool = False
    written_first: bool = False
    io: bool = True
    modulo: bool = False


DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("ccc", "SUBLEQ with the extended instructions; the default", extended=True),
        Dialect("subleq", "plain: M[b] -= M[a], address -1 is input and output, a negative jump halts"),
        Dialect("subleq-reversed", "plain, with the written operand first: M[a] -= M[b]", written_first=True),
        Dialect("subleq-silent", "plain, without input and output: address -1 is a bad address", io=False),
        Dialect("subleq-modulo", "plain, addresses modulo 2**W over a full memory (8 or 16 bits)", modulo=True),
    )
}


def find_dialect(name: str) -> Dialect:
    """The dialect called `name`. Raises UsageError, naming the nearest ones."""
    if name not in DIALECTS:
        raise UsageError(f"no dialect {name!r}", nearest(name, DIALECTS) or f"known: {', '.join(DIALECTS)}")
    return DIALECTS[name]
