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

    def __init__(self, path: str | Path, *, identity: str) -> None:
        """identity: of the search, from `identity`."""
        self.path, self._identity = Path(path), identity
        self.past = Past()
        self._written = time.monotonic()
        if self.path.exists():
            self.past = self._read()

    def keep(self, past: Past, *, at_once: bool = False) -> None:
        """Write how far the search is; not more often than every few seconds, unless told."""
        now = time.monotonic()
        if at_once or now - self._written > _EVERY:
            self._written = now
            text = json.dumps({"search": self._identity, **asdict(past)}, indent=1)
            write_atomic(self.path, text.encode() + b"\n")

    def _read(self) -> Past:
        damaged = FileError(f"{self.path} is no state of a search", "--resume names a file that ccc compose wrote")
        try:
            found: Any = json.loads(read_bytes(self.path, _MAX_BYTES))
            search, best = found["search"], found["best"]
            past = Past(
                *(int(found["candidates"]), float(found["seconds"]), int(found["rejected"]), float(found["right"])),
                tuple(map(str, best)),
                {str(method): int(count) for method, count in found.get("tried", {}).items()},
                str(found.get("order", "")),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            raise damaged from None
        if min([past.candidates, *past.tried.values()]) < 0 or not 0 <= past.right <= 1:
            raise damaged
        if search != self._identity:
            raise UsageError(
                f"{self.path} is the state of another search",
                "a search goes on with the same spec, skills, method and seed; name another file for a new one",
            )
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
