"""Hard programs in native code: words that wrap, faults, values of any size, types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.gradient.hard import Programs, graph, hardened, run, well_typed
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import SoftMixture
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.searcher import Gradient, trainable
from ccc.learn.gradient.simplex import weights_of
from ccc.learn.gradient.sketch import Sketch, sketches
from ccc.learn.model import Budget, Case, Problem
from ccc.learn.search.program import mixtures_of
from ccc.learn.search.search import Search
from tests.learn.gradient.sketches import PAIR, VECTOR
from tests.learn.searching import problem

FAULTY = "add sub mul div mod shl sar shr and xor not min is_le cmov_le"
NUMBERS = (-128, -100, -7, -1, 0, 1, 2, 3, 9, 100, 127)


def search_in(wanted: Problem) -> Search:
    return Search(wanted, Budget(600), 0, lambda progress: None, "gradient")


def random_programs(search: Search, steps: int, count: int, seed: int) -> tuple[Programs, Sketch]:
    known, generator = trainable(search), Noise(seed)
    sketch = next(sketches(search, tuple(known), steps, 0))
    model = SoftMixture(sketch, list(known.values()), count, generator)
    return hardened(weights_of(model.logits(), 1.0, Options(), generator), sketch, model.wiring), sketch


def on_random_data(rng: np.random.Generator, vector: bool) -> list[dict[str, object]]:
    def some(*size: int) -> list[int]:
        found: list[int] = rng.choice(NUMBERS, size).tolist()
        return found

    if vector:
        return [{"x": some(size), "a": int(rng.choice(NUMBERS)), "n": size} for size in (1, 3, 2, 4, 1, 2)]
    return [dict(zip("ab", some(2), strict=True)) for _ in range(8)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), steps=st.integers(1, 4), width=st.sampled_from([8, 32]), vector=st.booleans())
def test_they_do_what_their_mixtures_do(seed: int, steps: int, width: int, vector: bool) -> None:
    """Products and shifts that wrap, divisions by 0. What is wanted is what the first program gives, if it can."""
    rng = np.random.default_rng(seed)
    inputs = on_random_data(rng, vector)
    slots = VECTOR if vector else PAIR
    asked = replace(problem(slots, lambda **values: {"y": 0}, inputs, FAULTY), width=width)
    programs, sketch = random_programs(search_in(asked), steps, 12, seed)
    first = run(programs, sketch).finals[0, :, 0].nan_to_num(0.0).tolist()
    cases = [Case(case.given, {"y": np.asarray(y)}) for case, y in zip(asked.cases, first, strict=True)]
    search = search_in(replace(asked, cases=tuple(cases)))
    sketch = replace(sketch, wanted=np.array(first)[:, None, None].repeat(sketch.given.shape[1], 1))
    right = Wanted(sketch, search).right(run(programs, sketch))
    for number in range(len(programs)):
        mixtures = mixtures_of(graph(programs, number, sketch), search.problem.card, search.ops)
        assert search.share(mixtures) == pytest.approx(float(right[number]))


def learnt(wanted: Problem, **options: float) -> bool:
    found = Gradient(Options(restarts=64, **options)).search(wanted, Budget(60), 0, lambda progress: None)  # type: ignore[arg-type]
    return any(one.right == 1 for one in found)


@pytest.mark.parametrize(
    ("slots", "parts", "width", "cases"),
    [
        (PAIR, "add sub mul", 32, [(3, 5, 15), (-2, 7, -14), (2000, 3000, 6_000_000)]),
        (PAIR, "add sub mul", 8, [(100, 100, -56), (3, 4, 7), (-1, 9, 8)]),
        (PAIR, "add sub mul", 32, [(2**31 - 1, 1, -(2**31)), (3, 4, 7)]),
        (PAIR, "add sub div", 32, [(6, 3, 2), (7, 2, 3), (-9, 2, -4), (-1, 2, 0)]),
        ("inputs: {a: real, b: real}\noutputs: {y: real}", "fadd fmul", 32, [(1e30, 2.0, 2e30), (3.0, 4.0, 12.0)]),
        (
            "inputs: {a: bit, b: bit}\noutputs: {y: bit}",
            "xor is_le add",
            32,
            [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)],
        ),
    ],
    ids=["large", "8 bits", "32 bits", "division", "reals", "bits"],
)
def test_what_is_learnt(slots: str, parts: str, width: int, cases: Sequence[tuple[float, float, float]]) -> None:
    """Values beyond a million, sums that wrap; int is no bit."""
    of: Mapping[tuple[float, float], float] = {(a, b): y for a, b, y in cases}
    inputs = [{"a": a, "b": b} for a, b, _ in cases]
    kind = "real" if "real" in slots else "integer"
    wanted = problem(slots, lambda a, b: {"y": of[a, b]}, inputs, parts, kind=kind)
    assert learnt(replace(wanted, width=width))


def test_an_int_is_no_bit() -> None:
    """Of programs whose steps all fit each other, what the output points to must fit too."""
    inputs = [{"a": a, "b": b} for a in (0, 1) for b in (0, 1)]
    slots = "inputs: {a: bit, b: bit}\noutputs: {y: bit}"
    programs, sketch = random_programs(
        search_in(problem(slots, lambda a, b: {"y": a ^ b}, inputs, "xor is_le")), 2, 9, 0
    )
    names, last = [op.name for op in sketch.ops], len(sketch.nodes) + 1
    programs.ops[:] = names.index("xor")
    programs.outputs[:] = last
    assert not bool(well_typed(programs, sketch).any())
    programs.ops[:, 1] = names.index("is_le")
    assert bool(well_typed(programs, sketch).all())
