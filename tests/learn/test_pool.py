"""The pool of processes: tasks in any order, workers that die, hang, or take too much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccc.errors import UsageError
from ccc.learn.pool import Task
from ccc.learn.pool_processes import ProcessPool
from tests.architecture.source_tree import ROOT

ODD = (sys.executable, "-m", "tests.learn.odd_worker")


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(2, command=ODD)
    yield pool
    pool.close()


def run(pool: ProcessPool, *tasks: dict[str, Any]) -> list[tuple[Task, dict[str, Any]]]:
    return list(pool.run(deque(tasks)))


def test_every_task_is_done_once(pool: ProcessPool) -> None:
    done = run(pool, *({"do": "double", "number": number} for number in range(20)))
    assert sorted(task["number"] for task, _ in done) == list(range(20))
    assert all(outcome["number"] == 2 * task["number"] for task, outcome in done)
    assert len({outcome["pid"] for _, outcome in done}) <= 2, "workers are used again"


def test_tasks_may_be_added_on_the_way(pool: ProcessPool) -> None:
    tasks = deque([{"do": "double", "number": 1}])
    numbers = []
    for _, outcome in pool.run(tasks):
        numbers.append(outcome["number"])
        if outcome["number"] < 100:
            tasks.append({"do": "double", "number": outcome["number"]})
    assert numbers == [2, 4, 8, 16, 32, 64, 128]


def test_progress_is_passed_on() -> None:
    heard: list[int] = []
    pool = ProcessPool(1, command=ODD, notify=lambda task, progress: heard.append(progress["half"]))
    run(pool, {"do": "double", "number": 3})
    pool.close()
    assert heard == [3]


def test_a_worker_that_dies_costs_its_task_only(pool: ProcessPool) -> None:
    done = run(pool, {"do": "die"}, *({"do": "double", "number": number} for number in range(4)), {"do": "raise"})
    statuses = {task["do"]: outcome for task, outcome in done}
    assert statuses["die"]["status"] == "died"
    assert "RuntimeError: this worker is broken" in statuses["raise"]["message"]
    assert sum(outcome["status"] == "done" for _, outcome in done) == 4


@pytest.mark.parametrize("said_by", ["task", "worker"])
def test_a_task_that_takes_too_long_is_ended(pool: ProcessPool, said_by: str) -> None:
    limits = {"limit": 0.5}
    slow = {"do": "sleep", "seconds": 600, **(limits if said_by == "task" else {"limits": limits})}
    ((_, outcome), (_, other)) = run(pool, slow, {"do": "sleep", "seconds": 2})
    assert {outcome["status"], other["status"]} == {"out of time", "done"}


def test_a_task_that_takes_too_much_memory_is_ended(pool: ProcessPool) -> None:
    greedy = {"do": "fill", "bytes": 1 << 28, "memory": 1 << 27}
    ((_, outcome),) = run(pool, greedy)
    assert outcome["status"] == "out of memory"


def test_workers_do_not_outlive_their_pool(tmp_path: Path) -> None:
    """Not even one that is busy, when the process of the pool is killed."""
    code = f"""
import os, sys
from collections import deque
from ccc.learn.pool_processes import ProcessPool
def told(task, progress): pass
pool = ProcessPool(1, command={ODD!r})
for task, outcome in pool.run(deque([{{"do": "double", "number": 1}}, {{"do": "sleep", "seconds": 600}}])):
    print(outcome["pid"], flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    assert alive(worker)
    process.kill()
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 60
    while alive(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(worker)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_no_pool_without_workers() -> None:
    with pytest.raises(UsageError, match="at least one worker"):
        ProcessPool(0)
