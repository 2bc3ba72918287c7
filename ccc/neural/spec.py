"""A network before it has numbers in matrices: sublayers made of named units, heads and experts.

Constructions build these; `materialise` turns them into tensors; `describe` prints them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from ccc.neural.basis import Affine, Basis, Number, constant, d

BETA = 1024.0
"""Inverse temperature of attention: one unit of score less, and the weight underflows to exactly 0 in float64."""


class Activation(enum.IntEnum):
    """What is applied to the gate of a unit. The threshold is [x > 0], its gradient zero."""

    IDENTITY = 0
    RELU = 1
    THRESHOLD = 2


@dataclass(frozen=True)
class Unit:
    """One hidden unit of a gated linear unit (Shazeer 2020): out += writes * value(x) * activation(gate(x))."""

    name: str
    value: Affine
    gate: Affine
    activation: Activation
    writes: Mapping[str, float]


@dataclass
class FeedForward:
    """A gated feed-forward sublayer, added to the residual stream."""

    name: str
    units: list[Unit] = field(default_factory=list)

    def add(self, to: str | Mapping[str, float], value: Affine | Number, gate: Affine | Number = 1) -> None:
        """A bilinear unit: to += value * gate. `to` is a direction, or weights by direction."""
        self._append(to, value, gate, Activation.IDENTITY)

    def when(self, to: str | Mapping[str, float], condition: Affine, value: Affine | Number = 1) -> None:
        """A threshold unit: to += value * [condition > 0]."""
        self._append(to, value, condition, Activation.THRESHOLD)

    def _append(
        self, to: str | Mapping[str, float], value: Affine | Number, gate: Affine | Number, act: Activation
    ) -> None:
        writes = {to: 1.0} if isinstance(to, str) else dict(to)
        value, gate = (form if isinstance(form, Affine) else constant(form) for form in (value, gate))
        stem = next(iter(writes)).rsplit(".", 1)[-1]
        taken = sum(unit.name.rsplit(".", 1)[0] == stem for unit in self.units)
        self.units.append(Unit(f"{stem}.{taken}", value, gate, act, writes))


@dataclass(frozen=True)
class Head:
    """An attention head: softmax over keys of sum_j query_j * key_j, then writes value to the stream."""

    name: str
    query: tuple[Affine, ...]
    key: tuple[Affine, ...]
    writes: Mapping[str, Affine]


@dataclass
class Attention:
    """A multi-head attention sublayer, added to the residual stream."""

    name: str
    heads: list[Head] = field(default_factory=list)


@dataclass
class Expert:
    """One expert: gated feed-forward sublayers, one after the other."""

    name: str
    layers: list[FeedForward] = field(default_factory=list)

    def layer(self) -> FeedForward:
        """Begin the next sublayer."""
        self.layers.append(FeedForward(str(len(self.layers))))
        return self.layers[-1]


@dataclass
class Experts:
    """A mixture of experts, top-1: expert k has the router score 2 k x - k^2, which peaks at k = x."""

    name: str
    router: str
    experts: list[Expert] = field(default_factory=list)

    def score(self, k: int) -> Affine:
        """The router's row for expert `k`. A token without the CPU direction scores 0 everywhere and gets expert 0."""
        return d(self.router) * (2 * k) - k * k


Sublayer = FeedForward | Attention | Experts


@dataclass
class Network:
    """A whole construction: basis and sublayers in order, and what they were constructed for."""

    basis: Basis
    sublayers: list[Sublayer]
    dialect: str
    width: int
    isa: str
