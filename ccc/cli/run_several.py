"""`ccc run` with several images: one batch, and what became of each program."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ccc.cli.output import STARTING, Output, stop_on_interrupt
from ccc.cli.run_result import Result, Shown, say_end
from ccc.errors import ExitCode, ImageError, WeightsError
from ccc.machine import BatchExecutor, Image

if TYPE_CHECKING:
    from ccc.trace import EngineOptions

_SLICE = 0.1  # seconds of work between looks at Ctrl-C
_OF_ALL = ("seconds", "dense_steps")
_WORST = (ExitCode.INTERRUPTED, ExitCode.FAULT, ExitCode.STEP_LIMIT, ExitCode.OK)


def run_several(
    names: Sequence[str],
    images: Sequence[Image],
    engine: str,
    inputs: list[float],
    max_steps: int | None,
    options: EngineOptions,
    shown: Shown,
) -> int:
    """Run `images`, called `names`, side by side, each with the same `inputs`; return the worst exit code."""
    from ccc.cli.render import waiting
    from ccc.trace import make_batch_executor

    with waiting(STARTING):
        try:
            batch = make_batch_executor(engine, images, options)
            batch.start(images, [inputs] * len(images))
        except (ImageError, WeightsError):
            _blame(names, images, engine, inputs, options)
            raise
    start = time.perf_counter()
    results = _run(batch, images, max_steps)
    seconds = time.perf_counter() - start
    if shown.as_json:
        click.echo(json.dumps([_to_json(name, result) for name, result in zip(names, results, strict=True)]))
    else:
        for name, result in zip(names, results, strict=True):
            _show(name, result, shown.form)
    if shown.stats:
        click.echo(_totals(batch.name, results, seconds), err=True)
    codes = {result.exit_code for result in results}
    return next(code for code in _WORST if code in codes)


def _blame(
    names: Sequence[str], images: Sequence[Image], engine: str, inputs: list[float], options: EngineOptions
) -> None:
    """Raises the error of the first image that can't be started, with its name."""
    from ccc.trace import make_executor

    for name, image in zip(names, images, strict=True):
        try:
            make_executor(engine, image, options).start(image, inputs)
        except (ImageError, WeightsError) as error:
            raise type(error)(f"{name}: {error.message}", error.hint) from None


def _run(batch: BatchExecutor, images: Sequence[Image], max_steps: int | None) -> list[Result]:
    """Run in slices, so that Ctrl-C is heard and progress is seen."""
    from ccc.cli.render import Progress

    steps = [0] * len(images)
    asked_so_far, piece = 0, 16
    with stop_on_interrupt() as stop, Progress(batch.name) as progress:
        while not stop.requested and (max_steps is None or asked_so_far < max_steps):
            before = time.perf_counter()
            asked = piece if max_steps is None else min(piece, max_steps - asked_so_far)
            executed = batch.run(asked)
            asked_so_far += asked
            steps = [total + more for total, more in zip(steps, executed, strict=True)]
            progress.update(sum(steps))
            if max(executed) < asked:
                break
            if time.perf_counter() - before < _SLICE / 2:
                piece *= 2
    results = []
    for image, state, outputs, count in zip(images, batch.states(), batch.outputs(), steps, strict=True):
        result = Result(batch.name, image, state, count, output=outputs)
        result.interrupted = stop.requested and result.is_unfinished(max_steps)
        results.append(result)
    return results


def _to_json(name: str, result: Result) -> dict[str, object]:
    """One program's entry: as of a single run, with the image's name, without what is known of all of them only."""
    return {"image": name} | {key: value for key, value in result.to_json().items() if key not in _OF_ALL}


def _show(name: str, result: Result, form: str | None) -> None:
    """The program's name on a line of its own, and its output below."""
    click.echo(f"{name}:")
    output = Output(form)
    output.add(result.output)
    output.finish()
    if form == "bytes" and result.output and result.output[-1] != ord("\n"):
        click.echo()
    sys.stdout.flush()
    say_end(result, name)


def _totals(engine: str, results: Sequence[Result], seconds: float) -> str:
    steps = sum(result.steps for result in results)
    ends = [result.reason for result in results]
    lines = [
        f"engine        {engine}",
        f"programs      {len(results):,}",
        "ends          " + ", ".join(f"{end} {ends.count(end)}" for end in sorted(set(ends))),
        f"instructions  {steps:,}",
        f"seconds       {seconds:.3f}",
        f"a second      {steps / seconds if seconds else 0.0:,.0f}",
        f"output        {sum(len(result.output) for result in results):,} values",
    ]
    return "\n".join(lines)
