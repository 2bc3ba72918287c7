"""The results file: whole lines or none, whatever happened to the process that wrote them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ccc.errors import FileError
from ccc.learn.results import Results
from tests.architecture.source_tree import ROOT


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    assert results.read() == []
    entries = [{"spec": "gcd", "candidates": 10}, {"spec": "näme\n", "best": 0.5}]
    for entry in entries:
        results.append(entry)
    assert results.read() == entries
    assert len(results.path.read_bytes().splitlines()) == 2


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_line_cut_short_costs_only_itself(tmp_path: Path, cut: int) -> None:
    results = Results(tmp_path / "results.jsonl")
    results.append({"spec": "first"})
    results.append({"spec": "lost", "n": 12345})
    whole = results.path.read_bytes()
    results.path.write_bytes(whole[:-cut])
    results.append({"spec": "next"})
    kept = [entry["spec"] for entry in results.read()]
    # Without its new line alone the entry is still whole.
    assert kept == (["first", "lost", "next"] if cut == 1 else ["first", "next"])


def test_what_is_no_entry_is_left_out(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    results.path.write_bytes(b'\xff\xfe\n[1]\n{"a":\n' + b"[" * 100_000 + b'\n{"a": 1}\n3\n')
    assert results.read() == [{"a": 1}]


def test_several_processes_append(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    code = f"""
import sys
from ccc.learn.results import Results
for number in range(200):
    Results({str(path)!r}).append({{"process": int(sys.argv[1]), "number": number, "text": "x" * 300}})
"""
    workers = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], env={"PYTHONPATH": str(ROOT)}) for number in (0, 1)
    ]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    entries = Results(path).read()
    for process in (0, 1):
        assert [entry["number"] for entry in entries if entry["process"] == process] == list(range(200))


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot write"):
        Results(tmp_path / "missing" / "results.jsonl").append({})
