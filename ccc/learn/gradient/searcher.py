"""The method `gradient`: mixtures trained by gradient descent, made hard, mended, and verified as any program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import final

import torch
from torch import Tensor

from ccc.learn.gradient.compiled import NoFunctionError, function_of
from ccc.learn.gradient.course import Arm, Batch, Course
from ccc.learn.gradient.curves import Recorder, point_of
from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.hard import Programs, graph
from ccc.learn.gradient.model import wiring
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.repair import Repair
from ccc.learn.gradient.sketch import Sketch, sketches
from ccc.learn.gradient.state import TrainingState
from ccc.learn.gradient.training import Look
from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search.ops import Op
from ccc.learn.search.search import MOST_TOGETHER, Method, Search, SpentError

_MOST_STEPS, _MOST_HIDDEN = 4, 1
"""Steps of the longest mixtures, and states besides the outputs."""
_MOST_PARTS = 32
"""Operations of a mixture."""


@final
class Gradient(Method):
    """Gradient descent on alpha and P (equations 2 to 6), with many restarts in one batch."""

    name = "gradient"

    def __init__(self, options: Options = Options(), recorders: Sequence[Recorder] = ()) -> None:  # noqa: B008 (it is frozen)
        """recorders: hear a point of each look."""
        self.options, self._recorders = options, tuple(recorders)
        self._state: TrainingState | None = None

    def go_on(self, state: TrainingState) -> None:
        """Go on from a state, if it has any, and have it know from now on where the run is."""
        self._state = state

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        search.warm_up()
        yield None
        search.begin()
        known = trainable(search)
        vectors = any(slot.shape.dimensions for slot in problem.card.slots)
        every = (shapes(search, list(known), range(1, _MOST_STEPS + 1), n) for n in range(_MOST_HIDDEN + 1))
        arms = [Arm(number, sketch, vectors) for number, sketch in enumerate(chain.from_iterable(every))]
        course = Course(search, arms, known, self.options)
        if self._state is not None:
            self._state.follow(course)
        try:
            while batch := course.next():
                yield from self._batch(course, batch)
                course.ended(batch)
        except SpentError:
            search.tell()

    def _batch(self, course: Course, batch: Batch) -> Iterator[Found | None]:
        """What is left of a batch of restarts; None after each look at them."""
        search, options, look = course.search, self.options, None
        search.size = max(search.size, batch.training.hard_sketch.steps)
        for look in batch.training.looks(batch.looked, search.heard):
            candidates = (look.iteration - batch.looked) * options.restarts + len(look.programs)
            point = point_of(look, course.place(batch, search.candidates + candidates))
            for record in self._recorders:
                record(point)
            search.count(candidates)
            yield from course.exact(batch, look.programs, look.right)
            yield None
            course.looked(batch)
        if options.repair:
            yield from self._mending(course, batch, look or batch.training.look())

    def _mending(self, course: Course, batch: Batch, look: Look) -> Iterator[Found | None]:
        """What is found among programs near those of the last look; None after each round."""
        search, options, training = course.search, self.options, batch.training
        generator = torch.Generator().manual_seed(batch.arm.seed(search.seed))
        sketch = training.hard_sketch
        repair = Repair(sketch, wiring(sketch), training.functions, training.wanted, generator)
        for better, right, tried in repair.mended(look.programs, options.repair, options.rounds):
            search.count(tried)
            yield from course.exact(batch, better, right)
            yield None
        batch.exhausted = repair.exhausted


def exact(search: Search, sketch: Sketch, programs: Programs, right: Tensor) -> Iterator[Found]:
    """Those of the programs that are right."""
    for number in (right == 1).nonzero()[:, 0].tolist()[:MOST_TOGETHER]:
        yield from search.programs(graph(programs, number, sketch))


def trainable(search: Search) -> dict[Op, Function]:
    """The operations on single cells that are torch functions too, the most promising ones first, and not too many."""
    found: dict[Op, Function] = {}
    weights = search.problem.weights
    for op in sorted(search.ops.scalar, key=lambda op: -weights.get(op.name, 0.0)):
        with suppress(NoFunctionError):
            found[op] = function_of(op, search.ops.resolve)
        if len(found) == _MOST_PARTS:
            break
    return found


def shapes(search: Search, ops: Sequence[Op], steps: Sequence[int], hidden: int) -> Iterator[Sketch]:
    """The shapes of programs with so many states beside the outputs. ops: what steps may be."""
    for count in steps if ops else ():
        yield from sketches(search, tuple(ops), count, hidden)
