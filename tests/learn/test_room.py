"""Memory of a budget: one total for whatever runs, that is kept to."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.room import Claim, Room

STEP = st.tuples(st.integers(0, 5), st.integers(1, 60), st.booleans())


def test_what_is_set_aside_is_for_one_and_the_rest_for_all() -> None:
    room = Room(100)
    first, second = Room(20, room), Room(20, room)
    assert (room.left, first.left, second.left) == (60, 80, 80)
    assert first.take(75)
    assert (room.left, first.left, second.left) == (5, 5, 25)
    assert not second.take(26)
    assert second.take(25)
    first.give(60)
    assert (room.left, first.left, second.left) == (55, 60, 55)
    first.close()
    assert room.left == 75
    second.give(25)
    assert (room.left, second.left) == (80, 100)


@given(st.lists(STEP, max_size=60))
@settings(deadline=None)
def test_no_more_is_held_than_there_is(steps: list[tuple[int, int, bool]]) -> None:
    total = 200
    room = Room(total)
    parts = [Room(30, room), Room(30, room)]
    claims = [Claim(parts[number % 2], 80) for number in range(6)]
    for number, size, extend in steps:
        before = claims[number].size
        moved = claims[number].extend(size) if extend else claims[number].resize(size)
        assert claims[number].size == (before + (size if extend else size - before) if moved else before)
        held = [sum(claim.size for claim in claims[start::2]) for start in (0, 1)]
        assert sum(held) <= total
        assert all(claim.size <= 80 for claim in claims)
        common = total - 60 - sum(max(0, one - 30) for one in held)
        assert [part.left for part in parts] == [common + max(0, 30 - one) for one in held]
    claims.clear()
    gc.collect()
    assert all(part.left == total - 30 for part in parts)


PEAK = """
import resource, sys
import numpy as np
from ccc.learn.model import Budget
from ccc.learn.portfolio import Portfolio
from ccc.learn.search import MCTS, BestFirst, Enumerate
from ccc.learn.search.search import Search
from tests.learn.test_clock import WANTED
from tests.learn.searching import problem

MOVING = problem(
    "inputs: {x: 'int[n]'}\\noutputs: {y: 'int[n]'}\\nconstants: {n: int}",
    lambda x, n: {"y": [(v * 7919 + i * i * 31) % 8191 for i, v in enumerate(x)]},
    [{"x": [int(v) for v in np.random.default_rng(n).integers(-99, 99, n)], "n": n} for n in range(30, 40)],
    "add sub mul max xor mod",
)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def spend(seconds, memory, candidates):
    made = {"enumerate": Enumerate, "best-first": BestFirst, "mcts": MCTS}
    make = made.get(sys.argv[1], lambda: Portfolio([Enumerate(), BestFirst(), MCTS()]))
    wanted = MOVING if sys.argv[3] == "moving" else WANTED
    for found in make().search(wanted, Budget(seconds, candidates, memory), 0, lambda progress: None):
        pass

spend(600.0, 1 << 20, 40_000)
base = peak()
spend(float(sys.argv[4]), int(sys.argv[2]), None)
print(peak() - base)
"""


@pytest.mark.parametrize(
    ("method", "kind"),
    [("enumerate", "moving"), ("best-first", "line"), ("portfolio", "line"), ("portfolio", "moving")],
)
def test_a_process_holds_no_more_than_the_limit(method: str, kind: str) -> None:
    """What it holds at most, besides what it holds with hardly any memory for the search."""
    limit = 24 << 20
    command = [sys.executable, "-c", PEAK, method, str(limit), kind, "6"]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=500, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < limit + (12 << 20)
