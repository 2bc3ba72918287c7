"""The mixture as an `nn.Module`: logits of alpha and P for a batch of restarts, run softly on all examples at once.

Equations (3) to (5): a step loads the slots of each skill with mixtures of the values there are, runs all skills, and
its result is the mixture of theirs. It goes to a piece of its own, so that no step takes from another what it wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.gates import StateGates
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.sketch import Sketch, fits
from ccc.skills import Type

_BOUND, _MOST = 1e6, 1e15
"""No value of a soft run is beyond the first, or twice what is given or wanted, but for the second: so products of
products stay numbers.
"""
_OUT = -1e9
"""The logit of what is not allowed."""


class Weights(NamedTuple):
    """What is on simplexes, of R restarts. With m values to point to: nodes, states, results of steps.

    alpha: shape [R, steps, skills]. pointers: P, [R, steps, arguments of all skills, m]. nexts: what states become,
    [R, states, m]. starts: [R, states, starts]. outputs: those that no state is, [R, outputs, m].
    """

    alpha: Tensor
    pointers: Tensor
    nexts: Tensor
    starts: Tensor
    outputs: Tensor


class Results(NamedTuple):
    """moving: outputs with an element a round, shape [R, cases, rounds, outputs]. finals: the others, shape
    [R, cases, outputs]. hidden: what the states beside the outputs hold in the end, shape [R, cases, states].
    """

    moving: Tensor
    finals: Tensor
    hidden: Tensor


def looped(moving: Sequence[Tensor], states: Tensor, finals: int) -> Results:
    """moving: of each round, shape [R, outputs, cases]. states: in the end, [R, states, cases], the outputs first."""
    ends = states.transpose(1, 2)
    return Results(torch.stack(tuple(moving), 2).permute(0, 3, 2, 1), ends[..., :finals], ends[..., finals:])


@dataclass(frozen=True)
class Wiring:
    """Where the arguments of each operation stand among all, and what each of these, and states and outputs, may be.

    allowed: shape [steps, arguments, m]. nexts: [states, m]. starts: [states, starts]. outputs: [outputs, m].
    """

    places: tuple[slice, ...]
    allowed: Tensor
    nexts: Tensor
    starts: Tensor
    outputs: Tensor

    @property
    def tables(self) -> tuple[Tensor, ...]:
        return self.allowed, self.nexts, self.starts, self.outputs


def wiring(sketch: Sketch) -> Wiring:
    """By types, and by the order of the steps."""
    places: list[slice] = []
    slots: list[Type] = []
    for op in sketch.ops:
        places.append(slice(len(slots), len(slots) + len(op.arguments)))
        slots += [slot.type for slot in op.arguments]
    results = [op.result.type for op in sketch.ops]
    fixed = [node.type for node in sketch.nodes] + list(sketch.states)

    def row(slot: Type, steps: int) -> list[bool]:
        of_steps = any(fits(kind, slot) for kind in results)
        return [fits(kind, slot) for kind in fixed] + [of_steps and t < steps for t in range(sketch.steps)]

    width = len(fixed) + sketch.steps
    return Wiring(
        tuple(places),
        torch.tensor([[row(slot, t) for slot in slots] for t in range(sketch.steps)]),
        _table([row(kind, sketch.steps) for kind in sketch.states], width),
        _table([[fits(node.type, kind) for node in sketch.starts] for kind in sketch.states], len(sketch.starts)),
        _table([row(slot.type, sketch.steps) for slot in sketch.pointed], width),
    )


def _table(rows: Sequence[Sequence[bool]], width: int) -> Tensor:
    return torch.tensor(rows, dtype=torch.bool).reshape(len(rows), width)


def outermost(part: Tensor) -> Tensor:
    """The same in memory with its last dimension outermost: sums and maxima over few choices are ten times as fast."""
    return part.movedim(-1, 0).contiguous().movedim(0, -1)


class SoftMixture(nn.Module):
    """A mixture of the skills of a sketch, R times with other logits."""

    def __init__(
        self,
        sketch: Sketch,
        functions: Sequence[Function],
        restarts: int,
        generator: Noise,
        *,
        spread: float = 1.0,
        prior: Sequence[float] = (),
        dtype: torch.dtype = torch.float64,
        gated: bool = False,
    ) -> None:
        """functions: of the operations. spread: the standard deviation of the first logits. prior: the weights that a
        guide gives the operations (equation 6), whose logarithms are added. dtype: of logits and values. gated: with
        gates that depend on the state.
        """
        super().__init__()
        self.sketch, self.functions, self.wiring = sketch, tuple(functions), wiring(sketch)
        self.given, self.begins = (torch.from_numpy(part).to(dtype) for part in (sketch.given, sketch.begins))
        self.rounds = torch.from_numpy(sketch.rounds)
        self.bound = min(_MOST, max(_BOUND, 2 * sketch.largest))
        steps, ways = sketch.steps, self.wiring

        def logits(*shape: int) -> nn.Parameter:
            return nn.Parameter(outermost((generator.normal(restarts, *shape) * spread).to(dtype)))

        self.alpha = logits(steps, len(sketch.ops))
        if len(prior):
            self.alpha.data += torch.log(torch.tensor(np.asarray(prior), dtype=dtype))
        self.pointers = logits(*ways.allowed.shape)
        self.nexts, self.starts = logits(*ways.nexts.shape), logits(*ways.starts.shape)
        self.outputs = logits(*ways.outputs.shape)
        self.gates = StateGates(sketch, restarts, generator, dtype) if gated else None
        never = (torch.zeros_like(self.alpha[0], dtype=torch.bool), *(~way for way in ways.tables))
        self.blocked = Weights(*(part.expand(restarts, *part.shape).clone() for part in never))
        self.block(self.blocked)

    def block(self, blocked: Weights) -> None:
        """Put more out of reach, for good: no gradient comes to what has no weight. By types some is from the start."""
        self.blocked = blocked
        for part, out in zip(self.logits(), blocked, strict=True):
            part.data.masked_fill_(out, _OUT)

    def logits(self, blocked: Weights | None = None) -> Weights:
        """blocked: put out of reach for once."""
        every = Weights(self.alpha, self.pointers, self.nexts, self.starts, self.outputs)
        if blocked is None:
            return every
        return Weights(*(part.masked_fill(out, _OUT) for part, out in zip(every, blocked, strict=True)))

    def forward(self, weights: Weights) -> Results:
        """The outputs of the mixture with these weights."""
        return _Run(self, weights).results()

    def watched(self, weights: Weights) -> list[Watched]:
        """What is seen of each step of a run, on all cases in all their rounds."""
        with torch.no_grad():
            one = _Run(self, weights)
            one.results()
        lanes = torch.arange(one.shape[0])[:, None] < self.rounds  # [rounds, cases]
        found = []
        for t in range(self.sketch.steps):
            shares, values = (torch.stack(parts, 2)[:, :, lanes] for parts in zip(*one.seen[t], strict=True))
            found.append(Watched(shares, values))
        return found


class Watched(NamedTuple):
    """shares: what each skill counts in a step, shape [R, skills, lanes]. values: what the step may point to, of nodes,
    states and the steps before it, [R, values, lanes].
    """

    shares: Tensor
    values: Tensor


class _Run:
    """One evaluation. Tensors are taken apart all at once (unbind, split): to take a slice costs as much as the whole
    in the backward pass.
    """

    def __init__(self, model: SoftMixture, weights: Weights) -> None:
        self._model = model
        cases, rounds, nodes = model.given.shape
        self._flat = model.given.permute(2, 1, 0).reshape(nodes, rounds * cases)
        self.shape = rounds, cases
        parts = [self._apart(rows) for rows in weights.pointers.unbind(1)]
        known = len(model.sketch.states)
        self._alpha = [alpha[..., None] for alpha in weights.alpha.unbind(1)]
        self._arguments = [of_nodes for of_nodes, _ in parts]
        self._before = [rest.split([known + t, rest.shape[-1] - known - t], -1)[0] for t, (_, rest) in enumerate(parts)]  # type: ignore[no-untyped-call]
        self._nexts, self._outputs = self._apart(weights.nexts), self._apart(weights.outputs)
        self._states = weights.starts @ model.begins.T
        self.seen: list[list[tuple[Tensor, Tensor]]] = [[] for _ in self._alpha]

    def _apart(self, rows: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """What nodes add to rows that point to them, of each round, shape [R, rows, cases]; the rest of the rows."""
        nodes = len(self._flat)
        first, rest = rows.split([nodes, rows.shape[-1] - nodes], -1)  # type: ignore[no-untyped-call]
        return (first @ self._flat).unflatten(-1, self.shape).unbind(2), rest

    def results(self) -> Results:
        model, states = self._model, self._states
        sketch = model.sketch
        moving: list[Tensor] = []
        outputs = states[:, :0]
        for number in range(self.shape[0]):
            pool = self._pool(number, states)
            outputs = self._outputs[0][number] + self._outputs[1] @ pool
            if sketch.count:
                moving.append(outputs)
                nexts = self._nexts[0][number] + self._nexts[1] @ pool
                states = torch.where(model.rounds > number, nexts, states)
        if not sketch.count:
            return Results(outputs[:, :0, None].permute(0, 3, 2, 1), outputs.transpose(1, 2), states.transpose(1, 2))
        return looped(moving, states, len(sketch.finals))

    def _pool(self, number: int, states: Tensor) -> Tensor:
        """States, and the results of the steps in one round (equation 4), shape [R, states + steps, cases]."""
        pool = states
        for t, alpha in enumerate(self._alpha):
            rows = self._arguments[t][number]
            if pool.shape[1]:
                rows = rows + self._before[t] @ pool
            arguments = rows.unbind(1)
            pairs = zip(self._model.functions, self._model.wiring.places, strict=True)
            values = torch.stack([function(arguments[place]) for function, place in pairs], 1)
            if self._model.gates is not None:
                alpha = self._gated(number, t, alpha, pool)
            bound = self._model.bound
            mixed = torch.nan_to_num((alpha * values).sum(1, keepdim=True), 0.0).clamp(-bound, bound)
            pool = torch.cat([pool, mixed], 1)
        return pool

    def _gated(self, number: int, t: int, alpha: Tensor, pool: Tensor) -> Tensor:
        """The weights of the skills times their gates, shape [R, skills, cases]; they sum to 1."""
        given = self._model.given[:, number].T
        gates: Tensor = self._model.gates(t, given, pool)  # type: ignore[misc]
        shares = alpha * gates
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-9)
        if not torch.is_grad_enabled():
            self.seen[t].append((shares, torch.cat([given.expand(len(pool), *given.shape), pool], 1)))
        return shares
