"""Programs found by enumeration: each construct, checked on the emulator on data that the search has not seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from ccc.isa import Fault
from ccc.learn.model import Budget, Found, Problem
from ccc.learn.search import Enumerate, lines
from ccc.learn.search.search import Search
from ccc.learn.search.settings import settings
from ccc.machine import wrap
from ccc.skills import Library, lowered_source, run_mixture
from tests.learn.searching import LIBRARY, find, problem

RNG = np.random.default_rng(1)
PAIRS = [{"a": int(a), "b": int(b)} for a, b in RNG.integers(-50, 50, (16, 2))]
VECTORS = [{"x": RNG.integers(-20, 20, n).tolist(), "n": int(n)} for n in RNG.integers(4, 9, 24)]
ELEMENTWISE = 'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
FOLD = 'inputs: {x: "int[n]"}\noutputs: {s: int}\nconstants: {n: int}'


def running(x, n):
    return {"y": np.cumsum(x)}


def spring(x, n):
    v = p = 0
    found = []
    for f in x:
        v += f - p
        p += v
        found.append(p)
    return {"y": found}


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return {"y": a}


CASES = {
    "absolute difference": (
        problem("inputs: {a: int, b: int}\noutputs: {y: int}", lambda a, b: {"y": abs(a - b)}, PAIRS, "sub max mov"),
        [{"a": 3, "b": 900}, {"a": -7, "b": -9}],
        lambda a, b: {"y": abs(a - b)},
    ),
    "two outputs": (
        problem(
            "inputs: {a: int, b: int}\noutputs: {low: int, high: int}",
            lambda a, b: {"low": min(a, b), "high": max(a, b)},
            PAIRS,
            "min max cmov_le mov",
        ),
        [{"a": 3, "b": 900}],
        lambda a, b: {"low": min(a, b), "high": max(a, b)},
    ),
    "an old value that counts": (
        problem("inputs: {a: int, b: int}\noutputs: {y: int}", lambda a, b: {"y": b - a + 1}, PAIRS, "subleq mov"),
        [{"a": 3, "b": 900}],
        lambda a, b: {"y": b - a + 1},
    ),
    "running sum": (
        problem(ELEMENTWISE, running, VECTORS, "add mov"),
        [{"x": list(range(40)), "n": 40}, {"x": [], "n": 0}],
        running,
    ),
    "running maximum": (
        problem(ELEMENTWISE, lambda x, n: {"y": np.maximum.accumulate(x)}, VECTORS, "max mov"),
        [{"x": [-5, -7, -2, *range(-40, 4)], "n": 47}, {"x": [-3], "n": 1}],
        lambda x, n: {"y": np.maximum.accumulate(x)},
    ),
    "reverse": (
        problem(ELEMENTWISE, lambda x, n: {"y": x[::-1]}, VECTORS, "add mov"),
        [{"x": list(range(40)), "n": 40}],
        lambda x, n: {"y": x[::-1]},
    ),
    "two rounds ago": (
        problem(ELEMENTWISE, lambda x, n: {"y": ([0, 0, *x])[:n]}, VECTORS, "add mov"),
        [{"x": list(range(1, 40)), "n": 39}],
        lambda x, n: {"y": ([0, 0, *x])[:n]},
    ),
    "spring": (
        problem(ELEMENTWISE, spring, VECTORS, "add sub mov"),
        [{"x": list(range(1, 30)), "n": 29}],
        spring,
    ),
    "sum": (
        problem(FOLD, lambda x, n: {"s": sum(x)}, VECTORS, "add sub max mov"),
        [{"x": list(range(40)), "n": 40}, {"x": [], "n": 0}],
        lambda x, n: {"s": sum(x)},
    ),
    "greatest common divisor": (
        problem(
            "inputs: {a: int, b: int}\noutputs: {y: int}",
            lambda a, b: {"y": math.gcd(a, b)},
            [{"a": int(a), "b": int(b)} for a, b in RNG.integers(1, 60, (16, 2))],
            "mod sub mov",
        ),
        [{"a": 1071, "b": 462}, {"a": 3, "b": 900}],
        lambda a, b: {"y": math.gcd(a, b)},
    ),
    "power": (
        problem(
            "inputs: {a: int, n: int}\noutputs: {y: int}",
            lambda a, n: {"y": a**n},
            [{"a": int(a), "n": int(n)} for a, n in zip(RNG.integers(-4, 6, 12), RNG.integers(0, 7, 12), strict=True)],
            "add sub mul mov",
        ),
        [{"a": 3, "n": 13}, {"a": 5, "n": 0}],
        lambda a, n: {"y": a**n},
    ),
    "fibonacci": (
        problem("inputs: {n: int}\noutputs: {y: int}", fibonacci, [{"n": n} for n in range(12)], "add sub mov"),
        [{"n": 40}],
        fibonacci,
    ),
}


def own_library(found: Found, folder) -> Library:
    """The default library, and the parts of the program in a folder."""
    library = LIBRARY
    for mixture in found.mixtures[:-1]:
        (folder / f"{mixture.name}.s").write_text(lowered_source(mixture, library), encoding="utf-8")
        slots = {role: {p.name: f"{p.type}{p.shape}" for p in mixture.slots if p.role == role} for role in ROLES}
        lines = [f"skill: {mixture.name}", "generation: 1", f"kind: {mixture.kind}", "description: A part."]
        for role, named in slots.items():
            inner = ", ".join(f'{name}: "{kind}"' for name, kind in named.items())
            lines.append(f"{role}s: {{{inner}}}")
        (folder / f"{mixture.name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        library = Library([folder, *LIBRARY.folders])
    return library


ROLES = ("input", "output", "constant", "weight")


@pytest.mark.parametrize("name", CASES)
def test_found_programs_are_right_on_unseen_data(name, tmp_path) -> None:
    wanted, unseen, function = CASES[name]
    found = find(wanted)
    library = own_library(found, tmp_path)
    for values in unseen:
        run = run_mixture(found.mixtures[-1], library, values)
        assert run.fault is Fault.NONE
        for output, value in function(**values).items():
            assert run.outputs[output].tolist() == np.asarray(value, dtype=float).tolist()


def brute(wanted: Problem, size: int) -> Iterator[tuple[float, ...]]:
    """All values of `size` steps at most, by trees of add, sub, mul over inputs and numbers."""
    columns = [tuple(float(case.given[s.name]) for case in wanted.cases) for s in wanted.card.given]
    columns += [(float(n),) * len(wanted.cases) for n in wanted.numbers]
    levels = [columns]
    for cost in range(1, size + 1):
        found = []
        for left in range(cost):
            for a, b in product(levels[left], levels[cost - 1 - left]):
                for name in wanted.parts:
                    pairs = zip(a, b, strict=True)
                    found.append(
                        tuple(
                            float(wrap(int(x + y if name == "add" else x - y if name == "sub" else x * y), 32))
                            for x, y in pairs
                        )
                    )
        levels.append(list(dict.fromkeys(found)))
    for level in levels:
        yield from level


def test_everything_of_a_small_size_is_found() -> None:
    """What a brute force over all trees of two steps gives, the search finds, each in as few steps."""
    inputs = [{"a": 3, "b": -8}, {"a": 11, "b": 5}, {"a": -2, "b": 7}]
    slots = "inputs: {a: int, b: int}\noutputs: {y: int}"
    wanted = problem(slots, lambda a, b: {"y": 0}, inputs, "add sub mul")
    every = list(dict.fromkeys(brute(wanted, 2)))
    assert len(every) > 90
    for values in every[:: len(every) // 25]:
        numbers = iter(values)
        goal = problem(slots, lambda a, b, numbers=numbers: {"y": next(numbers)}, inputs, "add sub mul")
        found = find(goal)
        assert len(found.mixtures) == 1
        assert len(found.mixtures[0].steps) <= 2


def test_the_same_seed_gives_the_same_programs() -> None:
    wanted = CASES["greatest common divisor"][0]
    runs = []
    for _ in range(2):
        steps = Enumerate().search(wanted, Budget(300, 20_000), 3, lambda progress: None)
        runs.append([(found.mixtures, found.right, found.candidates) for found in steps])
    assert runs[0] == runs[1]
    assert runs[0]


def test_a_budget_of_candidates_ends_the_search() -> None:
    wanted = problem(
        "inputs: {a: int, b: int}\noutputs: {y: int}", lambda a, b: {"y": a * 7919 ^ b}, PAIRS, "add sub min max"
    )
    seen = []
    list(Enumerate().search(wanted, Budget(300, 2_000_000, 1 << 24), 0, seen.append))
    assert seen
    assert max(progress.kept for progress in seen) * len(PAIRS) * 8 < 1 << 24


def test_what_is_partly_right_gets_better() -> None:
    wanted = CASES["absolute difference"][0]
    shares = [found.right for found in Enumerate().search(wanted, Budget(300, 300_000), 0, lambda progress: None)]
    partly = [share for share in shares if share < 1.0]
    assert partly == sorted(set(partly))
    assert 1.0 in shares


def test_straight_lines_are_left_out_where_cells_do_not_tell_the_outputs() -> None:
    """The same cells, other vectors, another output."""
    cells = [np.array([1.0, 1.0, 2.0])]
    assert lines.told(cells, [np.array([4.0, 4.0, 4.0])])
    assert not lines.told(cells, [np.array([4.0, 5.0, 4.0])])
    assert not lines.told([], [np.array([4.0, 5.0])])
    assert lines.told([], [np.array([4.0, 4.0])])
    folds = problem(FOLD, lambda x, n: {"s": sum(x)}, VECTORS, "add mov")
    search = Search(folds, Budget(60.0, 10_000), 0, lambda progress: None, "enumerate")
    assert list(lines.straight_lines(search)) == []
    assert search.candidates == 0


def test_outputs_of_bits_are_bits() -> None:
    """An `xor` of bits is an int: of several outputs none may be one, also where it is what is wanted on all cases."""
    rows = [{"a": a, "b": b, "c": c} for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    wanted = problem(
        "inputs: {a: bit, b: bit, c: bit}\noutputs: {s: bit, k: bit}",
        lambda a, b, c: {"s": (a + b + c) % 2, "k": int(a + b + c > 1)},
        rows,
        "and or xor is_le add sub",
    )
    (mixture,) = find(wanted).mixtures
    assert run_mixture(mixture, LIBRARY, {"a": 1, "b": 1, "c": 0}).outputs["k"] == 1


def test_large_numbers_are_no_cause_for_warnings() -> None:
    """Whose squares and sums no double holds; a warning is an error here."""
    pairs = [{"a": a, "b": b} for a, b in ((1e200, 1e-200), (1.7e308, 1.7e308), (3.0, 4.0), (-1.7e308, 2.0))]
    slots = "inputs: {a: real, b: real}\noutputs: {y: real}"
    wanted = problem(slots, lambda a, b: {"y": a - b / 2}, pairs, "fadd fsub fmul", numbers=(0.5, 1e300), kind="real")
    assert find(wanted).right == 1.0
    assert list(settings(Search(wanted, Budget(), 0, lambda progress: None, "enumerate")))
