"""What a layer can do to a token of a given kind, read off the weights.

A cell's row that no write reaches must leave every sublayer as it entered. Instead of trusting the construction, this
module shows it from the tensors: a direction that is 0 on all cells cannot contribute, a gate that is known to be shut
lets nothing through, and a head whose scores are known constants attends to one known token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ccc.neural.layers import IDENTITY, GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.patterns import CELL, END, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED, VALUE

UNDERFLOW = 746.0
"""exp(-746) is 0 in float64: a score that far below the largest has no weight at all."""


@dataclass(frozen=True)
class Kind:
    """What is known of all tokens of one kind: known [width] their constant entries, free [width] those that vary."""

    known: Tensor
    free: Tensor

    @classmethod
    def of(cls, places: Mapping[str, int], width: int, known: Mapping[str, float], free: tuple[str, ...]) -> Kind:
        """From names: every direction not named is 0."""
        values = torch.zeros(width, dtype=torch.float64)
        varies = torch.zeros(width, dtype=torch.bool)
        for name, value in known.items():
            values[places[name]] = value
        for name in free:
            varies[places[name]] = True
        return cls(values, varies)

    def apply(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """rows [..., width] -> their values on this kind, and whether those are the same for every token of it."""
        constant = ~((rows != 0) & self.free).any(dim=-1)
        return rows @ self.known, constant


def quiet_cell(places: Mapping[str, int], width: int) -> Kind:
    """A cell that nothing is being written to."""
    return Kind.of(places, width, {CELL: 1.0}, (POSITION, POSITION_SQUARED, VALUE))


def other_kinds(places: Mapping[str, int], width: int) -> list[Kind]:
    """CPU, input port, output port, with everything free but which kind they are and what only cells and ports have."""
    kinds = []
    for kind in ("cpu", IN_PORT, OUT_PORT):
        rest = {"cpu", CELL, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED}
        known = {kind: 1.0} if kind == "cpu" else {kind: 1.0, POSITION: -1.0, POSITION_SQUARED: 1.0}
        if kind == "cpu":
            rest |= {VALUE, END}
        free = tuple(name for name in places if name not in rest)
        kinds.append(Kind.of(places, width, known, free))
    return kinds


def feed_forward_is_silent(layer: GatedFeedForward, kind: Kind) -> bool:
    """Whether the layer adds nothing to any token of `kind`."""
    value, value_known = kind.apply(layer.value)
    gate, gate_known = kind.apply(layer.gate)
    shut = gate_known & (gate <= 0)
    shut[: layer.counts[IDENTITY]] = (gate_known & (gate == 0))[: layer.counts[IDENTITY]]
    return bool(((value_known & (value == 0)) | shut | (layer.out == 0).all(dim=0)).all())


def experts_are_silent(layer: MixtureOfExperts, kind: Kind) -> bool:
    """Whether every token of `kind` is routed to one known expert, and that adds nothing."""
    score, known = kind.apply(layer.router)
    if not bool(known.all()):
        return False
    return all(feed_forward_is_silent(part, kind) for part in layer.expert(int(score.argmax())))


def attention_is_silent(
    layer: MultiHeadAttention, kind: Kind, places: Mapping[str, int], others: Sequence[Kind] | None = None
) -> bool:
    """Whether every head of a token of `kind` attends to one known token, which gives it nothing.

    others: the kinds of CPU and ports; by default `other_kinds`, of which least is known.
    """
    width = len(kind.known)
    keys = [quiet_cell(places, width), *(other_kinds(places, width) if others is None else others)]
    return all(_head_is_silent(layer, head, kind, keys) for head in range(len(layer.query)))


def _head_is_silent(layer: MultiHeadAttention, head: int, kind: Kind, keys: list[Kind]) -> bool:
    query, known = kind.apply(layer.query[head])
    if not bool(known.all()):
        return False
    asked = layer.key[head][query != 0]
    scores = []
    for other in keys:
        key, key_known = other.apply(asked)
        if not bool(key_known.all()):
            return False
        scores.append(float(key @ query[query != 0]))
    best = max(range(len(scores)), key=scores.__getitem__)
    runner_up = max(score for index, score in enumerate(scores) if index != best)
    if best == 0 or scores[best] - runner_up < UNDERFLOW:  # 0: a cell, of which there are many
        return False
    value, value_known = keys[best].apply(layer.value[head])
    return bool((value_known & (value == 0)).all())
