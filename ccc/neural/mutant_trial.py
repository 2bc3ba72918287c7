"""What is expected of a step, and what became of a network with one wrong weight."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccc.machine import Cells


class Effect(enum.Enum):
    """How far a changed weight could be seen. CAUGHT: in what the machine does; the others say where it was lost."""

    CAUGHT = "another state, output or use of input"
    NONE = "nothing: its sublayer gave the same for every state"
    ABSORBED = "its sublayer gave something else, but the stream was the same at the end of the step"
    HIDDEN = "the stream was another after the step, but no state was"

    @property
    def rank(self) -> int:
        """How far it was seen: the further, the larger."""
        return (Effect.NONE, Effect.ABSORBED, Effect.HIDDEN, Effect.CAUGHT).index(self)


@dataclass(frozen=True)
class Expected:
    """What must come out of one step. cells: [states, cells]; registers: [states, registers]; outputs: [states], NaN
    for none; consumed: input values taken so far, [states]; ran: which states took this step, [states]."""

    cells: Cells
    registers: Cells
    outputs: Cells
    consumed: NDArray[np.int64]
    ran: NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """What became of a mutant. effect: how far it was seen. step: the step after which it was caught, or 0.

    Of one that was not caught: changed: for how many states its sublayer gave something else; ending: whether each of
    those stops in that very step; absorbed: the sublayers after which nothing was left of it; left: the directions that
    another stream was left in, as `token direction` with `cpu`, `cell` or `port`.
    """

    effect: Effect
    step: int = 0
    changed: int = 0
    ending: bool = True
    absorbed: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def __or__(self, other: Trial) -> Trial:
        """Both trials of one mutant together."""
        if Effect.CAUGHT in (self.effect, other.effect):
            return self if self.effect is Effect.CAUGHT else other
        return Trial(
            max(self.effect, other.effect, key=lambda effect: effect.rank),
            0,
            self.changed + other.changed,
            self.ending and other.ending,
            self.absorbed | other.absorbed,
            self.left | other.left,
        )


@dataclass(frozen=True)
class Threshold:
    """The gate of a threshold unit: the weights of its directions and its constant.

    whole: whether those directions held whole numbers in every state.
    """

    weights: tuple[float, ...]
    constant: float
    whole: bool
