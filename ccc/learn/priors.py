"""What earlier learning says of later learning: how often each skill occurs in the programs that were learnt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ccc.skills import Library


def learnt_in(library: Library, folder: Path | None = None) -> tuple[str, ...]:
    """The learnt skills of a library, or of one of its folders, by name. Raises what reading a record raises.

    A skill was learnt where a record says so; skills that were installed with it as its helpers have none.
    """
    here = (skill for skill in library if folder in (None, skill.folder))
    return tuple(skill.name for skill in here if skill.record is not None)


def count_parts(library: Library, learnt: Iterable[str]) -> Counter[str]:
    """In how many of the learnt programs each skill is called.

    A program counts a part once however often it calls it: a loop unrolled by hand is no better witness than a loop.
    """
    found: Counter[str] = Counter()
    for name in learnt:
        skill = library.find(name)
        helpers = skill.record.helpers if skill.record is not None else ()
        called = {part for one in (name, *helpers) if one in library for part in library.find(one).requires}
        found.update(called - set(helpers))
    return found
