"""Functions of bits: truth tables on packed words, and the formulas that they are found as."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.model import Budget, Found, Problem
from ccc.learn.search import Formulas, packed
from ccc.learn.search.ops import Ops
from ccc.learn.search.packed import MOST_ROWS
from ccc.learn.search.truth_tables import tables_of
from tests.learn.searching import problem

GATES = "and or xor mov"
ROWS = [dict(zip("abc", bits, strict=True)) for bits in product((0, 1), repeat=3)]
THREE = "inputs: {a: int, b: int, c: int}\noutputs: {y: int}"


def of_table(number: int) -> Problem:
    """The function of three bits whose results are the bits of a number."""
    return problem(THREE, lambda a, b, c: {"y": number >> (4 * a + 2 * b + c) & 1}, ROWS, GATES)


def first(wanted: Problem, candidates: int = 3_000_000) -> Found | None:
    found = Formulas().search(wanted, Budget(300, candidates), 0, lambda progress: None)
    return next((one for one in found if one.right == 1.0), None)


def gates(found: Found) -> int:
    return sum(term.skill != "mov" for mixture in found.mixtures for term in mixture.terms())


def fewest_gates() -> dict[int, int]:
    """Of each function of three bits, how many gates a formula for it has, if none is shared: by trying all."""
    lanes = [int("".join(str(row[name]) for row in reversed(ROWS)), 2) for name in "abc"]
    known = dict.fromkeys([*lanes, 0, 255], 0)
    for size in range(1, 8):
        for x, y in product(list(known), repeat=2):
            if known[x] + known[y] == size - 1:
                for value in (x & y, x | y, x ^ y):
                    known.setdefault(value, size)
    return known


FEWEST = fewest_gates()


def test_every_function_of_three_bits_is_reached() -> None:
    assert len(FEWEST) == 256


@settings(max_examples=25, deadline=None)
@given(number=st.integers(1, 254))
def test_formulas_are_as_short_as_any(number: int) -> None:
    """Steps that a formula has twice are taken once, so that a program may be shorter."""
    found = first(of_table(number))
    assert found is not None
    assert gates(found) <= FEWEST[number]


@given(st.integers(1, 4), st.integers(0, 2**16 - 1), st.integers(0, 2**32))
def test_a_truth_table_on_words(arity: int, table: int, seed: int) -> None:
    rows = np.zeros(MOST_ROWS, dtype=np.uint64)
    rows[: 1 << arity] = [~np.uint64(0) if table >> row & 1 else 0 for row in range(1 << arity)]
    words = np.random.default_rng(seed).integers(0, 2**64, 4, dtype=np.uint64)
    found = int(packed.applied(rows, arity, *words))
    for bit in range(64):
        row = sum((int(word) >> bit & 1) << place for place, word in enumerate(words[:arity]))
        assert found >> bit & 1 == table >> row & 1


def test_more_lanes_than_bits_in_a_word() -> None:
    names = "abcdefg"
    slots = f"inputs: {{{', '.join(f'{name}: int' for name in names)}}}\noutputs: {{y: int}}"
    rows = [dict(zip(names, bits, strict=True)) for bits in product((0, 1), repeat=7)]
    wanted = problem(slots, lambda **bits: {"y": sum(bits.values()) % 2}, rows, "xor")
    found = first(wanted, 100_000_000)
    assert found is not None
    assert gates(found) == 6


def test_several_outputs() -> None:
    slots = "inputs: {a: int, b: int, c: int}\noutputs: {s: int, t: int}"
    wanted = problem(
        slots, lambda a, b, c: {"s": (a + b + c) % 2, "t": (a + b + c) // 2}, ROWS, "and or xor", numbers=()
    )
    found = first(wanted)
    assert found is not None
    assert gates(found) <= 6


@pytest.mark.parametrize("kind", ["int", "bit"])
def test_in_each_round_of_a_loop(kind: str) -> None:
    slots = f'inputs: {{x: "{kind}[n]", z: "{kind}[n]"}}\noutputs: {{y: "{kind}[n]"}}\nconstants: {{n: int}}'
    rows = [{"x": [0, 0, 1, 1], "z": [0, 1, 0, 1], "n": 4}, {"x": [1], "z": [0], "n": 1}]

    def wanted(x: list[int], z: list[int], n: int) -> dict[str, Any]:
        return {"y": [int(not (a and not b)) for a, b in zip(x, z, strict=True)]}

    parts = "and or xor" if kind == "int" else "is_le and or xor"
    found = first(problem(slots, wanted, rows, parts))
    assert found is not None
    if kind == "bit":
        assert first(problem(slots, wanted, rows, "and or xor")) is None, "no gate gives a `bit` of two"


@settings(max_examples=15, deadline=None)
@given(number=st.integers(0, 255), other=st.integers(0, 255))
def test_bits_as_outputs(number: int, other: int) -> None:
    """The opposite is looked for, and turned over into a `bit` at last; beside an output that is an int."""
    slots = "inputs: {a: bit, b: bit, c: bit}\noutputs: {y: bit, z: int}"

    def wanted(a: int, b: int, c: int) -> dict[str, int]:
        return {"y": number >> (4 * a + 2 * b + c) & 1, "z": other >> (4 * a + 2 * b + c) & 1}

    found = first(problem(slots, wanted, ROWS, "is_le and or xor"))
    assert found is not None
    assert found.right == 1.0


@pytest.mark.parametrize(
    ("slots", "function"),
    [
        (THREE, lambda a, b, c: {"y": a + b}),
        ("inputs: {a: int, b: int}\noutputs: {y: int}", None),
    ],
)
def test_other_problems_are_left_to_others(slots: str, function: Any) -> None:
    """Numbers that are no bits; results that what is given does not tell, as the rest is no bit."""
    rows = ROWS if function else [{"a": a, "b": b} for a, b in ((0, 5), (0, 6), (1, 7))]
    wanted = problem(slots, function or (lambda a, b: {"y": int(b == 5)}), rows, "and or add")
    seen: list[int] = []
    found = list(Formulas().search(wanted, Budget(300), 0, lambda progress: seen.append(progress.candidates)))
    assert (found, max(seen, default=0)) == ([], 0)


def test_what_parts_are_on_bits() -> None:
    """`add` and `sub` leave the bits, `mul` and `min` are `and`, `cmov_le` chooses among four."""
    parts = "and mul min add sub xor not neg mov is_le cmov_le"
    wanted = problem(THREE, lambda a, b, c: {"y": a & b & c}, ROWS, parts)
    found = {table.op.name: table for table in tables_of(Ops(wanted), 1)}
    assert set(found) == {"and", "xor", "is_le", "cmov_le"}
    assert found["and"].symmetric
    assert not found["cmov_le"].symmetric
    assert (found["and"].cost, found["cmov_le"].cost) == (1, found["cmov_le"].op.cost + 2)


@settings(deadline=None)
@given(
    st.integers(1, 4), st.booleans(), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=4)
)
def test_arguments_are_counted_as_they_are_tried(arity: int, symmetric: bool, ends: list[tuple[int, int]]) -> None:
    ranges = [range(min(pair), max(pair)) if place < arity else range(1) for place, pair in enumerate(ends)]
    tried = [some for some in product(*ranges) if not symmetric or all(a <= b for a, b in pairwise(some[:arity]))]
    lows, highs = (np.array([getattr(one, end) for one in ranges]) for end in ("start", "stop"))
    assert packed.choices(arity, symmetric, lows, highs) == len(tried)
