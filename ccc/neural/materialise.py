"""From a construction to tensors, and what every row and column of them is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ccc.neural.basis import Affine, Basis
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Transformer
from ccc.neural.spec import Activation, Attention, Experts, FeedForward, Network, Sublayer


@dataclass(frozen=True)
class LayerNames:
    """What the parts of one sublayer are called. rows: hidden units, heads, or experts, by kind of sublayer."""

    kind: str
    name: str
    rows: tuple[str, ...]
    counts: tuple[int, ...] = ()
    experts: tuple[tuple[LayerNames, ...], ...] = ()


def materialise(network: Network) -> tuple[Transformer, tuple[LayerNames, ...]]:
    """The module with the construction's weights, and the names of its parts."""
    built = [_build(layer, network.basis) for layer in network.sublayers]
    return Transformer([module for module, _ in built]), tuple(names for _, names in built)


def _build(
    layer: Sublayer, basis: Basis
) -> tuple[GatedFeedForward | MultiHeadAttention | MixtureOfExperts, LayerNames]:
    if isinstance(layer, FeedForward):
        return _feed_forward(layer, basis)
    if isinstance(layer, Attention):
        return _attention(layer, basis)
    return _experts(layer, basis)


def _rows(forms: Iterable[Affine], basis: Basis) -> Tensor:
    """[len(forms), width]: each form as a row."""
    forms = list(forms)
    matrix = torch.zeros(len(forms), basis.size, dtype=torch.float64)
    for row, form in enumerate(forms):
        for name, coefficient in form.terms.items():
            matrix[row, basis[name]] = coefficient
    return matrix


def _feed_forward(layer: FeedForward, basis: Basis) -> tuple[GatedFeedForward, LayerNames]:
    units = sorted(layer.units, key=lambda unit: unit.activation)
    counts = tuple(sum(unit.activation is act for unit in units) for act in Activation)
    out = torch.zeros(basis.size, len(units), dtype=torch.float64)
    for column, unit in enumerate(units):
        for name, weight in unit.writes.items():
            out[basis[name], column] = weight
    module = GatedFeedForward(
        _rows((unit.value for unit in units), basis), _rows((unit.gate for unit in units), basis), out, counts
    )
    return module, LayerNames("feed-forward", layer.name, tuple(unit.name for unit in units), counts)


def _pad(forms: Sequence[Affine], length: int) -> list[Affine]:
    return [*forms, *[Affine()] * (length - len(forms))]


def _attention(layer: Attention, basis: Basis) -> tuple[MultiHeadAttention, LayerNames]:
    heads = layer.heads
    width = max(len(head.query) for head in heads)
    depth = max(len(head.writes) for head in heads)

    def stack(rows: Iterable[Sequence[Affine]], length: int) -> Tensor:
        return torch.stack([_rows(_pad(forms, length), basis) for forms in rows])

    out = torch.zeros(basis.size, len(heads) * depth, dtype=torch.float64)
    for index, head in enumerate(heads):
        for offset, name in enumerate(head.writes):
            out[basis[name], index * depth + offset] = 1.0
    module = MultiHeadAttention(
        stack((head.query for head in heads), width),
        stack((head.key for head in heads), width),
        stack((list(head.writes.values()) for head in heads), depth),
        out,
    )
    return module, LayerNames("attention", layer.name, tuple(head.name for head in heads))


def _experts(layer: Experts, basis: Basis) -> tuple[MixtureOfExperts, LayerNames]:
    built = [[_feed_forward(sub, basis) for sub in expert.layers] for expert in layer.experts]
    router = _rows((layer.score(k) for k in range(len(layer.experts))), basis)
    module = MixtureOfExperts(router, [[module for module, _ in layers] for layers in built])
    names = LayerNames(
        "experts",
        layer.name,
        tuple(expert.name for expert in layer.experts),
        experts=tuple(tuple(names for _, names in layers) for layers in built),
    )
    return module, names
