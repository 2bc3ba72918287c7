"""`torchrun -m ccc train`: several processes, really started, train together and end together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source_tree import ROOT
from tests.cli.conftest import Ccc
from tests.learn.specs import write_spec

pytestmark = pytest.mark.slow
DISTANCE = str(ROOT / "skills" / "gradient" / "distance.yaml")
WEIGHTS = str(ROOT / "skills" / "trained" / "iris_mlp.yaml")
LONG = ("train", DISTANCE, "--base", "atoms", "--restarts", "512", "--seconds", "600", "--threads", "1", "--json")
ONE_NODE = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "1"]
HASTY = ("-m", "tests.cli.hasty")
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
OTHERS = """
import os, sys
from ccc.cli import main
if os.environ["RANK"] == "1":
    {change}
sys.argv[0] = "ccc"
main()
"""


def started(folder: Path, *arguments: str, torchrun: Sequence[str] = TORCHRUN) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*torchrun, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def learnt(folder: Path, *arguments: str) -> Any:
    """The one object that was printed."""
    code, out, err = ended(started(folder, *HASTY, *arguments))
    assert code == 0, err
    return json.loads(out)


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 300
    while not path.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    assert path.exists(), process.communicate(timeout=10)


def test_two_processes_find_what_one_finds(ccc: Ccc, tmp_path: Path) -> None:
    write_spec(tmp_path, "plus_product", "x * y + y")
    command = ("train", "plus_product.yaml", "--restarts", "64", "--iterations", "100", "--seconds", "300", "--json")
    command += ("--threads", "1", "-o", "found.yaml", "--plot", "curves.svg", "--resume", "state")
    command += ("--tensorboard", "curves")
    together = learnt(tmp_path, *command)
    assert together["output"] == ["found.yaml"]
    for name in ("found.yaml", "curves.svg", "state", "curves"):
        assert (tmp_path / name).stat().st_size > 0
    (tmp_path / "state").unlink()
    alone = ccc(*command).json
    for name in ("program", "candidates", "status"):
        assert together[name] == alone[name]


def test_what_is_learnt_already_is_said_once(tmp_path: Path) -> None:
    write_spec(tmp_path, "plus_product", "x * y + y", use="[add, mul]")
    command = ("-m", "ccc", "train", "plus_product.yaml", "--restarts", "64", "--threads", "1", "--into", "learnt")
    for said in (
        "plus_product has joined learnt",
        "plus_product is learnt already, in learnt; nothing was trained or written",
    ):
        code, out, err = ended(started(tmp_path, *command))
        assert code == 0, err
        assert out.splitlines()[-1] == said
        assert out.count(said) == 1


def test_two_machines_need_no_shared_files(tmp_path: Path) -> None:
    """Two agents of torchrun, each in a folder with a copy of the spec; results are in that of the first."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    processes = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_spec(folder, "plus_product", "x * y + y")
        nodes = ("--nnodes", "2", "--node-rank", str(number), "--master-addr", "127.0.0.1", "--master-port", str(port))
        command = (
            "train",
            "plus_product.yaml",
            "--restarts",
            "64",
            "--iterations",
            "100",
            "--seconds",
            "300",
            "--json",
        )
        command += ("--threads", "1", "-o", "found.yaml", "--resume", "state", "--into", "learnt")
        processes.append(started(folder, *nodes, *HASTY, *command, torchrun=ONE_NODE))
    (code, out, err), (other_code, other_out, other_err) = map(ended, processes)
    assert (code, other_code) == (0, 0), (err, other_err)
    assert (json.loads(out)["status"], other_out) == ("learnt", "")
    written = ["found.yaml", "learnt", "plus_product.yaml", "state"]
    assert sorted(path.name for path in (tmp_path / "0").iterdir()) == written
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == ["plus_product.yaml"]


def test_killed_processes_go_on(tmp_path: Path) -> None:
    at_once = learnt(tmp_path, *LONG)
    process = started(tmp_path, *HASTY, *LONG, "--resume", "state")
    wait_for(tmp_path / "state", process)
    for pid in (process.pid, *workers(process.pid)):
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=60)
    went_on = learnt(tmp_path, *LONG, "--resume", "state")
    for result in (at_once, went_on):
        assert result.pop("seconds") > 0
    assert went_on == at_once


def workers(parent: int) -> list[int]:
    """The processes that a process has started."""
    lists = (Path("/proc") / str(parent) / "task").glob("*/children")
    return [int(child) for children in lists for child in children.read_text().split()]


def running(pid: int) -> bool:
    """Whether a process is there, and not only waited for."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_ends_all(tmp_path: Path) -> None:
    process = started(tmp_path, *HASTY, *LONG, "--resume", "state")
    wait_for(tmp_path / "state", process)
    pids = workers(process.pid)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert code != 0
    assert json.loads(out)["status"] == "interrupted", err
    assert "ccc/" not in err, "no traceback of ours"
    assert len(pids) >= 2
    assert not any(map(running, pids))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sys.argv += ['--seed', '5']", "process 1 of the training has another task than the first"),
        ("sys.argv[2] = 'missing.yaml'", "process 1 of the training cannot begin: cannot read missing.yaml"),
    ],
)
def test_processes_with_other_tasks_are_refused(tmp_path: Path, change: str, said: str) -> None:
    (tmp_path / "others.py").write_text(OTHERS.format(change=change), encoding="utf-8")
    code, out, err = ended(started(tmp_path, "others.py", *LONG))
    assert code != 0
    assert out == ""
    assert err.count(said) == 1
    assert "ccc/" not in err


def test_a_process_that_is_lost_ends_all(tmp_path: Path) -> None:
    change = """
    from ccc.learn.gradient.training import Training
    step, left = Training.step, [30]
    def lost(self):
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return step(self)
    Training.step = lost
    """
    (tmp_path / "others.py").write_text(OTHERS.format(change=change), encoding="utf-8")
    code, out, err = ended(started(tmp_path, "others.py", *LONG))
    assert code != 0
    assert out == ""
    assert "ccc/" not in err


def test_a_mistake_is_said_once(tmp_path: Path) -> None:
    for wrong, said in (
        ((*LONG, "--restarts", "1"), "less than one for each of 2 processes"),
        ((*LONG, "-o", "no/x"), "cannot write"),
        (("train", WEIGHTS), "weights of programs are trained by one process"),
    ):
        code, _, err = ended(started(tmp_path, "-m", "ccc", *wrong))
        assert code != 0
        assert err.count(said) == 1
        assert "ccc/" not in err
