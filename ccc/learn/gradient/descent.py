"""Adam (Kingma and Ba 2015, arXiv 1412.6980), for each restart by itself: its gradient is never longer than allowed.

Written out, since `torch.optim` takes many seconds to be imported.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_FIRST, _SECOND, _LEAST = 0.9, 0.999, 1e-8


class Adam:
    """Of parameters of shape [R, ...], a restart a row."""

    def __init__(self, parameters: Sequence[Tensor], rate: float, longest: float) -> None:
        """longest: that a gradient may be."""
        self._parameters, self._rate, self._longest = list(parameters), rate, longest
        self._mean, self._square = ([torch.zeros_like(part) for part in parameters] for _ in range(2))
        self._steps = 0

    def step(self, total: Tensor) -> None:
        """One step down. total: a number that is the sum of what each restart has by itself."""
        gradients = torch.autograd.grad(total, self._parameters, allow_unused=True)
        pairs = zip(gradients, self._parameters, strict=True)
        found = self._clipped([torch.zeros_like(part) if one is None else one for one, part in pairs])
        self._steps += 1
        with torch.no_grad():
            torch._foreach_lerp_(self._mean, found, 1 - _FIRST)
            torch._foreach_mul_(self._square, _SECOND)
            torch._foreach_addcmul_(self._square, found, found, 1 - _SECOND)
            root = torch._foreach_sqrt(self._square)
            torch._foreach_div_(root, (1 - _SECOND**self._steps) ** 0.5)
            torch._foreach_add_(root, _LEAST)
            torch._foreach_addcdiv_(self._parameters, self._mean, root, -self._rate / (1 - _FIRST**self._steps))

    def _clipped(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """No number that is none, and no gradient longer than allowed."""
        found = [torch.nan_to_num(gradient, 0.0, 0.0, 0.0) for gradient in gradients]
        squares = [gradient.square().sum(tuple(range(1, gradient.dim()))) for gradient in found]
        factor = (self._longest / torch.stack(squares).sum(0).sqrt().clamp(min=1e-12)).clamp(max=1.0)
        return [gradient.mul_(factor.reshape(-1, *[1] * (gradient.dim() - 1))) for gradient in found]
