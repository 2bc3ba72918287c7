"""`ccc derive`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Ccc

SOURCE = """# The square.
.skill square
    .input x
    .output y
    .scratch value
        ld   value, x
        fmul value, value
        st   y, value
.endskill
"""
CARD = """skill: square
kind: real
description: The square.
inputs: {x: real}
outputs: {y: real}
tests:
  - {x: 3, y: 9}
"""


def _write(folder: Path, source: str = SOURCE) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "square.s").write_text(source)
    (folder / "square.yaml").write_text(CARD)


def test_to_standard_output(ccc: Ccc, tmp_path: Path) -> None:
    _write(tmp_path / "in")
    done = ccc("derive", "in/square.s")
    assert done.code == 0
    assert done.out.startswith("# The square.\n.skill square\n")
    assert "    .jacobian\n" in done.out
    assert ".skill square_tangent\n" in done.out
    assert "# 7: fmul value, value" in done.out


def test_to_a_file_that_is_a_skill(ccc: Ccc, tmp_path: Path) -> None:
    """What comes out passes the tests of the skill, with its Jacobian against finite differences."""
    _write(tmp_path / "in")
    _write(tmp_path / "out")
    (tmp_path / "out" / "square.yaml").write_text(CARD + "differentiable: true\n")
    done = ccc("derive", "in/square.s", "-o", "out/square.s")
    assert done.code == 0
    assert done.out.startswith("out/square.s: skill square with Jacobian code, ")
    tested = ccc("skills", "test", "--library", "out", "square", "--engine", "emulator")
    assert tested.code == 0, tested.out + tested.err
    shown = ccc("derive", "in/square.s", "-o", "out/square.s", "--json")
    assert shown.json["tangents"] == ["square_tangent"]


def test_again(ccc: Ccc, tmp_path: Path) -> None:
    _write(tmp_path / "in")
    _write(tmp_path / "out")
    assert ccc("derive", "in/square.s", "-o", "out/square.s").code == 0
    first = (tmp_path / "out" / "square.s").read_text()
    refused = ccc("derive", "out/square.s")
    assert refused.code == 3
    assert "skill 'square' has Jacobian code already" in refused.err
    assert "--replace" in refused.err
    assert ccc("derive", "out/square.s", "--replace").out == first


def test_mistakes_leave_the_file(ccc: Ccc, tmp_path: Path) -> None:
    _write(tmp_path / "in", SOURCE.replace("fmul value, value", "xor  value, =1"))
    (tmp_path / "out.s").write_text("kept")
    done = ccc("derive", "in/square.s", "-o", "out.s")
    assert done.code == 3
    assert "square.s:7:14: error: xor has no derivative" in done.err
    assert (tmp_path / "out.s").read_text() == "kept"


def test_misuse(ccc: Ccc, tmp_path: Path) -> None:
    _write(tmp_path / "in")
    assert ccc("derive", "in/square.s", "-o", "in/square.s").code == 2
    assert ccc("derive", "in/square.s", "--json").code == 2
    assert ccc("derive", "in/none.s").code == 6
    assert ccc("derive", "in/square.s", "--card", "in/none.yaml").code == 6
    assert ccc("derive", "in/square.s", "-o", "nowhere/x.s").code == 6
    assert ccc("derive", "in/square.s", "--library", "nowhere").code != 0
