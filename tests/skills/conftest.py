"""The small library that the tests of skills share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ccc.skills import Library

FOLDER = Path(__file__).parent / "library"

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def library() -> Library:
    return Library([FOLDER])


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a skill into a library of its own: `write(name, source, card)`; either may be None."""

    def put(name: str, source: str | None, card: str | None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for text, suffix in ((source, ".s"), (card, ".yaml")):
            if text is not None:
                path.with_suffix(suffix).write_text(text, encoding="utf-8")
        return tmp_path

    return put
