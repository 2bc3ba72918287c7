"""Tensors in and out of safetensors files, the container of state images and weights.

safetensors holds plain numbers and a JSON header and executes nothing. Every size is checked against the file before
memory is taken. Writing is done here because the library orders metadata at random, and equal content should give equal
bytes; reading, after the checks, is the library's.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ccc.errors import CccError, FileError

MAX_HEADER = 1 << 24  # 16 MiB of JSON
_CHECKSUM = "checksum"

Tensor = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Container:
    """One kind of file: what it is called, the format it names in its metadata, its size, and the error it raises.

    max_numbers: how many doubles one tensor may hold. checked: the metadata have a checksum of all that is in the file;
    formats with one of their own need none.
    """

    what: str
    format: str
    max_numbers: int
    error: type[CccError]
    checked: bool = False

    def encode(self, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
        """The bytes of a file with `tensors` (float64, any shape) and `metadata`; the same for equal content."""
        header: dict[str, Any] = {"__metadata__": {"format": self.format, **metadata}}
        parts: list[bytes] = []
        end = 0
        for name, numbers in tensors.items():
            raw = np.ascontiguousarray(numbers, dtype="<f8").tobytes()
            header[name] = {"dtype": "F64", "shape": list(numbers.shape), "data_offsets": [end, end + len(raw)]}
            parts.append(raw)
            end += len(raw)
        if self.checked:
            header["__metadata__"][_CHECKSUM] = _checksum(header, parts)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        return b"".join([struct.pack("<Q", len(text)), text, *parts])

    def read(self, path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
        """Tensors and metadata of `path`. Raises FileError when it cannot be read, else this container's error."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                raise self.error(f"{path}: a {self.what} must be a regular file, not a pipe or a device")
            size = status.st_size
            with open(path, "rb") as file:
                metadata = self._check_header(path, file, size)
                file.seek(0)
                data = file.read(size)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise FileError(f"cannot read {path}: {reason.lower()}") from None
        if self.checked:
            if not _is_whole(data):
                raise self.error(f"{path}: the checksum does not match: the file was changed or damaged")
            del metadata[_CHECKSUM]
        try:
            return load(data), metadata
        except SafetensorError as error:
            raise self.error(f"{path}: no {self.what}: {str(error)[:100]}") from None

    def _check_header(self, path: str | Path, file: BinaryIO, size: int) -> dict[str, str]:
        """The metadata, once every tensor is known to lie in the file, next to the one before."""
        prefix = file.read(8)
        if len(prefix) < 8:
            raise self.error(f"{path}: too short for a {self.what} ({size} bytes)")
        (length,) = struct.unpack("<Q", prefix)
        if length > min(MAX_HEADER, size - 8):
            raise self.error(f"{path}: no {self.what}, or a truncated one (header of {length:,} bytes in {size:,})")
        try:
            header = json.loads(file.read(length))
            metadata = dict(header.pop("__metadata__", {}))
            if not all(isinstance(value, str) for value in metadata.values()):
                raise TypeError("metadata holds strings only")
            spans = [self._span(path, name, entry, size - 8 - length) for name, entry in header.items()]
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            raise self.error(f"{path}: no {self.what}: its header is no safetensors header") from None
        if metadata.get("format") != self.format:
            raise self.error(f"{path}: a safetensors file, but no {self.what} (its format is not {self.format!r})")
        edges = [0, *(edge for span in sorted(spans) for edge in span), size - 8 - length]
        if edges[0::2] != edges[1::2]:
            raise self.error(f"{path}: tensors overlap, or bytes belong to none")
        return metadata

    def _span(self, path: str | Path, name: str, entry: Mapping[str, Any], room: int) -> tuple[int, int]:
        begin, end = entry["data_offsets"]
        shape = entry["shape"]
        if entry["dtype"] != "F64" or not all(type(x) is int and x >= 0 for x in (begin, end, *shape)):
            raise self.error(f"{path}: tensor {name[:100]!r} must hold doubles")
        if math.prod(shape) > self.max_numbers:
            raise self.error(f"{path}: tensor {name[:100]!r} is too large: at most {self.max_numbers:,} numbers")
        if not begin <= end <= room or end - begin != 8 * math.prod(shape):
            raise self.error(f"{path}: tensor {name[:100]!r} does not fit the file: truncated, or its sizes disagree")
        return begin, end


def _checksum(header: Mapping[str, Any], parts: Iterable[bytes | memoryview]) -> str:
    """SHA-256 of what the header says, without a checksum, and of the numbers."""
    digest = hashlib.sha256(json.dumps(header).encode())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _is_whole(data: bytes) -> bool:
    """Whether a file, the header of which is sound, has the checksum that it says."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    said = header["__metadata__"].pop(_CHECKSUM, None)
    return bool(said == _checksum(header, [memoryview(data)[8 + length :]]))
