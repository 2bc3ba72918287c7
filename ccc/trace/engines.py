"""Executors by name. A library is loaded only when an engine that needs it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ccc.errors import UsageError, nearest
from ccc.machine import Executor, Image

ENGINES: dict[str, str] = {
    "emulator": "the reference emulator, compiled by numba",
    "dense": "the Transformer in plain torch, float64",
}
NEURAL = tuple(name for name in ENGINES if name != "emulator")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How neural engines are set up.

    rows: `changed` or `all`. weights: a file to run instead of constructed weights. perturb: weights to change, as
    (name, value). threads: torch's.
    """

    rows: str = "changed"
    weights: Path | None = None
    perturb: tuple[tuple[str, float], ...] = ()
    threads: int = 1


def make_executor(name: str, image: Image, options: EngineOptions | None = None) -> Executor:
    """The executor called `name`, ready to start on `image`. `dense:all` and `dense:changed` say which rows.

    Raises UsageError on an unknown name or weight, WeightsError on unfit weights.
    """
    engine, _, rows = name.partition(":")
    if engine not in ENGINES or (rows and engine not in NEURAL):
        raise UsageError(f"no engine {name!r}", nearest(name, ENGINES) or f"known: {', '.join(ENGINES)}")
    if engine == "emulator":
        from ccc.emulator import Emulator

        return Emulator()
    from ccc.neural import DenseExecutor, construct, perturb, read_weights

    options = options or EngineOptions()
    model = read_weights(options.weights) if options.weights else construct(image.dialect, image.width)
    for weight, value in options.perturb:
        model, _ = perturb(model, weight, value)
    return DenseExecutor(model, rows=rows or options.rows, threads=options.threads)
