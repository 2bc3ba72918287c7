"""What an image may hold so that every state that a program reaches can be saved, and a terminal can show it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ccc.emulator import Emulator
from ccc.errors import ImageError
from ccc.isa import DIALECTS
from ccc.machine import (
    Block,
    Image,
    Layout,
    ProgramInfo,
    Register,
    SourceLine,
    State,
    fresh_registers,
    read_image,
    write_image,
)


@pytest.mark.parametrize("pc", [-128.0, 150.0, 182.0])
def test_states_that_a_narrow_word_reaches_can_be_saved(tmp_path: Path, pc: float) -> None:
    """A jump reaches every integer of the word, a step every address of a memory that is larger."""
    image = Image.bare(np.zeros(180), DIALECTS["subleq"], 8)
    state = image.state.copy()
    state.registers[Register.PC] = pc
    write_image(tmp_path / "state.bin", image.with_state(state))
    assert read_image(tmp_path / "state.bin").state.same(state)


def test_a_halt_at_the_smallest_address_can_be_saved(tmp_path: Path) -> None:
    image = Image.bare(np.array([6.0, 6.0, -128.0, 0.0, 0.0, 0.0, 0.0]), DIALECTS["subleq"], 8)
    emulator = Emulator()
    emulator.start(image)
    assert emulator.run(5) == 1
    write_image(tmp_path / "state.bin", image.with_state(emulator.state()))
    assert read_image(tmp_path / "state.bin").state.halted


def _image(symbol: str, text: str) -> Image:
    info = ProgramInfo(Layout((Block("data", 0, 3),)), {symbol: 1}, (SourceLine(0, 3, "a.s", 1, text),))
    return Image(State(np.zeros(3), fresh_registers(3)), info=info)


def test_names_with_escape_sequences_are_refused(tmp_path: Path) -> None:
    write_image(tmp_path / "bad.bin", _image("\x1b[31mred", "fine"))
    with pytest.raises(ImageError, match="control characters"):
        read_image(tmp_path / "bad.bin")


def test_source_text_is_made_harmless(tmp_path: Path) -> None:
    write_image(tmp_path / "odd.bin", _image("fine", "\tmov a, b \x1b[31m\x07"))
    (line,) = read_image(tmp_path / "odd.bin").info.source
    assert line.text == "\tmov a, b \ufffd[31m\ufffd"


def test_a_pipe_is_no_image(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImageError, match="regular file"):
        read_image(tmp_path / "pipe")
