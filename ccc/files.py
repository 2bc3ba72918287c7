"""Reading and writing files: errors in one shape, writes atomic."""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Generic, TypeVar

from ccc.errors import FileError

T = TypeVar("T")

_DESCRIPTORS = ("/dev/stdout", "/dev/stderr", "/dev/fd", "/proc")
"""Places that stand for files which this process has open, perhaps ordinary ones."""


NO_LIBRARY = ".nolibrary"
"""A file of this name in a folder says that nothing in or below the folder belongs to a library of skills."""


def library_files(folder: Path, pattern: str) -> list[Path]:
    """The files in and below a library whose names match `pattern`, sorted by path.

    Left out are folders that hold a file `.nolibrary`, and what begins with a dot: skills are written there until they
    are whole. A folder that cannot be read, or is taken away meanwhile, is empty.
    """
    found = []
    for place, folders, names in os.walk(folder):
        if NO_LIBRARY in names:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in fnmatch.filter(names, pattern) if not name.startswith(".")]
    return sorted(found)


def read_bytes(path: str | Path, limit: int) -> bytes:
    """The content of `path`. Raises FileError when it cannot be read or holds more than `limit` bytes."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _file_error("read", path, error) from None
    if len(data) > limit:
        raise FileError(f"{path}: larger than the {limit:,} bytes allowed here")
    return data


def check_writable(path: str | Path) -> None:
    """Raises FileError where `path` plainly cannot be written: to be asked before long work whose result goes there."""
    target = Path(path)
    try:
        if _is_special(target):
            return
        folder = target.resolve().parent
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        os.stat(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a circle of links, before Python 3.13
        raise _file_error("write", path, error) from None


def write_atomic(path: str | Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old content or the new, never a part.

    Raises FileError, leaving a file that was there untouched.
    """
    target = Path(path)
    temporary = ""
    try:
        if _is_special(target):
            target.write_bytes(data)
            return
        target = target.resolve()
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except (OSError, ValueError, RuntimeError) as error:
        raise _file_error("write", path, error) from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


@contextmanager
def atomic_writer(path: str | Path) -> Iterator[IO[str]]:
    """A text file that takes the place of `path` when the block is left without an exception.

    Raises FileError; a file that was there is untouched after that and after any other exception.
    """
    check_writable(path)
    try:
        if _is_special(Path(path)):
            with open(path, "w", encoding="utf-8") as file:
                yield file
            return
        target = Path(path).resolve()
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            with open(partial, "w", encoding="utf-8") as file:
                yield file
            os.chmod(partial, _mode(target))
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _file_error("write", path, error) from None


def _is_special(target: Path) -> bool:
    """Whether `target` is a device, a pipe or a socket, or stands for one: nothing that a rename may replace."""
    if any(target.absolute().is_relative_to(place) for place in _DESCRIPTORS):
        return True
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that the process gives to a new one."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _file_error(verb: str, path: str | Path, error: Exception) -> FileError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return FileError(f"cannot {verb} {str(path) or repr('')}: {reason.lower()}")


Stamp = tuple[str, int, int, int]


def stamp(path: str | Path) -> Stamp:
    """What changes whenever a file does: inode, time and size. Raises OSError."""
    found = os.stat(path)
    return str(path), found.st_ino, found.st_mtime_ns, found.st_size


class Memo(Generic[T]):
    """What was made of files earlier in this process, as long as none of them has changed."""

    def __init__(self, most: int = 1 << 12) -> None:
        """most: entries; where there are more, all are dropped."""
        self._most = most
        self._known: dict[object, tuple[tuple[Stamp, ...], T]] = {}

    def get(self, key: object) -> T | None:
        """What was kept under `key`, or None."""
        found = self._known.get(key)
        if found is None:
            return None
        try:
            fresh = all(stamp(one[0]) == one for one in found[0])
        except OSError:
            fresh = False
        return found[1] if fresh else None

    def keep(self, key: object, stamps: Iterable[Stamp], made: T) -> None:
        """stamps: of all files that it was made of, from before they were read."""
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[key] = tuple(stamps), made
