"""The three ways of gradients through skills: they agree with each other, and with differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ccc.errors import SkillError
from ccc.learn.gradient.through import SkillFunction, Way
from ccc.learn.gradient.traced import NotStraightError, traced
from ccc.skills import Library

LIBRARY = Library.default()
CASES = {
    "fmul": {},
    "fsub": {},
    "fdot": {"n": 3},
    "faxpy": {"n": 4},
    "fmatvec": {"m": 2, "n": 3},
    "linear": {"m": 2, "n": 3},
    "squared_error": {"n": 3},
}
"""Skills and sizes."""


def data(name: str, sizes: dict[str, int], lanes: int, seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    card = LIBRARY.card(name)
    return {
        slot.name: torch.randn(lanes, *slot.shape.sizes(sizes), generator=generator, dtype=torch.float64)
        for slot in (*card.inputs, *card.weights)
    }


@pytest.mark.parametrize("name", CASES)
def test_they_agree(name: str) -> None:
    sizes = {slot.name: CASES[name].get(slot.name, 2) for slot in LIBRARY.card(name).constants}
    given = data(name, sizes, 3, 0)
    outputs, grads = [], []
    for way in Way:
        leaves = {slot: value.clone().requires_grad_() for slot, value in given.items()}
        found = SkillFunction(LIBRARY, name, sizes, way)(leaves)
        outputs.append(torch.cat([value.reshape(3, -1) for value in found.values()], 1).detach())
        total = sum((value * torch.arange(1, value.numel() + 1).reshape(value.shape)).sum() for value in found.values())
        total.backward()  # type: ignore[union-attr]
        grads.append(torch.cat([torch.as_tensor(leaf.grad).reshape(-1) for leaf in leaves.values()]))
    for output, grad in zip(outputs[1:], grads[1:], strict=True):
        assert torch.allclose(output, outputs[0], rtol=1e-12, atol=1e-12)
        assert torch.allclose(grad, grads[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("way", "name"), [(Way.TRACE, "linear"), (Way.JACOBIAN, "linear"), (Way.TRANSFORMER, "fmul")])
def test_they_are_those_of_differences(way: Way, name: str) -> None:
    """In the Transformer, which takes long for each number that differs, of a skill of two numbers."""
    sizes = {slot.name: 2 for slot in LIBRARY.card(name).constants}
    function, given = SkillFunction(LIBRARY, name, sizes, way), data(name, sizes, 2, 1)
    leaves = [value.requires_grad_() for value in given.values()]
    torch.autograd.gradcheck(
        lambda *values: tuple(function(dict(zip(given, values, strict=True))).values()), leaves, atol=1e-5
    )


def test_what_jumps_by_its_data_is_no_straight_line() -> None:
    for name in ("fmax", "div", "argmax"):
        sizes = {slot.name: 2 for slot in LIBRARY.card(name).constants}
        with pytest.raises(NotStraightError):
            traced(LIBRARY.find(name), sizes)


def test_a_fault_is_an_error() -> None:
    function = SkillFunction(LIBRARY, "fdiv", {}, Way.JACOBIAN)
    names = [slot.name for slot in LIBRARY.card("fdiv").inputs]
    zeros = {name: torch.zeros(1, dtype=torch.float64) for name in names}
    with pytest.raises(SkillError, match="faults"):
        function({**zeros, names[0]: torch.ones(1, dtype=torch.float64)})


def test_a_tape_is_what_the_emulator_computes() -> None:
    tape = traced(LIBRARY.find("fdot"), {"n": 5})
    rng = np.random.default_rng(0)
    a, b = (torch.from_numpy(rng.normal(size=(4, 5))) for _ in range(2))
    (slot,) = LIBRARY.card("fdot").outputs
    names = [one.name for one in LIBRARY.card("fdot").inputs]
    found = tape({names[0]: a, names[1]: b, slot.name: torch.zeros(4, 1, dtype=torch.float64)})[slot.name]
    assert torch.allclose(found[:, 0], (a * b).sum(1), rtol=1e-13)
