"""Situations taken from programs, and what they show of wrong weights."""

from __future__ import annotations

import pytest

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.errors import UsageError
from ccc.isa import DIALECTS
from ccc.machine import Image, Register, State
from ccc.neural import construct
from ccc.trace.mutant_programs import Program, program_situations
from ccc.trace.mutants import mutants_of, try_mutants
from tests.programs.table import ASM, image_of

LOOP = """
        in x
again:  out x
        addi x, -1
        jle x, end
        jmp again
end:    halt
x:      0
"""


def loop() -> Image:
    return assemble_text(LOOP)


def test_each_instruction_gives_its_first_state_and_some_later_ones() -> None:
    image = loop()
    (found,) = program_situations(Program(image, (3.0,)), 2)
    places = found.registers[:, Register.PC].tolist()
    assert {place: places.count(place) for place in places} == {0: 1, 3: 2, 6: 2, 9: 2, 12: 2, 15: 1}
    assert found.inputs[0] == (3.0,)
    assert set(found.inputs[1:]) == {()}
    emulator = Emulator()
    for cells, registers, inputs, after in zip(
        found.cells, found.registers, found.inputs, found.truth[0].cells, strict=True
    ):
        emulator.start(Image(State(cells, registers), image.dialect, image.width, image.info), inputs)
        emulator.run(1)
        assert (emulator.state().cells == after).all()


def test_situations_come_in_pieces_that_fit_into_memory(monkeypatch) -> None:
    monkeypatch.setattr("ccc.trace.mutant_programs._ROWS", 3 * loop().size)
    pieces = list(program_situations(Program(loop(), (3.0,)), 1))
    assert [len(piece.kinds) for piece in pieces] == [3, 3, 3, 1]


def test_programs_show_what_random_situations_were_not_asked_for() -> None:
    image = image_of(ASM / "examples" / "gcd_subleq.s")
    model = construct(image.dialect, image.width)
    mutants = [mutant for mutant in mutants_of(model) if mutant.part == "subtract"]
    report = try_mutants(model, mutants, rounds=0, programs=[Program(image, (12.0, 18.0))])
    assert report.situations == 0
    assert report.from_programs > 20
    assert 0.3 < report.share < 1
    assert sum(report.total.values()) == sum(report.caught.values()) + len(report.survivors) == len(mutants)


def test_a_program_for_other_weights_is_refused() -> None:
    with pytest.raises(UsageError, match="shows nothing of weights"):
        try_mutants(construct(DIALECTS["subleq"], 32), programs=[Program(loop())])
