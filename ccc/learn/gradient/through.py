"""Gradients through any skill, whatever is inside, in three ways that must agree.

trace: the instructions of a straight-line skill, recorded once and done again on tensors. jacobian: the skill runs on
the emulator, and the backward pass multiplies by the matrix that its Jacobian code computes. transformer: the same with
the matrix by reverse mode through every instruction in the Transformer.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ccc.errors import SkillError, Span
from ccc.isa import Fault
from ccc.learn.gradient.traced import traced
from ccc.machine import Cells
from ccc.skills import Library, call_batch
from ccc.skills.call import Call
from ccc.skills.jacobians import autograd
from ccc.skills.model import Example


class Way(enum.StrEnum):
    """How the derivative of a skill is found."""

    TRACE = "trace"
    JACOBIAN = "jacobian"
    TRANSFORMER = "transformer"


class SkillFunction:
    """A skill as a differentiable function of tensors, for data of one shape."""

    def __init__(self, library: Library, name: str, sizes: Mapping[str, int], way: Way) -> None:
        """sizes: the values of its constants. Raises what `traced` and `Call` do."""
        self._library, self._way, self._skill = library, way, library.find(name)
        card = self._skill.card
        self._constants = {slot.name: np.asarray(float(sizes[slot.name])) for slot in card.constants}
        self._shapes = {slot.name: slot.shape.sizes(sizes) for slot in card.slots if slot.role != "constant"}
        self._given = tuple(slot.name for slot in (*card.inputs, *card.weights))
        self._outputs = tuple(slot.name for slot in card.outputs)
        self._tape = traced(self._skill, sizes) if way is Way.TRACE else None
        self._call = Call(self._skill, sizes) if way is Way.TRANSFORMER else None
        self._columns = tuple(slot.name for slot in card.column_slots())
        self._rows = tuple(slot.name for slot in card.row_slots())

    def __call__(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """values: of inputs and weights, shape [lanes, *shape of the slot], or [1, ...] where all
        lanes have the same. Outputs by name, in the same form.

        Raises SkillError where a call faults.
        """
        flat = {name: values[name].reshape(len(values[name]), -1) for name in self._given}
        lanes = max(len(value) for value in flat.values())
        if self._tape is not None:
            zeros = {name: torch.zeros(1, self._size(name), dtype=torch.float64) for name in self._outputs}
            found = self._tape({**flat, **zeros})
        else:
            every = [value.expand(lanes, -1) for value in flat.values()]
            parts = _Through.apply(self, *every)  # type: ignore[no-untyped-call]
            found = dict(zip(self._outputs, parts, strict=True))
        return {name: value.reshape(lanes, *self._shapes[name]) for name, value in found.items()}

    def _size(self, name: str) -> int:
        return int(np.prod(self._shapes[name], dtype=int))

    def batch(self, values: Sequence[Tensor]) -> list[dict[str, Cells]]:
        """Data of each lane, from flat tensors."""
        arrays = [value.detach().numpy() for value in values]
        return [
            {name: array[lane].reshape(self._shapes[name]) for name, array in zip(self._given, arrays, strict=True)}
            | self._constants
            for lane in range(len(arrays[0]))
        ]

    def run(self, batch: Sequence[Mapping[str, Cells]]) -> list[Tensor]:
        """The outputs on all lanes, flat."""
        results = call_batch(self._library, self._skill.name, batch)
        for result in results:
            if result.fault is not Fault.NONE:
                raise SkillError(f"skill '{self._skill.name}' faults: {result.fault.label}")
        stacked = ([result.outputs[name].reshape(-1) for result in results] for name in self._outputs)
        return [torch.from_numpy(np.array(values, dtype=np.float64)) for values in stacked]

    def jacobians(self, batch: Sequence[Mapping[str, Cells]]) -> Tensor:
        """Of each lane, shape [lanes, rows, columns]."""
        if self._call is not None:
            before = {name: np.zeros(self._shapes[name]) for name in self._outputs}
            examples = (Example(dict(values), before, {}, None, 32, Span("", 1, 1)) for values in batch)
            return torch.from_numpy(np.array([autograd(self._call, example) for example in examples]))
        results = call_batch(self._library, self._skill.name, batch, jacobian=True)
        return torch.from_numpy(np.array([result.jacobian for result in results]))

    def pulled(self, jacobians: Tensor, grads: Sequence[Tensor]) -> list[Tensor | None]:
        """What comes back to each of what is given, from what comes back to each output."""
        by_row = dict(zip(self._outputs, grads, strict=True))
        adjoint = torch.cat([by_row[name] for name in self._rows], 1)
        found = torch.einsum("lr,lrc->lc", adjoint, jacobians)
        parts = found.split([self._size(name) for name in self._columns], 1)  # type: ignore[no-untyped-call]
        by_column = dict(zip(self._columns, parts, strict=True))
        return [by_column.get(name) for name in self._given]


class _Through(torch.autograd.Function):
    """A call of a skill on all lanes; what is saved for the way back are the data, not the run."""

    @staticmethod
    def forward(ctx: Any, function: SkillFunction, *values: Tensor) -> tuple[Tensor, ...]:
        ctx.function, ctx.values = function, values
        return tuple(function.run(function.batch(values)))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        jacobians = ctx.function.jacobians(ctx.function.batch(ctx.values))
        return (None, *ctx.function.pulled(jacobians, grads))
