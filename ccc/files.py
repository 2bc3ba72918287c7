"""Reading and writing files: errors in one shape, writes atomic."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ccc.errors import FileError


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


def write_atomic(path: str | Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old content or the new, never a part.

    Raises FileError, leaving a file that was there untouched.
    """
    target = Path(path)
    temporary = ""
    try:
        if not target.is_symlink() and (target.is_char_device() or target.is_fifo()):
            _write_through(target, data)  # /dev/stdout and pipes cannot be replaced by a rename
            return
        target = target.resolve()
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a circle of links, before Python 3.13
        raise _file_error("write", path, error) from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


@contextmanager
def atomic_writer(path: str | Path) -> Iterator[IO[str]]:
    """A text file that takes the place of `path` when it is complete, or when the user stops the work with Ctrl-C.

    Raises FileError; after any other exception a file that was there is untouched.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    keep = False
    try:
        with open(partial, "w", encoding="utf-8") as file:
            try:
                yield file
                keep = True
            except KeyboardInterrupt:
                keep = True
                raise
            finally:
                file.flush()
                if keep:
                    os.replace(partial, target)
    except (OSError, ValueError) as error:
        raise _file_error("write", path, error) from None
    finally:
        if not keep:
            partial.unlink(missing_ok=True)


def _write_through(target: Path, data: bytes) -> None:
    try:
        with open(target, "wb") as file:
            file.write(data)
    except OSError as error:
        raise _file_error("write", target, error) from None


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that the process gives to a new one."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _file_error(verb: str, path: str | Path, error: Exception) -> FileError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return FileError(f"cannot {verb} {path}: {reason.lower()}")
