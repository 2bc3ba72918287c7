"""Records: how a skill was learnt, as JSON beside its source."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ccc.errors import FileError
from ccc.files import read_bytes

FORMAT = 1
_MAX_BYTES = 1 << 20
_HINT = "put the file back as it was, or have the skill learnt again, into another library"


@dataclass(frozen=True, slots=True)
class Record:
    """How a skill was learnt.

    spec: the checksum of the spec. parents: the skills that it calls. helpers: skills installed with it that are parts
    of it. program_length: steps of it and its helpers. instructions: executed on all cases by the emulator. verified:
    cases by part. neural: whether the Transformer ran it too, with the same states bit for bit. scores: of trained
    weights, by part and name. date: in UTC, ISO 8601.
    """

    skill: str
    method: str
    candidates: int
    seconds: float
    seed: int
    spec: str
    parents: tuple[str, ...]
    program_length: int
    instructions: int
    date: str
    helpers: tuple[str, ...] = ()
    verified: Mapping[str, int] = field(default_factory=dict)
    neural: bool = False
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        found = asdict(self)
        return found if self.scores else {key: value for key, value in found.items() if key != "scores"}


def record_text(record: Record) -> str:
    """The record as a file holds it."""
    return json.dumps({"format": FORMAT, **record.as_json()}, indent=2) + "\n"


def read_record(path: Path) -> Record:
    """The record in `path`. Raises FileError where it is none, or cannot be read."""
    data = read_bytes(path, _MAX_BYTES)
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: no proper JSON: {str(error)[:80]}", _HINT) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileError(f"{path}: no record of format {FORMAT}", _HINT)
    found.setdefault("scores", {})  # records of programs have none
    checks = {name: check for kind, check in _CHECKS.items() for name in kind.split()}
    for name, check in checks.items():
        if not check(found.get(name)):
            raise FileError(f"{path}: '{name}' is missing, or not what a record holds", _HINT)
    values = {name: found[name] for name in checks}
    for name in ("parents", "helpers"):
        values[name] = tuple(values[name])
    return Record(**values)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_scores(value: Any) -> bool:
    return isinstance(value, dict) and all(type(score) in (int, float) for score in value.values())


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "skill method spec date": lambda value: isinstance(value, str),
    "candidates seed program_length instructions": _is_count,
    "seconds": lambda value: type(value) in (int, float) and value >= 0,
    "parents helpers": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "verified": lambda value: isinstance(value, dict) and all(map(_is_count, value.values())),
    "neural": lambda value: isinstance(value, bool),
    "scores": lambda value: isinstance(value, dict) and all(map(_is_scores, value.values())),
}
"""What the values of a record must be, by name."""
