"""Problems for tests of the search: made from plain Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ccc.learn.model import Budget, Case, Found, Problem
from ccc.learn.search import Enumerate
from ccc.skills import Library
from ccc.skills.cards import parse_card

LIBRARY = Library.default()


def problem(
    slots: str,
    function: Callable[..., Any],
    inputs: Sequence[Mapping[str, Any]],
    parts: str,
    numbers: tuple[float, ...] = (0.0, 1.0),
    kind: str = "integer",
    weights: Mapping[str, float] | None = None,
) -> Problem:
    """slots: sections of a card. function: gives the outputs by name."""
    card = parse_card(f"skill: wanted\nkind: {kind}\ndescription: What is wanted.\n{slots}\n")
    cases = []
    for values in inputs:
        given = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        expected = {name: np.asarray(value, dtype=np.float64) for name, value in function(**values).items()}
        cases.append(Case(given, expected))
    return Problem(card, tuple(cases), LIBRARY, tuple(parts.split()), numbers, weights or {})


def find(wanted: Problem, budget: Budget | None = None, seed: int = 0) -> Found:
    """The first program that is right."""
    for found in Enumerate().search(wanted, budget or Budget(seconds=300), seed, lambda progress: None):
        if found.right == 1.0:
            return found
    raise AssertionError("nothing found")
