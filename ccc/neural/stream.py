"""The residual stream of a running program, and the plainest way to take it one step further."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor

from ccc.machine import State
from ccc.neural.codec import EXTRA_TOKENS
from ccc.neural.model import Model


class Stream(Protocol):
    """A residual stream between two steps."""

    def others(self) -> Tensor:
        """The rows of CPU, input port and output port: [3, width], the stream's own."""

    def cells(self) -> Tensor:
        """The rows of the cells: [cells, width]."""

    def step(self) -> None:
        """One pass through the network."""

    def snapshot(self) -> Any:
        """A copy of everything that the next step depends on."""

    def restore(self, snapshot: Any) -> None:
        """Take up what `snapshot` copied, and leave it as it is."""


class FullStream:
    """Every token through every layer: x <- Transformer(x), x of shape [cells + 3, width]."""

    def __init__(self, model: Model, state: State) -> None:
        self._transformer = model.transformer
        self._x = model.codec.embed(state)

    def others(self) -> Tensor:
        return self._x[-EXTRA_TOKENS:]

    def cells(self) -> Tensor:
        return self._x[:-EXTRA_TOKENS]

    def step(self) -> None:
        self._x = self._transformer(self._x)

    def snapshot(self) -> Tensor:
        return self._x.clone()

    def restore(self, snapshot: Tensor) -> None:
        self._x = snapshot.clone()
