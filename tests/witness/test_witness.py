"""Each engine against the hand-written table, and the table against the instruction set."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from ccc.isa import BY_MNEMONIC, DIALECTS, INSTRUCTIONS, Fault
from ccc.machine import Executor, Image, State, same_bits
from tests.witness.cases import Case
from tests.witness.engines import ENGINES, make_executor
from tests.witness.table import CASES

BY_NAME = {case.name: case for case in CASES}
FETCHING = "fetch"  # rows about fetching and decoding: no instruction is executed, or none in particular


@pytest.fixture(params=ENGINES, scope="module")
def executor(request: pytest.FixtureRequest) -> Executor:
    return make_executor(request.param)


def _describe(image: Image, got: State, expected: State) -> list[str]:
    cells = [
        f"cell {i}: {got.cells[i]!r}, expected {expected.cells[i]!r} (was {image.state.cells[i]!r})"
        for i in range(image.size)
        if not same_bits(got.cells[i : i + 1], expected.cells[i : i + 1])
    ]
    return cells + ([] if same_bits(got.registers, expected.registers) else [f"{got.registers} {expected.registers}"])


def _check(executor: Executor, case: Case, image: Image) -> None:
    state = executor.state()
    assert state.fault is Fault(int(case.fault)), f"{state.fault.label}, expected {case.fault.label}"
    assert _describe(image, state, case.expected()) == []
    assert same_bits(np.array(executor.outputs(), dtype=np.float64), np.array(case.outputs, dtype=np.float64))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_engine_agrees_with_witness(executor: Executor, case: Case) -> None:
    image = case.image()
    executor.start(image, case.inputs)
    assert sum(executor.run(1) for _ in range(case.steps)) == case.executed
    _check(executor, case, image)
    assert image.state.same(case.image().state), "the image itself was changed"
    if case.expected().stopped:
        assert executor.run(3) == 0
        _check(executor, case, image)


@pytest.mark.parametrize("case", [case for case in CASES if case.steps > 1], ids=lambda case: case.name)
def test_all_steps_in_one_call(executor: Executor, case: Case) -> None:
    image = case.image()
    executor.start(image, case.inputs)
    assert executor.run(case.steps) == case.executed
    _check(executor, case, image)


def test_no_steps_do_nothing(executor: Executor) -> None:
    image = BY_NAME["halt -46 0 0 {}"].image()
    executor.start(image, ())
    assert executor.run(0) == 0
    assert executor.state().same(image.state)


def test_state_is_a_copy(executor: Executor) -> None:
    image = BY_NAME["halt -46 0 0 {}"].image()
    executor.start(image, ())
    executor.state().cells[:] = 0
    executor.state().registers[:] = 0
    assert executor.state().same(image.state)


def test_start_begins_anew(executor: Executor) -> None:
    reading = BY_NAME["in -44 20 0 inputs=(65,) {}"]
    for _ in range(2):
        executor.start(reading.image(), reading.inputs)
        executor.run(1)
        _check(executor, reading, reading.image())
    executor.start(reading.image(), ())
    executor.run(1)
    assert executor.state().cells[20] == -1


def test_rows_are_distinct() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
    assert len(CASES) >= 350


@pytest.mark.parametrize("row", INSTRUCTIONS, ids=lambda row: row.mnemonic)
def test_every_instruction_has_rows(row) -> None:
    rows = [case for case in CASES if case.mnemonic == row.mnemonic]
    assert len(rows) >= 3
    assert any(case.fault is Fault.NONE for case in rows)


def test_every_row_names_an_instruction() -> None:
    assert {case.mnemonic for case in CASES} == {*BY_MNEMONIC, FETCHING}


def test_rows_witness_exactly_the_faults_of_the_table() -> None:
    witnessed: dict[str, set[Fault]] = defaultdict(set)
    for case in CASES:
        if case.fault and case.steps == 1:
            witnessed[case.mnemonic].add(Fault(int(case.fault)))
    assert witnessed.pop(FETCHING) >= {Fault.FETCH, Fault.OPCODE}
    listed = {row.mnemonic: set(row.faults) for row in INSTRUCTIONS if row.faults}
    assert dict(witnessed) == listed


def test_every_dialect_and_width_has_rows() -> None:
    assert {case.dialect for case in CASES} == set(DIALECTS)
    assert {case.width for case in CASES} == {8, 16, 32}


def test_no_row_expects_what_cannot_exist() -> None:
    for case in CASES:
        numbers = [*case.cells.values(), *case.changed.values(), *case.outputs, case.pc, case.sp]
        values = np.array(numbers, dtype=np.float64)
        assert np.isfinite(values).all()
        assert not np.signbit(values[values == 0]).any(), case.name
