"""The emulator as an executor: holds a program's arrays, runs the compiled rules over them, collects the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.emulator.checksum import CHECKSUM, COUNTS, Sums, fresh_sums
from ccc.emulator.core import (
    BITS,
    CONSUMED,
    FAULT,
    HIGH,
    INPUTS,
    INPUTS_AT,
    LOW,
    PC,
    PRODUCED,
    READS,
    READS_AT,
    RECORD,
    RECORD_ALL,
    RECORD_NOTHING,
    RECORD_WRITES,
    ROOM,
    WRITES,
    WRITES_AT,
)
from ccc.emulator.plain import run_plain
from ccc.emulator.step import run
from ccc.isa import decode
from ccc.machine import Cells, Image, Register, State, instruction_at, word_range

_OUTPUT_ROOM = 1 << 12

Accesses = tuple[tuple[int, float], ...]
"""Cells touched by one instruction, as (address, value)."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """All that a run needs to go on. The list of outputs is shared: it only grows, and `produced` of them count."""

    cells: NDArray[Any]
    registers: Cells
    consumed: float
    outputs: list[float]
    produced: int
    sums: Sums | None


class Emulator:
    """The reference executor.

    record: keep each instruction's reads and writes for `accesses` (slower). checksum: compute the running checksum
    (`ccc.machine.checksum`) and count the instructions by mnemonic; code without either is what runs otherwise.
    """

    def __init__(self, *, record: bool = False, checksum: bool = False) -> None:
        self._record = record
        self._with_sums = checksum
        self._sums: Sums | None = None
        self._outputs: list[float] = []
        self._image: Image | None = None
        self._cells: NDArray[Any] = np.zeros(0)
        self._registers: Cells = np.zeros(0)
        self._ports: Cells = np.zeros(0)

    @property
    def name(self) -> str:
        return "emulator"

    def start(self, image: Image, inputs: Sequence[float] = ()) -> None:
        """Begin at the image's state. Raises ImageError on an input value that the dialect cannot hold."""
        plain = not image.dialect.extended
        numbers = image.check_inputs(inputs)
        self._image = image
        self._outputs = []
        self._cells = image.state.cells.astype(np.int64 if plain else np.float64)
        self._registers = np.zeros(BITS + 1)
        self._registers[: len(Register)] = image.state.registers
        self._registers[[LOW, HIGH, BITS]] = *word_range(image.width), image.width
        self._ports = np.zeros(INPUTS_AT + len(numbers) + _OUTPUT_ROOM)
        self._ports[[INPUTS, ROOM, RECORD]] = len(numbers), _OUTPUT_ROOM, self._recorded(plain)
        self._ports[INPUTS_AT : INPUTS_AT + len(numbers)] = numbers
        self._sums = fresh_sums() if self._with_sums else None
        self._execute(0)  # compiles, or loads what was compiled before

    def _recorded(self, plain: bool) -> int:
        if self._record:
            return RECORD_ALL
        return RECORD_WRITES if self._with_sums and not plain else RECORD_NOTHING

    def run(self, max_steps: int) -> int:
        """Execute up to `max_steps` instructions; return how many were."""
        executed = 0
        while executed < max_steps and self._registers[FAULT] == 0 and self._registers[PC] >= 0:
            executed += self._execute(max_steps - executed)
            self._drain()
        return executed

    def _execute(self, limit: int) -> int:
        dialect = self._started().dialect
        m, r, p, sums = self._cells, self._registers, self._ports, self._sums
        with np.errstate(over="ignore"):  # sums are modulo 2**64; only without compilation does numpy mind
            if dialect.extended:
                return int(run(m, r, p, limit, sums))
            return int(run_plain(m, r, p, limit, dialect.written_first, dialect.io, dialect.modulo, sums))

    def state(self) -> State:
        self._started()
        return State(self._cells.astype(np.float64), self._registers[: len(Register)].copy())

    def registers(self) -> Cells:
        """A copy of the registers, shape [len(Register)]: cheaper than the whole state."""
        return self._registers[: len(Register)].copy()

    def outputs(self, start: int = 0) -> list[float]:
        return self._outputs[start:]

    @property
    def consumed(self) -> int:
        """How many input values have been taken."""
        return int(self._ports[CONSUMED])

    @property
    def checksum(self) -> int | None:
        """The running checksum of what every instruction touched, or None where it is not computed."""
        return None if self._sums is None else int(self._sums[CHECKSUM])

    @property
    def opcodes(self) -> dict[str, int] | None:
        """How often each mnemonic was executed, or None where no checksum is computed."""
        if self._sums is None:
            return None
        extended = self._started().dialect.extended
        counts = enumerate(self._sums[COUNTS:].tolist(), 1)
        rows = ((decode(-number, extended=extended), count) for number, count in counts if count)
        return {row.mnemonic: count for row, count in rows if row}

    def snapshot(self) -> Any:
        """Where the run stands, for `restore`."""
        self._started()
        return _Snapshot(
            self._cells.copy(),
            self._registers.copy(),
            float(self._ports[CONSUMED]),
            self._outputs,
            len(self._outputs),
            None if self._sums is None else self._sums.copy(),
        )

    def restore(self, snapshot: Any) -> None:
        """Go on from where this run stood when `snapshot` was taken, bit for bit."""
        self._cells[:] = snapshot.cells
        self._registers[:] = snapshot.registers
        self._ports[CONSUMED] = snapshot.consumed
        self._outputs = snapshot.outputs[: snapshot.produced]
        self._sums = None if snapshot.sums is None else snapshot.sums.copy()

    def next_instruction(self) -> tuple[float, ...]:
        """The three cells at the program counter, or () where there are none."""
        return instruction_at(self._cells, self._registers[PC])

    def accesses(self) -> tuple[Accesses, Accesses]:
        """Reads and writes of the last instruction executed. Needs `record`."""
        return self._pairs(READS, READS_AT), self._pairs(WRITES, WRITES_AT)

    def _pairs(self, counter: int, at: int) -> Accesses:
        rows = self._ports[at : at + 2 * int(self._ports[counter])].reshape(-1, 2)
        return tuple((int(address), float(value)) for address, value in rows)

    def _started(self) -> Image:
        if self._image is None:
            raise RuntimeError("start() comes first")
        return self._image

    def _drain(self) -> None:
        begin = INPUTS_AT + int(self._ports[INPUTS])
        self._outputs += self._ports[begin : begin + int(self._ports[PRODUCED])].tolist()
        self._ports[PRODUCED] = 0
