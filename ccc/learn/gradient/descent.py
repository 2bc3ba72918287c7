"""Adam (Kingma and Ba 2015, arXiv 1412.6980), for each restart by itself: its gradient is never longer than allowed.

Written out, since `torch.optim` takes many seconds to be imported.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_FIRST, _SECOND, _LEAST = 0.9, 0.999, 1e-8


class Adam:
    """Of parameters of shape [R, ...], a restart a row.

    mean, square: the moments, in the shapes and the dtypes of the parameters. steps: taken so far.
    """

    def __init__(self, parameters: Sequence[Tensor], rate: float, longest: float) -> None:
        """longest: that a gradient may be."""
        self._parameters, self._rate, self._longest = list(parameters), rate, longest
        self.mean, self.square = ([torch.zeros_like(part) for part in parameters] for _ in range(2))
        self.steps = 0

    def step(self, total: Tensor) -> None:
        """One step down. total: a number that is the sum of what each restart has by itself."""
        self.move(self.gradients(total))

    def gradients(self, total: Tensor) -> list[Tensor]:
        """Of each parameter: no number that is none, and none longer than allowed. Nothing is changed."""
        gradients = torch.autograd.grad(total, self._parameters, allow_unused=True)
        pairs = zip(gradients, self._parameters, strict=True)
        return self._clipped([torch.zeros_like(part) if one is None else one for one, part in pairs])

    def move(self, found: list[Tensor]) -> None:
        """One step against these gradients."""
        self.steps += 1
        with torch.no_grad():
            torch._foreach_lerp_(self.mean, found, 1 - _FIRST)
            torch._foreach_mul_(self.square, _SECOND)
            torch._foreach_addcmul_(self.square, found, found, 1 - _SECOND)
            root = torch._foreach_sqrt(self.square)
            torch._foreach_div_(root, (1 - _SECOND**self.steps) ** 0.5)
            torch._foreach_add_(root, _LEAST)
            torch._foreach_addcdiv_(self._parameters, self.mean, root, -self._rate / (1 - _FIRST**self.steps))

    def _clipped(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        found = [torch.nan_to_num(gradient, 0.0, 0.0, 0.0) for gradient in gradients]
        squares = [gradient.square().sum(tuple(range(1, gradient.dim()))) for gradient in found]
        factor = (self._longest / torch.stack(squares).sum(0).sqrt().clamp(min=1e-12)).clamp(max=1.0)
        return [gradient.mul_(factor.reshape(-1, *[1] * (gradient.dim() - 1))) for gradient in found]
