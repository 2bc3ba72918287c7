"""The commit log as an interface of Python, and the executors by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.errors import FileError, UsageError
from ccc.isa import EXTENDED
from ccc.machine import Image
from ccc.trace import ENGINES, CommitLog, EngineOptions, log_lines, make_executor
from ccc.trace.commit_log import to_line


def log(source: str, inputs: tuple[float, ...] = (), max_steps: int | None = None) -> list[CommitLog]:
    image = assemble_text(source)
    emulator = Emulator(record=True)
    emulator.start(image, inputs)
    return list(log_lines(emulator, image, max_steps))


def test_subleq_reads_both_and_writes_one() -> None:
    (first, *_) = log("a b -1; a: . 3; b: . 5 0 0 0 0", max_steps=1)
    assert first == CommitLog(0, 0.0, (3.0, 4.0, -1.0), "subleq", first.reads, ((4, 2.0),), 3.0, first.sp)
    assert sorted(first.reads) == [(3, 3.0), (4, 5.0)]


def test_the_ports_are_no_cells() -> None:
    taken, given, _ = log("-1 x; x -1; zero zero -1; x: . 0; zero: . 0", (7.0,))
    assert (taken.reads, taken.writes) == ((), ((9, 7.0),))
    assert (given.reads, given.writes) == (((9, 7.0),), ())


def test_the_stack() -> None:
    called, returned, _ = log("call f; halt\nf: ret\n.stack 4")
    assert called.writes == ((called.sp, 3.0),)
    assert returned.reads == ((called.sp, 3.0),)
    assert (returned.next_pc, returned.sp) == (3.0, called.sp + 1)


def test_a_fault_is_the_last_line_and_touches_nothing() -> None:
    *_, last = log("movi x, 1; div x, zero; halt\n.data\nx: . 0\nzero: . 0")
    assert (last.fault, last.mnemonic, last.reads, last.writes, last.next_pc) == ("division", "div", (), (), 3.0)
    (only,) = log("-1000 0 0")
    assert (only.fault, only.mnemonic) == ("opcode", "none")


def test_a_line_is_json_that_gives_every_number_back() -> None:
    (record, *_) = log("mov x, y; halt\n.data\nx: . 0\ny: .reals 0.1")
    line = to_line(record)
    assert line.endswith("\n")
    assert json.loads(line)["writes"] == [[6, 0.1]]
    assert "fault" not in json.loads(line)


def test_a_stopped_program_has_no_log() -> None:
    image = assemble_text("halt")
    emulator = Emulator(record=True)
    emulator.start(image)
    assert len(list(log_lines(emulator, image))) == 1
    assert list(log_lines(emulator, image)) == []


def test_in_a_plain_dialect_no_cell_is_an_opcode() -> None:
    image = Image.bare(np.array([float(EXTENDED[0].opcode), 0.0, 0.0]))
    emulator = Emulator(record=True)
    emulator.start(image)
    (only,) = log_lines(emulator, image)
    assert (only.mnemonic, only.fault) == ("subleq", "address")


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_by_its_name(name: str) -> None:
    image = assemble_text("out x; halt\n.data\nx: . 7")
    executor = make_executor(name, image)
    executor.start(image, ())
    assert (executor.name, executor.run(9), executor.outputs()) == (name, 2, [7.0])
    assert (executor.outputs(1), executor.run(9)) == ([], 0)


def test_engines_that_are_none(tmp_path: Path) -> None:
    image = assemble_text("halt")
    with pytest.raises(UsageError, match="no engine 'abacus'"):
        make_executor("abacus", image)
    with pytest.raises(FileError):
        make_executor("dense", image, EngineOptions(weights=tmp_path / "absent"))
    with pytest.raises(UsageError, match="no weight 'none'"):
        make_executor("dense", image, EngineOptions(perturb=(("none", 1.0),)))
