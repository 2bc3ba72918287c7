"""How many threads a search uses."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

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


@cache
def crew(count: int) -> ThreadPoolExecutor:
    """So many threads, kept for all searches of this process.

    A search that is left in the middle is ended whenever the collector of garbage comes by, perhaps inside the code
    that starts a thread, and must not have any of its own to end then: each would wait for the other.
    """
    return ThreadPoolExecutor(count, thread_name_prefix="search")
