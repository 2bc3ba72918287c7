"""The state file of a search: how far it came, so that it can go on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ccc.cache import digest_of_sources, key_of
from ccc.errors import FileError, UsageError
from ccc.files import read_bytes, write_atomic
from ccc.learn.model import Budget, Problem
from ccc.learn.threads import thread_count

_MAX_BYTES = 1 << 24
_EVERY = 5.0  # seconds between two writes
_REST = 20.0  # and so many times as long as one takes, where that is longer


@dataclass(slots=True)
class Past:
    """What earlier searches came to. candidates: tried from the start on. seconds: of all searches together. best: the
    program that was right on most, as lines of text, and `right`, the share that it got right. tried: candidates by
    method; order: what the order in which candidates are tried depends on besides the search.
    """

    candidates: int = 0
    seconds: float = 0.0
    rejected: int = 0
    right: float = 0.0
    best: tuple[str, ...] = ()
    tried: Mapping[str, int] = field(default_factory=dict)
    order: str = ""


class SearchState:
    """A file that says which search it is of. Raises UsageError where it is of another, FileError where it is none."""

    hint = "a search goes on with the same spec, skills, method and seed; name another file for a new one"

    def __init__(self, path: str | Path, *, identity: str) -> None:
        """identity: of the search, from `identity`."""
        self.path, self._identity = Path(path), identity
        self.past = Past()
        self._next = time.monotonic() + _EVERY
        if self.path.exists():
            self.past = self._past(self._read())

    @property
    def due(self) -> bool:
        """Whether it is time to write."""
        return time.monotonic() > self._next

    def keep(self, past: Past, *, at_once: bool = False) -> None:
        """Write how far the search is; not more often than every few seconds, unless told."""
        if at_once or self.due:
            begin = time.monotonic()
            data = self._encoded({"search": self._identity, **asdict(past)})
            if data:
                write_atomic(self.path, data)
                end = time.monotonic()
                self._next = end + max(_EVERY, _REST * (end - begin))

    def _encoded(self, entry: dict[str, Any]) -> bytes:
        """The file. entry: past and identity. Nothing where now is no time to write it."""
        return json.dumps(entry, indent=1).encode() + b"\n"

    def _read(self) -> Any:
        """What `_encoded` was given, perhaps."""
        try:
            return json.loads(read_bytes(self.path, _MAX_BYTES))
        except (ValueError, RecursionError):
            raise self.damaged() from None

    def damaged(self) -> FileError:
        """The error of a file that is no state."""
        return FileError(f"{self.path} is no state of a search", "--resume names a file that this command wrote")

    def other(self, search: object) -> str:
        """What a file is that says it is of this search, which is another one."""
        return "the state of another search"

    def _past(self, found: Any) -> Past:
        try:
            search, best = found["search"], found["best"]
            past = Past(
                *(int(found["candidates"]), float(found["seconds"]), int(found["rejected"]), float(found["right"])),
                tuple(map(str, best)),
                {str(method): int(count) for method, count in found.get("tried", {}).items()},
                str(found.get("order", "")),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            raise self.damaged() from None
        if min([past.candidates, *past.tried.values()]) < 0 or not 0 <= past.right <= 1:
            raise self.damaged()
        if search != self._identity:
            raise UsageError(f"{self.path} is {self.other(search)}", self.hint)
        return past


def identity(problem: Problem, spec: str, method: str, seed: int) -> str:
    """What is equal for two searches that try the same candidates in the same order. spec: the checksum of the spec."""
    weights = [problem.weights.get(part, 0.0).hex() for part in problem.parts]
    text = json.dumps([spec, library_digest(problem), weights, problem.numbers, problem.width, method, seed])
    return hashlib.sha256(text.encode()).hexdigest()


def order_of(budget: Budget) -> str:
    """What the order in which candidates are tried depends on besides the search: memory, and the state of ccc. The
    number of cores should make no difference; as a program may be lost if it does, it is one of these.
    """
    sources = digest_of_sources("learn/**/*.py", "skills/**/*.py")
    return key_of((budget.memory, thread_count(), sources))


def library_digest(problem: Problem) -> str:
    """A checksum over the names and sources of the skills that may be parts, in order."""
    return sources_digest([(part, problem.library.find(part).text) for part in problem.parts])


def sources_digest(sources: Sequence[tuple[str, str]]) -> str:
    """A checksum over names and texts."""
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()
