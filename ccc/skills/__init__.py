"""Skills: cards, libraries, calls, linked states.

Public names are loaded when they are first asked for: some need libraries that are slow to load, most commands none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccc.skills.cards import parse_card, read_card
    from ccc.skills.folders import libraries
    from ccc.skills.library import Library, Skill
    from ccc.skills.model import Card, Example, Kind, Shape, Slot, Type

__all__ = [
    "Card",
    "Example",
    "Kind",
    "Library",
    "Shape",
    "Skill",
    "Slot",
    "Type",
    "libraries",
    "parse_card",
    "read_card",
]

_HOMES = {
    "Card": "model",
    "Example": "model",
    "Kind": "model",
    "Library": "library",
    "Shape": "model",
    "Skill": "library",
    "Slot": "model",
    "Type": "model",
    "libraries": "folders",
    "parse_card": "cards",
    "read_card": "cards",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
