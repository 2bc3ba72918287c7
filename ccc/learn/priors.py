"""What earlier learning says of later learning: how often each skill occurs in the programs that were learnt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ccc.skills import Library
from ccc.skills.library import Skill

MIXTURE_SUFFIX = ".mixture"
"""A skill with such a file beside its source was learnt: the file holds its program."""


def is_learnt(skill: Skill) -> bool:
    """Whether the skill was learnt, by whomever."""
    return skill.source.with_suffix(MIXTURE_SUFFIX).is_file()


def learnt_in(library: Library, folder: Path | None = None) -> tuple[str, ...]:
    """The learnt skills of a library, or of one of its folders, by name."""
    return tuple(skill.name for skill in library if is_learnt(skill) and folder in (None, skill.folder))


def count_parts(library: Library, learnt: Iterable[str]) -> Counter[str]:
    """In how many of the learnt programs each skill is called.

    A program counts a part once however often it calls it: a loop unrolled by hand is no better witness than a loop.
    """
    return Counter(part for name in learnt for part in set(library.find(name).requires))
