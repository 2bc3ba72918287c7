"""A pool of processes on this machine: `ccc.learn.worker`, spoken to in lines of JSON over pipes.

They run in sessions of their own, so that Ctrl-C reaches only the process that started them, which ends them. Nothing
is pickled, and no argument of a process comes from a file that was read.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from ccc.errors import UsageError
from ccc.learn.pool import DIED, OUT_OF_MEMORY, OUT_OF_TIME, Notify, Outcome, Task
from ccc.learn.threads import threads_said

WORKER = (sys.executable, "-m", "ccc.learn.worker")
_LOOK = 0.25  # seconds between two looks at what workers use
_SAID = 400  # characters of what a worker said before it died


class ProcessPool:
    """Workers as processes. threads: of each of them. command: what a worker is, for tests."""

    def __init__(
        self, jobs: int, *, threads: int = 1, notify: Notify | None = None, command: Sequence[str] = WORKER
    ) -> None:
        if jobs < 1:
            raise UsageError(f"a pool has at least one worker, not {jobs}")
        self._jobs, self._threads, self._notify, self._command = jobs, threads, notify, tuple(command)
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []

    def run(self, tasks: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
        """As `Pool.run`."""
        while tasks or self._busy:
            while tasks and len(self._busy) < self._jobs:
                worker = self._idle.pop() if self._idle else _Worker(self._command, self._threads)
                self._busy.append(worker)
                worker.start(tasks.popleft())
            yield from self._wait()

    def close(self) -> None:
        """End all workers."""
        for worker in (*self._idle, *self._busy):
            worker.end()
        self._idle, self._busy = [], []

    def _wait(self) -> Iterator[tuple[Task, Outcome]]:
        """Hear what workers say, for a moment; end those that use too much."""
        with selectors.DefaultSelector() as selector:
            for worker in self._busy:
                selector.register(worker.answers, selectors.EVENT_READ, worker)
            ready = {key.data for key, _ in selector.select(_LOOK)}
        for worker in tuple(self._busy):
            outcome = self._hear(worker) if worker in ready else worker.exceeded()
            if outcome is None:
                continue
            self._busy.remove(worker)
            if worker.alive and "killed" not in outcome:
                self._idle.append(worker)
            else:
                worker.end()
            task, worker.task = worker.task, {}
            yield task, outcome

    def _hear(self, worker: _Worker) -> Outcome | None:
        """The outcome, if the worker has said one, or that it died."""
        for message in worker.hear():
            if "outcome" in message:
                found: Outcome = message["outcome"]
                return found
            worker.task |= message.get("limits", {})
            if self._notify is not None and "progress" in message:
                self._notify(worker.task, message["progress"])
        return None if worker.alive else worker.dead()


_ALLOCATION = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
"""For glibc: what large arrays took goes back to the system, so that a worker does not grow from task to task."""


class _Worker:
    """One process and the task that it is doing."""

    def __init__(self, command: Sequence[str], threads: int) -> None:
        package = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(part for part in (package, os.environ.get("PYTHONPATH", "")) if part)
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            list(command),
            env=_ALLOCATION | os.environ | {"PYTHONPATH": path} | threads_said(threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self.task: Task = {}
        self.alive = True
        self._start = 0.0
        self._part = b""

    @property
    def answers(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def start(self, task: Task) -> None:
        self.task, self._start = task, time.monotonic()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:  # it died idle; the end of its answers will say so
            pass

    def hear(self) -> Iterator[dict[str, Outcome]]:
        """The whole messages that have come."""
        data = self.answers.read()
        if data == b"":
            self.alive = False
        *lines, self._part = (self._part + (data or b"")).split(b"\n")
        for line in lines:
            yield json.loads(line)

    def exceeded(self) -> Outcome | None:
        """What is to be said where the task has used more than it may: then the worker is ended."""
        seconds = time.monotonic() - self._start
        status = ""
        if seconds > self.task.get("limit", float("inf")):
            status = OUT_OF_TIME
        elif self._resident() > self.task.get("memory", float("inf")):
            status = OUT_OF_MEMORY
        return {"status": status, "killed": True, "seconds": seconds} if status else None

    def dead(self) -> Outcome:
        """What is to be said of a worker that ended by itself."""
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read()[-_SAID:].decode("utf-8", "replace").strip()
        last = said.splitlines()[-1] if said else f"exit code {code}"
        return {"status": DIED, "message": last, "killed": True, "seconds": time.monotonic() - self._start}

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what it had not read yet is lost with it
                    continue

    def _resident(self) -> int:
        """Bytes of memory that the process holds, or 0 where no one says."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
