"""From logits to weights: temperature, Gumbel noise, straight-through, independent gates; and their entropy."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ccc.learn.gradient.model import Weights, Wiring
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.options import Options


def weights_of(logits: Weights, temperature: float, options: Options, generator: Noise) -> Weights:
    """The weights at a temperature."""
    parts = [_soft(part, temperature, options, generator) for part in logits]
    if options.gates == "sigmoid":
        parts[0] = torch.sigmoid(logits.alpha / temperature)
        if options.straight_through:
            parts[0] = _one_hot(parts[0])
    return Weights(*parts)


def _soft(logits: Tensor, temperature: float, options: Options, generator: Noise) -> Tensor:
    if not logits.shape[-1]:
        return logits
    if options.gumbel:
        drawn = generator.uniform(*logits.shape).clamp(1e-12, 1 - 1e-12)
        logits = logits - torch.log(-torch.log(drawn)).to(logits.dtype)
    soft = torch.softmax((logits / temperature).movedim(-1, 0), 0).movedim(0, -1)  # as they are in memory
    return _one_hot(soft) if options.straight_through else soft


def _one_hot(soft: Tensor, some: Tensor | None = None) -> Tensor:
    """1 where the weight is largest, with the derivative of the weights. some: in these rows only."""
    with torch.no_grad():
        change = (soft == soft.movedim(-1, 0).amax(0)[..., None]).to(soft.dtype) - soft
        if some is not None:
            change *= some[..., None]
    return soft + change


def firmed(weights: Weights, share: float, generator: Noise) -> Weights:
    """A share of the rows, drawn anew each time, one-hot, with the derivative of the weights."""
    found = []
    for soft in weights:
        some = generator.uniform(*soft.shape[:-1]) < share
        found.append(_one_hot(soft, some) if soft.shape[-1] else soft)
    return Weights(*found)


def drawn(weights: Weights, generator: Noise) -> Weights:
    """Numbers of which the largest of a row is each with the probability that is its weight (an exponential race)."""
    return Weights(*(part / generator.exponential(*part.shape).to(part.dtype) for part in weights))


def entropy(weights: Weights) -> Tensor:
    """Shape [R]: the mean entropy of all rows, each compared with the largest that it could have."""
    total, rows = weights.alpha.new_zeros(len(weights.alpha)), 0
    for part in weights:
        if part.shape[-1] > 1 and part.shape[1]:
            flat = torch.special.entr(part.clamp(min=1e-12)).flatten(1)
            total = total + flat.sum(1) / math.log(part.shape[-1])
            rows += flat.shape[1] // part.shape[-1]
    return total / max(rows, 1)


def steps_used(weights: Weights, wiring: Wiring) -> Tensor:
    """Shape [R]: how many steps outputs and states rest on, as a mean over what may be pointed to. Of programs it is
    the number of their steps that are of use.
    """
    steps = weights.alpha.shape[1]
    first = weights.pointers.shape[-1] - steps
    idle = [torch.cat([weights.nexts, weights.outputs], 1)[..., first + t].neg().add(1).prod(1) for t in range(steps)]
    used: list[Tensor] = []
    for u in reversed(range(steps)):
        used.append(1 - idle[u])
        apart = 1 - weights.pointers[:, u, :, first : first + u]  # that an argument is none of the steps before
        parts = [apart[:, place].prod(1) for place in wiring.places]
        reads = (weights.alpha[:, u, :, None] * (1 - torch.stack(parts, 1))).sum(1)
        for t in range(u):
            idle[t] = idle[t] * (1 - used[-1] * reads[:, t])
    return torch.stack(used).sum(0)
