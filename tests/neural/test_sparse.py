"""The sparse engine against the dense one: the same stream bit for bit, with right and wrong weights; gradients."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.machine import State, fresh_registers
from ccc.neural import DenseExecutor, Model, SparseExecutor, SparseStepper, perturb
from ccc.neural.layers import MultiHeadAttention
from ccc.neural.rows import ChangedRows
from ccc.neural.sparse_attention import positions_above
from ccc.neural.sparse_engine import SparseLanes
from ccc.trace import compare
from tests.engines.random_programs import Program
from tests.neural.helpers import PLAIN, adds_in_order, advance, kind_id, model_of, same, whole
from tests.neural.test_rows import CHANGES, program_of, weights_that_matter

KINDS = [("ccc", 8), *PLAIN]
STEPS = 12
REALS = """
loop:  fmul x, y
       fadd x, z
       fsub z, y
       jmp  loop
.data
x:     .reals 1.5
y:     .reals 0.75
z:     .reals 0.1
"""


def port(value: float | None) -> torch.Tensor:
    """What waits at the input of one program."""
    return torch.tensor([[0.0 if value is None else value, float(value is None)]], dtype=torch.float64)


def waiting(program: Program) -> float | None:
    return program.inputs[0] if program.inputs else None


# ------------------------------------------------------------------------------------------------ right weights


@pytest.mark.parametrize("kind", [*KINDS, ("ccc", 32), ("subleq", 32)], ids=kind_id)
def test_the_stream_is_that_of_the_dense_engine(kind) -> None:
    model = model_of(kind)
    stepper = SparseStepper(model)
    assert stepper.reason == ""
    for seed in range(8):
        program = program_of(kind, seed)
        dense, state = ChangedRows(model, program.image.state), stepper.embed([program.image.state])
        for step in range(STEPS):
            advance(dense, model, waiting(program))
            with torch.no_grad():
                state = stepper.step(state, port(waiting(program)))
            assert same(whole(dense), stepper.stream(state, 0)), (seed, step)


@pytest.mark.parametrize("kind", [*KINDS, ("ccc", 32)], ids=kind_id)
def test_constructed_weights_need_no_dense_step_while_a_program_runs(kind) -> None:
    """A read at an address that no cell has may tie between ports; nothing comes of it but the fault."""
    model, steps = model_of(kind), 0
    for seed in range(12):
        program = program_of(kind, seed)
        emulator, lanes = Emulator(), SparseLanes(model, [program.image.state])
        emulator.start(program.image, ())
        while steps % 40 < 39 and emulator.run(1):
            with torch.no_grad():
                lanes.step(port(None))
            steps += 1
            assert lanes.dense == []
        steps += 1
    assert steps > 60


def test_a_step_changes_nothing_of_the_state_before() -> None:
    model = model_of(("ccc", 32))
    stepper = SparseStepper(model)
    image = assemble_text(REALS, "reals.s")
    before = stepper.embed([image.state])
    values, others = before.values.clone(), before.others.clone()
    after = stepper.step(before, port(None))
    assert same(before.values, values)
    assert same(before.others, others)
    assert after.memory(0)[image.info.symbols["x"]] == 1.125


class Touched(TorchDispatchMode):
    """Records which operations ran and how much each of them made; views and writes in place make nothing."""

    def __init__(self, memory: torch.Tensor) -> None:
        super().__init__()
        self._memory = memory.untyped_storage().data_ptr()
        self.made: list[tuple[str, tuple[int, ...]]] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for part in result if isinstance(result, tuple | list) else (result,):
            if isinstance(part, torch.Tensor) and part.untyped_storage().data_ptr() != self._memory:
                self.made.append((str(func), tuple(part.shape)))
        return result


@pytest.mark.parametrize("kind", [("ccc", 32), ("subleq", 32)], ids=kind_id)
def test_no_step_makes_anything_of_the_size_of_memory(kind) -> None:
    made = []
    for size in (1 << 8, 1 << 16):
        cells = np.zeros(size)
        cells[:12] = (9, 10, 3, 10, 9, 0, -1, 0, 0, 5, 3, 0)
        lanes = SparseLanes(model_of(kind), [State(cells, fresh_registers(size))])
        with torch.no_grad(), Touched(lanes.values(0)) as touched:
            for _ in range(4):
                lanes.step(port(None))
        assert lanes.dense == []
        made.append(touched.made)
    assert len(made[0]) > 100
    assert made[0] == made[1]


# ------------------------------------------------------------------------------------------------ wrong weights


def check_perturbed(kind: tuple[str, int], count: int, seed: int) -> Counter[str]:
    """Both engines in lockstep, with the same wrong weight; where the sparse one ran them."""
    model, rng = model_of(kind), Random(seed)
    outcomes: Counter[str] = Counter()
    for number, weight in enumerate(weights_that_matter(model, rng, count)):
        how = rng.choice(list(CHANGES))
        if how == "odd" and not adds_in_order():
            continue  # its sums round, in another order where torch takes another routine
        changed, _ = perturb(model, weight.name, weight.value * CHANGES[how])
        program = program_of(kind, number % 17)
        sparse = SparseExecutor(changed)
        result = compare(program.image, DenseExecutor(changed), sparse, program.inputs, max_steps=STEPS)
        assert result.equal, (weight.name, how, number, result.difference)
        correct = compare(program.image, Emulator(), sparse, program.inputs, max_steps=STEPS).equal
        ran = "densely" if SparseStepper(changed).reason else "sparsely"
        outcomes[f"{'right' if correct else 'wrong'}, {ran}"] += 1
    return outcomes


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_goes_wrong_as_dense_does(kind, record_property) -> None:
    outcomes = check_perturbed(kind, 60, 1)
    assert outcomes["wrong, sparsely"] >= 5, outcomes
    record_property("outcomes", dict(outcomes))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*KINDS, ("ccc", 32)], ids=kind_id)
def test_goes_wrong_as_dense_does_with_many_wrong_weights(kind) -> None:
    check_perturbed(kind, 200, 2)


def flattened(name: str, factor: float) -> Model:
    """Plain SUBLEQ with the scores of one attention sublayer scaled, so that several keys get weight.

    Scores of the CPU in a read, of all tokens in the write.
    """
    model = model_of(("subleq", 8))
    changed = replace(model, transformer=copy.deepcopy(model.transformer))
    layer = changed.transformer.sublayers[[names.name for names in model.layers].index(name)]
    assert isinstance(layer, MultiHeadAttention)
    kept = [] if name == "write" else [model.directions[kind] for kind in ("cell", "in_port", "out_port")]
    with torch.no_grad():
        sinks = layer.query[..., kept].clone()
        layer.query.mul_(factor)
        layer.query[..., kept] = sinks
    return replace(changed, perturbed=True)


@pytest.mark.parametrize("name", ["fetch", "read", "write"])
@pytest.mark.parametrize("factor", [0.0, 2.0**-12, 2.0**-5, 0.25])
def test_attention_that_is_spread_runs_densely(name: str, factor: float) -> None:
    changed = flattened(name, factor)
    program = program_of(("subleq", 8), 3)
    result = compare(program.image, DenseExecutor(changed), SparseExecutor(changed), program.inputs, max_steps=STEPS)
    assert result.equal
    lanes = SparseLanes(changed, [program.image.state])
    assert dense_spells(lanes, program, steps=1) == 1


def dense_spells(lanes: SparseLanes, program: Program, steps: int) -> int:
    """How often the program of lane 0 has left the sparse steps, in so many steps."""
    left: list[int] = []
    leave = lanes._leave

    def spy(lane: int) -> None:
        left.append(lane)
        leave(lane)

    lanes._leave = spy  # type: ignore[method-assign]
    with torch.no_grad():
        for _ in range(steps):
            lanes.step(port(waiting(program)))
    return len(left)


def test_a_program_goes_back_to_sparse_steps_for_ever_shorter() -> None:
    """A write that all cells receive a part of leaves them changed, and quiet again."""
    changed, program = flattened("write", 0.0), program_of(("subleq", 8), 3)
    dense, lanes = ChangedRows(changed, program.image.state), SparseLanes(changed, [program.image.state])
    assert dense_spells(lanes, program, steps=1) == 1
    assert lanes.dense == [], "back at once"
    assert dense_spells(lanes, program, steps=1) == 1
    assert lanes.dense == [0], "the second time it stays for two steps"
    assert dense_spells(lanes, program, steps=1 + 4 + 8) == 2
    assert lanes.dense == []
    with torch.no_grad():
        for _ in range(15):
            advance(dense, changed, waiting(program))
    assert same(changed.codec.values(dense.cells()), lanes.values(0))


@pytest.mark.parametrize("marker", ["in_port", "position", "position_squared", "cpu", "cell", "out_port", "value"])
@pytest.mark.parametrize("name", ["commit", "accept"])
def test_weights_that_write_what_a_token_is(marker: str, name: str) -> None:
    """No construction does that, but a weights file may."""
    model = model_of(("subleq", 8))
    place = [names.name for names in model.layers].index(name)
    for unit in range(0, len(model.layers[place].rows), 3):
        changed = replace(model, transformer=copy.deepcopy(model.transformer))
        layer = changed.transformer.sublayers[place]
        with torch.no_grad():
            layer.out[model.directions[marker], unit] = -1.0
        for seed in (1, 15):
            program = program_of(("subleq", 8), seed)
            both = DenseExecutor(changed), SparseExecutor(changed)
            assert compare(program.image, *both, program.inputs, max_steps=6).equal, (unit, seed)


def test_reasons_are_given() -> None:
    model = model_of(("subleq", 8))
    names = [layer.name for layer in model.layers]

    def reason(layer: str, tensor: str, index: tuple[int, ...], value: float) -> str:
        changed = replace(model, transformer=copy.deepcopy(model.transformer))
        with torch.no_grad():
            getattr(changed.transformer.sublayers[names.index(layer)], tensor)[index] = value
        return SparseStepper(changed).reason

    value, cell, scratch = (model.directions[name] for name in ("value", "cell", "result"))
    assert reason("fetch", "key", (0, 0, value), 1.0) == "keys of cells depend on what the cells hold"
    assert reason("fetch", "value", (0, 0, value), 2.0) == "keys or values of cells could overflow"
    assert reason("write", "query", (0, 0, value), 1.0) == "cells ask by what they hold"
    assert reason("write", "value", (0, 0, value), 1.0) == "cells answer each other"
    assert reason("fetch", "query", (0, 2, cell), 0.0) == "cells answer each other"
    # The first unit of `subtract` writes nothing else where a cell comes to it.
    changed = replace(model, transformer=copy.deepcopy(model.transformer))
    layer = changed.transformer.sublayers[names.index("subtract")]
    with torch.no_grad():
        layer.value[0, cell] = layer.gate[0, cell] = layer.out[scratch, 0] = 1.0
    assert SparseStepper(changed).reason == "subtract changes cells that nothing is written to"


# ---------------------------------------------------------------------------------------------------- gradients


@pytest.mark.parametrize("steps", [1, 7])
def test_gradients_are_those_of_the_dense_engine(steps: int) -> None:
    model = model_of(("ccc", 32))
    stepper = SparseStepper(model)
    image = assemble_text(REALS, "reals.s")
    cells = torch.from_numpy(image.state.cells)

    left = cells.clone().requires_grad_()
    state = replace(stepper.embed([image.state]), values=left)
    for _ in range(steps):
        state = stepper.step(state, port(None))

    right = cells.clone().requires_grad_()
    stream = model.codec.embed(image.state).index_copy(
        1, torch.tensor([model.directions["value"]]), torch.cat([right, torch.zeros(3)]).unsqueeze(1)
    )
    for _ in range(steps):
        stream = model.transformer(stream)

    weights = torch.arange(1.0, len(cells) + 1, dtype=torch.float64)
    (state.memory(0) * weights).sum().backward()
    (model.codec.values(stream[: len(cells)]) * weights).sum().backward()
    assert torch.equal(state.memory(0).detach(), model.codec.values(stream[: len(cells)]).detach())
    assert torch.equal(left.grad, right.grad)
    assert left.grad[image.info.symbols["y"]] != weights[image.info.symbols["y"]]


# ----------------------------------------------------------------------------------------------- the executor


def test_a_snapshot_leads_back_also_from_dense_steps() -> None:
    changed = flattened("read", 2.0**-5)
    program = program_of(("subleq", 8), 3)
    for model in (None, changed):
        executor = SparseExecutor(model)
        executor.start(program.image, program.inputs)
        executor.run(3)
        snapshot = executor.snapshot()
        first = executor.run(5), executor.outputs(), executor.consumed, executor.state()
        executor.restore(snapshot)
        second = executor.run(5), executor.outputs(), executor.consumed, executor.state()
        assert first[:3] == second[:3]
        assert first[3].same(second[3])


def test_a_run_leaves_torch_as_it_was() -> None:
    before = torch.get_num_threads()
    executor = SparseExecutor(threads=before + 1)
    executor.start(program_of(("ccc", 8), 1).image)
    executor.run(2)
    assert torch.get_num_threads() == before
    assert torch.is_grad_enabled()


def test_start_comes_first() -> None:
    for ask in (SparseExecutor().state, SparseExecutor().outputs, lambda: SparseExecutor().run(1)):
        with pytest.raises(RuntimeError, match="start"):
            ask()


# ------------------------------------------------------------------------------------------------- positions

coefficients = st.floats(-1e4, 1e4, width=32)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(coefficients, coefficients, coefficients, coefficients, st.integers(0, 60))
def test_positions_above_leaves_none_out(c0: float, c1: float, c2: float, floor: float, last: int) -> None:
    given_, bound = [torch.tensor([c], dtype=torch.float64) for c in (c0, c1, c2)], torch.tensor([floor]).double()
    first, final = positions_above(given_, bound, torch.tensor([float(last)]).double())
    above = [p for p in range(last + 1) if c0 + (c1 + c2 * p) * p > floor]
    assert all(first <= p <= final for p in above)
    if not above and c2 >= 0:
        assert first > final


def test_positions_above_a_narrow_peak_are_few() -> None:
    beta, size = 1024.0, float(1 << 24)
    for q in (0.0, 5.0, 12_345_678.0, size - 1):
        numbers = (0.0, 2 * beta * q, -beta, beta * q * q - 746, size - 1)
        c0, c1, c2, floor, last = (torch.tensor([number], dtype=torch.float64) for number in numbers)
        first, final = positions_above((c0, c1, c2), floor, last)
        assert first <= q <= final
        assert final - first <= 2
