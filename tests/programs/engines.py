"""The engines that run the table of programs. The emulator comes first: the others are compared with it."""

from __future__ import annotations

from collections.abc import Callable

from ccc.emulator import Emulator
from ccc.machine import Executor, Image
from ccc.neural import DenseExecutor, NativeExecutor, SparseExecutor

ENGINES: dict[str, Callable[[], Executor]] = {
    "emulator": Emulator,
    "dense": lambda: DenseExecutor(rows="changed"),
    "dense-all-rows": lambda: DenseExecutor(rows="all"),
    "sparse": SparseExecutor,
    "native": NativeExecutor,
}

CELLS_AT_MOST = {"dense-all-rows": 40}
"""Engines whose cost grows with memory run only the programs that are this small."""


def takes(engine: str, image: Image) -> bool:
    """Whether `engine` runs programs of this size here."""
    return image.size <= CELLS_AT_MOST.get(engine, image.size)
