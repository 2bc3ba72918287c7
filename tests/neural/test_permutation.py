"""Exactness does not depend on the order of summation: the same weights in another order give the same bits."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import numpy as np
import pytest
import torch
from torch import Tensor

from ccc.emulator import Emulator
from ccc.isa import DIALECTS
from ccc.neural import DenseExecutor, Model
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Transformer
from ccc.trace import compare
from tests.engines.random_programs import extended, plain
from tests.neural.helpers import PLAIN, kind_id, model_of

KINDS = [("ccc", 8), ("ccc", 32), *PLAIN]


def shuffled(model: Model, seed: int) -> Model:
    """`model` with directions, hidden units, heads and their components in random order; names go along."""
    rng = np.random.default_rng(seed)
    order = torch.from_numpy(rng.permutation(model.width))
    layers = [_layer(layer, order, rng) for layer in model.transformer.sublayers]
    places = {int(old): new for new, old in enumerate(order)}
    directions = {name: places[place] for name, place in model.directions.items()}
    return replace(model, transformer=Transformer(layers), directions=directions)


def _layer(layer: torch.nn.Module, order: Tensor, rng: np.random.Generator) -> torch.nn.Module:
    if isinstance(layer, GatedFeedForward):
        bounds = np.cumsum([0, *layer.counts])
        parts = [rng.permutation(np.arange(a, b)) for a, b in pairwise(bounds)]
        units = torch.from_numpy(np.concatenate(parts).astype(np.int64))
        value, gate = (weight[units][:, order] for weight in (layer.value, layer.gate))
        return GatedFeedForward(value, gate, layer.out[order][:, units], layer.counts)
    if isinstance(layer, MultiHeadAttention):
        return _attention(layer, order, rng)
    assert isinstance(layer, MixtureOfExperts)
    experts = [[_layer(part, order, rng) for part in layer.expert(k)] for k in range(len(layer.router))]
    return MixtureOfExperts(layer.router[:, order], experts)  # type: ignore[arg-type]


def _attention(layer: MultiHeadAttention, order: Tensor, rng: np.random.Generator) -> MultiHeadAttention:
    count, depth, _ = layer.query.shape
    heads = torch.from_numpy(rng.permutation(count))
    components = torch.from_numpy(rng.permutation(depth))
    written = torch.from_numpy(rng.permutation(layer.value.shape[1]))
    query, key = (weight[heads][:, components][..., order] for weight in (layer.query, layer.key))
    value = layer.value[heads][:, written][..., order]
    columns = layer.out.reshape(len(order), count, -1)[:, heads][:, :, written].flatten(1)
    return MultiHeadAttention(query, key, value, columns[order])


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_another_order_of_weights_gives_the_same_bits(kind, record_property) -> None:
    dialect = DIALECTS[kind[0]]
    instructions = 0
    for seed in range(4):
        model = shuffled(model_of(kind), seed)
        executor = DenseExecutor(model, rows="all")
        for number in range(8):
            rng = Random(100 * seed + number)
            program = extended(rng, kind[1]) if dialect.extended else plain(rng, kind[1], dialect)
            result = compare(program.image, Emulator(), executor, program.inputs, max_steps=25)
            assert result.difference is None, program
            instructions += result.instructions
    assert instructions >= 100
    record_property("instructions", instructions)


def test_shuffling_does_move_the_weights() -> None:
    model = model_of(("ccc", 8))
    other = shuffled(model, 0)
    assert other.directions != model.directions
    assert other.checksum != model.checksum
    for left, right in zip(model.transformer.parameters(), other.transformer.parameters(), strict=True):
        assert left.shape == right.shape
        assert torch.equal(left.flatten().sort().values, right.flatten().sort().values)
