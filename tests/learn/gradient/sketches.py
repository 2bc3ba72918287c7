"""Sketches for tests: made from plain Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ccc.learn.gradient.functions import KERNELS, Function
from ccc.learn.gradient.searcher import trainable
from ccc.learn.gradient.sketch import Sketch, sketches
from ccc.learn.model import Budget
from ccc.learn.search.search import Search
from tests.learn.searching import problem

PARTS = "add sub mul neg min max"


def search_of(
    slots: str, function: Callable[..., Any], inputs: Sequence[Mapping[str, Any]], parts: str = PARTS
) -> Search:
    kind = "real" if "real" in slots else "integer"
    wanted = problem(slots, function, inputs, parts, kind=kind)
    return Search(wanted, Budget(600), 0, lambda progress: None, "gradient")


def sketch_of(search: Search, steps: int, hidden: int = 0) -> Sketch:
    """The first shape of programs of so many steps."""
    return next(sketches(search, tuple(trainable(search)), steps, hidden))


def functions_of(sketch: Sketch) -> list[Function]:
    return [KERNELS[op.kernel] for op in sketch.ops]  # type: ignore[index]


PAIR = "inputs: {a: int, b: int}\noutputs: {y: int}"
PAIRS = [{"a": a, "b": b} for a, b in ((3, 5), (-2, 7), (4, -4), (0, 9), (6, 6), (-8, -3), (2, 11), (5, 1))]
VECTOR = 'inputs: {x: "int[n]", a: int}\noutputs: {y: int}\nconstants: {n: int}'
VECTORS = [
    {"x": x, "a": a, "n": len(x)} for x, a in (([1, 2], 3), ([4], -1), ([2, -3, 5], 2), ([0, 7, 1, 1], 1), ([6, -2], 5))
]
MOVING = 'inputs: {x: "int[n]", a: int}\noutputs: {y: "int[n]"}\nconstants: {n: int}'


def distance() -> Search:
    return search_of(PAIR, lambda a, b: {"y": abs(a - b)}, PAIRS)


def scaled_sum() -> Search:
    return search_of(VECTOR, lambda x, a, n: {"y": a * sum(x)}, VECTORS)


def scaled() -> Search:
    return search_of(MOVING, lambda x, a, n: {"y": [a * e + a for e in x]}, VECTORS)


def product_and_sum() -> Search:
    return search_of(PAIR, lambda a, b: {"y": a * b + a}, PAIRS)
