"""`ccc run`: execute a state image and hand out what it puts out."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ccc.cli.options import (
    dialect_options,
    engine_options,
    image_argument,
    input_options,
    json_number,
    json_option,
    load_image,
    neural_options,
    read_inputs,
)
from ccc.cli.output import Output, stop_on_interrupt
from ccc.errors import ExitCode, UsageError
from ccc.files import atomic_writer, check_writable
from ccc.machine import Executor, Image, Reason, State, format_cell, reason_of, write_image

_SLICE = 0.1  # seconds of work between looks at the clock and at Ctrl-C
_TRACE_SLICE = 1000  # instructions of a trace between two looks at the output


@dataclass(slots=True)
class _Result:
    """A run, whole or interrupted, with the state and the output it has come to."""

    engine: str
    image: Image
    state: State
    steps: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    output: list[float] = field(default_factory=list)

    @property
    def reason(self) -> str:
        return "interrupted" if self.interrupted else reason_of(self.state).value

    @property
    def exit_code(self) -> ExitCode:
        if self.interrupted:
            return ExitCode.INTERRUPTED
        codes = {Reason.HALT: ExitCode.OK, Reason.FAULT: ExitCode.FAULT, Reason.STEP_LIMIT: ExitCode.STEP_LIMIT}
        return codes[reason_of(self.state)]

    def is_unfinished(self, max_steps: int | None) -> bool:
        """Whether the program could have gone on."""
        return not self.state.stopped and (max_steps is None or self.steps < max_steps)

    def to_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "reason": self.reason,
            "fault": self.state.fault_label if self.reason == Reason.FAULT.value else None,
            "steps": self.steps,
            "seconds": round(self.seconds, 6),
            "output": [json_number(value) for value in self.output],
            "pc": json_number(self.state.pc),
            "checksum": self.image.checksum,
        }


@click.command("run")
@image_argument
@click.option("--neural", is_flag=True, help="Run in the Transformer.")
@click.option("--engine", metavar="NAME", help="emulator or dense.  [default: emulator; with --neural: dense]")
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
    image: str,
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
    rows: str,
    threads: int,
    perturb: tuple[str, ...],
) -> int:
    """Run STATE.BIN until it halts, or until Ctrl-C.

    Output that is text and ends with a new line is shown as text, all other as numbers, one a line; --bytes and
    --numbers decide it, and show it at once.

    Exit codes: 0 halted, 10 fault, 11 step limit, 130 interrupted.
    """
    loaded = load_image(image, isa, dialect)
    name = _engine_name(engine, neural, bool(weights or perturb))
    inputs = read_inputs(numbers, file)
    if save_state is not None:
        check_writable(save_state)
    output = None if as_json else Output(form)
    if trace is not None:
        if name != "emulator":
            raise UsageError("--trace is written by the emulator", "`ccc diff-trace` compares other engines with it")
        result = _traced(loaded, inputs, max_steps, trace, output)
    else:
        from ccc.trace import make_executor

        executor = make_executor(name, loaded, engine_options(weights, rows, threads, perturb))
        executor.start(loaded, inputs)
        result = _run(executor, loaded, max_steps, output)
    if output:
        output.finish()
    if save_state is not None:
        write_image(save_state, loaded.with_state(result.state))
    if as_json:
        click.echo(json.dumps(result.to_json()))
    else:
        _say_end(result)
    if stats:
        click.echo(_stats(result), err=True)
    return result.exit_code


def _engine_name(engine: str | None, neural: bool, has_weights: bool) -> str:
    if engine == "emulator" and neural:
        raise UsageError("--neural and --engine emulator exclude each other")
    name = engine or ("dense" if neural else "emulator")
    if name == "emulator" and has_weights:
        raise UsageError("--weights and --perturb need --neural")
    return name


def _run(executor: Executor, image: Image, max_steps: int | None, output: Output | None) -> _Result:
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
    result = _Result(executor.name, image, executor.state(), steps, seconds, output=executor.outputs())
    result.interrupted = stop.requested and result.is_unfinished(max_steps)
    return result


def _traced(image: Image, inputs: list[float], max_steps: int | None, path: str, output: Output | None) -> _Result:
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
    result = _Result("emulator", image, emulator.state(), steps, seconds, output=emulator.outputs())
    result.interrupted = stop.requested and result.is_unfinished(max_steps)
    return result


def _say_end(result: _Result) -> None:
    """On standard error, anything but an ordinary end: where the program stopped, and why."""
    if result.exit_code is ExitCode.OK:
        return
    state = result.state
    where = f"pc {format_cell(state.pc)}"
    line = result.image.info.line_at(state.pc)
    if line:
        where += f", {line.file}:{line.line}: {line.text.strip()}"
    what = result.reason
    if result.exit_code is ExitCode.FAULT:
        what = f"fault: {state.fault_label} ({state.fault.meaning})" if _is_known(state) else "fault: unknown code"
    click.echo(f"{what}\n  after {result.steps:,} instructions, at {where}", err=True)


def _is_known(state: State) -> bool:
    return not state.fault_label.startswith("unknown")


def _stats(result: _Result) -> str:
    state, start = result.state, result.image.state
    rate = result.steps / result.seconds if result.seconds else 0.0
    changed = int((state.cells != start.cells).sum())
    lines = [
        f"engine        {result.engine}",
        f"end           {result.reason}",
        f"instructions  {result.steps:,}",
        f"seconds       {result.seconds:.3f}",
        f"a second      {rate:,.0f}",
        f"output        {len(result.output):,} values",
        f"memory        {result.image.size:,} cells, {changed:,} changed",
    ]
    return "\n".join(lines)
