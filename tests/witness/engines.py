"""The engines that the witness questions."""

from __future__ import annotations

from ccc.emulator import Emulator
from ccc.machine import Executor
from ccc.neural import DenseExecutor, NativeExecutor, SparseExecutor

ENGINES = ("emulator", "dense", "dense-all-rows", "sparse", "native")


def make_executor(name: str) -> Executor:
    """A fresh executor."""
    if name == "emulator":
        return Emulator()
    if name == "sparse":
        return SparseExecutor()
    if name == "native":
        return NativeExecutor()
    return DenseExecutor(rows="all" if name == "dense-all-rows" else "changed")
