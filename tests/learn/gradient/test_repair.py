"""Mending: what is near a program, each thing that is computed once; steps of no use are put to use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.gradient.hard import Programs, hardened, live, run, well_typed
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import SoftMixture, wiring
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.options import Options
from ccc.learn.gradient.repair import Repair
from ccc.learn.gradient.simplex import weights_of
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.search.search import Search
from tests.learn.gradient.sketches import PAIR, PAIRS, distance, functions_of, scaled, scaled_sum, search_of, sketch_of


def random_programs(sketch: Sketch, count: int, seed: int) -> Programs:
    generator = Noise(seed)
    model = SoftMixture(sketch, functions_of(sketch), count, generator)
    return hardened(weights_of(model.logits(), 1.0, Options(), generator), sketch, model.wiring)


def repair_of(search: Search, sketch: Sketch) -> Repair:
    return Repair(sketch, wiring(sketch), Wanted(sketch, search), torch.Generator())


def line(sketch: Sketch, *steps: tuple[str, tuple[int, int]]) -> Programs:
    """A straight line, its last step the output; arguments below 0 are steps, the first of them -1."""
    names, base = [op.name for op in sketch.ops], len(sketch.nodes)
    arguments = [[[base - 1 - place if place < 0 else place for place in places] for _, places in steps]]
    none = torch.zeros(1, 0, dtype=torch.int64)
    ops, output = [[names.index(name) for name, _ in steps]], torch.tensor([[base + len(steps) - 1]])
    return Programs(torch.tensor(ops), torch.tensor(arguments), none, none, output)


def test_a_step_is_put_in() -> None:
    """max(a - b, a), and a step of no use: with b - a or -(a - b) in its place, for the a, it is the distance."""
    search = distance()
    sketch = sketch_of(search, 3)
    wrong = line(sketch, ("mul", (0, 0)), ("sub", (0, 1)), ("max", (-2, 0)))
    _, right, _ = next(repair_of(search, sketch).mended(wrong, 1, 1))
    assert float(right.max()) == 1


@pytest.mark.parametrize("make", [distance, scaled_sum, scaled])
def test_what_is_kept_differs(make: Callable[[], Search]) -> None:
    """All that is kept, in all rounds, computes something else."""
    search = make()
    sketch = sketch_of(search, 2)
    wanted = Wanted(sketch, search)
    rounds = list(repair_of(search, sketch).mended(random_programs(sketch, 20, 0), 20, 3))
    results = [run(programs, sketch) for programs, _, _ in rounds]
    marks = torch.cat([wanted.judged(result)[2] for result in results])
    assert len(marks) > 40
    assert len(torch.unique(marks)) == len(marks)
    for (_, right, tried), result in zip(rounds, results, strict=True):
        assert torch.equal(right, wanted.right(result))
        assert tried > 100


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), t=st.integers(0, 3), vector=st.booleans())
def test_steps_of_no_use_are_moved(seed: int, t: int, vector: bool) -> None:
    """Programs compute the same with a step of no use anywhere else; which is of none then."""
    search = scaled_sum() if vector else distance()
    sketch = sketch_of(search, 4)
    programs = random_programs(sketch, 40, seed)
    used = live(programs, sketch)
    some = ~used.all(1)
    programs, used = programs.rows(some), used[some]
    moved = repair_of(search, sketch)._freed(programs, used, t)
    assert not bool(live(moved, sketch)[:, t].any())
    before, after = (run(one, sketch) for one in (programs, moved))
    assert torch.equal(before.finals, after.finals)
    own = len(sketch.nodes) + len(sketch.states) + torch.arange(4)[None, :, None]
    assert bool((moved.arguments < own).all()), "a step points to one behind it"


def test_types_of_what_is_pointed_to() -> None:
    """An addition of whole numbers takes no sum of reals."""
    slots = "inputs: {a: int, b: int}\noutputs: {y: real}"
    sketch = sketch_of(search_of(slots, lambda a, b: {"y": a + b}, PAIRS, "add fadd"), 2)
    good, bad = line(sketch, ("add", (0, 1)), ("fadd", (-1, 0))), line(sketch, ("fadd", (0, 1)), ("add", (-1, 0)))
    assert [bool(well_typed(one, sketch)) for one in (good, bad)] == [True, False]


def test_a_state_beside_the_outputs_is_found() -> None:
    """Running totals: what the state becomes and what points to it do nothing one without the other."""
    slots = 'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
    cases = [{"x": x, "n": len(x)} for x in ([1, 2], [4], [2, -3, 5], [0, 7, 1, 1], [6, -2])]
    search = search_of(slots, lambda x, n: {"y": [sum(x[: i + 1]) for i in range(n)]}, cases, "add mul neg")
    sketch = sketch_of(search, 1, hidden=1)
    rounds = repair_of(search, sketch).mended(random_programs(sketch, 16, 1), 64, 6)
    assert any(float(right.max()) == 1 for _, right, _ in rounds if len(right))


def test_there_is_an_end() -> None:
    """One step of one operation: all programs there are, and no more."""
    search = search_of(PAIR, lambda a, b: {"y": a * b + 7}, PAIRS, "add")
    sketch = sketch_of(search, 1)
    repair = repair_of(search, sketch)
    kept = [programs for programs, _, _ in repair.mended(random_programs(sketch, 4, 0), 64, 9)]
    assert repair.exhausted
    assert 5 <= sum(map(len, kept)) < 20
