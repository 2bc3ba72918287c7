"""Gradient descent on many restarts at once, until one of them is an exact program when it is made hard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ccc.learn.gradient.decisions import Decisions
from ccc.learn.gradient.descent import Adam
from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.guards import guarded, widened
from ccc.learn.gradient.hard import Programs, hardened, run, together
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import SoftMixture, Weights
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.simplex import drawn, entropy, firmed, steps_used, weights_of
from ccc.learn.gradient.sketch import Sketch


@dataclass(frozen=True)
class Look:
    """How far a batch is. soft: the loss of the mixtures, shape [R]. entropy: of their weights, [R]. alpha: [R, steps,
    skills]. programs: what they harden to, and then some that were drawn from them, R times as many as the options say.
    right, loss: of each program.
    """

    iteration: int
    temperature: float
    soft: Tensor
    entropy: Tensor
    alpha: Tensor
    programs: Programs
    right: Tensor
    loss: Tensor


class Training:
    """One batch of restarts of one sketch. `hard_sketch` is that of the programs: gates may make steps of their own."""

    def __init__(
        self, sketch: Sketch, functions: Sequence[Function], wanted: Wanted, options: Options, seed: int
    ) -> None:
        self.sketch, self.functions, self.wanted, self.options = sketch, functions, wanted, options
        self._generator = torch.Generator().manual_seed(seed)
        dtype = torch.float64 if options.double else torch.float32
        gated = options.gates == "state"
        self.model = SoftMixture(
            sketch, functions, options.restarts, self._generator, spread=options.spread, dtype=dtype, gated=gated
        )
        self.hard_sketch = widened(sketch) if gated else sketch
        self._adam = Adam(list(self.model.parameters()), options.rate, options.clip)
        self.iteration = 0

    @property
    def temperature(self) -> float:
        first, last = self.options.temperature
        return float(first * (last / first) ** min(1.0, self.iteration / max(1, self.options.iterations - 1)))

    def step(self) -> Tensor:
        """One step of Adam; the loss of each restart, shape [R]."""
        options = self.options
        weights = weights_of(self.model.logits(), self.temperature, options, self._generator)
        if options.firm:
            share = options.firm * min(1.0, self.iteration / options.iterations)
            weights = firmed(weights, share, self._generator)
        loss = self.wanted.loss(self.model(weights))
        self._adam.step((loss + self._costs(weights)).sum())
        self.iteration += 1
        return loss.detach()

    def _costs(self, weights: Weights) -> Tensor:
        """What weights cost besides the loss, shape [R]: entropy from half of the way on, and steps."""
        done = self.iteration / self.options.iterations
        indecision, size = self.options.entropy * max(0.0, 2 * done - 1), self.options.sparsity * done
        total = weights.alpha.new_zeros(len(weights.alpha))
        if indecision:
            total = total + indecision * entropy(weights)
        if size:
            total = total + size * (steps_used(weights, self.model.wiring) - 1).clamp(min=0)
        return total

    def look(self, soft: Tensor) -> Look:
        """What the restarts harden to, and what is drawn from them."""
        with torch.no_grad():
            weights = weights_of(self.model.logits(), self.temperature, Options(), self._generator)
            samples = (drawn(weights, self._generator) for _ in range(self.options.samples))
            programs = together([self._hardened(one) for one in (weights, *samples)])
            results = run(programs, self.hard_sketch, self.functions)
            mixtures = self.iteration, self.temperature, soft, entropy(weights), weights.alpha
            return Look(*mixtures, programs, self.wanted.right(results), self.wanted.loss(results))

    def _hardened(self, weights: Weights) -> Programs:
        programs = hardened(weights, self.sketch, self.model.wiring)
        return guarded(self.model, weights, programs) if self.model.gates is not None else programs

    def looks(self) -> Iterator[Look]:
        """Now and then, until all is done."""
        while self.iteration < self.options.iterations:
            loss = self.step()
            if self.iteration % self.options.check == 0 or self.iteration == self.options.iterations:
                yield self.look(loss)
        if self.options.decide:
            decisions = Decisions(self.model, self.soft_loss)
            while decisions.take():
                for _ in range(self.options.tune):
                    loss = self.step()
                yield self.look(loss)

    def soft_loss(self, blocked: Weights) -> Tensor:
        """Of each restart, where some more is blocked, shape [R]."""
        with torch.no_grad():
            logits = self.model.logits(blocked)
            return self.wanted.loss(self.model(weights_of(logits, self.temperature, Options(), self._generator)))
