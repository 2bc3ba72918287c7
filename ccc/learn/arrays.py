"""npz files: what their headers claim is checked before memory is taken, and only plain numbers are read."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from typing import IO

import numpy as np

from ccc.errors import SkillError
from ccc.machine import Cells

MAX_BYTES = 1 << 27
"""The most bytes that the arrays of a file may have together."""
MAX_ARRAYS = 64
MAX_HEADER = 4096
_NUMBERS = "biuf"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_arrays(data: bytes) -> dict[str, Cells]:
    """The arrays of an npz file by name, as float64. Raises SkillError on what is none, too large, or no numbers."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_ARRAYS:
                raise SkillError(f"{len(members)} arrays; {MAX_ARRAYS} are the most")
            if sum(member.file_size for member in members) > MAX_BYTES:
                raise SkillError(f"the arrays are larger than the {MAX_BYTES:,} bytes allowed here")
            found: dict[str, Cells] = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name in found:
                    raise SkillError(f"array {name[:40]!r} is there twice")
                with archive.open(member) as file:
                    found[name] = _read(file, name[:40], member.file_size)
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise SkillError(f"no proper npz file: {error}") from None


def _read(file: IO[bytes], name: str, size: int) -> Cells:
    try:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"version {version}")
        shape, by_column, dtype = _HEADERS[version](file, max_header_size=MAX_HEADER)
    except (ValueError, SyntaxError, TypeError, KeyError, UnicodeError, MemoryError, RecursionError) as error:
        raise SkillError(f"array {name!r}: no proper header: {' '.join(str(error).split())[:80]}") from None
    if dtype.kind not in _NUMBERS or dtype.itemsize > 8:
        raise SkillError(f"array {name!r}: expected numbers, found the type {dtype}")
    wanted = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or wanted > size or wanted > MAX_BYTES:
        raise SkillError(f"array {name!r}: the header promises {wanted:,} bytes, and there are {size:,}")
    content = file.read(wanted)
    if len(content) != wanted:
        raise SkillError(f"array {name!r}: cut off")
    array = np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if by_column else "C")
    exact = np.asarray(array, dtype=np.float64) + 0.0
    if not np.isfinite(exact).all():
        raise SkillError(f"array {name!r}: every number must be finite")
    return np.asarray(exact)
