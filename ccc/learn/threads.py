"""How many threads a search uses."""

from __future__ import annotations

import os

VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
"""What says so in the environment, to the search and to torch: `--threads` sets them, and a pool for its workers."""


def thread_count() -> int:
    """As many as the environment says, but no more than there are cores for this process."""
    cores = len(os.sched_getaffinity(0))
    said = os.environ.get(VARIABLES[0], "")
    return min(cores, int(said)) if said.isdecimal() and int(said) > 0 else cores


def threads_said(count: int) -> dict[str, str]:
    """The variables of the environment that say so many."""
    return dict.fromkeys(VARIABLES, str(count))
