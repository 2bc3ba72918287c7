"""Weights on disk: a safetensors file that says what it is, so that it runs without being constructed again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ccc.errors import WeightsError
from ccc.files import write_atomic
from ccc.isa import DIALECTS
from ccc.machine import REGISTERS, WIDTHS
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Transformer
from ccc.neural.materialise import LayerNames
from ccc.neural.model import ISAS, Model
from ccc.neural.patterns import SIZE, TAKEN, TOKEN_DIRECTIONS
from ccc.tensors import Container

Array = NDArray[np.float64]

_MAX_NUMBERS = 1 << 26  # of one tensor: 512 MiB
_CONTAINER = Container("weights file", "ccc-weights-1", _MAX_NUMBERS, WeightsError)
_KINDS = ("feed-forward", "attention", "experts")


def write_weights(path: str | Path, model: Model) -> None:
    """Write `model` to `path`, atomically. Raises FileError, and WeightsError where `read_weights` would refuse it."""
    state = model.transformer.state_dict()
    for name, tensor in state.items():
        if tensor.dtype != torch.float64:
            raise WeightsError(
                f"{path} is not written: {name} is {str(tensor.dtype).removeprefix('torch.')}, not float64"
            )
    tensors = {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}
    metadata = {
        "dialect": model.dialect.name,
        "word": str(model.word),
        "isa": model.isa,
        "width": str(model.width),
        "directions": json.dumps(dict(model.directions)),
        "layers": json.dumps([_names_to_json(names) for names in model.layers]),
        "perturbed": "yes" if model.perturbed else "no",
        "checksum": model.checksum,
    }
    try:
        _sound(path, tensors, metadata)
    except WeightsError as error:
        raise WeightsError(f"not written: {error.message}", error.hint) from None
    write_atomic(path, _CONTAINER.encode(tensors, metadata))


def read_weights(path: str | Path) -> Model:
    """The model in `path`. Raises FileError when it cannot be read, WeightsError when it is no sound weights file."""
    return _sound(path, *_CONTAINER.read(path))


def _sound(path: str | Path, tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> Model:
    """The model that a file holds. Raises WeightsError where it is none."""
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise WeightsError(f"{path}: a weight is infinite or NaN")
    try:
        model = _decode({name: torch.from_numpy(tensor.copy()) for name, tensor in tensors.items()}, metadata)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError, RecursionError) as error:
        raise WeightsError(f"{path}: tensors and names do not fit each other ({str(error)[:100]})") from None
    if model.checksum != metadata.get("checksum"):
        raise WeightsError(f"{path}: the checksum does not match: the file was changed or damaged")
    return model


def _names_to_json(names: LayerNames) -> dict[str, Any]:
    return {
        "kind": names.kind,
        "name": names.name,
        "rows": list(names.rows),
        "counts": list(names.counts),
        "experts": [[_names_to_json(part) for part in parts] for parts in names.experts],
    }


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError("a number that must be whole is not")
    return value


def _names_from_json(entry: Mapping[str, Any]) -> LayerNames:
    if entry["kind"] not in _KINDS or not isinstance(entry["name"], str):
        raise ValueError("an unknown kind of layer")
    return LayerNames(
        entry["kind"],
        entry["name"],
        tuple(map(str, entry["rows"])),
        tuple(_whole(count) for count in entry["counts"]),
        tuple(tuple(_names_from_json(part) for part in parts) for parts in entry["experts"]),
    )


def _decode(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Model:
    width, word, isa = int(metadata["width"]), int(metadata["word"]), metadata["isa"]
    directions = {str(name): _whole(place) for name, place in json.loads(metadata["directions"]).items()}
    missing = [name for name in (*TOKEN_DIRECTIONS, *REGISTERS, SIZE, TAKEN) if name not in directions]
    if missing or word not in WIDTHS or isa not in ISAS:
        raise ValueError(f"directions {missing} are missing, or the width or instruction set is unknown")
    if not all(0 <= place < width for place in directions.values()) or len(set(directions.values())) != width:
        raise ValueError("directions and width disagree")
    layers = tuple(_names_from_json(entry) for entry in json.loads(metadata["layers"]))
    unused, perturbed = dict(tensors), metadata.get("perturbed") == "yes"
    modules = [_module(unused, f"sublayers.{index}.", names, width) for index, names in enumerate(layers)]
    if unused:
        raise ValueError(f"tensors that no layer uses: {sorted(unused)[:3]}")
    return Model(Transformer(modules), layers, directions, width, DIALECTS[metadata["dialect"]], word, isa, perturbed)


def _module(tensors: dict[str, Tensor], prefix: str, names: LayerNames, width: int) -> nn.Module:
    if names.kind == "feed-forward":
        return _feed_forward(tensors, prefix, names, width)
    if names.kind == "attention":
        query, key, value, out = (tensors.pop(prefix + part) for part in ("query", "key", "value", "out"))
        if not (query.ndim == value.ndim == 3 and len(query) == len(value) == len(names.rows)):
            raise ValueError(f"attention {names.name}: heads and tensors disagree")
        if not query.shape[-1] == key.shape[-1] == value.shape[-1] == out.shape[0] == width:
            raise ValueError(f"attention {names.name}: its tensors are not {width} wide")
        return MultiHeadAttention(query, key, value, out)
    router = tensors.pop(prefix + "router")
    if not len(router) or router.shape != (len(names.rows), width):
        raise ValueError(f"experts {names.name}: names and router disagree")
    experts = [
        [_feed_forward(tensors, f"{prefix}experts.{k}.{j}.", part, width) for j, part in enumerate(parts)]
        for k, parts in enumerate(names.experts)
    ]
    return MixtureOfExperts(router, experts)


def _feed_forward(tensors: dict[str, Tensor], prefix: str, names: LayerNames, width: int) -> GatedFeedForward:
    value, gate, out = (tensors.pop(prefix + part) for part in ("value", "gate", "out"))
    if value.shape != (len(names.rows), width) or len(names.counts) != 3 or min(names.counts) < 0:
        raise ValueError(f"feed-forward {names.name}: names and tensors disagree")
    return GatedFeedForward(value, gate, out, names.counts)
