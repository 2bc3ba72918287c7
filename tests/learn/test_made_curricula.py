"""Sequences, truth tables and automata: what scripts/make-curricula writes is what is there, and is right."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ccc.learn import Case
from ccc.learn.spec import read_spec
from tests.learn.curricula import SKILLS, spec_files

SCRIPT = SKILLS.parent / "scripts" / "make-curricula"
# The first terms as the OEIS lists them.
OEIS = {
    "A000005": [1, 2, 2, 3, 2, 4, 2, 4, 3, 4, 2, 6],
    "A000010": [1, 1, 2, 2, 4, 2, 6, 4, 6, 4, 10, 4],
    "A000032": [2, 1, 3, 4, 7, 11, 18, 29, 47, 76, 123],
    "A000035": [0, 1, 0, 1, 0, 1],
    "A000045": [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89],
    "A000051": [2, 3, 5, 9, 17, 33, 65, 129],
    "A000073": [0, 0, 1, 1, 2, 4, 7, 13, 24, 44, 81, 149],
    "A000079": [1, 2, 4, 8, 16, 32, 64],
    "A000085": [1, 1, 2, 4, 10, 26, 76, 232, 764, 2620, 9496],
    "A000120": [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4],
    "A000124": [1, 2, 4, 7, 11, 16, 22, 29, 37, 46],
    "A000129": [0, 1, 2, 5, 12, 29, 70, 169, 408, 985],
    "A000142": [1, 1, 2, 6, 24, 120, 720, 5040, 40320],
    "A000166": [1, 0, 1, 2, 9, 44, 265, 1854, 14833, 133496],
    "A000196": [0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3],
    "A000203": [1, 3, 4, 7, 6, 12, 8, 15, 13, 18, 12, 28],
    "A000217": [0, 1, 3, 6, 10, 15, 21, 28],
    "A000225": [0, 1, 3, 7, 15, 31, 63],
    "A000244": [1, 3, 9, 27, 81, 243, 729],
    "A000290": [0, 1, 4, 9, 16, 25, 36],
    "A000292": [0, 1, 4, 10, 20, 35, 56, 84],
    "A000302": [1, 4, 16, 64, 256, 1024],
    "A000326": [0, 1, 5, 12, 22, 35, 51, 70],
    "A000330": [0, 1, 5, 14, 30, 55, 91, 140],
    "A000384": [0, 1, 6, 15, 28, 45, 66, 91],
    "A000578": [0, 1, 8, 27, 64, 125, 216],
    "A000583": [0, 1, 16, 81, 256, 625],
    "A000720": [0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 6],
    "A001045": [0, 1, 1, 3, 5, 11, 21, 43, 85, 171],
    "A001906": [0, 1, 3, 8, 21, 55, 144, 377, 987],
    "A002061": [1, 1, 3, 7, 13, 21, 31, 43, 57],
    "A002378": [0, 2, 6, 12, 20, 30, 42],
    "A002620": [0, 0, 1, 2, 4, 6, 9, 12, 16, 20],
    "A003188": [0, 1, 3, 2, 6, 7, 5, 4, 12, 13, 15, 14, 10, 11, 9, 8],
    "A004526": [0, 0, 1, 1, 2, 2, 3, 3],
    "A005408": [1, 3, 5, 7, 9],
    "A005843": [0, 2, 4, 6, 8],
    "A010051": [0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1],
    "A010872": [0, 1, 2, 0, 1, 2, 0],
    "A033999": [1, -1, 1, -1, 1],
}
FIRST = {"A000005": 1, "A000010": 1, "A000203": 1, "A000720": 1, "A010051": 1}


def test_what_is_there_is_what_the_script_writes() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_40_sequences_and_256_rules() -> None:
    assert [path.stem for path in spec_files("sequences")] == sorted(OEIS)
    assert len(OEIS) == 40
    rules = {f"rule_{number}" for number in range(256)}
    assert {path.stem for path in spec_files("automata")} == rules | set(RUNGS)


@pytest.mark.parametrize("name", OEIS)
def test_sequences_begin_as_published(name: str) -> None:
    examples = read_spec(SKILLS / "sequences" / f"{name}.yaml").examples
    cases = (*examples.train, *examples.held_out, *examples.longer)
    assert [int(case.given["n"]) for case in cases] == list(range(FIRST.get(name, 0), FIRST.get(name, 0) + 64))
    assert len(examples.train) == 16
    assert len(examples.held_out) == 16
    assert [int(case.expected["a"]) for case in cases[: len(OEIS[name])]] == OEIS[name]


@pytest.mark.parametrize("path", spec_files("boolean"), ids=lambda path: path.stem)
def test_truth_tables_have_all_rows(path: Path) -> None:
    spec = read_spec(path)
    inputs = [slot.name for slot in spec.card.inputs]
    rows = {tuple(int(case.given[name]) for name in inputs) for case in spec.examples.train}
    assert rows == set(itertools.product((0, 1), repeat=len(inputs)))
    assert len(inputs) <= 6
    assert spec.atoms == ("and", "or", "not", "xor", "mov")


def test_some_truth_tables() -> None:
    """Values worked out by hand, for each kind of table: inputs, then outputs."""
    by_hand = {
        "mux_4": ["10" "0010" "1", "11" "1110" "0", "00" "1000" "1"],
        "adder_2_carry": ["11" "11" "1" "111", "10" "01" "1" "100"],
        "compare_3": ["101" "011" "001", "010" "010" "010", "001" "100" "100"],
        "priority_4": ["0000" "000", "0010" "101", "1111" "001"],
        "multiply_2": ["11" "11" "001", "10" "11" "110"],
        "multiply_2_high": ["11" "11" "1", "10" "11" "0"],
        "subtractor_1": ["011" "10", "100" "01", "111" "11"],
        "by_3_6": ["111111" "1", "100000" "0", "000011" "1"],
        "no_gray_3": ["110" "100", "111" "101"],
        "negate_3": ["001" "111", "100" "100"],
        "count_6": ["111111" "110", "010101" "011"],
        "exchange_if": ["110" "01", "010" "10"],
        "decoder_2": ["00" "000", "11" "001", "01" "100"],
    }  # fmt: skip
    for name, rows in by_hand.items():
        table = (SKILLS / "boolean" / "tables" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        for row in rows:
            assert ",".join(row) in table[1:], f"{name}: {row}"


def stepped(rule: int, cells: np.ndarray, steps: int) -> np.ndarray:
    """All lattices at once, in another way than the script does it: a table, and rolled arrays."""
    table = np.array([int(bit) for bit in reversed(f"{rule:08b}")])
    for _ in range(steps):
        cells = table[np.roll(cells, 1, axis=1) * 4 + cells * 2 + np.roll(cells, -1, axis=1)]
    return cells


def stacked(cases: tuple[Case, ...], *, after: bool) -> np.ndarray:
    return np.array([case.expected["y"] if after else case.given["x"] for case in cases]).astype(int)


@pytest.mark.parametrize("rule", [0, 30, 45, 90, 110, 184, 204, 255])
def test_automata(rule: int) -> None:
    examples = read_spec(SKILLS / "automata" / f"rule_{rule}.yaml").examples
    for cases, steps in ((examples.train, 1), (examples.held_out, 1), (examples.longer, 1000)):
        assert {case.times for case in cases} == {steps}
        np.testing.assert_array_equal(stepped(rule, stacked(cases, after=False), steps), stacked(cases, after=True))


RUNGS: dict[str, Callable[..., object]] = {
    "last_cell": lambda x: x[-1],
    "first_cell": lambda x: x[0],
    "before_from": lambda c, x: np.concatenate([[c], x])[:-1],
    "after_from": lambda c, x: np.concatenate([x, [c]])[1:],
    "ring_before": lambda x: np.roll(x, 1),
    "ring_after": lambda x: np.roll(x, -1),
    "cells_not": lambda x: 1 - x,
    "cells_and": lambda a, b: a * b,
    "cells_or": lambda a, b: np.maximum(a, b),
    "cells_xor": lambda a, b: (a + b) % 2,
}


@pytest.mark.parametrize("name", RUNGS)
def test_what_rules_are_made_of(name: str) -> None:
    examples = read_spec(SKILLS / "automata" / f"{name}.yaml").examples
    for case in (*examples.train, *examples.held_out, *examples.longer):
        values = {slot: value.astype(int) for slot, value in case.given.items() if slot != "n"}
        np.testing.assert_array_equal(np.asarray(RUNGS[name](**values)).astype(int), case.expected["y"])


@pytest.mark.parametrize("path", sorted((SKILLS / "automata").glob("rule_*.yaml")), ids=lambda path: path.stem)
def test_training_lattices_show_every_neighbourhood(path: Path) -> None:
    cells = stacked(read_spec(path).examples.train, after=False)
    seen = np.roll(cells, 1, axis=1) * 4 + cells * 2 + np.roll(cells, -1, axis=1)
    assert set(seen.reshape(-1).tolist()) == set(range(8))
