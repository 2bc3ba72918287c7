"""Executors by name. A library is loaded only when an engine that needs it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccc.errors import UsageError, nearest
from ccc.machine import BatchExecutor, Executor, Image, SinglesBatch

if TYPE_CHECKING:
    from ccc.neural import Model

ENGINES: dict[str, str] = {
    "emulator": "the reference emulator, compiled by numba",
    "native": "the Transformer's weights lowered to machine code",
    "dense": "the Transformer in plain torch, float64",
    "sparse": "the same weights in torch, attention only over keys that can carry weight",
}
NEURAL = tuple(name for name in ENGINES if name != "emulator")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How neural engines are set up.

    rows: `changed` or `all`. weights: a file to run instead of constructed weights. perturb: weights to change, as
    (name, value). threads: torch's. checksum: of every engine, keep the running checksum where it can.
    """

    rows: str = "changed"
    weights: Path | None = None
    perturb: tuple[tuple[str, float], ...] = ()
    threads: int = 1
    checksum: bool = False


def make_executor(name: str, image: Image, options: EngineOptions | None = None) -> Executor:
    """The executor called `name`, ready to start on `image`. `dense:all` and `dense:changed` say which rows.

    Raises UsageError on an unknown name or weight, WeightsError on unfit weights.
    """
    engine, _, rows = name.partition(":")
    if engine not in ENGINES or (rows and engine != "dense"):
        raise UsageError(f"no engine {name!r}", nearest(name, ENGINES) or f"known: {', '.join(ENGINES)}")
    if engine == "emulator":
        from ccc.emulator import Emulator

        return Emulator(checksum=options is not None and options.checksum)
    options = options or EngineOptions()
    if engine == "native":
        from ccc.neural import NativeExecutor

        if options.perturb:
            return NativeExecutor(_model(image, options), checksum=options.checksum)
        return NativeExecutor(weights=options.weights, checksum=options.checksum)
    model = _model(image, options)
    if engine == "sparse":
        from ccc.neural import SparseExecutor

        return SparseExecutor(model, threads=options.threads)
    from ccc.neural import DenseExecutor

    return DenseExecutor(model, rows=rows or options.rows, threads=options.threads)


def make_batch_executor(name: str, images: Sequence[Image], options: EngineOptions | None = None) -> BatchExecutor:
    """The batch executor called `name` for `images`, which may be of several dialects and widths.

    Raises UsageError on an unknown name or weight, or where weights are given and images of several kinds; WeightsError
    on unfit weights.
    """
    options = options or EngineOptions()
    given = bool(options.weights or options.perturb)
    if name == "emulator" or (name == "native" and not options.perturb):
        return SinglesBatch(name, lambda image: make_executor(name, image, options), options.threads)
    if name not in ENGINES:
        raise UsageError(f"no engine {name!r}", nearest(name, ENGINES) or f"known: {', '.join(ENGINES)}")
    from ccc.neural import make_batch

    model = None
    if given:
        if len({(image.dialect.name, image.width) for image in images}) > 1:
            raise UsageError("images of several dialects or word widths cannot share given weights")
        model = _model(images[0], options)
    return make_batch(name, model, options.threads)


def _model(image: Image, options: EngineOptions) -> Model:
    """The weights that `options` ask for, or those constructed for the image."""
    from ccc.neural import constructed, perturb, read_weights

    model = read_weights(options.weights) if options.weights else constructed(image.dialect, image.width)
    for weight, value in options.perturb:
        model, _ = perturb(model, weight, value)
    return model
