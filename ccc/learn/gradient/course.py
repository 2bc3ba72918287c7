"""The course of a run: shapes of programs that take turns, the batch that is trained, what was given so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from ccc.learn.gradient.curves import Place
from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.hard import Programs, graph, right_graphs
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.ranks import ALONE, Ranks
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.gradient.training import Training
from ccc.learn.model import Found
from ccc.learn.search.ops import Op
from ccc.learn.search.search import MOST_TOGETHER, Search

_UNLIKELY, _HIDDEN = 4.0, 2.0
"""A shape that is not likely gets a batch where others have had so many, and so does one with a state more than the
outputs are, but for the first."""


@dataclass
class Arm:
    """One shape of programs, and how many batches it has had.

    vectors: whether some are given, or wanted. exhausted: whether mending has tried all that there is. given: the
    programs of this shape that were given, as rows of numbers (`Programs.keys`).
    """

    number: int
    sketch: Sketch
    vectors: bool
    batches: int = 0
    exhausted: bool = False
    given: list[Tensor] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether there is nothing left: mending has tried all programs of one step."""
        return self.sketch.steps == 1 and self.exhausted

    @property
    def turn(self) -> float:
        """The lowest is next. Loops are likely where there are vectors, straight lines elsewhere."""
        likely = bool(self.sketch.count) == self.vectors
        hidden = len(self.sketch.states) > max(1, len(self.sketch.finals))
        return (self.batches + 1) * (1.0 if likely else _UNLIKELY) * (_HIDDEN if hidden else 1.0)

    def seed(self, seed: int) -> int:
        """Of the next batch."""
        return int(np.random.SeedSequence([seed, self.number, self.batches]).generate_state(1)[0])


@dataclass
class Batch:
    """What is trained. looked: the iteration of the last look of which all was given. candidates, work: of the run up
    to then. exhausted: whether mending has tried all that there is.
    """

    arm: Arm
    training: Training
    looked: int = 0
    candidates: int = 0
    work: float = 0.0
    exhausted: bool = False


class Course:
    """Where a run is. It can be written down wherever it is `whole`, and taken up again there."""

    def __init__(
        self,
        search: Search,
        arms: Sequence[Arm],
        known: Mapping[Op, Function],
        options: Options,
        ranks: Ranks = ALONE,
    ) -> None:
        """ranks: go this course together."""
        self.search, self.arms, self.options, self._known, self.ranks = search, tuple(arms), options, known, ranks
        self.batch: Batch | None = None
        self._whole, self._best = True, 0.0

    @property
    def whole(self) -> bool:
        """Whether all that is kept belongs together; it does not while it changes."""
        return self._whole and (self.batch is None or self.batch.training.whole)

    def next(self) -> Batch | None:
        """The batch that was begun, or that of the shape whose turn it is; None where there is none left."""
        if self.batch is None:
            left = [arm for arm in self.arms if not arm.ended]
            if not left:
                return None
            self.batch = self.begin(min(left, key=lambda one: (one.turn, one.sketch.steps, one.number)))
        return self.batch

    def begin(self, arm: Arm) -> Batch:
        """The next batch of a shape."""
        sketch, search = arm.sketch, self.search
        wanted = Wanted(sketch, search)
        training = Training(sketch, self.functions(sketch), wanted, self.options, arm.seed(search.seed), self.ranks)
        return Batch(arm, training, candidates=search.candidates, work=search.work)

    def functions(self, sketch: Sketch) -> list[Function]:
        """Of the operations of a sketch."""
        return [self._known[op] for op in sketch.ops]

    def place(self, batch: Batch, candidates: int) -> Place:
        """Where the batch is. candidates: of the run."""
        arm = batch.arm
        return Place(arm.number, arm.sketch.name, tuple(op.name for op in arm.sketch.ops), arm.batches, candidates)

    def looked(self, batch: Batch) -> None:
        """All of a look was given."""
        self._whole = False
        batch.looked, batch.candidates, batch.work = batch.training.iteration, self.search.candidates, self.search.work
        self._whole = True

    def ended(self, batch: Batch) -> None:
        """A batch is done."""
        self._whole = False
        batch.arm.batches, batch.arm.exhausted = batch.arm.batches + 1, batch.exhausted
        self.batch = None
        self._whole = True

    def exact(self, batch: Batch, programs: Programs, right: Tensor) -> Iterator[Found]:
        """Those of the programs that are right, as far as they are new, or else one that is right on more than any
        before. Only the first process gives them.
        """
        if not self.ranks.first or not len(programs):
            return
        for number, found_graph in right_graphs(programs, right, batch.training.hard_sketch, MOST_TOGETHER):
            for found in self.search.programs(found_graph):
                yield found
                batch.arm.given.append(programs.keys()[number])
        best = int(right.argmax())
        if self._best < float(right[best]) < 1:
            self._best = float(right[best])
            yield from self.search.programs(graph(programs, best, batch.training.hard_sketch))
