"""Distributions over labels: what skills of whole numbers make of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ccc.errors import SkillError
from ccc.learn.soft.values import CHOICES, Labels, Table, certain
from ccc.skills import Library

LIBRARY = Library.default()


def drawn(support: tuple[int, ...], lanes: int, seed: int) -> Labels:
    logits = torch.randn(lanes, len(support), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Labels(torch.log_softmax(logits, 1), support)


def test_addition_is_convolution() -> None:
    left, right = drawn(tuple(range(10)), 4, 0), drawn(tuple(range(10)), 4, 1)
    found = Table(LIBRARY, "add", ["a", "b"], [left.support, right.support], ["y"])([left, right])[0]
    assert found.support == tuple(range(19))
    for lane in range(4):
        wanted = np.convolve(left.logs[lane].exp().numpy(), right.logs[lane].exp().numpy())
        assert np.allclose(found.logs[lane].exp().numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize("name", ["mul", "sub", "max", "xor"])
def test_a_table_sums_over_all_combinations(name: str) -> None:
    left, right = drawn((0, 1, 5), 2, 2), drawn((2, 3), 2, 3)
    slots = [slot.name for slot in LIBRARY.card(name).inputs]
    found = Table(LIBRARY, name, slots, [left.support, right.support], ["y"])([left, right])[0]
    operation = {"mul": np.multiply, "sub": np.subtract, "max": np.maximum, "xor": np.bitwise_xor}[name]
    wanted: dict[int, float] = {}
    for i, a in enumerate(left.support):
        for j, b in enumerate(right.support):
            value = int(operation(a, b))
            wanted[value] = wanted.get(value, 0.0) + float((left.logs[0, i] + right.logs[0, j]).exp())
    assert found.support == tuple(sorted(wanted))
    assert np.allclose(found.logs[0].exp().numpy(), [wanted[key] for key in sorted(wanted)])


def test_what_is_certain_stays_so() -> None:
    found = Table(LIBRARY, "add", ["a", "b"], [(3,), (4,)], ["y"])([certain(3), certain(4)])[0]
    assert found.support == (7,)
    assert float(found.logs.exp()) == 1.0


def test_gradients_go_through() -> None:
    logits = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    left = Labels(torch.log_softmax(logits, 1), (0, 1, 2))
    found = Table(LIBRARY, "add", ["a", "b"], [(0, 1, 2), (1,)], ["y"])([left, certain(1)])[0]
    (-found.logs[0, 2]).backward()  # type: ignore[no-untyped-call]
    assert torch.allclose(torch.as_tensor(logits.grad), torch.tensor([[1.0, 1.0, -2.0]]).double() / 3)


def test_choices_are_those_of_the_skills() -> None:
    scores = torch.randn(20, 5, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    chosen = CHOICES["argmax"](scores)
    assert torch.equal(chosen.likeliest, scores.argmax(1).double())
    assert torch.equal(chosen.hard().likeliest, chosen.likeliest)
    assert torch.equal(chosen.hard().logs.exp().sum(1), torch.ones(20).double())
    single = scores[:, 0]
    bits = CHOICES["positive"](single)
    assert torch.equal(bits.likeliest, (single > 0).double())
    assert torch.allclose(bits.logs[:, 1].exp(), torch.sigmoid(single))


def test_a_table_has_an_end() -> None:
    with pytest.raises(SkillError, match="combinations of labels"):
        Table(LIBRARY, "add", ["a", "b"], [range(300), range(300)], ["y"])
    with pytest.raises(SkillError, match="faults on"):
        Table(LIBRARY, "div", ["a", "b"], [(1,), (0,)], ["y"])
