"""The weights as the certificate reads them: units, heads and router rows, each a short list of non-zero weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from torch import Tensor

from ccc.neural.basis import CPU
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Transformer
from ccc.neural.materialise import LayerNames
from ccc.neural.spec import Activation

Row = tuple[tuple[int, float], ...]
"""The places and values of the weights of a row that are not 0."""
_LEAST_SHIFT = 2.0**44  # constants of the form 1.5 * 2**e from here on are there to round


@dataclass(frozen=True, slots=True)
class Unit:
    """A hidden unit. rounds: k where the unit is a pair (x + C) and -C, which rounds x to a multiple of 2**k."""

    site: str
    value: Row
    gate: Row
    activation: Activation
    out: Row
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A feed-forward sublayer. names: of the directions. unpaired: units with a rounding constant and no partner."""

    name: str
    units: tuple[Unit, ...]
    names: Mapping[int, str]
    unpaired: tuple[str, ...]

    def direction(self, place: int) -> str:
        return self.names[place]


@dataclass(frozen=True, slots=True)
class Head:
    """An attention head; out: for each number of the values, where it goes."""

    site: str
    query: tuple[Row, ...]
    key: tuple[Row, ...]
    value: tuple[Row, ...]
    out: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Heads:
    """An attention sublayer. names: of the directions."""

    name: str
    heads: tuple[Head, ...]
    names: Mapping[int, str]

    def direction(self, place: int) -> str:
        return self.names[place]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mixture of experts: the router's rows, and the feed-forward sublayers of each expert."""

    name: str
    router: tuple[Row, ...]
    experts: tuple[tuple[Layer, ...], ...]


def sublayers(
    transformer: Transformer, layers: Sequence[LayerNames], directions: Mapping[str, int]
) -> list[Layer | Heads | Mixture]:
    """All sublayers in order."""
    names = _names(directions, "")
    found: list[Layer | Heads | Mixture] = []
    for module, layer in zip(transformer.sublayers, layers, strict=True):
        if isinstance(module, GatedFeedForward):
            found.append(_layer(module, layer, layer.name, names, directions[CPU]))
        elif isinstance(module, MultiHeadAttention):
            found.append(_heads(module, layer, names))
        else:
            found.append(_mixture(cast(MixtureOfExperts, module), layer, directions))
    return found


def attention_sublayers(
    transformer: Transformer, layers: Sequence[LayerNames], directions: Mapping[str, int]
) -> Iterator[Heads]:
    """The attention sublayers alone."""
    names = _names(directions, "")
    for module, layer in zip(transformer.sublayers, layers, strict=True):
        if isinstance(module, MultiHeadAttention):
            yield _heads(module, layer, names)


def _names(directions: Mapping[str, int], owner: str) -> dict[int, str]:
    """Directions by place; where experts share one, the name that `owner` uses."""
    names: dict[int, str] = {}
    for name, place in directions.items():
        if place not in names or (owner and name.startswith(owner)):
            names[place] = name
    return names


def _rows(matrix: Tensor) -> list[Row]:
    rows: list[list[tuple[int, float]]] = [[] for _ in range(len(matrix))]
    for row, place in cast("list[list[int]]", matrix.nonzero().tolist()):
        rows[row].append((place, float(matrix[row, place])))
    return [tuple(row) for row in rows]


def _layer(module: GatedFeedForward, layer: LayerNames, name: str, names: Mapping[int, str], cpu: int) -> Layer:
    kinds = [act for act in Activation for _ in range(module.counts[act])]
    parts = zip(layer.rows, _rows(module.value), _rows(module.gate), kinds, _rows(module.out.T), strict=True)
    units, unpaired = _paired([Unit(f"{name}.{unit}", *rest) for unit, *rest in parts], cpu)  # type: ignore[arg-type]
    return Layer(name, units, names, unpaired)


def _paired(units: Sequence[Unit], cpu: int) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """Pairs (x + C) and -C as one unit that rounds; and the units that have such a constant but no partner."""
    shifts = {unit.site: _shift(unit, cpu) for unit in units}
    alone = {unit.site: unit for unit in units if shifts[unit.site] is not None and len(unit.value) == 1}
    found, unpaired = [], []
    for unit in units:
        if shifts[unit.site] is None:
            found.append(unit)
        elif len(unit.value) > 1:
            partner = next((other for other in alone.values() if _undoes(other, unit, cpu)), None)
            if partner is None:
                unpaired.append(unit.site)
                found.append(unit)
            else:
                del alone[partner.site]
                rest = tuple(item for item in unit.value if item[0] != cpu)
                found.append(replace(unit, value=rest, rounds=shifts[unit.site]))
    found += alone.values()
    return tuple(found), (*unpaired, *alone)


def _shift(unit: Unit, cpu: int) -> int | None:
    """k where the unit's value has the constant 1.5 * 2**(52 + k)."""
    fraction, exponent = math.frexp(dict(unit.value).get(cpu, 0.0))
    return exponent - 53 if fraction == 0.75 and 2.0 ** (exponent - 1) >= _LEAST_SHIFT else None


def _undoes(other: Unit, unit: Unit, cpu: int) -> bool:
    """Whether `other` takes away again the constant that `unit` adds."""
    same = other.value == ((cpu, dict(unit.value)[cpu]),) and other.gate == unit.gate
    return same and other.activation is unit.activation and dict(other.out) == {p: -w for p, w in unit.out}


def _heads(module: MultiHeadAttention, layer: LayerNames, names: Mapping[int, str]) -> Heads:
    depth = module.value.shape[1]
    out = _rows(module.out.T)
    heads = []
    for index, name in enumerate(layer.rows):
        query, key, value = (tuple(_rows(tensor[index])) for tensor in (module.query, module.key, module.value))
        site, ends = f"{layer.name}.{name}", tuple(out[index * depth : (index + 1) * depth])
        heads.append(Head(site, query, key, value, ends))
    return Heads(layer.name, tuple(heads), names)


def _mixture(module: MixtureOfExperts, layer: LayerNames, directions: Mapping[str, int]) -> Mixture:
    experts = []
    for index, (name, parts) in enumerate(zip(layer.rows, layer.experts, strict=True)):
        owner = f"{layer.name}.{name}."
        names = _names(directions, owner) if parts else {}
        modules = zip(module.expert(index), parts, strict=True)
        experts.append(tuple(_layer(part, its, f"{owner}{its.name}", names, directions[CPU]) for part, its in modules))
    return Mixture(layer.name, tuple(_rows(module.router)), tuple(experts))
