"""The same mixture outside of the state, in torch: its values, and its derivatives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.errors import SkillError
from ccc.isa import Fault
from ccc.machine import same_bits
from ccc.skills.mixture_run import run_mixture
from ccc.skills.mixture_tables import tables_of
from ccc.skills.mixture_torch import TorchMixture
from tests.skills.mixtures import HARD, SOFT, library, random_mixture, read

LIBRARY = library()
SEEDS = st.integers(0, 2**32 - 1)
ROUNDING = 1e-14
"""The order of sums is the same inside and outside: what is left are roundings of products."""


def tensors(values):
    return {name: torch.tensor(np.asarray(value), dtype=torch.float64) for name, value in values.items()}


@pytest.mark.parametrize("text", HARD)
def test_hard_mixtures_are_equal(text: str) -> None:
    mixture = read(text)
    outside = TorchMixture(mixture, LIBRARY)
    for example in mixture.examples:
        inside = run_mixture(mixture, LIBRARY, example.given, before=example.before)
        found = outside(tensors(example.given), before=tensors(example.before))
        for name, value in inside.outputs.items():
            assert same_bits(found[name].numpy(), value), name


@given(SEEDS, st.booleans())
@settings(max_examples=25, deadline=None)
def test_random_mixtures_agree(seed: int, soft: bool) -> None:
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, soft=soft)
    data, before = {"x": rng.normal()}, {"z": rng.normal(), "v": rng.normal(size=3)}
    inside = run_mixture(mixture, LIBRARY, data, before=before)
    assert inside.fault is Fault.NONE
    found = TorchMixture(mixture, LIBRARY)(tensors(data), before=tensors(before))
    for name, value in inside.outputs.items():
        if mixture.hard:
            assert same_bits(found[name].numpy(), value), name
        scale = max(1.0, float(np.abs(value).max()))
        assert float(np.abs(found[name].numpy() - value).max()) <= ROUNDING * scale, name


def difference(run, table: np.ndarray, place: tuple[int, ...], step: float = 1e-4) -> float:
    """A central difference quotient; the mixture is a polynomial of low degree in each entry."""
    ends = []
    for sign in (1, -1):
        changed = table.copy()
        changed[place] += sign * step
        ends.append(run(changed))
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.parametrize("derivative", ["code", "engine"])
def test_gradients_are_those_of_the_machine(derivative: str) -> None:
    """Torch's gradients against difference quotients of whole runs of the composition skill in the state."""
    mixture, data = read(SOFT), {"x": 1.5, "y": -0.7}
    tables = tables_of(mixture, LIBRARY)

    def machine(**changed: np.ndarray) -> float:
        run = run_mixture(mixture, LIBRARY, data, tables=dataclasses.replace(tables, **changed))
        assert run.fault is Fault.NONE
        return float(run.outputs["z"])

    outside = TorchMixture(mixture, LIBRARY, derivative=derivative)
    alphas, weights = outside.alphas.clone().requires_grad_(), outside.weights.clone().requires_grad_()
    given = {name: value.requires_grad_() for name, value in tensors(data).items()}
    outside(given, alphas, weights)["z"].backward()
    assert alphas.grad is not None
    assert weights.grad is not None
    for place in zip(*np.nonzero(tables.alphas % 1), strict=True):
        expected = difference(lambda table: machine(alphas=table), tables.alphas, place)
        assert float(alphas.grad[place]) == pytest.approx(expected, rel=1e-6, abs=1e-8)
    for place in zip(*np.nonzero(tables.weights % 1), strict=True):
        expected = difference(lambda table: machine(weights=table), tables.weights, place)
        assert float(weights.grad[place]) == pytest.approx(expected, rel=1e-6, abs=1e-8)
    for name, value in data.items():
        ends = [
            float(run_mixture(mixture, LIBRARY, data | {name: value + step}).outputs["z"]) for step in (1e-4, -1e-4)
        ]
        assert float(given[name].grad) == pytest.approx((ends[0] - ends[1]) / 2e-4, rel=1e-6)


def test_what_an_output_held_has_a_derivative_too() -> None:
    """Jacobian code has no columns for it, so autograd through the Transformer takes its place."""
    text = """
mixture: scaled
kind: real
inputs: {a: real, x: "real[2]"}
outputs: {y: "real[2]"}
numbers: {two: 2}
steps:
  - axpy: {a: a, x: x, n: two, y: y}
"""
    before = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    a = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    found = TorchMixture(read(text), LIBRARY)({"a": a, "x": x}, before={"y": before})["y"]
    (found * torch.tensor([1.0, 10.0])).sum().backward()
    assert before.grad is not None
    assert before.grad.tolist() == [1.0, 10.0]
    assert a.grad is not None
    assert float(a.grad) == 21.0


def test_a_fault_names_its_term() -> None:
    text = """
mixture: divide
kind: integer
inputs: {x: int, y: int}
outputs: {q: int, r: int}
steps:
  - both: {a: x, b: y, q: q, r: r}
"""
    with pytest.raises(SkillError, match=r"'divide', step 1, skill 'both', round 1: fault division"):
        TorchMixture(read(text), LIBRARY)(tensors({"x": 1, "y": 0}))
