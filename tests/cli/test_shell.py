"""What only a real process shows: pipes, Ctrl-C, closed and full streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ccc.machine import read_image
from tests.cli.conftest import Save
from tests.cli.programs import ECHO, ENDLESS, HELLO, QUIET

CCC = f"{sys.executable} -m ccc"
DEADLINE = 120


def shell(command: str, folder: Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Runs `command`, in which `ccc` stands for the console script, in bash."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        ["bash", "-c", f'ccc() {{ {CCC} "$@"; }}\n{command}'],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        timeout=DEADLINE,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", "from ccc.cli import main; main()", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # communicate() would not see what readline() took too much
    )


def test_a_pipe_is_read_without_being_asked_for(save: Save, tmp_path: Path) -> None:
    save(ECHO)
    (tmp_path / "text").write_bytes(b"file\n")
    done = shell("echo pipe | ccc run; ccc run <text; ccc run --in 65 <text; ccc run </dev/null", tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == (b"pipe\nfile\n65\n", b"", 0)


def test_a_reader_that_leaves(save: Save, tmp_path: Path) -> None:
    save(ENDLESS)
    done = shell("ccc run --numbers | head -1; echo ${PIPESTATUS[0]}; ccc run | head -1", tmp_path)
    assert (done.stdout, done.stderr) == (b"65\n0\n65\n", b""), "even an endless program comes to an end then"


def test_streams_that_are_full_or_closed(save: Save, tmp_path: Path) -> None:
    save(HELLO)
    done = shell("ccc run >/dev/full; echo $?; ccc inspect >/dev/full; echo $?", tmp_path)
    assert done.stdout == b"6\n6\n"
    assert done.stderr == b"error: no space left on device\n" * 2
    done = shell("ccc run >&-; echo $?; ccc run --input - <&-; echo $?; ccc run absent 2>/dev/full; echo $?", tmp_path)
    assert (done.stdout, done.stderr) == (b"0\n" + "Hello, ä\n".encode() + b"0\n6\n", b"")


@pytest.mark.parametrize("options", [(), ("--neural",), ("--trace", "log")], ids=["emulator", "dense", "trace"])
def test_ctrl_c_keeps_what_there_is(save: Save, tmp_path: Path, options: tuple[str, ...]) -> None:
    save(ENDLESS)
    process = start(tmp_path, "run", "--numbers", "--save-state", "end.bin", *options)
    assert process.stdout
    first = process.stdout.readline()  # it runs, and shows it
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert b"interrupted\n  after " in err
    assert b"Traceback" not in err
    steps = int(err.split(b"after ")[1].split(b" ")[0].replace(b",", b""))
    values = [int(line) for line in (first + rest).split()]
    assert values == list(range(65, 65 + len(values)))
    assert len(values) == (steps + 2) // 3
    end = read_image(tmp_path / "end.bin")
    assert end.state.pc == 3 * (steps % 3)
    if "--trace" in options:
        assert len((tmp_path / "log").read_bytes().splitlines()) == steps
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_ctrl_c_with_json(save: Save, tmp_path: Path) -> None:
    save(QUIET)
    process = start(tmp_path, "run", "--json", "--trace", "/dev/stderr")
    assert process.stderr
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert json.loads(out)["reason"] == "interrupted"
    assert b"Traceback" not in err


def test_ctrl_c_in_a_comparison(save: Save, tmp_path: Path) -> None:
    save(QUIET)
    os.mkfifo(tmp_path / "pipe")
    process = start(tmp_path, "diff-trace", "--left", "emulator", "--right", "emulator", "--input", "pipe")
    (tmp_path / "pipe").write_bytes(b"")  # opens as soon as the command reads it: it has begun
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    if out:  # the comparison itself had begun, and says how far it came
        assert (out.splitlines()[0], err) == (b"no difference so far: emulator and emulator", b"")
    else:
        assert err.strip() == b"interrupted"


def test_the_package_runs_as_a_module() -> None:
    result = subprocess.run([sys.executable, "-m", "ccc", "--version"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("ccc, version ")


def test_an_interrupt_while_the_command_loads_leaves_no_traceback() -> None:
    """The module that the command begins with lets Ctrl-C end the process, until the command line can hear it."""
    program = (
        "import os, signal, sys\n"
        "import ccc.__main__ as start\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ccc.cli': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "start.main()\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (-signal.SIGINT, "")
