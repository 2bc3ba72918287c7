"""The sparse engine: programs run side by side by `SparseStepper`, densely wherever that does not cover a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ccc.machine import Image, State
from ccc.neural.batch_host import LaneBatch, LaneRun
from ccc.neural.codec import INPUT_TOKEN
from ccc.neural.model import Model, constructed
from ccc.neural.patterns import END, VALUE
from ccc.neural.rows import ChangedRows
from ccc.neural.sparse import SparseState, stepper_for

_LONGEST_STAY = 1024
"""Steps that a program at most runs densely before it is looked at again."""


@dataclass
class _Dense:
    """A program that runs densely. left: steps until it is looked at again."""

    stream: ChangedRows
    left: int


class SparseLanes:
    """Lanes of the sparse engine. A program goes back from dense steps to sparse ones when its cells are ordinary.

    Each time that it has to leave them, it stays away for twice as long, as the change costs more than a step.
    """

    def __init__(self, model: Model, states: Sequence[State], device: str = "cpu") -> None:
        self._model = model
        self._stepper = stepper_for(model, device)
        self._state = self._stepper.embed(states)
        self._dense: dict[int, _Dense] = {}
        self._stay = [1] * len(states)
        if self._stepper.reason:
            for lane in range(len(states)):
                self._leave(lane)

    @property
    def dense(self) -> list[int]:
        """The lanes that run densely now."""
        return sorted(self._dense)

    def others(self) -> Tensor:
        return self._state.others

    def values(self, lane: int) -> Tensor:
        if lane in self._dense:
            return self._model.codec.values(self._dense[lane].stream.cells())
        return self._state.memory(lane)

    def step(self, inputs: Tensor) -> None:
        failed = self._step_sparsely(inputs) if len(self._dense) < len(self._stay) else []
        if not failed and not self._dense:
            return
        for lane in failed:
            self._leave(lane)
        others = self._state.others.clone()
        for lane in self.dense:
            others[lane] = self._step_densely(lane, inputs[lane])
        self._state = replace(self._state, others=others)

    def _step_sparsely(self, inputs: Tensor) -> list[int]:
        """One step of all lanes but the dense ones. Return those that could not take it, as they were."""
        state = self._state
        if not self._dense:
            ahead = self._stepper.advance(state, inputs)
            exact = ahead.exact
            if bool(exact.all()):
                state.values.index_put_((ahead.places,), ahead.written)
                self._state = replace(state, others=ahead.others)
                return []
            lanes = torch.arange(len(self._stay), device=exact.device)
        else:
            lanes = torch.tensor([n for n in range(len(self._stay)) if n not in self._dense], device=inputs.device)
            ahead = self._stepper.advance(_some(state, lanes), inputs[lanes])
            exact = ahead.exact
        stored = exact[ahead.writers]
        state.values.index_put_((ahead.places[stored],), ahead.written[stored])
        others = state.others.index_copy(0, lanes[exact], ahead.others[exact])
        self._state = replace(state, others=others)
        failed: list[int] = lanes[~exact].tolist()
        return failed

    def _leave(self, lane: int) -> None:
        """Let a program run densely from here on."""
        values, others = self._state.memory(lane).cpu(), self._state.others[lane].cpu()
        state = State(values.numpy().copy(), self._model.codec.registers(others))
        stream = ChangedRows(self._model, state)
        stream.others().copy_(others)
        self._dense[lane] = _Dense(stream, self._stay[lane])
        self._stay[lane] = min(2 * self._stay[lane], _LONGEST_STAY)

    def _step_densely(self, lane: int, waiting: Tensor) -> Tensor:
        """One step of a dense lane, whose rows [3, width] are returned; the last one, if its cells are ordinary now."""
        dense, places = self._dense[lane], self._model.directions
        port = dense.stream.others()[INPUT_TOKEN]
        port[places[VALUE]], port[places[END]] = waiting[0], waiting[1]
        dense.stream.step()
        others = dense.stream.others().clone()
        dense.left -= 1
        if dense.left <= 0 and not self._stepper.reason:
            whole = torch.cat([dense.stream.cells(), others]).to(self._state.values.device)
            if self._stepper.is_ordinary(whole):
                self._state.memory(lane).copy_(self.values(lane))
                del self._dense[lane]
            else:
                dense.left = self._stay[lane]
        return others

    def keep(self, lanes: Tensor) -> None:
        self._state = _some(self._state, lanes)
        kept: list[int] = lanes.tolist()
        self._dense = {new: self._dense[old] for new, old in enumerate(kept) if old in self._dense}
        self._stay = [self._stay[lane] for lane in kept]

    def snapshot(self) -> Any:
        streams = {lane: (dense.stream.snapshot(), dense.left) for lane, dense in self._dense.items()}
        return replace(self._state, values=self._state.values.clone()), streams, list(self._stay)

    def restore(self, snapshot: Any) -> None:
        state, streams, stay = snapshot
        self._state = replace(state, values=state.values.clone())
        self._dense, self._stay = {}, list(stay)
        for lane, (stream, left) in streams.items():
            self._leave(lane)
            self._dense[lane].stream.restore(stream)
            self._dense[lane].left = left
        self._stay = list(stay)


def _some(state: SparseState, lanes: Tensor) -> SparseState:
    """The programs `lanes` of a state, over the same values."""
    return replace(state, starts=state.starts[lanes], sizes=state.sizes[lanes], others=state.others[lanes])


class SparseBatch(LaneBatch):
    """Many programs at once on the sparse engine: different programs, data and sizes of memory in one batch.

    A step costs what the running programs cost; the size of their memories does not matter. device: where all tensors
    are. See `LaneBatch` for the rest.
    """

    def __init__(self, model: Model | None = None, *, threads: int = 1, device: str = "cpu") -> None:
        super().__init__(
            "sparse", lambda model, states: SparseLanes(model, states, device), lambda _: (), model, threads
        )


class SparseExecutor:
    """Runs one program on the sparse engine.

    model: the weights, or None to construct those of the image's dialect and width. threads: torch's.
    """

    def __init__(self, model: Model | None = None, *, threads: int = 1, device: str = "cpu") -> None:
        self._given = model
        self._model: Model | None = None
        self._batch = SparseBatch(model, threads=threads, device=device)

    @property
    def name(self) -> str:
        return "sparse"

    @property
    def model(self) -> Model | None:
        """The weights that run, or None before the start where none were given."""
        return self._model or self._given

    def start(self, image: Image, inputs: Sequence[float] = ()) -> None:
        """Begin at the image's state. Raises WeightsError or ImageError where weights, image or inputs do not fit."""
        self._batch.start([image], [inputs])
        self._model = self._given or constructed(image.dialect, image.width)

    def run(self, max_steps: int) -> int:
        """Execute up to `max_steps` instructions; return how many were."""
        self._started()
        return self._batch.run(max_steps)[0]

    def state(self) -> State:
        self._started()
        return self._batch.states()[0]

    def outputs(self, start: int = 0) -> list[float]:
        return self._started().outputs[0][start:]

    @property
    def consumed(self) -> int:
        """How many input values have been taken."""
        return self._started().consumed[0]

    def snapshot(self) -> Any:
        """Where the run stands, for `restore`: cells, rows, input position and outputs."""
        return self._started().snapshot()

    def restore(self, snapshot: Any) -> None:
        """Go on from where this run stood when `snapshot` was taken, bit for bit."""
        self._started().restore(snapshot)

    def _started(self) -> LaneRun:
        runs = self._batch.runs()
        if not runs:
            raise RuntimeError("start() comes first")
        return runs[0]
