"""Skills: cards, libraries, calls, linked states.

Public names are loaded when they are first asked for: some need libraries that are slow to load, most commands none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccc.skills.call import Call, Result, call_batch, call_skill, run_skill
    from ccc.skills.cards import parse_card, read_card
    from ccc.skills.cards_data import read_data
    from ccc.skills.derive import Derived, derive_file
    from ccc.skills.folders import libraries
    from ccc.skills.library import Library, Skill
    from ccc.skills.link import link_call, link_skills
    from ccc.skills.lower import lowered_source
    from ccc.skills.mixture import Mixture
    from ccc.skills.mixture_read import parse_mixture, read_mixture
    from ccc.skills.mixture_run import mixture_image, run_mixture
    from ccc.skills.mixture_state import open_terms
    from ccc.skills.mixture_tables import Tables, mixture_source, tables_of
    from ccc.skills.mixture_torch import TorchMixture
    from ccc.skills.mixture_write import mixture_text
    from ccc.skills.model import Card, Example, Kind, Shape, Slot, Type
    from ccc.skills.records import Record
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
    "Mixture",
    "Record",
    "Report",
    "Result",
    "Shape",
    "Skill",
    "Slot",
    "Tables",
    "Tester",
    "TorchMixture",
    "Type",
    "call_batch",
    "call_skill",
    "derive_file",
    "libraries",
    "link_call",
    "link_skills",
    "lowered_source",
    "mixture_image",
    "mixture_source",
    "mixture_text",
    "open_terms",
    "parse_card",
    "parse_mixture",
    "read_card",
    "read_data",
    "read_mixture",
    "run_mixture",
    "run_skill",
    "tables_of",
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
    "Mixture": "mixture",
    "Record": "records",
    "Report": "testing",
    "Result": "call",
    "Shape": "model",
    "Skill": "library",
    "Slot": "model",
    "Tables": "mixture_tables",
    "Tester": "testing",
    "TorchMixture": "mixture_torch",
    "Type": "model",
    "call_batch": "call",
    "call_skill": "call",
    "derive_file": "derive",
    "libraries": "folders",
    "link_call": "link",
    "link_skills": "link",
    "lowered_source": "lower",
    "mixture_image": "mixture_run",
    "mixture_source": "mixture_tables",
    "mixture_text": "mixture_write",
    "open_terms": "mixture_state",
    "parse_card": "cards",
    "parse_mixture": "mixture_read",
    "read_card": "cards",
    "read_data": "cards_data",
    "read_mixture": "mixture_read",
    "run_mixture": "mixture_run",
    "run_skill": "call",
    "tables_of": "mixture_tables",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
