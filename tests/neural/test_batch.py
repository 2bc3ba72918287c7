"""Batches against the emulator and against their programs run alone: sizes, dialects, ends, input and output."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.errors import ImageError, UsageError, WeightsError
from ccc.isa import DIALECTS, Fault
from ccc.machine import Image, Reason, SinglesBatch, reason_of, same_bits
from ccc.neural import BATCH_ENGINES, DenseBatch, DenseExecutor, RunResult, SparseBatch, perturb, run_batch
from ccc.neural.batch import DenseLanes
from ccc.neural.sparse_engine import SparseLanes
from tests.engines.random_programs import Program, extended, plain
from tests.neural.helpers import model_of

ENGINES = ("sparse", "dense")
SUM = "loop: in x; jlt x, done; add sum, x; out sum; jmp loop; done: halt; .data; x: . 0; sum: . 0"
COUNT = "loop: addi x, 1; jlt x, loop; halt; .data; x: . {}; {}"
FAULT = "out x; div x, zero; .data; x: . 7; zero: . 0"


def assembled(source: str, **options: int) -> Image:
    return assemble_text(source.replace("; ", "\n"), "prog.s", **options)


def alone(image: Image, inputs: tuple[float, ...], max_steps: int) -> RunResult:
    """What the emulator makes of a program."""
    emulator = Emulator()
    emulator.start(image, inputs)
    steps = emulator.run(max_steps)
    state = emulator.state()
    return RunResult(state, tuple(emulator.outputs()), steps, reason_of(state))


def equal(left: RunResult, right: RunResult) -> bool:
    outputs = same_bits(np.array(left.outputs, dtype=np.float64), np.array(right.outputs, dtype=np.float64))
    return left.state.same(right.state) and outputs and (left.steps, left.reason) == (right.steps, right.reason)


def mixed(seed: int, count: int) -> list[Program]:
    """Programs of several dialects and widths, sizes and lengths."""
    rng = Random(seed)
    plains = [dialect for dialect in DIALECTS.values() if not dialect.extended]
    choices = [lambda: extended(rng, 8), lambda: extended(rng, 32), lambda: plain(rng, 8, rng.choice(plains))]
    return [rng.choice(choices)() for _ in range(count)]


@pytest.mark.parametrize("engine", ENGINES)
def test_programs_of_all_kinds_end_as_in_the_emulator(engine: str) -> None:
    programs = mixed(3, 24 if engine == "sparse" else 10)
    images, inputs = [program.image for program in programs], [program.inputs for program in programs]
    results = run_batch(images, inputs, engine=engine, max_steps=25)
    for program, result in zip(programs, results, strict=True):
        assert equal(result, alone(program.image, program.inputs, 25)), str(program)
    assert len({result.reason for result in results}) >= 2
    assert len({image.size for image in images}) > 5


@pytest.mark.parametrize("engine", ENGINES)
def test_each_program_has_its_own_input_output_and_end(engine: str) -> None:
    images = [assembled(SUM), assembled(FAULT), assembled(COUNT.format(-2, "y: . 1")), assembled(SUM)]
    results = run_batch(images, [(3, 4), (), (9,), (0.0, 5, 6)], engine=engine)
    assert [result.outputs for result in results] == [(3, 7), (7,), (), (0, 5, 11)]
    assert [result.reason for result in results] == [Reason.HALT, Reason.FAULT, Reason.HALT, Reason.HALT]
    assert [result.steps for result in results] == [13, 1, 5, 18]
    assert results[1].state.fault is Fault.DIVISION


@pytest.mark.parametrize("engine", ENGINES)
def test_the_limit_holds_for_each_program(engine: str) -> None:
    images = [assembled(COUNT.format(-n, "")) for n in (1, 3, 50)]
    assert [result.steps for result in run_batch(images, engine=engine, max_steps=6)] == [3, 6, 6]
    ends = [result.reason for result in run_batch(images, engine=engine, max_steps=7)]
    assert ends == [Reason.HALT, Reason.HALT, Reason.STEP_LIMIT]
    untouched = run_batch(images, engine=engine, max_steps=0)
    assert [result.steps for result in untouched] == [0, 0, 0]
    assert all(result.state.same(image.state) for result, image in zip(untouched, images, strict=True))


def programs_to_draw(width: int) -> st.SearchStrategy[Program]:
    return st.randoms(use_true_random=False).map(lambda rng: extended(rng, width))


@settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(programs_to_draw(8) | programs_to_draw(32), min_size=1, max_size=5), st.integers(0, 20))
def test_a_batch_is_its_programs_run_alone(programs: list[Program], steps: int) -> None:
    results = run_batch([p.image for p in programs], [p.inputs for p in programs], engine="sparse", max_steps=steps)
    for program, result in zip(programs, results, strict=True):
        (single,) = run_batch([program.image], [program.inputs], engine="sparse", max_steps=steps)
        assert equal(result, single)
        assert equal(result, alone(program.image, program.inputs, steps))


@pytest.mark.parametrize("engine", ENGINES)
def test_pieces_are_the_whole(engine: str) -> None:
    images = [assembled(SUM), assembled(FAULT), assembled(COUNT.format(-9, ""))]
    whole, pieces = BATCH_ENGINES[engine](None, 1), BATCH_ENGINES[engine](None, 1)
    for batch in (whole, pieces):
        batch.start(images, [(1, 2, 3)] * 3)
    total = whole.run(12)
    parts = [pieces.run(size) for size in (5, 0, 4, 3)]
    assert [sum(counts) for counts in zip(*parts, strict=True)] == total
    assert pieces.outputs() == whole.outputs()
    assert all(a.same(b) for a, b in zip(pieces.states(), whole.states(), strict=True))


@pytest.mark.parametrize(("batch", "lanes"), [(SparseBatch, SparseLanes), (DenseBatch, DenseLanes)])
def test_what_has_stopped_is_not_computed(batch: type, lanes: type, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    step = lanes.step

    def spy(self, inputs: torch.Tensor) -> None:
        seen.append(len(inputs))
        step(self, inputs)

    monkeypatch.setattr(lanes, "step", spy)
    images = [assembled(COUNT.format(-n, "")) for n in (1, 2, 2, 4)]
    running = batch()
    running.start(images)
    assert running.run(100) == [3, 5, 5, 9]
    assert seen == [4, 4, 4, 3, 3, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("name", "value"), [("execute.add.0.result.0.value[x]", 3.0), ("fetch.b.query0[pc_address]", 2048 * 1.5)]
)
def test_wrong_weights_go_wrong_in_a_batch_as_they_do_alone(name: str, value: float) -> None:
    """Where a read falls between two cells, some lanes leave the sparse steps, and some do not."""
    changed, _ = perturb(model_of(("ccc", 8)), name, value)
    rng = Random(4)
    programs = [extended(rng, 8) for _ in range(8)]
    batch = SparseBatch(changed)
    batch.start([p.image for p in programs], [p.inputs for p in programs])
    steps, states, outputs = batch.run(10), batch.states(), batch.outputs()
    for number, program in enumerate(programs):
        dense = DenseExecutor(changed)
        dense.start(program.image, program.inputs)
        assert dense.run(10) == steps[number]
        assert dense.state().same(states[number])
        assert dense.outputs() == outputs[number]


def test_programs_of_very_different_sizes_share_a_batch() -> None:
    small = assembled(COUNT.format(-3, ""))
    large = Image.bare(np.pad(small.state.cells, (0, 1 << 17)), small.dialect)
    results = run_batch([small, large, small], engine="sparse")
    assert [result.steps for result in results] == [7, 7, 7]
    assert len(results[1].state.cells) > 1 << 17


def test_nothing_to_run() -> None:
    assert run_batch([]) == []
    assert run_batch([], [], max_steps=5) == []


def test_what_does_not_fit_is_refused() -> None:
    image = assembled(SUM)
    with pytest.raises(UsageError, match="1 inputs for 2 images"):
        run_batch([image, image], [(1,)], engine="sparse")
    with pytest.raises(UsageError, match="no engine 'sparce'"):
        run_batch([image], engine="sparce")
    with pytest.raises(WeightsError, match="at 8 bits"):
        run_batch([image], model=model_of(("ccc", 8)), engine="sparse")
    with pytest.raises(ImageError):
        run_batch([image], [(float("nan"),)], engine="sparse")


@pytest.mark.parametrize("threads", [1, 3])
def test_single_executors_as_a_batch(threads: int) -> None:
    images = [assembled(SUM), assembled(FAULT), assembled(COUNT.format(-2, ""))]
    batch = SinglesBatch("emulator", lambda image: Emulator(), threads)
    batch.start(images, [(3, 4)] * 3)
    assert batch.run(100) == [13, 1, 5]
    assert batch.outputs() == [[3, 7], [7], []]
    for state, image in zip(batch.states(), images, strict=True):
        assert state.same(alone(image, (3, 4), 100).state)
