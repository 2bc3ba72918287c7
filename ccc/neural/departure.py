"""Where a Transformer departs from the constructed one: the first sublayer, unit or head, token and direction.

Both take the same steps side by side, sublayer by sublayer, and their residual streams are compared bit for bit after
each. A wrong weight may leave something hidden long before the program's results go wrong, such as a working direction
that is not cleared; so the search begins where the program begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ccc.machine import Image, Register, State
from ccc.neural.codec import EXTRA_TOKENS
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.materialise import LayerNames
from ccc.neural.model import Model, constructed
from ccc.neural.rows import ChangedRows, TooManyRows
from ccc.neural.threads import torch_threads

FIRST_STEPS = 2_000
"""So many steps are searched from the program's start,"""
LAST_STEPS = 50
"""and so many before the visible difference, if that comes later."""
MAX_ROWS, MAX_ROWS_AT_ONCE = 1_000_000, 8_192
"""A search ends early when so many rows went through a sublayer, in all or at once: wrong weights can make every row
count."""
MAX_NUMBERS = 1 << 24
"""A residual stream of more numbers is not searched: it takes a gigabyte to run two of them."""

StateAt = Callable[[int], tuple[State, int]]
"""The state after so many steps of the right run, and how many input values it has taken by then."""

_Pass = tuple[Tensor, Tensor, Tensor]
"""What a sublayer did: rows [k], and what they held before and after [k, width]."""
_TOKENS = ("cpu", "input port", "output port")


@dataclass(frozen=True, slots=True)
class Departure:
    """The first place where two residual streams differ. value: what it holds; expected: with constructed weights.

    layer: the sublayer's name. head, or expert, part (the sublayer inside the expert, or `router`) and unit say where
    in it, and are empty where that does not apply or no single one can be named. expected_expert: whom the constructed
    router chooses, where that is the difference. token: `cpu`, `input port`, `output port` or `cell N`.
    """

    step: int
    layer: str
    token: str
    direction: str
    value: float
    expected: float
    head: str = ""
    expert: str = ""
    expected_expert: str = ""
    part: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched, and what was found. searched: ranges of steps, (first, last). note: why nothing was found."""

    departure: Departure | None
    searched: tuple[tuple[int, int], ...] = ()
    note: str = ""


def find_departure(model: Model, image: Image, inputs: Sequence[float], step: int, state_at: StateAt) -> Search:
    """Search for the first departure of `model` from the constructed weights for the image's dialect and width.

    step: the instruction at which results differ, the last to be searched. state_at: the right run, for a search that
    begins late.
    """
    right = constructed(image.dialect, image.width)
    if not _comparable(model, right):
        return Search(None, note="these weights are of another shape than the constructed ones, or named otherwise")
    if (image.size + EXTRA_TOKENS) * model.width > MAX_NUMBERS:
        return Search(None, note=f"not searched: {image.size:,} cells make too large a residual stream")
    streams = _Comparison(model, right)
    if not streams.suspects:
        return Search(None, note="these are the constructed weights: it is the engine that differs")
    with torch_threads(1), torch.no_grad():
        return _search(streams, image, inputs, step, state_at)


def _search(streams: _Comparison, image: Image, inputs: Sequence[float], step: int, state_at: StateAt) -> Search:
    numbers = image.check_inputs(inputs).tolist()
    found, last = streams.run(image.state, numbers, 0, min(step, FIRST_STEPS - 1))
    searched = [(0, last)]
    late = max(FIRST_STEPS, step - LAST_STEPS + 1)
    if found is None and late <= step:
        state, consumed = state_at(late)
        found, last = streams.run(state, numbers[consumed:], late, step)
        searched.append((late, last))
    note = "" if found else "none in the steps searched"
    return Search(found, tuple(pair for pair in searched if pair[0] <= pair[1]), note)


def _comparable(model: Model, constructed: Model) -> bool:
    def shapes(of: Model) -> list[tuple[str, torch.Size]]:
        return [(name, tensor.shape) for name, tensor in of.transformer.state_dict().items()]

    return (
        shapes(model) == shapes(constructed)
        and model.layers == constructed.layers
        and dict(model.directions) == dict(constructed.directions)
    )


class _Comparison:
    """Two models taking the same steps. suspects: the sublayers whose weights differ; only there can they part."""

    def __init__(self, model: Model, constructed: Model) -> None:
        self._models = (model, constructed)
        self._layers = list(
            zip(model.transformer.sublayers, constructed.transformer.sublayers, model.layers, strict=True)
        )
        self.suspects = {index for index, (left, right, _) in enumerate(self._layers) if not _same_weights(left, right)}

    def run(self, state: State, inputs: Sequence[float], first: int, last: int) -> tuple[Departure | None, int]:
        """Take the steps `first` to `last` from `state`; return the departure and the last step taken.

        inputs: those not taken yet.
        """
        given, right = (ChangedRows(model, state) for model in self._models)
        codec, waiting, computed = self._models[1].codec, list(reversed(inputs)), 0
        for step in range(first, last + 1):
            registers = codec.registers(right.others())
            if registers[Register.PC] < 0 or registers[Register.FAULT] != 0 or computed > MAX_ROWS:
                return None, step - 1
            for stream in (given, right):
                codec.offer_input(stream.others(), waiting[-1] if waiting else None)
            try:
                for index, passed in enumerate(_side_by_side(given, right)):
                    computed += len(passed[0][0])
                    departure = self._compare(index, (given, right), passed) if index in self.suspects else None
                    if departure:
                        return replace(departure, step=step), step
            except TooManyRows:
                return None, step - 1
            if waiting and codec.took_input(right.others()):
                waiting.pop()
        return None, last

    def _compare(
        self,
        index: int,
        streams: tuple[ChangedRows, ChangedRows],
        passed: tuple[_Pass, _Pass],
    ) -> Departure | None:
        """Where the two streams differ after sublayer `index`, if they do."""
        (rows, _, after), (right_rows, right_before, right_after) = passed
        if torch.equal(rows, right_rows) and not bool(_differ(after, right_after).any()):
            return None
        left, right = _whole(streams[0], rows, after), _whole(streams[1], right_rows, right_after)
        differing = _differ(left, right).any(dim=-1).nonzero().squeeze(-1).tolist()
        if not differing:
            return None
        size = len(streams[0].cells())
        row = min(differing, key=lambda row: (row < size, row))
        token = _TOKENS[row - size] if row >= size else f"cell {row}"
        place = int(_differ(left[row], right[row]).nonzero()[0])
        x = _whole(streams[1], right_rows, right_before)
        direction = self._direction(place, self._owner(index, x[row], place))
        name = self._layers[index][2].name
        found = Departure(0, name, token, direction, float(left[row, place]), float(right[row, place]))
        return self._explain(found, index, x, row, place)

    def _explain(self, found: Departure, index: int, x: Tensor, row: int, place: int) -> Departure:
        """`found`, with the part of sublayer `index` that makes the difference. x: [tokens, width] before it."""
        given, constructed, names = self._layers[index]
        if isinstance(given, GatedFeedForward) and isinstance(constructed, GatedFeedForward):
            return replace(found, unit=_first_unit(given, constructed, names, x[row], place))
        if isinstance(given, MultiHeadAttention) and isinstance(constructed, MultiHeadAttention):
            return replace(found, head=_first_head(given, constructed, names, x, row, place))
        if isinstance(given, MixtureOfExperts) and isinstance(constructed, MixtureOfExperts):
            return self._explain_experts(found, given, constructed, names, x[row], place)
        return found

    def _explain_experts(
        self,
        found: Departure,
        given: MixtureOfExperts,
        constructed: MixtureOfExperts,
        names: LayerNames,
        x: Tensor,
        place: int,
    ) -> Departure:
        """The wrong choice of an expert, or the sublayer of the right one that goes wrong. x: [width]."""
        chosen, right = int(given.route(x)), int(constructed.route(x))
        expert = names.rows[chosen]
        owner = f"{names.name}.{expert}."
        if chosen != right:
            written = next((name for name in self._names(place) if name.startswith(owner)), found.direction)
            return replace(found, expert=expert, expected_expert=names.rows[right], part="router", direction=written)
        for left_layer, right_layer, part in zip(
            given.expert(chosen), constructed.expert(chosen), names.experts[chosen], strict=True
        ):
            left, expected = left_layer(x), right_layer(x)
            places = _differ(left, expected).nonzero().squeeze(-1).tolist()
            if places:
                place = places[0]
                return replace(
                    found,
                    expert=expert,
                    part=part.name,
                    unit=_first_unit(left_layer, right_layer, part, x, place),
                    direction=self._direction(place, owner),
                    value=float(left[place]),
                    expected=float(expected[place]),
                )
            x = expected
        return replace(found, expert=expert)

    def _owner(self, index: int, x: Tensor, place: int) -> str:
        """Whose name a shared place goes by: that of the expert which ran last before sublayer `index` and has one."""
        for _, layer, names in reversed(self._layers[: index + 1]):
            if isinstance(layer, MixtureOfExperts):
                owner = f"{names.name}.{names.rows[int(layer.route(x))]}."
                if any(name.startswith(owner) for name in self._names(place)):
                    return owner
        return ""

    def _direction(self, place: int, owner: str) -> str:
        names = self._names(place)
        return next((name for name in names if owner and name.startswith(owner)), names[0])

    def _names(self, place: int) -> list[str]:
        return [name for name, at in self._models[1].directions.items() if at == place]


def _side_by_side(given: ChangedRows, right: ChangedRows) -> Iterator[tuple[_Pass, _Pass]]:
    """One step of both, sublayer by sublayer."""
    return zip(given.advance(MAX_ROWS_AT_ONCE), right.advance(MAX_ROWS_AT_ONCE), strict=True)


def _whole(stream: ChangedRows, rows: Tensor, values: Tensor) -> Tensor:
    """The whole residual stream [tokens, width] in the middle of a step, where `rows` hold `values`."""
    x = torch.cat([stream.cells(), stream.others()])
    x[rows] = values
    return x


def _first_unit(
    given: GatedFeedForward, constructed: GatedFeedForward, names: LayerNames, x: Tensor, place: int
) -> str:
    """The first hidden unit that adds something else to the direction at `place`. x: [width]."""
    for index, name in enumerate(names.rows):
        left, right = (_unit(layer, index).update(x)[place] for layer in (given, constructed))
        if bool(_differ(left, right)):
            return name
    return ""


def _unit(layer: GatedFeedForward, index: int) -> GatedFeedForward:
    """A layer of this one unit."""
    bounds = [sum(layer.counts[:kind]) for kind in range(len(layer.counts) + 1)]
    counts = [int(bounds[kind] <= index < bounds[kind + 1]) for kind in range(len(layer.counts))]
    one = slice(index, index + 1)
    return GatedFeedForward(layer.value[one], layer.gate[one], layer.out[:, one], counts)


def _first_head(
    given: MultiHeadAttention, constructed: MultiHeadAttention, names: LayerNames, x: Tensor, row: int, place: int
) -> str:
    """The first head that adds something else to the direction at `place` of token `row`. x: [tokens, width]."""
    for index, name in enumerate(names.rows):
        left, right = (_received(_head(layer, index), x, row)[place] for layer in (given, constructed))
        if bool(_differ(left, right)):
            return name
    return ""


def _head(layer: MultiHeadAttention, index: int) -> MultiHeadAttention:
    """A layer of this one head."""
    one, depth = slice(index, index + 1), layer.value.shape[1]
    out = layer.out[:, index * depth : (index + 1) * depth]
    return MultiHeadAttention(layer.query[one], layer.key[one], layer.value[one], out)


def _received(layer: MultiHeadAttention, x: Tensor, row: int) -> Tensor:
    """What attention adds to token `row`: [width]."""
    asking = layer.project(x[row : row + 1], layer.query)
    return layer.attend(asking, layer.project(x, layer.key), layer.project(x, layer.value))[0]


def _differ(left: Tensor, right: Tensor) -> Tensor:
    """Where two tensors of doubles differ in a bit."""
    return left.contiguous().view(torch.int64) != right.contiguous().view(torch.int64)


def _same_weights(left: nn.Module, right: nn.Module) -> bool:
    pairs = zip(left.parameters(), right.parameters(), strict=True)
    return not any(bool(_differ(mine, theirs).any()) for mine, theirs in pairs)
