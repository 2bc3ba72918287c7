"""The results file of a curriculum: one JSON object a line, appended whole, read in spite of lines cut short."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ccc.errors import FileError
from ccc.files import read_bytes

Entry = dict[str, Any]
MAX_BYTES = 1 << 28


class Results:
    """Entries in a file that several processes append to. Each entry is on disk when `append` returns."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line at the end of the file, which is made. Raises FileError."""
        text = json.dumps(entry, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                # A process that was killed may have left half a line: the new one must not be part of it.
                if _last_byte(handle) not in (b"", b"\n"):
                    text = b"\n" + text
                written = os.write(handle, text)
                if written < len(text):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise FileError(f"cannot write {self.path}: {(error.strerror or str(error)).lower()}") from None

    def read(self) -> list[Entry]:
        """Every whole entry, in order; lines that are none are left out. Raises FileError."""
        if not self.path.exists():
            return []
        return list(_entries(read_bytes(self.path, MAX_BYTES).split(b"\n")))


def _last_byte(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    return os.pread(handle, 1, size - 1) if size else b""


def _entries(lines: Iterable[bytes]) -> Iterable[Entry]:
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry
