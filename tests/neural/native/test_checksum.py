"""The native engine's running checksum: that of the emulator, and that of the commit log by its definition."""

from __future__ import annotations

from random import Random

import pytest

from ccc.emulator import Emulator
from ccc.machine import ChecksummedExecutor
from ccc.machine.checksum import START, fold
from ccc.neural import NativeExecutor, perturb
from ccc.trace import compare, log_lines
from tests.neural.helpers import kind_id, model_of
from tests.neural.native.runs import counting, program_of, run_of

KINDS = [("ccc", 32), ("ccc", 8), ("subleq", 32), ("subleq-reversed", 8), ("subleq-modulo", 8)]
STEPS = 60


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_the_checksum_is_that_of_the_emulator_and_of_the_commit_log(kind: tuple[str, int]) -> None:
    rng, executed = Random(5), 0
    for _ in range(25):
        program = program_of(kind, rng)
        native, emulator = NativeExecutor(checksum=True), Emulator(checksum=True)
        assert run_of(native, program.image, program.inputs, STEPS) == run_of(
            emulator, program.image, program.inputs, STEPS
        )
        assert native.checksum == emulator.checksum
        recording = Emulator(record=True)
        recording.start(program.image, program.inputs)
        expected = START
        for record in log_lines(recording, program.image, STEPS):
            if not record.fault:
                expected = fold(expected, record.next_pc, record.sp, record.writes)
                executed += 1
        assert native.checksum == expected
    assert executed > 200


def test_only_where_it_is_asked_for() -> None:
    image = counting(2)
    without, with_one = NativeExecutor(), NativeExecutor(checksum=True)
    assert run_of(without, image) == run_of(with_one, image)
    assert without.checksum is None
    assert isinstance(with_one, ChecksummedExecutor)
    with_one.start(image)
    assert with_one.checksum == START


def test_a_wrong_weight_shows_in_the_checksum_and_is_found(own_cache) -> None:
    """A write to a wrong place that the next instruction repairs would pass any comparison at the end."""
    changed, _ = perturb(model_of(("subleq", 32)), "subtract.result.3.out[result]", 2.0**31)
    found = 0
    for seed in range(40):
        program = program_of(("subleq", 32), Random(seed))
        native = NativeExecutor(changed, checksum=True)
        stepwise = compare(program.image, Emulator(), NativeExecutor(changed), program.inputs, max_steps=STEPS)
        quick = compare(program.image, Emulator(checksum=True), native, program.inputs, max_steps=STEPS)
        assert quick.every > 1
        assert (quick.equal, quick.instructions) == (stepwise.equal, stepwise.instructions)
        found += not quick.equal
    assert found


def test_the_dense_engine_keeps_it_too(own_cache) -> None:
    changed, _ = perturb(model_of(("subleq", 32)), "accept.address.0.value[address]", 0.0)
    dense_steps = 0
    for seed in range(8):
        program = program_of(("subleq", 32), Random(seed))
        native = NativeExecutor(changed, checksum=True)
        native.start(program.image, program.inputs)
        expected = START
        for _ in range(STEPS):
            before = native.state()
            if not native.run(1):
                break
            after = native.state()
            cells = [i for i in range(len(after.cells)) if after.cells[i] != before.cells[i]]
            if len(cells) != 1:  # a write that changes nothing does not show in the states
                break
            writes = [(float(cells[0]), float(after.cells[cells[0]]))]
            expected = fold(expected, after.pc, float(after.registers[1]), writes)
            assert native.checksum == expected
        dense_steps += native.dense_steps
    assert dense_steps
