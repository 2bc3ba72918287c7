"""Snapshots of a run in the Transformer: whoever restores one goes on bit for bit."""

from __future__ import annotations

from random import Random

import pytest

from ccc.isa import DIALECTS
from ccc.machine import Image
from ccc.neural import DenseExecutor, Model, construct, perturb
from ccc.neural.stream import Stream
from tests.engines.random_programs import extended, plain
from tests.neural.helpers import same, whole

WRONG = {
    "an uncleared direction": ("accept.use1.0.out[use1]", -0.5),
    "cells that stay awake": ("accept.hit.0.out[hit]", -0.5),
}


def stream_of(executor: DenseExecutor) -> Stream:
    stream = executor._stream
    assert stream
    return stream


def check(model: Model, image: Image, inputs: tuple[float, ...], rows: str, seed: int) -> int:
    """Go from one snapshot to another in any order; return how many instructions were executed in the end."""
    turning, straight = DenseExecutor(model, rows=rows), DenseExecutor(model, rows=rows)
    turning.start(image, inputs)
    points = [turning.snapshot()]
    for _ in range(3):
        turning.run(4)
        points.append(turning.snapshot())
    executed = 0
    for number in Random(seed).sample(range(4), 4):
        straight.start(image, inputs)
        straight.run(4 * number)
        turning.restore(points[number])
        for _ in range(2):
            assert same(whole(stream_of(turning)), whole(stream_of(straight)))
            assert turning.state().same(straight.state())
            assert (turning.outputs(), turning.consumed) == (straight.outputs(), straight.consumed)
            executed += turning.run(6)
            straight.run(6)
    return executed


@pytest.mark.parametrize("rows", ["changed", "all"])
@pytest.mark.parametrize("dialect", ["ccc", "subleq", "subleq-modulo"])
def test_constructed_weights(dialect: str, rows: str) -> None:
    executed = 0
    for seed in range(4):
        rng = Random(seed)
        program = extended(rng, 32) if dialect == "ccc" else plain(rng, 8, DIALECTS[dialect])
        model = construct(program.image.dialect, program.image.width)
        executed += check(model, program.image, program.inputs, rows, seed)
    assert executed > 20


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_hidden_in_the_stream_is_kept(wrong: str) -> None:
    """With wrong weights the stream holds more than the state, and more rows count."""
    program = extended(Random(1), 32)
    model, _ = perturb(construct(program.image.dialect, program.image.width), *WRONG[wrong])
    check(model, program.image, program.inputs, "changed", 1)
