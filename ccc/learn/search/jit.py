"""How the search is compiled: machine code kept between runs, per state of the sources that it comes from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def _cache_folder() -> str:
    """numba sees a change in a function's own file, not in those that it calls: the folder is named by all of them."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        text = path.read_bytes()
        if b"search.jit import" in text:
            digest.update(text)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(home, "ccc", f"search-{digest.hexdigest()[:16]}")


_FOLDER = _cache_folder()


def native(function: Callable[..., Any]) -> Any:
    """Compile with numba: IEEE arithmetic as written, no interpreter lock held, machine code kept between runs."""
    return _compiled(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Like `native`, for the small functions that the others are made of."""
    return _compiled(function, inline="always")


def _compiled(function: Callable[..., Any], **options: Any) -> Any:
    config: Any = numba.config
    before = config.CACHE_DIR
    if "NUMBA_CACHE_DIR" not in os.environ:
        config.CACHE_DIR = _FOLDER
    try:
        return numba.njit(function, cache=True, error_model="numpy", nogil=True, **options)
    finally:
        config.CACHE_DIR = before
