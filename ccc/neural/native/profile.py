"""What the threshold units of a network usually do, found by running it once on many random states.

Nearly every threshold is there for what goes wrong: an address outside memory, an operand that is no integer. The
machine code takes a shorter way while those stay as they are in steps without a fault; the profile says which they are.
It decides speed only: each expectation is checked as the program runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from ccc.machine import FRAME_SLOTS_AT, Register, word_range
from ccc.neural.codec import CPU_TOKEN, EXTRA_TOKENS
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.model import Model
from ccc.neural.spec import Activation
from ccc.neural.threads import torch_threads

_CELLS = 20
_LOWEST_STACK = 4
_STATES = 200  # for every expert
_CHUNK = 4000
_FEWEST = 12
_ALWAYS = 0.99
_SEED = 20230113


@dataclass
class Profile:
    """How often the gates were open. seen: steps without a fault, by case. opened: by case and sublayer, [units].

    The case of a step is the expert that its first mixture chose; -1 stands for all steps. Nothing is noted of units
    inside experts: there thresholds are arithmetic.
    """

    seen: dict[int, int] = field(default_factory=dict)
    opened: dict[tuple[int, int], Tensor] = field(default_factory=dict)

    def expected(self, case: int, layer: int, unit: int) -> bool | None:
        """Whether the gate of a unit in sublayer number `layer` is expected to be open; None where either happens."""
        seen, opened = self.seen.get(case, 0), self.opened.get((case, layer))
        if seen < _FEWEST or opened is None:
            return None
        share = float(opened[unit]) / seen
        return True if share >= _ALWAYS else False if share <= 1 - _ALWAYS else None


def profile(model: Model, *, framed: bool = False) -> Profile:
    """Run `model` one step on random states, the same ones each time. framed: with a frame open in each."""
    generator = torch.Generator().manual_seed(_SEED)
    experts = [len(layer.experts) for layer in model.transformer.sublayers if isinstance(layer, MixtureOfExperts)]
    found = Profile()
    total = _STATES * (experts[0] if experts else 4)
    with torch_threads(1), torch.no_grad():
        for start in range(0, total, _CHUNK):
            count = min(_CHUNK, total - start)
            _Run(model, found).step(*_random_states(model, count, experts[0] if experts else 1, generator, framed))
    return found


def _random_states(
    model: Model, count: int, experts: int, generator: torch.Generator, framed: bool
) -> tuple[Tensor, Tensor]:
    """Streams of `count` random states: cells [count, cells, width], the other tokens [count, 3, width].

    Cells are addresses, integers of all magnitudes, and, where the machine has them, fractions; the first cell of the
    instruction is a plain address or what routes to an expert, evenly.
    """
    size = _CELLS
    uniform = torch.rand(count, size, generator=generator, dtype=torch.float64)
    signs = torch.randint(0, 2, (count, size), generator=generator) * 2 - 1
    small = torch.randint(0, size, (count, size), generator=generator).to(torch.float64)
    large = torch.floor(2.0 ** (uniform * (model.word - 1))) * signs
    kind = torch.randint(0, 3 if model.dialect.extended else 2, (count, size), generator=generator)
    low, high = word_range(model.word)
    values = torch.where(kind == 0, small, torch.where(kind == 1, large.clamp(low, high), (uniform - 0.5) * 100.0))
    pc = torch.randint(0, size - 2, (count,), generator=generator)
    rows = torch.arange(count)
    choice = torch.randint(1, experts + 1, (count,), generator=generator).to(torch.float64)
    values[rows, pc] = torch.where(choice >= 2, -choice, small[rows, pc])
    for offset in (1, 2):
        values[rows, pc + offset] = small[rows, pc + offset]
    places = model.directions
    template = model.codec.embed_cells(torch.arange(size), torch.zeros(size, dtype=torch.float64))
    cells = template.repeat(count, 1, 1)
    cells[:, :, places["value"]] = values
    return cells, _random_others(model, pc, count, generator, framed)


def _random_others(model: Model, pc: Tensor, count: int, generator: torch.Generator, framed: bool) -> Tensor:
    places, others = model.directions, torch.zeros(count, EXTRA_TOKENS, model.width, dtype=torch.float64)
    for token, kind in enumerate(("cpu", "in_port", "out_port")):
        others[:, token, places[kind]] = 1.0
    others[:, 1:, places["position"]] = -1.0
    others[:, 1:, places["position_squared"]] = 1.0
    others[:, 1, places["value"]] = 1.0
    fp = torch.randint(1, _CELLS - FRAME_SLOTS_AT + 1, (count,), generator=generator) * framed
    registers: dict[Register, Tensor | float] = {
        Register.PC: pc,
        Register.FP: fp,
        Register.SP: torch.randint(1, _CELLS - 1, (count,), generator=generator),
        Register.STACK_LOW: torch.randint(0, _LOWEST_STACK, (count,), generator=generator),
        Register.STACK_HIGH: _CELLS,
        Register.WRITE_HIGH: _CELLS,
    }
    for register, value in registers.items():
        others[:, CPU_TOKEN, places[register.label]] = (
            value.to(torch.float64) if isinstance(value, Tensor) else float(value)
        )
    others[:, CPU_TOKEN, places["size"]] = _CELLS
    return others


class _Run:
    """One step of many states, in which only the CPU's row is computed, and its gates are counted."""

    def __init__(self, model: Model, found: Profile) -> None:
        self._model = model
        self._found = found
        self._notes: list[tuple[int, Tensor]] = []
        self._case: Tensor | None = None

    def step(self, cells: Tensor, others: Tensor) -> None:
        """cells: [states, cells, width]. others: [states, 3, width]."""
        x = others[:, CPU_TOKEN]
        for place, layer in enumerate(self._model.transformer.sublayers):
            if isinstance(layer, GatedFeedForward):
                self._note(place, layer, x)
                x = layer(x)
            elif isinstance(layer, MultiHeadAttention):
                everything = torch.cat([cells, x.unsqueeze(1), others[:, CPU_TOKEN + 1 :]], dim=1)
                key, value = (layer.project(everything, weight) for weight in (layer.key, layer.value))
                x = x + layer.attend(layer.project(x.unsqueeze(1), layer.query), key, value).squeeze(1)
            elif isinstance(layer, MixtureOfExperts):
                x = self._mixture(layer, x)
        self._count(x[:, self._model.directions[Register.FAULT.label]] == 0)

    def _mixture(self, layer: MixtureOfExperts, x: Tensor) -> Tensor:
        choice = layer.route(x)
        if self._case is None:
            self._case = choice
        result = x.clone()
        for expert in sorted(set(cast("list[int]", choice.tolist()))):
            states = (choice == expert).nonzero().squeeze(-1)
            y = x[states]
            for units in layer.expert(expert):
                y = units(y)
            result[states] = y
        return result

    def _note(self, place: int, layer: GatedFeedForward, x: Tensor) -> None:
        if layer.counts[Activation.THRESHOLD]:
            self._notes.append((place, torch.nn.functional.linear(x, layer.gate) > 0))

    def _count(self, sound: Tensor) -> None:
        """sound: [states], the steps without a fault."""
        for case, members in self._cases(sound):
            self._found.seen[case] = self._found.seen.get(case, 0) + int(members.sum())
            for place, is_open in self._notes:
                counted, key = is_open[members].sum(dim=0), (case, place)
                self._found.opened[key] = self._found.opened.get(key, torch.zeros_like(counted)) + counted

    def _cases(self, sound: Tensor) -> Iterator[tuple[int, Tensor]]:
        yield -1, sound
        if self._case is not None:
            for case in sorted(set(cast("list[int]", self._case.tolist()))):
                yield case, sound & (self._case == case)
