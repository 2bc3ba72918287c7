"""The layers of the Transformer in plain torch. They know no instruction: whatever they compute stands in the weights.

All tensors are float64. A residual stream has shape [..., tokens, width].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from ccc.neural.spec import Activation

IDENTITY, RELU, THRESHOLD = Activation
_MAX_SCORES = 1 << 20  # doubles of attention scores held at once: 8 MiB, which caches hold

FEWEST_ROWS = 4
"""With fewer rows torch multiplies matrices by another routine, which adds in another order."""

FEWEST_FEATURES = 8
"""With fewer rows of weights it may do so too."""

ROUNDING_WEIGHT = 2.0**52
"""A unit whose value form has a weight of this size or more adds a number whose neighbours lie 1 or more apart: its
value is a step function, with derivative 0."""


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """x [..., rows, k], weight [n, k] -> [..., rows, n]; every sum adds its terms one after the other, fused.

    So it does for FEWEST_ROWS rows and more: what there are fewer of is the caller's to fill up.
    """
    missing = FEWEST_FEATURES - len(weight)
    if missing <= 0:
        return nn.functional.linear(x, weight)
    return nn.functional.linear(x, nn.functional.pad(weight, (0, 0, 0, missing)))[..., : len(weight)]


def _weight(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor.to(torch.float64).contiguous(), requires_grad=False)


class GatedFeedForward(nn.Module):
    """A gated linear unit with a residual connection: x + W_out ((W_value x) * act(W_gate x)) (Shazeer 2020).

    value, gate: [hidden, width]. out: [width, hidden]. Units stand in the order identity, ReLU, threshold;
    `counts` says how many of each.

    To autograd, thresholds are constant, and so are the values of units that round (see ROUNDING_WEIGHT): (x + C) - C
    is a step function, whose derivative is 0 almost everywhere and not the 1 that differentiating each sum would give.
    """

    def __init__(self, value: Tensor, gate: Tensor, out: Tensor, counts: Sequence[int]) -> None:
        super().__init__()
        if value.shape != gate.shape or out.shape != value.shape[::-1] or sum(counts) != len(value):
            raise ValueError(f"shapes do not fit: {value.shape}, {gate.shape}, {out.shape}, {list(counts)}")
        self.value, self.gate, self.out = _weight(value), _weight(gate), _weight(out)
        self.counts = tuple(counts)
        self._rounding: tuple[tuple[int, int], Tensor | None] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """[..., tokens, width] -> the same shape."""
        return x + self.update(x)

    def update(self, x: Tensor) -> Tensor:
        """What is added to the stream."""
        gate = linear(x, self.gate)
        first, second = self.counts[IDENTITY], self.counts[IDENTITY] + self.counts[RELU]
        if second > first:
            gate[..., first:second].clamp_(min=0.0)
        if self.counts[THRESHOLD]:
            gate[..., second:] = gate[..., second:].detach() > 0
        value = linear(x, self.value)
        rounding = self._rounding_units() if value.requires_grad else None
        if rounding is not None:
            value = torch.where(rounding, value.detach(), value)
        return linear(value * gate, self.out)

    def _rounding_units(self) -> Tensor | None:
        """Which units round, [hidden], or None where none does. Found again when the weights have changed."""
        version = (self.value.data_ptr(), self.value._version)
        if self._rounding is None or self._rounding[0] != version:
            units = (self.value.detach().abs() >= ROUNDING_WEIGHT).any(dim=-1)
            self._rounding = (version, units if bool(units.any()) else None)
        return self._rounding[1]


class Scratch:
    """Memory that scores and weights of attention are computed in, kept from call to call: where many tokens make them
    large, fresh memory costs more than the arithmetic."""

    def __init__(self) -> None:
        self._kept = (torch.zeros(0, dtype=torch.float64),) * 2

    def pair(self, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Two tensors of this shape, with anything in them, until the next call."""
        count = math.prod(shape)
        if count > len(self._kept[0]):
            self._kept = (torch.empty(count, dtype=torch.float64), torch.empty(count, dtype=torch.float64))
        first, second = self._kept
        return first[:count].view(shape), second[:count].view(shape)


class MultiHeadAttention(nn.Module):
    """Softmax attention of every token over every token, with a residual connection (Vaswani et al. 2017).

    query, key: [heads, head_width, width]. value: [heads, value_width, width]. out: [width, heads * value_width].
    The inverse temperature is part of the query weights.
    """

    def __init__(self, query: Tensor, key: Tensor, value: Tensor, out: Tensor) -> None:
        super().__init__()
        if query.shape != key.shape or out.shape[1] != value.shape[0] * value.shape[1]:
            raise ValueError(f"shapes do not fit: {query.shape}, {key.shape}, {value.shape}, {out.shape}")
        self.query, self.key = _weight(query), _weight(key)
        self.value, self.out = _weight(value), _weight(out)

    def forward(self, x: Tensor) -> Tensor:
        """[..., tokens, width] -> the same shape."""
        return x + self.attend(self.project(x, self.query), self.project(x, self.key), self.project(x, self.value))

    @staticmethod
    def project(x: Tensor, weight: Tensor) -> Tensor:
        """[..., tokens, width] -> [..., heads, tokens, k]."""
        heads, k, _ = weight.shape
        return linear(x, weight.flatten(0, 1)).view(*x.shape[:-1], heads, k).transpose(-3, -2).contiguous()

    def attend(self, query: Tensor, key: Tensor, value: Tensor, scratch: Scratch | None = None) -> Tensor:
        """What is added to the rows that ask. query: [..., heads, rows, k]; key, value: [..., heads, tokens, k].

        scratch: memory to work in, without autograd; else it is taken anew.
        """
        rows, tokens = query.shape[-2], key.shape[-2]
        chunk = max(FEWEST_ROWS, _MAX_SCORES // max(1, tokens * query.shape[-3]))
        parts = [self._mix(query[..., i : i + chunk, :], key, value, scratch) for i in range(0, rows, chunk)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-2)

    def _mix(self, query: Tensor, key: Tensor, value: Tensor, scratch: Scratch | None) -> Tensor:
        if scratch is None:
            weights = torch.softmax(torch.matmul(query, key.transpose(-1, -2)), dim=-1)
        else:
            scores, weights = scratch.pair((*query.shape[:-1], key.shape[-2]))
            torch.matmul(query, key.transpose(-1, -2), out=scores)
            torch.softmax(scores, dim=-1, out=weights)
        mixed = torch.matmul(weights, value)  # [..., heads, rows, value_width]
        flat = mixed.transpose(-3, -2).flatten(-2)
        return linear(flat, self.out)


class MixtureOfExperts(nn.Module):
    """Top-1 mixture of experts (Fedus et al. 2021): each token goes through the expert with the highest router score.

    router: [experts, width]. Each expert is a stack of gated feed-forward layers, which may be empty.
    """

    def __init__(self, router: Tensor, experts: Sequence[Sequence[GatedFeedForward]]) -> None:
        super().__init__()
        if len(router) != len(experts):
            raise ValueError(f"{len(router)} router rows for {len(experts)} experts")
        self.router = _weight(router)
        self.experts = nn.ModuleList(nn.ModuleList(layers) for layers in experts)

    def forward(self, x: Tensor) -> Tensor:
        """[..., tokens, width] -> the same shape."""
        flat = x.reshape(-1, x.shape[-1])
        choice = self.route(flat)
        result = flat
        for index in sorted(set(cast("list[int]", choice.tolist()))):
            layers = self.expert(index)
            if layers:
                rows = (choice == index).nonzero().squeeze(-1)
                y = nn.functional.pad(flat[rows], (0, 0, 0, max(0, FEWEST_ROWS - len(rows))))
                for layer in layers:
                    y = layer(y)
                result = result.index_copy(0, rows, y[: len(rows)])
        return result.reshape(x.shape)

    def route(self, x: Tensor) -> Tensor:
        """The chosen expert of each token: [..., width] -> [...]."""
        return linear(x, self.router).argmax(dim=-1)

    def expert(self, index: int) -> list[GatedFeedForward]:
        """The layers of one expert."""
        return list(cast("nn.ModuleList", self.experts[index]))  # type: ignore[arg-type]


class Transformer(nn.Module):
    """Sublayers in order: one pass is one step of the machine, S -> E(S) (paper, section 3.2.2)."""

    def __init__(self, sublayers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.sublayers = nn.ModuleList(sublayers)

    def forward(self, x: Tensor) -> Tensor:
        """[..., tokens, width] -> the same shape."""
        for sublayer in self.sublayers:
            x = sublayer(x)
        return x
