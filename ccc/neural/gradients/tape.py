"""A short stretch of a run under autograd: from the real state at its beginning to the one at its end.

The real state is the cells and the registers. Nothing else crosses from one step to the next: working directions are
cleared, and what stands in the ports is forgotten or replaced before anything reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ccc.machine import State, same_bits


class Tape(Protocol):
    """A program under autograd, advanced step by step from cells [n] and registers [len(Register)], its leaves."""

    def step(self, waiting: Tensor | None) -> tuple[bool, Tensor | None]:
        """One pass through the network, with a scalar `waiting` at the input port, or its end.

        Returns whether that was taken, and what was put out, a scalar or None.
        """

    def cells(self) -> Tensor:
        """What the cells hold, [n]."""

    def registers(self) -> Tensor:
        """What the registers hold, [len(Register)]."""


@dataclass(frozen=True)
class Recording:
    """A recorded stretch.

    leaves: cells [n] and registers [len(Register)] before it, then each input value that was taken, a scalar. ends:
    cells and registers after it, then each value that was put out.
    """

    leaves: tuple[Tensor, ...]
    ends: tuple[Tensor, ...]

    @property
    def inputs(self) -> int:
        """How many input values were taken."""
        return len(self.leaves) - 2

    @property
    def outputs(self) -> int:
        """How many values were put out."""
        return len(self.ends) - 2

    def ends_in(self, state: State) -> bool:
        """Whether the state after it is `state`, bit for bit."""
        cells, registers = (end.detach().clone().numpy() for end in self.ends[:2])
        return same_bits(cells, state.cells) and same_bits(registers, state.registers)

    def pull(self, cells: Tensor, registers: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Adjoints of what was there before, from adjoints of what is there after it; each row is a pull of its own.

        cells: [rows, n]. registers: [rows, len(Register)]. outputs: [rows, outputs] -> cells and registers as before,
        inputs: [rows, inputs].
        """
        rows = len(cells)
        found = [
            self._pull_one((cells[row], registers[row], *outputs[row]), again=row + 1 < rows) for row in range(rows)
        ]
        before = [torch.stack(column) for column in zip(*found, strict=True)]
        inputs = torch.stack(before[2:], dim=1) if self.inputs else torch.zeros(rows, 0, dtype=torch.float64)
        return before[0], before[1], inputs

    def _pull_one(self, adjoints: Sequence[Tensor], *, again: bool) -> list[Tensor]:
        """The adjoints of the leaves. again: the recording is needed once more."""
        connected = [(end, adjoint) for end, adjoint in zip(self.ends, adjoints, strict=True) if end.requires_grad]
        ends, seeds = zip(*connected, strict=True)
        found = torch.autograd.grad(ends, self.leaves, seeds, retain_graph=again, allow_unused=True)
        return [
            torch.zeros_like(leaf) if gradient is None else gradient
            for leaf, gradient in zip(self.leaves, found, strict=True)
        ]


def record(make: Callable[[Tensor, Tensor], Tape], state: State, inputs: Sequence[float], steps: int) -> Recording:
    """Record `steps` instructions from `state`, with `inputs` waiting at the port. make: a tape from its two leaves."""
    with torch.enable_grad():
        cells = torch.from_numpy(state.cells.copy()).requires_grad_()
        registers = torch.from_numpy(state.registers.copy()).requires_grad_()
        tape = make(cells, registers)
        taken: list[Tensor] = []
        outputs: list[Tensor] = []
        waiting: Tensor | None = None
        for _ in range(steps):
            if waiting is None and len(taken) < len(inputs):
                waiting = torch.tensor(inputs[len(taken)], dtype=torch.float64, requires_grad=True)
            took, output = tape.step(waiting)
            if took and waiting is not None:
                taken.append(waiting)
                waiting = None
            if output is not None:
                outputs.append(output)
        return Recording((cells, registers, *taken), (tape.cells(), tape.registers(), *outputs))
