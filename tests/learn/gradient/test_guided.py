"""Enumeration in the order of what short training gives weight."""

from __future__ import annotations

from ccc.learn.gradient.guided import GradientGuided
from ccc.learn.gradient.options import Options
from ccc.learn.model import Budget, Found, Problem, Progress
from tests.learn.gradient.sketches import PAIR, PAIRS, VECTOR, VECTORS, search_of

PARTS = "add sub mul neg inc max and xor"
SHORT = Options(restarts=16, iterations=20)


def line() -> Problem:
    return search_of(PAIR, lambda a, b: {"y": (a - b) * (a - b) + max(a, 3 * b)}, PAIRS, PARTS).problem


def first(problem: Problem, seed: int = 0, report: list[Progress] | None = None) -> Found:
    heard = [] if report is None else report
    every = GradientGuided(SHORT).search(problem, Budget(600, 80_000_000), seed, heard.append)
    return next(found for found in every if found.right == 1)


def test_it_finds_and_counts() -> None:
    """Candidates are those of training and of the enumeration."""
    progress: list[Progress] = []
    found = first(line(), report=progress)
    assert found.method == "gradient-guided"
    assert found.candidates > 3 * SHORT.restarts * SHORT.iterations
    counts = [one.candidates for one in progress]
    assert counts == sorted(counts)
    assert {one.method for one in progress} == {"gradient-guided"}


def test_the_same_seed_gives_the_same() -> None:
    problem = search_of(VECTOR, lambda x, a, n: {"y": sum(e * a for e in x)}, VECTORS, PARTS).problem
    assert first(problem, 3) == first(problem, 3)


def test_what_is_likely_comes_first() -> None:
    """Parts of what is wanted weigh more than the others, on the whole."""
    guided, problem = GradientGuided(Options(restarts=128, iterations=60)), line()
    weights = guided.weights(problem, Budget(600), 0)
    assert set(weights) == set(problem.parts)
    assert abs(sum(weights.values()) - 1) < 1e-9
    assert min(weights.values()) > 0
    used = sum(weights[part] for part in ("add", "sub", "mul", "max")) / 4
    assert used > 1.2 / len(weights)


def test_a_budget_may_end_in_training() -> None:
    progress: list[Progress] = []
    assert not [
        one for one in GradientGuided(SHORT).search(line(), Budget(600, 500), 0, progress.append) if one.right == 1
    ]
    assert progress[-1].candidates >= 500
