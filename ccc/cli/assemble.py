"""`ccc assemble`: source text to state image."""

from __future__ import annotations

import json

import click

from ccc.assembler import assemble_file
from ccc.cli.options import DEFAULT_IMAGE, json_option, library_option, refuse_same_file
from ccc.isa import DIALECTS
from ccc.machine import WIDTHS, write_image
from ccc.skills import libraries


@click.command("assemble")
@click.argument("source", metavar="PROG.S")
@click.option(
    "-o", "--output", default=DEFAULT_IMAGE, show_default=True, metavar="FILE", help="Where to write the image."
)
@click.option("--dialect", type=click.Choice(list(DIALECTS)), help="Overrides .dialect in the source.")
@click.option("--width", type=click.Choice([str(width) for width in WIDTHS]), help="Word width; overrides .width.")
@library_option
@json_option
def command(
    source: str, output: str, dialect: str | None, width: str | None, folders: tuple[str, ...], as_json: bool
) -> None:
    """Assemble PROG.S to a state image. A mistake in the source leaves an image that was there as it is."""
    refuse_same_file(source, output)
    image = assemble_file(source, dialect=dialect, width=int(width) if width else None, libraries=libraries(folders))
    write_image(output, image)
    blocks = {block.name: block.size for block in image.info.layout}
    if as_json:
        summary = {"output": output, "cells": image.size, "dialect": image.dialect.name, "width": image.width}
        click.echo(json.dumps(summary | {"blocks": blocks, "checksum": image.checksum}))
        return
    parts = ", ".join(f"{name} {size}" for name, size in blocks.items())
    click.echo(f"{output}: {image.size} cells ({parts}), dialect {image.dialect.name}, {image.width} bits")
