"""Gates that depend on the state, and the choices between two skills that they harden to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.gradient import Gradient, Options
from ccc.learn.gradient.gates import StateGates
from ccc.learn.gradient.guards import guarded, widened
from ccc.learn.gradient.hard import graph, hardened, run
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import SoftMixture, Weights
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.simplex import weights_of
from ccc.learn.model import Budget
from ccc.learn.search.program import mixtures_of
from ccc.learn.search.search import Search
from tests.learn.gradient.sketches import PAIR, PAIRS, VECTOR, VECTORS, distance, functions_of, search_of, sketch_of

PARTS = "add sub mul cmov_le"


def either() -> Search:
    """The sum of two numbers in order, the product of others."""
    cases = [pair for pair in PAIRS if pair["a"] != pair["b"]]
    return search_of(PAIR, lambda a, b: {"y": a + b if a <= b else a * b}, cases, PARTS)


def in_a_loop() -> Search:
    return search_of(VECTOR, lambda x, a, n: {"y": sum(e if e <= a else -e for e in x)}, VECTORS, PARTS)


def with_two_moves() -> Search:
    """One move for whole numbers, one for reals too."""
    slots = "inputs: {a: int, b: int}\noutputs: {y: real}"
    return search_of(slots, lambda a, b: {"y": a + b / 2}, PAIRS, "add mul neg cmov_le fadd fmul fneg fcmov_le")


def gated(search: Search, steps: int, restarts: int, seed: int) -> SoftMixture:
    sketch = sketch_of(search, steps)
    return SoftMixture(sketch, functions_of(sketch), restarts, Noise(seed), gated=True)


def soft(model: SoftMixture) -> Weights:
    return weights_of(model.logits(), 1.0, Options(), Noise(0))


def gates_of(model: SoftMixture) -> StateGates:
    assert model.gates is not None
    return model.gates


def test_gates_are_alike_at_first() -> None:
    model = gated(distance(), 3, 4, 0)
    plain = SoftMixture(model.sketch, model.functions, 4, Noise(0))
    assert torch.allclose(model(soft(model)).finals, plain(soft(plain)).finals)
    model(soft(model)).finals.sum().backward()
    gradient = gates_of(model).second.grad
    assert gradient is not None
    assert bool(gradient.abs().sum() > 0)


def test_a_choice_becomes_a_move() -> None:
    """A step that adds where a < b and multiplies elsewhere hardens to a program that does."""
    search = either()
    model = gated(search, 1, 2, 0)
    names = [op.name for op in model.sketch.ops]
    gates = gates_of(model)
    with torch.no_grad():
        for part in model.logits():
            part.masked_fill_(part > -1e8, 0.0)
        model.alpha[..., [names.index("add"), names.index("mul")]] = 9.0
        model.outputs[..., -1] = 9.0
        for place in model.wiring.places:
            model.pointers[:, :, place.start, 0] = 9.0
            model.pointers[:, :, place.start + 1, 1] = 9.0
        for part in gates.parameters():
            part.zero_()
        gates.first[:, 0, 0, 0], gates.first[:, 0, 0, 1] = 99.0, -99.0
        gates.second[:, 0, names.index("add"), 0], gates.second[:, 0, names.index("mul"), 0] = -9.0, 9.0
    plain = hardened(soft(model), model.sketch, model.wiring)
    programs, wide = guarded(model, soft(model), plain), widened(model.sketch)
    wanted = Wanted(model.sketch, search)
    assert float(wanted.right(run(plain, model.sketch)).max()) < 1
    assert wanted.right(run(programs, wide)).tolist() == [1.0, 1.0]
    found = mixtures_of(graph(programs, 0, wide), search.problem.card, search.ops)
    assert search.share(found) == 1.0
    assert {step.term.skill for step in found[-1].steps} == {"add", "cmov_le", "mul"}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), steps=st.integers(1, 3), make=st.sampled_from([either, in_a_loop, with_two_moves]))
def test_choices_are_programs(seed: int, steps: int, make: Callable[[], Search]) -> None:
    """Whatever the gates: the programs as numbers and their mixtures in native code give the same."""
    search = make()
    model = gated(search, steps, 6, seed)
    with torch.no_grad():
        gates_of(model).second.normal_(0.0, 9.0, generator=torch.Generator().manual_seed(seed))
    wide = widened(model.sketch)
    programs = guarded(model, soft(model), hardened(soft(model), model.sketch, model.wiring))
    right = Wanted(model.sketch, search).right(run(programs, wide))
    for number in range(len(programs)):
        mixtures = mixtures_of(graph(programs, number, wide), search.problem.card, search.ops)
        assert search.share(mixtures) == pytest.approx(float(right[number]))


def test_without_a_move_there_is_no_choice() -> None:
    model = gated(distance(), 2, 5, 0)
    with torch.no_grad():
        gates_of(model).second.normal_(0.0, 9.0, generator=torch.Generator().manual_seed(1))
    plain = hardened(soft(model), model.sketch, model.wiring)
    programs = guarded(model, soft(model), plain)
    assert torch.equal(programs.ops[:, :2], plain.ops)
    assert torch.equal(programs.outputs, plain.outputs)


def test_choices_are_learnt() -> None:
    """By training alone, without mending."""
    options = Options(restarts=64, iterations=150, gates="state", repair=0)
    budget = Budget(600, 200_000)
    every = Gradient(options).search(either().problem, budget, 0, lambda progress: None)
    assert any(found.right == 1 for found in every)
