"""A curriculum on a Ray cluster of two nodes on this machine, one of which is killed midway. A process of its own:

python -m tests.learn.ray_run FOLDER

where FOLDER has the specs in `specs`. It prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ray.cluster_utils import Cluster

from ccc.learn.curriculum import Curriculum, Plan, specs_in
from ccc.learn.pool import Outcome, Task
from ccc.learn.pool_ray import RayPool
from ccc.skills.folders import own_library


class Losing:
    """A pool that loses a node after the first outcome, while the second node is busy."""

    def __init__(self, pool: RayPool, cluster: Any, node: Any) -> None:
        self._pool, self._cluster, self._node = pool, cluster, node
        self.lost_with = -1

    def run(self, tasks: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
        for number, (task, outcome) in enumerate(self._pool.run(tasks)):
            if self._node is not None and number == 0:
                self._cluster.remove_node(self._node, allow_graceful=False)
                self._node, self.lost_with = None, len(tasks)
            yield task, outcome

    def close(self) -> None:
        self._pool.close()


def main(folder: Path) -> None:
    """Run it, and say what it came to."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    into = folder / "learnt"
    into.mkdir()
    own = own_library()
    assert own is not None
    plan = Plan((into, own), into / "results.jsonl", ("add", "mul", "sub"), seconds=300.0, shares=(1.0,))
    pool = Losing(RayPool(cluster.address), cluster, node)
    curriculum = Curriculum(specs_in(folder / "specs"), plan, pool)
    try:
        curriculum.run()
    finally:
        pool.close()
        cluster.shutdown()
    solved = [one.solved for one in curriculum.generations]
    print(json.dumps({"unsolved": curriculum.unsolved, "solved": solved, "left": pool.lost_with}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
