"""What a worker does: one attempt at one spec, or tests of skills, from plain data to plain data.

Tasks name files and folders, which all workers must see; what was learnt a worker puts into the library itself, whole,
so that whoever asked for it may be gone by then.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccc.errors import CccError, FileError
from ccc.learn.attempt import Status, attempt
from ccc.learn.entries import attempt_entry, record_entry
from ccc.learn.guides import make_guide
from ccc.learn.joining import Named, join, learnt_before
from ccc.learn.methods import make_searcher, method_for
from ccc.learn.model import Budget, Progress, Spec
from ccc.learn.pool import Outcome, Task
from ccc.learn.priors import learnt_in
from ccc.learn.problem import missing_parts, pose
from ccc.learn.results import Results
from ccc.learn.retest import retest
from ccc.learn.search.program import LOOP
from ccc.learn.spec import read_spec
from ccc.learn.spec_parts import has_steps
from ccc.learn.state import sources_digest
from ccc.learn.verify import verify
from ccc.skills import Library

Say = Callable[[str, dict[str, Any]], None]
"""Called with `progress`, or with `limits`: from when on, and with how much memory, the worker is to be ended."""

ERROR, TAKEN = "error", "taken"
"""Statuses of an outcome besides those of an attempt: a spec that is wrong; one that another process tries just now."""
_PATIENCE = 1.0  # seconds that a task waits for another process
_CLAIMS = ".claims"
SLACK_SECONDS, SLACK_FACTOR = 600.0, 3.0
"""A task may take so much longer than its search: compiling the first time, verifying, a machine under load."""
TRAINING_SECONDS = 86_400.0
"""A training of weights may take so long."""
SLACK_MEMORY = 2 << 30
"""Bytes that a worker may hold besides what its search may: the program itself, the engines, the examples."""


def perform(task: Task, say: Say) -> Outcome:
    """Do a task. Whatever is wrong with it is in the outcome."""
    try:
        return _retest(task) if task["task"] == "retest" else _attempt(task, say)
    except MemoryError:
        return {"status": "out of memory"}
    except CccError as error:
        return {"status": ERROR, "message": error.render()}


def perform_text(text: str) -> str:
    """The same from JSON to JSON, for workers elsewhere."""
    return json.dumps(perform(json.loads(text), lambda kind, value: None))


def progress_entry(progress: Progress) -> dict[str, Any]:
    """Progress as plain data."""
    return {
        "method": progress.method,
        "size": progress.size,
        "candidates": progress.candidates,
        "kept": progress.kept,
        "best": progress.best,
    }


def now() -> str:
    """The time, as it stands in records."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _retest(task: Task) -> Outcome:
    library = Library(task["folders"])
    return {"status": "tested", "digests": retest(library, task["skills"])}


# Attempts


def _attempt(task: Task, say: Say) -> Outcome:
    return _train(task, say) if has_steps(task["spec"]) else _search(task, say)


def _search(task: Task, say: Say) -> Outcome:
    folders, into = [Path(folder) for folder in task["folders"]], Path(task["into"])
    library = Library(folders)
    spec = read_spec(task["spec"], folders)
    budget = budget_of(spec, task)
    limit = SLACK_SECONDS + SLACK_FACTOR * budget.seconds
    say("limits", {"limit": limit, "memory": budget.memory + SLACK_MEMORY})
    method = method_for(spec, task["method"])
    seed = spec.seed if task["seed"] is None else int(task["seed"])
    learnt = learnt_in(library, into)
    guide = make_guide(task["guide"], library, [name for name in learnt if name in task["parts"]])
    missing = missing_parts(spec, library, task["parts"])
    if missing and _comes(missing, library, task):
        return _waits(spec.name, missing[0])
    problem = pose(spec, library, guide, set(task["parts"]))
    parts = sources_digest(sorted((part, library.find(part).text) for part in problem.parts))
    same = {"library": parts, "seed": seed, "asked": method, "guide": task["guide"], "budget": budget_entry(budget)}

    def run() -> dict[str, Any]:
        result = attempt(
            *(spec, problem, make_searcher(method), budget, seed),
            verify=verify,
            report=lambda progress: say("progress", progress_entry(progress)),
        )
        if result.learnt and not task["flat"]:
            join(result, library, into, seed)
        return attempt_entry(result)

    return _once(task, spec, same, run)


def _train(task: Task, say: Say) -> Outcome:
    from ccc.learn.soft.spec import missing_skills, read_soft_spec  # with torch, which searches do without
    from ccc.learn.soft.trained import join as join_trained
    from ccc.learn.soft.trained import train, trained_entry

    library = Library([Path(folder) for folder in task["folders"]])
    say("limits", {"limit": TRAINING_SECONDS, "memory": SLACK_MEMORY})
    missing = missing_skills(task["spec"], library)
    if missing and _comes(missing, library, task):
        return _waits(task["name"], missing[0])
    spec = read_soft_spec(task["spec"], library)
    seed = spec.seed if task["seed"] is None else int(task["seed"])
    parts = sources_digest([(name, library.find(name).text) for name in spec.program.skills])

    def run() -> dict[str, Any]:
        found = train(spec, library, seed=seed, seconds=task["budget"]["seconds"])
        if found.learnt and not task["flat"]:
            join_trained(found, library, Path(task["into"]))
        return trained_entry(found)

    return _once(task, spec, {"library": parts, "seed": seed, "budget": task["budget"]}, run)


def _comes(missing: Iterable[str], library: Library, task: Task) -> bool:
    """Whether each is known to the library, or may yet be learnt, as a loop of a program too; else reading the spec
    says what is wrong, and where.
    """
    coming = {*task["coming"], *(f"{name}{LOOP}" for name in task["coming"])}
    return all(name in library or name in coming for name in missing)


def _waits(name: str, missing: str) -> Outcome:
    """Perhaps it is learnt in this generation: there is nothing to try now, and nothing to write down."""
    message = f"it needs '{missing}', which is not known yet"
    return {"status": str(Status.NOT_LEARNT), "name": name, "where": message, "waits": True}


def _once(task: Task, spec: Named, same: Mapping[str, Any], run: Callable[[], dict[str, Any]]) -> Outcome:
    """What an attempt comes to, if no other one was the same. same: what it rests on besides the spec. run: makes the
    attempt, and its entry.
    """
    facts = {"name": spec.name, "checksum": spec.checksum, "flat": task["flat"], **same}
    with _claim(Path(task["into"]), spec.name, flat=task["flat"]) as mine:
        if not mine:
            return {"status": TAKEN}
        earlier = _earlier(task, facts) or _unrecorded(task, facts, spec)
        if earlier is not None:
            return earlier
        entry = {**facts, **run(), "generation": task["generation"], "file": task["spec"]}
        if entry["status"] == Status.LEARNT and not task["flat"]:
            entry["digest"] = _digest(task, spec.name)
        # Whoever asked may be gone: what was found out stays.
        Results(task["results"]).append({"entry": "attempt", **entry})
        return entry


def _digest(task: Task, name: str) -> str:
    """What the tests of a skill come to that has just joined the library."""
    return retest(Library(task["folders"]), [name])[name]


def _earlier(task: Task, same: Mapping[str, Any]) -> Outcome | None:
    """What an earlier attempt of this kind came to, perhaps one of another process."""
    found = None
    for entry in Results(task["results"]).read():
        if entry.get("entry") == "attempt" and entry.get("checksum") == same["checksum"]:
            repeated = all(entry.get(key) == value for key, value in same.items())
            if repeated or (entry.get("status") == "learnt" and entry.get("flat") == same["flat"]):
                found = entry
    return None if found is None else {**found, "again": True}


def _unrecorded(task: Task, same: Mapping[str, Any], spec: Named) -> Outcome | None:
    """Of a skill that is in the library though no results say so, as whoever put it there was killed just then, or used
    another results file: what its record says. Raises SkillError where it is another skill.
    """
    if task["flat"]:
        return None
    record = learnt_before(spec, Library(task["folders"]), Path(task["into"]))
    if record is None:
        return None
    facts = {"generation": task["generation"], "file": task["spec"], "digest": _digest(task, spec.name)}
    entry = {**same, **record_entry(record), **facts}
    Results(task["results"]).append({"entry": "attempt", **entry})
    return {**entry, "again": True}


def budget_of(spec: Spec, task: Task) -> Budget:
    """The budget of the spec, with what the task says instead, and the share of it that the task allows."""
    said = {key: value for key, value in task["budget"].items() if value is not None}
    budget: Budget = replace(spec.budget, **said)
    share = float(task["share"])
    candidates = None if budget.candidates is None else max(1, int(budget.candidates * share))
    return replace(budget, seconds=budget.seconds * share, candidates=candidates)


def budget_entry(budget: Budget) -> dict[str, Any]:
    """A budget as plain data."""
    return {"seconds": budget.seconds, "candidates": budget.candidates, "memory": budget.memory}


@contextmanager
def _claim(into: Path, name: str, *, flat: bool) -> Iterator[bool]:
    """Whether this process alone may try the spec. The claim ends with the process, however that ends."""
    folder = into / _CLAIMS
    try:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder / (name + (".flat" if flat else "")), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise FileError(f"cannot write {folder}: {(error.strerror or str(error)).lower()}") from None
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(_PATIENCE / 20)
        else:
            return True
