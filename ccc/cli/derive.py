"""`ccc derive`: the Jacobian code of a skill, from its forward code."""

from __future__ import annotations

import json

import click

from ccc.cli.options import json_option, refuse_same_file
from ccc.errors import UsageError
from ccc.files import check_writable, write_atomic


@click.command("derive")
@click.argument("source", metavar="SKILL.S")
@click.option(
    "-o", "--output", metavar="FILE", help="Where to write the source with Jacobian code.  [default: standard output]"
)
@click.option("--card", metavar="CARD.YAML", help="The skill's card.  [default: SKILL.yaml beside the source]")
@click.option(
    "--library",
    "folders",
    multiple=True,
    metavar="DIR",
    help="Look here for skills that it requires; first in the order given.",
)
@click.option(
    "--replace", is_flag=True, help="Derive the Jacobian code again where there is some, written by hand or derived."
)
@json_option
def command(
    source: str, output: str | None, card: str | None, folders: tuple[str, ...], replace: bool, as_json: bool
) -> None:
    """Write the Jacobian code of the skill in SKILL.S, by automatic differentiation of its forward code.

    What comes out is the source with a `.jacobian` part, and behind it the tangent version of the skill and of those
    that it calls, each piece beside the line that it comes from. docs/derive.md says what can be differentiated; what
    cannot be is an error at its place, and nothing is written then.
    """
    from ccc.skills.derive import derive_file
    from ccc.skills.folders import libraries

    if as_json and output is None:
        raise UsageError("--json needs --output: the source goes to standard output otherwise")
    if output is not None:
        refuse_same_file(source, output)
        check_writable(output)
    found = derive_file(source, card=card, libraries=libraries(folders), replace=replace)
    if output is None:
        click.echo(found.text, nl=False)
        return
    write_atomic(output, found.text.encode())
    lines = found.text.count("\n")
    if as_json:
        click.echo(json.dumps({"skill": found.skill, "output": output, "lines": lines, "tangents": found.tangents}))
        return
    click.echo(
        f"{output}: skill {found.skill} with Jacobian code, {lines} lines, tangents in {', '.join(found.tangents)}"
    )
