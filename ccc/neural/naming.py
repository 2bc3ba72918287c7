"""What every single weight is called, and how the parts of a model are described.

decode.stopped.0.gate[pc]              a unit of a feed-forward sublayer: value, gate or out, by direction
fetch.a.query1[cpu]                    a head: query, key, value or out, by component and direction
execute.add.0.result.0.value[x]        a unit in sublayer 0 of the expert `add`
execute.router.add[opcode]             the router's row for the expert `add`
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from ccc.errors import UsageError, nearest
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.materialise import LayerNames
from ccc.neural.model import Model


@dataclass(frozen=True)
class Weight:
    """One number of a model: its name, and the tensor and place where it stands."""

    name: str
    tensor: Tensor
    index: tuple[int, ...]

    @property
    def value(self) -> float:
        return float(self.tensor[self.index])


class _Directions:
    """Names of places; where experts share one, the name that the given expert uses."""

    def __init__(self, model: Model) -> None:
        self._names: dict[int, list[str]] = {}
        for name, place in model.directions.items():
            self._names.setdefault(place, []).append(name)

    def name(self, place: int, owner: str = "") -> str:
        names = self._names[place]
        return next((name for name in names if owner and name.startswith(owner)), names[0])


def named_weights(model: Model) -> Iterator[Weight]:
    """Every weight that is not 0, in the order of the layers."""
    directions = _Directions(model)
    for module, names in zip(model.transformer.sublayers, model.layers, strict=True):
        if isinstance(module, GatedFeedForward):
            yield from _of_units(module, names, f"{names.name}.", "", directions)
        elif isinstance(module, MultiHeadAttention):
            yield from _of_heads(module, names, directions)
        elif isinstance(module, MixtureOfExperts):
            yield from _of_experts(module, names, directions)


def _places(tensor: Tensor) -> list[list[int]]:
    return cast("list[list[int]]", tensor.nonzero().tolist())


def _of_units(
    module: GatedFeedForward, names: LayerNames, prefix: str, owner: str, directions: _Directions
) -> Iterator[Weight]:
    for matrix in ("value", "gate"):
        tensor = cast(Tensor, getattr(module, matrix))
        for unit, place in _places(tensor):
            name = f"{prefix}{names.rows[unit]}.{matrix}[{directions.name(place, owner)}]"
            yield Weight(name, tensor, (unit, place))
    for place, unit in _places(module.out):
        yield Weight(f"{prefix}{names.rows[unit]}.out[{directions.name(place, owner)}]", module.out, (place, unit))


def _of_heads(module: MultiHeadAttention, names: LayerNames, directions: _Directions) -> Iterator[Weight]:
    for matrix in ("query", "key", "value"):
        tensor = cast(Tensor, getattr(module, matrix))
        for head, component, place in _places(tensor):
            name = f"{names.name}.{names.rows[head]}.{matrix}{component}[{directions.name(place)}]"
            yield Weight(name, tensor, (head, component, place))
    depth = module.value.shape[1]
    for place, column in _places(module.out):
        head, component = divmod(column, depth)
        name = f"{names.name}.{names.rows[head]}.out{component}[{directions.name(place)}]"
        yield Weight(name, module.out, (place, column))


def _of_experts(module: MixtureOfExperts, names: LayerNames, directions: _Directions) -> Iterator[Weight]:
    for expert, place in _places(module.router):
        name = f"{names.name}.router.{names.rows[expert]}[{directions.name(place)}]"
        yield Weight(name, module.router, (expert, place))
    for index, (expert_name, parts) in enumerate(zip(names.rows, names.experts, strict=True)):
        owner = f"{names.name}.{expert_name}."
        for layer, part in zip(module.expert(index), parts, strict=True):
            yield from _of_units(layer, part, f"{owner}{part.name}.", owner, directions)


def perturb(model: Model, name: str, value: float) -> tuple[Model, float]:
    """A copy of `model` with one weight changed, and its old value. Raises UsageError, naming the nearest weights."""
    changed = replace(model, transformer=copy.deepcopy(model.transformer), perturbed=True)
    weights = {weight.name: weight for weight in named_weights(changed)}
    if name not in weights:
        hint = nearest(name, weights) or "`ccc weights --describe --json` lists every name"
        raise UsageError(f"no weight {name!r} among the {len(weights):,} that are not 0", hint)
    weight = weights[name]
    old = weight.value
    with torch.no_grad():
        weight.tensor[weight.index] = value
    return changed, old


@dataclass(frozen=True)
class Part:
    """A sublayer, head, or expert, described: the directions it reads and writes, its non-zero weights."""

    kind: str
    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    nonzero: int
    units: int
    parts: tuple[Part, ...] = ()


def describe(model: Model) -> list[Part]:
    """The model's sublayers in order, each with its heads or experts."""
    directions = _Directions(model)
    return [
        _describe(module, names, directions)
        for module, names in zip(model.transformer.sublayers, model.layers, strict=True)
    ]


def _describe(module: object, names: LayerNames, directions: _Directions) -> Part:
    if isinstance(module, GatedFeedForward):
        return _describe_units(module, names, "", directions)
    if isinstance(module, MultiHeadAttention):
        heads = tuple(_describe_head(module, head, name, directions) for head, name in enumerate(names.rows))
        return _whole("attention", names.name, heads, 0)
    experts = cast(MixtureOfExperts, module)
    parts = []
    for index, name in enumerate(names.rows):
        owner = f"{names.name}.{name}."
        layers = tuple(
            _describe_units(layer, part, owner, directions)
            for layer, part in zip(experts.expert(index), names.experts[index], strict=True)
        )
        parts.append(_whole("expert", name, layers, int((experts.router[index] != 0).sum())))
    return _whole("experts", names.name, tuple(parts), 0)


def _whole(kind: str, name: str, parts: tuple[Part, ...], own: int) -> Part:
    reads = dict.fromkeys(direction for part in parts for direction in part.reads)
    writes = dict.fromkeys(direction for part in parts for direction in part.writes)
    nonzero = own + sum(part.nonzero for part in parts)
    return Part(kind, name, tuple(reads), tuple(writes), nonzero, sum(part.units for part in parts), parts)


def _used(matrix: Tensor, directions: _Directions, owner: str) -> dict[str, None]:
    places = (matrix != 0).reshape(-1, matrix.shape[-1]).any(dim=0).nonzero().squeeze(-1).tolist()
    return dict.fromkeys(directions.name(place, owner) for place in cast("list[int]", places))


def _describe_units(module: GatedFeedForward, names: LayerNames, owner: str, directions: _Directions) -> Part:
    reads = _used(module.value, directions, owner) | _used(module.gate, directions, owner)
    writes = _used(module.out.T, directions, owner)
    nonzero = sum(int((tensor != 0).sum()) for tensor in (module.value, module.gate, module.out))
    return Part("feed-forward", names.name, tuple(reads), tuple(writes), nonzero, len(module.value))


def _describe_head(module: MultiHeadAttention, head: int, name: str, directions: _Directions) -> Part:
    depth = module.value.shape[1]
    out = module.out[:, head * depth : (head + 1) * depth]
    tensors = (module.query[head], module.key[head], module.value[head])
    reads: dict[str, None] = {}
    for tensor in tensors:
        reads |= _used(tensor, directions, "")
    nonzero = sum(int((tensor != 0).sum()) for tensor in (*tensors, out))
    return Part("head", name, tuple(reads), tuple(_used(out.T, directions, "")), nonzero, 0)
