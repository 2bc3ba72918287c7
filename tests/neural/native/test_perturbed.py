"""With wrong weights the native engine goes wrong exactly as the dense one does.

A mutant has one weight with its sign flipped, zeroed, or times a factor; programs read input, write output and fault.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
import torch

from ccc.emulator import Emulator
from ccc.neural import DenseExecutor, Model, NativeExecutor, SparseExecutor, construct, named_weights, perturb
from ccc.neural.native import network
from tests.neural.helpers import PLAIN, adds_in_order, kind_id, model_of
from tests.neural.native.runs import program_of, run_of

STEPS = 12
FACTORS = (0.5, 2.0, -3.0, 1.5, 0.999, 1.0 + 2.0**-40, 1024.0, 1e-9)
SMALL, LARGE = ("subleq", 32), ("ccc", 32)

pytestmark = pytest.mark.usefixtures("own_cache")


def mutant(model: Model, rng: Random) -> tuple[str, Model]:
    weight = rng.choice(list(named_weights(model)))
    factor = rng.choice((-1.0, -1.0, 0.0, 0.0, rng.choice(FACTORS)))
    return f"{weight.name} * {factor}", perturb(model, weight.name, weight.value * factor)[0]


def check(kind: tuple[str, int], rng: Random, programs: int) -> Counter[str]:
    """One mutant on some programs; what was seen."""
    name, model = mutant(model_of(kind), rng)
    seen: Counter[str] = Counter()
    for _ in range(programs):
        program = program_of(kind, rng)
        native = NativeExecutor(model)
        found = run_of(native, program.image, program.inputs, STEPS)
        assert found == run_of(DenseExecutor(model), program.image, program.inputs, STEPS), (name, str(program))
        seen["wrong"] += found != run_of(Emulator(), program.image, program.inputs, STEPS)
        seen["native instructions"] += found.executed - native.dense_steps
        seen["dense instructions"] += native.dense_steps
        seen["outputs"] += len(found.outputs) > 0
        seen["inputs"] += found.consumed
    seen["lowered"] += network.network_of(model, checksum=False) is not None
    return seen


def check_many(kind: tuple[str, int], mutants: int, programs: int, seed: int) -> Counter[str]:
    rng, seen = Random(seed), Counter[str]()
    for _ in range(mutants):
        seen += check(kind, rng, programs)
    return seen


def test_wrong_weights_for_plain_programs() -> None:
    seen = check_many(SMALL, 40, 3, 1)
    assert seen["lowered"] >= 25
    assert seen["wrong"] >= 20
    assert seen["native instructions"] >= 300
    assert min(seen["dense instructions"], seen["outputs"], seen["inputs"]) >= 5


def test_wrong_weights_for_extended_programs() -> None:
    seen = check_many(LARGE, 3, 8, 3)
    assert seen["lowered"] >= 2
    assert seen["native instructions"] >= 20


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("kind", [SMALL, *PLAIN], ids=kind_id)
def test_many_wrong_weights_for_plain_programs(kind: tuple[str, int], part: int) -> None:
    check_many(kind, 40, 6, 10 + part)


@pytest.mark.slow
def test_each_weight_of_the_small_network_zeroed_and_flipped() -> None:
    model, rng, wrong = model_of(SMALL), Random(5), 0
    for weight in list(named_weights(model)):
        for value in (0.0, -weight.value):
            changed, _ = perturb(model, weight.name, value)
            for _ in range(4):
                program = program_of(SMALL, rng)
                found = run_of(NativeExecutor(changed), program.image, program.inputs, STEPS)
                expected = run_of(DenseExecutor(changed), program.image, program.inputs, STEPS)
                assert found == expected, (weight.name, value, str(program))
                wrong += found != run_of(Emulator(), program.image, program.inputs, STEPS)
    assert wrong > 500


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("width", [8, 32])
def test_many_wrong_weights_for_extended_programs(width: int, part: int) -> None:
    check_many(("ccc", width), 10, 30, 20 + part)


def test_several_wrong_weights_at_once() -> None:
    rng, model, right = Random(8), model_of(SMALL), construct(model_of(SMALL).dialect, 32)
    for _ in range(6):
        _, model = mutant(model, rng)
        program = program_of(SMALL, rng)
        found = run_of(NativeExecutor(model), program.image, program.inputs, STEPS)
        assert found == run_of(DenseExecutor(model), program.image, program.inputs, STEPS), str(program)
    assert model.checksum != right.checksum


@pytest.mark.skipif(not adds_in_order(), reason="torch adds in another order on this processor")
@pytest.mark.parametrize("seed", range(6))
def test_noise_on_a_whole_tensor(seed: int) -> None:
    """Every sum then has many terms that round: all engines add them in the same order."""
    model, generator, rng = construct(model_of(SMALL).dialect, 32), torch.Generator().manual_seed(seed), Random(seed)
    model = replace(model, perturbed=True)
    tensors = [tensor for tensor in model.transformer.parameters() if tensor.shape[0] == 1 or seed % 2]
    tensor = rng.choice(tensors)
    with torch.no_grad():
        tensor += torch.randn(tensor.shape, generator=generator, dtype=torch.float64) * 2.0**-10
    program = program_of(SMALL, rng)
    dense, native, sparse = (
        run_of(engine(model), program.image, program.inputs, 4)
        for engine in (DenseExecutor, NativeExecutor, SparseExecutor)
    )
    assert native == dense
    assert sparse == dense
