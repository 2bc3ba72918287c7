"""One table of programs at every level: assembler, emulator, and each neural engine against the emulator."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ccc.assembler import assemble_file, assemble_text, disassemble
from ccc.isa import Fault
from ccc.machine import Executor, State, same_bits
from tests.programs.engines import ENGINES, takes
from tests.programs.table import EXAMPLES, LIBRARIES, MAX_STEPS, RUNS, Run, program_name, runs_of

REFERENCE, *NEURAL = ENGINES


def finish(executor: Executor, run: Run) -> tuple[int, State, list[float]]:
    """Run to the end: steps, the last state, the output."""
    executor.start(run.image(), run.inputs)
    steps = executor.run(MAX_STEPS)
    return steps, executor.state(), executor.outputs()


@cache
def reference(run_id: str) -> tuple[int, State, list[float]]:
    return finish(ENGINES[REFERENCE](), next(run for run in RUNS if run.id == run_id))


def neural_runs() -> list[object]:
    return [
        pytest.param(engine, run, id=f"{engine}-{run.id}", marks=[pytest.mark.slow] if run.slow else [])
        for engine in NEURAL
        for run in RUNS
        if takes(engine, run.image())
    ]


@pytest.mark.parametrize("path", EXAMPLES + LIBRARIES, ids=lambda path: path.stem)
def test_assembles_and_comes_back_from_the_disassembler(path: Path) -> None:
    image = assemble_file(path)
    again = assemble_text(disassemble(image))
    assert again.checksum == image.checksum
    assert again.info.symbols == image.info.symbols


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.id)
def test_emulator_gives_what_the_comments_expect(run: Run) -> None:
    _, state, outputs = reference(run.id)
    assert outputs == run.outputs
    assert state.stopped, f"did not stop within {MAX_STEPS} steps"
    assert state.fault is run.fault, state.fault.label


@pytest.mark.parametrize(("engine", "run"), neural_runs())
def test_neural_engine_equals_the_emulator(engine: str, run: Run) -> None:
    steps, state, outputs = finish(ENGINES[engine](), run)
    expected_steps, expected_state, expected_outputs = reference(run.id)
    assert steps == expected_steps
    assert same_bits(np.array(outputs), np.array(expected_outputs))
    assert state.same(expected_state)


@pytest.mark.parametrize("path", EXAMPLES, ids=program_name)
def test_every_program_says_what_it_does(path: Path) -> None:
    head, *_ = path.read_text(encoding="utf-8").split("\n")
    assert head.startswith("# ")
    assert runs_of(path), "no run in its comments"


def test_names_are_distinct() -> None:
    assert len({run.id for run in RUNS}) == len(RUNS)


def test_every_fault_has_a_program() -> None:
    ends = {(run.path.stem, run.fault) for run in RUNS if run.path.parent.name == "faults"}
    for fault in set(Fault) - {Fault.NONE}:
        assert (fault.label.replace("-", "_"), fault) in ends


def test_quick_runs_are_short() -> None:
    """The Transformer runs them all in every test."""
    for run in RUNS:
        steps, _, _ = reference(run.id)
        assert steps <= 6000 or run.slow, f"{run.id}: {steps} steps; mark it slow"
    assert sum(reference(run.id)[0] for run in RUNS if not run.slow) <= 30_000
