"""The Transformer that executes programs: constructed weights, the layers that hold them, engines that run them.

It shares the instruction table with the emulator and nothing else: neither imports the other. Public names are loaded
when they are first asked for, as torch takes a second to load and a compiled network needs none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccc.neural.batch import BATCH_ENGINES, DenseBatch, RunResult, make_batch, run_batch
    from ccc.neural.certificate.certificate import DTYPES, Certificate, Failure, certify
    from ccc.neural.dense import DenseExecutor
    from ccc.neural.departure import Departure, Search, find_departure
    from ccc.neural.gradients import (
        Gradient,
        GradientError,
        Input,
        Output,
        Quotients,
        finite_differences,
        gradient,
    )
    from ccc.neural.model import ISAS, Model, construct
    from ccc.neural.mutant_bench import MutantBench
    from ccc.neural.mutant_trial import Effect, Expected, Threshold, Trial
    from ccc.neural.naming import Part, Weight, describe, named_weights, perturb
    from ccc.neural.native import NativeExecutor
    from ccc.neural.sparse import SparseState, SparseStepper
    from ccc.neural.sparse_engine import SparseBatch, SparseExecutor
    from ccc.neural.weights import read_weights, write_weights

__all__ = [
    "BATCH_ENGINES",
    "DTYPES",
    "ISAS",
    "Certificate",
    "DenseBatch",
    "DenseExecutor",
    "Departure",
    "Effect",
    "Expected",
    "Failure",
    "Gradient",
    "GradientError",
    "Input",
    "Model",
    "MutantBench",
    "NativeExecutor",
    "Output",
    "Part",
    "Quotients",
    "RunResult",
    "Search",
    "SparseBatch",
    "SparseExecutor",
    "SparseState",
    "SparseStepper",
    "Threshold",
    "Trial",
    "Weight",
    "certify",
    "construct",
    "constructed",
    "describe",
    "find_departure",
    "finite_differences",
    "gradient",
    "make_batch",
    "named_weights",
    "perturb",
    "read_weights",
    "run_batch",
    "write_weights",
]

_HOMES = {
    "BATCH_ENGINES": "batch",
    "DenseBatch": "batch",
    "RunResult": "batch",
    "make_batch": "batch",
    "run_batch": "batch",
    "DTYPES": "certificate.certificate",
    "Certificate": "certificate.certificate",
    "Failure": "certificate.certificate",
    "certify": "certificate.certificate",
    "DenseExecutor": "dense",
    "Departure": "departure",
    "Search": "departure",
    "find_departure": "departure",
    "Gradient": "gradients",
    "gradient": "gradients",
    "Quotients": "gradients",
    "finite_differences": "gradients",
    "GradientError": "gradients",
    "Input": "gradients",
    "Output": "gradients",
    "ISAS": "model",
    "Model": "model",
    "NativeExecutor": "native",
    "construct": "model",
    "constructed": "model",
    "MutantBench": "mutant_bench",
    "Effect": "mutant_trial",
    "Expected": "mutant_trial",
    "Threshold": "mutant_trial",
    "Trial": "mutant_trial",
    "Part": "naming",
    "Weight": "naming",
    "describe": "naming",
    "named_weights": "naming",
    "perturb": "naming",
    "SparseState": "sparse",
    "SparseStepper": "sparse",
    "SparseBatch": "sparse_engine",
    "SparseExecutor": "sparse_engine",
    "read_weights": "weights",
    "write_weights": "weights",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
