"""Sorting kernels and networks: what is found sorts, is as small as it can be, and stays right as a skill."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations, product

import numpy as np
import pytest

from ccc.errors import CardError, UsageError
from ccc.learn.attempt import Status, attempt
from ccc.learn.methods import make_searcher, method_for
from ccc.learn.model import Budget, Found, Problem, Progress
from ccc.learn.search.sorting_kernels import Bounds, expand, pair_distances, pairs_near
from ccc.learn.sorting.beam import BeamSearch, within
from ccc.learn.sorting.clock import Clock
from ccc.learn.sorting.configurations import NO_WAY, Tables, configuration_tables
from ccc.learn.sorting.exhaust import WholeSearch
from ccc.learn.sorting.instructions import Instruction, Kernel, Op, all_instructions, weak_orders
from ccc.learn.sorting.kernel import find_kernel, kernels
from ccc.learn.sorting.mixtures import kernel_mixtures, network_mixtures, values_of
from ccc.learn.sorting.network import Network, find_network, networks
from ccc.learn.sorting.pool import Pool, space_of, work_for
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
        find_kernel(4, 1, Budget(600.0, memory=1 << 18))
    found = find_kernel(4, 1, Budget(600.0, 12_000_000))
    assert len(found.kernel) == 20
    assert found.at_least >= 14
    assert not found.minimal
    with pytest.raises(UsageError, match="1 to 6 values"):
        find_kernel(7)


def test_a_register_that_holds_nothing_is_not_compared() -> None:
    """Its zero is below all values of the search, but not below all numbers."""
    tables = configuration_tables(2, 1)
    for number, each in enumerate(tables.instructions):
        lost = (tables.moves[number, tables.start] < 0).all()
        assert lost == ((each.op is Op.CMP and 2 in (each.a, each.b)) or (each.op is Op.MOV and each.a < 2))


def numbers_of(kernel: Kernel, tables: Tables) -> list[int]:
    """Its instructions in the tables, where `cmp b, a` stands only as `cmp a, b`: then the flags are exchanged."""
    found, flipped = [], False
    other = {Op.CMOVL: Op.CMOVG, Op.CMOVG: Op.CMOVL}
    for each in kernel.instructions:
        op, a, b = each.op, each.a, each.b
        if op is Op.CMP:
            flipped, a, b = a > b, min(a, b), max(a, b)
        elif flipped:
            op = other.get(op, op)
        found.append(tables.instructions.index(Instruction(op, a, b)))
    return found


@pytest.mark.parametrize("size", [3, 4])
def test_bounds_lose_no_kernel(size: int) -> None:
    """Every state on the way of a kernel is within the bounds, for the instructions that are left."""
    tables = configuration_tables(size, 1)
    pairs = pair_distances(tables.moves, tables.distances[0], tables.distinct, NO_WAY)
    kernel = next(kernels(size, 1, BUDGET, lambda progress: None)).kernel
    cells = tables.start
    for done, op in enumerate(numbers_of(kernel, tables), start=1):
        cells = np.unique(tables.moves[op, cells])
        left = len(kernel) - done
        alive = np.bitwise_and.reduce(within(tables, left)[cells])
        near = pairs_near(pairs, tables.renamings, len(tables.orders), left)[np.ix_(cells, cells)]
        assert alive[0] & np.bitwise_and.reduce(near, axis=None)
    assert cells[0] >= 0
    assert (tables.distances[0][cells] == 0).all()


def test_the_search_for_all_kernels_reaches_all_states_but_for_renaming() -> None:
    """The states of up to three instructions, as a search without renaming and bounds has them."""
    tables = configuration_tables(3, 1)

    def canonical(cells: Iterable[int]) -> tuple[int, ...]:
        return min(tuple(sorted(row)) for row in tables.renamings[:, list(cells)].tolist())

    wanted, states = {canonical(tables.start)}, {frozenset(tables.start.tolist())}
    for _ in range(3):
        made = {frozenset(row[list(state)].tolist()) for state in states for row in tables.moves}
        states = {state for state in made if -1 not in state}
        wanted |= {canonical(state) for state in states}
    space = space_of(tables)
    pool = Pool(tables, space, 1 << 28)
    bounds = Bounds(within(tables, 99), np.zeros((0, 0), np.uint64), np.zeros((0, 0, 2), np.uint64))
    first, last = 0, 1
    for _ in range(3):
        pool.count, _ = expand(space, bounds, work_for(tables), pool.states, (first, last), pool.count, 3)
        first, last = last, pool.count
    starts = pool.states.starts
    found = [canonical(pool.states.cells[starts[state] : starts[state + 1]]) for state in range(pool.count)]
    assert set(found) == wanted
    assert len(found) < 2 * len(wanted) < len(states)


def test_a_path_is_read_back_through_its_renamings() -> None:
    """By the search that leaves out nothing alone, without the kernel that beams find."""
    search = WholeSearch(3, 1, Clock("kernel", BUDGET, lambda progress: None))
    kernel = search.sorting(11)
    assert kernel is not None
    assert len(kernel) == 11
    assert kernel.fails_on() is None
    assert search.sorting(10) is None


def test_five_values_with_a_narrow_beam() -> None:
    search = BeamSearch(configuration_tables(5, 1), 5, 1, Clock("kernel", BUDGET, lambda progress: None))
    kernel = search.shortest(40, 1024, True)
    assert kernel is not None
    assert len(kernel) <= 36
    assert kernel.fails_on() is None
    assert not search.whole


@pytest.mark.slow
def test_five_values_as_published() -> None:
    found = next(kernels(5, 1, Budget(1800.0, memory=3 << 30), lambda progress: None))
    assert len(found.kernel) <= 33
    assert found.kernel.fails_on() is None


def test_registers_are_renamed_where_they_end() -> None:
    """A kernel that leaves the values in the wrong order of registers is one that sorts, renamed."""
    kernel = find_kernel(3, 1, BUDGET).kernel
    assert kernel.renamed([2, 0, 1, 3]).fails_on() is not None
    assert kernel.renamed([2, 0, 1, 3]).sorted_out() == kernel


# Ctrl-C


@pytest.mark.parametrize("method", ["kernel", "network"])
def test_ctrl_c_keeps_what_sorts(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the search for something shorter, which begins again with one instruction or comparator."""
    monkeypatch.setattr("ccc.learn.sorting.clock._EVERY", 0.0)
    farthest = 0

    def stop(progress: Progress) -> None:
        nonlocal farthest
        farthest = max(farthest, progress.size)
        if progress.size < farthest:
            raise KeyboardInterrupt

    spec = parse_spec(sort3(method))
    library = atoms()
    problem = Problem(spec.card, spec.examples.train, library, tuple(library.names))
    result = attempt(spec, problem, make_searcher(method), BUDGET, 0, verify=verify, report=stop)
    assert farthest > 2
    assert result.learnt


@pytest.mark.parametrize("method", ["kernel", "network"])
def test_ctrl_c_keeps_the_best_of_what_does_not_sort(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccc.learn.sorting.clock._EVERY", 0.0)

    def stop(progress: Progress) -> None:
        if progress.size > 2:
            raise KeyboardInterrupt

    spec = parse_spec(sort3(method))
    library = atoms()
    problem = Problem(spec.card, spec.examples.train, library, tuple(library.names))
    result = attempt(spec, problem, make_searcher(method), BUDGET, 0, verify=verify, report=stop)
    assert result.status is Status.INTERRUPTED
    assert result.found is not None
    assert 0 < result.found.right < 1
    assert result.program


def test_a_spent_budget_leaves_the_best() -> None:
    (kernel,) = kernels(4, 1, Budget(candidates=5000), lambda progress: None)
    assert not kernel.sorts
    assert not kernel.minimal
    assert len(kernel.kernel) > 0
    *_, network = networks(6, Budget(candidates=40), lambda progress: None)
    assert not network.sorts
    assert not network.minimal


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
    with pytest.raises(UsageError, match="needs parts that may not be used here: cmov_le"):
        first(problem_of(sort3(), atoms(), ("mov", "min", "max")))
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
