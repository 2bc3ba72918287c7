"""The guide that reads descriptions, and the enumeration over the parts that a guide holds for promising."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccc.learn.guides import Frequency, Question, Text, make_guide, ordered, words
from ccc.learn.model import Budget, Progress
from ccc.learn.search import Focus, Sweep, searcher, sweep
from ccc.learn.search.ops import Ops
from tests.learn.searching import LIBRARY, problem

PAIRS = [{"a": a, "b": b} for a, b in ((3, 5), (-2, 7), (11, -4), (6, 6), (-8, -3))]
SUM = problem(
    "inputs: {a: int, b: int}\noutputs: {y: int}",
    lambda a, b: {"y": a * b + max(a, b)},
    PAIRS,
    "mul max add zero mov sub min div mod neg inc and or",
)


def asked(description: str, *parts: str) -> Question:
    return Question(replace(SUM.card, name="wanted", description=description), SUM.cases, parts, LIBRARY)


def test_words_are_those_of_name_and_description() -> None:
    card = replace(SUM.card, name="vector_sum2", description="Sums of the first 3 Numbers, less one: a class.")
    expected = {"vector", "sum", "of", "the", "first", "number", "less", "one", "a", "class"}
    assert words(card) == expected


def test_parts_whose_description_is_like_the_specs_weigh_more() -> None:
    question = asked("The product of two numbers, and their remainder.", "add", "mod", "xor", "mul", "not")
    frequency = Frequency({"xor": 5})
    weights = Text(frequency).weigh(question)
    assert sum(weights.values()) == pytest.approx(1)
    often = frequency.weigh(question)
    assert all(weight >= often[part] / 2 > 0 for part, weight in weights.items())
    assert {*ordered(weights)[:3]} == {"xor", "mul", "mod"}
    assert ordered(weights) != ordered(often)


def test_where_no_word_is_shared_what_was_learnt_counts_alone() -> None:
    question = replace(asked("Qqq.", "add", "sub", "mul"), card=replace(SUM.card, name="zzz", description="Qqq."))
    guide = make_guide("text", LIBRARY, ())
    assert guide.weigh(question) == Frequency({}).weigh(question)


def run(wanted, few: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searcher, "FEW", few)
    heard: list[Progress] = []
    found = [one for one in Focus().search(wanted, Budget(60.0, 20_000), 0, heard.append) if one.right == 1.0]
    return found, heard


def test_focus_takes_the_most_promising_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert searcher.promising(Ops(SUM), 3) == ("mul", "max", "add", "zero", "mov"), "copies and constants are no parts"
    found, heard = run(SUM, 3, monkeypatch)
    used = {step.term.skill for step in found[0].mixtures[-1].steps}
    assert used == {"mul", "max", "add"}
    assert (found[0].method, heard[-1].method) == ("focus", "focus")
    assert not run(SUM, 2, monkeypatch)[0], "of the first two alone there is none"


def test_focus_leaves_few_parts_to_the_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(SUM, parts=SUM.parts[:6])
    assert searcher.promising(Ops(few), 3) == few.parts
    assert run(few, 3, monkeypatch) == ([], [])


def test_focus_takes_only_what_fits_the_problem() -> None:
    parts = ("fadd", "fmul", "dot", "mul", "sub", "add", "fsub", "max")
    assert searcher.promising(Ops(replace(SUM, parts=parts)), 2) == ("mul", "sub")


RARE = replace(SUM, parts=("add", "zero", "sub", "min", "mov", "div", "neg", "inc", "xor", "mod", "max", "mul"))


def test_every_part_is_in_a_choice_with_the_most_promising_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "FEW", 4)
    choices = list(sweep.windows(Ops(RARE)))
    assert [set(one) - {"add", "sub", "zero", "mov"} for one in choices] == [
        {"neg", "inc"},
        {"xor", "mod"},
        {"max", "mul"},
    ]


def test_sweep_finds_what_needs_parts_that_nothing_speaks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "FEW", 4)
    monkeypatch.setattr(sweep, "_WORK", 20_000)
    assert not run(RARE, 4, monkeypatch)[0], "focus does not take them"
    heard: list[Progress] = []
    found = next(one for one in Sweep().search(RARE, Budget(300.0), 0, heard.append) if one.right == 1.0)
    assert {step.term.skill for step in found.mixtures[-1].steps} == {"mul", "max", "add"}
    assert found.method == "sweep"
    counted = [one.candidates for one in heard]
    assert counted == sorted(counted), "of all choices together"


def test_sweep_keeps_to_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "FEW", 2)
    monkeypatch.setattr(sweep, "_WORK", 1000)
    never = problem("inputs: {a: int, b: int}\noutputs: {y: int}", lambda a, b: {"y": a}, PAIRS, " ".join(RARE.parts))
    cases = (replace(case, expected={"y": case.given["a"] * 0 + n**5}) for n, case in enumerate(never.cases))
    odd = replace(never, cases=tuple(cases))
    heard: list[Progress] = []
    assert not [one for one in Sweep().search(odd, Budget(300.0, 50_000), 0, heard.append) if one.right == 1.0]
    assert 50_000 <= heard[-1].candidates < 200_000


def test_focus_prefers_parts_that_give_reals_where_a_real_is_wanted() -> None:
    slots = "inputs: {a: real, k: int}\noutputs: {y: real}"
    wanted = problem(slots, lambda a, k: {"y": a * k}, [{"a": 0.5, "k": 3}], "add sub fadd mul max fmul", kind="real")
    assert searcher.promising(Ops(wanted), 4) == ("add", "sub", "fadd", "fmul"), "the last before `mul` and `max`"
