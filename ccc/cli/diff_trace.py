"""`ccc diff-trace`: two engines compared on one program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccc.cli.diff_trace_report import Report
from ccc.cli.options import (
    dialect_options,
    engine_options,
    image_argument,
    input_options,
    json_option,
    load_image,
    neural_options,
    read_inputs,
)
from ccc.cli.output import STARTING, stop_on_interrupt
from ccc.errors import ExitCode, UsageError
from ccc.machine import Executor, Image

if TYPE_CHECKING:
    from ccc.neural import Search
    from ccc.trace import Comparison

_KEEP_CHECKSUMS = ("emulator", "native")


@click.command("diff-trace")
@image_argument
@click.option("--left", default="emulator", show_default=True, metavar="ENGINE", help="One engine.")
@click.option(
    "--right",
    metavar="ENGINE",
    help="The other; dense:all computes all rows.  [default: native; with --rows or --perturb: dense]",
)
@dialect_options
@input_options
@click.option("--max-steps", type=click.IntRange(min=0), help="Stop after so many instructions.  [default: no limit]")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Compare the whole states after every N instructions; between, engines that can compare a running checksum of "
    "what every instruction wrote.  [default: 1,000,000 if both engines keep checksums, else 1]",
)
@click.option(
    "--context",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="Instructions shown before a difference.",
)
@json_option
@neural_options
@click.option("--both", is_flag=True, help="--weights and --perturb apply to both sides, as far as they are neural.")
def command(
    image: str,
    left: str,
    right: str | None,
    isa: str | None,
    dialect: str | None,
    numbers: str | None,
    file: str | None,
    max_steps: int | None,
    every: int | None,
    context: int,
    as_json: bool,
    weights: Path | None,
    rows: str | None,
    threads: int,
    perturb: tuple[str, ...],
    both: bool,
) -> int:
    """Compare two engines on one program, bit for bit: pc, registers, cells, output, fault, inputs taken.

    The first instruction that makes a difference is shown with those before it. Where an engine is a Transformer, the
    report also names the first sublayer, unit or head and direction at which its residual stream departs from that of
    the constructed weights. --weights and --perturb apply to the right side if that is neural, else to the left; with
    --both to both, which shows whether two engines go wrong in the same way.

    Exit codes: 0 no difference, 1 a difference, 130 interrupted: the report says how far the two were equal.
    """
    from ccc.cli.render import Progress, waiting
    from ccc.trace import EngineOptions, compare, make_executor

    loaded = load_image(image, isa, dialect)
    # Machine code for weights that are wrong on purpose takes longer to make than the first difference is to find.
    right = right or ("dense" if rows or perturb else "native")
    if left == right == "emulator" and (weights or perturb):
        raise UsageError("--weights and --perturb need a neural engine on one side")
    # Lockstep needs no checksums; beside an engine that keeps none, the emulator's still count the opcodes.
    checksum = every != 1 if every else left in _KEEP_CHECKSUMS and right in _KEEP_CHECKSUMS
    given = replace(engine_options(weights, rows, threads, perturb), checksum=checksum)
    plain = EngineOptions(rows=given.rows, threads=threads, checksum=checksum)
    inputs = read_inputs(numbers, file)
    with waiting(STARTING):
        first = make_executor(left, loaded, given if both or right == "emulator" else plain)
        second = make_executor(right, loaded, given)
        first.start(loaded, inputs)
        second.start(loaded, inputs)
    with stop_on_interrupt() as stop, Progress(f"{left} and {right}") as progress:
        result = compare(
            loaded,
            first,
            second,
            inputs,
            max_steps=max_steps if max_steps is not None else 1 << 62,
            context=context,
            every=every,
            progress=lambda done: progress.update(done, max_steps),
            stop=lambda: stop.requested,
        )
    report = Report(result, loaded, left, right, _searches(result, loaded, inputs, {"left": first, "right": second}))
    click.echo(json.dumps(report.to_json()) if as_json else report.text())
    return _exit_code(result)


def _exit_code(result: Comparison) -> ExitCode:
    if result.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.OK if result.equal else ExitCode.DIFFERENCE


def _searches(
    result: Comparison, image: Image, inputs: Sequence[float], sides: Mapping[str, Executor]
) -> dict[str, Search]:
    """After a difference: where each side that is a Transformer departs from the constructed weights."""
    from ccc.trace import departure_of

    if result.difference is None:
        return {}
    found = {side: departure_of(engine, image, inputs, result.difference) for side, engine in sides.items()}
    return {side: search for side, search in found.items() if search}
