"""`ccc assemble`, `ccc disassemble`, and the commands as a whole."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ccc import __version__
from ccc.cli.app import COMMANDS
from ccc.errors import ExitCode
from ccc.machine import read_image
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import ECHO, FAULT, HELLO, PLAIN, SUBLEQ, SUM, put_out

needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


def test_assemble_and_run(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "prog.s").write_text(SUM, encoding="utf-8")
    done = ccc("assemble", "prog.s")
    assert (done.code, done.err) == (0, "")
    assert done.out == "state.bin: 20 cells (code 18, data 2), dialect ccc, 32 bits\n"
    assert ccc("run", "--in", "3,4").out == "3\n7\n"
    assert ccc("assemble", "prog.s", "-o", "other.bin", "--width", "8").code == 0
    assert ccc("run", "other.bin", "--in", "100,100").out == "100\n-56\n"


def test_assemble_json(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "prog.s").write_text(PLAIN, encoding="utf-8")
    done = ccc("assemble", "prog.s", "--json", "--dialect", "subleq", "--width", "16")
    image = read_image("state.bin")
    assert done.json == {
        "output": "state.bin",
        "cells": 11,
        "dialect": "subleq",
        "width": 16,
        "blocks": {"code": 11},
        "checksum": image.checksum,
    }
    assert (image.dialect.name, image.width) == ("subleq", 16)


def test_a_mistake_points_at_its_place_and_leaves_the_old_image(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    before = save(SUM).read_bytes()
    (tmp_path / "bad.s").write_text("loop: halt\n      addd x, y\n", encoding="utf-8")
    done = ccc("assemble", "bad.s")
    assert (done.code, done.out) == (3, "")
    lines = done.err.splitlines()
    assert re.match(r"bad\.s:2:\d+: error: ", lines[0])
    assert lines[1].endswith("|       addd x, y")
    column = int(lines[0].split(":")[2])
    assert lines[2].index("^") - lines[2].index("|") - 2 == column - 1
    assert "'add'" in done.err
    assert (tmp_path / "state.bin").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"state.bin", "bad.s"}


@pytest.mark.parametrize("raw", [b"halt\n# caf\xe9\n", b"\xff\xfeh\0", b"halt\n\0", b"\x80"])
def test_a_source_that_is_no_text(ccc: Ccc, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "bad.s").write_bytes(raw)
    done = ccc("assemble", "bad.s")
    assert done.code == 3
    assert done.err.startswith("bad.s:")
    assert not (tmp_path / "state.bin").exists()


def test_files_that_cannot_be_used(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "prog.s").write_text(SUM, encoding="utf-8")
    assert ccc("assemble", "absent.s").code == 6
    assert ccc("assemble", ".").code == 6
    assert ccc("assemble", "prog.s", "-o", "absent/x").code == 6
    assert ccc("assemble", "prog.s", "-o", ".").code == 6
    assert ccc("disassemble", "prog.s").code == 4
    assert ccc("disassemble", ".").code == 6


def test_the_source_is_not_overwritten(ccc: Ccc, tmp_path: Path) -> None:
    (tmp_path / "prog.s").write_text(SUM, encoding="utf-8")
    (tmp_path / "link.s").symlink_to("prog.s")
    for name in ("prog.s", "link.s", "./prog.s"):
        done = ccc("assemble", "prog.s", "-o", name)
        assert (done.code, done.err) == (2, f"error: {name} would be overwritten: it is the input\n")
    assert (tmp_path / "prog.s").read_text(encoding="utf-8") == SUM


@needs_permissions
def test_a_folder_that_is_read_only(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    image = save(SUM)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    for arguments in (
        ("disassemble", image, "-o", closed / "x"),
        ("run", image, "--save-state", closed / "x"),
        ("run", image, "--trace", closed / "x"),
        ("weights", "--isa", "subleq", "-o", closed / "x"),
    ):
        done = ccc(*arguments)
        assert (done.code, done.err) == (6, f"error: cannot write {closed / 'x'}: permission denied\n")


@pytest.mark.parametrize("source", [SUM, ECHO, HELLO, FAULT, SUBLEQ, PLAIN, put_out(0.1, -3.0, 1e300)])
def test_disassembled_source_assembles_to_the_same_image(ccc: Ccc, save: Save, tmp_path: Path, source: str) -> None:
    image = save(source)
    done = ccc("disassemble")
    assert (done.code, done.err) == (0, "")
    assert ccc("disassemble", "-o", "again.s").out == ""
    assert (tmp_path / "again.s").read_text(encoding="utf-8") == done.out
    assert ccc("assemble", "again.s", "-o", "again.bin").code == 0
    assert read_image("again.bin").checksum == read_image(image).checksum


def test_disassemble_does_not_overwrite_the_image(ccc: Ccc, save: Save) -> None:
    raw = save(SUM).read_bytes()
    assert ccc("disassemble", "-o", "state.bin").code == 2
    assert Path("state.bin").read_bytes() == raw


def test_no_command_shows_the_help(ccc: Ccc) -> None:
    done = ccc()
    assert done.code == 2
    assert all(f"  {name} " in done.out + done.err for name in COMMANDS)


def test_help_and_version(ccc: Ccc) -> None:
    assert ccc("--version").out == f"ccc, version {__version__}\n"
    for option in ("-h", "--help"):
        assert all(f"  {name} " in ccc(option).out for name in COMMANDS)
    for name in COMMANDS:
        done = ccc(name, "--help")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"Usage: ccc {name} ")


def test_the_help_knows_every_exit_code(ccc: Ccc) -> None:
    text = " ".join(ccc("--help").out.split())
    for code in ExitCode:
        assert re.search(rf"\b{int(code)} [a-z]", text), code.name


@pytest.mark.parametrize(("typed", "meant"), [("asemble", "'assemble'"), ("diff", "diff-trace"), ("RUN", "'run'")])
def test_an_unknown_command(ccc: Ccc, typed: str, meant: str) -> None:
    done = ccc(typed)
    assert done.code == 2
    assert f"no command {typed!r}" in done.err
    assert meant in done.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_an_unknown_option(ccc: Ccc, name: str) -> None:
    done = ccc(name, "--bogus")
    assert (done.code, done.out) == (2, "")
    assert "--bogus" in done.err
