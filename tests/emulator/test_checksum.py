"""The emulator's running checksum and counters against the commit log, and snapshots of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.isa import DIALECTS
from ccc.machine import ChecksummedExecutor, OpcodeCounter, State
from ccc.machine.checksum import START, fold
from ccc.trace import log_lines
from tests.engines.random_programs import Program, extended, noise, plain

STEPS = 60
KINDS: dict[str, Callable[[Random], Program]] = {
    "extended": lambda rng: extended(rng, rng.choice((8, 16, 32))),
    "noise": lambda rng: noise(rng, 32),
    **{name: lambda rng, d=d: plain(rng, 8, d) for name, d in DIALECTS.items() if not d.extended},
}
TOLD = """
        movi n, 20
loop:   out n
        push n
        call next
        pop n
        addi n, -1
        jle n, end
        jmp loop
next:   ret
end:    halt
.stack 4
.data
n:      . 0
"""


def account(emulator: Emulator) -> tuple[State, list[float], int, int | None, dict[str, int] | None]:
    """Everything that a run can be asked."""
    return emulator.state(), emulator.outputs(), emulator.consumed, emulator.checksum, emulator.opcodes


def same(left: Emulator, right: Emulator) -> bool:
    (state, *rest), (other, *others) = account(left), account(right)
    return state.same(other) and rest == others


@pytest.mark.parametrize("kind", KINDS)
def test_the_checksum_and_the_counts_are_those_of_the_commit_log(kind: str) -> None:
    executed: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def check(rng: Random) -> None:
        program = KINDS[kind](rng)
        logged, counting = Emulator(record=True, checksum=True), Emulator(checksum=True)
        for emulator in (logged, counting):
            emulator.start(program.image, program.inputs)
        expected, counts = START, Counter[str]()
        for record in log_lines(logged, program.image, STEPS):
            if record.fault:
                break
            assert len(record.writes) <= 1
            expected = fold(expected, record.next_pc, record.sp, record.writes)
            counts[record.mnemonic] += 1
            assert logged.checksum == expected
        counting.run(STEPS)
        assert counting.checksum == expected
        assert counting.opcodes == counts
        executed.update(counts)

    check()
    assert executed.total() > 30


def test_a_checksum_changes_nothing_else() -> None:
    image = assemble_text(TOLD)
    plain_run, counting = Emulator(), Emulator(checksum=True)
    for emulator in (plain_run, counting):
        emulator.start(image)
        emulator.run(1000)
    assert plain_run.state().same(counting.state())
    assert plain_run.outputs() == counting.outputs()
    assert (plain_run.checksum, plain_run.opcodes) == (None, None)
    assert isinstance(counting, ChecksummedExecutor)
    assert isinstance(counting, OpcodeCounter)


def test_a_new_start_is_a_new_checksum() -> None:
    image = assemble_text(TOLD)
    emulator = Emulator(checksum=True)
    emulator.start(image)
    assert (emulator.checksum, emulator.opcodes) == (START, {})
    emulator.run(9)
    first = emulator.checksum
    emulator.start(image)
    assert emulator.checksum == START
    emulator.run(9)
    assert emulator.checksum == first != START


def test_an_instruction_that_overwrites_itself_counts_as_what_it_was() -> None:
    emulator = Emulator(checksum=True)
    emulator.start(assemble_text("here: movi here, 5; halt"))
    emulator.run(9)
    assert emulator.opcodes == {"movi": 1, "halt": 1}


def test_more_output_than_the_buffer_holds() -> None:
    """A run that stops to hand over its output goes on with the same checksum."""
    image = assemble_text("loop: out x; addi x, 1; jmp loop\n.data\nx: . 0")
    whole, parts = Emulator(checksum=True), Emulator(checksum=True)
    for emulator in (whole, parts):
        emulator.start(image)
    whole.run(30_000)
    for _ in range(300):
        parts.run(100)
    assert len(whole.outputs()) == 10_000
    assert same(whole, parts)


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_is_where_a_run_goes_on_from(kind: str, checksum: bool) -> None:
    @seed(2)
    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def check(rng: Random) -> None:
        program = KINDS[kind](rng)
        straight, turning = Emulator(checksum=checksum), Emulator(checksum=checksum)
        for emulator in (straight, turning):
            emulator.start(program.image, program.inputs)
        points = [turning.snapshot()]
        for _ in range(4):
            turning.run(10)
            points.append(turning.snapshot())
        for number in rng.sample(range(5), 5):  # back and forth, from one to another
            turning.restore(points[number])
            straight.start(program.image, program.inputs)
            straight.run(10 * number)
            assert same(straight, turning)
            straight.run(25)
            turning.run(25)
            assert same(straight, turning)

    check()
