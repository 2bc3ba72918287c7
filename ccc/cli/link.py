"""`ccc link`: skills and data in one state image."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from ccc.cli.options import DEFAULT_IMAGE, json_option, library_option, refuse_same_file
from ccc.errors import UsageError
from ccc.machine import WIDTHS, Cells, Image, write_image

if TYPE_CHECKING:
    pass


@click.command("link")
@click.argument("names", nargs=-1, metavar="[NAME | SLOT=VALUE]...")
@click.option(
    "-o", "--output", default=DEFAULT_IMAGE, show_default=True, metavar="FILE", help="Where to write the image."
)
@click.option("--main", metavar="PROG.S", help="A program that calls the skills.")
@click.option("--call", metavar="NAME", help="Call this skill on the data given, and put out what it writes.")
@click.option("--jacobian", is_flag=True, help="With --call: call its Jacobian code.")
@click.option("--data", metavar="FILE.YAML", help="Data by name. With --call, the names are those of slots.")
@click.option("--width", type=click.Choice([str(width) for width in WIDTHS]), help="Word width.  [default: 32]")
@library_option
@json_option
def command(
    names: tuple[str, ...],
    output: str,
    main: str | None,
    call: str | None,
    jacobian: bool,
    data: str | None,
    width: str | None,
    folders: tuple[str, ...],
    as_json: bool,
) -> None:
    """Put the skills NAME, all that they rest on, and data into one image that runs without any library.

    A VALUE is a number, numbers with commas (1,2,3), or rows with semicolons (1,2;3,4); it stands in static memory,
    with a data pointer called SLOT. With --call it goes to that slot of the skill, an output too, which holds it before
    the call. Without --main and --call the program halts at once.
    """
    from ccc.skills import Library, link_call, link_skills
    from ccc.skills.call import given_and_before

    if main is not None and call is not None:
        raise UsageError("--main and --call exclude each other")
    if jacobian and call is None:
        raise UsageError("--jacobian goes with --call")
    skills = [name for name in names if "=" not in name]
    values = read_values([text for text in names if "=" in text], data)
    if not skills and call is None:
        raise UsageError("nothing to link: name a skill", "`ccc skills list` shows what there is")
    if main is not None:
        refuse_same_file(main, output)
    library = Library.default(folders)
    bits = int(width) if width else None
    if call is not None:
        given, before = given_and_before(library.card(call), values)
        image = link_call(library, call, given, others=skills, jacobian=jacobian, before=before, width=bits)
    else:
        image = link_skills(library, skills, main=main, data=values, width=bits)
    write_image(output, image)
    click.echo(json.dumps(_to_json(output, image)) if as_json else _text(output, image))


def read_values(texts: Sequence[str], file: str | None) -> dict[str, Cells]:
    """The data of the command line and of the file. Raises UsageError, CardError, FileError."""
    values: dict[str, Cells] = {}
    if file is not None:
        from ccc.skills import read_data

        values = read_data(file)
    for text in texts:
        name, _, value = text.partition("=")
        if name in values:
            raise UsageError(f"'{name}' is given twice")
        values[name] = _array(name, value)
    return values


def _array(name: str, text: str) -> Cells:
    rows = [[_number(name, part) for part in _parts(row)] for row in text.split(";")]
    if len({len(row) for row in rows}) > 1:
        raise UsageError(f"{name}: rows of different lengths")
    if len(rows) > 1:
        return np.asarray(rows, dtype=np.float64)
    (row,) = rows
    scalar = len(row) == 1 and "," not in text
    return np.asarray(row[0] if scalar else row, dtype=np.float64)


def _parts(row: str) -> list[str]:
    """What stands between the commas. A comma at the end makes a vector of one number, nothing at all an empty one."""
    parts = row.split(",")
    return parts if parts[-1].strip() else parts[:-1]


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{name}: {text.strip()!r} is no number") from None
    if value - value != 0:
        raise UsageError(f"{name}: {text.strip()} is not finite")
    return value + 0.0


def _to_json(output: str, image: Image) -> dict[str, Any]:
    return {
        "output": output,
        "cells": image.size,
        "width": image.width,
        "skills": [skill.name for skill in image.info.skills],
        "blocks": {block.name: block.size for block in image.info.layout},
        "checksum": image.checksum,
    }


def _text(output: str, image: Image) -> str:
    names = ", ".join(skill.name for skill in image.info.skills)
    parts = ", ".join(f"{block.name} {block.size}" for block in image.info.layout)
    return f"{output}: {image.size} cells ({parts}), {image.width} bits\nskills: {names}"
