"""`ccc disassemble`: state image to source text."""

from __future__ import annotations

import click

from ccc.assembler import disassemble
from ccc.cli.options import image_argument, load_image, refuse_same_file
from ccc.files import write_atomic


@click.command("disassemble")
@image_argument
@click.option("-o", "--output", metavar="FILE", help="Write the source to a file instead of standard output.")
def command(image: str, output: str | None) -> None:
    """Source that assembles to the same image: same cells, registers, dialect and word width."""
    text = disassemble(load_image(image))
    if output is not None:
        refuse_same_file(image, output)
        write_atomic(output, text.encode())
    else:
        click.echo(text, nl=not text.endswith("\n"))
