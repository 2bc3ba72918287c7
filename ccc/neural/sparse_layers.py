"""Sublayers of the sparse engine: the same weights without their zeros, for the few tokens they can do anything for.

The streams of many programs lie side by side, shape [width, 4, lanes]: a direction, a token (CPU, input port, output
port, the cell that is written), a program. So a sublayer reads and writes whole rows of numbers. All sums run over the
directions in their order and over enough rows and columns, so that torch adds them up one after the other, as it does
for whole streams: leaving out zeros changes no bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from ccc.neural.codec import CPU_TOKEN
from ccc.neural.layers import (
    FEWEST_FEATURES,
    FEWEST_ROWS,
    IDENTITY,
    RELU,
    ROUNDING_WEIGHT,
    GatedFeedForward,
    MixtureOfExperts,
)
from ccc.neural.reach import Kind
from ccc.neural.sparse_plan import SLOTS, alive_units

FEWEST_COLUMNS = FEWEST_FEATURES
"""Here a token is a column, and a matrix has its weights on the left."""


def product(weights: Tensor, y: Tensor) -> Tensor:
    """weights [n, k] @ y [k, columns], every sum in the order of its terms; y has FEWEST_COLUMNS or more."""
    missing = FEWEST_ROWS - len(weights)
    if missing <= 0:
        return weights @ y
    return (torch.nn.functional.pad(weights, (0, 0, 0, missing)) @ y)[: len(weights)]


def used_directions(rows: Tensor, kinds: Sequence[Kind]) -> Tensor:
    """The directions that `rows` [..., width] read and that are not known to be 0 on every one of `kinds`."""
    empty = torch.stack([~kind.free & (kind.known == 0) for kind in kinds]).all(dim=0)
    return ((rows != 0).reshape(-1, rows.shape[-1]).any(dim=0) & ~empty).nonzero().squeeze(-1)


class Units:
    """The units of a feed-forward sublayer that can do anything for tokens of `kinds`."""

    def __init__(self, layer: GatedFeedForward, kinds: Sequence[Kind], device: torch.device) -> None:
        alive = torch.stack([alive_units(layer, kind) for kind in kinds]).any(dim=0)
        value, gate, out = layer.value[alive], layer.gate[alive], layer.out[:, alive]
        first, second = layer.counts[IDENTITY], layer.counts[IDENTITY] + layer.counts[RELU]
        self.first, self.second = int(alive[:first].sum()), int(alive[:second].sum())
        reads = used_directions(torch.cat([value, gate]), kinds)
        writes = (out != 0).any(dim=1).nonzero().squeeze(-1)
        self.reads, self.writes = reads.to(device), writes.to(device)
        self.value = value[:, reads].contiguous().to(device)
        self.gate = gate[:, reads].contiguous().to(device)
        self.out = out[writes].contiguous().to(device)
        rounds = (self.value.abs() >= ROUNDING_WEIGHT).any(dim=1, keepdim=True)
        self.rounds = rounds if bool(rounds.any()) else None

    def __len__(self) -> int:
        return len(self.value)

    def update(self, y: Tensor) -> Tensor:
        """What is added to the written directions: [reads, columns] -> [writes, columns]."""
        gate = product(self.gate, y)
        if self.second > self.first:
            gate[self.first : self.second].clamp_(min=0.0)
        if len(gate) > self.second:
            gate[self.second :] = gate[self.second :].detach() > 0
        value = product(self.value, y)
        if self.rounds is not None and value.requires_grad:
            value = torch.where(self.rounds, value.detach(), value)  # a step function, as in GatedFeedForward
        return product(self.out, value * gate)


class SparseFeedForward:
    """A feed-forward sublayer: some units for the CPU, few or none for the other tokens."""

    def __init__(self, layer: GatedFeedForward, kinds: Sequence[Kind], device: torch.device) -> None:
        self._parts: list[tuple[slice, Units]] = []
        for group in ((CPU_TOKEN,), range(CPU_TOKEN + 1, SLOTS)):
            busy = [slot for slot in group if bool(alive_units(layer, kinds[slot]).any())]
            if busy:
                units = Units(layer, [kinds[slot] for slot in range(busy[0], busy[-1] + 1)], device)
                self._parts.append((slice(busy[0], busy[-1] + 1), units))

    def add_to(self, x: Tensor) -> None:
        """x [width, 4, lanes] becomes the stream after this sublayer."""
        for slots, units in self._parts:
            tokens = x[:, slots]
            y = tokens.index_select(0, units.reads).flatten(1)
            tokens.index_add_(0, units.writes, units.update(y).view(-1, *tokens.shape[1:]))


class SparseExperts:
    """A mixture of experts for the CPU: each lane goes through the expert that it chooses, and no other one is run."""

    def __init__(self, layer: MixtureOfExperts, kinds: Sequence[Kind], device: torch.device) -> None:
        self._kind, self._device = kinds[CPU_TOKEN], device
        self._reads = used_directions(layer.router, [self._kind])
        self._router = layer.router[:, self._reads].contiguous().to(device)
        self._reads = self._reads.to(device)
        self._layer = layer
        self._experts: dict[int, _Expert] = {}

    def add_to(self, x: Tensor, lanes: int) -> None:
        """x [width, 4, columns], the first `lanes` of them programs, becomes the stream after this sublayer."""
        cpu = x[:, CPU_TOKEN]
        choice = product(self._router, cpu.detach().index_select(0, self._reads)).argmax(dim=0)[:lanes]
        chosen = sorted(set(cast("list[int]", choice.tolist())))
        for index in chosen:
            expert = self._expert(index)
            if not expert.parts:
                continue
            if len(chosen) == 1:
                expert.add_to(cpu)
                continue
            columns = (choice == index).nonzero().squeeze(-1)
            expert.add_to_columns(cpu, columns)

    def _expert(self, index: int) -> _Expert:
        if index not in self._experts:
            self._experts[index] = _Expert(self._layer.expert(index), self._kind, self._device)
        return self._experts[index]


class _Expert:
    """The sublayers of one expert, over the directions that they use."""

    def __init__(self, layers: Sequence[GatedFeedForward], kind: Kind, device: torch.device) -> None:
        width = len(kind.known)
        # Inside an expert a direction that was 0 may be written: all that the kind says is which token it is.
        anything = Kind(torch.zeros(width, dtype=torch.float64), torch.ones(width, dtype=torch.bool))
        self.parts = [Units(layer, [anything], device) for layer in layers]
        used = torch.cat([torch.cat([units.reads, units.writes]) for units in self.parts] or [torch.zeros(0)])
        self._used = torch.unique(used).long()
        self._places = [
            (torch.searchsorted(self._used, units.reads), torch.searchsorted(self._used, units.writes))
            for units in self.parts
        ]

    def add_to(self, cpu: Tensor) -> None:
        """cpu [width, columns] after this expert."""
        for units in self.parts:
            cpu.index_add_(0, units.writes, units.update(cpu.index_select(0, units.reads)))

    def add_to_columns(self, cpu: Tensor, columns: Tensor) -> None:
        """The same for some columns [k] of cpu."""
        places = (self._used.unsqueeze(1), columns)
        y = cpu[places]
        if len(columns) < FEWEST_COLUMNS:
            y = torch.nn.functional.pad(y, (0, FEWEST_COLUMNS - len(columns)))
        for units, (reads, writes) in zip(self.parts, self._places, strict=True):
            y = y.index_add(0, writes, units.update(y.index_select(0, reads)))
        cpu[places] = y[:, : len(columns)]
