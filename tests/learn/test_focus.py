"""The guide that reads descriptions, and the enumeration over the parts that a guide holds for promising."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccc.learn.guides import Frequency, Question, Text, make_guide, ordered, words
from ccc.learn.model import Budget, Progress
from ccc.learn.search import Focus, searcher
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
