"""Random numbers belong to restarts: whoever draws them, they are the same."""

from __future__ import annotations

import pytest
import torch

from ccc.learn.gradient.noise import Noise


@pytest.mark.parametrize("kind", ["uniform", "normal", "exponential"])
def test_shares_are_parts_of_the_whole(kind: str) -> None:
    whole = Noise(7)
    whole.begin(3, 1)
    first, second = (getattr(whole, kind)(10, *shape) for shape in ((3,), (2, 3)))
    for share in (range(4), range(4, 9), range(9, 10)):
        part = Noise(7, share.start)
        part.begin(3, 1)
        for expected, shape in ((first, (3,)), (second, (2, 3))):
            assert torch.equal(getattr(part, kind)(len(share), *shape), expected[share.start : share.stop])


def test_seed_moment_purpose_and_order_matter() -> None:
    found = []
    for seed, moment, purpose in ((1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1)):
        noise = Noise(seed)
        noise.begin(moment, purpose)
        found += [noise.uniform(50, 1), noise.uniform(50, 1)]
    every = torch.cat(found).flatten()
    assert len(torch.unique(every)) == len(every)
    noise.begin(0, 1)
    assert torch.equal(noise.uniform(50, 1), found[-2]), "what was drawn before does not matter"


def test_they_are_what_they_are_called() -> None:
    noise = Noise(0)
    uniform, normal, exponential = noise.uniform(200_000, 5), noise.normal(200_000, 5), noise.exponential(200_000, 5)
    for found, mean, variance in ((uniform, 1 / 2, 1 / 12), (normal, 0, 1), (exponential, 1, 1)):
        assert found.shape == (200_000, 5)
        assert torch.allclose(found.mean(0), torch.full((5,), float(mean), dtype=torch.float64), atol=0.03)
        assert torch.allclose(found.var(0), torch.full((5,), float(variance), dtype=torch.float64), atol=0.05)
        assert float(torch.corrcoef(found.T).fill_diagonal_(0).abs().max()) < 0.03
    assert float(exponential.min()) > 0
    assert float(uniform.min()) >= 0
    assert float(uniform.max()) < 1
    assert noise.uniform(3, 0).shape == (3, 0)
