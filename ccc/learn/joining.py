"""What was learnt joins a library; what a library holds already is known by its records."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ccc.errors import SkillError
from ccc.learn.attempt import Attempt
from ccc.learn.install import install
from ccc.skills import Library
from ccc.skills.records import Record


def join(result: Attempt, library: Library, into: Path, seed: int) -> bool:
    """Put what was learnt into the folder. Whether it is new there. Raises what `install` does."""
    assert result.found is not None
    assert result.verification is not None
    return install(result.found, result.verification, result.spec, library, into, result.seconds, seed)


class Named(Protocol):
    """A spec, whatever it is that is to be learnt."""

    @property
    def name(self) -> str:
        """What the skill will be called."""
        ...

    @property
    def checksum(self) -> str:
        """Of all that says what is to be learnt."""
        ...


def learnt_before(spec: Named, library: Library, into: Path) -> Record | None:
    """The record of this spec in the folder, or None where it has no skill of that name.

    Raises SkillError where it has one that comes from anything else: what is known is not modified.
    """
    if spec.name not in library or library.find(spec.name).folder != into:
        return None
    record = library.find(spec.name).record
    if record is None or record.spec != spec.checksum:
        raise SkillError(
            f"{into} has another skill '{spec.name}' already"
            + ("" if record is None else ", learnt from another spec"),
            "give the spec another name, or --into another folder",
        )
    return record
