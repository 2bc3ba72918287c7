"""`ccc skills`: what the libraries hold, and whether it does what its cards say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.options import json_option, library_option
from ccc.cli.records import record_lines
from ccc.errors import CccError, ExitCode, UsageError, nearest

if TYPE_CHECKING:
    from ccc.skills import Card, Report, Skill

command = click.Group(
    "skills",
    help="The skills of the libraries: folders with a source NAME.s and a card NAME.yaml for each skill.\n\n"
    "A skill is looked for in --library, then in $CCC_LIBRARY, then among those that come with ccc.",
)


@command.command("list")
@library_option
@json_option
def list_skills(folders: tuple[str, ...], as_json: bool) -> int:
    """Every skill: generation, kind, slots, cost on its first test, whether it has a Jacobian.

    The cost is instructions from EXEC to the return, both counted.

    A skill that cannot be read does not hide the others; the exit code is then that of its mistake.
    """
    from ccc.cli.render import Progress, print_table
    from ccc.skills import Library, Tester

    library = Library.default(folders)
    tester = Tester(library, ("emulator",))
    rows: list[tuple[Card, int | None]] = []
    code = ExitCode.OK
    with Progress("skills") as progress:
        for number, skill in enumerate(library, 1):
            try:
                rows.append((skill.card, tester.instructions(skill.name)))
            except CccError as error:
                click.echo(error.render(), err=True)
                code = error.exit_code
            progress.say(f"{number} of {len(library)}, {skill.name}")
    rows.sort(key=lambda row: (row[0].generation, row[0].name))
    if as_json:
        found = [_card_json(card, cost) for card, cost in rows]
        click.echo(json.dumps({"folders": [str(folder) for folder in library.folders], "skills": found}))
        return code
    columns = ("skill", "gen", "kind", "slots", "instructions", "Jacobian", "what it does")
    print_table(columns, [_row(card, cost) for card, cost in rows], right=(1, 4))
    return code


@command.command("show")
@click.argument("name")
@library_option
@json_option
def show(name: str, folders: tuple[str, ...], as_json: bool) -> None:
    """One skill: its card, what it rests on, instructions of each test from EXEC to the return, how it was learnt where
    it was, and its source.
    """
    from ccc.skills import Library, Tester

    library = Library.default(folders)
    skill = library.find(name)
    card = skill.card
    costs = Tester(library, ("emulator",)).costs(name)
    if as_json:
        details = {
            "requires": list(skill.requires),
            "rests_on": list(skill.rests_on),
            "scratch": skill.declared.room,
            "costs": costs,
            "file": str(skill.source),
            "source": skill.text,
            "record": skill.record.as_json() if skill.record is not None else None,
        }
        click.echo(json.dumps(_card_json(card, costs[0] if costs else None) | details))
        return
    click.echo(_details(skill, card, costs))
    if skill.record is not None:
        click.echo("\nlearnt\n" + "\n".join(f"  {line}" for line in record_lines(skill.record)))
    click.echo("\n" + _printable(skill.text.rstrip()))


@command.command("test")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="Where to run the tests; several times. All must agree bit for bit.  [default: emulator and native]",
)
@click.option(
    "--autograd",
    is_flag=True,
    help="Compare Jacobian code with reverse mode through every instruction of the Transformer too; slow.",
)
@library_option
@json_option
def test(
    names: tuple[str, ...], engines: tuple[str, ...], autograd: bool, folders: tuple[str, ...], as_json: bool
) -> int:
    """Run the tests of the cards of these skills, or of all; and Jacobian code against finite differences.

    Exit code 1 where a skill does not do what its card says.
    """
    from ccc.skills import DEFAULT_ENGINES, Library, Tester
    from ccc.trace import ENGINES

    for engine in engines:
        if engine.partition(":")[0] not in ENGINES:
            raise UsageError(f"no engine {engine!r}", nearest(engine, ENGINES) or f"known: {', '.join(ENGINES)}")
    library = Library.default(folders)
    chosen = list(dict.fromkeys(names)) or library.names
    for name in chosen:
        library.find(name)
    if not chosen:
        raise UsageError("no skills to test", "name a library with --library")
    reports: list[Report] = []
    errors: dict[str, CccError] = {}
    try:
        _run_tests(Tester(library, engines or DEFAULT_ENGINES, autograd=autograd), chosen, reports, errors)
    finally:  # of a test that is broken off too
        if as_json:
            click.echo(json.dumps(_reports_json(reports, errors, len(chosen))))
        else:
            _print_reports(reports, errors, autograd=autograd)
    if errors:
        return next(iter(errors.values())).exit_code
    return ExitCode.OK if all(report.passed for report in reports) else ExitCode.DIFFERENCE


def _run_tests(tester: Any, names: Sequence[str], reports: list[Report], errors: dict[str, CccError]) -> None:
    """Puts a report for each name into `reports`, or what went wrong into `errors`."""
    from ccc.cli.render import Progress

    with Progress("testing") as progress:
        for number, name in enumerate(names, 1):
            progress.say(f"{name}, {number} of {len(names)}")
            try:
                reports.append(tester.test(name))
            except CccError as error:
                errors[name] = error


# What is shown


def _printable(text: str) -> str:
    """A source as a terminal may show it: a library from elsewhere is not to be trusted with escape sequences."""
    return "".join(ch if ch.isprintable() or ch in "\n\t" else "\ufffd" for ch in text)


def _row(card: Card, cost: int | None) -> tuple[str, ...]:
    slots = ", ".join(map(str, card.inputs)) + " -> " + ", ".join(map(str, card.outputs))
    rest = ", ".join(map(str, (*card.constants, *card.weights)))
    slots = slots.strip() + (f"; {rest}" if rest else "")
    return (
        *(card.name, str(card.generation), str(card.kind), slots, f"{cost:,}" if cost is not None else ""),
        *("yes" if card.differentiable else "", card.description),
    )


def _details(skill: Skill, card: Card, costs: Sequence[int]) -> str:
    lines = [f"{card.name}: {card.description}", ""]
    facts = {
        "kind": f"{card.kind}, generation {card.generation}" + (f", {card.width} bits only" if card.width else ""),
        "real twin": card.twin or "",
        "inputs": ", ".join(map(str, card.inputs)),
        "outputs": ", ".join(map(str, card.outputs)),
        "constants": ", ".join(map(str, card.constants)),
        "weights": ", ".join(map(str, card.weights)),
        "scratch": f"{skill.declared.room} cells",
        "Jacobian": "yes" if card.differentiable else "no",
        "requires": ", ".join(skill.requires),
        "rests on": ", ".join(skill.rests_on),
        "tests": f"{len(card.examples)}, instructions {', '.join(f'{cost:,}' for cost in costs)}",
        "source": str(skill.source),
        "card": str(card.path),
    }
    return "\n".join([*lines, *(f"{name:<10} {text}" for name, text in facts.items() if text)])


def _card_json(card: Card, cost: int | None) -> dict[str, Any]:
    slots = [
        {"name": slot.name, "role": slot.role, "type": str(slot.type), "shape": list(slot.shape.dimensions)}
        for slot in card.slots
    ]
    return {
        "skill": card.name,
        "generation": card.generation,
        "kind": str(card.kind),
        "description": card.description,
        "slots": slots,
        "twin": card.twin,
        "differentiable": card.differentiable,
        "width": card.width,
        "tests": len(card.examples),
        "instructions": cost,
        "card": str(card.path),
    }


def _reports_json(reports: Sequence[Report], errors: dict[str, CccError], wanted: int) -> dict[str, Any]:
    whole = len(reports) + len(errors) == wanted
    return {
        "passed": whole and not errors and all(report.passed for report in reports),
        "skills": [asdict(report) | {"passed": report.passed} for report in reports],
        "errors": [{"skill": name, "message": error.render()} for name, error in errors.items()],
    }


def _print_reports(reports: Sequence[Report], errors: dict[str, CccError], *, autograd: bool) -> None:
    from ccc.cli.render import print_table

    failures = [failure for report in reports for failure in report.failures]
    if failures:
        rows = [
            (f.skill, str(f.test) if f.test else "", f.engine, f.what, f.expected, f.found)
            for f in failures
        ]  # fmt: skip
        print_table(("skill", "test", "engine", "what", "expected", "found"), rows, right=(1,))
        click.echo()
    for error in errors.values():
        click.echo(error.render(), err=True)
    failed = sum(not report.passed for report in reports) + len(errors)
    tests, jacobians = sum(report.tests for report in reports), sum(report.jacobians for report in reports)
    worst = max((report.jacobian_error for report in reports), default=0.0)
    exact = max((report.autograd_error for report in reports), default=0.0)
    click.echo(
        f"{len(reports) + len(errors):,} skills, {failed:,} failed; {tests:,} tests; {jacobians:,} Jacobians"
        + (f", largest difference {worst:.1e} from finite differences" if jacobians else "")
        + (f", {exact:.1e} from reverse mode" if jacobians and autograd else "")
    )
