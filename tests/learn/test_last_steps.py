"""Last steps of formulas: arguments looked up among what is known, and calls of more arguments than are enumerated."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.attempt import attempt
from ccc.learn.guides import Uniform
from ccc.learn.joining import join
from ccc.learn.model import Budget
from ccc.learn.problem import pose
from ccc.learn.search import Formulas, formulas, packed
from ccc.learn.search.lines import line_leaves
from ccc.learn.search.ops import Op, Ops
from ccc.learn.search.packed import MOST_ROWS
from ccc.learn.search.search import Search
from ccc.learn.search.truth_tables import TruthTable, calls_of_many
from ccc.learn.spec import read_spec
from ccc.learn.verify import verify
from ccc.skills import Library
from tests.learn.searching import problem
from tests.learn.test_formulas import GATES, THREE, first, of_table
from tests.skills.spread import ROOT

OP = Ops(problem(THREE, lambda a, b, c: {"y": a & b & c}, [{"a": 1, "b": 1, "c": 1}], "and")).scalar[0]
ALL = ~np.uint64(0)


def table_of(op: Op, arity: int, table: int) -> TruthTable:
    rows = np.zeros(MOST_ROWS, dtype=np.uint64)
    rows[: 1 << arity] = [ALL if table >> row & 1 else 0 for row in range(1 << arity)]
    return TruthTable(replace(op, arguments=(op.arguments * arity)[:arity]), rows, symmetric=False)


@settings(deadline=None)
@given(st.integers(2, 3), st.integers(0, 255), st.integers(0, 2**32), st.integers(1, 70))
def test_the_cheapest_last_step_is_found(arity: int, number: int, seed: int, lanes: int) -> None:
    """As by trying all arguments, whether what a lane must be is told or makes no difference."""
    rng, words = np.random.default_rng(seed), -(-lanes // 64)
    mask = np.array([(1 << min(64, lanes - 64 * word)) - 1 for word in range(words)], dtype=np.uint64)
    values = np.unique(rng.integers(0, 2**64, (9, words), dtype=np.uint64) & mask, axis=0)
    rng.shuffle(values)
    costs, used = np.sort(rng.integers(0, 4, len(values))), len(values)
    places = np.zeros(32, dtype=np.int32)
    for value in range(used):
        places[packed.place_of(values, places, values[value])] = value + 1
    table = table_of(OP, arity, number)
    zero = np.uint64(0)

    def result(some: tuple[int, ...]) -> list[int]:
        words_of = [[values[n, w] for n in some] + [zero] * (4 - arity) for w in range(words)]
        return [int(packed.applied(table.rows, arity, *each) & mask[w]) for w, each in enumerate(words_of)]

    goal = np.array(result(tuple(rng.integers(0, used, arity))), dtype=np.uint64)
    for order, rows in table.orders():
        best = np.array([1 << 40, 0, 0, 0, 0])
        packed.last_step(rows, arity, goal, mask, costs, values, places, used, 1 << 40, best)
        given_ = [best[1], best[3]] if arity == 2 else best[1:4]
        some = tuple(int(place) for _, place in sorted(zip(order, given_, strict=True)))
        right = [all_ for all_ in product(range(used), repeat=arity) if result(all_) == goal.tolist()]
        assert best[0] == min(sum(costs[n] for n in all_) for all_ in right)
        assert some in right


@settings(max_examples=20, deadline=None)
@given(number=st.integers(1, 254))
def test_what_they_find_is_right(number: int) -> None:
    with mock.patch.object(formulas, "_HARD", 0):
        found = first(of_table(number))
    assert found is not None
    assert found.right == 1.0


def test_they_reach_further() -> None:
    """What most of five bits are, in gates: after as many candidates, enumeration alone has not come so far."""
    rows = [dict(zip("abcde", bits, strict=True)) for bits in product((0, 1), repeat=5)]
    slots = "inputs: {a: int, b: int, c: int, d: int, e: int}\noutputs: {y: int}"
    wanted = problem(slots, lambda **bits: {"y": int(sum(bits.values()) > 2)}, rows, GATES)
    with mock.patch.object(formulas, "_HARD", 1 << 20):
        found = first(wanted, 1 << 27)
    with mock.patch.object(formulas, "_HARD", 1 << 60):
        alone = first(wanted, 1 << 27)
    assert found is not None
    assert alone is None


def test_calls_of_many_arguments(tmp_path: Path) -> None:
    """A learnt skill of five arguments is one step of a formula of six, in whatever order its arguments come."""
    spec = read_spec(ROOT / "skills" / "boolean" / "parity_5.yaml")
    library = Library.default()
    result = attempt(spec, pose(spec, library, Uniform()), Formulas(), Budget(300), 0, verify=verify)
    join(result, library, tmp_path, 0)
    names = "abcdef"
    slots = f"inputs: {{{', '.join(f'{name}: int' for name in names)}}}\noutputs: {{y: int}}"
    rows = [dict(zip(names, bits, strict=True)) for bits in product((0, 1), repeat=6)]
    wanted = problem(slots, lambda a, **bits: {"y": a & sum(bits.values()) % 2}, rows, "parity_5 and")
    wanted = replace(wanted, library=Library([tmp_path, *library.folders]))
    search = Search(wanted, Budget(), 0, lambda progress: None, "formulas")
    calls = list(calls_of_many(search.ops, 1, line_leaves(search)[:6]))
    assert len(calls) == 6, "one for each input that is left out"
    for _, node, value in calls:
        given_ = [line_leaves(search)["abcdef".index(leaf.piece)][1] for leaf in node.arguments]  # type: ignore[union-attr]
        assert value.tolist() == (np.sum(given_, axis=0) % 2).tolist()
    found = first(wanted)
    assert found is not None
    assert [term.skill for term in found.mixtures[-1].terms()] == ["parity_5", "and"]
