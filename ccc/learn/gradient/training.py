"""Gradient descent on many restarts at once, until one of them is an exact program when it is made hard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ccc.learn.gradient.decisions import Decisions
from ccc.learn.gradient.descent import Adam
from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.guards import guarded, widened
from ccc.learn.gradient.hard import Programs, hardened, run, together
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import SoftMixture, Weights
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.ranks import ALONE, Ranks
from ccc.learn.gradient.simplex import drawn, entropy, firmed, steps_used, weights_of
from ccc.learn.gradient.sketch import Sketch

_STEP, _LOOK = 1, 2
"""What random numbers are drawn for, besides the first logits."""


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


def hard_sketch(sketch: Sketch, options: Options) -> Sketch:
    """The shape of the programs that mixtures of a sketch harden to: gates may make steps of their own."""
    return widened(sketch) if options.gates == "state" else sketch


class Training:
    """One batch of restarts of one sketch, or those of them that are in a share.

    hard_sketch: of the programs. soft: the loss of each restart in the last step, shape [R]. whole: whether parameters,
    moments of Adam, soft and iteration belong together; while one of them has changed and another has not yet, they do
    not.
    """

    def __init__(
        self,
        sketch: Sketch,
        functions: Sequence[Function],
        wanted: Wanted,
        options: Options,
        seed: int,
        ranks: Ranks = ALONE,
    ) -> None:
        """ranks: share the restarts. None is trained otherwise for being in another share."""
        self.sketch, self.functions, self.wanted, self.options = sketch, functions, wanted, options
        self.hard_sketch = hard_sketch(sketch, options)
        self._ranks, self.share = ranks, ranks.share(options.restarts)
        count = len(self.share)
        self._generator = Noise(seed, self.share.start)
        dtype, gated = torch.float64 if options.double else torch.float32, options.gates == "state"
        self.model = SoftMixture(
            sketch, functions, count, self._generator, spread=options.spread, dtype=dtype, gated=gated
        )
        self.adam = Adam(list(self.model.parameters()), options.rate, options.clip)
        self.iteration, self.soft = 0, torch.zeros(count, dtype=dtype)
        self.whole, self._deciding = True, False

    @property
    def temperature(self) -> float:
        first, last = self.options.temperature
        return float(first * (last / first) ** min(1.0, self.iteration / max(1, self.options.iterations - 1)))

    def step(self) -> Tensor:
        """One step of Adam; the loss of each restart, shape [R]."""
        options = self.options
        self._generator.begin(self.iteration, _STEP)
        weights = weights_of(self.model.logits(), self.temperature, options, self._generator)
        if options.firm:
            share = options.firm * min(1.0, self.iteration / options.iterations)
            weights = firmed(weights, share, self._generator)
        loss = self.wanted.loss(self.model(weights))
        gradients = self.adam.gradients((loss + self._costs(weights)).sum())
        self.whole = False
        self.adam.move(gradients)
        self.iteration += 1
        self.soft = loss.detach()
        self.whole = not self._deciding
        return self.soft

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

    def look(self) -> Look:
        """What all restarts of the batch harden to, and what is drawn from them. It may be made again."""
        self._generator.begin(self.iteration, _LOOK)
        with torch.no_grad():
            weights = weights_of(self.model.logits(), self.temperature, Options(), self._generator)
            samples = (drawn(weights, self._generator) for _ in range(self.options.samples))
            programs = together([self._hardened(one) for one in (weights, *samples)])
            results = run(programs, self.hard_sketch)
            once, each = partial(self._whole, times=1), partial(self._whole, times=1 + self.options.samples)
            return Look(
                *(self.iteration, self.temperature, once(self.soft), once(entropy(weights)), once(weights.alpha)),
                programs=Programs(*map(each, programs.parts)),
                right=each(self.wanted.right(results)),
                loss=each(self.wanted.loss(results)),
            )

    def _whole(self, part: Tensor, times: int) -> Tensor:
        """Of all restarts of the batch, wherever they are trained. part: so many times the restarts of this share."""
        rows = part.reshape(times, len(self.share), *part.shape[1:]).transpose(0, 1)
        return self._ranks.gather(rows, self.options.restarts).transpose(0, 1).flatten(0, 1)

    def _hardened(self, weights: Weights) -> Programs:
        programs = hardened(weights, self.sketch, self.model.wiring)
        return guarded(self.model, weights, programs) if self.model.gates is not None else programs

    def looks(self, looked: int = 0, stepped: Callable[[], None] = lambda: None) -> Iterator[Look]:
        """Now and then, until all is done. looked: the iteration of the last look before, if this goes on from there.
        stepped: called after each step.
        """
        last, decisions = self.options.iterations, None
        while True:
            if self.iteration > looked and (self.iteration % self.options.check == 0 or self.iteration >= last):
                yield self.look()
                looked = self.iteration
            elif self.iteration < last:
                self.step()
                stepped()
            elif self.options.decide:
                decisions = decisions or Decisions(self.model, self.soft_loss)
                if not self._decide(decisions):
                    return
            else:
                return

    def _decide(self, decisions: Decisions) -> bool:
        """Decide one row of each restart and train on; whether there was any left. It is done whole or not at all."""
        self.whole, self._deciding = False, True
        some = self._ranks.any(decisions.take())
        for _ in range(self.options.tune if some else 0):
            self.step()
        self.whole, self._deciding = True, False
        return some

    def soft_loss(self, blocked: Weights) -> Tensor:
        """Of each restart, where some more is blocked, shape [R]."""
        with torch.no_grad():
            logits = self.model.logits(blocked)
            return self.wanted.loss(self.model(weights_of(logits, self.temperature, Options(), self._generator)))
