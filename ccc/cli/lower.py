"""`ccc lower`: a mixture as a skill's source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccc.cli.options import folders_for, json_option, library_option, refuse_same_file
from ccc.errors import ExitCode, UsageError
from ccc.files import write_atomic

if TYPE_CHECKING:
    from ccc.skills.costs import Cost


@click.command("lower")
@click.argument("file", metavar="MIXTURE.YAML")
@click.option("-o", "--output", metavar="SKILL.S", help="Where to write the source.  [default: NAME.s]")
@click.option("--inline", is_flag=True, help="Straight code: the calls inlined.")
@click.option("--composed", is_flag=True, help="The tables, run by the composition skill.")
@click.option("--card", is_flag=True, help="Write the card NAME.yaml beside it, so that it is a skill of a library.")
@library_option
@json_option
def command(
    file: str, output: str | None, inline: bool, composed: bool, card: bool, folders: tuple[str, ...], as_json: bool
) -> int:
    """Write a mixture of skills as the source of a skill: a hard one as the calls that it stands for.

    The mixture's tests are run in all three forms, composed, as calls, and inlined, of at most 10,000,000 instructions
    each; the table says how many each took, from EXEC to the return. Exit code 1 where the forms do not agree, or do
    not do what a test says; the source is written all the same, and the message says so. Where one does not end, and
    after Ctrl-C, nothing is.
    """
    from ccc.skills.costs import FORMS, card_text, costs_of, form_source
    from ccc.skills.library import Library
    from ccc.skills.mixture_read import read_mixture

    if inline and composed:
        raise UsageError("--inline and --composed are two forms, and one is written")
    library = Library.default(folders_for(file, folders))
    mixture = read_mixture(file, library)
    path = Path(output or f"{mixture.name}.s")
    chosen = FORMS[0] if composed else FORMS[2] if inline else FORMS[1]
    source = form_source(mixture, library, chosen)
    written = {path: source}
    if card:
        written[path.with_suffix(".yaml")] = card_text(mixture, library)
    for target in written:
        refuse_same_file(file, str(target), "-o names the source, and the card stands beside it: give another folder")
    costs = costs_of(mixture, library)
    for target, text in written.items():
        write_atomic(target, text.encode())
    sound = not any(cost.mismatches for cost in costs)
    if as_json:
        said = {"mixture": mixture.name, "form": chosen, "output": [str(target) for target in written]}
        click.echo(json.dumps(said | {"tests": [_json(cost) for cost in costs], "passed": sound}))
    else:
        click.echo(f"{path}: {len(source.splitlines())} lines, {chosen}")
        _print(costs)
        if not sound:
            click.echo(f"a test failed; {path} has been written all the same")
    return ExitCode.OK if sound else ExitCode.DIFFERENCE


def _json(cost: Cost) -> dict[str, Any]:
    from ccc.skills.costs import FORMS

    return {
        "data": cost.data,
        "width": cost.width,
        "instructions": dict(zip(FORMS, cost.instructions, strict=False)),
        "agree": cost.agree,
        "expected": cost.expected,
        "mismatches": [asdict(found) for found in cost.mismatches],
    }


def _print(costs: Sequence[Cost]) -> None:
    from ccc.cli.render import print_table
    from ccc.skills.cards_write import WIDTH
    from ccc.skills.costs import FORMS

    if not costs:
        return
    forms = FORMS[: len(costs[0].instructions)]
    names = [cost.data + (f", {cost.width} bits" if cost.width != WIDTH else "") for cost in costs]
    rows = [
        (name, *(f"{count:,}" for count in cost.instructions), _verdict(cost))
        for name, cost in zip(names, costs, strict=True)
    ]
    print_table(("test", *forms, ""), rows, right=tuple(range(1, len(forms) + 1)))
    for name, cost in zip(names, costs, strict=True):
        for found in cost.mismatches:
            click.echo(f"{name}: {found}")


def _verdict(cost: Cost) -> str:
    if not cost.agree:
        return "THE FORMS DIFFER"
    return "" if cost.expected else "NOT WHAT THE TEST SAYS"
