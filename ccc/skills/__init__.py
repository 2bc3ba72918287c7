"""Skills: cards, libraries, calls, linked states.

Public names are loaded when they are first asked for: some need libraries that are slow to load, most commands none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccc.skills.call import Call, Result, call_batch, call_skill
    from ccc.skills.cards import parse_card, read_card
    from ccc.skills.cards_data import read_data
    from ccc.skills.derive import Derived, derive_file
    from ccc.skills.folders import libraries
    from ccc.skills.library import Library, Skill
    from ccc.skills.link import link_call, link_skills
    from ccc.skills.model import Card, Example, Kind, Shape, Slot, Type
    from ccc.skills.testing import DEFAULT_ENGINES, Failure, Report, Tester

__all__ = [
    "DEFAULT_ENGINES",
    "Call",
    "Card",
    "Derived",
    "Example",
    "Failure",
    "Kind",
    "Library",
    "Report",
    "Result",
    "Shape",
    "Skill",
    "Slot",
    "Tester",
    "Type",
    "call_batch",
    "call_skill",
    "derive_file",
    "libraries",
    "link_call",
    "link_skills",
    "parse_card",
    "read_card",
    "read_data",
]

_HOMES = {
    "DEFAULT_ENGINES": "testing",
    "Call": "call",
    "Card": "model",
    "Derived": "derive",
    "Example": "model",
    "Failure": "testing",
    "Kind": "model",
    "Library": "library",
    "Report": "testing",
    "Result": "call",
    "Shape": "model",
    "Skill": "library",
    "Slot": "model",
    "Tester": "testing",
    "Type": "model",
    "call_batch": "call",
    "call_skill": "call",
    "derive_file": "derive",
    "libraries": "folders",
    "link_call": "link",
    "link_skills": "link",
    "parse_card": "cards",
    "read_card": "cards",
    "read_data": "cards_data",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
