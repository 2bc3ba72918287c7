"""Programs with states found by enumeration: after a loop, by the number of the round, hidden, for each element."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccc.isa import Fault
from ccc.learn.model import Budget
from ccc.learn.search import after, hidden, lifted, machines, observed, prefixes, situations
from ccc.learn.search.graph import Apply, Graph, Leaf, Number
from ccc.learn.search.ops import Ops
from ccc.learn.search.program import mixtures_of
from ccc.learn.search.search import Search
from ccc.skills import Type, run_mixture
from tests.learn.searching import find, problem
from tests.learn.test_search import ELEMENTWISE, FOLD, LIBRARY, own_library

RNG = np.random.default_rng(5)
VECTORS = [{"x": RNG.integers(-20, 20, n).tolist(), "n": int(n)} for n in RNG.integers(2, 9, 16)]
BITS = [{"x": RNG.integers(0, 2, 12).tolist(), "n": 12} for _ in range(16)]
LEVELS = [{"x": RNG.integers(0, 16, 10).tolist(), "n": 10} for _ in range(16)]
SMALL = [{"x": RNG.integers(0, 20, 10).tolist(), "n": 10} for _ in range(12)]
TRITS = [{"a": RNG.integers(0, 3, 10).tolist(), "b": RNG.integers(0, 3, 10).tolist(), "n": 10} for _ in range(16)]
DIGITS = [{"a": RNG.integers(0, 7, 10).tolist(), "b": RNG.integers(0, 7, 10).tolist(), "n": 10} for _ in range(16)]
MIRRORED = [{"x": [*one["x"][:5], *one["x"][:5][::-1]], "n": 10} for one in LEVELS]
TWO_VECTORS = 'inputs: {a: "int[n]", b: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
FROM_CELL = 'inputs: {x: "int[n]", v: int}\noutputs: {y: "int[n]"}\nconstants: {n: int}'


def diffused(x, n):
    total, found = 0, []
    for v in x:
        total += v
        found.append(total // 15)
        total %= 15
    return {"y": found}


def adder(base):
    def added(a, b, n):
        carry, found = 0, []
        for u, v in zip(a, b, strict=True):
            found.append((u + v + carry) % base)
            carry = (u + v + carry) // base
        return {"y": found}

    return added


def inserted(x, n, v):
    found = []
    for u in x:
        found.append(min(u, v))
        v = max(u, v)
    return {"y": found}


def squares(x, n):
    return {"y": [int(int(v**0.5 + 0.5) ** 2 == v) for v in x]}


def mirrored(x, n):
    return {"y": [int(x[: t + 1] == x[: t + 1][::-1]) for t in range(n)]}


CASES = {
    "a mean": (
        problem(FOLD, lambda x, n: {"s": int(sum(x) / n)}, VECTORS, "add div mov"),
        after.after_loops,
        [{"x": [5, 9, -2, 88], "n": 4}, {"x": [7], "n": 1}],
        lambda x, n: {"s": int(sum(x) / n)},
    ),
    "the sign of a sum, and the sum": (
        problem(
            FOLD.replace("{s: int}", "{s: int, t: int}"),
            lambda x, n: {"s": int(sum(x) <= 0), "t": sum(x) + 1},
            VECTORS,
            "add is_le inc mov",
        ),
        after.after_loops,
        [{"x": [5, 9, -2, 88], "n": 4}, {"x": [-7], "n": 1}, {"x": [], "n": 0}],
        lambda x, n: {"s": int(sum(x) <= 0), "t": sum(x) + 1},
    ),
    "the number of the round": (
        problem(
            "inputs: {k: int}\noutputs: {y: int}",
            lambda k: {"y": sum(i * i for i in range(k + 1))},
            [{"k": k} for k in range(9)],
            "add mul inc mov",
        ),
        machines.machines,
        [{"k": 40}, {"k": 0}],
        lambda k: {"y": sum(i * i for i in range(k + 1))},
    ),
    "a remainder that is carried": (
        problem(ELEMENTWISE, diffused, LEVELS, "add mod div mov", (0.0, 15.0)),
        hidden.hidden_states,
        [{"x": [15, 14, 3, 9] * 12, "n": 48}, {"x": [], "n": 0}],
        diffused,
    ),
    "a carry": (
        problem(TWO_VECTORS, adder(3), TRITS, "add mod div mov", (0.0, 3.0)),
        hidden.hidden_states,
        [{"a": [2] * 40, "b": [1, 2] * 20, "n": 40}],
        adder(3),
    ),
    "a carry that the digits of a sum tell": (
        problem(TWO_VECTORS, adder(7), DIGITS, "add sub mod div min max mov", (0.0, 1.0, 6.0, 7.0)),
        observed.observed_states,
        [{"a": [6] * 40, "b": [1, 5] * 20, "n": 40}, {"a": [], "b": [], "n": 0}],
        adder(7),
    ),
    "a state that starts with a cell": (
        problem(FROM_CELL, inserted, [{**one, "v": int(one["n"])} for one in SMALL], "min max mov"),
        hidden.hidden_states,
        [{"x": [4, 8, 1, 30, 2], "n": 5, "v": 9}],
        inserted,
    ),
    "a loop for each beginning": (
        problem(ELEMENTWISE, mirrored, MIRRORED, "sub mul max inc is_le mov", (0.0, 1.0)),
        prefixes.prefixes,
        [{"x": [3, 1, 4, 1, 3, 3], "n": 6}, {"x": [5] * 50, "n": 50}, {"x": [], "n": 0}],
        mirrored,
    ),
    "a loop for each element": (
        problem(ELEMENTWISE, squares, SMALL, "mul sub inc neg is_le mov"),
        lifted.lifted,
        [{"x": [0, 1, 2, 49, 50, 900], "n": 6}],
        squares,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_found_by_the_way_meant_for_it_and_right_on_unseen_data(name, tmp_path) -> None:
    wanted, way, unseen, function = CASES[name]
    search = Search(wanted, Budget(seconds=300), 0, lambda progress: None, "test")
    found = next(one for one in way(search) if one is not None and one.right == 1.0)
    library = own_library(found, tmp_path)
    for values in unseen:
        run = run_mixture(found.mixtures[-1], library, values)
        assert run.fault is Fault.NONE
        for output, value in function(**values).items():
            assert run.outputs[output].tolist() == np.asarray(value, dtype=float).tolist()


@pytest.mark.parametrize(
    ("function", "most"),
    [(lambda a, b: {"y": -a}, 2), (lambda a, b: {"y": a}, 3), (lambda a, b: {"y": b - a}, 6)],
    ids=["negative", "copy", "difference"],
)
def test_an_output_is_cleared_where_only_subleq_is_known(function, most) -> None:
    """SUBLEQ reads what its output held: right whatever that was."""
    pairs = [{"a": int(a), "b": int(b)} for a, b in RNG.integers(-50, 50, (12, 2))]
    found = find(problem("inputs: {a: int, b: int}\noutputs: {y: int}", function, pairs, "subleq"))
    assert len(found.mixtures[-1].steps) <= most
    for before in (0, 17, -4):
        run = run_mixture(found.mixtures[-1], LIBRARY, {"a": 30, "b": 4}, before={"y": np.asarray(float(before))})
        assert run.outputs["y"] == function(30, 4)["y"]


def test_outputs_after_a_loop_may_share_a_step(tmp_path) -> None:
    """Whichever comes first, and where both are the same."""
    wanted = problem(
        'inputs: {x: "int[n]"}\noutputs: {p: int, q: int}\nconstants: {n: int}',
        lambda x, n: {"p": 0, "q": 0},
        VECTORS,
        "add mul mov",
    )
    ops = Ops(wanted)
    by_name = {op.name: op for op in ops.scalar}
    total = machines.State(Apply(by_name["add"], (machines.Held("s", Type.INT), Leaf("x", Type.INT, 1))))
    one_more = Apply(by_name["add"], (Leaf("end", Type.INT), Number(1.0)))
    square = Apply(by_name["mul"], (one_more, one_more))
    for p, q in ((square, one_more), (one_more, square), (square, square)):
        graph = Graph({"end": total.next}, {}, "n", "", {"s": total}, {"end": "s"}, {"p": p, "q": q})
        mixtures = mixtures_of(graph, wanted.card, ops)
        library = own_library(after.Found(mixtures, "test", 0), tmp_path)
        run = run_mixture(mixtures[-1], library, {"x": [4, 5], "n": 2})
        assert [float(run.outputs[name]) for name in "pq"] == [10.0 if one is one_more else 100.0 for one in (p, q)]


def test_parts_that_lead_to_no_output_are_left_out() -> None:
    wanted = problem("inputs: {a: int}\noutputs: {y: int}", lambda a: {"y": a}, [{"a": 1}], "add fadd fsqrt mov")
    assert [op.name for op in Ops(wanted).scalar] == ["add"]
    real = replace(wanted.card, slots=tuple(replace(slot, type=Type.REAL) for slot in wanted.card.slots))
    assert {op.name for op in Ops(replace(wanted, card=real)).scalar} == {"add", "fadd", "fsqrt"}


def test_what_tells_the_outputs_by_how_many_values() -> None:
    values = np.array([[1.0, 2.0, 1.0, 2.0], [1.0, 1.0, 1.0, 2.0], [1.0, 2.0, 3.0, 4.0]])
    distinct = np.zeros(3, dtype=np.int64)
    situations.telling(values, np.array([[0.0, 1.0, 0.0, 1.0]]), distinct)
    assert distinct.tolist() == [2, -1, 4]


@given(
    st.lists(st.tuples(st.booleans(), *[st.integers(0, 2)] * 3), min_size=1, max_size=12),
    st.integers(1, 12),
    st.booleans(),
)
def test_rows_that_explain_what_is_wanted(lanes: list[tuple[bool, int, int, int]], most: int, later: bool) -> None:
    """Against the definition: a situation never calls for different results, and there are at most so many."""
    first, seen, value, wanted = (np.array(column) for column in zip(*lanes, strict=True))
    first[0] = True
    known = [0 if start else int(before) for start, before in zip(first, [0, *value[:-1]], strict=True)]
    met: dict[tuple[int, int], set[int]] = {}
    for lane, own in enumerate(known if later else value.tolist()):
        met.setdefault((int(seen[lane]), own), set()).add(int(wanted[lane]))
    explains = len(met) <= most and all(len(results) == 1 for results in met.values())
    found = np.zeros((2, 2), dtype=np.int64)
    rows = np.array([value, value], dtype=np.float64)
    arguments = first.astype(np.bool_), seen.astype(np.int64), np.array([wanted], dtype=np.float64)
    count, _ = situations.explaining_rows(rows, 1, 2, *arguments, most, later, found)
    assert found[:count].tolist() == ([[len(met), 1]] if explains else [])
