"""`ccc diff-trace`: two engines in lockstep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.assembler import address_names, format_instruction
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
from ccc.errors import ExitCode, UsageError
from ccc.machine import Image, format_cell

if TYPE_CHECKING:
    from ccc.trace import Change, Comparison, Instruction

_SHOWN = 20  # disagreements listed


@click.command("diff-trace")
@image_argument
@click.option("--left", default="emulator", show_default=True, metavar="ENGINE", help="One engine.")
@click.option(
    "--right", default="dense", show_default=True, metavar="ENGINE", help="The other; dense:all computes all rows."
)
@dialect_options
@input_options
@click.option("--max-steps", type=click.IntRange(min=0), help="Stop after so many instructions.  [default: no limit]")
@click.option(
    "--context",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="Instructions shown before a difference.",
)
@json_option
@neural_options
def command(
    image: str,
    left: str,
    right: str,
    isa: str | None,
    dialect: str | None,
    numbers: str | None,
    file: str | None,
    max_steps: int | None,
    context: int,
    as_json: bool,
    weights: Path | None,
    rows: str,
    threads: int,
    perturb: tuple[str, ...],
) -> int:
    """Compare the whole state of two engines after every instruction: pc, registers, cells, output, fault.

    Exit code 0: no difference. 1: a difference, which is shown with the instructions before it. --weights and
    --perturb apply to the right side if that is neural, else to the left.
    """
    from ccc.cli.render import Progress
    from ccc.trace import EngineOptions, compare, make_executor

    loaded = load_image(image, isa, dialect)
    if left == right == "emulator" and (weights or perturb):
        raise UsageError("--weights and --perturb need a neural engine on one side")
    given = engine_options(weights, rows, threads, perturb)
    plain = EngineOptions(rows=rows, threads=threads)
    right_is_neural = right != "emulator"
    first = make_executor(left, loaded, plain if right_is_neural else given)
    second = make_executor(right, loaded, given)
    inputs = read_inputs(numbers, file)
    with Progress(f"{left} and {right}") as progress:
        result = compare(
            loaded,
            first,
            second,
            inputs,
            max_steps=max_steps if max_steps is not None else 1 << 62,
            context=context,
            progress=lambda done: progress.update(done, max_steps),
        )
    click.echo(json.dumps(_to_json(result, loaded)) if as_json else _text(result, loaded, left, right))
    return ExitCode.OK if result.equal else ExitCode.DIFFERENCE


def _source(image: Image, pc: float) -> str:
    line = image.info.line_at(pc)
    return f"{line.file}:{line.line}: {line.text.strip()}" if line else ""


def _instruction(image: Image, names: Mapping[int, str], instruction: Instruction) -> str:
    if not instruction.cells:
        return "(no instruction: outside memory)"
    return format_instruction(instruction.cells, names, extended=image.dialect.extended)


def _text(result: Comparison, image: Image, left: str, right: str) -> str:
    difference = result.difference
    if difference is None:
        opcodes = ", ".join(f"{name} {count:,}" for name, count in sorted(result.opcodes.items()))
        return (
            f"no difference: {left} and {right}\n"
            f"instructions compared  {result.instructions:,}\n"
            f"values put out         {result.outputs:,}\n"
            f"ended by               {result.reason}\n"
            f"opcodes covered        {len(result.opcodes)}: {opcodes or 'none'}"
        )
    lines = [f"difference after {result.instructions:,} equal instructions, {left} and {right}"]
    names = address_names(image)
    for instruction in (*difference.leading, difference.instruction):
        marker = ">" if instruction is difference.instruction else " "
        at = format_cell(instruction.pc)
        text = _instruction(image, names, instruction)
        lines.append(
            f"{marker} step {instruction.step:<6} pc {at:<6} {text:<32} {_source(image, instruction.pc)}".rstrip()
        )
    titles = (left, right) if left != right else (f"{left} (left)", f"{right} (right)")
    lines += _table(difference.changes[:_SHOWN], *titles)
    if len(difference.changes) > _SHOWN:
        lines.append(f"  and {len(difference.changes) - _SHOWN} more")
    return "\n".join(lines)


def _table(changes: Sequence[Change], left: str, right: str) -> list[str]:
    """What differs, a line each: before the instruction, and after it on either side."""
    rows: list[tuple[str, ...]] = [("", "before", left, right)]
    for change in changes:
        values = (change.before, change.left, change.right)
        rows.append((change.what, *("-" if value is None else format_cell(value) for value in values)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    markers = [" ", *"!" * len(changes)]
    return [
        f"{marker} {row[0]:<{widths[0]}}  " + "  ".join(f"{row[c]:>{widths[c]}}" for c in (1, 2, 3))
        for marker, row in zip(markers, rows, strict=True)
    ]


def _to_json(result: Comparison, image: Image) -> dict[str, Any]:
    first = None
    if result.difference:
        at = result.difference.instruction
        first = {
            "step": at.step,
            "pc": json_number(at.pc),
            "instruction": _instruction(image, address_names(image), at),
            "source": _source(image, at.pc),
            "changes": [
                {"what": change.what}
                | {
                    side: None if value is None else json_number(value)
                    for side, value in (("before", change.before), ("left", change.left), ("right", change.right))
                }
                for change in result.difference.changes
            ],
        }
    return {
        "equal": result.equal,
        "instructions": result.instructions,
        "opcodes": result.opcodes,
        "reason": result.reason,
        "first_difference": first,
        "checksum": image.checksum,
    }
