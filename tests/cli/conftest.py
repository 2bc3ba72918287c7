"""Fixtures for the tests of the command line: commands run in this process, in an empty folder of their own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ccc.assembler import assemble_text
from ccc.cli.app import run
from ccc.machine import write_image


@dataclass(frozen=True)
class Done:
    """What a command gave back."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        """The one object on standard output. NaN and infinity are no JSON."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        return json.loads(self.raw, parse_constant=refuse)


Ccc = Callable[..., Done]
Save = Callable[..., Path]


@pytest.fixture
def ccc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Ccc:
    """Runs a command as a shell would, with `stdin` as its standard input (which is a terminal unless `-` is read)."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsysbinary.readouterr()
        done = Done(int(code), captured.out, captured.err.decode())
        assert "Traceback" not in done.err
        return done

    return call


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Assembles a source to an image in the empty folder."""

    def assemble(source: str, name: str = "state.bin", **options: Any) -> Path:
        path = tmp_path / name
        write_image(path, assemble_text(source, "prog.s", **options))
        return path

    return assemble
