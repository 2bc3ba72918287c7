"""The Transformer that executes programs: constructed weights, the layers that hold them, engines that run them.

It shares the instruction table with the emulator and nothing else: neither imports the other.
"""

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
