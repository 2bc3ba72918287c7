"""Curves as TensorBoard reads them. The only module that loads tensorboardX, which is optional."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ccc.errors import FileError, UsageError
from ccc.learn.gradient.curves import Point


class EventLog:
    """Event files in a folder, which is made: scalars over time, of each sketch over the iterations of its batches.

    Raises UsageError where tensorboardX is not installed, FileError where the folder cannot be written.
    """

    def __init__(self, folder: str | Path, iterations: int = 1) -> None:
        """iterations: of one batch of a sketch, at least: what was trained later stands further to the right."""
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            hint = "`pip install tensorboardX` (the extra `log` of ccc has it), or leave out --tensorboard"
            raise UsageError("--tensorboard needs tensorboardX, which is not installed", hint) from None
        self._iterations, self._ends = iterations, dict[int, tuple[int, int, int]]()
        try:
            self._writer = SummaryWriter(str(folder))
        except OSError as error:
            raise FileError(f"cannot write {folder}: {(error.strerror or str(error)).lower()}") from None

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._writer.close()

    def add(self, point: Point) -> None:
        """Write one point."""
        name, step = tag_of(point), self._step(point)
        scalars = {"loss/median": point.median, "loss/best": point.best, "entropy": point.entropy}
        scalars |= {"temperature": point.temperature, "right": point.right}
        for t, alpha in enumerate(point.alpha.tolist()):
            scalars |= {f"alpha/step_{t + 1}/{skill}": a for skill, a in zip(point.place.skills, alpha, strict=True)}
        self.write({f"{name}/{key}": value for key, value in scalars.items()}, step)

    def write(self, scalars: Mapping[str, float], step: int) -> None:
        """Write what is so many at a step, by its name."""
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, step)

    def _step(self, point: Point) -> int:
        """The iteration, counted through all batches of the sketch, of which some are longer (`Options.decide`)."""
        place = point.place
        batch, begin, end = self._ends.get(place.arm, (-1, 0, 0))
        if batch != place.batch:
            begin = max(end, place.batch * self._iterations)
        self._ends[place.arm] = place.batch, begin, begin + point.iteration
        return begin + point.iteration


def tag_of(point: Point) -> str:
    """What a sketch is called in TensorBoard, whose names have no spaces: as in 3_2_steps_n_times_1_states."""
    return re.sub(r"\W+", "_", f"{point.place.arm + 1} {point.place.sketch}")
