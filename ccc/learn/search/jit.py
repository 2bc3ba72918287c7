"""How the search is compiled: machine code kept between runs, per state of the sources that it comes from."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from ccc.cache import cache_home

F = TypeVar("F", bound=Callable[..., Any])


def _cache_folder() -> str:
    """numba sees a change in a function's own file, not in those that it calls: the folder is named by all of them."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        text = path.read_bytes()
        if b"search.jit import" in text:
            digest.update(text)
    return str(cache_home() / f"search-{digest.hexdigest()[:16]}")


_FOLDER = _cache_folder()
COMPILER = f"numba {numba.__version__} for {platform.machine()}"


def native(function: F) -> F:
    """Compile with numba: IEEE arithmetic as written, no interpreter lock held, machine code kept between runs."""
    config: Any = numba.config
    before = config.CACHE_DIR
    if "NUMBA_CACHE_DIR" not in os.environ:
        config.CACHE_DIR = _FOLDER
    try:
        compiled: F = numba.njit(function, cache=True, error_model="numpy", nogil=True)
    finally:
        config.CACHE_DIR = before
    return compiled
