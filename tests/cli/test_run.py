"""`ccc run` in the emulator: input, output, how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.isa import Fault
from ccc.machine import read_image
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import ECHO, ENDLESS, FAULT, HELLO, PLAIN, QUIET, SUBLEQ, SUM, put_out

RUN_KEYS = ["image", "engine", "reason", "fault", "steps", "seconds", "output", "pc", "checksum"]


def test_a_halt(ccc: Ccc, save: Save) -> None:
    save(HELLO)
    done = ccc("run")
    assert (done.code, done.out, done.err) == (0, "Hello, ä\n", "")


def test_a_fault_says_what_and_where(ccc: Ccc, save: Save) -> None:
    save(FAULT)
    done = ccc("run")
    assert (done.code, done.out) == (10, "7\n")
    assert done.err == (
        "fault: division (division by zero)\n  after 2 instructions, at pc 6, prog.s:4: bad:  div x, zero\n"
    )


def test_a_step_limit(ccc: Ccc, save: Save) -> None:
    save(ENDLESS)
    done = ccc("run", "--max-steps", "7", "--numbers")
    assert (done.code, done.out) == (11, "65\n66\n67\n")
    assert done.err.startswith("step-limit\n  after 7 instructions, at pc 3, prog.s:3: addi x, 1")


def test_a_limit_that_is_just_reached_is_no_limit(ccc: Ccc, save: Save) -> None:
    save("halt")
    assert ccc("run", "--max-steps", "1").code == 0
    assert ccc("run", "--max-steps", "0").code == 11


def test_no_steps_leave_the_image_as_it_is(ccc: Ccc, save: Save) -> None:
    image = save(SUM)
    done = ccc("run", "--max-steps", "0", "--json", "--save-state", "after.bin")
    assert (done.code, done.json["steps"], done.json["reason"], done.json["output"]) == (11, 0, "step-limit", [])
    assert read_image("after.bin").checksum == read_image(image).checksum


@pytest.mark.parametrize(
    ("source", "options", "code", "expected"),
    [
        (SUM, ("--in", "3,4"), 0, {"reason": "halt", "fault": None, "output": [3, 7], "pc": -1}),
        (FAULT, (), 10, {"reason": "fault", "fault": "division", "output": [7], "steps": 2, "pc": 6}),
        (ENDLESS, ("--max-steps", "4"), 11, {"reason": "step-limit", "fault": None, "output": [65, 66], "steps": 4}),
        (put_out(0.5, -2.0), (), 0, {"output": [0.5, -2], "steps": 3}),
    ],
)
def test_json(ccc: Ccc, save: Save, source: str, options: tuple[str, ...], code: int, expected: dict) -> None:
    image = save(source)
    done = ccc("run", "--json", *options)
    assert done.code == code
    assert done.err == ""
    assert done.out.count("\n") == 1
    assert list(done.json) == RUN_KEYS
    assert done.json["engine"] == "emulator"
    assert done.json["checksum"] == read_image(image).checksum
    assert done.json["seconds"] >= 0
    assert done.json | expected == done.json


@pytest.mark.parametrize("numbers", ["3,4", "3 4", " 3 , 4 ", "3.0,4", "3,,4"])
def test_in(ccc: Ccc, save: Save, numbers: str) -> None:
    save(SUM)
    assert ccc("run", "--numbers", "--in", numbers).out == "3\n7\n"


def test_in_may_be_empty(ccc: Ccc, save: Save) -> None:
    save(SUM)
    assert ccc("run", "--in", "").out == ""


@pytest.mark.parametrize("numbers", ["3,x", "nan", "inf", "-inf", "1e400", "0x10"])
def test_in_that_is_no_number(ccc: Ccc, save: Save, numbers: str) -> None:
    save(SUM)
    done = ccc("run", "--in", numbers)
    assert done.code == 2
    assert done.err.startswith("error: --in: ")


def test_input_from_a_file_and_from_standard_input(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    save(ECHO)
    (tmp_path / "text").write_bytes(b"abc\n")
    assert ccc("run", "--input", "text").out == "abc\n"
    assert ccc("run", "--input", "-", stdin=b"def\n").out == "def\n"
    assert ccc("run").out == "", "without a pipe, standard input is left alone"


def test_input_that_cannot_be_had(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    save(ECHO)
    assert ccc("run", "--input", "absent").code == 6
    assert ccc("run", "--input", tmp_path).code == 6
    assert ccc("run", "--input", "absent", "--in", "3").code == 2


def test_an_input_that_a_plain_dialect_cannot_hold(ccc: Ccc, save: Save) -> None:
    save(SUBLEQ)
    assert ccc("run", "--in", "1.5").code == 4
    assert ccc("run", "--in", "2147483648").code == 4
    assert ccc("run", "--in", "2147483647", "--numbers").out == "2147483647\n"


@pytest.mark.parametrize(
    ("values", "form", "expected"),
    [
        ((72, 105, 10), None, b"Hi\n"),
        ((42,), None, b"42\n"),
        ((72, 105), "--numbers", b"72\n105\n"),
        ((72, 1000), None, b"72\n1000\n"),
        ((72, 7), None, b"72\n7\n"),
        ((195, 164, 10), None, "ä\n".encode()),
        ((195,), None, b"195\n"),
        ((195, 164, 255), None, b"195\n164\n255\n"),
        ((1, 255, -1, 256), "--bytes", b"\x01\xff\xff\x00"),
        ((0.1, 1e300, 2.0**53), "--numbers", b"0.1\n1e+300\n9007199254740992.0\n"),
    ],
)
def test_bytes_and_numbers(ccc: Ccc, save: Save, values: tuple[float, ...], form: str | None, expected: bytes) -> None:
    save(put_out(*values))
    done = ccc("run", *([form] if form else []))
    assert (done.code, done.raw) == (0, expected)


def test_a_fraction_is_no_byte(ccc: Ccc, save: Save) -> None:
    save(put_out(65, 0.5))
    done = ccc("run", "--bytes")
    assert done.code == 2
    assert "0.5 is no byte" in done.err
    assert "--numbers" in done.err


def test_stats_go_to_standard_error(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("run", "--stats", "--numbers", "--in", "3,4")
    assert done.out == "3\n7\n"
    found = dict(line.split(None, 1) for line in done.err.splitlines())
    assert (found["engine"], found["end"], found["instructions"]) == ("emulator", "halt", "13")
    assert (found["output"], found["memory"]) == ("2 values", "20 cells, 2 changed")


def test_isa_subleq_runs_a_plain_image_of_the_default_dialect(ccc: Ccc, save: Save) -> None:
    save(PLAIN)
    assert ccc("run", "--isa", "subleq", "--in", "65").out == "65\n"
    assert ccc("run", "--isa", "full", "--in", "65").out == "65\n"


def test_isa_subleq_takes_opcodes_for_addresses(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("run", "--isa", "subleq", "--json")
    assert (done.code, done.json["fault"]) == (10, Fault.ADDRESS.label)


def test_isa_subleq_refuses_what_is_not_plain(ccc: Ccc, save: Save) -> None:
    save(put_out(0.5))
    done = ccc("run", "--isa", "subleq")
    assert done.code == 4
    assert "cannot be read in another dialect" in done.err


def test_isa_full_needs_an_image_that_has_it(ccc: Ccc, save: Save) -> None:
    save(SUBLEQ)
    assert ccc("run", "--isa", "full").code == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--engine", "densee"), "did you mean 'dense'?"),
        (("--engine", "xyz"), "known: emulator, "),
        (("--engine", "emulator", "--neural"), "exclude each other"),
        (("--perturb", "a=1"), "need --neural"),
        (("--weights", "w"), "need --neural"),
        (("--neural", "--trace", "t"), "--trace is written by the emulator"),
        (("--max-steps", "-1"), "--max-steps"),
        (("--max-steps", "many"), "--max-steps"),
        (("--isa", "risc"), "--isa"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_usage_errors(ccc: Ccc, save: Save, options: tuple[str, ...], message: str) -> None:
    save(SUM)
    done = ccc("run", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_no_image(ccc: Ccc) -> None:
    done = ccc("run")
    assert done.code == 2
    assert "no state.bin here" in done.err
    assert "ccc assemble" in done.err
    assert ccc("run", "other.bin").code == 6
    assert ccc("run", ".").code == 6


def test_a_damaged_image(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    raw = save(SUM).read_bytes()
    for name, bad in (("short", raw[:-9]), ("empty", b""), ("text", b"Hello!" * 9), ("flipped", raw[:-8] + b"\1" * 8)):
        (tmp_path / name).write_bytes(bad)
        done = ccc("run", name)
        assert done.code == 4, name
        assert done.err.startswith(f"error: {name}: "), done.err


@pytest.mark.parametrize("source", [SUM, SUBLEQ, HELLO])
def test_a_run_continues_from_a_saved_state(ccc: Ccc, save: Save, source: str) -> None:
    """Its first two instructions take one input value, if any."""
    save(source)
    whole = ccc("run", "--json", "--in", "3,4,5", "--save-state", "whole.bin").json
    first = ccc("run", "--json", "--in", "3,4,5", "--max-steps", "2", "--save-state", "part.bin").json
    second = ccc("run", "part.bin", "--json", "--in", "4,5", "--save-state", "end.bin").json
    assert first["steps"] + second["steps"] == whole["steps"]
    assert first["output"] + second["output"] == whole["output"]
    assert read_image("end.bin").state.same(read_image("whole.bin").state)
    assert read_image("end.bin").info.symbols == read_image("whole.bin").info.symbols


def test_a_halted_image_stays_halted(ccc: Ccc, save: Save) -> None:
    save(FAULT)
    ccc("run", "--save-state", "end.bin")
    again = ccc("run", "end.bin", "--json")
    assert (again.code, again.json["steps"], again.json["fault"]) == (10, 0, "division")


@pytest.mark.parametrize("option", ["--save-state", "--trace"])
@pytest.mark.parametrize("place", ["absent/x", ".", "/dev/null/x", ""])
def test_a_place_that_cannot_be_written_is_found_before_the_run(ccc: Ccc, save: Save, option: str, place: str) -> None:
    save(QUIET)
    done = ccc("run", option, place)  # endless: it comes back at all only because nothing runs
    assert done.code == 6
    shown = place or "''"
    assert done.err.startswith(f"error: cannot write {shown}: ")
