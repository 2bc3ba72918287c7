"""The dense engine, the definition of the neural executor: every token through every layer, softmax over every key.

The residual stream goes round and round; nothing between two steps touches it but the ports. See `rows` for the option
that computes only the rows that can change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ccc.errors import UsageError
from ccc.machine import Image, Register, State
from ccc.neural.model import Model, constructed
from ccc.neural.rows import ChangedRows
from ccc.neural.stream import FullStream, Stream
from ccc.neural.threads import torch_threads

ROWS = ("changed", "all")


class DenseExecutor:
    """Runs a program in the Transformer by plain torch on the CPU.

    model: the weights, or None to construct those of the image's dialect and width. rows: `all` pushes every token
    through every layer; `changed` computes only the rows that can change, with equal results. threads: torch's; on
    small memories one is fastest by far.
    """

    def __init__(self, model: Model | None = None, *, rows: str = "changed", threads: int = 1) -> None:
        if rows not in ROWS:
            raise UsageError(f"no rows {rows!r}", f"known: {', '.join(ROWS)}")
        self._given = model
        self._rows = rows
        self._threads = threads
        self._model: Model | None = None
        self._stream: Stream | None = None
        self._inputs: list[float] = []
        self._consumed = 0
        self._outputs: list[float] = []

    @property
    def name(self) -> str:
        return "dense"

    @property
    def model(self) -> Model | None:
        """The weights that run, or None before the start where none were given."""
        return self._model or self._given

    @property
    def stream(self) -> Stream:
        """The residual stream. Raises RuntimeError before the start."""
        return self._started()

    def start(self, image: Image, inputs: Sequence[float] = ()) -> None:
        """Begin at the image's state. Raises WeightsError or ImageError where weights, image or inputs do not fit."""
        self.resume(image, image.state, image.check_inputs(inputs).tolist())

    def resume(self, image: Image, state: State, inputs: Sequence[float]) -> None:
        """Begin at `state`, which may hold what no image may: what a wrong weight has made of one.

        Raises WeightsError where weights and image do not fit.
        """
        model = self._given or constructed(image.dialect, image.width)
        model.check_fits(image)
        make: Callable[[Model, State], Stream] = FullStream if self._rows == "all" else ChangedRows
        self._stream = make(model, state)
        self._model, self._codec = model, model.codec
        self._inputs, self._consumed, self._outputs = list(inputs), 0, []

    def run(self, max_steps: int) -> int:
        """Execute up to `max_steps` instructions; return how many were."""
        stream = self._started()
        executed = 0
        with torch_threads(self._threads), torch.no_grad():
            while executed < max_steps and self._step(stream):
                executed += 1
        return executed

    def _step(self, stream: Stream) -> bool:
        """One pass through the network. False when the program had stopped, or stops with a fault."""
        others = stream.others()
        if self._has_stopped(others):
            return False
        waiting = self._inputs[self._consumed] if self._consumed < len(self._inputs) else None
        self._codec.offer_input(others, waiting)
        stream.step()
        others = stream.others()
        value = self._codec.output(others)
        if value is not None:
            self._outputs.append(value)
        if waiting is not None and self._codec.took_input(others):
            self._consumed += 1
        return not self._codec.registers(others)[Register.FAULT]

    def _has_stopped(self, others: Tensor) -> bool:
        registers = self._codec.registers(others)
        return bool(registers[Register.PC] < 0 or registers[Register.FAULT] != 0)

    def state(self) -> State:
        stream = self._started()
        values = self._codec.values(stream.cells()).numpy().copy()
        return State(values, self._codec.registers(stream.others()))

    def outputs(self, start: int = 0) -> list[float]:
        return self._outputs[start:]

    @property
    def consumed(self) -> int:
        """How many input values have been taken."""
        return self._consumed

    def snapshot(self) -> Any:
        """Where the run stands, for `restore`: the whole residual stream, input position and outputs."""
        # The list of outputs is shared with the snapshot: it only grows, and its first values are what counts.
        return self._started().snapshot(), self._consumed, self._outputs, len(self._outputs)

    def restore(self, snapshot: Any) -> None:
        """Go on from where this run stood when `snapshot` was taken, bit for bit."""
        stream, self._consumed, outputs, produced = snapshot
        self._started().restore(stream)
        self._outputs = outputs[:produced]

    def _started(self) -> Stream:
        if self._stream is None:
            raise RuntimeError("start() comes first")
        return self._stream
