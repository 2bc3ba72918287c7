"""How far results are from what is wanted, of each restart."""

from __future__ import annotations

import torch
from torch import Tensor

from ccc.learn.gradient.model import Results
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.search.search import Search

_FAULT, _FAR = 1e3, 1e6
"""How far off a fault is, and at most what tells programs apart, in units of the standard deviation of what is wanted.
"""


class Wanted:
    """What a sketch wants, as tensors."""

    def __init__(self, sketch: Sketch, search: Search) -> None:
        """search: says how far off an output may be."""
        wanted = torch.from_numpy(sketch.wanted)
        moving = [number for number, moves in enumerate(sketch.moving) if moves]
        self.moving, self.finals = wanted[..., moving], wanted[:, 0, list(sketch.finals)]
        self.there = torch.arange(wanted.shape[1])[None, :] < torch.from_numpy(sketch.rounds)[:, None]
        every = torch.cat([self.moving[self.there].reshape(-1), self.finals.reshape(-1)])
        self._known = ~torch.isnan(every)
        values = every[self._known]
        slots = [sketch.outputs[number] for number in (*moving, *sketch.finals)]
        off = torch.tensor([search.tolerance(slot) for slot in slots], dtype=torch.float64)
        rows, cases = int(self.there.sum()), len(wanted)
        relative = torch.cat([off[: len(moving)].repeat(rows), off[len(moving) :].repeat(cases)])
        self._margins = relative[self._known] * values.abs().clamp(min=1.0)
        size, generator = len(values) + cases * len(sketch.states), torch.Generator().manual_seed(0)
        self._marks = torch.rand(size, generator=generator, dtype=torch.float64)
        self.scale = max(1.0, float(values.std())) if len(values) > 1 else 1.0

    def _errors(self, results: Results) -> Tensor:
        """Of all numbers wanted that are known, shape [R, numbers]. NaN, a fault, is far off."""
        dtype = results.finals.dtype
        moving = (results.moving - self.moving.to(dtype))[:, self.there]
        every = torch.cat([moving.flatten(1), (results.finals - self.finals.to(dtype)).flatten(1)], 1)
        return torch.nan_to_num(every[:, self._known], _FAULT * self.scale)

    def loss(self, results: Results) -> Tensor:
        """Shape [R]: the mean over all numbers of log(1 + e^2), e in units of their standard deviation. It is bounded
        by no outlier, so that some numbers may be right while others are far off.
        """
        return torch.log1p((self._errors(results) / self.scale) ** 2).mean(1)

    def judged(self, results: Results) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, the share that is right, and a number that tells apart what differs; each of shape [R]."""
        errors = self._errors(results)
        loss = torch.log1p((errors / self.scale) ** 2).mean(1)
        right = (errors.abs() <= self._margins).double().mean(1)
        every = torch.cat([errors, torch.nan_to_num(results.hidden.flatten(1), _FAULT * self.scale)], 1) / self.scale
        return loss, right, (every.clamp(-_FAR, _FAR) * self._marks[: every.shape[1]]).sum(1)

    def right(self, results: Results) -> Tensor:
        """Shape [R]: the share of the numbers that are right."""
        return (self._errors(results).abs() <= self._margins).double().mean(1)
