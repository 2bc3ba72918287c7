"""What processes that train together have of each other: shares, and the same numbers as one process alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Barrier
from typing import Any, TypeVar

import pytest
import torch
from torch import Tensor

from ccc.learn.gradient import Options
from ccc.learn.gradient.hard import Programs
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.ranks import ALONE, Ranks
from ccc.learn.gradient.repair import Repair
from ccc.learn.gradient.training import Training
from ccc.learn.search.search import Search
from tests.learn.gradient.sketches import PAIR, PAIRS, PARTS, distance, functions_of, search_of, sketch_of

T = TypeVar("T")


class Part(Ranks):
    """One of several processes that hear nothing of each other."""

    def __init__(self, number: int, count: int) -> None:
        self.number, self.count = number, count


class Meeting(Part):
    """One of several that are threads here, and put together what they have."""

    def __init__(self, number: int, table: list[Tensor], barrier: Barrier) -> None:
        super().__init__(number, len(table))
        self._table, self._barrier = table, barrier

    def gather(self, part: Tensor, total: int) -> Tensor:
        assert len(part) == len(self.share(total))
        self._table[self.number] = part
        self._barrier.wait(60)
        found = torch.cat(self._table)
        self._barrier.wait(60)
        return found


def together(count: int, work: Callable[[Ranks], T]) -> list[T]:
    """What each of so many processes comes to."""
    table, barrier = [torch.zeros(0)] * count, Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, [Meeting(number, table, barrier) for number in range(count)]))


@pytest.mark.parametrize(("total", "count"), [(7, 3), (8, 2), (5, 5), (2, 3), (0, 2)])
def test_shares_are_even_and_whole(total: int, count: int) -> None:
    shares = [Part(number, count).share(total) for number in range(count)]
    assert list(chain.from_iterable(shares)) == list(range(total))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def training(search: Search, options: Options, ranks: Ranks) -> Training:
    sketch = sketch_of(search, 2)
    return Training(sketch, functions_of(sketch), Wanted(sketch, search), options, 3, ranks)


@pytest.mark.parametrize("changes", [{}, {"gumbel": True}, {"double": True, "sparsity": 0.1}, {"gates": "state"}])
def test_restarts_are_trained_alike_in_any_share(changes: dict[str, Any]) -> None:
    search = search_of(PAIR, lambda a, b: {"y": abs(a - b)}, PAIRS, f"{PARTS} cmov_le")
    options = Options(restarts=7, iterations=20, samples=2, **changes)
    expected = next(training(search, options, ALONE).looks())
    found = together(3, lambda ranks: next(training(search, options, ranks).looks()))[2]
    close = 1e-9 if options.double else 1e-3
    assert torch.allclose(found.soft, expected.soft, rtol=close)
    assert torch.allclose(found.alpha, expected.alpha, rtol=close)
    assert torch.allclose(found.entropy, expected.entropy, rtol=close)
    assert len(found.programs) == len(expected.programs) == 21
    assert torch.equal(found.programs.keys(), expected.programs.keys())
    assert torch.equal(found.right, expected.right)


def test_what_is_mended_together_is_what_is_mended_alone() -> None:
    search, options = distance(), Options(restarts=8, iterations=20)
    one = training(search, options, ALONE)
    look = next(one.looks())

    def mended(ranks: Ranks) -> list[tuple[Programs, Tensor, int]]:
        generator = torch.Generator().manual_seed(0)
        repair = Repair(one.sketch, one.model.wiring, one.wanted, generator, ranks)
        return list(repair.mended(look.programs, 5, 3))

    alone, *others = mended(ALONE), *together(2, mended)
    assert len(alone) == 3
    for found in others:
        for (programs, right, tried), (expected, also_right, also_tried) in zip(found, alone, strict=True):
            assert torch.equal(programs.keys(), expected.keys())
            assert torch.equal(right, also_right)
            assert tried == also_tried
