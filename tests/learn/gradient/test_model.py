"""Soft mixtures: where all weights are 0 or 1 they are the programs that they harden to, as in native code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.gradient import Options
from ccc.learn.gradient.decisions import Decisions
from ccc.learn.gradient.hard import Programs, graph, hardened, live, run
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import SoftMixture, Weights
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.simplex import drawn, entropy, firmed, steps_used, weights_of
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.search.program import mixtures_of
from ccc.learn.search.search import Search
from tests.learn.gradient.sketches import distance, functions_of, scaled, scaled_sum, sketch_of

SEARCHES: dict[str, Callable[[], Search]] = {"line": distance, "sum": scaled_sum, "vector": scaled}
KINDS = pytest.mark.parametrize("kind", SEARCHES)


def random_model(sketch: Sketch, restarts: int, seed: int) -> SoftMixture:
    return SoftMixture(sketch, functions_of(sketch), restarts, Noise(seed))


def soft(model: SoftMixture) -> Weights:
    return weights_of(model.logits(), 1.0, Options(), Noise(0))


def one_hot(programs: Programs, model: SoftMixture) -> Weights:
    """Weights that say a program, and nothing else."""

    def hot(places: torch.Tensor, width: int) -> torch.Tensor:
        return torch.nn.functional.one_hot(places, max(width, 1)).double()[..., :width]

    shapes, ways = model.logits(), model.wiring
    pointers = torch.zeros_like(shapes.pointers)
    for t in range(model.sketch.steps):
        for k, place in enumerate(ways.places):
            for row, slot in enumerate(range(place.start, place.stop)):
                which = programs.ops[:, t] == k
                pointers[which, t, slot] = hot(programs.arguments[which, t, row], pointers.shape[-1])
    return Weights(
        hot(programs.ops, shapes.alpha.shape[-1]),
        pointers,
        hot(programs.nexts, shapes.nexts.shape[-1]),
        hot(programs.starts, shapes.starts.shape[-1]),
        hot(programs.outputs, shapes.outputs.shape[-1]),
    )


@KINDS
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), steps=st.integers(1, 3), hidden=st.integers(0, 1))
def test_the_hard_limit(kind: str, seed: int, steps: int, hidden: int) -> None:
    """One-hot weights, the programs as numbers, and their mixtures in native code give the same."""
    search = SEARCHES[kind]()
    sketch = sketch_of(search, steps, 0 if kind == "line" else hidden)
    model = random_model(sketch, 6, seed)
    programs = hardened(soft(model), sketch, model.wiring)
    softly = model(one_hot(programs, model))
    firmly = run(programs, sketch)
    assert torch.equal(softly.finals, firmly.finals)
    rounds = torch.arange(sketch.given.shape[1])[None, :] < torch.from_numpy(sketch.rounds)[:, None]
    assert torch.equal(softly.moving[:, rounds], firmly.moving[:, rounds])
    right = Wanted(sketch, search).right(firmly)
    for number in range(len(programs)):
        mixtures = mixtures_of(graph(programs, number, sketch), search.problem.card, search.ops)
        assert search.share(mixtures) == pytest.approx(float(right[number]))


@KINDS
def test_gradients_are_those_of_differences(kind: str) -> None:
    search = SEARCHES[kind]()
    sketch = sketch_of(search, 2)
    model, wanted = random_model(sketch, 1, 3), Wanted(sketch, search)
    parts = [part.detach().requires_grad_(part.numel() > 0) for part in soft(model)]
    torch.autograd.gradcheck(lambda *weights: wanted.loss(model(Weights(*weights))), parts, atol=1e-4)


@KINDS
def test_what_types_forbid_has_no_weight(kind: str) -> None:
    sketch = sketch_of(SEARCHES[kind](), 3)
    model = random_model(sketch, 4, 0)
    weights = soft(model)
    assert not bool((weights.pointers * ~model.wiring.allowed).any())
    for part in weights:
        if part.numel():
            assert torch.allclose(part.sum(-1), torch.ones_like(part.sum(-1)))


def test_a_step_sees_only_those_before_it() -> None:
    sketch = sketch_of(distance(), 3)
    allowed = random_model(sketch, 1, 0).wiring.allowed
    for t in range(3):
        assert bool(allowed[t, :, -3:].any(0).equal(torch.arange(3) < t))


def test_entropy_is_none_of_programs_and_one_of_even_weights() -> None:
    sketch = sketch_of(scaled_sum(), 2)
    model = random_model(sketch, 2, 0)
    programs = hardened(soft(model), sketch, model.wiring)
    even = Weights(*(torch.full_like(part, 1 / max(part.shape[-1], 1)) for part in model.logits()))
    assert float(entropy(even)[0]) == pytest.approx(1.0)
    assert float(entropy(one_hot(programs, model))[0]) < 1.0


@KINDS
def test_steps_used_are_those_of_programs(kind: str) -> None:
    """Of one-hot weights the number of steps that outputs rest on; of others something between, with a gradient."""
    sketch = sketch_of(SEARCHES[kind](), 3)
    model = random_model(sketch, 40, 0)
    programs = hardened(soft(model), sketch, model.wiring)
    hard = steps_used(one_hot(programs, model), model.wiring)
    assert torch.equal(hard, live(programs, sketch).sum(1).double())
    assert len(torch.unique(hard)) > 1
    softly = steps_used(soft(model), model.wiring)
    assert bool(((softly > 0) & (softly < 3)).all())
    softly.sum().backward()  # type: ignore[no-untyped-call]
    assert model.pointers.grad is not None
    assert bool(model.pointers.grad.abs().sum() > 0)


def test_gates_and_noise() -> None:
    model = random_model(sketch_of(distance(), 2), 3, 0)
    generator = Noise(1)
    independent = weights_of(model.logits(), 1.0, Options(gates="sigmoid"), generator).alpha
    assert not torch.allclose(independent.sum(-1), torch.ones_like(independent.sum(-1)))
    for options in (Options(straight_through=True), Options(straight_through=True, gumbel=True)):
        hard = weights_of(model.logits(), 1.0, options, generator).alpha
        assert torch.allclose(hard.max(-1).values, torch.ones(3, 2, dtype=torch.float64))
    weights = soft(model)
    assert torch.allclose(firmed(weights, 1.0, generator).alpha.max(-1).values, torch.ones(3, 2, dtype=torch.float64))
    assert torch.equal(firmed(weights, 0.0, generator).alpha, weights.alpha)


def test_draws_have_the_weights_as_shares() -> None:
    alpha = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).expand(4000, 1, 3)
    none = torch.zeros(4000, 0, 1)
    found = drawn(Weights(alpha, none, none, none, none), Noise(0)).alpha.argmax(-1)
    shares = torch.bincount(found.flatten(), minlength=3) / 4000
    assert torch.allclose(shares.double(), alpha[0, 0], atol=0.03)


@KINDS
def test_decisions_leave_one_program(kind: str) -> None:
    """Each decision is of one row; in the end every row that a program rests on has one choice."""
    search = SEARCHES[kind]()
    sketch = sketch_of(search, 2)
    model, wanted = random_model(sketch, 5, 2), Wanted(sketch, search)

    def loss(blocked: Weights) -> torch.Tensor:
        weights = weights_of(model.logits(blocked), 1.0, Options(), Noise(0))
        return wanted.loss(model(weights)).detach()

    decisions, taken = Decisions(model, loss), 0
    while decisions.take():
        taken += 1
    assert taken >= 3
    weights = soft(model)
    programs = hardened(weights, sketch, model.wiring)
    for part in (weights.alpha, weights.nexts, weights.outputs):
        assert not part.numel() or torch.allclose(part.max(-1).values, torch.ones_like(part[..., 0]))
    assert torch.allclose(wanted.loss(model(weights)), wanted.loss(run(programs, sketch)))
