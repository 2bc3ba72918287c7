"""`ccc inspect`: what a state image holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from ccc.assembler import address_names, format_instruction
from ccc.cli.inspect_skills import pointers_json, pointers_text, skills_json, skills_text
from ccc.cli.options import image_argument, json_option, load_image
from ccc.errors import UsageError
from ccc.isa import INSTRUCTION_CELLS
from ccc.machine import REGISTERS, Image, format_cell, to_json_number

_NUMBERS_PER_LINE = 8
_TEXT_PER_LINE = 64


@click.command("inspect")
@image_argument
@click.option("--range", "span", metavar="A:B", help="Show the cells A <= i < B. Either may be a symbol or missing.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["code", "numbers", "text"]),
    help="How the cells of --range (or else of all memory) are shown.  [default: code]",
)
@json_option
def command(image: str, span: str | None, form: str | None, as_json: bool) -> None:
    """Blocks, registers, skills, data pointers, symbols, entry, checksum of a state image; or a range of its memory."""
    loaded = load_image(image)
    if span is None and form is None:
        click.echo(json.dumps(_summary(loaded)) if as_json else _text(loaded))
        return
    start, end = _parse_range(":" if span is None else span, loaded)
    if as_json:
        click.echo(json.dumps(_range_json(loaded, start, end)))
        return
    show = {"code": _as_code, "numbers": _as_numbers, "text": _as_text}[form or "code"]
    click.echo("\n".join(show(loaded, start, end)))


def _summary(image: Image) -> dict[str, Any]:
    return {
        "checksum": image.checksum,
        "dialect": image.dialect.name,
        "width": image.width,
        "cells": image.size,
        "entry": to_json_number(image.state.pc),
        "registers": {name: to_json_number(value) for name, value in _registers(image)},
        "blocks": [{"name": block.name, "start": block.start, "end": block.end} for block in image.info.layout],
        "skills": skills_json(image),
        "pointers": pointers_json(image),
        "symbols": dict(image.info.symbols),
        "constants": dict(image.info.constants),
        "source_lines": len(image.info.source),
    }


def _text(image: Image) -> str:
    names = {value: name for name, value in reversed(list(image.info.symbols.items()))}
    entry = int(image.state.pc) if image.state.pc.is_integer() else image.state.pc
    registers = "  ".join(f"{name}={format_cell(value)}" for name, value in _registers(image))
    lines = [
        f"checksum   {image.checksum}",
        f"dialect    {image.dialect.name} ({image.dialect.summary})",
        f"width      {image.width} bits",
        f"cells      {image.size}",
        f"entry      {entry}" + (f" ({names[int(entry)]})" if entry in names else ""),
        f"state      {_stage(image)}",
        "registers  " + registers,
        "blocks",
    ]
    lines += [
        f"  {block.name:<10} {block.start:>8} .. {block.end:<8} {block.size:>8} cells" for block in image.info.layout
    ]
    lines += skills_text(image) + pointers_text(image)
    lines += _named("symbols", image.info.symbols) + _named("constants", image.info.constants)
    return "\n".join(lines)


def _named(title: str, values: Mapping[str, int]) -> list[str]:
    """Names with their values, in order of value."""
    if not values:
        return [f"{title:<10} none"]
    return [title, *(f"  {value:>8}  {name}" for name, value in sorted(values.items(), key=lambda item: item[1]))]


def _registers(image: Image) -> list[tuple[str, float]]:
    return list(zip(REGISTERS, image.state.registers.tolist(), strict=True))


def _stage(image: Image) -> str:
    if image.state.halted:
        return "halted"
    return f"stopped by a fault: {image.state.fault_label}" if image.state.stopped else "ready to run"


def _parse_range(text: str, image: Image) -> tuple[int, int]:
    first, separator, last = text.partition(":")
    if not text.strip():
        raise UsageError("--range: expected A:B, or one address")
    start = _address(first, image, 0)
    end = _address(last, image, image.size) if separator else start + 1
    if not 0 <= start <= end <= image.size:
        raise UsageError(f"--range {text}: must lie inside memory, 0:{image.size}")
    return start, end


def _address(text: str, image: Image, default: int) -> int:
    from ccc.errors import nearest

    text = text.strip()
    if not text:
        return default
    named = {**image.info.constants, **image.info.symbols}
    if text in named:
        return named[text]
    try:
        return int(text, 0)
    except ValueError:
        hint = nearest(text, named)
        raise UsageError(f"--range: {text!r} is neither a number nor a symbol of this image", hint) from None


def _range_json(image: Image, start: int, end: int) -> dict[str, Any]:
    cells = [to_json_number(float(value)) for value in image.state.cells[start:end]]
    code = [{"address": at, "label": label, "text": text} for at, _, label, text in _code(image, start, end)]
    return {"start": start, "end": end, "cells": cells, "code": code}


def _as_code(image: Image, start: int, end: int) -> list[str]:
    return [
        f"{at:>8}  {numbers:<32} {label + ':' if label else '':<16} {text}"
        for at, numbers, label, text in _code(image, start, end)
    ]


def _code(image: Image, start: int, end: int) -> Iterator[tuple[int, str, str, str]]:
    """The cells read as instructions one after the other: address, cells, label, instruction."""
    names = address_names(image)
    labels = {value: name for name, value in reversed(list(image.info.symbols.items()))}
    for address in range(start, end, INSTRUCTION_CELLS):
        cells = tuple(float(value) for value in image.state.cells[address : min(address + INSTRUCTION_CELLS, end)])
        numbers = " ".join(format_cell(value) for value in cells)
        if len(cells) == INSTRUCTION_CELLS:
            text = format_instruction(cells, names, extended=image.dialect.extended)
        else:
            text = ".cells " + numbers.replace(" ", ", ")
        yield address, numbers, labels.get(address, ""), text


def _as_numbers(image: Image, start: int, end: int) -> list[str]:
    lines = []
    for address in range(start, end, _NUMBERS_PER_LINE):
        row = image.state.cells[address : min(address + _NUMBERS_PER_LINE, end)]
        lines.append(f"{address:>8}  " + " ".join(f"{format_cell(float(value)):>11}" for value in row))
    return lines


def _as_text(image: Image, start: int, end: int) -> list[str]:
    lines = []
    for address in range(start, end, _TEXT_PER_LINE):
        row = image.state.cells[address : min(address + _TEXT_PER_LINE, end)]
        lines.append(f"{address:>8}  " + "".join(chr(int(value)) if 32 <= value < 127 else "." for value in row))
    return lines
