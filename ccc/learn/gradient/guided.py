"""The method `gradient-guided`: short training says which parts matter, and an enumeration takes few of these first.

What a part weighs is its mean alpha over the best quarter of the restarts. The enumeration goes on over the heaviest
parts and over all of them in turn: the fewer, the longer programs of them are reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import final

import torch

from ccc.learn.gradient.hard import right_graphs, warm_up
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.searcher import shapes, trainable
from ccc.learn.gradient.simplex import weights_of
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.gradient.training import Training
from ccc.learn.guides import ordered
from ccc.learn.model import Budget, Found, Problem, Progress, Report
from ccc.learn.portfolio import Portfolio
from ccc.learn.search.search import MOST_TOGETHER, Method, Search, SpentError, ops_of
from ccc.learn.search.searcher import enumerated, free_parts

_SHORT = Options(iterations=60)
_STEPS = (2, 3, 4)
"""Of the mixtures that are trained."""
_FEW = (3, 5, 8, 16)
"""So many parts are taken, besides those that copy or give a constant; and all of them."""
_BEST = 4
"""One in so many restarts says what parts weigh."""
_LEAST = 1e-3
"""What is added to each weight, so that no part is ruled out."""


@final
class GradientGuided:
    """Training orders the parts, then portions of them are enumerated in turn."""

    name = "gradient-guided"

    def __init__(self, options: Options = _SHORT) -> None:
        self._options = options

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """As `Searcher.search`."""
        search = Search(problem, budget, seed, report, self.name)
        search.warm_up()
        for sketch in islice(shapes(search, list(trainable(search)), _STEPS, hidden=0), 1):
            warm_up(sketch)
        search.begin()
        weights = dict.fromkeys(problem.parts, _LEAST)
        try:
            yield from self._trained(search, weights)
        except SpentError:
            search.tell()
            return
        yield from self._enumerated(_weighed(problem, weights), search, report)

    def weights(self, problem: Problem, budget: Budget, seed: int) -> Mapping[str, float]:
        """What training gives each part, on the simplex. Raises SpentError where the budget does not do."""
        weights = dict.fromkeys(problem.parts, _LEAST)
        search = Search(problem, budget, seed, lambda progress: None, self.name)
        for _ in self._trained(search, weights):
            pass
        return _weighed(problem, weights).weights

    def _trained(self, search: Search, weights: dict[str, float]) -> Iterator[Found]:
        """Train a batch of each likely shape, and add to the weights; exact programs that it comes by."""
        functions = trainable(search)
        vectors = any(slot.shape.dimensions for slot in search.problem.card.slots)
        for sketch in shapes(search, list(functions), _STEPS, hidden=0):
            if bool(sketch.count) != vectors:
                continue
            own = [functions[op] for op in sketch.ops]
            training, before = Training(sketch, own, Wanted(sketch, search), self._options, search.seed), 0
            for look in training.looks():
                search.count((look.iteration - before) * self._options.restarts + len(look.programs))
                before = look.iteration
                for _, graph in right_graphs(look.programs, look.right, training.hard_sketch, MOST_TOGETHER):
                    yield from search.programs(graph)
                soft = look.soft
            for part, weight in self._alpha(training, soft, sketch).items():
                weights[part] += weight

    def _alpha(self, training: Training, soft: torch.Tensor, sketch: Sketch) -> Mapping[str, float]:
        """The mean weight of each part in the best restarts. soft: their losses."""
        with torch.no_grad():
            best = soft.argsort(stable=True)[: max(1, len(soft) // _BEST)]
            weights = weights_of(training.model.logits(), training.temperature, Options(), Noise(0))
            mean = weights.alpha[best].mean((0, 1)).tolist()
        found = dict.fromkeys((op.name for op in sketch.ops), 0.0)
        for op, weight in zip(sketch.ops, mean, strict=True):
            found[op.name] += weight
        return found

    def _enumerated(self, problem: Problem, search: Search, report: Report) -> Iterator[Found]:
        """The rest of the budget."""
        tried, budget = search.candidates, search.budget
        limit = None if budget.candidates is None else max(0, budget.candidates - tried)
        left = replace(budget, seconds=max(0.0, budget.seconds - search.seconds), candidates=limit)

        def heard(progress: Progress) -> None:
            candidates, best = tried + progress.candidates, max(search.best, progress.best)
            report(replace(progress, method=self.name, candidates=candidates, best=best, tried={}))

        few = [most for most in _FEW if most < len(problem.parts)]
        portions = Portfolio([_Portion(most) for most in (*few, len(problem.parts))])
        for found in portions.search(problem, left, search.seed, heard):
            if found.right == 1 or found.right > search.best:
                yield replace(found, method=self.name, candidates=tried + found.candidates)


def _weighed(problem: Problem, weights: Mapping[str, float]) -> Problem:
    """With the heaviest parts first. weights: in any unit."""
    total = sum(weights.values())
    weights = {part: weight / total for part, weight in weights.items()}
    return replace(problem, parts=ordered(weights), weights=weights)


@final
class _Portion(Method):
    """Enumeration over the first parts of a problem, and those that copy or give a constant."""

    def __init__(self, most: int) -> None:
        self.name, self._most = f"{most} parts", most

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        """As `Method.turns`."""
        ops = ops_of(problem)
        free = free_parts(ops)
        chosen = free.union([part for part in problem.parts if part not in free][: self._most])
        parts = tuple(part for part in problem.parts if part in chosen)
        narrow = ops.narrowed(replace(problem, parts=parts))
        yield from enumerated(Search(narrow.problem, budget, seed, report, self.name, narrow))
