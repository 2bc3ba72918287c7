"""`ccc explain` and `ccc skills show` of a learnt skill."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.learn.install import install
from ccc.learn.verify import verify
from tests.cli.conftest import Ccc
from tests.learn.programs import LOOP, OUTER, atoms, gcd_spec, program


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with gcd, learnt."""
    spec = gcd_spec(tmp_path_factory.mktemp("spec"))
    folder = tmp_path_factory.mktemp("library")
    found = program(LOOP, OUTER)
    assert install(found, verify(found, spec, atoms()), spec, atoms(), folder, 0.25, 3)
    return folder


def test_explain_shows_the_program_its_parents_and_the_record(ccc: Ccc, learnt: Path) -> None:
    done = ccc("explain", "gcd", "a=12", "b=18", "--library", learnt)
    assert done.code == 0, done.err
    text = done.out
    assert text.startswith(
        "gcd(a, b) -> g\n  The greatest common divisor of two positive integers.\n  1. mov(x=a, y=g)\n"
    )
    assert "  repeat, until y <= 0:\n      1. mod(a=x, b=y, y=t)\n" in text
    assert "gcd was learnt\n  parents   mod, mov\n  helpers   gcd_loop\n" in text
    assert "by hand, 2 candidates, 0.25 s, seed 3" in text
    assert "8 train, 20 held out, 5 longer cases" in text
    assert "emulator and Transformer equal" in text
    assert "gcd(a=a: 12, b=b: 18) -> g: 6" in text


def test_explain_as_json(ccc: Ccc, learnt: Path) -> None:
    skills = {skill["name"]: skill for skill in ccc("explain", "gcd", "--json", "--library", learnt).json["skills"]}
    assert skills["gcd"]["program"] == ["1. mov(x=a, y=g)", "2. mov(x=b, y=y)", "3. gcd_loop(x=g, y=y)"]
    assert skills["gcd"]["record"]["parents"] == ["mod", "mov"]
    assert skills["gcd_loop"]["program"][0] == "repeat, until y <= 0:"
    assert skills["mod"]["program"] is None
    assert skills["mod"]["record"] is None


def test_show_has_the_record(ccc: Ccc, learnt: Path) -> None:
    done = ccc("skills", "show", "gcd", "--library", learnt)
    assert "learnt\n  parents   mod, mov\n" in done.out
    assert ccc("skills", "show", "gcd", "--json", "--library", learnt).json["record"]["seed"] == 3
    assert ccc("skills", "show", "gcd_loop", "--json", "--library", learnt).json["record"] is None
    assert "learnt" not in ccc("skills", "show", "mod", "--library", learnt).out


def test_a_record_from_elsewhere_writes_no_escape_sequences(ccc: Ccc, learnt: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gcd"
    folder.mkdir()
    for path in (learnt / "gcd").iterdir():
        (folder / path.name).write_bytes(path.read_bytes().replace(b'"by hand"', b'"\\u001b[31mred"'))
    done = ccc("explain", "gcd", "--library", tmp_path)
    assert "red" in done.out
    assert "\x1b" not in done.out
    (folder / "gcd.record.json").write_text("{", encoding="utf-8")
    done = ccc("explain", "gcd", "--library", tmp_path)
    assert done.code == 6
    assert "gcd.record.json: no proper JSON" in done.err
    (folder / "gcd.record.json").unlink()
    (folder / "gcd.mixture").write_text("mixture: gcd\n", encoding="utf-8")
    assert "gcd.mixture:1:1: error" in ccc("explain", "gcd", "--library", tmp_path).err
