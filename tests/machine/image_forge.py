"""A sample image, and files made from its parts, sound or not."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import numpy as np

from ccc.machine import (
    Block,
    Image,
    Layout,
    ProgramInfo,
    SourceLine,
    State,
    fresh_registers,
)
from ccc.machine.image import encode_image

Header = dict[str, Any]

SAMPLE = Image(
    State(np.array([3.0, -4.5, 1e300, 5e-324, 0.0, -2147483649.0, 7.0, 8.0]), fresh_registers(8, stack=(4, 8))),
    width=16,
    info=ProgramInfo(
        Layout((Block("code", 0, 3), Block("stack", 4, 8))),
        {"start": 0, "größe": -7, "": 2**40},
        (SourceLine(0, 3, "a.s", 1, "  mov x, y ; ü"), SourceLine(1, 2, "b.s", 9, "")),
    ),
)


def take_apart(image: Image = SAMPLE) -> tuple[Header, bytes]:
    raw = encode_image(image)
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def put_together(header: Any, data: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def forged(cells: list[float], registers: list[float] | None = None, **metadata: Any) -> bytes:
    """A file that holds these numbers, with the checksum that they would have if they were sound."""
    values = fresh_registers(len(cells)).tolist() if registers is None else registers
    header, _ = take_apart()
    raw_cells, raw_registers = struct.pack(f"<{len(cells)}d", *cells), struct.pack(f"<{len(values)}d", *values)
    header["cells"] = {"dtype": "F64", "shape": [len(cells)], "data_offsets": [0, len(raw_cells)]}
    header["registers"] = {
        "dtype": "F64",
        "shape": [len(values)],
        "data_offsets": [len(raw_cells), len(raw_cells) + len(raw_registers)],
    }
    header["__metadata__"] |= {"layout": "[]", "checksum": _checksum(header, raw_cells, raw_registers)} | metadata
    return put_together(header, raw_cells + raw_registers)


def _checksum(header: Header, raw_cells: bytes, raw_registers: bytes) -> str:
    meta = header["__metadata__"]
    first = f"{meta['format']} {meta['dialect']} {meta['width']}\n".encode()
    return hashlib.sha256(first + raw_registers + raw_cells).hexdigest()


def same(left: Image, right: Image) -> bool:
    return (
        left.state.same(right.state)
        and (left.dialect, left.width) == (right.dialect, right.width)
        and left.info.layout == right.info.layout
        and dict(left.info.symbols) == dict(right.info.symbols)
        and left.info.source == right.info.source
        and left.checksum == right.checksum
    )
