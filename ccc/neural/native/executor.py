"""The native engine: the network's weights as machine code, equal to the dense engine bit for bit.

Where the weights have a structure that cannot be lowered, or a step does something that the machine code has no way
for (attention spread over several keys, say), the dense engine takes over, and hands back when the residual stream is
an ordinary one again. With constructed weights that never happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccc.machine import REGISTERS, Cells, Image, Register, State
from ccc.machine.checksum import START
from ccc.neural.native.abi import GUESSES, Counter, Status, Token
from ccc.neural.native.network import Network, constructed_network, network_of, network_of_file

if TYPE_CHECKING:
    from ccc.neural.model import Model
    from ccc.neural.native.fallback import Fallback

_ROOM = 1 << 12
_MOST_PATIENCE = 1 << 12


@dataclass(frozen=True)
class _Snapshot:
    cells: Cells
    rows: Cells
    counters: Cells
    produced: int
    fallback: Any


class NativeExecutor:
    """Runs a program in the Transformer as machine code.

    model: the weights; or `weights`, a file that holds them; or neither, for the constructed ones of the image's
    dialect and width. checksum: keep the running checksum of what instructions touch.
    """

    def __init__(
        self, model: Model | None = None, *, weights: str | Path | None = None, checksum: bool = False
    ) -> None:
        self._model = model
        self._file = None if weights is None else Path(weights)
        self._keeps_checksum = checksum
        self._image: Image | None = None
        self._outputs: list[float] = []
        self._fallback: Fallback | None = None
        self._patience = 1
        self._dense_steps = 0

    @property
    def name(self) -> str:
        return "native"

    @property
    def model(self) -> Model | None:
        """The weights that were given, read if they are in a file, or None for constructed ones."""
        if self._model is None and self._file is not None:
            from ccc.neural.weights import read_weights

            self._model = read_weights(self._file)
        return self._model

    def start(self, image: Image, inputs: Sequence[float] = ()) -> None:
        """Begin at the image's state. Raises WeightsError or ImageError where weights, image or inputs do not fit."""
        self._network = self._find_network(image)
        numbers = image.check_inputs(inputs)
        self._image, self._outputs = image, []
        self._fallback, self._patience, self._dense_steps = None, 1, 0
        self._cells = image.state.cells.copy()
        self._inputs = np.append(numbers, 0.0)
        self._buffer, self._guesses = np.zeros(_ROOM), np.zeros(GUESSES)
        self._counters = np.zeros(len(Counter), dtype=np.int64)
        self._counters[[Counter.INPUTS, Counter.ROOM]] = len(numbers), _ROOM
        self._counters[Counter.CHECKSUM : Counter.CHECKSUM + 1].view(np.uint64)[0] = START
        if self._network is not None:
            self._rows = self._network.interface.rows(image)
        if not self._is_native(image):
            self._fall_back(image.state)

    def _find_network(self, image: Image) -> Network | None:
        if self._model is None and self._file is not None:
            network = network_of_file(self._file, checksum=self._keeps_checksum)
            if network is None or not network.interface.fits(image):
                assert self.model is not None
                self.model.check_fits(image)  # says what does not fit
            return network
        if self._model is not None:
            self._model.check_fits(image)
            return network_of(self._model, checksum=self._keeps_checksum)
        return constructed_network(image.dialect, image.width, checksum=self._keeps_checksum)

    def _is_native(self, image: Image) -> bool:
        """Whether machine code can begin at the image's state."""
        if self._network is None or not 0 < image.size <= self._network.interface.largest_memory:
            return False
        return self._network.interface.is_ordinary(self._cells, self._rows)

    def run(self, max_steps: int) -> int:
        """Execute up to `max_steps` instructions; return how many were."""
        executed = 0
        while executed < max_steps and not self._stopped():
            if self._fallback is not None:
                executed += self._run_dense(max_steps - executed)
                continue
            done, status = self._run_native(max_steps - executed)
            executed += done
            if status is Status.ABANDONED:
                self._patience = 1 if done > self._patience else min(2 * self._patience, _MOST_PATIENCE)
                self._fall_back(self.state())
        return executed

    def _stopped(self) -> bool:
        registers = self.registers()
        return bool(registers[Register.PC] < 0 or registers[Register.FAULT] != 0)

    def _run_native(self, limit: int) -> tuple[int, Status]:
        assert self._network is not None
        self._counters[[Counter.LIMIT, Counter.EXECUTED]] = limit, 0
        status = Status.FULL
        while status is Status.FULL:
            status = self._network.run(
                self._cells, self._rows, self._inputs, self._buffer, self._guesses, self._counters
            )
            self._outputs += self._buffer[: self._counters[Counter.PRODUCED]].tolist()
            self._counters[Counter.PRODUCED] = 0
        return int(self._counters[Counter.EXECUTED]), status

    # -- The dense engine's turn ----------------------------------------------------------------------------------

    def _fall_back(self, state: State) -> None:
        """Let the dense engine go on from here."""
        from ccc.neural.model import constructed
        from ccc.neural.native.fallback import Fallback

        image = self._started()
        model = self.model or constructed(image.dialect, image.width)
        rows = None if self._network is None else self._rows
        inputs = self._inputs[self.consumed : -1].tolist()
        self._fallback = Fallback(model, image, state, inputs, rows)

    def _run_dense(self, limit: int) -> int:
        fallback = self._fallback
        assert fallback is not None
        steps = min(limit, self._patience)
        consumed = fallback.consumed
        checksum = self.checksum if self._keeps_checksum else None
        executed, checksum = fallback.run(steps, checksum)
        if checksum is not None:
            self._counters[Counter.CHECKSUM : Counter.CHECKSUM + 1].view(np.uint64)[0] = checksum
        self._dense_steps += executed
        self._outputs += fallback.new_outputs()
        self._counters[Counter.CONSUMED] += fallback.consumed - consumed
        if self._is_native_again(fallback):
            self._cells, self._rows = fallback.cells_and_rows()
            self._fallback = None
        return executed

    def _is_native_again(self, fallback: Fallback) -> bool:
        network = self._network
        fits = network is not None and 0 < len(self._cells) <= network.interface.largest_memory
        return network is not None and fits and fallback.is_ordinary(network.interface)

    # -- What can be asked ----------------------------------------------------------------------------------------

    def state(self) -> State:
        if self._fallback is not None:
            return self._fallback.state()
        self._started()
        return State(self._cells.copy(), self.registers())

    def registers(self) -> Cells:
        """A copy of the registers, shape [len(Register)]: cheaper than the whole state."""
        if self._fallback is not None:
            return self._fallback.state().registers
        assert self._network is not None
        places = self._network.interface.places
        registers: Cells = self._rows[Token.CPU, [places[name] for name in REGISTERS]]
        return registers

    def outputs(self, start: int = 0) -> list[float]:
        return self._outputs[start:]

    @property
    def consumed(self) -> int:
        """How many input values have been taken."""
        return int(self._counters[Counter.CONSUMED])

    @property
    def checksum(self) -> int | None:
        """The running checksum of all instructions so far (`ccc.machine.checksum`), where it is kept."""
        if not self._keeps_checksum:
            return None
        return int(self._counters[Counter.CHECKSUM : Counter.CHECKSUM + 1].view(np.uint64)[0])

    @property
    def dense_steps(self) -> int:
        """How many instructions the dense engine executed since the start."""
        return self._dense_steps

    def snapshot(self) -> Any:
        """Where the run stands, for `restore`."""
        self._started()
        fallback = None if self._fallback is None else self._fallback.snapshot()
        rows = None if self._network is None else self._rows.copy()
        return _Snapshot(self._cells.copy(), rows, self._counters.copy(), len(self._outputs), fallback)  # type: ignore[arg-type]

    def restore(self, snapshot: Any) -> None:
        """Go on from where this run, or an equal one, stood when `snapshot` was taken."""
        self._cells, self._counters = snapshot.cells.copy(), snapshot.counters.copy()
        if self._network is not None:
            self._rows = snapshot.rows.copy()
        if len(self._outputs) < snapshot.produced:
            raise ValueError("a snapshot of a run that had put out more")
        del self._outputs[snapshot.produced :]
        if snapshot.fallback is None:
            self._fallback = None
        else:
            if self._fallback is None:
                self._fall_back(State(self._cells.copy(), self.registers()))
            assert self._fallback is not None
            self._fallback.restore(snapshot.fallback)

    def _started(self) -> Image:
        if self._image is None:
            raise RuntimeError("start() comes first")
        return self._image
