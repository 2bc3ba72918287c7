"""How often a restart succeeds by itself: a figure about training, without the method around it."""

from __future__ import annotations

from pathlib import Path

import torch

from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.searcher import trainable
from ccc.learn.gradient.sketch import sketches
from ccc.learn.gradient.training import Training
from ccc.learn.guides import Uniform
from ccc.learn.model import Budget
from ccc.learn.problem import base_parts, pose
from ccc.learn.search.search import Search
from ccc.learn.spec import read_spec
from ccc.skills import Library


def share_of_restarts(path: Path, steps: int, options: Options, seed: int) -> tuple[float, int]:
    """The share of one batch whose restarts, made hard, were at any look exact on the training examples; and how many.

    steps: of the mixtures, which have no states beside the outputs; the first shape that fits.
    """
    library = Library.default()
    problem = pose(read_spec(path), library, Uniform(), set(base_parts(library)))
    search = Search(problem, Budget(), seed, lambda progress: None, "gradient")
    known = trainable(search)
    sketch = next(sketches(search, tuple(known), steps, 0))
    functions = [known[op] for op in sketch.ops]
    training = Training(sketch, functions, Wanted(sketch, search), options, seed)
    exact = torch.zeros(options.restarts, dtype=torch.bool)
    for look in training.looks():
        exact |= look.right[: options.restarts] == 1
    return float(exact.double().mean()), options.restarts
