"""The Transformer that executes programs: constructed weights, the layers that hold them, engines that run them.

It shares the instruction table with the emulator and nothing else: neither imports the other.
"""

from ccc.neural.dense import DenseExecutor
from ccc.neural.model import ISAS, Model, construct

__all__ = ["ISAS", "DenseExecutor", "Model", "construct"]
