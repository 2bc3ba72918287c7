"""What the sparse engine must know of weights before it runs them, read off the tensors.

The rows of CPU and ports, and of a cell that is being written, each have a kind: directions that are known constants
and directions that vary. Sublayer by sublayer, whatever a token can receive joins what varies on it, until nothing more
joins. From the kinds follow the units that can do anything for a token, the tokens for which attention can do anything,
and the one place in a step where cells receive something: the write-back.

Weights that lack this structure run densely; `Plan.reason` then says what they lack:
- a feed-forward sublayer or an expert that changes cells to which nothing is written, or a router that sends ports or
  cells to an expert that does something;
- keys of cells that depend on what the cell holds, as then no address says which cell answers;
- a write-back whose cells ask by what they hold, or answer each other;
- values of cells that are scaled up, or weights of positions near the largest double: where one overflows, 0 times
  infinity spoils every answer;
- attention after the write-back, as a written cell's key is no longer that of its address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ccc.machine import REGISTERS
from ccc.neural.codec import EXTRA_TOKENS
from ccc.neural.layers import IDENTITY, GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.model import Model
from ccc.neural.patterns import CELL, END, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED, SIZE, TAKEN, VALUE
from ccc.neural.reach import Kind, attention_is_silent, experts_are_silent, feed_forward_is_silent, quiet_cell

WRITTEN_TOKEN = EXTRA_TOKENS
"""The place of the cell that is being written, after CPU and ports."""
SLOTS = EXTRA_TOKENS + 1


_LARGEST = 2.0**900  # of weights that positions and their squares are multiplied with


class Unsuited(Exception):
    """Weights that the sparse engine cannot run; the message says why."""


@dataclass(frozen=True)
class Plan:
    """kinds: those of the four tokens at the entry of each sublayer. writer: the sublayer that writes cells, or -1.

    start: the kinds of CPU and ports between two steps. reason: why the weights must run densely, or empty.
    """

    kinds: tuple[tuple[Kind, ...], ...]
    writer: int
    start: tuple[Kind, ...]
    quiet: Kind
    reason: str = ""


def plan(model: Model) -> Plan:
    """Follow the kinds of tokens through the sublayers until nothing more varies."""
    quiet = quiet_cell(model.directions, model.width)
    start = _starting_kinds(model.directions, model.width)
    try:
        while True:
            kinds, writer = _follow(model, start, quiet)
            again = tuple(_loosen(kind, end.free) for kind, end in zip(start, kinds[-1], strict=False))
            if all(torch.equal(a.free, b.free) for a, b in zip(start, again, strict=True)):
                return Plan(tuple(kinds[:-1]), writer, start, quiet)
            start = again
    except Unsuited as error:
        return Plan((), -1, start, quiet, str(error))


def alive_units(layer: GatedFeedForward, kind: Kind) -> Tensor:
    """Which hidden units can add anything to a token of `kind`: bool [hidden]."""
    value, value_known = kind.apply(layer.value)
    gate, gate_known = kind.apply(layer.gate)
    shut = gate_known & (gate <= 0)
    shut[: layer.counts[IDENTITY]] = (gate_known & (gate == 0))[: layer.counts[IDENTITY]]
    return ~((value_known & (value == 0)) | shut | (layer.out == 0).all(dim=0))


def is_silent_for(layer: MultiHeadAttention, kind: Kind, kinds: tuple[Kind, ...], places: Mapping[str, int]) -> bool:
    """Whether attention gives a token of `kind` nothing, with CPU and ports of the first three `kinds`."""
    return attention_is_silent(layer, kind, places, kinds[:EXTRA_TOKENS])


def _starting_kinds(places: Mapping[str, int], width: int) -> tuple[Kind, ...]:
    """CPU, input port and output port as the codec embeds them."""
    port = {POSITION: -1.0, POSITION_SQUARED: 1.0}
    return (
        Kind.of(places, width, {"cpu": 1.0}, (*REGISTERS, SIZE, TAKEN)),
        Kind.of(places, width, {IN_PORT: 1.0, **port}, (VALUE, END)),
        Kind.of(places, width, {OUT_PORT: 1.0, **port}, ()),
    )


def _loosen(kind: Kind, more: Tensor) -> Kind:
    """`kind` with the directions `more` free as well."""
    free = kind.free | more
    return Kind(torch.where(free, torch.zeros_like(kind.known), kind.known), free)


def _follow(model: Model, start: tuple[Kind, ...], quiet: Kind) -> tuple[list[tuple[Kind, ...]], int]:
    """The kinds at the entry of every sublayer and at the end, and the place of the write-back."""
    nothing = Kind(torch.zeros_like(quiet.known), torch.zeros_like(quiet.free))
    kinds = (*start, nothing)
    entries, writer = [kinds], -1
    for index, (layer, names) in enumerate(zip(model.transformer.sublayers, model.layers, strict=True)):
        if isinstance(layer, GatedFeedForward):
            if not feed_forward_is_silent(layer, quiet):
                raise Unsuited(f"{names.name} changes cells that nothing is written to")
            kinds = tuple(_after(layer, kind) for kind in kinds)
        elif isinstance(layer, MixtureOfExperts):
            if not all(experts_are_silent(layer, kind) for kind in (quiet, *kinds[1:])):
                raise Unsuited(f"{names.name} sends cells or ports to an expert that changes them")
            kinds = (_after_experts(layer, kinds[0]), *kinds[1:])
        elif isinstance(layer, MultiHeadAttention):
            if writer >= 0:
                raise Unsuited(f"{names.name} reads after {model.layers[writer].name} has written")
            kinds, writes = _after_attention(layer, kinds, quiet, model.directions)
            writer = index if writes else writer
        else:
            raise Unsuited(f"{names.name} is of an unknown kind")
        entries.append(kinds)
    return entries, writer


def _after(layer: GatedFeedForward, kind: Kind) -> Kind:
    return _loosen(kind, (layer.out[:, alive_units(layer, kind)] != 0).any(dim=1))


def _after_experts(layer: MixtureOfExperts, kind: Kind) -> Kind:
    score, known = kind.apply(layer.router)
    chosen = [int(score.argmax())] if bool(known.all()) else range(len(layer.experts))
    free = kind.free
    for index in chosen:
        after = kind
        for part in layer.expert(index):
            after = _after(part, after)
        free = free | after.free
    return _loosen(kind, free)


def _after_attention(
    layer: MultiHeadAttention, kinds: tuple[Kind, ...], quiet: Kind, places: Mapping[str, int]
) -> tuple[tuple[Kind, ...], bool]:
    _check_cells(layer, places)
    receives = (layer.out != 0).any(dim=1)
    after = [
        kind if is_silent_for(layer, kind, kinds, places) else _loosen(kind, receives) for kind in kinds[:EXTRA_TOKENS]
    ]
    writes = not is_silent_for(layer, quiet, kinds, places)
    if writes:
        _check_write_back(layer, quiet, places)
    return (*after, _loosen(quiet, receives) if writes else kinds[WRITTEN_TOKEN]), writes


def _check_cells(layer: MultiHeadAttention, places: Mapping[str, int]) -> None:
    """Cells answer by position, and none of those that are not looked at can spoil an answer by being infinite."""
    if bool((layer.key[..., places[VALUE]] != 0).any()):
        raise Unsuited("keys of cells depend on what the cells hold")
    own = [places[name] for name in (CELL, POSITION, POSITION_SQUARED)]
    sizes = [part[..., own].abs().max() for part in (layer.query, layer.key, layer.value)]
    if bool(max(sizes) > _LARGEST) or bool((layer.value[..., places[VALUE]].abs() > 1).any()):
        raise Unsuited("keys or values of cells could overflow")


def _check_write_back(layer: MultiHeadAttention, quiet: Kind, places: Mapping[str, int]) -> None:
    """All quiet cells must look alike to each other and give each other nothing: one key stands for them all."""
    if bool((layer.query[..., places[VALUE]] != 0).any()):
        raise Unsuited("cells ask by what they hold")
    _, key_known = quiet.apply(layer.key)
    query, query_known = quiet.apply(layer.query)
    value, value_known = quiet.apply(layer.value)
    if not bool((key_known | (query_known & (query == 0))).all() and (value_known & (value == 0)).all()):
        raise Unsuited("cells answer each other")
