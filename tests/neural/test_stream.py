"""The whole residual stream between two steps, and the network on machines that have stopped."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch

from ccc.emulator import Emulator
from ccc.isa import DIALECTS, Fault
from ccc.machine import Register, State
from ccc.neural.rows import ChangedRows
from ccc.neural.stream import FullStream
from tests.engines.random_programs import Program, extended, noise, plain
from tests.neural.helpers import (
    PLAIN,
    advance,
    expected_stream,
    kind_id,
    model_of,
    same,
    state_of,
    whole,
)

KINDS = [("ccc", 8), ("ccc", 32), *PLAIN]
STREAMS = {"all": FullStream, "changed": ChangedRows}
MAX_STEPS = 25


def program_of(kind: tuple[str, int], seed: int) -> Program:
    rng = Random(seed)
    dialect = DIALECTS[kind[0]]
    return extended(rng, kind[1]) if dialect.extended else plain(rng, kind[1], dialect)


@pytest.mark.parametrize("rows", STREAMS)
@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_between_steps_the_stream_is_the_state_and_nothing_else(kind, rows: str) -> None:
    """Every other direction of every token is +0.0; nowhere is there a -0.0 (bit patterns are compared)."""
    model = model_of(kind)
    steps = 0
    for seed in range(10):
        program = program_of(kind, seed)
        emulator = Emulator()
        emulator.start(program.image, program.inputs)
        stream = STREAMS[rows](model, program.image.state)
        inputs, outputs = list(program.inputs), 0
        while steps < MAX_STEPS * (seed + 1) and not emulator.state().stopped:
            waiting = inputs[0] if inputs else None
            before = emulator.consumed
            taken, output = advance(stream, model, waiting)
            emulator.run(1)
            state = emulator.state()
            new = emulator.outputs(outputs)
            outputs += len(new)
            assert output == (new[0] if new else None)
            expected = expected_stream(model, state, waiting, taken=taken, output=output)
            assert same(whole(stream), expected), (seed, steps)
            if emulator.consumed > before:
                assert taken
                inputs.pop(0)
            steps += 1
    assert steps >= 40


def stopped_states(kind: tuple[str, int]) -> list[State]:
    """Random states, halted and faulted in every way that an image can hold."""
    plain_dialect = not DIALECTS[kind[0]].extended
    states = []
    for seed in range(4):
        base = program_of(kind, seed).image.state if plain_dialect else noise(Random(seed), kind[1]).image.state
        for pc in (-1.0, -2.0, -127.0) if plain_dialect else (-1.0, -0.5, -5e-324, -3.0, -1e300):
            state = base.copy()
            state.registers[Register.PC], state.registers[Register.FAULT] = pc, 0.0
            states.append(state)
        for fault in list(Fault)[1:]:
            for pc in (0.0, 3.0) if plain_dialect else (0.0, 3.0, 0.5, 1e300, -1.0):
                state = base.copy()
                state.registers[Register.PC], state.registers[Register.FAULT] = pc, float(fault)
                states.append(state)
    return states


@pytest.mark.parametrize("waiting", [None, 7.0])
@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_a_stopped_state_is_a_fixed_point(kind, waiting: float | None) -> None:
    model = model_of(kind)
    for state in stopped_states(kind):
        x = expected_stream(model, state, waiting)
        with torch.no_grad():
            assert same(model.transformer(x), x), state.registers


@pytest.mark.parametrize("kind", [("ccc", 32), ("subleq", 8)], ids=kind_id)
def test_stopping_leaves_no_trace_of_the_last_step(kind) -> None:
    """After the step that stopped, the next ones take nothing, output nothing and change nothing."""
    model = model_of(kind)
    stops = 0
    for seed in range(20):
        program = program_of(kind, 100 + seed)
        stream = FullStream(model, program.image.state)
        for _ in range(30):
            advance(stream, model, 5.0)
            if state_of(stream, model).stopped:
                break
        state = state_of(stream, model)
        if not state.stopped:
            continue
        stops += 1
        for _ in range(2):
            assert advance(stream, model, 5.0) == (False, None)
            assert same(whole(stream), expected_stream(model, state, 5.0))
    assert stops >= 5


@pytest.mark.parametrize("kind", [("ccc", 16), ("subleq-modulo", 8)], ids=kind_id)
def test_tokens_may_stand_in_any_order(kind) -> None:
    """Position is in the stream, not in the order of the tokens: a permuted stream goes to the permuted stream."""
    model = model_of(kind)
    rng = np.random.default_rng(3)
    for seed in range(4):
        x = model.codec.embed(program_of(kind, seed).image.state)
        order = torch.from_numpy(rng.permutation(len(x)))
        y = x[order]
        with torch.no_grad():
            for _ in range(6):
                x, y = model.transformer(x), model.transformer(y)
                assert same(y, x[order])


@pytest.mark.parametrize("kind", [("ccc", 32), ("subleq", 8)], ids=kind_id)
def test_a_batch_of_programs_is_its_members(kind) -> None:
    model = model_of(kind)
    states = [program_of(kind, seed).image.state for seed in range(30)]
    size = min(len(state.cells) for state in states)
    members = [model.codec.embed(replace(state, cells=state.cells[:size])) for state in states]
    batch = torch.stack(members)
    with torch.no_grad():
        for _ in range(5):
            batch = model.transformer(batch)
            members = [model.transformer(member) for member in members]
            assert same(batch, torch.stack(members))
