"""The programs that are timed: those in `asm/bench` of the source checkout, and a loop for every opcode."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from ccc.assembler import assemble_file
from ccc.errors import UsageError
from ccc.machine import Image, Register, State

SUBLEQ = "asm/bench/subleq_mix.s"
MIX = "asm/bench/mix.s"
C_LOOP = "scripts/subleq_loop.c"
LONG = 2_000_000_000.0
"""An input with which the programs run longer than any measurement."""


def checkout() -> Path:
    """The folder of the source checkout that this package is part of. Raises UsageError where there is none."""
    root = Path(__file__).resolve().parents[2]
    if missing := [name for name in (SUBLEQ, MIX, C_LOOP) if not (root / name).is_file()]:
        raise UsageError(
            f"the bench needs {missing[0]}, which is not beside this installation of ccc",
            "run it in a source checkout: scripts/bench, or `pip install -e .` there and then `ccc bench`",
        )
    return root


@cache
def program(name: str) -> Image:
    """One of the programs, assembled. Raises UsageError where there is no checkout. No executor changes an image."""
    return assemble_file(checkout() / name)


def padded(image: Image, size: int) -> Image:
    """`image` with zeros after its cells up to `size` of them, all of which it may write."""
    cells = np.concatenate([image.state.cells, np.zeros(size - image.size)])
    registers = image.state.registers.copy()
    if registers[Register.WRITE_HIGH] == image.size:
        registers[Register.WRITE_HIGH] = size
    if image.state.registers[Register.STACK_LOW] == image.size:  # no stack: the empty one stands at the end
        registers[[Register.SP, Register.STACK_LOW, Register.STACK_HIGH]] = size
    return Image(State(cells, registers), image.dialect, image.width)
