"""Random numbers that belong to restarts: what one of them draws rests on no other, so that they may be shared out."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

_BLOCK = 4
"""Numbers that Philox makes of one value of its counter."""
_LEAST = 2.0**-54
"""Below what is drawn beside 0, so that logarithms are finite."""


class Noise:
    """Numbers for the restarts from `first` on, by a generator that counts (Philox): each number rests on the seed, the
    moment, how many tensors were drawn at that moment before, its restart and its place. Nothing else is remembered.
    """

    def __init__(self, seed: int, first: int = 0) -> None:
        self._seed, self._first = seed, first
        self._moment, self._tensors = (0, 0), 0

    def begin(self, moment: int, purpose: int = 0) -> None:
        """From now on numbers are those of this moment, as if none had been drawn at it."""
        self._moment, self._tensors = (moment, purpose), 0

    def uniform(self, *shape: int) -> Tensor:
        """From 0 to below 1. shape: the first dimension is restarts."""
        restarts, numbers = shape[0], math.prod(shape[1:])
        blocks = -(-numbers // _BLOCK)
        counter = np.array([self._first * blocks, self._tensors, *self._moment], dtype=np.uint64)
        philox = np.random.Philox(counter=counter, key=np.array([self._seed, 0], dtype=np.uint64))
        self._tensors += 1
        drawn = np.random.Generator(philox).random((restarts, blocks * _BLOCK))
        return torch.from_numpy(drawn[:, :numbers]).reshape(shape)

    def normal(self, *shape: int) -> Tensor:
        """With mean 0 and standard deviation 1."""
        found: Tensor = torch.special.ndtri(self.uniform(*shape).clamp(min=_LEAST))
        return found

    def exponential(self, *shape: int) -> Tensor:
        """With mean 1, none of them 0."""
        return -torch.log1p(-self.uniform(*shape).clamp(min=_LEAST))
