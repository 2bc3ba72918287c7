"""Many wrong weights tried on many states at once, each from the sublayer at which it stands.

The right network is run once over all states and the stream before every sublayer is kept. A mutant, the network with
one weight changed, can differ from that only from its own sublayer on; so only that sublayer is computed for all
states, and the rest of the step for some of the states for which it gave something else. The rows of cells and ports,
which few sublayers change, are computed where they differ from what is kept.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ccc.machine import Cells, Register, State
from ccc.neural.basis import CPU
from ccc.neural.codec import CPU_TOKEN, EXTRA_TOKENS, INPUT_TOKEN, OUTPUT_TOKEN
from ccc.neural.layers import FEWEST_ROWS, GatedFeedForward, MixtureOfExperts
from ccc.neural.model import Model
from ccc.neural.mutant_trial import Effect, Expected, Threshold, Trial
from ccc.neural.naming import Weight, named_weights
from ccc.neural.patterns import END, HIT, TAKEN, VALUE

_PASSES = 3
"""So many steps of the right network are kept."""
_CHUNK = 64  # states taken through a sublayer together
_SAMPLES = (FEWEST_ROWS, 24, 72)
"""So many of the states for which a sublayer gave something else are followed to the end, in turn."""


@dataclass(frozen=True)
class _Streams:
    """Streams of many states: CPU rows [states, width], all other rows [states, tokens - 1, width], cells first."""

    cpu: Tensor
    rest: Tensor

    def take(self, states: Tensor) -> _Streams:
        """Those of some states; these very streams where that is all of them in their order."""
        if len(states) == len(self.cpu) and bool((states == torch.arange(len(states))).all()):
            return self
        return _Streams(self.cpu[states], self.rest[states])

    def whole(self) -> Tensor:
        """[states, tokens, width], the tokens in their order."""
        cells = self.rest.shape[1] - (EXTRA_TOKENS - 1)
        return torch.cat([self.rest[:, :cells], self.cpu.unsqueeze(1), self.rest[:, cells:]], dim=1)

    @classmethod
    def split(cls, x: Tensor) -> _Streams:
        cpu = x.shape[1] - EXTRA_TOKENS
        return cls(x[:, cpu], torch.cat([x[:, :cpu], x[:, cpu + 1 :]], dim=1))


@dataclass(frozen=True)
class _Pass:
    """One step of the right network. streams: at the entry of each sublayer and at the end. choices: the CPU's expert,
    by sublayer. ran: bool [states], which took this step."""

    step: int
    streams: list[_Streams]
    choices: dict[int, Tensor]
    ran: Tensor


class MutantBench:
    """States, the right network's streams, and the model whose weights are changed one at a time.

    cells: [states, cells]. registers: [states, registers]. inputs: by state. expected: step by step. Raises
    AssertionError where the right weights do not do what is expected.
    """

    def __init__(
        self,
        model: Model,
        cells: Cells,
        registers: Cells,
        inputs: Sequence[Sequence[float]],
        expected: Sequence[Expected],
    ) -> None:
        self.model = replace(model, transformer=copy.deepcopy(model.transformer))
        self.weights = list(named_weights(self.model))
        self._layers = list(self.model.transformer.sublayers)
        self._owner = {id(p): index for index, layer in enumerate(self._layers) for p in layer.parameters()}
        self._expected = expected
        self._inputs = _table(inputs)
        states = [State(row, numbers) for row, numbers in zip(cells, registers, strict=True)]
        start = torch.stack([model.codec.embed(state) for state in states])
        self._offer(start[:, -EXTRA_TOKENS:], torch.zeros(len(start), dtype=torch.int64), torch.arange(len(start)))
        with torch.no_grad():
            self._passes = list(self._right(start, min(_PASSES, len(expected))))

    def _right(self, x: Tensor, steps: int) -> Iterator[_Pass]:
        """The right network's streams, step by step."""
        everything = torch.arange(len(x))
        for step in range(steps):
            if step:
                self._offer(x[:, -EXTRA_TOKENS:], torch.from_numpy(self._expected[step - 1].consumed), everything)
            streams, choices = [_Streams.split(x)], {}
            for index, layer in enumerate(self._layers):
                if isinstance(layer, MixtureOfExperts):
                    choices[index] = layer.route(streams[-1].cpu)
                streams.append(_shared(_in_chunks(layer, streams[-1]), streams[-1]))
            assert not self._differs(streams[-1], everything, step).any(), "the right weights go wrong"
            x = streams[-1].whole()
            yield _Pass(step, streams, choices, torch.from_numpy(self._expected[step].ran))

    # -- One mutant -----------------------------------------------------------------------------------------------

    def try_weight(self, number: int, value: float) -> Trial:
        """Weight `number` (of `weights`) at `value`, on all states.

        A state for which its sublayer gave the same in one step is looked at again in the next.
        """
        weight, found = self.weights[number], Trial(Effect.NONE)
        same = torch.ones(len(self._inputs), dtype=torch.bool)
        with torch.no_grad(), _changed(weight, value):
            for once in self._passes:
                found = found | self._try_step(once, weight, same)
                if found.effect is Effect.CAUGHT:
                    break
        return found

    def threshold(self, number: int) -> Threshold | None:
        """What weight `number` is the constant of, if that is a threshold: a unit's gate on the CPU's row."""
        weight = self.weights[number]
        index = self._owner[id(weight.tensor)]
        layer = self._layers[index]
        parts = [layer] if isinstance(layer, GatedFeedForward) else []
        expert = self._expert_of(layer, weight)
        if expert is not None and isinstance(layer, MixtureOfExperts):
            parts = layer.expert(expert)
        at = next((k for k, part in enumerate(parts) if weight.tensor is part.gate), None)
        if at is None or weight.index[1] != self.model.directions[CPU]:
            return None
        unit, row = weight.index[0], parts[at].gate[weight.index[0]].clone()
        if unit < parts[at].counts[0] + parts[at].counts[1]:
            return None
        row[weight.index[1]] = 0.0
        used = row.nonzero().flatten()
        whole = True
        with torch.no_grad():
            for once in self._passes:
                x = once.streams[index].cpu
                x = x if expert is None else x[once.choices[index] == expert]
                for part in parts[:at]:
                    x = _padded(part, x)
                whole = whole and bool((x[:, used] == x[:, used].round()).all())
        return Threshold(tuple(row[used].tolist()), weight.value, whole)

    @staticmethod
    def _expert_of(layer: torch.nn.Module, weight: Weight) -> int | None:
        """The expert that a weight belongs to; None for the router's, and outside of mixtures."""
        if not isinstance(layer, MixtureOfExperts) or weight.tensor is layer.router:
            return None
        return next(k for k, part in enumerate(layer.experts) if any(p is weight.tensor for p in part.parameters()))

    def _try_step(self, once: _Pass, weight: Weight, same: Tensor) -> Trial:
        """The same in one step. same: bool [states], which are still as with the right weights; changed in place."""
        index = self._owner[id(weight.tensor)]
        states = self._concerned(once, index, weight)
        states = states[same[states] & once.ran[states]]
        right = once.streams[index + 1].take(states)
        after = self._mutated(index, weight, once.streams[index].take(states), right)
        places = self._unequal(after, right).nonzero().squeeze(-1)
        same[states[places]] = False
        running = ~self._stops(once.step)[states[places]]
        found, done = Trial(Effect.NONE), 0
        for most in _SAMPLES:
            if done == len(places) or found.effect is Effect.CAUGHT:
                break
            # Those that go on are followed first: in later steps they show what was left in the stream.
            chosen = torch.cat([_spread(places[running], most), places[~running]])[:most].sort().values
            found = self._follow(once, index, after.take(chosen), states[chosen])
            done = len(chosen)
        if found.effect is Effect.ABSORBED and done < len(places):  # cheap to be sure of, as there is no next step
            found = found | self._follow(once, index, after.take(places), states[places])
        if not done or found.effect is Effect.CAUGHT:
            return found
        return replace(found, changed=len(places), ending=not bool(running.any()))

    def _stops(self, step: int) -> Tensor:
        """Which states have stopped after a step."""
        registers = self._expected[step].registers
        return torch.from_numpy((registers[:, Register.FAULT] != 0) | (registers[:, Register.PC] < 0))

    def _concerned(self, once: _Pass, index: int, weight: Weight) -> Tensor:
        """The states that can notice: those routed to the weight's expert, or all."""
        expert = self._expert_of(self._layers[index], weight)
        if expert is not None:
            return (once.choices[index] == expert).nonzero().squeeze(-1)
        return torch.arange(len(once.ran))

    def _mutated(self, index: int, weight: Weight, before: _Streams, right: _Streams) -> _Streams:
        """The streams after the sublayer at `index`, which has the weight changed. right: without that."""
        layer = self._layers[index]
        if isinstance(layer, GatedFeedForward) and self._is_silent(layer, weight, before.rest):
            return _Streams(_padded(layer, before.cpu), right.rest)
        if self._expert_of(layer, weight) is not None:
            return _Streams(_padded(layer, before.cpu), right.rest)  # other tokens go to expert 0, as they did
        return _apply(layer, before)

    @staticmethod
    def _is_silent(layer: GatedFeedForward, weight: Weight, rest: Tensor) -> bool:
        """Whether the weight is multiplied with 0 in every row that is not the CPU's."""
        if weight.tensor is layer.out:
            unit = weight.index[1]
            value, gate = (rest @ matrix[unit] for matrix in (layer.value, layer.gate))
            shut = (gate == 0) if unit < layer.counts[0] else (gate <= 0)
            return bool(((value == 0) | shut).all())
        return bool((rest[..., weight.index[1]] == 0).all())

    @staticmethod
    def _unequal(left: _Streams, right: _Streams) -> Tensor:
        """In which states a number is another; 0 and -0 are the same one, NaN is always another."""
        unlike = (left.cpu != right.cpu).any(dim=1)
        if left.rest is not right.rest:
            unlike = unlike | (left.rest != right.rest).flatten(1).any(dim=1)
        return unlike

    def _follow(self, once: _Pass, index: int, x: _Streams, states: Tensor) -> Trial:
        """From the mutant's sublayer to the end of the step, and through the following steps while nothing shows."""
        for later in range(index + 1, len(self._layers)):
            x = self._advance(once, later, x, states)
            if not self._unequal(x, once.streams[later + 1].take(states)).any():
                return Trial(Effect.ABSORBED, absorbed=frozenset({self.model.layers[later].name}))
        if self._differs(x, states, once.step).any():
            return Trial(Effect.CAUGHT, once.step + 1)
        left = self._left(x, once.streams[-1].take(states))
        stream = x.whole()
        for step in range(once.step + 1, len(self._expected)):
            stream = self._next(stream, states, step)
            if self._differs(_Streams.split(stream), states, step).any():
                return Trial(Effect.CAUGHT, step + 1)
        return Trial(Effect.HIDDEN, left=left)

    def _left(self, found: _Streams, right: _Streams) -> frozenset[str]:
        """Where two streams differ, by kind of token and direction."""
        cells = found.rest.shape[1] - (EXTRA_TOKENS - 1)
        unlike = found.rest != right.rest
        parts = {
            "cpu": (found.cpu != right.cpu).any(dim=0),
            "cell": unlike[:, :cells].flatten(0, 1).any(dim=0),
            "port": unlike[:, cells:].flatten(0, 1).any(dim=0),
        }
        names = {place: name for name, place in reversed(list(self.model.directions.items()))}
        return frozenset(
            f"{token} {names[place]}" for token, part in parts.items() for place in part.nonzero().flatten().tolist()
        )

    def _advance(self, once: _Pass, index: int, x: _Streams, states: Tensor) -> _Streams:
        """One sublayer further; rows of cells and ports that are as they were with the right weights stay so."""
        layer = self._layers[index]
        if isinstance(layer, GatedFeedForward | MixtureOfExperts):
            before = once.streams[index].rest[states]
            if torch.equal(before, x.rest):
                return _Streams(_padded(layer, x.cpu), once.streams[index + 1].rest[states])
        return _apply(layer, x)

    def _next(self, stream: Tensor, states: Tensor, step: int) -> Tensor:
        consumed = torch.from_numpy(self._expected[step - 1].consumed)[states]
        self._offer(stream[:, -EXTRA_TOKENS:], consumed, states)
        result: Tensor = self.model.transformer(stream)
        return result

    def _offer(self, others: Tensor, consumed: Tensor, states: Tensor) -> None:
        """Place the next input value, or the end flag. others: [states, 3, width], changed in place."""
        values = self._inputs[states, torch.minimum(consumed, torch.tensor(self._inputs.shape[1] - 1))]
        ended = values.isnan()
        others[:, INPUT_TOKEN, self.model.directions[VALUE]] = values.nan_to_num(0.0)
        others[:, INPUT_TOKEN, self.model.directions[END]] = ended.to(torch.float64)

    def _differs(self, x: _Streams, states: Tensor, step: int) -> Tensor:
        """For which states a step left something else than expected, bit for bit."""
        at, expected, chosen = self.model.directions, self._expected[step], states.numpy()
        output, cells = x.rest[:, OUTPUT_TOKEN - EXTRA_TOKENS], x.rest[:, : -(EXTRA_TOKENS - 1), at[VALUE]]
        registers = x.cpu[:, [at[register.label] for register in Register]]
        has = output[:, at[HIT]] != 0
        value = torch.where(has, output[:, at[VALUE]], torch.nan)
        put_out = torch.from_numpy(expected.outputs[chosen])
        unlike = _bits_differ(cells, expected.cells[chosen]) | _bits_differ(registers, expected.registers[chosen])
        unlike |= (has != ~put_out.isnan()) | (has & _bits_differ(value.unsqueeze(1), expected.outputs[chosen, None]))
        before = self._expected[step - 1].consumed[chosen] if step else np.zeros_like(chosen)
        waiting = ~self._inputs[states, torch.from_numpy(before)].isnan()
        taken = (x.cpu[:, at[TAKEN]] != 0) & waiting
        unlike |= taken != torch.from_numpy(expected.consumed[chosen] > before)
        return unlike & torch.from_numpy(expected.ran[chosen])


def _shared(after: _Streams, before: _Streams) -> _Streams:
    """`after`, with the very rows of `before` where they have not changed: most sublayers are the CPU's alone."""
    return _Streams(after.cpu, before.rest) if torch.equal(after.rest, before.rest) else after


def _in_chunks(layer: torch.nn.Module, x: _Streams) -> _Streams:
    """`_apply` for many states, a few at a time, so that what is computed on the way stays small."""
    chunks = torch.arange(len(x.cpu)).split(_CHUNK)  # type: ignore[no-untyped-call]
    parts = [_apply(layer, x.take(chunk)) for chunk in chunks]
    return _Streams(torch.cat([part.cpu for part in parts]), torch.cat([part.rest for part in parts]))


def _apply(layer: torch.nn.Module, x: _Streams) -> _Streams:
    """All rows through one sublayer."""
    return _Streams.split(layer(x.whole()))


def _padded(layer: torch.nn.Module, cpu: Tensor) -> Tensor:
    """CPU rows [states, width] through one sublayer."""
    missing = max(0, FEWEST_ROWS - len(cpu))
    result: Tensor = layer(torch.nn.functional.pad(cpu, (0, 0, 0, missing)))[: len(cpu)]
    return result


def _bits_differ(found: Tensor, expected: Cells) -> Tensor:
    """found: [states, n]; in which rows a bit is another."""
    unlike = found.contiguous().view(torch.int64) != torch.from_numpy(np.ascontiguousarray(expected)).view(torch.int64)
    return unlike.any(dim=1)


def _spread(places: Tensor, most: int) -> Tensor:
    """At most so many of them, evenly."""
    if len(places) <= most:
        return places
    return places[torch.linspace(0, len(places) - 1, most).long()]


def _table(inputs: Sequence[Sequence[float]]) -> Tensor:
    """[states, values], with NaN behind the last one of each."""
    table = torch.full((len(inputs), max(map(len, inputs), default=0) + 1), torch.nan, dtype=torch.float64)
    for row, values in zip(table, inputs, strict=True):
        row[: len(values)] = torch.tensor(values, dtype=torch.float64)
    return table


@contextmanager
def _changed(weight: Weight, value: float) -> Iterator[None]:
    """The weight at another value."""
    old = weight.value
    weight.tensor[weight.index] = value
    try:
        yield
    finally:
        weight.tensor[weight.index] = old


assert CPU_TOKEN == 0, "the CPU stands right behind the cells"
