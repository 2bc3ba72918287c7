"""What is kept between runs because making it again takes time: plain data, in the user's own cache folder.

Nothing that is read from here is executed. A folder or file that is not the user's own, or that others may write to, is
left alone, and so is content that is not what was written under this key: it is then made anew. Processes may share a
cache, as each entry is written whole and never changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ccc.errors import FileError
from ccc.files import read_bytes, write_atomic

_PACKAGE = Path(__file__).resolve().parent
_LOOK_EVERY = 64  # entries written, between looks at how much there is


def cache_home() -> Path:
    """Where all of ccc's caches are: $XDG_CACHE_HOME/ccc, or ~/.cache/ccc."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "ccc"


@lru_cache(maxsize=16)
def digest_of_sources(*patterns: str) -> str:
    """SHA-256 over sources of ccc, as in `skills/**/*.py`: what was made by other sources is made anew."""
    digest = hashlib.sha256()
    found = {path for pattern in patterns for path in _PACKAGE.glob(pattern) if path.is_file()}
    for path in sorted(found):
        digest.update(str(path.relative_to(_PACKAGE)).encode() + b"\n")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def key_of(parts: Iterable[object]) -> str:
    """A name for what is determined by `parts`: text, bytes and numbers, or tuples of them."""
    return hashlib.sha256(repr(tuple(parts)).encode("utf-8", "surrogatepass")).hexdigest()[:48]


@dataclass
class Cache:
    """Entries of one kind, each a header and content. Where there are more than `entries`, or than `total` bytes, those
    that were of no use for longest are removed.

    name: of the folder. largest: bytes of an entry; larger ones are not kept.
    """

    name: str
    largest: int
    entries: int
    total: int
    _written: int = field(default=0, repr=False)

    @property
    def folder(self) -> Path:
        return cache_home() / self.name

    def load(self, key: str) -> tuple[dict[str, Any], bytes] | None:
        """Header and content stored under `key`, or None where there is nothing sound."""
        path = self.folder / key
        try:
            if not (is_private(path.parent) and is_private(path)):
                return None
            digest, _, rest = read_bytes(path, self.largest).partition(b"\n")
            line, _, content = rest.partition(b"\n")
            if digest != digest_of_entry(key, line, content):
                return None
            header = json.loads(line)
        except (OSError, FileError, ValueError, RecursionError):
            return None
        with suppress(OSError):
            os.utime(path)  # it was of use
        return (header, content) if isinstance(header, dict) else None

    def store(self, key: str, header: Mapping[str, Any], content: bytes = b"") -> None:
        """Keep `content` under `key`. Where that can't be done, the next run makes it again."""
        line = json.dumps(dict(header)).encode()
        data = b"\n".join((digest_of_entry(key, line, content), line, content))
        if len(data) > self.largest:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if is_private(self.folder):
                write_atomic(self.folder / key, data)
                if self._written % _LOOK_EVERY == 0:
                    self._make_room()
                self._written += 1
        except (OSError, FileError):
            return

    def _make_room(self) -> None:
        """Remove what was of no use for longest, down to three quarters, where there is too much. Raises OSError."""
        found = [entry for entry in os.scandir(self.folder) if entry.is_file(follow_symlinks=False)]
        stats = [(entry.stat(follow_symlinks=False), entry.path) for entry in found]
        count, size = len(stats), sum(one.st_size for one, _ in stats)
        if count <= self.entries and size <= self.total:
            return
        for one, path in sorted(stats, key=lambda pair: pair[0].st_mtime):
            if count <= self.entries * 3 // 4 and size <= self.total * 3 // 4:
                break
            with suppress(FileNotFoundError):  # another process makes room too
                os.unlink(path)
            count, size = count - 1, size - one.st_size


def is_private(path: Path) -> bool:
    """Whether this is an ordinary file or a folder that belongs to this user, who alone may write to it."""
    found = os.stat(path)
    ordinary = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    return ordinary and found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def digest_of_entry(key: str, line: bytes, content: bytes) -> bytes:
    """What stands at the head of an entry. line: its header."""
    return hashlib.sha256(b"\n".join((key.encode(), line, content))).hexdigest().encode()
