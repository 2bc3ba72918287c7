"""The engines that are compared with the emulator on random programs."""

from __future__ import annotations

from collections.abc import Callable

from ccc.machine import Executor
from ccc.neural import DenseExecutor, NativeExecutor, SparseExecutor

ENGINES: dict[str, Callable[[], Executor]] = {
    "dense": DenseExecutor,
    "dense-all-rows": lambda: DenseExecutor(rows="all"),
    "sparse": SparseExecutor,
    "native": NativeExecutor,
}
