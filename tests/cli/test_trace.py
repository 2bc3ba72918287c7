"""`ccc run --trace`: the commit log, held against an independent account of the same run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccc.cli.app import run
from ccc.machine import read_image
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import FAULT, HELLO, QUIET, SUBLEQ, SUM

KEYS = ["step", "pc", "instruction", "mnemonic", "reads", "writes", "next_pc", "sp"]
STACK = """
      call double
      call double
      halt
double:
      push x
      add x, x
      pop old
      ret
.data
x:    . 3
old:  . 0
"""


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("source", [SUM, SUBLEQ, HELLO, STACK, FAULT])
def test_replaying_the_log_gives_the_run(ccc: Ccc, save: Save, tmp_path: Path, source: str) -> None:
    start = read_image(save(source))
    done = ccc("run", "--json", "--in", "3,4", "--trace", "log", "--save-state", "end.bin")
    end = read_image("end.bin")
    cells, pc = start.state.cells.tolist(), start.state.pc
    log = records(tmp_path / "log")
    for step, record in enumerate(log):
        assert [key for key in record if key != "fault"] == KEYS
        assert (record["step"], record["pc"]) == (step, pc)
        assert record["instruction"] == cells[int(pc) : int(pc) + 3]
        for address, value in record["reads"]:
            assert cells[address] == value
        for address, value in record["writes"]:
            cells[address] = value
        pc = record["next_pc"]
    assert cells == end.state.cells.tolist()
    assert pc == end.state.pc
    executed = [record for record in log if "fault" not in record]
    assert len(executed) == done.json["steps"]
    assert log[-1]["sp"] == end.state.registers[1]
    assert [record.get("fault") for record in log if "fault" in record] == [f for f in [done.json["fault"]] if f]


def test_the_log_names_every_access(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    save("ldx x, base; halt\n.data\nx: . 0\nbase: . text\nindex: . 1\ntext: . 5 6")
    ccc("run", "--trace", "log")
    first, last = records(tmp_path / "log")
    assert sorted(first["reads"]) == [[7, 9], [8, 1], [10, 6]]
    assert (first["writes"], first["mnemonic"], first["next_pc"]) == ([[6, 6]], "ldx", 3)
    assert (last["reads"], last["writes"], last["mnemonic"], last["next_pc"]) == ([], [], "halt", -1)


def test_the_log_of_a_fault_ends_with_it(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    save(FAULT)
    done = ccc("run", "--trace", "log", "--numbers")
    assert (done.code, done.out) == (10, "7\n")
    last = records(tmp_path / "log")[-1]
    assert (last["fault"], last["mnemonic"], last["writes"]) == ("division", "div", [])
    assert last["next_pc"] == last["pc"] == 6


def test_a_fetch_fault_has_no_instruction(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    save("jmp 1000")
    assert ccc("run", "--trace", "log").code == 10
    last = records(tmp_path / "log")[-1]
    assert (last["instruction"], last["mnemonic"], last["fault"]) == ([], "none", "fetch")


def test_trace_ends_at_the_step_limit(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    save(QUIET)
    for limit in (0, 1, 2500):
        done = ccc("run", "--trace", "log", "--max-steps", limit)
        assert done.code == 11
        assert len(records(tmp_path / "log")) == limit


def test_the_trace_changes_nothing_else(ccc: Ccc, save: Save) -> None:
    save(SUM)
    plain = ccc("run", "--json", "--in", "3,4").json
    traced = ccc("run", "--json", "--in", "3,4", "--trace", "log").json
    assert plain | {"seconds": 0} == traced | {"seconds": 0}


def test_a_failed_run_leaves_an_old_log(ccc: Ccc, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(QUIET)
    (tmp_path / "log").write_text("old", encoding="utf-8")

    def full(record: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ccc.trace.commit_log.to_line", full)
    done = ccc("run", "--trace", "log")
    assert (done.code, done.err) == (6, "error: cannot write log: no space left on device\n")
    assert (tmp_path / "log").read_text(encoding="utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"state.bin", "log"}


def test_a_trace_into_standard_output_leaves_the_device_alone(
    save: Save, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not through a rename, which would put an ordinary file in the place of /dev/stdout."""
    image = save("halt")
    monkeypatch.chdir(tmp_path)
    before = Path("/dev/stdout").lstat().st_ino
    assert run(["run", str(image), "--trace", "/dev/stdout"]) == 0
    assert json.loads(capfd.readouterr().out)["mnemonic"] == "halt"
    assert Path("/dev/stdout").lstat().st_ino == before
