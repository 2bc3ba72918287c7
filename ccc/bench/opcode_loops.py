"""For every opcode a program that executes little else, for ever: a loop of copies of that one instruction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ccc.assembler import assemble_text
from ccc.isa import EXTENDED, INSTRUCTIONS, SUBLEQ
from ccc.machine import Image

COPIES = 40
"""Copies of the instruction in the loop; one or two others bring it back to its beginning."""

NOT_LOOPED = ("halt", "enter", "leave")
"""Instructions that end a program, and those that come in pairs."""


@dataclass(frozen=True)
class _Loop:
    """body: one copy; `{here}` is its label, `{next}` that of the following one. cells: data that each copy needs.

    once: what comes before the loop. first, last: what stands in the loop before and after the copies.
    """

    body: str
    cells: str = ""
    once: str = ""
    first: str = ""
    last: str = ""


_DROP, _ROOM = f"addsp {COPIES}", f"addsp {-COPIES}"

# Operands keep the values of a loop such as `div x, y` from degenerating: x stays what it is, or changes and wraps.
_LOOPS: dict[str, _Loop] = {
    SUBLEQ.mnemonic: _Loop("subleq zero, x"),
    "movi": _Loop("movi x, 5"),
    "ld": _Loop("ld x, pointer"),
    "st": _Loop("st pointer, y"),
    "ldx": _Loop("ldx x, pair"),
    "stx": _Loop("stx pair, y"),
    "lds": _Loop("lds x, -1"),
    "sts": _Loop("sts -1, y"),
    "addi": _Loop("addi x, 3"),
    "div": _Loop("div x, one"),
    "mod": _Loop("mod x, large"),
    **{name: _Loop(f"{name} real, other") for name in ("fadd", "fsub")},
    "fmul": _Loop("fmul real, minus"),
    "fcmp": _Loop("fcmp x, other"),
    "ftoi": _Loop("ftoi x, real"),
    "jle": _Loop("jle minus, {next}"),
    "jeq": _Loop("jeq zero, {next}"),
    "jlt": _Loop("jlt minus, {next}"),
    "jmp": _Loop("jmp {next}"),
    "jmpi": _Loop("jmpi {here}.to", "{here}.to: .cells {next}"),
    "push": _Loop("push y", last=_DROP),
    "pop": _Loop("pop x", first=_ROOM),
    "call": _Loop("call {next}", last=_DROP),
    "ret": _Loop("ret", once="\n".join(f"push =copy{n}" for n in range(COPIES, 0, -1)), last=_ROOM),
    "addsp": _Loop("addsp -1; addsp 1"),
    "leas": _Loop("leas x, -1"),
    "exec": _Loop("exec {here}.to", "{here}.to: .cells {here}.head\n{here}.head: .cells 0, {next}, 0", last=_DROP),
    "in": _Loop("in x"),
    "out": _Loop("out y"),
}

_DATA = f"""
.stack {COPIES}
.data
x:       .cells 123456789
y:       .cells 5
zero:    .cells 0
one:     .cells 1
large:   .cells 2000000000
pointer: .cells y
pair:    .cells x, 1
real:    .reals 1.5
other:   .reals 0.25
minus:   .reals -1
"""


def mnemonics() -> list[str]:
    """The instructions that have a loop, in the order of the table."""
    return [row.mnemonic for row in INSTRUCTIONS if row.mnemonic not in NOT_LOOPED]


def opcode_loop(mnemonic: str) -> Image:
    """The loop of one instruction. It never ends, and 40 of at most 42 instructions executed in it are of that kind."""
    loop = _LOOPS.get(mnemonic) or _Loop(f"{mnemonic} x, y")
    labels = [f"copy{number}" for number in range(COPIES + 1)]
    places = [{"here": here, "next": following} for here, following in pairwise(labels)]
    copies = [f"{place['here']}: {loop.body.format(**place)}" for place in places]
    code = [loop.once, "loop:", loop.first, *copies, f"{labels[-1]}:", loop.last, "jmp loop"]
    return assemble_text("\n".join(code) + _DATA + "\n".join(loop.cells.format(**place) for place in places))


assert _LOOPS.keys() <= {SUBLEQ.mnemonic, *(row.mnemonic for row in EXTENDED)}
