"""How many threads a search uses."""

from __future__ import annotations

import os

VARIABLE = "NUMBA_NUM_THREADS"
"""What says so in the environment: `--threads` sets it, and a pool of several workers for each of them."""


def thread_count() -> int:
    """As many as the environment says, but no more than there are cores for this process."""
    cores = len(os.sched_getaffinity(0))
    said = os.environ.get(VARIABLE, "")
    return min(cores, int(said)) if said.isdecimal() and int(said) > 0 else cores
