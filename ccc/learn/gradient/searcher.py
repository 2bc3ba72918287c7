"""The method `gradient`: mixtures trained by gradient descent, made hard, mended, and verified as any program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import final

import numpy as np
import torch
from torch import Tensor

from ccc.learn.gradient.compiled import NoFunctionError, function_of
from ccc.learn.gradient.curves import Place, Recorder, point_of
from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.hard import Programs, graph
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import wiring
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.repair import Repair
from ccc.learn.gradient.sketch import Sketch, sketches
from ccc.learn.gradient.training import Training
from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.search.ops import Op
from ccc.learn.search.search import MOST_TOGETHER, Method, Search, SpentError

_MOST_STEPS, _MOST_HIDDEN = 4, 1
"""Steps of the longest mixtures, and states besides the outputs."""
_MOST_PARTS = 32
"""Operations of a mixture."""
_UNLIKELY, _HIDDEN = 4.0, 2.0
"""A shape that is not likely gets a batch where others have had so many, and so does one with a state more than the
outputs are, but for the first."""


@final
class Gradient(Method):
    """Gradient descent on alpha and P (equations 2 to 6), with many restarts in one batch."""

    name = "gradient"

    def __init__(self, options: Options = Options(), recorders: Sequence[Recorder] = ()) -> None:  # noqa: B008 (it is frozen)
        """recorders: hear a point of each look."""
        self._options, self._recorders = options, tuple(recorders)

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        search = Search(problem, budget, seed, report, self.name)
        search.warm_up()
        yield None
        search.begin()
        functions = trainable(search)
        vectors = any(slot.shape.dimensions for slot in problem.card.slots)
        every = (shapes(search, list(functions), range(1, _MOST_STEPS + 1), n) for n in range(_MOST_HIDDEN + 1))
        arms = [_Arm(number, sketch, vectors) for number, sketch in enumerate(chain.from_iterable(every))]
        try:
            while arms:
                arm = min(arms, key=lambda one: (one.turn, one.sketch.steps, one.number))
                yield from self._batch(search, arm, functions)
                if arm.exhausted and arm.sketch.steps == 1:
                    arms.remove(arm)
        except SpentError:
            search.tell()

    def _batch(self, search: Search, arm: _Arm, known: Mapping[Op, Function]) -> Iterator[Found | None]:
        """One batch of restarts; None after each look at them."""
        sketch, options = arm.sketch, self._options
        functions, names = [known[op] for op in sketch.ops], tuple(op.name for op in sketch.ops)
        wanted = Wanted(sketch, search)
        training = Training(sketch, functions, wanted, options, arm.seed(search.seed))
        sketch = training.hard_sketch
        arm.batches += 1
        search.size = max(search.size, sketch.steps)
        before = 0
        for look in training.looks():
            candidates = (look.iteration - before) * options.restarts + len(look.programs)
            before = look.iteration
            place = Place(arm.number, arm.sketch.name, names, arm.batches - 1, search.candidates + candidates)
            for record in self._recorders:
                record(point_of(look, place))
            search.count(candidates)
            yield from exact(search, sketch, look.programs, look.right)
            yield None
        if options.repair:
            generator = torch.Generator().manual_seed(arm.seed(search.seed))
            repair = Repair(sketch, wiring(sketch), functions, wanted, generator)
            for better, right, tried in repair.mended(look.programs, options.repair, options.rounds):
                search.count(tried)
                yield from exact(search, sketch, better, right)
                yield None
            arm.exhausted = repair.exhausted


@dataclass
class _Arm:
    """One shape of programs, and how many batches it has had. vectors: whether some are given, or wanted.
    exhausted: whether mending has tried all that there is.
    """

    number: int
    sketch: Sketch
    vectors: bool
    batches: int = 0
    exhausted: bool = False

    @property
    def turn(self) -> float:
        """The lowest is next. Loops are likely where there are vectors, straight lines elsewhere."""
        likely = bool(self.sketch.count) == self.vectors
        hidden = len(self.sketch.states) > max(1, len(self.sketch.finals))
        return (self.batches + 1) * (1.0 if likely else _UNLIKELY) * (_HIDDEN if hidden else 1.0)

    def seed(self, seed: int) -> int:
        """Of the next batch."""
        return int(np.random.SeedSequence([seed, self.number, self.batches]).generate_state(1)[0])


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
