"""What was found out of learnt skills earlier in this process, as long as no file that they rest on has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ccc.files import Memo, stamp
from ccc.skills import Library
from ccc.skills.library import MIXTURE_SUFFIX

T = TypeVar("T")
_known: Memo[tuple[object]] = Memo(1 << 14)


def files_of(library: Library, name: str) -> tuple[Path, ...]:
    """The files of a skill and of all that it rests on, as the library finds them. Raises SkillError, SourceError,
    FileError.
    """
    sources = [library.find(part).source for part in (name, *library.find(name).rests_on)]
    found = (source.with_suffix(suffix) for source in sources for suffix in (source.suffix, ".yaml", MIXTURE_SUFFIX))
    return tuple(path for path in found if path.is_file())


def remembered(library: Library, name: str, what: tuple[object, ...], make: Callable[[], T]) -> T:
    """What `make` says of a skill, or what it said before. what: tells apart what is asked, with all that it depends on
    besides the skill's files. Raises what `files_of` and `make` do.
    """
    files = files_of(library, name)
    key = (*what, name, files)
    known = _known.get(key)
    if known is None:
        stamps = [stamp(path) for path in files]
        known = (make(),)
        _known.keep(key, stamps, known)
    return known[0]  # type: ignore[return-value]  # of the type that was kept under this key
