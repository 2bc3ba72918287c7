"""`ccc run`: execute a state image and hand out what it puts out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccc.cli.options import (
    DEFAULT_IMAGE,
    dialect_options,
    engine_options,
    images_argument,
    input_options,
    json_option,
    load_image,
    neural_options,
    read_inputs,
)
from ccc.cli.output import STARTING, Output, stop_on_interrupt
from ccc.cli.run_result import Result, Shown, say_end, stats_of
from ccc.cli.run_several import run_several
from ccc.errors import ImageError, UsageError
from ccc.files import atomic_writer, check_writable
from ccc.machine import Executor, Image, write_image

if TYPE_CHECKING:
    from ccc.trace import EngineOptions

_SLICE = 0.1  # seconds of work between looks at the clock and at Ctrl-C
_TRACE_SLICE = 1000  # instructions of a trace between two looks at the output


@click.command("run")
@images_argument
@click.option("--neural", is_flag=True, help="Run in the Transformer.")
@click.option(
    "--engine",
    metavar="NAME",
    help="emulator, native, sparse or dense.  [default: emulator; with --neural: native, or dense with --rows]",
)
@dialect_options
@input_options
@click.option("--bytes", "form", flag_value="bytes", help="Put output out as bytes.")
@click.option("--numbers", "form", flag_value="numbers", help="Put output out as numbers, one a line.")
@click.option("--max-steps", type=click.IntRange(min=0), help="Stop after so many instructions.  [default: no limit]")
@click.option("--stats", is_flag=True, help="Say on standard error what the run took.")
@click.option("--save-state", metavar="FILE", help="Write the final state as an image.")
@click.option("--trace", metavar="FILE", help="Write a commit log: one JSON object an instruction (emulator only).")
@json_option
@neural_options
def command(
    images: tuple[str, ...],
    neural: bool,
    engine: str | None,
    isa: str | None,
    dialect: str | None,
    numbers: str | None,
    file: str | None,
    form: str | None,
    max_steps: int | None,
    stats: bool,
    save_state: str | None,
    trace: str | None,
    as_json: bool,
    weights: Path | None,
    rows: str | None,
    threads: int,
    perturb: tuple[str, ...],
) -> int:
    """Run STATE.BIN until it halts, or until Ctrl-C. Several images run side by side, all with the same input.

    Output that is text and ends with a new line is shown as text, all other as numbers, one a line; --bytes and
    --numbers decide it, and show it at once.

    Exit codes: 0 halted, 10 fault, 11 step limit, 130 interrupted; of several images the worst, a fault before a step
    limit.
    """
    images = images or (DEFAULT_IMAGE,)
    loaded = [load_image(path, isa, dialect) for path in images]
    name = _engine_name(engine, neural, rows, bool(weights or perturb))
    inputs = read_inputs(numbers, file)
    options = engine_options(weights, rows, threads, perturb)
    shown = Shown(form, as_json, stats)
    if len(loaded) == 1:
        return _run_one(images[0], loaded[0], name, inputs, max_steps, options, shown, save_state, trace)
    if save_state is not None or trace is not None:
        raise UsageError("--save-state and --trace take one image")
    return run_several(images, loaded, name, inputs, max_steps, options, shown)


def _run_one(
    name: str,
    image: Image,
    engine: str,
    inputs: list[float],
    max_steps: int | None,
    options: EngineOptions,
    shown: Shown,
    save_state: str | None,
    trace: str | None,
) -> int:
    if save_state is not None:
        check_writable(save_state)
    output = None if shown.as_json else Output(shown.form)
    if trace is not None:
        if engine != "emulator":
            raise UsageError("--trace is written by the emulator", "`ccc diff-trace` compares other engines with it")
        result = _traced(image, inputs, max_steps, trace, output)
    else:
        from ccc.cli.render import waiting
        from ccc.trace import make_executor

        with waiting(STARTING):
            executor = make_executor(engine, image, options)
            executor.start(image, inputs)
        result = _run(executor, image, max_steps, output)
    if output:
        output.finish()
    if shown.as_json:
        click.echo(json.dumps({"image": name} | result.to_json()))
    else:
        say_end(result)
    if shown.stats:
        click.echo(stats_of(result), err=True)
    if save_state is not None:
        _save(save_state, result)
    return result.exit_code


def _save(path: str, result: Result) -> None:
    """Write the final state. Raises FileError, and ImageError where wrong weights have made of it what is no image."""
    try:
        write_image(path, result.image.with_state(result.state))
    except ImageError as error:
        raise ImageError(
            f"--save-state: {path} is not written, as the final state is no image ({error.message})", error.hint
        ) from None


def _engine_name(engine: str | None, neural: bool, rows: str | None, has_weights: bool) -> str:
    if engine == "emulator" and neural:
        raise UsageError("--neural and --engine emulator exclude each other")
    name = engine or (("dense" if rows else "native") if neural else "emulator")
    if name == "emulator" and has_weights:
        raise UsageError("--weights and --perturb need --neural")
    if rows and name != "dense":
        raise UsageError(f"--rows is for the dense engine, and this is {name}", "add --engine dense")
    return name


def _run(executor: Executor, image: Image, max_steps: int | None, output: Output | None) -> Result:
    """Run in slices, so that Ctrl-C is heard, and output and progress are seen."""
    from ccc.cli.render import Progress

    steps = shown = 0
    seconds = 0.0
    piece = 16
    with stop_on_interrupt() as stop, Progress(executor.name) as progress:
        while not stop.requested and (max_steps is None or steps < max_steps):
            before = time.perf_counter()
            asked = piece if max_steps is None else min(piece, max_steps - steps)
            done = executor.run(asked)
            seconds += time.perf_counter() - before
            steps += done
            if output:
                values = executor.outputs(shown)
                shown += len(values)
                output.add(values)
            progress.update(steps, max_steps)
            if done < asked:
                break
            if time.perf_counter() - before < _SLICE / 2:
                piece *= 2
    result = Result(executor.name, image, executor.state(), steps, seconds, output=executor.outputs())
    result.dense_steps = getattr(executor, "dense_steps", None)
    result.interrupted = stop.requested and result.is_unfinished(max_steps)
    return result


def _traced(image: Image, inputs: list[float], max_steps: int | None, path: str, output: Output | None) -> Result:
    from ccc.cli.render import Progress
    from ccc.emulator import Emulator
    from ccc.trace.commit_log import log_lines, to_line

    emulator = Emulator(record=True)
    emulator.start(image, inputs)
    steps = shown = 0
    start = time.perf_counter()
    with atomic_writer(path) as file, stop_on_interrupt() as stop, Progress("trace") as progress:
        for record in log_lines(emulator, image, max_steps):
            file.write(to_line(record))
            steps += not record.fault
            if output and record.step % _TRACE_SLICE == 0:
                values = emulator.outputs(shown)
                shown += len(values)
                output.add(values)
            progress.update(steps, max_steps)
            if stop.requested:
                break
    if output:
        output.add(emulator.outputs(shown))
    seconds = time.perf_counter() - start
    result = Result("emulator", image, emulator.state(), steps, seconds, output=emulator.outputs())
    result.interrupted = stop.requested and result.is_unfinished(max_steps)
    return result
