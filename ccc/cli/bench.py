"""`ccc bench`: how fast ccc is on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.options import json_option
from ccc.errors import ExitCode
from ccc.files import write_atomic

if TYPE_CHECKING:
    from ccc.bench import Report

_PARTS = ("subleq", "extended", "opcodes", "scaling", "batches", "start-up", "memory", "weights")
_ACROSS = 4  # opcodes beside each other in a row of their table


@click.command("bench")
@click.option("--quick", is_flag=True, help="Shorter runs, smaller memories and batches: a minute or two.")
@click.option(
    "--only", "parts", multiple=True, type=click.Choice(_PARTS), metavar="PART", help="This part; several times."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write plots (SVG) and figures.json there. Needs matplotlib.",
)
@json_option
def command(quick: bool, parts: tuple[str, ...], output: Path | None, as_json: bool) -> int:
    """Measure rates, scaling, batches, start-up, memory and the size of the weights, in a source checkout.

    Parts: subleq (plain SUBLEQ in the emulator, the native Transformer and C at -O3, in turn), extended (the stated mix
    of the whole instruction set), opcodes (each instruction alone), scaling (seconds a step against cells), batches,
    start-up, memory, weights. All of them unless told. Compare figures only within one run, on a machine at rest.

    Ctrl-C ends the run; what was measured until then is shown and written. Exit codes: 0 done, 130 interrupted.
    """
    from ccc.bench import FULL, QUICK, Report, checkout, measure, require_matplotlib
    from ccc.cli.render_bench import PartProgress

    checkout()
    if output is not None:
        require_matplotlib()
    report = Report()
    with PartProgress() as progress:
        chosen = [name for name in _PARTS if not parts or name in parts]
        measure(chosen, QUICK if quick else FULL, report, progress.say)
    if output is not None:
        _write(report, output)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2))
    else:
        _show(report)
    if report.interrupted:
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def _write(report: Report, folder: Path) -> None:
    from ccc.bench import write_plots

    written = write_plots(report, folder)
    figures = folder / "figures.json"
    write_atomic(figures, (json.dumps(report.to_json(), indent=2) + "\n").encode())
    click.echo(f"written: {', '.join(map(str, [*written, figures]))}", err=True)


def _show(report: Report) -> None:
    from ccc.bench import FIGURES, TABLES
    from ccc.cli.render import print_table

    figures = [
        (name, number(report.figures[name]), figure.unit, figure.meaning)
        for name, figure in FIGURES.items()
        if name in report.figures
    ]
    if figures:
        print_table(("figure", "value", "unit", "what it is"), figures, right=(1,))
    for name, meaning in TABLES.items():
        if table := report.tables.get(name):
            click.echo(f"\n{name}: {meaning}")
            columns, rows, right = _grid(table)
            print_table(columns, rows, right=right)
    for note in report.notes:
        click.echo(f"\nnote: {note}")


def _grid(table: dict[str, Any]) -> tuple[list[str], list[list[str]], range]:
    """Columns and rows of a table, and the columns that hold numbers.

    By size downwards and engine across, or name and value several times beside each other.
    """
    if all(isinstance(column, dict) for column in table.values()):
        sizes = sorted({size for column in table.values() for size in column}, key=int)
        rows = [[f"{int(size):,}", *(number(column.get(size)) for column in table.values())] for size in sizes]
        return ["", *table], rows, range(len(table) + 1)
    width = 2 * min(_ACROSS, len(table))
    cells = [text for name, value in table.items() for text in (name, number(value))]
    cells += [""] * (-len(cells) % width)
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    return [""] * width, rows, range(1, width, 2)


def number(value: float | None) -> str:
    """A figure for people: four digits that count, thousands apart; nothing where nothing was measured."""
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 0.01 else f"{value:.4g}"
