"""What readers of mixtures must know of a library, so that they need not know libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ccc.skills.model import Card


class Known(Protocol):
    """Skills by name. `Library` is one."""

    @property
    def names(self) -> list[str]:
        """The names of all skills, sorted."""
        ...

    def __contains__(self, name: object) -> bool: ...

    def card(self, name: str) -> Card:
        """The card of the skill called `name`. Raises SkillError, CardError, SourceError, FileError."""
        ...

    def rests_on(self, name: str) -> Sequence[str]:
        """The skills that a skill requires, and those that they require in turn. Raises SourceError, FileError."""
        ...
