"""Attempts: search, verification of what is right on the training examples, budgets, going on, methods, guides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ccc.errors import CardError, FileError, SkillError, UsageError
from ccc.learn import Budget, Found, Problem, Progress, Report, Spec
from ccc.learn.attempt import Attempt, Status, attempt
from ccc.learn.entries import attempt_entry, attempt_lines
from ccc.learn.guides import Frequency, Question, Uniform, make_guide, ordered
from ccc.learn.methods import Portfolio, make_searcher
from ccc.learn.problem import allowed_parts, base_parts, pose
from ccc.learn.spec import parse_spec
from ccc.learn.state import Past, SearchState, identity
from ccc.learn.verify import verify
from ccc.skills import Library
from tests.learn.brute import Brute
from tests.learn.specs import spec_text


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.default()


def tried(spec: Spec, library: Library, **options: object) -> Attempt:
    problem = pose(spec, library, Uniform())
    return attempt(spec, problem, Brute(), options.pop("budget", spec.budget), 0, verify=verify, **options)  # type: ignore[arg-type]


def test_a_program_is_found_and_verified(library: Library) -> None:
    result = tried(parse_spec(spec_text("plus_twice", "x + 2 * y")), library)
    assert result.status is Status.LEARNT
    entry = attempt_entry(result)
    assert entry["verified"] == {"train": True, "held_out": True, "longer": True, "neural": True}
    assert (entry["method"], entry["best"], entry["length"], entry["parents"]) == ("brute", 1.0, 2, ["add"])
    lines = attempt_lines(result)
    assert lines[1 : 1 + len(result.program)] == list(result.program)
    assert result.program[0] == "plus_twice(x, y) -> z"
    assert "exact on 4 training, 2 held-out, 2 longer examples; emulator and Transformer agree, bit for bit" in lines


def test_seconds_are_those_of_the_search(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """They begin with the first report: what is compiled before is no search."""
    clock = [50.0]
    monkeypatch.setattr("ccc.learn.attempt.time", SimpleNamespace(monotonic=lambda: clock[0]))

    class Late:
        name = "late"

        def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
            clock[0] += 100
            report(Progress(self.name, 0, 0, 0, 0.0))
            clock[0] += 7
            yield from ()

    spec = parse_spec(spec_text("plus_twice", "x + 2 * y"))
    assert attempt(spec, pose(spec, library, Uniform()), Late(), spec.budget, 0, verify=verify).seconds == 7


def test_what_is_right_only_on_the_training_examples_is_not_learnt(library: Library) -> None:
    """x + y and x - y are the same where y is 0; the examples held out tell them apart."""
    text = spec_text("either", "x - y", use="[add]").replace("train:\n", "train:\n    - {x: 4, y: 0, z: 4}\n  _:\n")
    head, _, rest = text.partition("  _:\n")
    spec = parse_spec(head + "  held_out:" + rest.partition("held_out:")[2])
    result = tried(spec, library, budget=Budget(seconds=60, candidates=40))
    assert result.status is Status.NOT_LEARNT
    assert result.rejected >= 1
    assert result.right == 1
    entry = attempt_entry(result)
    assert entry["verified"]["train"] is True
    assert entry["verified"]["held_out"] is False
    assert "held_out case 1: output 'z' is wrong" in entry["where"]
    assert any(line.startswith("it fails: held_out case 1") for line in attempt_lines(result))


def test_what_is_partly_right_is_kept(library: Library) -> None:
    result = tried(parse_spec(spec_text("far", "(x * y - x) * (x + 3 * y)")), library, budget=Budget(candidates=100))
    assert result.status is Status.NOT_LEARNT
    assert (result.candidates, result.verification) == (100, None)
    assert 0 < result.right < 1
    assert result.program[0] == "far(x, y) -> z"


def test_the_same_seed_gives_the_same(library: Library) -> None:
    spec = parse_spec(spec_text("again", "y * y - x"))
    first, second = (tried(spec, library) for _ in range(2))
    assert first.found == second.found
    assert first.candidates == second.candidates


# Ctrl-C, and going on


class Interrupted:
    """The brute search, until Ctrl-C is pressed."""

    name = "brute"

    def __init__(self, after: int) -> None:
        self._after = after

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        def heard(progress: Progress) -> None:
            report(progress)
            if progress.candidates >= self._after:
                raise KeyboardInterrupt

        yield from Brute().search(problem, budget, seed, heard)


def test_ctrl_c_keeps_the_best_and_a_state_goes_on(library: Library, tmp_path: Path) -> None:
    spec = parse_spec(spec_text("later", "x * y + x"))
    problem = pose(spec, library, Uniform())
    path, name = tmp_path / "state.json", identity(problem, spec.checksum, "brute", 0)
    whole = tried(spec, library)
    after = whole.candidates - 20
    options = {"verify": verify, "state": SearchState(path, identity=name)}
    first = attempt(spec, problem, Interrupted(after), Budget(), 0, **options)  # type: ignore[arg-type]
    assert first.status is Status.INTERRUPTED
    assert 0 < first.right < 1
    state = SearchState(path, identity=name)
    assert state.past.candidates == first.candidates
    assert state.past.best == first.program
    second = attempt(spec, problem, Brute(), Budget(), 0, verify=verify, state=state)
    assert second.status is Status.LEARNT
    assert (second.found, second.candidates) == (whole.found, whole.candidates)
    assert second.seconds > first.seconds


def test_what_was_tried_is_left_out_only_in_the_same_order(library: Library, tmp_path: Path) -> None:
    """With other memory, the candidates so far may have been other ones."""
    spec = parse_spec(spec_text("order", "x * y + x"))
    problem = pose(spec, library, Uniform())
    path, name = tmp_path / "state.json", identity(problem, spec.checksum, "brute", 0)
    attempt(spec, problem, Interrupted(30), Budget(), 0, verify=verify, state=SearchState(path, identity=name))
    kept, skipped = path.read_bytes(), []

    class Asked(Brute):
        def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
            skipped.append(dict(problem.skip))
            return iter(())

    for budget in (Budget(), Budget(memory=1 << 20), Budget(seconds=1.0)):
        path.write_bytes(kept)
        state = SearchState(path, identity=name)
        attempt(spec, problem, Asked(), budget, 0, verify=verify, state=state)
    tried = {"brute": state.past.candidates}
    assert tried["brute"] > 0
    assert skipped == [tried, {}, tried]


def test_the_best_of_the_past_stays_the_best(library: Library, tmp_path: Path) -> None:
    spec = parse_spec(spec_text("worse", "(x * y - x) * (x + 3 * y)"))
    name = identity(pose(spec, library, Uniform()), spec.checksum, "brute", 0)
    state = SearchState(tmp_path / "state.json", identity=name)
    state.keep(Past(5, 1.0, 0, 0.9, ("what was found",)), at_once=True)
    state = SearchState(tmp_path / "state.json", identity=name)
    result = tried(spec, library, budget=Budget(candidates=50), state=state)
    assert (result.right, result.program) == (0.9, ("what was found",))


def test_states_of_other_searches_are_refused(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    SearchState(path, identity="one").keep(Past(), at_once=True)
    with pytest.raises(UsageError, match="another search"):
        SearchState(path, identity="two")
    for text in ("", "[1]", '{"search": "one"}', path.read_text().replace('"candidates": 0', '"candidates": -1')):
        path.write_text(text)
        with pytest.raises(FileError, match="no state of a search"):
            SearchState(path, identity="one")


def test_a_search_is_known_by_all_that_it_depends_on(library: Library) -> None:
    spec = parse_spec(spec_text("known", "x + y"))
    problem = pose(spec, library, Uniform())
    others = [
        identity(problem, "other", "brute", 0),
        identity(problem, spec.checksum, "enumerate", 0),
        identity(problem, spec.checksum, "brute", 1),
        identity(replace(problem, parts=problem.parts[1:]), spec.checksum, "brute", 0),
        identity(replace(problem, numbers=(0.0,)), spec.checksum, "brute", 0),
        identity(pose(spec, library, Frequency({"mul": 9})), spec.checksum, "brute", 0),
    ]
    own = identity(problem, spec.checksum, "brute", 0)
    assert len({own, *others}) == len(others) + 1
    assert own == identity(problem, spec.checksum, "brute", 0)


# Methods


class Fixed:
    """Gives what it is told, and remembers its budget."""

    def __init__(self, name: str, *found: tuple[int, float]) -> None:
        self.name, self._found = name, found
        self.budget = Budget()

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        self.budget = budget
        for candidates, right in self._found:
            yield Found((), self.name, candidates, right)
        report(Progress(self.name, 1, 30, 0, 0.0))


def test_a_portfolio_shares_its_budget(library: Library) -> None:
    """Methods that take no turns come one after the other; what the first left is the second's."""
    problem = pose(parse_spec(spec_text("shared", "x + y")), library, Uniform())
    first, second = Fixed("one", (10, 0.5), (20, 0.25)), Fixed("two", (5, 0.4), (7, 0.75), (9, 1.0), (11, 1.0))
    heard: list[Progress] = []
    found = list(Portfolio([first, second]).search(problem, Budget(10, 100), 0, heard.append))
    assert [(one.method, one.candidates, one.right) for one in found] == [
        ("one", 10, 0.5),
        ("two", 37, 0.75),
        ("two", 39, 1.0),
        ("two", 41, 1.0),
    ]
    assert (first.budget.candidates, second.budget.candidates) == (100, 70)
    assert second.budget.seconds == pytest.approx(10, abs=1)
    assert [progress.candidates for progress in heard] == [30, 60]
    assert [progress.best for progress in heard] == [0.5, 1.0], "of all methods"


def test_unknown_methods_and_guides(library: Library) -> None:
    with pytest.raises(UsageError, match="no method 'enumerat'") as caught:
        make_searcher("enumerat")
    assert "enumerate" in caught.value.hint
    with pytest.raises(UsageError, match="no guide 'oracle'"):
        make_guide("oracle", library, ())


# Guides, parts


def question(library: Library, *parts: str) -> Question:
    spec = parse_spec(spec_text("asked", "x + y"))
    return Question(spec.card, spec.examples.train, parts, library)


def test_guides_weigh_all_parts(library: Library) -> None:
    asked = question(library, "add", "sub", "mul", "neg")
    assert Uniform().weigh(asked) == dict.fromkeys(asked.parts, 0.25)
    weights = Frequency({"sub": 3, "add": 1, "div": 100}).weigh(asked)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights == {"add": 0.25, "sub": 0.5, "mul": 0.125, "neg": 0.125}
    assert ordered(weights) == ("sub", "add", "mul", "neg")


def test_parts(library: Library) -> None:
    spec = parse_spec(spec_text("dot", "x + y", use="[add, dot, matvec, compose]"))
    assert allowed_parts(spec, library) == ("add",), "not itself, not what rests on it, not the composition skill"
    whole = replace(spec, use=None)
    assert set(allowed_parts(whole, library, base_parts(library))) == set(base_parts(library))
    assert all(library.card(name).generation == 0 for name in base_parts(library))
    with pytest.raises(CardError, match="no skill 'ad' in the libraries"):
        allowed_parts(replace(spec, use=("ad",)), library)
    with pytest.raises(CardError, match="none of these skills may be a part"):
        pose(replace(spec, use=("dot",)), library, Uniform())
    with pytest.raises(SkillError, match="no skill may be used"):
        pose(whole, library, Uniform(), among=())
