"""Machine code kept between runs, in the user's own cache, under the checksum of the weights that it was made from.

What is loaded from here is executed, so the folder must belong to the user and nobody else may write to it; where that
is not so, or the content is not what was written, the cache is left alone and the code is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from ccc.cache import cache_home, digest_of_entry, is_private
from ccc.errors import FileError
from ccc.files import read_bytes, write_atomic

_MAX_BYTES = 1 << 26
MOST_ENTRIES = 200
"""Of less than a megabyte each."""
_PACKAGE = Path(__file__).resolve().parent.parent.parent


def folder() -> Path:
    """Where machine code is kept."""
    return cache_home() / "native"


@lru_cache(maxsize=4)
def digest_of_sources(rooms: tuple[str, ...]) -> str:
    """SHA-256 over the sources of some rooms of ccc: what is made from other sources is made anew."""
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((_PACKAGE / room).glob("**/*.py")):
            digest.update(str(path.relative_to(_PACKAGE)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def key_of(parts: Iterable[object]) -> str:
    """A name for what is determined by `parts`."""
    return hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:40]


def load(key: str) -> tuple[dict[str, Any], bytes] | None:
    """Header and content stored under `key`, or None where there is nothing sound."""
    path = folder() / key
    try:
        if not (is_private(path.parent) and is_private(path)):
            return None
        digest, _, rest = read_bytes(path, _MAX_BYTES).partition(b"\n")
        line, _, content = rest.partition(b"\n")
        if digest != digest_of_entry(key, line, content):
            return None
        header = json.loads(line)
    except (OSError, FileError, ValueError, RecursionError):
        return None
    with suppress(OSError):
        os.utime(path)  # it was of use: `_make_room` keeps it longer
    return (header, content) if isinstance(header, dict) else None


def store(key: str, header: Mapping[str, Any], content: bytes) -> None:
    """Keep `content` under `key`. Where that can't be done, the next run makes it again."""
    line = json.dumps(dict(header)).encode()
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(folder()):
            write_atomic(folder() / key, b"\n".join((digest_of_entry(key, line, content), line, content)))
            _make_room()
    except (OSError, FileError):
        return


def _make_room() -> None:
    """Remove what was of no use for longest, where there is much. Raises OSError."""
    entries = [entry for entry in os.scandir(folder()) if entry.is_file(follow_symlinks=False)]
    if len(entries) > MOST_ENTRIES:
        entries.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime)
        for entry in entries[: len(entries) - MOST_ENTRIES * 3 // 4]:
            os.unlink(entry)
