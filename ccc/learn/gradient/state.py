"""The state file of a training: all that goes on from where it was interrupted, bit for bit as if it had not been.

Logits, moments of Adam and curves are tensors, all else is JSON in the header. Random numbers rest on the iteration and
need no state.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from ccc import __version__
from ccc.cache import digest_of_sources
from ccc.errors import FileError
from ccc.learn.gradient.course import Batch, Course
from ccc.learn.gradient.curves import Curves
from ccc.learn.gradient.hard import Programs, graph
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.gradient.training import hard_sketch
from ccc.learn.model import Problem
from ccc.learn.state import SearchState, library_digest
from ccc.machine import Cells
from ccc.tensors import Container

_FILE = Container("state of a training", "ccc-training", 1 << 32, FileError, checked=True)


def identity(problem: Problem, spec: str, seed: int, options: Options) -> str:
    """What two trainings have in common that go the same way, each part by its name. spec: the checksum of the spec."""
    parts = {
        "spec": [spec, problem.numbers, problem.width],
        "skills": [library_digest(problem), [problem.weights.get(part, 0.0).hex() for part in problem.parts]],
        "seed": seed,
        "options": dataclasses.asdict(options),
        "version of ccc": [__version__, digest_of_sources("learn/**/*.py", "skills/**/*.py"), str(torch.__version__)],
    }
    return json.dumps(parts)


class TrainingState(SearchState):
    """A file that says how far a training is. Raises as `SearchState`."""

    hint = "a training goes on with the same spec, skills, seed, options and version; name another file for a new one"

    def __init__(self, path: str | Path, *, identity: str, curves: Curves | None = None) -> None:
        """identity: of the training, from `identity`. curves: are kept too, and go on."""
        self._course: Course | None = None
        self._curves = curves
        self._found: tuple[dict[str, Any], dict[str, Cells]] | None = None
        self._held: tuple[dict[str, Any], dict[str, Cells]] | None = None
        super().__init__(path, identity=identity)

    @property
    def kept(self) -> tuple[Any, Mapping[str, torch.Tensor]] | None:
        """What `restore` needs, if the file was there."""
        if self._found is None:
            return None
        header, tensors = self._found
        return header["course"], {name: torch.from_numpy(part) for name, part in tensors.items()}

    def follow(self, course: Course) -> None:
        """Write from now on where this course is, which was put where the file says. Raises FileError."""
        if self._found is not None and self._curves is not None:
            header, tensors = self._found
            try:
                self._curves.restore(header["curves"], tensors, course.search.candidates)
            except (ValueError, TypeError, KeyError, OverflowError):
                raise self.damaged() from None
        self._found, self._course = None, course

    def hold(self) -> None:
        """Take what is to be written, of a course that several processes go. They must be asked for it now."""
        assert self._course is not None
        self._held = saved(self._course)

    def _encoded(self, entry: dict[str, Any]) -> bytes:
        course = self._course
        if course is None or (self._held is None and (course.ranks.count > 1 or not course.whole)):
            return b""
        header, tensors = self._held or saved(course)
        curves, more = (self._curves or Curves()).saved()
        text = json.dumps(entry | {"course": header, "curves": curves})
        return _FILE.encode(tensors | more, {"state": text})

    def _read(self) -> Any:
        tensors, metadata = _FILE.read(self.path)
        try:
            found = json.loads(metadata["state"])
            whole = isinstance(found["course"], dict)
        except (ValueError, KeyError, TypeError, RecursionError):
            whole = False
        if not whole:
            raise self.damaged()
        self._found = found, tensors
        return found

    def other(self, search: object) -> str:
        """Which parts of the identity are others."""
        names: list[str] = []
        with suppress(ValueError, AttributeError, RecursionError):
            theirs, mine = json.loads(str(search)), json.loads(self._identity)
            names = [name for name in mine if theirs.get(name) != mine[name]]
        return f"the state of another training: not the same {', '.join(names)}" if names else super().other(search)


def saved(course: Course) -> tuple[dict[str, Any], dict[str, Cells]]:
    """What a course is restored from: for the header, and as tensors. All its processes must ask at the same time."""
    search, batch = course.search, course.batch
    header: dict[str, Any] = {
        "candidates": search.candidates,
        "work": search.work,
        "best": search.best,
        "batches": [arm.batches for arm in course.arms],
        "exhausted": [arm.exhausted for arm in course.arms],
    }
    tensors = {f"given.{arm.number}": torch.stack(arm.given).double() for arm in course.arms if arm.given}
    if batch is not None:
        header |= {"candidates": batch.candidates, "work": batch.work, "arm": batch.arm.number}
        header |= {"looked": batch.looked, "iteration": batch.training.iteration}
        every = course.options.restarts
        tensors |= {name: course.ranks.gather(part, every) for name, part in _of_training(batch).items()}
    return header, {name: part.detach().double().numpy() for name, part in tensors.items()}


def _of_training(batch: Batch) -> dict[str, torch.Tensor]:
    training = batch.training
    found = {"soft": training.soft}
    for number, part in enumerate(training.model.parameters()):
        found[f"logits.{number}"] = part
        found[f"mean.{number}"], found[f"square.{number}"] = training.adam.mean[number], training.adam.square[number]
    if training.options.decide:
        found |= {f"blocked.{number}": part for number, part in enumerate(training.model.blocked)}
    return found


def restore(course: Course, header: Any, tensors: Mapping[str, torch.Tensor]) -> None:
    """Put a course where `saved` found it. Raises ValueError where that is nowhere."""
    try:
        _restore(course, header, tensors)
    except (TypeError, KeyError, IndexError, OverflowError, RuntimeError) as error:
        raise ValueError(f"no state of a training: {error!r}") from None


def _restore(course: Course, header: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
    search = course.search
    for arm, batches, exhausted in zip(course.arms, header["batches"], header["exhausted"], strict=True):
        arm.batches, arm.exhausted = _count(batches), bool(exhausted)
        shape = hard_sketch(arm.sketch, course.options)
        for row in tensors.get(f"given.{arm.number}", torch.zeros(0, 0)).long():
            search.know(graph(_programs(row[None], shape), 0, shape))
            arm.given.append(row)
    if "arm" in header:
        batch = course.begin(course.arms[_count(header["arm"])])
        batch.looked, batch.training.iteration = _count(header["looked"]), _count(header["iteration"])
        _restore_training(batch, tensors)
        batch.candidates, batch.work = _count(header["candidates"]), float(header["work"])
        course.batch = batch
    search.candidates, search.work = _count(header["candidates"]), float(header["work"])
    search.best = float(header["best"])


def _restore_training(batch: Batch, tensors: Mapping[str, torch.Tensor]) -> None:
    training = batch.training
    training.adam.steps = training.iteration
    rows, every = slice(training.share.start, training.share.stop), training.options.restarts

    def fill(part: torch.Tensor, name: str) -> None:
        """In place: what was saved is exact in the dtype, and the order in memory stays. Raises ValueError where the
        shape is another.
        """
        if tensors[name].shape != (every, *part.shape[1:]):
            raise ValueError(f"{name}: shape {tuple(tensors[name].shape)} instead of {(every, *part.shape[1:])}")
        part.copy_(tensors[name][rows])

    with torch.no_grad():
        fill(training.soft, "soft")
        for number, part in enumerate(training.model.parameters()):
            fill(part, f"logits.{number}")
            fill(training.adam.mean[number], f"mean.{number}")
            fill(training.adam.square[number], f"square.{number}")
        if training.options.decide:
            for number, blocked in enumerate(training.model.blocked):
                fill(blocked, f"blocked.{number}")


def _count(number: Any) -> int:
    """Raises ValueError where it is none."""
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no count")
    return number


def _programs(keys: torch.Tensor, sketch: Sketch) -> Programs:
    """The inverse of `Programs.keys`. Raises ValueError, or RuntimeError where there are too few numbers."""
    steps, states = sketch.steps, len(sketch.states)
    most = max((len(op.arguments) for op in sketch.ops), default=1)
    if bool((keys < 0).any()):
        raise ValueError("no program")
    ops, arguments, nexts, starts, last = keys.split([steps, steps * most, states, states, len(sketch.pointed)], 1)  # type: ignore[no-untyped-call]
    return Programs(ops, arguments.reshape(len(keys), steps, most), nexts, starts, last)
