"""npz files: what their headers claim is checked before memory is taken, and only plain numbers are read.

Headers are read here and not by numpy, which takes them for Python expressions.
"""

from __future__ import annotations

import io
import lzma
import math
import re
import struct
import zipfile
import zlib
from typing import IO

import numpy as np

from ccc.errors import SkillError
from ccc.machine import Cells

MAX_BYTES = 1 << 27
"""The most bytes that the arrays of a file may have together."""
MAX_ARRAYS = 64
_MAX_HEADER = 4096
_MAX_AXES = 8
_MAGIC = b"\x93NUMPY"
_LENGTHS = {b"\x01\x00": "<H", b"\x02\x00": "<I"}
"""How a version writes the length of its header."""
_HEADER = re.compile(
    r"\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([0-9, ]*)\),?\s*\}\s*"
)
_NUMBERS = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError),
)
"""What reading a damaged zip file can raise."""


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
    except _DAMAGE as error:
        raise SkillError(f"no proper npz file: {' '.join(str(error).split())[:80]}") from None


def _read(file: IO[bytes], name: str, size: int) -> Cells:
    """size: of the whole member, as the archive has it."""
    kind, by_column, shape, length = _header(file, name)
    if not _NUMBERS.fullmatch(kind):
        raise SkillError(f"array {name!r}: expected numbers, found the type {kind[:20]!r}")
    dtype = np.dtype(kind)
    wanted = math.prod(shape) * dtype.itemsize
    if wanted > min(size - length, MAX_BYTES):
        raise SkillError(f"array {name!r}: the header promises {wanted:,} bytes, and there are {size - length:,}")
    content = file.read(wanted)
    if len(content) != wanted:
        raise SkillError(f"array {name!r}: cut off")
    array = np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if by_column else "C")
    exact = np.asarray(array, dtype=np.float64) + 0.0
    if not np.isfinite(exact).all():
        raise SkillError(f"array {name!r}: every number must be finite")
    return np.asarray(exact)


def _header(file: IO[bytes], name: str) -> tuple[str, bool, tuple[int, ...], int]:
    """The type, whether columns come first, the shape, and how many bytes the header has."""
    start = file.read(len(_MAGIC) + 2)
    code = _LENGTHS.get(start[len(_MAGIC) :]) if start.startswith(_MAGIC) else None
    packed = file.read(struct.calcsize(code)) if code else b""
    if code is None or len(packed) != struct.calcsize(code):
        raise SkillError(f"array {name!r}: no proper header")
    (length,) = struct.unpack(code, packed)
    text = file.read(length).decode("latin-1") if length <= _MAX_HEADER else ""
    found = _HEADER.fullmatch(text)
    axes = [part.strip() for part in found[3].split(",") if part.strip()] if found else []
    if found is None or len(axes) > _MAX_AXES or not all(axis.isdecimal() and len(axis) <= 18 for axis in axes):
        raise SkillError(f"array {name!r}: no proper header")
    return found[1], found[2] == "True", tuple(map(int, axes)), len(start) + len(packed) + length
