"""How a run ended, and how it is told: as JSON, as figures, as a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import click

from ccc.cli.options import json_number
from ccc.errors import ExitCode
from ccc.machine import Image, Reason, State, format_cell, reason_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What to print. form: of the output, `bytes`, `numbers`, or None to go by what it is."""

    form: str | None
    as_json: bool
    stats: bool


@dataclass(slots=True)
class Result:
    """A run, whole or interrupted, with the state and the output it has come to."""

    engine: str
    image: Image
    state: State
    steps: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    output: list[float] = field(default_factory=list)
    dense_steps: int | None = None  # instructions that the native engine left to the dense one

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
        by_dense = {} if self.dense_steps is None else {"dense_steps": self.dense_steps}
        return {
            "engine": self.engine,
            "reason": self.reason,
            "fault": self.state.fault_label if self.reason == Reason.FAULT.value else None,
            "steps": self.steps,
            **by_dense,
            "seconds": round(self.seconds, 6),
            "output": [json_number(value) for value in self.output],
            "pc": json_number(self.state.pc),
            "checksum": self.image.checksum,
        }


def say_end(result: Result, name: str = "") -> None:
    """On standard error, anything but an ordinary end: where the program stopped, and why. name: what to call it."""
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
    click.echo(f"{name}{': ' if name else ''}{what}\n  after {result.steps:,} instructions, at {where}", err=True)


def _is_known(state: State) -> bool:
    return not state.fault_label.startswith("unknown")


def stats_of(result: Result) -> str:
    """What the run took, one figure a line."""
    state, start = result.state, result.image.state
    rate = result.steps / result.seconds if result.seconds else 0.0
    changed = int((state.cells != start.cells).sum())
    lines = [
        f"engine        {result.engine}"
        + (f", {result.dense_steps:,} instructions by dense" if result.dense_steps else ""),
        f"end           {result.reason}",
        f"instructions  {result.steps:,}",
        f"seconds       {result.seconds:.3f}",
        f"a second      {rate:,.0f}",
        f"output        {len(result.output):,} values",
        f"memory        {result.image.size:,} cells, {changed:,} changed",
    ]
    return "\n".join(lines)
