"""Programs over vectors and matrices as values: found, lowered, and run on the emulator on data not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.install import install
from ccc.learn.model import Budget, Case, Examples, Found, Problem, Spec
from ccc.learn.search import Enumerate
from ccc.learn.search.folds import Folds
from ccc.learn.search.graph import Apply, Held, Number
from ccc.learn.search.mutual import mutual_lines, settled
from ccc.learn.search.rounds import Rounds
from ccc.learn.search.search import Search
from ccc.learn.search.shaped_lines import OTHER, ShapedLines
from ccc.learn.search.vectors import vector_lines
from ccc.learn.verify import verify
from ccc.skills import Library, Type
from tests.learn.searching import LIBRARY, find, problem

RNG = np.random.default_rng(7)
PAIR = 'inputs: {a: "int[n]", b: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
Function = Callable[..., Mapping[str, Any]]


def numbers(*shape: int) -> list[Any]:
    found: list[Any] = RNG.integers(-9, 10, shape).tolist()
    return found


def vectors(names: str, count: int = 16) -> list[dict[str, Any]]:
    sizes = [int(n) for n in RNG.integers(1, 7, count)]
    return [{**{name: numbers(n) for name in names}, "n": n} for n in sizes]


def matrices(count: int = 16, **vectors_of: str) -> list[dict[str, Any]]:
    """A matrix a with r rows and c columns, and vectors of so many numbers."""
    found = []
    for r, c in RNG.integers(1, 5, (count, 2)).tolist():
        sizes = {"r": r, "c": c}
        found.append({"a": numbers(r, c), **{name: numbers(sizes[n]) for name, n in vectors_of.items()}, **sizes})
    return found


def shift(x: list[int], n: int) -> dict[str, Any]:
    return {"y": [0, *x[:-1]][:n]}


LEARNT: list[tuple[str, str, Function, list[dict[str, Any]], str]] = [
    ("vector_add", PAIR, lambda a, b, n: {"y": np.add(a, b)}, vectors("ab"), "add"),
    (
        "copy_of",
        'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}',
        lambda x, n: {"y": x},
        vectors("x"),
        "mov",
    ),
    (
        "shift",
        'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}',
        shift,
        vectors("x"),
        "mov",
    ),
    (
        "suffix_sum",
        'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}',
        lambda x, n: {"y": np.cumsum(x[::-1])[::-1]},
        vectors("x"),
        "add mov",
    ),
    (
        "dot_of",
        'inputs: {a: "int[n]", b: "int[n]"}\noutputs: {s: int}\nconstants: {n: int}',
        lambda a, b, n: {"s": int(np.dot(a, b))},
        vectors("ab"),
        "add mul mov",
    ),
    (
        "scaled",
        'inputs: {s: int, x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}',
        lambda s, x, n: {"y": s * np.array(x)},
        [{"s": numbers(1)[0], **one} for one in vectors("x")],
        "mul",
    ),
]
"""Skills that the tests learn first: name, slots, what they compute, examples, parts."""
SEVERAL = [
    (
        "divided",
        "inputs: {a: int, b: int}\noutputs: {q: int, r: int}",
        lambda a, b: {"q": a // b, "r": a % b},
        [{"a": int(a), "b": int(b)} for a, b in RNG.integers(1, 40, (16, 2))],
        "div mod",
    ),
    (
        "two_sums",
        "inputs: {p: int, q: int}\noutputs: {s: int, t: int}",
        lambda p, q: {"s": p + q, "t": p},
        [{"p": int(p), "q": int(q)} for p, q in RNG.integers(-9, 10, (16, 2))],
        "add mov",
    ),
]
"""Such with several outputs."""
NAMES = " ".join(name for name, *_ in LEARNT)


def with_library(wanted: Problem, library: Library, parts: str) -> Problem:
    return replace(wanted, library=library, parts=tuple(parts.split()))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The skills of LEARNT and SEVERAL, learnt."""
    folder: Path = tmp_path_factory.mktemp("learnt")
    for name, slots, function, inputs, parts in (*LEARNT, *SEVERAL):
        wanted = problem(slots, function, inputs, parts)
        card = replace(wanted.card, name=name)
        found = find(replace(wanted, card=card))
        spec = Spec(card, Examples(wanted.cases, wanted.cases, wanted.cases))
        assert install(found, verify(found, spec, LIBRARY), spec, LIBRARY, folder, 0.0, 0)
    return Library([folder, *LIBRARY.folders])


def solved(wanted: Problem, function: Function, unseen: Sequence[Mapping[str, Any]]) -> Found:
    """Found, and right on cases that were not seen, in emulator and Transformer."""
    found = find(wanted, Budget(seconds=300, memory=1 << 28))
    cases = []
    for values in unseen:
        inputs = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        expected = {name: np.asarray(value, dtype=np.float64) for name, value in function(**values).items()}
        cases.append(Case(inputs, expected))
    spec = Spec(wanted.card, Examples(wanted.cases, tuple(cases), tuple(cases)))
    verification = verify(found, spec, wanted.library)
    assert verification.passed, verification
    return found


def parts_of(found: Found) -> set[str]:
    return {skill for mixture in found.mixtures for skill in mixture.skills}


MATRIX = 'inputs: {a: "int[r, c]", x: "int[c]"}\noutputs: {y: "int[r]"}\nconstants: {r: int, c: int}'
LINES = 'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
TASKS: dict[str, tuple[str, Function, list[dict[str, Any]], str, set[str]]] = {
    "a straight line of vectors": (
        LINES,
        lambda x, n: {"y": np.add(x, shift(shift(x, n)["y"], n)["y"])},
        vectors("x"),
        "vector_add shift",
        {"vector_add", "shift"},
    ),
    "a matrix times a vector": (
        MATRIX,
        lambda a, x, r, c: {"y": np.matmul(np.reshape(a, (r, c)), x)},
        matrices(x="c"),
        "dot_of add",
        {"dot_of"},
    ),
    "rows and cells": (
        'inputs: {a: "int[r, c]", x: "int[c]", b: "int[r]"}\noutputs: {y: "int[r]"}\nconstants: {r: int, c: int}',
        lambda a, x, b, r, c: {"y": np.matmul(np.reshape(a, (r, c)), x) + b},
        matrices(x="c", b="r"),
        "dot_of add",
        {"dot_of", "add"},
    ),
    "columns": (
        'inputs: {a: "int[r, c]", x: "int[r]"}\noutputs: {y: "int[c]"}\nconstants: {r: int, c: int}',
        lambda a, x, r, c: {"y": np.matmul(x, np.reshape(a, (r, c)))},
        matrices(x="r"),
        "dot_of",
        {"dot_of"},
    ),
    "rows of a matrix as outputs": (
        'inputs: {a: "int[r, c]", x: "int[r]"}\noutputs: {y: "int[r, c]"}\nconstants: {r: int, c: int}',
        lambda a, x, r, c: {"y": np.reshape(a, (r, c)) * np.reshape(x, (r, 1))},
        matrices(x="r"),
        "scaled",
        {"scaled"},
    ),
    "the row before": (
        'inputs: {a: "int[r, c]"}\noutputs: {y: "int[r, c]"}\nconstants: {r: int, c: int}',
        lambda a, r, c: {"y": np.cumsum(np.reshape(a, (r, c)), axis=0)},
        matrices(),
        "vector_add copy_of",
        {"vector_add", "copy_of"},
    ),
    "a fold of rows": (
        'inputs: {a: "int[r, c]", x: "int[c]"}\noutputs: {y: "int[c]"}\nconstants: {r: int, c: int}',
        lambda a, x, r, c: {"y": np.add(x, np.sum(np.reshape(a, (r, c)), axis=0))},
        matrices(x="c"),
        "vector_add copy_of",
        {"vector_add", "copy_of"},
    ),
    "a fold by two calls": (
        'inputs: {a: "int[r, c]", x: "int[r]"}\noutputs: {y: "int[c]"}\nconstants: {r: int, c: int}',
        lambda a, x, r, c: {"y": np.matmul(x, np.reshape(a, (r, c)))},
        matrices(x="r"),
        "vector_add scaled copy_of",
        {"vector_add", "scaled", "copy_of"},
    ),
    "a loop over a vector that is computed before": (
        LINES,
        lambda x, n: {"y": np.cumsum(x[::-1])[::-1] * x},
        vectors("x"),
        "suffix_sum mul",
        {"suffix_sum", "mul"},
    ),
    "a vector that is carried": (
        'inputs: {x: "int[n]", k: int}\noutputs: {y: "int[n]"}\nconstants: {n: int}',
        lambda x, k, n: {"y": ([0] * k + x)[:n]},
        [{**one, "k": int(k)} for one, k in zip(vectors("x"), RNG.integers(0, 5, 16), strict=True)],
        "shift copy_of vector_add",
        {"shift", "copy_of"},
    ),
}


def two_sums(a: int, b: int, k: int) -> dict[str, Any]:
    for _ in range(k):
        a, b = a + b, a
    return {"x": a, "y": b}


def scaled_rest(a: int, b: int, x: list[int], n: int) -> dict[str, Any]:
    return {"q": a // b, "r": a % b, "y": a % b * np.array(x)}


CELLS = [{"a": int(a), "b": int(b)} for a, b in RNG.integers(1, 30, (16, 2))]
TASKS |= {
    "single cells that one call carries": (
        "inputs: {a: int, b: int, k: int}\noutputs: {x: int, y: int}",
        two_sums,
        [{**one, "k": int(k)} for one, k in zip(CELLS, RNG.integers(0, 7, 16), strict=True)],
        "two_sums mov",
        {"two_sums", "mov"},
    ),
    "an output that another one takes": (
        'inputs: {a: int, b: int, x: "int[n]"}\noutputs: {q: int, r: int, y: "int[n]"}\nconstants: {n: int}',
        scaled_rest,
        [{**one, **cells} for one, cells in zip(vectors("x"), CELLS, strict=True)],
        "divided scaled",
        {"divided", "scaled"},
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_is_found_and_right_on_other_cases(task: str, library: Library) -> None:
    slots, function, inputs, parts, used = TASKS[task]
    wanted = with_library(problem(slots, function, inputs[:12], parts), library, parts)
    found = solved(wanted, function, inputs[12:])
    assert parts_of(found) - {f"{wanted.card.name}_loop"} == used


def search_of(wanted: Problem, seconds: float = 60.0) -> Search:
    return Search(wanted, Budget(seconds=seconds, memory=1 << 26), 0, lambda progress: None, "enumerate")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_value_is_what_its_program_computes(data: st.DataObject, library: Library) -> None:
    """Values of the bank, as data, against their programs run call by call in Python."""
    inputs = [
        {
            "a": data.draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n)),
            "s": data.draw(st.integers(-9, 9)),
            "n": n,
        }
        for n in data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    ]
    slots = 'inputs: {a: "int[n]", s: int}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
    wanted = with_library(problem(slots, lambda a, s, n: {"y": a}, inputs, "add"), library, f"{NAMES} add")
    lines = ShapedLines(search_of(wanted), None, 1 << 24)
    for size in (1, 2):
        list(lines.keep(size))
    functions = {name: function for name, _, function, *_ in LEARNT} | {"add": lambda a, b: {"y": a + b}}
    for value in data.draw(st.lists(st.integers(0, lines.bank.used - 1), min_size=1, max_size=40)):
        for case, values in enumerate(inputs):
            expected = evaluated(lines, value, values, functions)
            at = lines.bank.address[value] + lines.bank.offsets[lines.bank.layout[value], case]
            size = np.size(expected)
            assert np.array_equal(lines.bank.memory[at : at + size], np.reshape(expected, -1))


def evaluated(lines: ShapedLines, value: int, values: Mapping[str, Any], functions: Mapping[str, Function]) -> Any:
    """A value of the bank on one case."""
    found = lines.bank.node(value)
    if not isinstance(found, tuple):
        return values[found.piece] if hasattr(found, "piece") else found.value  # type: ignore[union-attr]
    form, arguments = found
    given_ = {s.name: evaluated(lines, part, values, functions) for s, part in zip(form.free, arguments, strict=True)}
    given_ |= {slot.name: values["n"] for slot, _ in form.fixed}
    return functions[form.op.name](**given_)[form.op.result.name]


def test_no_value_is_kept_twice(library: Library) -> None:
    wanted = with_library(problem(PAIR, lambda a, b, n: {"y": a}, vectors("ab", 5), "add"), library, f"{NAMES} add")
    lines = ShapedLines(search_of(wanted), None, 1 << 24)
    for size in (1, 2):
        list(lines.keep(size))
    seen = set()
    for value in range(lines.bank.used):
        layout = int(lines.bank.layout[value])
        at = int(lines.bank.address[value])
        key = layout, lines.bank.memory[at : at + int(lines.bank.widths[layout])].tobytes()
        assert key not in seen
        seen.add(key)


def test_memory_is_bounded(library: Library) -> None:
    wanted = with_library(
        problem(PAIR, lambda a, b, n: {"y": [7] * n}, vectors("ab", 8), "add"), library, f"{NAMES} add mul"
    )
    lines = ShapedLines(search_of(wanted), None, 1 << 17)
    size = 0
    while not lines.bank.full:
        size += 1
        assert size < 8
        list(lines.keep(size))
    used = lines.bank.memory[: lines.bank._last].nbytes + lines.bank.used * 80
    assert used < 1 << 18


def test_programs_without_vectors_are_left_to_others(library: Library) -> None:
    scalars = problem("inputs: {a: int}\noutputs: {y: int}", lambda a: {"y": a}, [{"a": 1}], "add")
    assert list(vector_lines(search_of(with_library(scalars, library, f"{NAMES} add")))) == []
    flat = problem(LINES, lambda x, n: {"y": x}, vectors("x", 4), "add")
    assert list(vector_lines(search_of(flat))) == []


def test_outputs_are_looked_for_with_the_others_given(library: Library) -> None:
    slots, function, inputs, parts, _ = TASKS["an output that another one takes"]
    search = search_of(with_library(problem(slots, function, inputs, parts), library, parts))
    found = next(one for one in mutual_lines(search) if one is not None and one.right == 1.0)
    assert [step.term.skill for step in found.mixtures[-1].steps] == ["divided", "scaled"], "one call for both"


def test_outputs_that_rest_on_each_other_are_none() -> None:
    held = {name: Held(OTHER + name, Type.INT) for name in "ab"}
    one = Number(1.0)
    assert settled({"a": held["b"], "b": one}) == {"a": one, "b": one}
    assert settled({"a": held["b"], "b": held["a"]}) is None
    assert settled({"a": held["a"], "b": one}) is None


def test_a_call_takes_several_results_of_another(library: Library) -> None:
    """Looked for as one step, with no more choices than arguments of the two."""
    wanted = problem(
        "inputs: {a: int, b: int, c: int}\noutputs: {x: int, y: int}",
        lambda a, b, c: {"x": a // b + a % b, "y": a // b},
        [{**one, "c": int(c)} for one, c in zip(CELLS, RNG.integers(1, 9, 16), strict=True)],
        "add",
    )
    lines = ShapedLines(search_of(with_library(wanted, library, "divided two_sums")), None, 1 << 24)
    chains = Folds(lines, [wanted.card.outputs[0]])
    (node, *_) = [node for node in chains.chains(2) if node is not None]
    assert isinstance(node, Apply)
    assert (node.op.name, {part.op.name for part in node.arguments if isinstance(part, Apply)}) == (
        "two_sums",
        {"divided"},
    )
    assert {part.op.result.name for part in node.arguments if isinstance(part, Apply)} == {"q", "r"}


def test_same_candidates_same_programs(library: Library) -> None:
    slots, function, inputs, parts, _ = TASKS["a fold of rows"]
    wanted = with_library(problem(slots, function, inputs[:12], parts), library, parts)
    budget = Budget(seconds=300, candidates=20_000)
    first, second = (
        [(found.mixtures, found.candidates) for found in Enumerate().search(wanted, budget, 0, lambda progress: None)]
        for _ in range(2)
    )
    assert first == second
    assert first


def test_rows_from_the_other_end(library: Library) -> None:
    """Loops whose outputs go backwards see the last row first."""
    slots = 'inputs: {a: "int[r, c]"}\noutputs: {y: "int[r, c]"}\nconstants: {r: int, c: int}'
    inputs = matrices(6)
    wanted = with_library(
        problem(slots, lambda a, r, c: {"y": np.reshape(a, (r, c))}, inputs, "add"), library, "vector_add copy_of"
    )
    search = search_of(wanted)
    lines = ShapedLines(search, Rounds(search, "r", -1), 1 << 24)
    flipped = np.concatenate([np.reshape(one["a"], (one["r"], one["c"]))[::-1].reshape(-1) for one in inputs])
    assert np.array_equal(lines.goals["y"].values, flipped)
