"""The native engine's runs: cut into pieces, taken back, at the edges of memory and of the numbers."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from ccc.emulator import Emulator
from ccc.isa import BY_MNEMONIC, Fault
from ccc.neural import NativeExecutor, perturb
from tests.engines.random_programs import WILD_REALS
from tests.neural.helpers import kind_id, model_of
from tests.neural.native.runs import account, assembled, counting, image_of, native_alone, program_of, run_of
from tests.programs.table import MAX_STEPS, RUNS

KINDS = [("ccc", 32), ("subleq", 32), ("subleq-reversed", 16), ("subleq-modulo", 8)]
"""Dialects and widths in which constructed weights never need the dense engine."""
HUGE, TINY, LARGEST = 1e308, 5e-324, 1.7976931348623157e308
ODD = (0.5, -0.5, 2.0**31, 2.0**52 + 1, 2.0**53 + 2, 1e300, -1e300, HUGE, LARGEST, -LARGEST, TINY, -TINY, -1.0, -3.0)
ROOM = 4096


# ------------------------------------------------------------------------------------ no need of the dense engine


@pytest.mark.parametrize("run", [run for run in RUNS if not run.slow], ids=lambda run: run.id)
def test_examples_run_in_machine_code_alone(run) -> None:
    found = native_alone(run.image(), run.inputs, MAX_STEPS)
    assert found == run_of(Emulator(), run.image(), run.inputs, MAX_STEPS)


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_random_programs_run_in_machine_code_alone(kind: tuple[str, int]) -> None:
    rng = Random(7)
    for _ in range(60):
        program = program_of(kind, rng)
        assert native_alone(program.image, program.inputs) == run_of(Emulator(), program.image, program.inputs)


def test_a_tie_between_ports_is_left_to_the_dense_engine() -> None:
    """Without ports, a negative address lies halfway between keys that nothing tells apart; the fault is the same."""
    image = image_of([-2.0, 3.0, 0.0, 5.0], ("subleq-silent", 8))
    native = NativeExecutor()
    assert run_of(native, image) == run_of(Emulator(), image)
    assert native.state().fault is Fault.ADDRESS


# ------------------------------------------------------------------------------------------------------- pieces


@pytest.mark.parametrize("kind", [("ccc", 32), ("subleq", 32)], ids=kind_id)
def test_a_run_in_pieces_is_the_run(kind: tuple[str, int]) -> None:
    rng = Random(1)
    for pieces in ([1] * 40, [0, 1, 0, 7, 2, 30], [40], [39, 1], [13, 0, 27]):
        program = program_of(kind, rng)
        native, whole = NativeExecutor(checksum=True), NativeExecutor(checksum=True)
        native.start(program.image, program.inputs)
        executed = [native.run(steps) for steps in pieces]
        assert account(native, sum(executed)) == run_of(whole, program.image, program.inputs, sum(pieces))
        assert native.checksum == whole.checksum
        assert all(count <= steps for count, steps in zip(executed, pieces, strict=True))


def test_no_steps_do_nothing() -> None:
    image = counting(3)
    native = NativeExecutor()
    native.start(image, (1, 2, 3))
    assert native.run(0) == 0
    assert native.state().same(image.state)
    assert (native.outputs(), native.consumed) == ([], 0)


def test_more_output_than_the_buffer_holds() -> None:
    image = assembled("loop: out x; addi x, 1; jmp loop; .data; x: . 0")
    native = NativeExecutor()
    steps = 3 * (2 * ROOM + 10)
    assert run_of(native, image, (), steps) == run_of(Emulator(), image, (), steps)
    assert len(native.outputs()) == 2 * ROOM + 10
    assert native.outputs(2 * ROOM) == [float(2 * ROOM + number) for number in range(10)]


@pytest.mark.parametrize("steps", [3 * ROOM - 3, 3 * ROOM - 2, 3 * ROOM - 1, 3 * ROOM])
def test_a_limit_where_the_buffer_is_full(steps: int) -> None:
    image = assembled("loop: out x; addi x, 1; jmp loop; .data; x: . 0")
    native = NativeExecutor()
    assert run_of(native, image, (), steps) == run_of(Emulator(), image, (), steps)
    assert native.run(6) == 6


@pytest.mark.parametrize("waiting", range(5))
def test_inputs_run_out(waiting: int) -> None:
    values = [float(number) for number in range(10, 10 + waiting)]
    image = counting(3)
    assert native_alone(image, values) == run_of(Emulator(), image, values)
    native = NativeExecutor()
    native.start(image, values)
    native.run(100)
    assert native.consumed == min(waiting, 3)
    assert native.outputs() == [*values, -1.0, -1.0, -1.0][:3]


# ---------------------------------------------------------------------------------------------------- snapshots


def test_back_and_forth_between_snapshots() -> None:
    image, inputs = counting(12), [float(number) for number in range(9)]
    native, straight = NativeExecutor(checksum=True), NativeExecutor(checksum=True)
    native.start(image, inputs)
    points = [native.snapshot()]
    for _ in range(5):
        native.run(17)
        points.append(native.snapshot())
    for number in (5, 2, 0, 4, 1, 3):
        if len(native.outputs()) < points[number].produced:
            native.restore(points[0])
            native.run(17 * number)
        native.restore(points[number])
        run_of(straight, image, inputs, 17 * number)
        assert account(native) == account(straight)
        assert native.checksum == straight.checksum
        assert account(native, native.run(25)) == account(straight, straight.run(25))
        assert native.checksum == straight.checksum


def test_a_snapshot_serves_another_run_of_the_same_program() -> None:
    image = assembled("loop: addi x, 1; jmp loop; .data; x: . 0")
    first, second = NativeExecutor(), NativeExecutor()
    for native in (first, second):
        native.start(image)
    first.run(31)
    second.restore(first.snapshot())
    assert account(second) == account(first)
    assert account(second, second.run(10)) == account(first, first.run(10))


def test_snapshots_while_the_dense_engine_has_the_turn(own_cache) -> None:
    changed, _ = perturb(model_of(("subleq", 32)), "accept.address.0.value[address]", -1.0)
    for seed in range(6):
        program = program_of(("subleq", 32), Random(seed))
        native, straight = NativeExecutor(changed, checksum=True), NativeExecutor(changed, checksum=True)
        native.start(program.image, program.inputs)
        points = []
        for _ in range(4):
            points.append(native.snapshot())
            native.run(3)
        for number in (3, 1, 2, 0):
            native.restore(points[number])
            run_of(straight, program.image, program.inputs, 3 * number)
            assert account(native) == account(straight)
            assert account(native, native.run(8)) == account(straight, straight.run(8))
            assert native.checksum == straight.checksum


# ------------------------------------------------------------------------------------------------- memory's edge


@pytest.mark.parametrize("kind", [("ccc", 32), ("subleq", 32)], ids=kind_id)
@pytest.mark.parametrize("size", range(1, 8))
def test_small_memories(kind: tuple[str, int], size: int) -> None:
    for cells in itertools.product((-1.0, 0.0, 2.0), repeat=min(size, 4)):
        image = image_of([*cells, *[3.0] * (size - len(cells))], kind)
        assert run_of(NativeExecutor(), image, (5,), 9) == run_of(Emulator(), image, (5,), 9), cells


@pytest.mark.parametrize("kind", [("ccc", 32), ("subleq", 32)], ids=kind_id)
def test_the_last_cell_is_read_and_written_and_the_one_behind_it_is_not(kind: tuple[str, int]) -> None:
    for target, source in itertools.product(range(3, 8), repeat=2):
        image = image_of([float(source), float(target), 0.0, 11.0, 12.0, 13.0], kind)
        assert native_alone(image, (), 3) == run_of(Emulator(), image, (), 3)


def test_a_memory_that_is_large() -> None:
    size = 1 << 18
    cells = [0.0] * size
    cells[:6] = float(size - 1), float(size - 2), 3.0, 9.0, float(size - 1), float(size)
    cells[-2:] = 7.0, -4.0
    assert native_alone(image_of(cells), (), 4) == run_of(Emulator(), image_of(cells), (), 4)


# ------------------------------------------------------------------------------------------------ numbers' edge


@pytest.mark.parametrize("pc", [*ODD, 2.0**60, 4.0, 5.0, 6.0, 7.0, 2.5, -(2.0**31)])
def test_a_program_counter_that_is_no_address(pc: float) -> None:
    image = image_of([6.0, 6.0, 0.0, 6.0, 6.0, 3.0, 1.0, 2.0], pc=pc)
    assert native_alone(image, (), 5) == run_of(Emulator(), image, (), 5)


@pytest.mark.parametrize("window", [(0, 0), (0, 12), (12, 12), (9, 10), (10, 11)])
@pytest.mark.parametrize("stack", [(0, 0, 0), (0, 0, 12), (12, 12, 12), (0, 12, 12), (10, 10, 12), (9, 12, 12)])
def test_registers_at_the_ends_of_their_ranges(stack: tuple[int, int, int], window: tuple[int, int]) -> None:
    registers = dict(zip(("stack_low", "sp", "stack_high", "write_low", "write_high"), (*stack, *window), strict=True))
    for name in ("push", "pop", "call", "ret", "mov", "in", "out", "subleq"):
        first = 9.0 if name == "subleq" else float(BY_MNEMONIC[name].opcode)
        image = image_of([first, 9.0, 10.0, first, 10.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], **registers)
        assert native_alone(image, (7.0,), 2) == run_of(Emulator(), image, (7.0,), 2), name


@pytest.mark.parametrize("fault", Fault)
def test_a_program_that_has_stopped_stays_so(fault: Fault) -> None:
    image = image_of([6.0, 6.0, 0.0, 6.0, 6.0, 3.0, 1.0], fault=float(fault), pc=0.0 if fault else -3.0)
    native = NativeExecutor()
    assert run_of(native, image, (), 4) == run_of(Emulator(), image, (), 4)
    assert native.state().same(image.state)


@pytest.mark.parametrize("number", sorted({*WILD_REALS, *ODD}))
def test_operands_at_extreme_values(number: float) -> None:
    """Every instruction, with cells that hold the largest and the smallest numbers, and at no address."""
    others = (number, 3.0, -LARGEST)
    for row in BY_MNEMONIC.values():
        first = 9.0 if row.mnemonic == "subleq" else float(row.opcode)
        for operands in ((10.0, 11.0), (11.0, 10.0), (number, 10.0), (10.0, number)):
            cells = [first, *operands, *[1.0] * 6, *others, 5.0, 6.0]
            image = image_of(cells, stack_low=12.0, sp=13.0, stack_high=14.0)
            assert native_alone(image, (number,), 3) == run_of(Emulator(), image, (number,), 3), (
                row.mnemonic,
                operands,
            )


@pytest.mark.parametrize(
    "source",
    ["div x, zero; halt", "add half, x; halt", "movi 1000, 1; halt", "pop x; halt", ". -200, 0, 0", "jmp 1000; halt"],
)
def test_a_fault_at_the_first_instruction(source: str) -> None:
    image = assembled(source + "; .data; x: . 5; zero: . 0; half: .reals 0.5")
    native = NativeExecutor()
    assert run_of(native, image) == run_of(Emulator(), image)
    assert native.state().fault is not Fault.NONE
    assert native.run(5) == 0
    assert native.dense_steps == 0


# ------------------------------------------------------------------------------------------------------ threads


def test_threads_disturb_each_other_in_nothing() -> None:
    rng = Random(3)
    programs = [program_of(kind, rng) for kind in [("ccc", 32), ("subleq", 32)] for _ in range(12)]
    images = [(counting(200), tuple(float(k) for k in range(n))) for n in range(8)]
    images += [(program.image, program.inputs) for program in programs]
    alone = [run_of(NativeExecutor(), image, inputs, 1500) for image, inputs in images]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda case: run_of(NativeExecutor(), *case, 1500), images * 3))
    assert together == alone * 3
