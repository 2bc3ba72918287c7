"""Cases in words, for messages and reports."""

from __future__ import annotations

from collections.abc import Mapping

from ccc.learn.model import Case
from ccc.machine import Cells
from ccc.skills.costs import data_text


def case_text(case: Case) -> str:
    """What a case gives, long arrays cut: `x=5 y=[1, 2, 3]`, and what outputs hold before."""
    before = {f"{name} before": value for name, value in case.before.items()}
    return values_text({**case.given, **before})


def values_text(values: Mapping[str, Cells]) -> str:
    """`x=5 y=[1, 2, 3]`, long arrays cut."""
    return data_text(values) or "nothing"
