"""`ccc run`: execute a state image and hand out what it puts out."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ccc.cli.options import (
    engine_options,
    image_argument,
    input_options,
    isa_option,
    json_option,
    load_image,
    neural_options,
    read_inputs,
)
from ccc.errors import ExitCode, UsageError
from ccc.files import atomic_writer
from ccc.machine import Executor, Image, Reason, State, format_cell, reason_of, to_json_number, write_image

_SLICE = 0.1  # seconds of work between looks at the clock and at Ctrl-C


@dataclass(slots=True)
class _Result:
    """A run, whole or interrupted."""

    engine: str
    image: Image
    steps: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    state: State | None = None
    output: list[float] | None = None

    @property
    def reason(self) -> str:
        return "interrupted" if self.interrupted else reason_of(self._state).value

    @property
    def _state(self) -> State:
        return self.state or self.image.state

    @property
    def exit_code(self) -> ExitCode:
        if self.interrupted:
            return ExitCode.INTERRUPTED
        codes = {Reason.HALT: ExitCode.OK, Reason.FAULT: ExitCode.FAULT, Reason.STEP_LIMIT: ExitCode.STEP_LIMIT}
        return codes[reason_of(self._state)]

    def to_json(self) -> dict[str, Any]:
        state = self._state
        return {
            "engine": self.engine,
            "reason": self.reason,
            "fault": state.fault_label if self.reason == Reason.FAULT.value else None,
            "steps": self.steps,
            "seconds": round(self.seconds, 6),
            "output": [to_json_number(value) for value in self.output or []],
            "pc": to_json_number(state.pc),
            "checksum": self.image.checksum,
        }


@click.command("run")
@image_argument
@click.option("--neural", is_flag=True, help="Run in the Transformer.")
@click.option("--engine", metavar="NAME", help="emulator or dense.  [default: emulator; with --neural: dense]")
@isa_option
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
    """Run STATE.BIN until it halts. Output is text if it all is, else numbers; --bytes and --numbers decide it.

    Exit codes: 0 halted, 10 fault, 11 step limit, 130 interrupted.
    """
    loaded = load_image(image, isa)
    name = _engine_name(engine, neural, bool(weights or perturb))
    inputs = read_inputs(numbers, file)
    if trace:
        if name != "emulator":
            raise UsageError("--trace is written by the emulator", "`ccc diff-trace` compares other engines with it")
        result = _traced(loaded, inputs, max_steps, trace)
    else:
        from ccc.trace import make_executor

        executor = make_executor(name, loaded, engine_options(weights, rows, threads, perturb))
        executor.start(loaded, inputs)
        result = _run(executor, loaded, max_steps)
    _show(result, form, as_json, stats)
    if save_state and result.state:
        write_image(save_state, loaded.with_state(result.state))
    return result.exit_code


def _engine_name(engine: str | None, neural: bool, has_weights: bool) -> str:
    if engine == "emulator" and neural:
        raise UsageError("--neural and --engine emulator exclude each other")
    name = engine or ("dense" if neural else "emulator")
    if name == "emulator" and has_weights:
        raise UsageError("--weights and --perturb need --neural")
    return name


def _run(executor: Executor, image: Image, max_steps: int | None) -> _Result:
    """Run in slices, so that Ctrl-C is heard and progress is seen."""
    from ccc.cli.render import Progress

    result = _Result(executor.name, image)
    start = time.perf_counter()
    piece = 16
    try:
        with Progress(executor.name) as progress:
            while max_steps is None or result.steps < max_steps:
                before = time.perf_counter()
                asked = piece if max_steps is None else min(piece, max_steps - result.steps)
                done = executor.run(asked)
                result.steps += done
                progress.update(result.steps, max_steps)
                if done < asked:
                    break
                if time.perf_counter() - before < _SLICE / 2:
                    piece *= 2
    except KeyboardInterrupt:
        result.interrupted = True
    result.seconds = time.perf_counter() - start
    result.state, result.output = executor.state(), executor.outputs()
    return result


def _traced(image: Image, inputs: list[float], max_steps: int | None, path: str) -> _Result:
    from ccc.cli.render import Progress
    from ccc.emulator import Emulator
    from ccc.trace.commit_log import log_lines, to_line

    emulator = Emulator(record=True)
    emulator.start(image, inputs)
    result = _Result("emulator", image)
    start = time.perf_counter()
    try:
        with atomic_writer(path) as file, Progress("trace") as progress:
            for record in log_lines(emulator, image, max_steps):
                file.write(to_line(record))
                result.steps += not record.fault
                progress.update(result.steps, max_steps)
    except KeyboardInterrupt:
        result.interrupted = True
    result.seconds = time.perf_counter() - start
    result.state, result.output = emulator.state(), emulator.outputs()
    return result


def _show(result: _Result, form: str | None, as_json: bool, stats: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.to_json()))
    else:
        _write_output(result.output or [], form)
        _say_end(result)
    if stats:
        click.echo(_stats(result), err=True)


def _write_output(values: list[float], form: str | None) -> None:
    if form == "bytes" or (form is None and _is_text(values)):
        odd = next((value for value in values if not value.is_integer()), None)
        if odd is not None:
            raise UsageError(f"output value {odd} is no byte", "--numbers puts any value out")
        sys.stdout.flush()
        sys.stdout.buffer.write(bytes(int(value) & 0xFF for value in values))
        sys.stdout.buffer.flush()
        return
    for value in values:
        click.echo(format_cell(value))


def _is_text(values: list[float]) -> bool:
    """Whether all values are bytes of UTF-8 text without control characters but white space."""
    if not all(0 <= value < 256 and value.is_integer() for value in values):
        return False
    try:
        text = bytes(int(value) for value in values).decode()
    except UnicodeDecodeError:
        return False
    return all(ch.isprintable() or ch in "\t\n\r" for ch in text)


def _say_end(result: _Result) -> None:
    """On standard error, anything but an ordinary end: where the program stopped, and why."""
    if result.exit_code is ExitCode.OK or result.state is None:
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
    state, start = result._state, result.image.state
    rate = result.steps / result.seconds if result.seconds else 0.0
    changed = int((state.cells != start.cells).sum())
    lines = [
        f"engine        {result.engine}",
        f"end           {result.reason}",
        f"instructions  {result.steps:,}",
        f"seconds       {result.seconds:.3f}",
        f"a second      {rate:,.0f}",
        f"output        {len(result.output or []):,} values",
        f"memory        {result.image.size:,} cells, {changed:,} changed",
    ]
    return "\n".join(lines)
