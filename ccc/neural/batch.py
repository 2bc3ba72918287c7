"""Many programs in one call: the dense batch, the table of engines, and `run_batch`, which says how each one ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ccc.errors import UsageError, nearest
from ccc.machine import BatchExecutor, Image, Reason, SinglesBatch, State, reason_of
from ccc.neural.batch_host import LaneBatch
from ccc.neural.codec import EXTRA_TOKENS, INPUT_TOKEN
from ccc.neural.layers import MultiHeadAttention
from ccc.neural.model import Model
from ccc.neural.native import NativeExecutor
from ccc.neural.patterns import END, VALUE
from ccc.neural.sparse_engine import SparseBatch

_MOST_SCORES = 1 << 24  # doubles of attention scores that programs run together may have: 128 MiB
_FIRST_PIECE = 1 << 10  # instructions between two looks at who still runs; more, as long as they take less than
_PIECE_SECONDS = 0.05  # for Ctrl-C is heard between pieces only, where machine code runs


class DenseLanes:
    """Programs with memories of one size as one residual stream [lanes, cells + 3, width], all rows computed."""

    def __init__(self, model: Model, states: Sequence[State]) -> None:
        self._model = model
        self._x = torch.stack([model.codec.embed(state) for state in states])
        heads = [len(layer.query) for layer in model.transformer.sublayers if isinstance(layer, MultiHeadAttention)]
        self._together = max(1, _MOST_SCORES // (max(heads, default=1) * self._x.shape[1] ** 2))

    def others(self) -> Tensor:
        return self._x[:, -EXTRA_TOKENS:]

    def values(self, lane: int) -> Tensor:
        return self._model.codec.values(self._x[lane, :-EXTRA_TOKENS])

    def step(self, inputs: Tensor) -> None:
        port = self.others()[:, INPUT_TOKEN]
        port[:, self._model.directions[VALUE]], port[:, self._model.directions[END]] = inputs.unbind(dim=1)
        self._x = torch.cat([self._model.transformer(part) for part in torch.split(self._x, self._together)])

    def keep(self, lanes: Tensor) -> None:
        self._x = self._x[lanes]

    def snapshot(self) -> Any:
        return self._x.clone()

    def restore(self, snapshot: Any) -> None:
        self._x = snapshot.clone()


class DenseBatch(LaneBatch):
    """Many programs at once by plain torch: those with memories of one size share a tensor, all rows are computed.

    See `LaneBatch` for the arguments.
    """

    def __init__(self, model: Model | None = None, *, threads: int = 1) -> None:
        super().__init__("dense", DenseLanes, lambda image: image.size, model, threads)


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a program of a batch ended: its last state, what it put out, instructions executed, and why it ended."""

    state: State
    outputs: tuple[float, ...]
    steps: int
    reason: Reason


MakeBatch = Callable[[Model | None, int], BatchExecutor]

BATCH_ENGINES: dict[str, MakeBatch] = {
    "native": lambda model, threads: SinglesBatch("native", lambda image: NativeExecutor(model), threads),
    "sparse": lambda model, threads: SparseBatch(model, threads=threads),
    "dense": lambda model, threads: DenseBatch(model, threads=threads),
}
"""Engines that run batches, by name: each makes one from a model (None: construct the weights) and threads."""


def make_batch(engine: str, model: Model | None = None, threads: int = 1) -> BatchExecutor:
    """The batch executor called `engine`. Raises UsageError on an unknown name."""
    if engine not in BATCH_ENGINES:
        hint = nearest(engine, BATCH_ENGINES) or f"known: {', '.join(BATCH_ENGINES)}"
        raise UsageError(f"no engine {engine!r} that runs batches", hint)
    return BATCH_ENGINES[engine](model, threads)


def run_batch(
    images: Sequence[Image],
    inputs: Sequence[Sequence[float]] | None = None,
    *,
    engine: str = "native",
    max_steps: int | None = None,
    model: Model | None = None,
    threads: int = 1,
) -> list[RunResult]:
    """Run each image until it stops, or for `max_steps` instructions, all of them together.

    inputs: the input values of each program; none by default. Programs may differ in code, data, size, dialect and word
    width; a given `model` must fit them all. Raises UsageError where there are not as many inputs as images or the
    engine is unknown, WeightsError or ImageError where something does not fit.
    """
    if inputs is not None and len(inputs) != len(images):
        raise UsageError(
            f"{len(inputs)} inputs for {len(images)} images", "each image takes its own sequence of values"
        )
    batch = make_batch(engine, model, threads)
    batch.start(images, inputs if inputs is not None else [()] * len(images))
    steps, piece = [0] * len(images), _FIRST_PIECE
    while max_steps is None or max(steps, default=max_steps) < max_steps:
        asked = piece if max_steps is None else min(piece, max_steps - max(steps, default=0))
        start = time.perf_counter()
        executed = batch.run(asked)
        steps = [before + more for before, more in zip(steps, executed, strict=True)]
        if max(executed, default=0) < asked:
            break
        if time.perf_counter() - start < _PIECE_SECONDS:
            piece *= 2
    return results_of(batch, steps)


def results_of(batch: BatchExecutor, steps: Sequence[int]) -> list[RunResult]:
    """How the programs of a batch stand after so many `steps` each."""
    ends = zip(batch.states(), batch.outputs(), steps, strict=True)
    return [RunResult(state, tuple(outputs), count, reason_of(state)) for state, outputs, count in ends]
