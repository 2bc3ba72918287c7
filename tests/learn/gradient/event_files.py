"""Event files of TensorBoard, read back for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path


def events(folder: Path) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value of every scalar in the event files of a folder, which are records with their lengths."""
    from tensorboardX.proto.event_pb2 import Event

    for path in folder.iterdir():
        data = path.read_bytes()
        while data:
            (size,) = struct.unpack("<Q", data[:8])
            event = Event.FromString(data[12 : 12 + size])
            data = data[16 + size :]
            yield from ((value.tag, event.step, value.simple_value) for value in event.summary.value)
