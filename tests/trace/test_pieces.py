"""Comparison in pieces: an executor that goes wrong at a known instruction, for a while or for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.isa import Fault
from ccc.machine import Image, Register, State
from ccc.trace import EVERY, Comparison, compare

PROGRAM = """
        in   limit
loop:   add  sum, n
        stx  table, sum
        push sum
        mov  index, n
        movi mask, 7
        and  index, mask
        pop  copy
        jeq  index, tell
back:   addi n, 1
        mov  left, n
        sub  left, limit
        jle  left, loop
        in   copy
        halt
tell:   out  sum
        jmp  back
.stack 4
.data
limit:  . 0
n:      . 0
sum:    . 0
mask:   . 0
copy:   . 0
left:   . 0
unused: . 0
table:  . cells
index:  . 0
cells:  . 0 0 0 0 0 0 0 0
"""
INPUTS = (99.0, 5.0)
Damage = Callable[[Any], Any]


def sample() -> Image:
    return assemble_text(PROGRAM, "p.s")


def total() -> int:
    emulator = Emulator()
    emulator.start(sample(), INPUTS)
    return emulator.run(1 << 40)


TOTAL = total()


class Corrupted:
    """The emulator, whose state is changed right after instruction number `at`, and back again `healed` later."""

    name = "corrupted"

    def __init__(self, at: int = 1 << 40, damage: Damage | None = None, healing: Damage | None = None, healed: int = 1):
        self._emulator = Emulator(checksum=True)
        self._events = [(at, damage), (at + healed, healing)]
        self._executed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._emulator, name)

    def start(self, image: Image, inputs: Sequence[float]) -> None:
        self._emulator.start(image, inputs)
        self._executed = 0

    def run(self, max_steps: int) -> int:
        goal = done = self._executed
        goal += max_steps
        for at, change in self._events:
            if change and self._executed <= at < goal:
                self._executed += self._emulator.run(at + 1 - self._executed)
                if self._executed == at + 1:
                    self._emulator.restore(change(self._emulator.snapshot()))
        self._executed += self._emulator.run(goal - self._executed)
        return self._executed - done

    def snapshot(self) -> Any:
        return self._emulator.snapshot(), self._executed

    def restore(self, snapshot: Any) -> None:
        inner, self._executed = snapshot
        self._emulator.restore(inner)


class Unsummed:
    """The emulator as an engine that keeps no checksum."""

    name = "unsummed"

    def __init__(self) -> None:
        self._emulator = Emulator()
        for member in ("start", "run", "state", "outputs", "snapshot", "restore"):
            setattr(self, member, getattr(self._emulator, member))

    @property
    def consumed(self) -> int:
        return self._emulator.consumed


def cell(name: str, by: float) -> Damage:
    address = sample().info.symbols[name]

    def change(snapshot: Any) -> Any:
        snapshot.cells[address] += by
        return snapshot

    return change


def register(which: Register, by: float) -> Damage:
    def change(snapshot: Any) -> Any:
        snapshot.registers[which] += by
        return snapshot

    return change


def output(snapshot: Any) -> Any:
    return replace(snapshot, outputs=[*snapshot.outputs[: snapshot.produced], 7.0], produced=snapshot.produced + 1)


def touched(snapshot: Any) -> Any:
    """Something else was written on the way, and the state shows nothing of it."""
    snapshot.sums[0] ^= np.uint64(1)
    return snapshot


def taken(snapshot: Any) -> Any:
    return replace(snapshot, consumed=2.0)


def in_pieces(right: Any, *, left: Any = None, every: int = 100, context: int = 5, **options: Any) -> Comparison:
    left = left or Emulator(checksum=True)
    options.setdefault("max_steps", 1 << 40)
    return compare(sample(), left, right, INPUTS, every=every, context=context, **options)


def in_lockstep(right: Any, **options: Any) -> Comparison:
    return in_pieces(right, **options, every=1)


def found(result: Comparison) -> Any:
    """All that a comparison says, but for the interval."""
    return replace(result, every=0)


FOR_GOOD = {
    "a cell that is read": cell("sum", 1.0),
    "a cell that nothing reads": cell("unused", 1.0),
    "sp": register(Register.SP, -1.0),
    "write_low": register(Register.WRITE_LOW, 1.0),
    "pc": register(Register.PC, 3.0),
    "fault": register(Register.FAULT, float(Fault.SHIFT)),
    "output": output,
    "inputs taken": taken,
    "checksum": touched,
}


@pytest.mark.parametrize("what", FOR_GOOD)
@pytest.mark.parametrize("at", [0, 1, 640, 641, 999])
@pytest.mark.parametrize("every", [2, 100, 1 << 30])
def test_damage_for_good_is_found_at_its_instruction(what: str, at: int, every: int) -> None:
    result = in_pieces(Corrupted(at, FOR_GOOD[what]), every=every)
    assert (result.instructions, result.reason) == (at, "difference")
    assert result.difference
    assert result.difference.instruction.step == at
    assert found(result) == found(in_lockstep(Corrupted(at, FOR_GOOD[what])))


@pytest.mark.parametrize("every", [70, 1 << 30])
@pytest.mark.parametrize("at", range(400, 412))
def test_damage_that_something_has_read_is_found_though_it_is_healed(at: int, every: int) -> None:
    """The damage lasts for a whole round of the loop, in which sum is copied; afterwards it is as if it never was."""
    damage = {"damage": cell("sum", 1.0), "healing": cell("sum", -1.0), "healed": 12}
    result = in_pieces(Corrupted(at, **damage), every=every)
    assert result.instructions == at
    assert found(result) == found(in_lockstep(Corrupted(at, **damage)))


def test_a_register_damaged_for_a_moment() -> None:
    """The next instruction leaves it wrong, as its checksum says; then it is healed."""
    damage = {"damage": register(Register.SP, -1.0), "healing": register(Register.SP, 1.0)}
    result = in_pieces(Corrupted(500, **damage), every=1 << 30)
    assert result.difference
    assert (result.instructions, [change.what for change in result.difference.changes]) == (500, ["sp"])


def test_what_no_checksum_can_see_is_seen_at_the_interval() -> None:
    """A cell that is damaged, read by nothing, and healed: only a comparison of the states in between finds it."""
    damage = {"damage": cell("unused", 1.0), "healing": cell("unused", -1.0), "healed": 10}
    assert in_pieces(Corrupted(495, **damage), every=500).instructions == 495
    assert in_pieces(Corrupted(485, **damage), every=500).equal
    assert in_lockstep(Corrupted(485, **damage)).instructions == 485


@seed(3)
@settings(max_examples=60, deadline=None, database=None)
@given(
    st.sampled_from(sorted(FOR_GOOD)),
    st.integers(0, TOTAL - 1),
    st.integers(3, 1200),
    st.integers(0, 40),
    st.booleans(),
)
def test_pieces_report_what_lockstep_reports(what: str, at: int, every: int, context: int, swapped: bool) -> None:
    def run(every: int) -> Comparison:
        left, right = Emulator(checksum=True), Corrupted(at, FOR_GOOD[what])
        pair = (right, left) if swapped else (left, right)
        return compare(sample(), *pair, INPUTS, max_steps=1 << 40, every=every, context=context)

    result = run(every)
    assert result.instructions == at
    assert found(result) == found(run(1))


def test_different_faults() -> None:
    image = assemble_text("loop: addi n, 1; mov t, n; sub t, big; jlt t, loop; div n, zero\n.data\n"
                          "n: . 0\nt: . 0\nbig: . 50\nzero: . 0")  # fmt: skip
    before = 200

    class Confused(Corrupted):
        def state(self) -> State:
            state = self._emulator.state()
            if state.registers[Register.FAULT]:
                state.registers[Register.FAULT] = Fault.INTEGER
            return state

    result = compare(image, Emulator(checksum=True), Confused(), max_steps=1 << 40)
    assert result.instructions == before
    assert result.difference
    assert [change.what for change in result.difference.changes] == ["fault"]
    assert result.difference.instruction.mnemonic == "div"


def test_an_engine_that_depends_on_how_much_it_is_asked_for() -> None:
    """Alone, every instruction is right: then what was seen of the whole piece is reported."""

    class Hasty(Corrupted):
        def run(self, max_steps: int) -> int:
            if max_steps > 60:
                self._emulator.restore(cell("unused", 1.0)(self._emulator.snapshot()))
            return super().run(max_steps)

    result = in_pieces(Hasty(), every=1 << 30)
    assert result.difference
    assert [change.what for change in result.difference.changes] == [f"cell {sample().info.symbols['unused']}"]


def test_equal_programs() -> None:
    result = in_pieces(Emulator(checksum=True))
    assert result.equal
    assert found(result) == found(in_lockstep(Emulator(checksum=True)))
    assert (result.instructions, result.reason, sum(result.opcodes.values())) == (TOTAL, "halt", TOTAL)
    assert result.outputs == 13


@pytest.mark.parametrize("limit", [0, 1, 63, 64, 65, 99, 100, 101, TOTAL, TOTAL + 1])
def test_the_limit(limit: int) -> None:
    result = in_pieces(Emulator(checksum=True), max_steps=limit)
    assert found(result) == found(in_lockstep(Emulator(checksum=True), max_steps=limit))


@pytest.mark.parametrize("source", ["halt", "jmp 1000", "movi x, 1; jmp 1000\n.data\nx: . 0"])
def test_short_programs(source: str) -> None:
    image = assemble_text(source)
    pairs = [(Emulator(checksum=True), Emulator(checksum=True)) for _ in range(2)]
    fast, slow = (compare(image, *pair, max_steps=99, every=every) for pair, every in zip(pairs, (50, 1), strict=True))
    assert found(fast) == found(slow)


def test_a_stopped_image_has_nothing_to_compare() -> None:
    executor = Emulator()
    executor.start(assemble_text("halt"), ())
    executor.run(5)
    image = assemble_text("halt").with_state(executor.state())
    result = compare(image, Emulator(checksum=True), Emulator(checksum=True), max_steps=99)
    assert (result.equal, result.instructions, result.reason) == (True, 0, "halt")


def test_engines_without_checksums_are_compared_by_their_states() -> None:
    at = 333
    result = in_pieces(Corrupted(at, cell("sum", 1.0)), left=Unsummed(), every=50)
    slow = in_lockstep(Corrupted(at, cell("sum", 1.0)), left=Unsummed())
    assert result.instructions == at
    assert found(result) == found(slow)


def test_opcodes_that_nobody_counts() -> None:
    assert in_pieces(Unsummed(), left=Unsummed()).opcodes is None
    assert in_pieces(Unsummed(), left=Unsummed(), every=1).opcodes == in_pieces(Unsummed()).opcodes


def test_the_interval_by_default() -> None:
    quick = compare(sample(), Emulator(checksum=True), Emulator(checksum=True), INPUTS, max_steps=9)
    slow = compare(sample(), Emulator(checksum=True), Emulator(), INPUTS, max_steps=9)
    assert (quick.every, slow.every) == (EVERY, 1)


def test_progress_is_told_and_never_goes_back() -> None:
    told: list[int] = []
    result = in_pieces(Emulator(checksum=True), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == result.instructions == TOTAL


@pytest.mark.parametrize("every", [1, 100, 1 << 30])
def test_a_stopped_comparison_says_how_far_it_came(every: int) -> None:
    asked = iter([False, False, True])
    result = in_pieces(Emulator(checksum=True), every=every, stop=lambda: next(asked))
    assert result.equal
    assert result.interrupted
    assert 0 < result.instructions < TOTAL
    exact = in_lockstep(Emulator(checksum=True), max_steps=result.instructions)
    assert result.opcodes == exact.opcodes
    assert result.outputs == exact.outputs


def test_damage_before_the_stop_is_still_found() -> None:
    result = in_pieces(Corrupted(10, cell("unused", 1.0)), every=1 << 30, stop=lambda: True)
    assert (result.instructions, result.reason) == (10, "difference")
