"""Sorting kernels and networks: what is found sorts, is as small as it can be, and stays right as a skill."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from ccc.errors import CardError, UsageError
from ccc.learn.attempt import attempt
from ccc.learn.methods import make_searcher, method_for
from ccc.learn.model import Budget, Found, Problem, Progress
from ccc.learn.sorting.instructions import Instruction, Kernel, Op, all_instructions, weak_orders
from ccc.learn.sorting.kernel import find_kernel, kernels
from ccc.learn.sorting.mixtures import kernel_mixtures, network_mixtures, values_of
from ccc.learn.sorting.network import Network, find_network
from ccc.learn.spec import parse_spec, read_spec
from ccc.learn.verify import verify
from ccc.skills import Library, parse_card, run_mixture
from tests.architecture.source_tree import ROOT

BUDGET = Budget(600.0)
SORT = ROOT / "skills/sort"
ORDERS = {1: 1, 2: 3, 3: 13, 4: 75}


def atoms() -> Library:
    return Library([ROOT / "skills/atoms"])


def problem_of(text: str, library: Library, parts: tuple[str, ...] = ()) -> Problem:
    spec = parse_spec(text)
    return Problem(spec.card, spec.examples.train, library, parts or spec.use or tuple(library.names))


def sort3(method: str = "kernel") -> str:
    return f"""
spec: three
kind: integer
description: Sort three numbers.
inputs: {{a: int, b: int, c: int}}
outputs: {{x: int, y: int, z: int}}
method: {method}
examples:
  train: [{{a: 3, b: 1, c: 2, x: 1, y: 2, z: 3}}, {{a: 5, b: 5, c: -1, x: -1, y: 5, z: 5}}]
  held_out: [{{a: 0, b: 9, c: 0, x: 0, y: 0, z: 9}}]
  longer: [{{a: 2147483647, b: -2147483648, c: 0, x: -2147483648, y: 0, z: 2147483647}}]
"""


# Kernels


@pytest.mark.parametrize("size", ORDERS)
def test_weak_orders_are_all_ways_to_order_values(size: int) -> None:
    found = list(weak_orders(size))
    assert len(found) == len(set(found)) == ORDERS[size]


@pytest.mark.parametrize(("size", "length"), [(1, 0), (2, 4), (3, 11)])
def test_a_shortest_kernel_is_found_and_proved(size: int, length: int) -> None:
    found = find_kernel(size, 1, BUDGET)
    assert len(found.kernel) == length
    assert found.minimal
    for values in product(range(-1, size), repeat=size):
        assert found.kernel.run(values) == sorted(values)


def test_no_kernel_of_two_values_is_shorter_by_trying_all_programs() -> None:
    """The proof without states, cuts and bounds: every program of up to three instructions fails."""
    for length in range(4):
        for code in product(all_instructions(3), repeat=length):
            assert Kernel(2, 1, code).fails_on() is not None


def test_a_kernel_without_scratch_cannot_be() -> None:
    """Two registers alone cannot exchange their values: the first write loses one."""
    with pytest.raises(UsageError, match="no kernel found that sorts 2"):
        find_kernel(2, 0, BUDGET)


def test_four_values_as_published() -> None:
    found = next(kernels(4, 1, BUDGET, lambda progress: None))
    assert len(found.kernel) == 20
    assert found.kernel.fails_on() is None
    assert all(found.kernel.run(values) == [1, 2, 3, 4] for values in permutations((1, 2, 3, 4)))


def test_equal_values_count() -> None:
    """`cmp` of equal values sets no flag, so that a kernel may sort all permutations and no ties."""
    code = ((Op.CMP, 0, 1), (Op.CMOVL, 2, 1), (Op.CMOVG, 2, 0), (Op.CMOVG, 0, 1), (Op.MOV, 1, 2))
    kernel = Kernel(2, 1, tuple(Instruction(*each) for each in code))
    assert [kernel.run(values) for values in ((3, 7), (7, 3))] == [[3, 7], [3, 7]]
    assert kernel.fails_on() == (1, 1)


def test_the_same_search_gives_the_same_kernel_and_reports() -> None:
    reports: list[Progress] = []
    first = find_kernel(3, 1, BUDGET, reports.append)
    second = find_kernel(3, 1, BUDGET)
    assert (first.kernel, first.candidates) == (second.kernel, second.candidates)
    assert reports
    assert all(report.candidates <= first.candidates for report in reports)


def test_budgets_are_kept() -> None:
    with pytest.raises(UsageError, match="no kernel found"):
        find_kernel(3, 1, Budget(candidates=1000))
    with pytest.raises(UsageError, match="no kernel found"):
        find_kernel(4, 1, Budget(600.0, memory=1 << 22))
    found = find_kernel(4, 1, Budget(600.0, 45_000_000))
    assert len(found.kernel) == 20
    assert not found.minimal
    with pytest.raises(UsageError, match="1 to 6 values"):
        find_kernel(7)


# Networks


@pytest.mark.parametrize(("channels", "size"), [(1, 0), (2, 1), (3, 3), (4, 5), (5, 9), (6, 12)])
def test_a_smallest_network_is_found_and_proved(channels: int, size: int) -> None:
    found = find_network(channels, BUDGET)
    assert len(found.network) == size
    assert found.minimal
    assert found.network.fails_on() is None
    draw = np.random.default_rng(channels)
    for _ in range(100):
        values = [int(value) for value in draw.integers(-3, 4, channels)]
        assert found.network.run(values) == sorted(values)


def test_networks_are_minimal_by_trying_all() -> None:
    """The proof without subsumption: no network of four channels has four comparators."""
    pairs = [(low, high) for high in range(4) for low in range(high)]
    for comparators in product(pairs, repeat=4):
        assert Network(4, comparators).fails_on() is not None


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "size"), [(7, 16), (8, 19)])
def test_larger_networks(channels: int, size: int) -> None:
    found = find_network(channels, Budget(1800.0))
    assert len(found.network) == found.at_least == size
    assert found.network.fails_on() is None


def test_networks_are_repeatable_and_keep_budgets() -> None:
    first, second = find_network(6, BUDGET), find_network(6, BUDGET)
    assert (first.network, first.candidates) == (second.network, second.candidates)
    with pytest.raises(UsageError, match="no network found"):
        find_network(8, Budget(candidates=10))
    with pytest.raises(UsageError, match="1 to 10 channels"):
        find_network(11)


# As mixtures and skills


def test_slots_that_could_be_those_of_a_sort() -> None:
    def size(slots: str) -> int | None:
        values = values_of(parse_card(f"skill: s\nkind: integer\ndescription: S.\n{slots}\n", "s"))
        return values.size if values else None

    assert size("inputs: {a: int, b: int}\noutputs: {x: int, y: int}") == 2
    assert size('inputs: {a: "int[5]"}\noutputs: {x: "int[5]"}') == 5
    assert size('inputs: {a: "int[5]"}\noutputs: {x: "int[4]"}') is None
    assert size('inputs: {a: "int[n]"}\noutputs: {x: "int[n]"}\nconstants: {n: int}') is None
    assert size("inputs: {a: int, b: int}\noutputs: {x: int}") is None
    assert size("inputs: {a: bit, b: bit}\noutputs: {x: bit, y: bit}") is None


def test_mixtures_do_what_kernel_and_network_do() -> None:
    """On all orders with ties and the ends of the word. The names of the slots are those of cells that are made."""
    library = Library([ROOT / "skills/atoms", ROOT / "skills/compose"])
    text = "skill: s\nkind: integer\ndescription: S.\ninputs: {r1: int, r2: int, t1: int}\n"
    card = parse_card(text + "outputs: {number_0: int, at_most: int, c: int}\n", "s")
    values = values_of(card)
    assert values is not None
    (kernel,) = kernel_mixtures(find_kernel(3, 1, BUDGET).kernel, card, values)
    (network,) = network_mixtures(find_network(3, BUDGET).network, card, values)
    ends = [(2**31 - 1, -(2**31), 0), (-(2**31), 2**31 - 1, 1)]
    for given in [*weak_orders(3), *ends]:
        for mixture in (kernel, network):
            run = run_mixture(mixture, library, dict(zip(("r1", "r2", "t1"), given, strict=True)))
            assert [run.outputs[name].item() for name in ("number_0", "at_most", "c")] == sorted(given)


@pytest.mark.parametrize("method", ["kernel", "network"])
def test_scalars_are_learnt(method: str) -> None:
    spec = parse_spec(sort3(method))
    library = atoms()
    problem = Problem(spec.card, spec.examples.train, library, tuple(library.names))
    assert method_for(spec, "portfolio") == method
    assert method_for(spec, "enumerate") == "enumerate"
    result = attempt(spec, problem, make_searcher(method), BUDGET, 0, verify=verify)
    assert result.learnt


@pytest.mark.parametrize("name", ["kernel4", "sort4"])
def test_vectors_are_learnt(name: str) -> None:
    spec = read_spec(SORT / f"{name}.yaml", [ROOT / "skills/atoms"])
    library = atoms()
    parts = ("mov", "cmov_le", "xor", "inc", "min", "max")
    problem = Problem(spec.card, spec.examples.train, library, parts)
    result = attempt(spec, problem, make_searcher(spec.method), BUDGET, 0, verify=verify)
    assert result.learnt


def test_what_is_no_sort_is_not_learnt() -> None:
    text = sort3().replace("x: 1, y: 2, z: 3", "x: 2, y: 2, z: 3")
    (found,) = first(problem_of(text, atoms()))
    assert found.right == pytest.approx(5 / 6)


def test_parts_must_be_there() -> None:
    assert not first(problem_of(sort3(), atoms(), ("mov", "min", "max")))
    assert first(problem_of(sort3("network"), atoms(), ("mov", "min", "max")), "network")


def first(problem: Problem, method: str = "kernel") -> list[Found]:
    found = next(make_searcher(method).search(problem, BUDGET, 0, lambda progress: None), None)
    return [] if found is None else [found]


def test_every_spec_for_sorting_can_be_read() -> None:
    specs = [read_spec(path, [ROOT / "skills/atoms"]) for path in sorted(SORT.glob("*.yaml"))]
    assert {spec.method for spec in specs} == {"kernel", "network"}
    for spec in specs:
        values = values_of(spec.card)
        assert values is not None
        assert str(values.size) in spec.name
        for case in (*spec.examples.train, *spec.examples.held_out, *spec.examples.longer):
            given = np.concatenate([np.ravel(case.given[name]) for name in values.inputs])
            assert np.array_equal(
                np.concatenate([np.ravel(case.expected[name]) for name in values.outputs]), np.sort(given)
            )


def test_a_spec_says_an_unknown_method() -> None:
    with pytest.raises(CardError, match="method: expected a method of search"):
        parse_spec(sort3("kernle"))
