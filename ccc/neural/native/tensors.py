"""The weights as the lowering reads them: rows of (place, weight), zeros dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.spec import Activation

Terms = tuple[tuple[int, float], ...]
"""A row of a matrix: the places that are not 0, in order, with their weights."""


def rows_of(matrix: Tensor) -> tuple[Terms, ...]:
    """The rows of a matrix [rows, columns]."""
    found: list[list[tuple[int, float]]] = [[] for _ in range(len(matrix))]
    for row, column in cast("list[list[int]]", matrix.nonzero().tolist()):
        found[row].append((column, float(matrix[row, column])))
    return tuple(map(tuple, found))


@dataclass(frozen=True)
class Units:
    """A gated feed-forward sublayer: value and gate by hidden unit, out by direction, the activation of each unit."""

    value: tuple[Terms, ...]
    gate: tuple[Terms, ...]
    out: tuple[Terms, ...]
    activations: tuple[Activation, ...]

    @classmethod
    def of(cls, layer: GatedFeedForward) -> Units:
        kinds = tuple(act for act, count in zip(Activation, layer.counts, strict=True) for _ in range(count))
        return cls(rows_of(layer.value), rows_of(layer.gate), rows_of(layer.out), kinds)


@dataclass(frozen=True)
class Head:
    """One attention head: its rows of query, key and value."""

    query: tuple[Terms, ...]
    key: tuple[Terms, ...]
    value: tuple[Terms, ...]


@dataclass(frozen=True)
class Heads:
    """An attention sublayer. out: by direction, over the heads' value components side by side."""

    heads: tuple[Head, ...]
    out: tuple[Terms, ...]

    @classmethod
    def of(cls, layer: MultiHeadAttention) -> Heads:
        parts = zip(layer.query, layer.key, layer.value, strict=True)
        return cls(tuple(Head(*map(rows_of, part)) for part in parts), rows_of(layer.out))


@dataclass(frozen=True)
class Mixture:
    """A mixture of experts. router: by expert; table: which expert each whole number of `direction` goes to."""

    router: tuple[Terms, ...]
    experts: tuple[tuple[Units, ...], ...]

    @classmethod
    def of(cls, layer: MixtureOfExperts) -> Mixture:
        experts = tuple(tuple(map(Units.of, layer.expert(k))) for k in range(len(layer.experts)))
        return cls(rows_of(layer.router), experts)


Sublayer = Units | Heads | Mixture


def sublayer(layer: torch.nn.Module) -> Sublayer:
    """What the lowering knows of a sublayer: its kind and its weights. Raises TypeError on another module."""
    if isinstance(layer, GatedFeedForward):
        return Units.of(layer)
    if isinstance(layer, MultiHeadAttention):
        return Heads.of(layer)
    if isinstance(layer, MixtureOfExperts):
        return Mixture.of(layer)
    raise TypeError(f"no lowering for {type(layer).__name__}")
