"""Where libraries of skills are: folders, searched in order. Nothing is read here, so that this costs no time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ccc.errors import SkillError

VARIABLE = "CCC_LIBRARY"
"""The environment variable that names libraries, separated as in PATH."""


def libraries(given: Sequence[str | Path] = ()) -> tuple[Path, ...]:
    """The folders `given`, then those of $CCC_LIBRARY, then the skills that come with this checkout, each once.

    Raises SkillError where one that was named is no folder.
    """
    named = [(Path(folder), "--library") for folder in given]
    named += [(Path(part), VARIABLE) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    for folder, source in named:
        if not folder.is_dir():
            raise SkillError(f"{source}: {folder} is no folder")
    own = own_library()
    return tuple(dict.fromkeys([*(folder for folder, _ in named), *([own] if own else [])]))


def own_library() -> Path | None:
    """The folder `skills` of the checkout that this module stands in, or None where it is installed without one."""
    folder = Path(__file__).resolve().parents[2] / "skills"
    return folder if folder.is_dir() else None
