"""A pool of Ray workers, on one machine or on many. The only module that loads ray, which is optional.

Tasks and outcomes travel as JSON text. Tasks name files and folders, which every node must see under the same names:
a shared file system. Ray trusts whoever can reach its cluster; so does this pool.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccc.errors import UsageError
from ccc.learn.pool import DIED, Outcome, Task
from ccc.learn.threads import threads_said

LOCAL = "local"
"""Instead of an address: a cluster of this machine alone, started for the run."""
_RETRIES = 5  # of a task whose worker or node was lost


def require_ray() -> Any:
    """The module ray. Raises UsageError where it is not installed."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # asks for what will be the default, so no warning
    try:
        import ray
    except ImportError:
        hint = "`pip install ray` (the extra `ray` of ccc has it), or leave out --ray: then processes do the work"
        raise UsageError("--ray needs ray, which is not installed", hint) from None
    return ray


class RayPool:
    """Workers of the cluster at an address, `jobs` at a time, each with `threads` cores of its own."""

    def __init__(self, address: str, jobs: int | None = None, *, threads: int = 1) -> None:
        """jobs: as many as there are cores in the cluster unless told. Raises UsageError where there is no cluster."""
        self._ray = ray = require_ray()
        package = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(part for part in (package, os.environ.get("PYTHONPATH", "")) if part)
        variables = {"PYTHONPATH": path} | threads_said(threads)
        try:
            ray.init(
                address=None if address == LOCAL else address,
                runtime_env={"env_vars": variables},
                log_to_driver=False,
                logging_level="ERROR",
                configure_logging=False,
                include_dashboard=False if address == LOCAL else None,
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UsageError(f"no Ray cluster at {address}: {reason}", f"--ray {LOCAL} starts one here") from None
        cores = int(ray.cluster_resources().get("CPU", 1))
        self._jobs = jobs or max(1, cores // threads)
        self._perform = ray.remote(_perform).options(num_cpus=threads, max_retries=_RETRIES)

    def run(self, tasks: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
        """As `Pool.run`. A task on a node that is lost is done again on another one."""
        busy: dict[Any, Task] = {}
        while tasks or busy:
            while tasks and len(busy) < self._jobs:
                task = tasks.popleft()
                busy[self._perform.remote(json.dumps(task))] = task
            done, _ = self._ray.wait(list(busy), num_returns=1)
            for reference in done:
                yield busy.pop(reference), self._outcome(reference)

    def close(self) -> None:
        """Leave the cluster, which ends what is still being done; one that was started for this ends too."""
        self._ray.shutdown()

    def _outcome(self, reference: Any) -> Outcome:
        try:
            found: Outcome = json.loads(self._ray.get(reference))
        except self._ray.exceptions.RayError as error:
            return {"status": DIED, "message": str(error).strip().splitlines()[-1], "killed": True}
        return found


def _perform(text: str) -> str:
    """What runs on a node. It loads what it needs there, so that nothing but the text has to travel."""
    from ccc.learn.tasks import perform_text

    return perform_text(text)
