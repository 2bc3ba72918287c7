"""Weights of other shapes: the same in another order, read from a file, and what the lowering has no way for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from ccc.neural import DenseExecutor, Model, NativeExecutor, perturb, read_weights, write_weights
from ccc.neural.layers import GatedFeedForward, Transformer
from ccc.neural.materialise import LayerNames
from ccc.neural.native import network
from ccc.neural.native.compile import lower
from ccc.neural.native.tokens import NotLowered
from tests.neural.helpers import PLAIN, attention, feed_forward, kind_id, model_of
from tests.neural.native.runs import program_of, run_of
from tests.neural.test_permutation import shuffled

SMALL, LARGE = ("subleq", 32), ("ccc", 8)
STEPS = 25

pytestmark = pytest.mark.usefixtures("own_cache")


def check_equal(model: Model, kind: tuple[str, int], other: Model | None, seeds: range) -> int:
    """Native with `model` equals dense with `other`, or with `model`. Returns the instructions of the dense engine."""
    dense_steps = 0
    for seed in seeds:
        program = program_of(kind, Random(seed))
        native = NativeExecutor(model)
        found = run_of(native, program.image, program.inputs, STEPS)
        assert found == run_of(DenseExecutor(other or model), program.image, program.inputs, STEPS), str(program)
        dense_steps += native.dense_steps
    return dense_steps


@pytest.mark.parametrize("kind", [kind for kind in [*PLAIN, SMALL] if kind[0] != "subleq-silent"], ids=kind_id)
def test_weights_in_another_order_need_no_dense_engine(kind: tuple[str, int]) -> None:
    model = shuffled(model_of(kind), 1)
    assert check_equal(model, kind, model_of(kind), range(8)) == 0


def test_all_weights_in_another_order() -> None:
    model = shuffled(model_of(LARGE), 2)
    assert check_equal(model, LARGE, model_of(LARGE), range(12)) == 0


def test_weights_from_a_file(tmp_path: Path) -> None:
    changed, _ = perturb(model_of(SMALL), "subtract.step.0.value[cpu]", 6.0)  # three cells too far
    write_weights(tmp_path / "changed.safetensors", changed)
    model = read_weights(tmp_path / "changed.safetensors")
    assert check_equal(model, SMALL, changed, range(8)) == 0
    program = program_of(SMALL, Random(0))
    right = run_of(NativeExecutor(), program.image, program.inputs, STEPS)
    assert run_of(NativeExecutor(model), program.image, program.inputs, STEPS) != right


# ------------------------------------------------------------------------------------------- not to be lowered


def with_layer(model: Model, layer: torch.nn.Module, at: int) -> Model:
    """`model` with one more sublayer before the one at `at`."""
    layers = list(model.transformer.sublayers)
    layers.insert(at, layer)
    if isinstance(layer, GatedFeedForward):
        names = LayerNames("feed-forward", "extra", tuple(map(str, range(len(layer.value)))), layer.counts)
    else:
        names = LayerNames("attention", "extra", tuple(map(str, range(len(layer.query)))))
    entries = list(model.layers)
    entries.insert(at, names)
    return replace(model, transformer=Transformer(layers), layers=tuple(entries))


def flattened(model: Model, head: int) -> Model:
    """`model` with a head of its first attention at inverse temperature 1: it reads a mixture of cells."""
    layers = list(model.transformer.sublayers)
    at = next(index for index, names in enumerate(model.layers) if names.kind == "attention")
    query = layers[at].query.clone()
    query[head] /= 1024.0
    changed = type(layers[at])(query, layers[at].key, layers[at].value, layers[at].out)
    return replace(model, transformer=Transformer([*layers[:at], changed, *layers[at + 1 :]]))


def changing_all_cells(model: Model) -> Model:
    """`model` with a unit that adds something to every cell's value."""
    value, gate = (torch.zeros(1, model.width, dtype=torch.float64) for _ in range(2))
    out = torch.zeros(model.width, 1, dtype=torch.float64)
    value[0, model.directions["cell"]] = gate[0, model.directions["cell"]] = 1.0
    out[model.directions["value"], 0] = 2.0
    return with_layer(model, GatedFeedForward(value, gate, out, (1, 0, 0)), 1)


def random_attention(model: Model, seed: int) -> Model:
    layer = attention(np.random.default_rng(seed), model.width, 2, (3, 2), density=0.1)
    return with_layer(model, layer, 2)


def random_units(model: Model, seed: int) -> Model:
    """`model` with units that read and write only what stands on the CPU token."""
    layer = feed_forward(np.random.default_rng(seed), model.width, (3, 2, 4), density=0.3)
    token = [model.directions[name] for name in model.directions if name in ("a", "b", "c", "from", "to", "cpu")]
    keep = torch.zeros(model.width, dtype=torch.float64)
    keep[token] = 1.0
    out = layer.out * keep.unsqueeze(1)
    out[model.directions["cpu"]] = 0.0
    return with_layer(model, GatedFeedForward(layer.value * keep, layer.gate * keep, out, layer.counts), 2)


ODD = {
    "random attention": lambda model: random_attention(model, 1),
    "flat attention": lambda model: flattened(model, 1),
    "all cells change": changing_all_cells,
}


@pytest.mark.parametrize("kind", [SMALL, LARGE], ids=kind_id)
@pytest.mark.parametrize("name", ODD)
def test_what_cannot_be_lowered_runs_densely(name: str, kind: tuple[str, int]) -> None:
    """Or, where the structure is sound and a score too flat, step by step."""
    model = replace(ODD[name](model_of(kind)), perturbed=True)
    dense_steps = check_equal(model, kind, None, range(8 if name == "flat attention" else 4))
    if name == "flat attention":
        assert dense_steps > 0
    else:
        assert network.network_of(model, checksum=False) is None


def test_one_weight_is_said_to_be_why() -> None:
    with pytest.raises(NotLowered, match="cells which nothing is written to"):
        lower(changing_all_cells(model_of(SMALL)))


def test_one_more_sublayer_is_lowered() -> None:
    model = random_units(model_of(SMALL), 4)
    assert network.network_of(model, checksum=False) is not None
    check_equal(model, SMALL, None, range(8))
