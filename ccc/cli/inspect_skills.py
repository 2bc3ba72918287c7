"""What `ccc inspect` says of skills and data pointers: read from the cells, as an image may have been run."""

from __future__ import annotations

from typing import Any

from ccc.machine import (
    NO_ENTRY,
    POINTER_CELLS,
    SKILL_CELLS,
    SKILL_HEADER,
    SLOT_KINDS,
    Image,
    SkillBlock,
    format_cell,
    to_json_number,
)

_ENTRIES = ("forward", "jacobian")
_POINTER = ("address", "stride", "rows", "columns")


def skills_json(image: Image) -> list[dict[str, Any]]:
    """One object for each skill: name, row, address, slots by kind, scratch, entries (null where there is no code)."""
    found = []
    for skill in image.info.skills:
        entries = [None if entry == NO_ENTRY else to_json_number(entry) for entry in _entries(image, skill)]
        found.append(
            {
                "name": skill.name,
                "row": _row(image, skill),
                "address": skill.address,
                **{f"{kind}s": list(names) for kind, names in zip(SLOT_KINDS, skill.slots, strict=True)},
                "scratch": skill.scratch,
                **dict(zip(_ENTRIES, entries, strict=True)),
            }
        )
    return found


def pointers_json(image: Image) -> list[dict[str, Any]]:
    """One object for each row of the block `pointers`: its name, address, stride, rows, columns."""
    return [
        {"name": name, "at": at, **dict(zip(_POINTER, map(to_json_number, cells), strict=True))}
        for name, at, cells in _pointers(image)
    ]


def skills_text(image: Image) -> list[str]:
    """The skills as lines, or none."""
    if not image.info.skills:
        return []
    lines = ["skills"]
    for skill in image.info.skills:
        forward, jacobian = _entries(image, skill)
        code = f"forward {format_cell(forward)}"
        code += "" if jacobian == NO_ENTRY else f", jacobian {format_cell(jacobian)}"
        slots = "; ".join(
            f"{kind} {', '.join(names)}" for kind, names in zip(SLOT_KINDS, skill.slots, strict=True) if names
        )
        head = f"  {_row(image, skill):>8}  {skill.name:<14} at {skill.address:<7} {code}"
        lines.append(f"{head}; {skill.scratch} scratch" + (f"; {slots}" if slots else ""))
    return lines


def pointers_text(image: Image) -> list[str]:
    """The data pointers as lines, or none."""
    rows = [
        f"  {at:>8}  {name or '?':<14} -> {format_cell(address)}, stride {format_cell(stride)}, "
        f"{format_cell(rows)} x {format_cell(columns)}"
        for name, at, (address, stride, rows, columns) in _pointers(image)
    ]
    return ["pointers", *rows] if rows else []


def _row(image: Image, skill: SkillBlock) -> int:
    block = image.info.layout.find("skills")
    return (skill.address - (block.start if block else 0)) // SKILL_CELLS


def _entries(image: Image, skill: SkillBlock) -> tuple[float, float]:
    cells = image.state.cells
    return float(cells[skill.address + 1]), float(cells[skill.address + SKILL_HEADER + 2])


def _pointers(image: Image) -> list[tuple[str, int, tuple[float, ...]]]:
    """Name, address of the row, and its cells. Cells that make no whole row are left out."""
    block = image.info.layout.find("pointers")
    if block is None:
        return []
    names = {value: name for name, value in reversed(list(image.info.symbols.items()))}
    starts = range(block.start, block.end - POINTER_CELLS + 1, POINTER_CELLS)
    return [(names.get(at, ""), at, tuple(image.state.cells[at : at + POINTER_CELLS].tolist())) for at in starts]
