"""What cannot be differentiated: a clear error at its place, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.errors import CccError, FileError, SourceError
from ccc.skills.derive import derive_file
from tests.skills.deriving import write_skill

SLOTS = "inputs: {x: real, k: int}\noutputs: {y: real, i: int}\nconstants: {c: real, n: int}"
HEAD = """    .input x, k
    .output y, i
    .constant c, n
    .scratch a, b, count, p, q, buffer, 3
        ld   a, x
        ld   count, k
        mov  p, x
"""


def refused(tmp_path: Path, code: str, libraries: tuple[Path, ...] = ()) -> SourceError:
    path = write_skill(tmp_path, "tested", SLOTS, HEAD + code)
    with pytest.raises(SourceError) as caught:
        derive_file(path, libraries=libraries)
    return caught.value


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("add a, count", "add has no derivative, and 'a' depends on what is differentiated"),
        ("mul count, a", "mul has no derivative, and 'a' depends"),
        ("addi a, 1", "addi has no derivative"),
        ("xor a, =1", "xor has no derivative"),
        ("neg b, a", "neg has no derivative"),
        ("max a, =0", "max has no derivative"),
        ("ftoi b, a", "ftoi has no derivative, and 'a' depends"),
        ("itof b, a", "itof has no derivative"),
        ("fadd b, a", "'b' is read, and nothing was written there"),
        ("jle b, @end", "'b' is read, and nothing was written there"),
        ("ld b, count", "the address in 'count' comes from no slot"),
        ("ld b, =5", "code reaches data only through slots"),
        ("st count, a", "the address in 'count' comes from no slot"),
        ("st y, p", "'p' holds an address, and no number"),
        ("fmul p, a", "'p' holds an address, and no number"),
        ("add p, x", "the sum of two addresses is none"),
        ("sub count, p", "a number less an address is none"),
        ("sub p, y", "the distance between data of different slots: x, y"),
        ("fadd p, a", "an address moved by a number that has a derivative"),
        ("st i, a", "goes to a slot of integers"),
        ("mov x, p", "a slot itself cannot be written"),
        ("mov y.stride, p", "a slot itself cannot be written"),
        ("mov 100, a", "a skill writes its outputs and its scratch only"),
        ("mov -5, a", "this cell cannot be followed"),
        ("mov buffer + 3, a", "'buffer' has 3 cells"),
        ("mov buffer * 2, a", "this cell cannot be followed"),
        ("movi a, count", "movi takes a number"),
        ("addi count, x", "addi takes a number"),
        ("mov a, =count", "this cell cannot be followed"),
        ("ldx b, a", "the cell behind this one holds no index"),
        ("lds b, 0", "lds cannot be differentiated"),
        ("sts 0, b", "sts cannot be differentiated"),
        ("leas b, 0", "leas cannot be differentiated"),
        ("addsp -1", "addsp cannot be differentiated"),
        ("jmpi count", "jmpi cannot be differentiated"),
        ("exec =5", "exec cannot be differentiated"),
        ("enter", "enter cannot be differentiated"),
        ("in a", "in cannot be differentiated"),
        ("out a", "out cannot be differentiated"),
        ("subleq a, b", "subleq cannot be differentiated"),
        ("a, b, @end", "subleq cannot be differentiated"),
        ("call somewhere", "call to a place outside of this skill"),
        ("jmp ? + 3", "jmp to a place outside of this skill"),
        ("jmp @nowhere", "jmp to a place outside of this skill"),
        ("fadd a", "fadd takes 2 operands, not 1"),
        ("fadd a, b:0", "code that changes itself"),
        ("pop a", "nothing was pushed that this could take"),
        ("ret", "ret is not at the end of a local routine here"),
        ("jle a, @end; push a", "the stack is not as high on every way"),
        ("jle count, @way; mov p, count; @way: mov b, p", "'p' holds a number on one way here and an address"),
        (".reals 1", "data where code runs on"),
        (".invoke unknown, x", "no skill 'unknown' to derive from"),
        (".invoke", ".invoke takes the name of a skill"),
        (".invoke tested.jacobian, x, k, y, i, c, n, buffer", "no skill 'tested.jacobian' to derive from"),
        (".invoke tested, x, k", "skill 'tested' takes 6 arguments, not 2"),
        (".invoke tested, x, x, y, i, c, n", "'x' has a derivative, and slot 'k' of the skill called has none"),
        (".invoke tested, x, a, y, i, c, n", "'a' has a derivative, and slot 'k' of the skill called has none"),
        (".invoke tested, p, k, y, i, c, n", "'p' holds an address, and no number"),
        (".invoke tested, b, k, y, i, c, n", "'b' is read, and nothing was written there"),
        (".invoke tested, x, k, i, i, c, n", "'i' has no derivative, and slot 'y' of the skill called needs one"),
        (".invoke tested, x:count, k, y, i, c, n", "the address in 'count' comes from no slot"),
        (".invoke tested, buffer + 1, k, y, i, c, n", "an argument is a slot or a scratch name"),
        (".invoke tested, x, k, =1, i, c, n", "slot 'y' takes a slot or scratch"),
        ("push a; .invoke tested, x, k, y, i, c, n; pop a", "a call while something is pushed"),
        ("call @sub; return; @sub: .invoke tested, x, k, y, i, c, n; ret", "a call in a local routine"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, code: str, message: str) -> None:
    error = refused(tmp_path, f"        {code}\n@end:   return")
    first = error.diagnostics[0]
    assert message in first.message, error.render()
    assert (first.span.file, first.span.line) == (str(tmp_path / "tested.s"), 9)
    assert first.span.column > 8
    assert first.source_line.strip() == code


def test_every_mistake_is_told_once(tmp_path: Path) -> None:
    error = refused(
        tmp_path, "        ftoi b, a\n        addi b, 1\n@loop:  xor  a, =1\n        jle  a, @loop\n        st   y, q"
    )
    assert [found.message.split()[0] for found in error.diagnostics] == ["ftoi", "xor", "'q'"]


def test_in_a_macro_and_in_a_callee(tmp_path: Path) -> None:
    """The place in the skill that is called, and the call that made it matter."""
    slots = "inputs: {x: real}\noutputs: {y: real}"
    write_skill(
        tmp_path / "parts",
        "floor",
        slots,
        "    .input x\n    .output y\n    .scratch v, w\n ld v, x\n ftoi w, v\n st y, w",
    )
    text = (
        "\n.require floor\n    .input x\n    .output y\n    .scratch v\n        .invoke floor, x, v\n        st   y, v"
    )
    path = write_skill(tmp_path / "outer", "outer", slots, text)
    with pytest.raises(SourceError) as caught:
        derive_file(path, libraries=[tmp_path / "parts"])
    (found,) = caught.value.diagnostics
    assert Path(found.span.file).name == "floor.s"
    assert "ftoi" in found.message
    assert any("derived as it is called here" in note.message and note.span.file == str(path) for note in found.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nop: . 0\n", "no `.skill tested` here"),
        (".skill one\n.endskill\n.skill two\n.endskill\n", "it has one, two"),
        (".skill tested\n  .input x\n  .output y\n  .jacobian\n.endskill\n", "has Jacobian code already"),
        (".skill tested\n  .input x\n  .output y\n  return; .endskill\n", "a line of its own"),
        (".skill tested\n  .input x\n", "no .endskill"),
        (".skill tested\n  .input z\n  .output y\n.endskill\n", "inputs differ from those at"),
        (".skill tested\n", "this .skill has no .endskill"),
        ("\x00", "character"),
    ],
)
def test_sources_that_have_no_skill_to_derive(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "tested.s").write_text(text)
    (tmp_path / "tested.yaml").write_text(
        "skill: tested\nkind: real\ndescription: d\ninputs: {x: real}\noutputs: {y: real}\n"
    )
    with pytest.raises(CccError) as caught:
        derive_file(tmp_path / "tested.s")
    assert message in caught.value.render()


def test_nothing_real(tmp_path: Path) -> None:
    path = write_skill(tmp_path, "tested", "inputs: {x: int}\noutputs: {y: int}", "  .input x\n  .output y", "integer")
    with pytest.raises(SourceError, match="every slot of skill 'tested' holds integers"):
        derive_file(path)


def test_no_card_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        derive_file(tmp_path / "tested.s")
    (tmp_path / "tested.s").write_text(".skill tested\n.input x\n.output y\n.endskill\n")
    with pytest.raises(FileError, match=r"tested\.yaml"):
        derive_file(tmp_path / "tested.s")


def test_names_that_are_taken(tmp_path: Path) -> None:
    """Cells of derived code give way to names of the skill, of its constants too."""
    text = """
    .input x
    .output y
    .scratch value_dot, value, at, term, x_away
        ld   value, x
        mov  value_dot, value
        fmul value, value_dot
        mov  at, value
        fmul at, =x_tangents
        mov  term, at
        mov  x_away, term
        st   y, x_away
    .const x_tangents, 3"""
    path = write_skill(tmp_path, "tested", "inputs: {x: real}\noutputs: {y: real}", text)
    derived = derive_file(path).text
    assert "value_dot_" in derived
    assert "x_tangents_" in derived
