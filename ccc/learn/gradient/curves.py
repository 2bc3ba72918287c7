"""What is recorded while mixtures are trained: loss, entropy, temperature, programs that are right, and alpha."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ccc.learn.gradient.options import Options
from ccc.learn.gradient.training import Look
from ccc.machine import Cells

_MOST = 1 << 14
"""Rows of curves; where there are more, only every other one is kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: the number and the name of the sketch, the names of its skills, the number of the batch, and the
    candidates of the whole run so far.
    """

    arm: int
    sketch: str
    skills: tuple[str, ...]
    batch: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Point:
    """One look at a batch. median, best: loss over the restarts. entropy: the mean over them, between 0 and 1. right:
    the share of the programs that are right on all that is trained on. alpha: of the best restart, [steps, skills].
    """

    place: Place
    iteration: int
    median: float
    best: float
    entropy: float
    temperature: float
    right: float
    alpha: Cells


Recorder = Callable[[Point], None]


def point_of(look: Look, place: Place) -> Point:
    """What of a look is recorded."""
    best = int(look.soft.argmin())
    return Point(
        place,
        look.iteration,
        median=float(look.soft.median()),
        best=float(look.soft[best]),
        entropy=float(look.entropy.mean()),
        temperature=look.temperature,
        right=float((look.right == 1).double().mean()),
        alpha=look.alpha[best].double().numpy().copy(),
    )


def said(point: Point, options: Options) -> str:
    """A point as users watch it, in a line of a terminal, to which the searcher may add a word."""
    place, of = point.place, f"{point.iteration}/{options.iterations}"
    return f"{place.sketch}, batch {place.batch + 1}, {of}: loss {point.median:.3g}, best {point.best:.3g}"


class Row(NamedTuple):
    """A point without alpha."""

    arm: int
    batch: int
    iteration: int
    candidates: int
    median: float
    best: float
    entropy: float
    temperature: float
    right: float


class Curves:
    """The points of a run in bounded memory: alpha of the batch that came last only, and of long runs not every row."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.names: dict[int, str] = {}
        self.latest: list[Point] = []
        self._every, self._heard = 1, 0

    def add(self, point: Point) -> None:
        """Hear one more point."""
        place = point.place
        if self.latest and (self.latest[-1].place.arm, self.latest[-1].place.batch) != (place.arm, place.batch):
            self.latest.clear()
        self.latest.append(point)
        self.names[place.arm] = place.sketch
        if self._heard % self._every == 0:
            self.rows.append(_row(point))
        self._heard += 1
        if len(self.rows) > _MOST:
            self.rows = self.rows[::2]
            self._every *= 2

    def saved(self) -> tuple[dict[str, Any], dict[str, Cells]]:
        """What `restore` needs, for a header and as tensors."""
        skills = self.latest[-1].place.skills if self.latest else ()
        header: dict[str, Any] = {"names": {str(arm): name for arm, name in self.names.items()}, "skills": list(skills)}
        header |= {"every": self._every, "heard": self._heard}
        tensors = {"curves": np.array(self.rows).reshape(len(self.rows), len(Row._fields))}
        if self.latest:
            tensors["latest"] = np.array([_row(point) for point in self.latest])
            tensors["alpha"] = self.alpha()[1]
        return header, tensors

    def restore(self, header: Mapping[str, Any], tensors: Mapping[str, Cells], candidates: int) -> None:
        """What was recorded up to so many candidates. Raises ValueError, TypeError or KeyError where it is none."""
        self.names = {int(arm): str(name) for arm, name in header["names"].items()}
        self._every = max(1, int(header["every"]))
        self.rows = [row for row in map(_as_row, tensors["curves"].tolist()) if row.candidates <= candidates]
        latest = [_as_row(row) for row in tensors["latest"].tolist()] if "latest" in tensors else []
        skills = tuple(map(str, header["skills"]))
        self.latest = [
            Point(Place(row.arm, self.names[row.arm], skills, row.batch, row.candidates), *row[2:3], *row[4:], alpha)
            for row, alpha in zip(latest, tensors["alpha"] if latest else (), strict=True)
            if row.candidates <= candidates
        ]
        self._heard = int(header["heard"]) - (len(latest) - len(self.latest))

    def batches(self) -> list[list[Row]]:
        """The rows, batch by batch in the order of training."""
        found: list[list[Row]] = []
        for row in self.rows:
            if not found or (found[-1][-1].arm, found[-1][-1].batch) != (row.arm, row.batch):
                found.append([])
            found[-1].append(row)
        return found

    def alpha(self) -> tuple[list[int], Cells]:
        """Of the batch that came last: the iterations, and alpha of its best restart, shape [points, steps, skills]."""
        return [point.iteration for point in self.latest], np.array([point.alpha for point in self.latest])


def _row(point: Point) -> Row:
    place, numbers = point.place, (point.median, point.best, point.entropy, point.temperature, point.right)
    return Row(place.arm, place.batch, point.iteration, place.candidates, *numbers)


def _as_row(numbers: Sequence[float]) -> Row:
    """Raises ValueError where there are too many or too few."""
    arm, batch, iteration, candidates, *others = numbers
    median, best, entropy, temperature, right = others
    return Row(int(arm), int(batch), int(iteration), int(candidates), median, best, entropy, temperature, right)
