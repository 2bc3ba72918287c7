"""Machine code of wrong weights must not fill the user's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.neural.native import cache, network


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, and nothing loaded beside it."""
    place = tmp_path / "cache" / "native"
    monkeypatch.setattr(cache, "folder", lambda: place)
    monkeypatch.setattr(network, "_loaded", {})
    return place
