"""The Transformer that executes programs: constructed weights, the layers that hold them, engines that run them.

It shares the instruction table with the emulator and nothing else: neither imports the other. Public names are loaded
when they are first asked for, as torch takes a second to load and a compiled network needs none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccc.neural.dense import DenseExecutor
    from ccc.neural.model import ISAS, Model, construct
    from ccc.neural.naming import Part, Weight, describe, named_weights, perturb
    from ccc.neural.weights import read_weights, write_weights

__all__ = [
    "ISAS",
    "DenseExecutor",
    "Model",
    "Part",
    "Weight",
    "construct",
    "describe",
    "named_weights",
    "perturb",
    "read_weights",
    "write_weights",
]

_HOMES = {
    "DenseExecutor": "dense",
    "ISAS": "model",
    "Model": "model",
    "construct": "model",
    "Part": "naming",
    "Weight": "naming",
    "describe": "naming",
    "named_weights": "naming",
    "perturb": "naming",
    "read_weights": "weights",
    "write_weights": "weights",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
