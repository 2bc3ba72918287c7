"""`ccc mutants`: each weight with its sign flipped and zeroed, and whether a comparison with the emulator notices."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import click

from ccc.cli.options import images_argument, input_options, json_option, load_image, read_inputs
from ccc.cli.output import stop_on_interrupt
from ccc.errors import ExitCode, UsageError
from ccc.files import write_atomic
from ccc.isa import DIALECTS, find_dialect
from ccc.machine import WIDTHS

if TYPE_CHECKING:
    from ccc.trace.mutants import MutantReport


@click.command("mutants")
@images_argument
@click.option("--isa", type=click.Choice(["full", "subleq"]), help="All instructions or SUBLEQ alone.  [default: full]")
@click.option("--dialect", type=click.Choice(list(DIALECTS)), help="A dialect of SUBLEQ, instead of --isa.")
@click.option("--width", type=click.Choice([str(width) for width in WIDTHS]), help="Word width.  [default: 32]")
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="N of the mutants, drawn at random.  [default: all]"
)
@input_options
@click.option("--seed", type=int, default=0, show_default=True, help="Which situations are drawn.")
@click.option("-o", "--output", metavar="FILE", help="Write the whole report as JSON.")
@click.option("--markdown", metavar="FILE", help="Write it as a page.")
@json_option
def command(
    images: tuple[str, ...],
    isa: str | None,
    dialect: str | None,
    width: str | None,
    sample: int | None,
    numbers: str | None,
    file: str | None,
    seed: int,
    output: str | None,
    markdown: str | None,
    as_json: bool,
) -> int:
    """Change each weight in turn, and see that a comparison notices.

    Every weight that is not 0 is tried with its sign flipped and at 0, on random situations of every opcode, and what
    it does is compared with the emulator, bit for bit. What that does not show is tried on every instruction of the
    programs given, run with the input given. Those that nothing shows are listed with the reason. Ctrl-C ends it early,
    with a report of what was tried by then.
    """
    from ccc.neural import construct
    from ccc.trace.mutant_programs import Program
    from ccc.trace.mutants import mutants_of, try_mutants

    if isa and dialect:
        raise UsageError("--isa and --dialect exclude each other")
    name = dialect or ("subleq" if isa == "subleq" else "ccc")
    model = construct(find_dialect(name), int(width or 32))
    mutants = mutants_of(model)
    if sample is not None and sample < len(mutants):
        mutants = Random(seed).sample(mutants, sample)
    inputs = tuple(read_inputs(numbers, file)) if images else ()
    programs = [Program(load_image(path, dialect=name), inputs) for path in images]
    with stop_on_interrupt() as stop:
        report = try_mutants(
            model, mutants, seed=seed, programs=programs, progress=_Progress(), stop=lambda: stop.requested
        )
    if output is not None:
        write_atomic(output, json.dumps(report.to_json(), indent=1).encode())
    if markdown is not None:
        write_atomic(markdown, page(report).encode())
    click.echo(json.dumps(report.to_json()) if as_json else _summary(report))
    return ExitCode.INTERRUPTED if report.interrupted else ExitCode.OK


class _Progress:
    """A line on the screen, now and then; nothing where standard error is no terminal."""

    def __init__(self) -> None:
        self._shown = 0.0

    def __call__(self, number: int, done: int, of: int) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and (now - self._shown > 0.5 or done == of):
            self._shown = now
            click.echo(f"\rround {number + 1}: {done:,} of {of:,}   ", nl=done == of, err=True)


def _summary(report: MutantReport) -> str:
    caught, total = sum(report.caught.values()), sum(report.total.values())
    reasons = Counter(survivor.reason for survivor in report.survivors)
    lines = [f"  {count:,}: {reason.value}" for reason, count in reasons.most_common()]
    if report.interrupted:
        lines = [f"interrupted: {report.untried:,} not tried, and those not caught may be caught by further situations"]
    return "\n".join([f"{caught:,} of {total:,} mutants caught ({report.share:.1%})", *lines])


def page(report: MutantReport) -> str:
    """The report as Markdown: by sublayer, and the survivors by reason."""
    from ccc.trace.mutants import CHANGES

    caught, total = sum(report.caught.values()), sum(report.total.values())
    programs = f" and, where those showed nothing, on {report.from_programs:,} states of programs"
    lines = [
        "<!-- Written by `ccc mutants --markdown`. -->",
        "",
        f"# Weights under test: dialect {report.dialect}, {report.word} bits",
        "",
        "Every weight that is not 0 was tried with its sign flipped and at 0, on "
        f"{report.situations:,} random situations of every opcode (seed {report.seed})"
        f"{programs if report.from_programs else ''}, each followed for some steps and compared with the emulator "
        "after every one, registers, cells, output and input, bit for bit. "
        f"**{caught:,} of {total:,} mutants ({report.share:.2%}) were caught.**",
        "",
        "| sublayer | caught | of |",
        "|---|---|---|",
        *(f"| {part} | {report.caught.get(part, 0):,} | {count:,} |" for part, count in report.total.items()),
        "",
        "## The survivors, by reason",
    ]
    groups = Counter(survivor.reason for survivor in report.survivors)
    for reason, count in groups.most_common():
        lines += ["", f"### {reason.name.replace('_', ' ').capitalize()}: {count:,}", "", reason.value, ""]
        members: dict[str, list[str]] = {}
        for survivor in report.survivors:
            if survivor.reason is reason:
                members.setdefault(survivor.mutant.name, []).append(survivor.mutant.change)
        both = [name for name, changes in members.items() if len(changes) == len(CHANGES)]
        for change in CHANGES:
            only = [name for name, changes in members.items() if changes == [change]]
            lines += [f"- {change}: " + ", ".join(f"`{name}`" for name in only)] if only else []
        lines += ["- both: " + ", ".join(f"`{name}`" for name in both)] if both else []
    return "\n".join(lines) + "\n"
