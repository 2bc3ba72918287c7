"""Installing: a verified program joins a library folder, whole or not at all.

The files of a program are written to a folder of their own whose name begins with a dot, which libraries do not look
at, and that folder is then renamed: a rename is one step, so kill -9 at any moment leaves either all of a skill or none
of it. Names must be unique in a library, so processes that install take turns by a lock that the system takes back when
its holder ends, in whatever way.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ccc.errors import FileError, SkillError
from ccc.learn.card_tests import case_tests, helper_tests, with_tests
from ccc.learn.model import Found, Spec
from ccc.learn.verify import Verification, as_skill
from ccc.skills.cards_write import card_source
from ccc.skills.library import RECORD_SUFFIX, Library
from ccc.skills.records import Record, record_text

_LOCK = ".lock"
_PARTIAL = ".install-"


def install(
    found: Found, verification: Verification, spec: Spec, library: Library, folder: Path, seconds: float, seed: int
) -> bool:
    """Put a verified program into a library folder: NAME.s, NAME.yaml, NAME.mixture and NAME.record.json in a folder
    NAME, its helpers beside it. Whether it is new there: a skill of this name is left as it is.

    library: what the program's parts were found in. seconds, seed: of the search. Raises SkillError where the program
    is not verified or a helper's name is taken; FileError.
    """
    if not verification.passed:
        raise SkillError(f"'{spec.name}' is not verified, so it joins no library")
    names = [mixture.name for mixture in found.mixtures]

    def write(partial: Path) -> None:
        as_skill(found, spec, library, partial)
        _write_cards(names, spec, Library([partial, *library.folders]), partial)
        record = record_of(found, verification, spec, seconds, seed)
        (partial / f"{spec.name}{RECORD_SUFFIX}").write_text(record_text(record), encoding="utf-8")

    return put(folder, spec.name, names, write)


def put(folder: Path, name: str, names: Iterable[str], write: Callable[[Path], None]) -> bool:
    """Put a skill and its helpers, whose files `write` makes in an empty folder, into a library, all of them or none.
    Whether it is new there: a skill of this name is left as it is.

    names: of the skill and its helpers. Raises SkillError where a helper's name is taken, and what `write` does;
    FileError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _put(folder, name, names, write)
    except OSError as error:
        raise FileError(f"cannot install '{name}' in {folder}: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process installs in this folder meanwhile. What a killed one left half-written is cleared away."""
    with open(folder / _LOCK, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed, by the system at the latest
        for left in folder.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _put(folder: Path, name: str, names: Iterable[str], write: Callable[[Path], None]) -> bool:
    taken = Library([folder])
    if name in taken:
        return False
    for one in names:
        if one in taken:
            raise SkillError(f"'{one}', a part of '{name}', is the name of another skill in {folder}")
    target = folder / name
    if target.exists():
        raise SkillError(f"{target} is there, and has no skill '{name}'", "take it away, or name another folder")
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder))
    try:
        write(partial)
        _to_disk(partial)
        partial.chmod(0o777 & ~_umask())
        os.rename(partial, target)
        _sync(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return True


def _write_cards(names: Sequence[str], spec: Spec, library: Library, folder: Path) -> None:
    """Cards with tests. A skill and its helpers are one generation above the highest of what they call."""
    parents = (parent for name in names for parent in library.find(name).requires if parent not in names)
    generation = 1 + max((library.card(parent).generation for parent in parents), default=0)
    tests = dict(helper_tests(spec.name, names[:-1], library, spec))
    tests[spec.name] = case_tests(spec.examples.train, spec, library.find(spec.name))
    for name in names:
        card = with_tests(library.card(name), tests[name], spec, generation)
        (folder / f"{name}.yaml").write_text(card_source(card), encoding="utf-8")


def record_of(found: Found, verification: Verification, spec: Spec, seconds: float, seed: int) -> Record:
    """How the program was learnt."""
    names = [mixture.name for mixture in found.mixtures]
    parents = dict.fromkeys(skill for mixture in found.mixtures for skill in mixture.skills if skill not in names)
    return Record(
        skill=spec.name,
        method=found.method,
        candidates=found.candidates,
        seconds=round(seconds, 3),
        seed=seed,
        spec=spec.checksum,
        parents=tuple(parents),
        program_length=verification.length,
        instructions=verification.instructions,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        helpers=tuple(name for name in names if name != spec.name),
        verified=verification.counts,
        neural=verification.neural,
    )


# Files


def _to_disk(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
