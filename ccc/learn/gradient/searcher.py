"""The method `gradient`: mixtures trained by gradient descent, made hard, mended, and verified as any program."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import final

import torch

from ccc.errors import SkillError
from ccc.learn.gradient.compiled import NoFunctionError, function_of
from ccc.learn.gradient.course import Arm, Batch, Course
from ccc.learn.gradient.curves import Recorder, point_of, said
from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.hard import warm_up
from ccc.learn.gradient.model import wiring
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.ranks import ALONE, END, GO_ON, SAVE, LostError, Ranks
from ccc.learn.gradient.repair import Repair
from ccc.learn.gradient.sketch import Sketch, sketches
from ccc.learn.gradient.state import TrainingState, restore, saved
from ccc.learn.gradient.training import Look
from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search.ops import Op
from ccc.learn.search.search import Method, Search, SpentError

_MOST_STEPS, _MOST_HIDDEN = 4, 1
"""Steps of the longest mixtures, and states besides the outputs."""
_MOST_PARTS = 32
"""Operations of a mixture."""


@final
class Gradient(Method):
    """Gradient descent on alpha and P (equations 2 to 6), with many restarts in one batch."""

    name = "gradient"

    def __init__(
        self,
        options: Options = Options(),  # noqa: B008 (it is frozen)
        recorders: Sequence[Recorder] = (),
        ranks: Ranks = ALONE,
    ) -> None:
        """recorders: hear a point of each look. ranks: train together.

        left_out: once it searches, the parts that the spec names and mixtures have no use for.
        """
        self.options, self._recorders, self._ranks = options, tuple(recorders), ranks
        self._state: TrainingState | None = None
        self.left_out: tuple[str, ...] = ()

    def go_on(self, state: TrainingState) -> None:
        """Go on from a state, if it has any, and have it know from now on where the run is."""
        self._state = state

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        search.warm_up()
        known = trainable(search)
        self.left_out = left_out(search, known)
        vectors = any(slot.shape.dimensions for slot in problem.card.slots)
        every = (shapes(search, list(known), range(1, _MOST_STEPS + 1), n) for n in range(_MOST_HIDDEN + 1))
        arms = [Arm(number, sketch, vectors) for number, sketch in enumerate(chain.from_iterable(every))]
        if self._ranks.first:
            refuse_what_cannot_be(search, known, arms)
        for arm in arms[:1]:
            warm_up(arm.sketch)
        yield None
        search.begin()
        course = Course(search, arms, known, self.options, self._ranks)
        self._take_up(course)
        try:
            while batch := course.next():
                yield from self._batch(course, batch)
                course.ended(batch)
            if not self._ranks.first:
                self._together(course)
        except SpentError:
            self._last(course)
            search.tell()

    def _take_up(self, course: Course) -> None:
        """Go on from what was kept, in all processes."""
        state, kept = self._state, self._ranks.told(self._state.kept if self._state is not None else None)
        if kept is not None:
            try:
                restore(course, *kept)
            except ValueError:
                raise (state.damaged() if state is not None else LostError("the first process says why")) from None
        if state is not None:
            state.follow(course)

    def _together(self, course: Course) -> None:
        """Hear from the first process how it goes on. Raises SpentError where it does not."""
        state, ranks = self._state, self._ranks
        if ranks.count == 1:
            return
        due = state is not None and state.due
        while (word := ranks.word(SAVE if due else GO_ON)) == SAVE:
            _hold(course, state)
            due = False
        if word == END:
            raise SpentError

    def _last(self, course: Course) -> None:
        """The budget is used up: have the first process keep how far all of them are."""
        if self._ranks.count > 1 and self._ranks.first and self._state is not None:
            self._ranks.word(SAVE)
            _hold(course, self._state)

    def _batch(self, course: Course, batch: Batch) -> Iterator[Found | None]:
        """What is left of a batch of restarts; None after each look at them."""
        search, options, look = course.search, self.options, None
        search.size = max(search.size, batch.training.hard_sketch.steps)
        search.doing = f"{batch.arm.sketch.name}, batch {batch.arm.batches + 1}"
        # several processes end together, after a look
        for look in batch.training.looks(batch.looked, search.heard if self._ranks.count == 1 else lambda: None):
            candidates = (look.iteration - batch.looked) * options.restarts + len(look.programs)
            point = point_of(look, course.place(batch, search.candidates + candidates))
            for record in self._recorders:
                record(point)
            search.doing = said(point, options)
            search.count(candidates)
            yield from course.exact(batch, look.programs, look.right)
            yield None
            course.looked(batch)
            self._together(course)
        if options.repair:
            yield from self._mending(course, batch, look or batch.training.look())

    def _mending(self, course: Course, batch: Batch, look: Look) -> Iterator[Found | None]:
        """What is found among programs near those of the last look; None after each round."""
        search, options, training = course.search, self.options, batch.training
        search.doing += ", mending"
        generator = torch.Generator().manual_seed(batch.arm.seed(search.seed))
        sketch = training.hard_sketch
        repair = Repair(sketch, wiring(sketch), training.wanted, generator, self._ranks)
        for better, right, tried in repair.mended(look.programs, options.repair, options.rounds):
            search.count(tried)
            yield from course.exact(batch, better, right)
            yield None
            self._together(course)
        batch.exhausted = repair.exhausted


def _hold(course: Course, state: TrainingState | None) -> None:
    """Send what this process holds to the first, which takes it."""
    if state is not None:
        state.hold()
    else:
        saved(course)


def refuse_what_cannot_be(search: Search, known: Collection[Op], arms: Sequence[Arm]) -> None:
    """Raises SkillError where no mixture is trained, whatever the examples, and says why."""
    hint = "`ccc compose` searches among other programs"
    if not known:
        raise SkillError("no part computes something from single cells, and gradient descent mixes no others", hint)
    matrices = [slot.name for slot in search.problem.card.slots if len(slot.shape.dimensions) > 1]
    if not arms and matrices:
        raise SkillError(
            f"'{matrices[0]}' is a matrix, and gradient descent learns functions of cells and vectors", hint
        )


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


def left_out(search: Search, known: Collection[Op]) -> tuple[str, ...]:
    """Which of the parts that the spec asks for by name are none of those known, and compute something."""
    used = {op.name for op in known}
    others = {op.name for op in (*search.ops.scalar, *search.ops.general)} - used
    return tuple(name for name in search.problem.named if name in others)


def shapes(search: Search, ops: Sequence[Op], steps: Sequence[int], hidden: int) -> Iterator[Sketch]:
    """The shapes of programs with so many states beside the outputs. ops: what steps may be."""
    for count in steps if ops else ():
        yield from sketches(search, tuple(ops), count, hidden)
