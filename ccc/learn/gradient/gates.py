"""Gates that depend on the state: alpha[t, k] is multiplied by g[t, k](state), a small network for each step.

State are the values that a step may point to: what is given, states of the loop, results of the steps before.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.sketch import Sketch

_HIDDEN = 6
"""Units of the hidden layer."""


class StateGates(nn.Module):
    """The networks of all steps, R times with other weights. At first all gates are alike."""

    def __init__(self, sketch: Sketch, restarts: int, generator: Noise, dtype: torch.dtype) -> None:
        super().__init__()
        values = len(sketch.nodes) + len(sketch.states) + sketch.steps
        drawn = generator.normal(restarts, sketch.steps, _HIDDEN, values)
        self.first = nn.Parameter((drawn / values**0.5).to(dtype))
        self.bias = nn.Parameter(torch.zeros(restarts, sketch.steps, _HIDDEN, 1, dtype=dtype))
        self.second = nn.Parameter(torch.zeros(restarts, sketch.steps, len(sketch.ops), _HIDDEN, dtype=dtype))

    def forward(self, t: int, given: Tensor, pool: Tensor) -> Tensor:
        """given: shape [nodes, cases]. pool: states and the steps before, [R, states + t, cases]. What each skill
        counts in step t, between 0 and 1, [R, skills, cases].
        """
        known = given.shape[0] + pool.shape[1]
        values = torch.cat([given.expand(len(pool), *given.shape), pool], 1)
        values = torch.sign(values) * torch.log1p(values.abs())  # large ones too keep their order
        hidden = torch.tanh(self.first[:, t, :, :known] @ values + self.bias[:, t])
        return torch.sigmoid(self.second[:, t] @ hidden)
