"""The engines that gradients can be recorded with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

import torch
from torch import Tensor

from ccc.machine import REGISTERS, Executor, State
from ccc.neural.codec import CPU_TOKEN, EXTRA_TOKENS, INPUT_TOKEN, OUTPUT_TOKEN
from ccc.neural.dense import DenseExecutor
from ccc.neural.gradients.tape import Tape
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.model import Model
from ccc.neural.patterns import END, VALUE
from ccc.neural.sparse import SparseStepper, stepper_for
from ccc.neural.sparse_engine import SparseExecutor

_DOUBLE = 8  # bytes
_NONE, _ONE = torch.tensor(0.0, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)


class GradientEngine(Protocol):
    """One way to run a model's weights, with and without autograd."""

    def executor(self) -> Executor:
        """An executor for the steps that are not recorded."""

    def tape(self, cells: Tensor, registers: Tensor) -> Tape:
        """A tape that begins at cells [n] and registers [len(Register)]."""

    def bytes_per_step(self, cells: int) -> int:
        """About how much memory the recording of one step takes, with a memory of `cells` cells."""


class DenseEngine:
    """The definition: every token through every layer, softmax over every key, all of it recorded.

    Steps that are not recorded compute only the rows that can change.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def executor(self) -> Executor:
        return DenseExecutor(self._model)

    def tape(self, cells: Tensor, registers: Tensor) -> Tape:
        return _DenseTape(self._model, cells, registers)

    def bytes_per_step(self, cells: int) -> int:
        """What autograd keeps of each sublayer: its input, queries, keys, values and weights, or hidden units."""
        tokens, total = cells + EXTRA_TOKENS, 0
        for layer in self._model.transformer.sublayers:
            total += 2 * tokens * self._model.width
            if isinstance(layer, GatedFeedForward):
                total += 3 * tokens * len(layer.value)
            elif isinstance(layer, MultiHeadAttention):
                heads, depth, _ = layer.query.shape
                total += heads * tokens * (tokens + 2 * depth + layer.value.shape[1])
            elif isinstance(layer, MixtureOfExperts):
                total += tokens * len(layer.router)
        return total * _DOUBLE


class _DenseTape:
    def __init__(self, model: Model, cells: Tensor, registers: Tensor) -> None:
        self._transformer, self._codec = model.transformer, model.codec
        at = model.directions
        self._value, self._end = at[VALUE], at[END]
        self._registers = [at[name] for name in REGISTERS]
        x = self._codec.embed(State(cells.detach().numpy(), registers.detach().numpy()))
        x[:-EXTRA_TOKENS, self._value] = cells
        x[len(cells) + CPU_TOKEN, self._registers] = registers
        self._x = x

    def step(self, waiting: Tensor | None) -> tuple[bool, Tensor | None]:
        x = self._x.clone()
        port = x[len(x) - EXTRA_TOKENS + INPUT_TOKEN]
        port[self._value] = 0.0 if waiting is None else waiting
        port[self._end] = float(waiting is None)
        self._x = self._transformer(x)
        others = self._x[-EXTRA_TOKENS:]
        has_output = self._codec.output(others.detach()) is not None
        return self._codec.took_input(others), others[OUTPUT_TOKEN, self._value] if has_output else None

    def cells(self) -> Tensor:
        return self._x[:-EXTRA_TOKENS, self._value]

    def registers(self) -> Tensor:
        return self._x[len(self._x) - EXTRA_TOKENS + CPU_TOKEN, self._registers]


class SparseEngine:
    """Attention over the keys that can carry weight, and rows only for the CPU, the ports and the cell that is written.

    A step costs little more in a large memory than in a small one: it copies the values of the cells.
    """

    def __init__(self, model: Model) -> None:
        self._stepper = stepper_for(model)

    def executor(self) -> Executor:
        return SparseExecutor(self._stepper.model)

    def tape(self, cells: Tensor, registers: Tensor) -> Tape:
        return _SparseTape(self._stepper, cells, registers)

    def bytes_per_step(self, cells: int) -> int:
        model = self._stepper.model
        if self._stepper.reason:  # these weights run densely
            return DenseEngine(model).bytes_per_step(cells)
        return _DOUBLE * cells + DenseEngine(model).bytes_per_step(1)


class _SparseTape:
    def __init__(self, stepper: SparseStepper, cells: Tensor, registers: Tensor) -> None:
        self._stepper, self._codec = stepper, stepper.model.codec
        at = stepper.model.directions
        self._value = at[VALUE]
        self._registers = torch.tensor([at[name] for name in REGISTERS])
        state = stepper.embed([State(cells.detach().numpy(), registers.detach().numpy())])
        others = state.others.index_put((torch.tensor(0), torch.tensor(CPU_TOKEN), self._registers), registers)
        self._state = replace(state, values=cells, others=others)

    def step(self, waiting: Tensor | None) -> tuple[bool, Tensor | None]:
        given = [_NONE, _ONE] if waiting is None else [waiting, _NONE]
        self._state = self._stepper.step(self._state, torch.stack(given).unsqueeze(0))
        others = self._state.others[0]
        has_output = self._codec.output(others.detach()) is not None
        return self._codec.took_input(others), others[OUTPUT_TOKEN, self._value] if has_output else None

    def cells(self) -> Tensor:
        return self._state.values

    def registers(self) -> Tensor:
        return self._state.others[0, CPU_TOKEN, self._registers]


GRADIENT_ENGINES: Mapping[str, Callable[[Model], GradientEngine]] = MappingProxyType(
    {"sparse": SparseEngine, "dense": DenseEngine}
)
"""By name."""
