"""Between the machine's state and the residual stream: one token per cell, then the CPU, the input and the output port.

Embedding is linear and by name: a cell's value, its position and its square; registers as directions of the CPU token.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ccc.machine import REGISTERS, State
from ccc.neural.patterns import (
    CELL,
    END,
    HIT,
    IN_PORT,
    OUT_PORT,
    POSITION,
    POSITION_SQUARED,
    SIZE,
    TAKEN,
    VALUE,
)

EXTRA_TOKENS = 3
CPU_TOKEN, INPUT_TOKEN, OUTPUT_TOKEN = 0, 1, 2
"""The places of the tokens that are no cells, counted from the last cell."""


class Codec:
    """Reads and writes a residual stream [tokens, width] by the names of its directions."""

    def __init__(self, places: Mapping[str, int], width: int) -> None:
        self._at = places
        self.width = width
        self._registers = [places[name] for name in REGISTERS]

    def embed(self, state: State) -> Tensor:
        """The stream for `state`, shape [cells + 3, width], with an exhausted input."""
        size = len(state.cells)
        x = torch.zeros(size + EXTRA_TOKENS, self.width, dtype=torch.float64)
        x[:size] = self.embed_cells(torch.arange(size), torch.from_numpy(state.cells))
        x[size:] = self.embed_others(state, size)
        return x

    def embed_cells(self, addresses: Tensor, values: Tensor) -> Tensor:
        """Rows for cells: addresses [k], values [k] -> [k, width]."""
        rows = torch.zeros(len(addresses), self.width, dtype=torch.float64)
        position = addresses.to(torch.float64)
        rows[:, self._at[CELL]] = 1.0
        rows[:, self._at[POSITION]] = position
        rows[:, self._at[POSITION_SQUARED]] = position * position
        rows[:, self._at[VALUE]] = values
        return rows

    def embed_others(self, state: State, size: int) -> Tensor:
        """Rows for CPU, input port and output port: [3, width]."""
        rows = torch.zeros(EXTRA_TOKENS, self.width, dtype=torch.float64)
        cpu, source, sink = rows[CPU_TOKEN], rows[INPUT_TOKEN], rows[OUTPUT_TOKEN]
        cpu[self._at["cpu"]] = 1.0
        cpu[self._registers] = torch.from_numpy(state.registers)
        cpu[self._at[SIZE]] = float(size)
        for port, kind in ((source, IN_PORT), (sink, OUT_PORT)):
            port[self._at[kind]] = 1.0
            port[self._at[POSITION]] = -1.0
            port[self._at[POSITION_SQUARED]] = 1.0
        source[self._at[END]] = 1.0
        return rows

    def offer_input(self, others: Tensor, value: float | None) -> None:
        """Place the next input value in the port, or the end flag. others: [3, width], changed in place."""
        others[INPUT_TOKEN, self._at[VALUE]] = 0.0 if value is None else value
        others[INPUT_TOKEN, self._at[END]] = 1.0 if value is None else 0.0

    def took_input(self, others: Tensor) -> bool:
        """Whether the network says that it took the input value."""
        return bool(others[CPU_TOKEN, self._at[TAKEN]] != 0)

    def output(self, others: Tensor) -> float | None:
        """The value that the network put out in this step, or None."""
        port = others[OUTPUT_TOKEN]
        return float(port[self._at[VALUE]]) if port[self._at[HIT]] != 0 else None

    def registers(self, others: Tensor) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The registers, shape [len(Register)]."""
        found: np.ndarray[tuple[int], np.dtype[np.float64]] = others[CPU_TOKEN, self._registers].numpy().copy()
        return found

    def values(self, cells: Tensor) -> Tensor:
        """What the cells hold: [n, width] -> [n]."""
        return cells[:, self._at[VALUE]]
