"""What derivation has to know of a skill's slots: what they hold, and how many elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccc.assembler.skill_syntax import Skill
from ccc.errors import Diagnostic, SourceError, Span
from ccc.files import read_bytes
from ccc.machine import SLOT_KINDS

_MAX_CARD = 1 << 20
_TYPE = re.compile(r"\s*(int|real|bit)\s*(?:\[([^\[\]]*)\])?\s*")


@dataclass(frozen=True, slots=True)
class SlotType:
    """One slot. role: `input`, `output`, `constant` or `weight`. dimensions: numbers, or names of constant slots."""

    name: str
    role: str
    real: bool
    dimensions: tuple[int | str, ...] = ()

    @property
    def differentiable(self) -> bool:
        """Whether the Jacobian has rows or columns for this slot, and its elements have tangents."""
        return self.real and self.role != "constant"

    @property
    def scalar(self) -> bool:
        """Whether it holds one element, whatever the constants are."""
        return all(part == 1 for part in self.dimensions)


Types = Mapping[str, SlotType]
"""The slots of a skill by name, in the order of the frame."""


def slot_types(skill: Skill, card: Path) -> Types:
    """The types of a skill's slots, from its card. Raises SourceError where the card is missing or wrong, FileError."""
    said = _read_card(card)
    found: dict[str, SlotType] = {}
    for role in SLOT_KINDS:
        section = said.get(f"{role}s") or {}
        if not isinstance(section, dict) or list(section) != skill.slots[role]:
            names = ", ".join(skill.slots[role]) or "none"
            raise _wrong(card, f"{role}s: must be those of the source at {skill.span}, in order: {names}")
        for name, word in section.items():
            match = _TYPE.fullmatch(word) if isinstance(word, str) else None
            if match is None:
                raise _wrong(card, f"slot '{name}': expected a type such as int, real, real[n], found {word!r}")
            parts = [part.strip() for part in match[2].split(",")] if match[2] is not None else []
            sizes = tuple(int(part) if part.isdecimal() else part for part in parts)
            found[name] = SlotType(name, role, match[1] == "real", sizes)
    for slot in found.values():
        for part in slot.dimensions:
            if isinstance(part, str) and (part not in found or found[part].role != "constant"):
                raise _wrong(card, f"slot '{slot.name}': '{part}' is no constant of this skill")
    return found


def _read_card(path: Path) -> dict[str, Any]:
    """The card as a mapping. The one place that knows it to be YAML."""
    import yaml

    data = read_bytes(path, _MAX_CARD)
    try:
        said = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _wrong(path, f"no YAML: {error}") from None
    if not isinstance(said, dict):
        raise _wrong(path, "a card is a mapping that starts with `skill: NAME`")
    return said


def _wrong(card: Path, message: str) -> SourceError:
    return SourceError([Diagnostic(message, Span(str(card), 1, 1))])
