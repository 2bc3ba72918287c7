"""Calls on data with gaps between their elements: what strides are for, and where a stray write would show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.machine import Cells, Register
from ccc.skills import Library
from ccc.skills.call import JACOBIAN, call_pieces
from ccc.skills.model import Example, sizes_of

ROOT = Path(__file__).resolve().parents[2]
SKILLS = ROOT / "skills"
LIBRARY = Library([SKILLS])
_FREE = -99.0


def spread_call(name: str, example: Example, stride: int, *, jacobian: bool = False) -> dict[str, Cells]:
    """What a call leaves in the outputs, or in the Jacobian, with every element `stride` cells from the one before.

    Asserts that it halts, that nothing else in the data changed, and that the stack is empty after.
    """
    card = LIBRARY.card(name)
    pieces = call_pieces(card, sizes_of(card, {**example.given, **example.expected}), jacobian=jacobian)
    values: Mapping[str, Cells] = {**example.given, **example.before}
    lines = [f".width {example.width}", f".require {name}"]
    lines += [f".invoke {name}{'.jacobian' if jacobian else ''}" + "".join(f", {p.name}" for p in pieces.values())]
    lines += ["halt", ".stack 3000", ".data"]
    for slot, piece in pieces.items():
        cells = np.full((piece.size + 1) * stride + 1, _FREE)
        cells[: piece.size * stride : stride] = values[slot].reshape(-1) if slot in values else 0.0
        lines.append(f"{piece.place}: .reals {', '.join(repr(cell) for cell in cells.tolist())}")
        lines.append(f".pointer {piece.name}, {piece.place}, 1, {piece.size}, {stride}")
    image = assemble_text("\n".join(lines), libraries=[SKILLS])
    emulator = Emulator()
    emulator.start(image)
    emulator.run(1_000_000)
    state = emulator.state()
    assert state.halted
    assert not state.fault
    return _outputs(image.state.cells.copy(), state.cells, image.info.symbols, card_writes(name, jacobian=jacobian),
                    pieces, stride, state.registers)  # fmt: skip


def card_writes(name: str, *, jacobian: bool) -> list[str]:
    """The slots that a call may write."""
    return [JACOBIAN] if jacobian else [slot.name for slot in LIBRARY.card(name).outputs]


def _outputs(expected, cells, symbols, written, pieces, stride, registers):  # type: ignore[no-untyped-def]
    found = {}
    for slot in written:
        piece = pieces[slot]
        at = symbols[piece.place]
        where = slice(at, at + piece.size * stride, stride)
        found[slot] = cells[where].reshape(piece.shape)
        expected[where] = cells[where]
    low, high = int(registers[Register.STACK_LOW]), int(registers[Register.STACK_HIGH])
    assert registers[Register.SP] == high
    expected[low:high] = cells[low:high]
    assert np.array_equal(cells, expected), "something else was written"
    return found
