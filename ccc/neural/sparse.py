"""The sparse engine's step: the weights of a model over many programs at once, at a cost that no memory's size enters.

A state keeps the values of cells, of which nothing needs a row until it is written, and the rows of CPU and ports. A
step carries those rows, and a fourth one for the cell that is written, through the sublayers. Reading and writing look
only at keys that can carry weight (`sparse_attention`); the rows of all other cells stay as they are, which
`sparse_plan` derives from the weights.

What that does not cover is computed densely, every token of the program through every layer, with the same result:
- all steps with weights that lack the structure (`sparse_plan` lists it; `SparseStepper.reason` says which applies);
- a step in which attention has weight on more than one key, as when a wrong weight moves a read to between two cells or
  makes it too flat, or in which more than one cell is reached by the write;
- a step that leaves a cell other than quiet, or a number that is not finite, and those that follow it until all cells
  are ordinary again.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ccc.machine import State
from ccc.neural.codec import EXTRA_TOKENS, INPUT_TOKEN
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Transformer
from ccc.neural.model import Model
from ccc.neural.patterns import END, POSITION, POSITION_SQUARED, VALUE
from ccc.neural.sparse_attention import Memories, SparseAttention
from ccc.neural.sparse_layers import FEWEST_COLUMNS, SparseExperts, SparseFeedForward
from ccc.neural.sparse_plan import SLOTS, WRITTEN_TOKEN, Plan, is_silent_for, plan


@dataclass(frozen=True)
class SparseState:
    """The states of some programs between two steps.

    values: what the cells of all programs hold, one memory after the other, [cells]. starts, sizes: each program's
    place there, int64 [programs]. others: the rows of CPU, input port and output port, [programs, 3, width].
    streams: the whole residual stream [cells + 3, width] of each program that has cells which are not quiet.
    """

    values: Tensor
    starts: Tensor
    sizes: Tensor
    others: Tensor
    streams: Mapping[int, Tensor] = field(default_factory=dict)

    def memory(self, program: int) -> Tensor:
        """What the cells of one program hold: [its size], a view."""
        start = int(self.starts[program])
        return self.values[start : start + int(self.sizes[program])]


@dataclass(frozen=True)
class Advance:
    """One step of some programs, not yet stored. exact: bool [programs], where it is what every key would give.

    others: their new rows. places: where in `values` each program writes, `written`: what, for the programs `writers`.
    """

    exact: Tensor
    others: Tensor
    writers: Tensor
    places: Tensor
    written: Tensor


class SparseStepper:
    """Takes states one step further. `reason` says why the weights must run densely, and is empty where they need not.

    All tensors are on `device`.
    """

    def __init__(self, model: Model, device: str | torch.device = "cpu") -> None:
        self.model = model
        self.device = torch.device(device)
        self.plan = plan(model)
        self.reason = self.plan.reason
        self._at = model.directions
        self._moved: Transformer | None = None
        columns = [model.directions[name] for name in (POSITION, POSITION_SQUARED, VALUE)]
        self._cell_columns = torch.tensor(columns, device=self.device)
        self._start_free = torch.stack([kind.free for kind in self.plan.start]).to(self.device)
        self._start_known = torch.stack([kind.known for kind in self.plan.start]).to(self.device)
        self._quiet_known = self.plan.quiet.known.to(self.device)
        self._layers = [] if self.reason else list(_sublayers(model, self.plan, self.device))

    # ------------------------------------------------------------------------------------------- states

    def embed(self, states: Sequence[State]) -> SparseState:
        """The programs at `states`, their input exhausted."""
        codec = self.model.codec
        sizes = torch.tensor([len(state.cells) for state in states], dtype=torch.int64)
        values = torch.cat([torch.from_numpy(state.cells) for state in states])
        others = torch.stack([codec.embed_others(state, len(state.cells)) for state in states])
        values, starts, sizes, others = (
            part.to(self.device) for part in (values, sizes.cumsum(0) - sizes, sizes, others)
        )
        return SparseState(values, starts, sizes, others)

    def is_ordinary(self, stream: Tensor) -> bool:
        """Whether a stream [cells + 3, width] holds nothing but what a `SparseState` has place for, all finite."""
        cells, others = stream[:-EXTRA_TOKENS], stream[-EXTRA_TOKENS:]
        quiet = self._cells(cells[:, self._at[VALUE]])
        kind = (others == self._start_known) | self._start_free
        return bool(torch.equal(cells, quiet) and kind.all() and torch.isfinite(stream).all())

    def _cells(self, values: Tensor) -> Tensor:
        """Rows of quiet cells that hold `values` [n]: [n, width]."""
        positions = torch.arange(len(values), dtype=torch.float64, device=values.device)
        return self._cell_rows(positions, values)

    def _cell_rows(self, positions: Tensor, values: Tensor) -> Tensor:
        rows = self._quiet_known.repeat(len(positions), 1)
        columns = torch.stack([positions, positions * positions, values], dim=1)
        return rows.index_copy(1, self._cell_columns, columns)

    # --------------------------------------------------------------------------------------------- steps

    def step(self, state: SparseState, inputs: Tensor) -> SparseState:
        """E(S) for every program. inputs: [programs, 2], the next input value (0 where there is none) and the end flag.

        Nothing of `state` is changed, and the result is differentiable with respect to its values and rows, with the
        gradients of the dense computation.
        """
        if self.reason:
            exact = torch.zeros(len(state.sizes), dtype=torch.bool, device=self.device)
            result = state
        else:
            ahead = self.advance(state, inputs)
            exact = ahead.exact.clone()
            if state.streams:
                exact[list(state.streams)] = False
            stored = exact[ahead.writers]
            values = state.values.index_put((ahead.places[stored],), ahead.written[stored])
            others = torch.where(exact.view(-1, 1, 1), ahead.others, state.others)
            result = replace(state, values=values, others=others)
        for program in (~exact).nonzero().squeeze(-1).tolist():
            result = self._step_densely(result, program, inputs[program])
        return result

    def _step_densely(self, state: SparseState, program: int, waiting: Tensor) -> SparseState:
        """The step of one program by the whole network."""
        stream = self._with_input(self.stream(state, program), waiting)
        stream = self._transformer()(stream)
        streams = {index: other for index, other in state.streams.items() if index != program}
        if self.reason or not self.is_ordinary(stream.detach()):
            streams[program] = stream
        start, size = int(state.starts[program]), int(state.sizes[program])
        places = torch.arange(start, start + size, device=self.device)
        values = state.values.index_copy(0, places, stream[:-EXTRA_TOKENS, self._at[VALUE]])
        others = state.others.index_copy(
            0, torch.tensor([program], device=self.device), stream[-EXTRA_TOKENS:].unsqueeze(0)
        )
        return replace(state, values=values, others=others, streams=streams)

    def _transformer(self) -> Transformer:
        """The model's network on this device; the model's own is not moved."""
        if self.device.type == "cpu":
            return self.model.transformer
        if self._moved is None:
            self._moved = copy.deepcopy(self.model.transformer).to(self.device)
        return self._moved

    def stream(self, state: SparseState, program: int) -> Tensor:
        """The whole residual stream of one program: [its size + 3, width]."""
        if program in state.streams:
            return state.streams[program]
        return torch.cat([self._cells(state.memory(program)), state.others[program]])

    def _with_input(self, stream: Tensor, waiting: Tensor) -> Tensor:
        """The stream with `waiting` [2] at its input port."""
        row = len(stream) - EXTRA_TOKENS + INPUT_TOKEN
        places = (torch.tensor([row, row]), torch.tensor([self._at[VALUE], self._at[END]]))
        return stream.index_put(places, waiting)

    def advance(self, state: SparseState, inputs: Tensor) -> Advance:
        """The step of every program by sparse attention alone, where `exact`. inputs: as for `step`.

        Raises RuntimeError on weights that must run densely.
        """
        if self.reason:
            raise RuntimeError(f"these weights run densely: {self.reason}")
        lanes = len(state.sizes)
        memories = _padded_memories(state)
        x = state.others.new_zeros(self.model.width, SLOTS, len(memories.last))
        x[:, :EXTRA_TOKENS, :lanes] = state.others.permute(2, 1, 0)
        x[self._at[VALUE], INPUT_TOKEN, :lanes] = inputs[:, 0]
        x[self._at[END], INPUT_TOKEN, :lanes] = inputs[:, 1]
        exact = torch.ones_like(memories.last, dtype=torch.bool)
        position = torch.full_like(memories.last, -1.0)
        for layer in self._layers:
            if isinstance(layer, SparseFeedForward):
                layer.add_to(x)
            elif isinstance(layer, SparseExperts):
                layer.add_to(x, lanes)
            elif layer.writes:
                position, certain = self._wake(layer, x, memories)
                exact = exact & certain & layer.attend(x, memories, position >= 0)
            else:
                exact = exact & layer.attend(x, memories)
        return self._result(x[..., :lanes], exact[:lanes], position[:lanes], state)

    def _wake(self, layer: _Attention, x: Tensor, memories: Memories) -> tuple[Tensor, Tensor]:
        """Give the cell that is written its row, the fourth token of its lane. Return its position, or -1."""
        with torch.no_grad():
            position, certain = layer.head.written(x.detach(), memories)
            position = torch.where(certain, position, torch.full_like(position, -1.0))
            there = position.clamp(min=0.0)
        rows = self._cell_rows(there, memories.read(there)).T
        x[:, WRITTEN_TOKEN] = torch.where(position >= 0, rows, torch.zeros_like(rows))
        return position, certain

    def _result(self, x: Tensor, exact: Tensor, position: Tensor, state: SparseState) -> Advance:
        writers = (position >= 0).nonzero().squeeze(-1)
        cell = x[:, WRITTEN_TOKEN].index_select(1, writers)
        written = cell[self._at[VALUE]]
        with torch.no_grad():
            quiet = (self._cell_rows(position[writers], written) == cell.T).all(dim=1)
            # Numbers that are not finite would reach every other row in a dense step, by 0 times infinity.
            others_finite = torch.isfinite(x.detach()).all(dim=1).all(dim=0)
            sound = others_finite.index_put((writers,), others_finite[writers] & quiet)
        places = state.starts[writers] + position[writers].long()
        return Advance(exact & sound, x[:, :EXTRA_TOKENS].permute(2, 1, 0), writers, places, written)


@dataclass(frozen=True)
class _Attention:
    """A sublayer of attention and who asks there."""

    head: SparseAttention
    askers: slice
    writes: bool

    def attend(self, x: Tensor, memories: Memories, written: Tensor | None = None) -> Tensor:
        """See `SparseAttention.attend`. written: bool [lanes], where the fourth token is a cell."""
        real = None
        if written is not None and self.askers.stop > WRITTEN_TOKEN:
            real = torch.ones(self.askers.stop - self.askers.start, len(written), dtype=torch.bool, device=x.device)
            real[-1] = written
        return self.head.attend(x, self.askers, real, memories)


def _sublayers(model: Model, plan: Plan, device: torch.device) -> list[SparseFeedForward | SparseExperts | _Attention]:
    made: list[SparseFeedForward | SparseExperts | _Attention] = []
    for index, (layer, kinds) in enumerate(zip(model.transformer.sublayers, plan.kinds, strict=True)):
        if isinstance(layer, GatedFeedForward):
            made.append(SparseFeedForward(layer, kinds, device))
        elif isinstance(layer, MixtureOfExperts):
            made.append(SparseExperts(layer, kinds, device))
        elif isinstance(layer, MultiHeadAttention):
            writes = index == plan.writer
            tokens = (*kinds[:EXTRA_TOKENS], plan.quiet) if writes else kinds[:EXTRA_TOKENS]
            asks = [slot for slot, kind in enumerate(tokens) if not is_silent_for(layer, kind, kinds, model.directions)]
            if asks:
                head = SparseAttention(layer, tokens, plan.quiet, model.directions, device)
                made.append(_Attention(head, slice(asks[0], asks[-1] + 1), writes))
    return made


def _padded_memories(state: SparseState) -> Memories:
    """The memories of the programs, and enough lanes beside them for sums to have one order."""
    missing = FEWEST_COLUMNS - len(state.sizes)
    starts, last = state.starts, (state.sizes - 1).to(torch.float64)
    if missing > 0:
        starts, last = (torch.nn.functional.pad(part, (0, missing)) for part in (starts, last))
    return Memories(state.values, starts, last)


_KEPT = 8
_steppers: dict[tuple[int, int, str], SparseStepper] = {}


def stepper_for(model: Model, device: str = "cpu") -> SparseStepper:
    """The stepper of a model. The latest few are kept, and are made again where a tensor has been written to."""
    version = sum(weight._version for weight in model.transformer.parameters())
    key = (id(model.transformer), version, device)  # a stepper keeps its model, so that the number stays its own
    stepper = _steppers.pop(key, None) or SparseStepper(model, device)
    _steppers[key] = stepper
    for old in list(_steppers)[:-_KEPT]:
        del _steppers[old]
    return stepper
