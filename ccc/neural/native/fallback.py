"""The dense engine in the native engine's place: for weights and steps that machine code has no way for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ccc.machine import Cells, Image, Register, State
from ccc.machine.checksum import fold
from ccc.neural.dense import DenseExecutor
from ccc.neural.model import Model
from ccc.neural.native.interface import Interface
from ccc.neural.rows import ChangedRows


class Fallback:
    """A dense run that begins at a residual stream. rows: CPU and ports, [3, width], or None for those of the image."""

    def __init__(self, model: Model, image: Image, state: State, inputs: Sequence[float], rows: Cells | None) -> None:
        self._executor = DenseExecutor(model)
        self._executor.resume(image, state, inputs)
        self._shown = 0
        stream = self._executor.stream
        assert isinstance(stream, ChangedRows)
        self._stream = stream
        if rows is not None:
            self._stream.others()[:] = torch.from_numpy(rows)

    @property
    def consumed(self) -> int:
        """How many input values have been taken."""
        return self._executor.consumed

    def run(self, max_steps: int, checksum: int | None) -> tuple[int, int | None]:
        """Execute up to `max_steps` instructions; returns how many were, and the checksum after them."""
        if checksum is None:
            return self._executor.run(max_steps), None
        executed = 0
        while executed < max_steps and self._executor.run(1):
            executed += 1
            state = self._executor.state()
            written = self._stream.written
            writes = [(float(cell), float(state.cells[cell])) for cell in written[:1]]
            checksum = fold(checksum, state.pc, float(state.registers[Register.SP]), writes)
        return executed, checksum

    def new_outputs(self) -> list[float]:
        """What was put out since the last call."""
        values = self._executor.outputs(self._shown)
        self._shown += len(values)
        return values

    def state(self) -> State:
        """A copy of the present state."""
        return self._executor.state()

    def is_ordinary(self, interface: Interface) -> bool:
        """Whether machine code can go on from here."""
        cells, rows = self.cells_and_rows()
        return not self._stream.is_awake and interface.is_ordinary(cells, rows)

    def cells_and_rows(self) -> tuple[Cells, Cells]:
        """The cells [n], and the rows of CPU and ports [3, width]."""
        return self._executor.state().cells, self._stream.others().numpy().copy()

    def snapshot(self) -> Any:
        """Where the run stands, for `restore`."""
        return self._executor.snapshot(), self._shown

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot of this run."""
        inner, self._shown = snapshot
        self._executor.restore(inner)
