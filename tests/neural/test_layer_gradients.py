"""The layers under autograd: derivatives of what is smooth, none through thresholds and roundings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccc.neural import perturb
from ccc.neural.layers import ROUNDING_WEIGHT, GatedFeedForward, MixtureOfExperts
from ccc.neural.patterns import rounding_constant
from tests.neural.helpers import FULL, attention, feed_forward, matrix, model_of

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def jacobian(layer: torch.nn.Module, x: Tensor) -> Tensor:
    """[rows, width, rows, width]."""
    found = torch.autograd.functional.jacobian(layer, x)
    assert isinstance(found, Tensor)
    return found


def differences(layer: torch.nn.Module, x: Tensor, step: float = 2.0**-10) -> Tensor:
    """The same by central differences."""
    columns = []
    for index in np.ndindex(*x.shape):
        moved = torch.zeros_like(x)
        moved[index] = step
        columns.append((layer(x + moved) - layer(x - moved)) / (2 * step))
    return torch.stack(columns, dim=-1).reshape(*x.shape, *x.shape)


@settings(deadline=None, max_examples=40)
@given(seeds, st.tuples(*[st.integers(0, 3)] * 3), st.integers(1, 3), st.integers(1, 5))
def test_feed_forward_equals_differences(rng, counts, tokens: int, width: int) -> None:
    """Away from the kinks: numbers and weights are halves, so that a gate which is not 0 is 1/4 away from it."""
    layer = feed_forward(rng, width, counts)
    x = matrix(rng, tokens, width)
    assume(bool((torch.nn.functional.linear(x, layer.gate)[..., counts[0] :] != 0).all()))
    torch.testing.assert_close(jacobian(layer, x), differences(layer, x), rtol=1e-9, atol=1e-8)


@settings(deadline=None, max_examples=20)
@given(seeds, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_mixture_of_experts_equals_differences(rng, experts: int, tokens: int, width: int) -> None:
    parts = [[feed_forward(rng, width, (2, 0, 0)) for _ in range(rng.integers(0, 3))] for _ in range(experts)]
    router = torch.zeros(experts, width, dtype=torch.float64)
    router[:, 0] = torch.arange(experts)  # the sign of the first direction chooses the last expert or the first
    layer = MixtureOfExperts(router, parts)
    x = matrix(rng, tokens, width)
    x[:, 0] = torch.where(x[:, 0] >= 0, 1.0, -1.0)
    torch.testing.assert_close(jacobian(layer, x), differences(layer, x, 2.0**-13), rtol=1e-5, atol=1e-4)


@settings(deadline=None, max_examples=20)
@given(seeds, st.integers(1, 3), st.integers(1, 3))
def test_attention_equals_differences(rng, heads: int, tokens: int) -> None:
    layer = attention(rng, 3, heads, (2, 2))
    x = matrix(rng, tokens, 3) / 8
    torch.testing.assert_close(jacobian(layer, x), differences(layer, x), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("k", [0, 1, 16])
def test_a_rounding_sum_is_a_step_function(k: int) -> None:
    """(x + C) - C, as constructions write it: the first direction is 1; the second is rounded into the third, and three
    times the second goes into the fourth."""
    shift = rounding_constant(k)
    value = torch.tensor([[shift, 1.0, 0.0, 0.0], [shift, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]])
    gate = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(3, 1)
    out = torch.tensor([[0.0] * 3, [0.0] * 3, [1.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
    layer = GatedFeedForward(value, gate, out, (3, 0, 0))
    x = torch.tensor([[1.0, 5.0 * 2**k + 0.25, 0.0, 0.0]], dtype=torch.float64)
    assert layer(x)[0, 2] == 5.0 * 2**k
    assert jacobian(layer, x)[0, 2:, 0, 1].tolist() == [0, 3]
    with torch.no_grad():
        layer.value[0, 0] = 0.0  # a layer whose weights change is looked at again
    assert jacobian(layer, x)[0, 2:, 0, 1].tolist() == [1, 3]


@pytest.mark.parametrize("kind", FULL)
def test_only_rounding_units_have_values_so_large(kind: tuple[str, int]) -> None:
    """What autograd takes as constant comes in pairs x + C and C, which add up to a rounding and nothing else."""
    pairs = 0
    for module in model_of(kind).transformer.modules():
        if isinstance(module, GatedFeedForward):
            large = (module.value.abs() >= ROUNDING_WEIGHT).any(dim=-1)
            sums = (module.value[large] != 0).sum(dim=-1)
            pairs += int((sums > 1).sum())
            assert int((sums > 1).sum()) == int((sums == 1).sum())
    assert pairs > 20


def test_a_perturbed_copy_does_not_inherit_what_rounds() -> None:
    model = model_of(("ccc", 32))
    name = "locate.pc_address.0.value[cpu]"
    layer = next(m for m, n in zip(model.transformer.sublayers, model.layers, strict=True) if n.name == "locate")
    assert isinstance(layer, GatedFeedForward)
    x = torch.zeros(1, model.width, dtype=torch.float64)
    for direction, value in (("cpu", 1.0), ("pc", 6.0), ("pc_inside", 1.0)):
        x[0, model.directions[direction]] = value
    at, to = model.directions["pc"], model.directions["pc_address"]
    assert jacobian(layer, x)[0, to, 0, at] == 0
    changed, _ = perturb(model, name, 0.0)
    index = list(model.transformer.sublayers).index(layer)
    assert jacobian(changed.transformer.sublayers[index], x)[0, to, 0, at] == 1
    assert jacobian(layer, x)[0, to, 0, at] == 0
