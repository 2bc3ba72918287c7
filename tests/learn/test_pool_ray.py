"""Curricula on Ray, where it is installed: two nodes, one of which is killed midway."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ccc.errors import UsageError
from ccc.learn.pool_ray import RayPool
from ccc.learn.results import Results
from ccc.skills import Library
from tests.architecture.source_tree import ROOT
from tests.learn.specs import write_spec

HAS_RAY = importlib.util.find_spec("ray") is not None


@pytest.mark.skipif(HAS_RAY, reason="ray is installed")
def test_without_ray() -> None:
    with pytest.raises(UsageError, match="--ray needs ray, which is not installed"):
        RayPool("local")


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="needs ray")
def test_a_node_is_killed_midway(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    for name, expression in (("a", "x * y + x"), ("b", "x - y - y"), ("c", "x * y * y"), ("d", "x * x + y * y")):
        write_spec(specs, name, expression, use="[add, sub, mul]")
    write_spec(specs, "e", "(x * y + x) * (x * y + x) + y", use="[a, d, add, mul]")
    done = subprocess.run(
        [sys.executable, "-m", "tests.learn.ray_run", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["left"] >= 0, "the node was lost while there was work"
    assert told["unsolved"] == []
    assert sorted(told["solved"][0]) == ["a", "b", "c", "d"]
    assert told["solved"][1] == ["e"]
    assert Library([tmp_path / "learnt"]).names == ["a", "b", "c", "d", "e"]
    learnt = [entry["name"] for entry in Results(tmp_path / "learnt" / "results.jsonl").read() if "checksum" in entry]
    assert sorted(learnt) == ["a", "b", "c", "d", "e"]
