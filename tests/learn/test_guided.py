"""Best-first search and Monte Carlo tree search, and the portfolio that has them take turns with the enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from ccc.isa import Fault
from ccc.learn.model import Budget, Found, Problem, Progress, Reached, Report
from ccc.learn.portfolio import HEAD_START, Portfolio, Share
from ccc.learn.room import Claim, Room
from ccc.learn.search import MCTS, BestFirst
from ccc.learn.search import forward_kernels as kernels
from ccc.learn.search.agreement import CONSTANT, agreement
from ccc.learn.search.forward import Space, spaces
from ccc.learn.search.mcts import Tree
from ccc.learn.search.open_list import OpenList
from ccc.learn.search.search import Search
from ccc.machine import wrap
from ccc.skills import run_mixture
from tests.learn.searching import LIBRARY, problem
from tests.learn.test_search import brute

RNG = np.random.default_rng(2)
ONE = "inputs: {x: int}\noutputs: {y: int}"
TWO = "inputs: {a: int, b: int}\noutputs: {y: int}"
MOVING = 'inputs: {x: "int[n]"}\noutputs: {y: "int[n]"}\nconstants: {n: int}'
SINGLES = [{"x": int(x)} for x in RNG.integers(-50, 50, 16)]
PAIRS = [{"a": int(a), "b": int(b)} for a, b in RNG.integers(-50, 50, (16, 2))]
VECTORS = [{"x": RNG.integers(-20, 20, n).tolist(), "n": int(n)} for n in RNG.integers(4, 9, 12)]
METHODS = (BestFirst(), MCTS())
ATOMS = "add sub mul min max mov"
BUDGET = Budget(300, 2_000_000, 1 << 26)


def quiet(progress: Progress) -> None:
    del progress


def first(method: BestFirst | MCTS, wanted: Problem, seed: int = 0, budget: Budget = BUDGET) -> Found:
    for found in method.search(wanted, budget, seed, quiet):
        if found.right == 1.0:
            return found
    raise AssertionError("nothing found")


def space_of(wanted: Problem) -> Space:
    return spaces(Search(wanted, BUDGET, 0, quiet, "test"))[0]


def shifted_sum(x: list[int], n: int) -> dict[str, list[int]]:
    moved = [0, *x][:n]
    return {"y": [a + max(a, b) for a, b in zip(x, moved, strict=True)]}


CASES = {
    "fourth power": (
        problem(ONE, lambda x: {"y": wrap(x**4 + x, 32)}, SINGLES, ATOMS),
        [{"x": 3}, {"x": -7}],
        lambda x: {"y": wrap(x**4 + x, 32)},
    ),
    "two outputs": (
        problem(
            "inputs: {a: int, b: int}\noutputs: {low: int, high: int}",
            lambda a, b: {"low": min(a, b) + 1, "high": max(a, b)},
            PAIRS,
            ATOMS,
        ),
        [{"a": 3, "b": 900}],
        lambda a, b: {"low": min(a, b) + 1, "high": max(a, b)},
    ),
    "an old value that counts": (
        problem(TWO, lambda a, b: {"y": b - a + 1}, PAIRS, "subleq mov"),
        [{"a": 3, "b": 900}],
        lambda a, b: {"y": b - a + 1},
    ),
    "no step but a copy": (problem(ONE, lambda x: {"y": x}, SINGLES, ATOMS), [{"x": 5}], lambda x: {"y": x}),
    "a delay": (
        problem(MOVING, shifted_sum, VECTORS, "add max mov"),
        [{"x": list(range(-9, 20)), "n": 29}],
        shifted_sum,
    ),
    "its own output": (
        problem(MOVING, lambda x, n: {"y": np.cumsum(np.array(x) * x)}, VECTORS, ATOMS),
        [{"x": list(range(30)), "n": 30}],
        lambda x, n: {"y": np.cumsum(np.array(x) * x)},
    ),
}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("name", CASES)
def test_found_programs_are_right_on_unseen_data(name, method) -> None:
    wanted, unseen, function = CASES[name]
    found = first(method, wanted)
    assert len(found.mixtures) == 1
    for values in unseen:
        run = run_mixture(found.mixtures[0], LIBRARY, values)
        assert run.fault is Fault.NONE
        for output, value in function(**values).items():
            assert run.outputs[output].tolist() == np.asarray(value, dtype=float).tolist()


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_what_brute_force_finds_is_found(method) -> None:
    """Values of all trees of two steps."""
    inputs = [{"a": 3, "b": -8}, {"a": 11, "b": 5}, {"a": -2, "b": 7}]
    every = list(dict.fromkeys(brute(problem(TWO, lambda a, b: {"y": 0}, inputs, "add sub mul"), 2)))
    for values in every[:: len(every) // 15]:
        numbers = iter(values)
        goal = problem(TWO, lambda a, b, numbers=numbers: {"y": next(numbers)}, inputs, "add sub mul")
        assert first(method, goal).right == 1.0


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_same_seed_gives_the_same_programs(method) -> None:
    wanted = problem(TWO, lambda a, b: {"y": max(a, b) if a % 3 else a * 7919 ^ b}, PAIRS, ATOMS)
    budget = Budget(300, 100_000, 1 << 24)
    runs = [[(f.mixtures, f.right, f.candidates) for f in method.search(wanted, budget, 3, quiet)] for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0]
    shares = [right for _, right, _ in runs[0]]
    assert shares == sorted(set(shares)), "what is partly right gets better"


def test_seeds_make_a_difference_to_the_tree_search() -> None:
    wanted = CASES["fourth power"][0]
    assert len({first(MCTS(), wanted, seed).candidates for seed in range(4)}) > 1


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_prior_changes_the_order(method) -> None:
    """The parts of the program are found sooner where a guide holds them to be likely, and later where unlikely."""
    wanted = problem(TWO, lambda a, b: {"y": max(a, b) * max(a, b)}, PAIRS, ATOMS)
    names = wanted.parts
    good = {name: 0.3 if name in ("mul", "max") else 0.1 for name in names}
    bad = {name: 0.01 if name in ("mul", "max") else 0.245 for name in names}
    sooner = [first(method, replace(wanted, weights=weights)).candidates for weights in (good, bad)]
    assert sooner[0] < sooner[1]


def test_a_guide_is_asked_at_each_step() -> None:
    """With the values that the steps so far have given, and the case of each lane."""
    asked: list[Reached] = []

    def advise(reached: Reached) -> dict[str, float]:
        asked.append(reached)
        return dict.fromkeys(wanted.parts, 1 / len(wanted.parts))

    wanted = replace(problem(TWO, lambda a, b: {"y": a * 7919 ^ b}, PAIRS, ATOMS), advise=advise)
    list(BestFirst().search(wanted, Budget(300, 20_000, 1 << 24), 0, quiet))
    assert {reached.step for reached in asked} >= {0, 1}
    for reached in asked:
        assert reached.values.shape == (reached.step, len(PAIRS))
        assert reached.cases.tolist() == list(range(len(PAIRS)))


def test_a_guide_that_knows_each_step_leads_there_at_once() -> None:
    steps = ("add", "min", "max")

    def advise(reached: Reached) -> dict[str, float]:
        best = steps[min(reached.step, 2)]
        return {name: 0.9 if name == best else 0.02 for name in ATOMS.split()}

    goal = problem(TWO, lambda a, b: {"y": min(a + b, b) * max(a, b)}, PAIRS, ATOMS)
    told = first(BestFirst(), replace(goal, advise=advise)).candidates
    assert told < first(BestFirst(), goal).candidates


# The space


def step(space: Space, name: str, *rows: int) -> list[int]:
    number = next(n for n, op in enumerate(space.ops) if op.name == name)
    return [number, *rows, *[0] * (4 - len(rows))]


def test_states_are_equal_in_whatever_order_they_were_reached() -> None:
    space = space_of(problem(TWO, lambda a, b: {"y": a * 7919 ^ b}, PAIRS, ATOMS))
    place = space.place(4096)
    one = np.array([step(space, "add", 1, 2), step(space, "mul", 1, 1)], dtype=np.int32)
    other = np.array([step(space, "mul", 1, 1), step(space, "add", 2, 1)], dtype=np.int32)
    keys = [space.expand(place, path, 0.0).key for path in (one, other, other[:1])]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_each_state_is_taken_up_once(method, monkeypatch) -> None:
    seen: list[int] = []
    expand = Space.expand

    def spy(self, *arguments):
        found = expand(self, *arguments)
        seen.append(found.key)
        return found

    monkeypatch.setattr(Space, "expand", spy)
    wanted = problem(TWO, lambda a, b: {"y": a * 7919 ^ b}, PAIRS, "add sub mul")
    list(method.search(wanted, Budget(300, 60_000, 1 << 26), 0, quiet))
    states = [key for key in seen if key]  # the state without steps is looked at once more, to have all compiled
    assert len(states) > 100
    assert len(set(states)) == len(states)


def by_hand(row: list[int], wanted: list[int]) -> float:
    """The formula of docs/learning.md, in plain Python."""
    pairs = sorted(zip(wanted, row, strict=True), key=lambda pair: pair[0])
    n, middle = len(pairs), float(np.median(wanted))
    spread = max(1.0, sum(abs(w - middle) for w in wanted) / n)
    equal = sum(w == v for w, v in pairs) / n
    bits = sum(1.0 if w == v else ((w ^ v) & -(w ^ v)).bit_length() / 32 - 1 / 32 for w, v in pairs) / n
    near = sum(spread / (spread + abs(w - v)) for w, v in pairs) / n
    steps = [np.sign(b[1] - a[1]) for a, b in pairwise(pairs) if a[0] != b[0]]
    order = abs(sum(steps)) / len(steps)
    return 0.4 * equal + 0.2 * bits + 0.2 * near + 0.2 * order


def test_the_value_of_a_state_is_the_formula() -> None:
    inputs = [{"a": a, "b": b} for a, b in product((-9, 2, 7, 30), (1, 4, 10))]
    wanted = [7 * i["a"] + i["b"] ** 2 + (i["a"] ^ i["b"]) for i in inputs]
    values = iter(wanted)
    space = space_of(problem(TWO, lambda a, b: {"y": next(values)}, inputs, ATOMS))
    for row in ([i["a"] for i in inputs], [i["b"] * i["a"] for i in inputs], [*wanted[:6], *[0] * 6]):
        share, near = agreement(np.array(row, dtype=float), space.goal, 0)
        assert near == pytest.approx(by_hand(row, wanted))
        assert share == sum(a == b for a, b in zip(row, wanted, strict=True)) / len(row)
    for row in ([w + 5 for w in wanted], [3 - w for w in wanted], [w ^ 12 for w in wanted]):
        assert agreement(np.array(row, dtype=float), space.goal, 0)[1] >= CONSTANT
    assert agreement(np.array(wanted, dtype=float), space.goal, 0) == (1.0, 1.0)


# Memory


def test_memory_bounds_what_is_open() -> None:
    """With little memory, states are dropped, and the search goes on to its end."""
    wanted = problem(TWO, lambda a, b: {"y": a * 7919 ^ b}, PAIRS, ATOMS)
    seen: list[Progress] = []
    list(BestFirst().search(wanted, Budget(300, 300_000, 1 << 18), 0, seen.append))
    assert seen[-1].candidates >= 300_000
    assert 0 < max(progress.kept for progress in seen) < 1 << 12


def test_an_open_list_keeps_the_best_and_the_way_there() -> None:
    """Against a plain list, with so little room that both states and nodes are dropped."""
    rng = np.random.default_rng(5)
    space = space_of(problem(TWO, lambda a, b: {"y": a * 7919 ^ b}, PAIRS, ATOMS))
    place = space.place(4096)
    opened = OpenList(Claim(Room(1 << 20), 1 << 14), 3.0)
    root = space.expand(place, np.zeros((0, kernels.MOVE), dtype=np.int32), 0.0)
    opened.enter(root.children, root.count, -1)
    assert opened.bytes < 1 << 15
    for _ in range(300):
        ((node, prior),) = opened.take(1)
        path = opened.path(node)
        if len(path) > 5 or rng.random() < 0.1:
            continue
        seen = space.expand(place, path, prior)
        opened.enter(seen.children, seen.count, node)
    assert opened.dropped > 0
    priorities = []
    while len(opened):
        ((node, prior),) = opened.take(1)
        seen = space.expand(place, opened.path(node), prior)
        state = kernels.play(space.moves, space.goal, place.board, space.base, opened.path(node), 2.0)
        assert int(state) == seen.key
        priorities.append(-prior + 3.0 * (1.0 - float(place.board.best[0])))
    assert priorities == sorted(priorities)


def test_a_tree_that_is_full_begins_anew() -> None:
    search = Search(problem(TWO, lambda a, b: {"y": a * 7919 ^ b}, PAIRS, ATOMS), BUDGET, 0, quiet, "test")
    tree = Tree(spaces(search)[0], 1, 0)
    sizes = []
    for _ in tree.run():
        sizes.append(len(tree.nodes))
        if len(sizes) == 3:
            break
    assert max(sizes) <= 16


# Portfolio


class Steady:
    """Tries `size` candidates a turn, for so many turns."""

    def __init__(self, name: str, size: int, most: int) -> None:
        self.name, self._size, self._most = name, size, most
        self.tried = 0
        self.begun = False

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        return (found for found in self.turns(problem, budget, seed, report) if found is not None)

    def turns(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found | None]:
        self.begun = True
        yield None
        for _ in range(self._most):
            self.tried += self._size
            report(Progress(self.name, 1, self.tried, 0, 0.0))
            yield None


def test_methods_have_their_shares_of_a_portfolio() -> None:
    wanted = CASES["no step but a copy"][0]
    most, few, ended = Steady("a", 10_000, 10**6), Steady("b", 1_000, 10**6), Steady("c", 500, 3)
    heard: list[Progress] = []
    shares = [Share(10.0), Share(1.0), Share(1.0)]
    list(Portfolio([most, few, ended], shares).search(wanted, Budget(60, 2_000_000), 0, heard.append))
    assert most.tried + few.tried + ended.tried == pytest.approx(2_000_000, abs=10_000)
    assert most.tried / 10 - HEAD_START == pytest.approx(few.tried, abs=2_000)
    assert ended.tried == 1_500
    assert heard[-1].candidates == most.tried + few.tried + ended.tried


def test_no_other_method_begins_before_the_first_has_its_head_start() -> None:
    wanted = CASES["no step but a copy"][0]
    one, other = Steady("a", 100, 50), Steady("b", 100, 1)
    list(Portfolio([one, other]).search(wanted, Budget(60, 1_500), 0, quiet))
    assert not other.begun
