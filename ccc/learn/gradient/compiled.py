"""Learnt skills on single cells as torch functions: their mixtures, step by step, on many lanes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ccc.learn.gradient.functions import KERNELS, Function
from ccc.learn.search.flatten import Resolve
from ccc.learn.search.kernels import READS_OUTPUT, Kernel
from ccc.learn.search.ops import Op
from ccc.skills import Mixture
from ccc.skills.mixture import LOCAL, NUMBER, Step

MOST_ROUNDS = 64
"""Rounds of a loop whose count is data."""


class NoFunctionError(Exception):
    """A skill that no torch function does."""


def function_of(op: Op, resolve: Resolve) -> Function:
    """An operation on single cells as a torch function. Raises NoFunctionError."""
    if op.kernel in KERNELS:
        return KERNELS[Kernel(op.kernel)]
    found = resolve(op.name)
    if not isinstance(found, Mixture):
        raise NoFunctionError(op.name)
    compiled, names, result = Compiled(found, resolve), [slot.name for slot in op.arguments], op.result.name

    def function(arguments: Sequence[Tensor]) -> Tensor:
        return compiled(dict(zip(names, arguments, strict=True)))[result]

    return function


class Compiled:
    """A hard mixture of single cells as a function of its slots. A lane whose loop has ended keeps what it holds."""

    def __init__(self, mixture: Mixture, resolve: Resolve) -> None:
        """Raises NoFunctionError."""
        self._mixture = mixture
        if not mixture.hard or any(piece.shape.dimensions for piece in mixture.pieces):
            raise NoFunctionError(mixture.name)
        self._steps = [self._step(step, resolve) for step in mixture.steps if not step.term.does_nothing]

    def _step(self, step: Step, resolve: Resolve) -> _Call:
        found = resolve(step.term.skill)
        pieces = {slot: choice.piece for slot, choice in step.term.slots.items()}
        guard = step.guard.piece if step.guard is not None else ""
        if isinstance(found, Mixture):
            return _Call(guard, Compiled(found, resolve), pieces)
        if found is None or found[0] not in (*KERNELS, Kernel.ZERO, Kernel.ONE):
            raise NoFunctionError(step.term.skill)
        kernel, order = found
        return _Call(guard, _Atom(kernel, order), pieces)

    @property
    def outputs(self) -> list[str]:
        return [piece.name for piece in self._mixture.slots if piece.role == "output"]

    def __call__(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """values: of the slots, all of one shape; outputs that are not given hold 0. What the outputs hold then."""
        like = next(iter(values.values()))
        held = dict(values)
        for piece in self._mixture.pieces:
            if piece.role == NUMBER:
                held[piece.name] = torch.full_like(like, piece.values[0])
            elif piece.role == LOCAL or piece.name not in held:
                held[piece.name] = torch.zeros_like(like)
        alive = torch.ones_like(like, dtype=torch.bool)
        count = self._mixture.count
        rounds = held[count].detach() if isinstance(count, str) else torch.full_like(like, float(count))
        most = int(rounds.clamp(0, MOST_ROUNDS).max().item()) if rounds.numel() else 0
        for number in range(most):
            alive = alive & (rounds > number)
            if not bool(alive.any()):
                break
            for step in self._steps:
                step.run(held, alive)
            if self._mixture.until:
                alive = alive & (held[self._mixture.until].detach() > 0)
        return {name: held[name] for name in self.outputs}


class _Atom:
    """A kernel as a function of slots, of which the output comes last."""

    def __init__(self, kernel: Kernel, order: Sequence[str]) -> None:
        self._function, self.outputs = KERNELS.get(kernel), list(order[-1:])
        self._constant = float(kernel == Kernel.ONE)
        self._reads = order if kernel in READS_OUTPUT else order[:-1]

    def __call__(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        (output,) = self.outputs
        if self._function is None:
            return {output: torch.full_like(values[output], self._constant)}
        return {output: self._function([values[name] for name in self._reads])}


class _Call:
    """One step: what is called on which pieces, and which of them guards it."""

    def __init__(self, guard: str, target: Compiled | _Atom, pieces: Mapping[str, str]) -> None:
        self._guard, self._target, self._pieces = guard, target, pieces

    def run(self, held: dict[str, Tensor], alive: Tensor) -> None:
        """Write the results where the lane is alive and the guard lets it."""
        if self._guard:
            alive = alive & (held[self._guard].detach() <= 0)
        found = self._target({slot: held[piece] for slot, piece in self._pieces.items()})
        for name in self._target.outputs:
            piece = self._pieces[name]
            held[piece] = torch.where(alive, found[name], held[piece])
