"""How many threads a search uses."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
"""What says so in the environment, to the search and to torch: `--threads` sets them, and a pool for its workers."""
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""What says in the environment that threads of torch wait without spinning."""
MOST = 256
"""The most threads that may be asked for."""


def thread_count() -> int:
    """As many as the environment says, but no more than there are cores for this process."""
    cores = len(os.sched_getaffinity(0))
    said = os.environ.get(VARIABLES[0], "")
    return min(cores, int(said)) if said.isdecimal() and int(said) > 0 else cores


def threads_said(count: int) -> dict[str, str]:
    """The variables of the environment that say so many, and that threads which wait for each other sleep, unless the
    environment says how they wait: spinning, they take from each other the cores that other programs leave.
    """
    waiting = {} if any(name in os.environ for name in PATIENT) else PATIENT
    return dict.fromkeys(VARIABLES, str(count)) | waiting


def threads_asked() -> int | None:
    """How many the user asks torch for in the environment, or None: torchrun says 1 there, unasked."""
    said = os.environ.get(VARIABLES[1], "")
    if "LOCAL_WORLD_SIZE" in os.environ or not said.isdecimal() or int(said) < 1:
        return None
    return min(int(said), MOST)


@cache
def crew(count: int) -> ThreadPoolExecutor:
    """So many threads, kept for all searches of this process.

    A search that is left in the middle is ended whenever the collector of garbage comes by, perhaps inside the code
    that starts a thread, and must not have any of its own to end then: each would wait for the other.
    """
    return ThreadPoolExecutor(count, thread_name_prefix="search")
