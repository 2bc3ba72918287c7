"""Fixtures for the tests of the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ccc.machine import (
    Image,
    read_image,
)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes], Image]:
    def from_bytes(raw: bytes) -> Image:
        path = tmp_path / "state.bin"
        path.write_bytes(raw)
        return read_image(path)

    return from_bytes
