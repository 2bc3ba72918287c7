"""Skills where a word counts less than there are addresses."""

from __future__ import annotations

import pytest

from ccc.assembler import assemble_text, disassemble
from ccc.emulator import Emulator
from ccc.errors import SourceError
from ccc.machine import Image
from tests.skills.spread import SKILLS

FAR = """
.width 8
.require dot
        .invoke dot, x, y, s, =2       # `=2` is a literal as well, and so are the addresses of x and y
        out  s
        mov  s, =200                   # a word, which wraps; the address 200 is another literal
        out  s
        .invoke mov, 200, s            # a cell of the gap below
        out  s
        halt
.skill mov
    .input x
    .output y
    .scratch value
        ld   value, x
        st   y, value
.endskill
.data
        .fill 300, 7
x:      . 3 4
y:      . 5 6
s:      . 0
.pointer p, x, 1, 2
"""


def outputs(image: Image) -> list[float]:
    emulator = Emulator()
    emulator.start(image)
    emulator.run(10_000)
    assert emulator.state().halted
    return emulator.outputs()


def test_addresses_beyond_the_word_are_arguments() -> None:
    image = assemble_text(FAR, libraries=[SKILLS])
    assert image.info.symbols["x"] > 127
    assert outputs(image) == [39, -56, image.state.cells[200]]


@pytest.mark.parametrize("width", [8, 16, 32])
def test_they_come_back_from_the_disassembler(width: int) -> None:
    image = assemble_text(FAR.replace(".width 8", f".width {width}"), libraries=[SKILLS])
    again = assemble_text(disassemble(image))
    assert again.checksum == image.checksum
    assert again.info.symbols == image.info.symbols


def test_operands_of_frames_have_a_limit() -> None:
    assemble_text(".width 8\nmov -65536, 0")
    with pytest.raises(SourceError, match="no address"):
        assemble_text(".width 8\nmov -65537, 0")
