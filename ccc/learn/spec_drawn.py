"""Drawn cases kept between runs: a function of the spec's text, of the sources of its reference, and of ccc's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ccc.cache import Cache, digest_of_sources, key_of
from ccc.learn.model import Case
from ccc.machine import Cells
from ccc.skills.sources import source_texts

Drawn = tuple[dict[str, list[Case]], int]
"""Cases by part, and how many draws were left out."""

_CACHE = Cache("drawn", largest=1 << 25, entries=4096, total=1 << 29)
_FORMAT = 1
_MADE_BY = (
    *("isa/**/*.py", "machine/**/*.py", "assembler/**/*", "emulator/**/*.py", "trace/**/*.py", "skills/**/*.py"),
    *("learn/*.py", "errors.py", "files.py"),
)
_KINDS = ("given", "before", "expected")


def remembered(text: str, program: Path, folders: Sequence[Path], draw: Callable[[], Drawn]) -> Drawn:
    """What `draw` gives, or gave in an earlier run for the same spec and reference.

    text: of the spec. program: the reference. folders: the libraries in which it looks for what it requires. Raises
    what `draw` does, and FileError and SourceError where the program cannot be read.
    """
    key = key_of((_FORMAT, digest_of_sources(*_MADE_BY), text, *source_texts(program, folders)))
    entry = _CACHE.load(key)
    found = None if entry is None else _decoded(*entry)
    if found is None:
        found = draw()
        _CACHE.store(key, *_encoded(found))
    return found


def _encoded(drawn: Drawn) -> tuple[dict[str, Any], bytes]:
    """As header and content: names and shapes, and all elements behind each other."""
    cases, repeated = drawn
    parts = {name: [_shapes(case) for case in found] for name, found in cases.items()}
    every = chain.from_iterable(found for found in cases.values())
    arrays = (array for case in every for kind in _KINDS for array in getattr(case, kind).values())
    return {"repeated": repeated, "parts": parts}, b"".join(array.astype("<f8").tobytes() for array in arrays)


def _shapes(case: Case) -> list[Any]:
    return [case.times, *({name: a.shape for name, a in getattr(case, kind).items()} for kind in _KINDS)]


def _decoded(header: Mapping[str, Any], content: bytes) -> Drawn | None:
    """None where header and content do not fit."""
    try:
        cells = np.frombuffer(bytearray(content), dtype="<f8").astype(np.float64, copy=False)
        reader = _Reader(cells)
        cases = {str(name): [reader.case(*case) for case in found] for name, found in header["parts"].items()}
        return (cases, int(header["repeated"])) if reader.at == cells.size else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


class _Reader:
    def __init__(self, cells: Cells) -> None:
        self._cells, self.at = cells, 0

    def case(self, times: int, *kinds: Mapping[str, Sequence[int]]) -> Case:
        given, before, expected = ({name: self._array(shape) for name, shape in kind.items()} for kind in kinds)
        return Case(given, expected, before, int(times))

    def _array(self, shape: Sequence[int]) -> Cells:
        """Raises ValueError where there are not so many elements."""
        start, self.at = self.at, self.at + prod(shape)
        return self._cells[start : self.at].reshape(tuple(shape))
