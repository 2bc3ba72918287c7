"""`ccc lower`: a mixture as a skill's source."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ccc.cli.options import json_option, library_option, refuse_same_file
from ccc.errors import ExitCode
from ccc.files import write_atomic


@click.command("lower")
@click.argument("file", metavar="MIXTURE.YAML")
@click.option("-o", "--output", metavar="SKILL.S", help="Where to write the source.  [default: NAME.s]")
@click.option("--inline", "form", flag_value="inlined", help="Straight code: the calls inlined.")
@click.option("--composed", "form", flag_value="composed", help="The tables, run by the composition skill.")
@click.option("--card", is_flag=True, help="Write the card NAME.yaml beside it, so that it is a skill of a library.")
@library_option
@json_option
def command(
    file: str, output: str | None, form: str | None, card: bool, folders: tuple[str, ...], as_json: bool
) -> int:
    """Write a mixture of skills as the source of a skill: a hard one as the calls that it stands for.

    The mixture's tests are run in all three forms, composed, as calls, and inlined; the table says how many
    instructions each took, from EXEC to the return. Exit code 1 where the forms do not agree, or do not do what a
    test says.
    """
    from ccc.skills.costs import FORMS, card_text, costs_of, form_source
    from ccc.skills.library import Library
    from ccc.skills.mixture_read import read_mixture

    library = Library.default(folders)
    mixture = read_mixture(file, library)
    path = Path(output or f"{mixture.name}.s")
    chosen = form or FORMS[1]
    source = form_source(mixture, library, chosen)
    written = {path: source}
    if card:
        written[path.with_suffix(".yaml")] = card_text(mixture, library)
    for target in written:
        refuse_same_file(file, str(target))
    costs = costs_of(mixture, library)
    for target, text in written.items():
        write_atomic(target, text.encode())
    sound = all(cost.agree and cost.expected for cost in costs)
    if as_json:
        rows = [
            {
                "data": cost.data,
                "instructions": dict(zip(FORMS, cost.instructions, strict=False)),
                "agree": cost.agree,
                "expected": cost.expected,
            }
            for cost in costs
        ]
        said = {"mixture": mixture.name, "form": chosen, "output": [str(target) for target in written], "tests": rows}
        click.echo(json.dumps(said | {"passed": sound}))
    else:
        from ccc.cli.render import print_table

        click.echo(f"{path}: {len(source.splitlines())} lines, {chosen}")
        if costs:
            columns = ("test", *FORMS[: len(costs[0].instructions)], "")
            table = [
                (cost.data, *(f"{count:,}" for count in cost.instructions), _verdict(cost.agree, cost.expected))
                for cost in costs
            ]
            print_table(columns, table, right=(1, 2, 3)[: len(costs[0].instructions)])
    return ExitCode.OK if sound else ExitCode.DIFFERENCE


def _verdict(agree: bool, expected: bool) -> str:
    if not agree:
        return "THE FORMS DIFFER"
    return "" if expected else "NOT WHAT THE TEST SAYS"
