"""Tests for the cards of learnt skills: training cases, and of their helpers the calls that happen on these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccc.errors import SkillError
from ccc.learn.cases import is_partial
from ccc.learn.model import Case, Spec
from ccc.skills.call import Call, run_skill
from ccc.skills.library import Library, Skill
from ccc.skills.model import Card, Example, shaped, sizes_of
from ccc.skills.watch import CallRecord, Watcher

TESTS = 4
"""How many tests a card gets."""
_CASES = 32  # looked at for calls of helpers
_CALLS = 64
_STEPS = 20_000


def case_tests(cases: Sequence[Case], spec: Spec, skill: Skill) -> tuple[Example, ...]:
    """Some training cases as tests, the first and the last among them, evenly spread: of those whose outputs are all
    known, or else with what the skill makes of them.
    """
    whole = [case for case in cases if not is_partial(case)]
    cases = whole or _answered(cases, skill, spec)
    last = len(cases) - 1
    some = cases if len(cases) <= TESTS else [cases[number * last // (TESTS - 1)] for number in range(TESTS)]
    return tuple(Example(case.given, case.before, case.expected, None, spec.width, spec.span) for case in some)


def _answered(cases: Sequence[Case], skill: Skill, spec: Spec) -> list[Case]:
    """Some of the cases, with what the skill makes of them."""
    some = cases[:TESTS]
    results = run_skill(skill, [(case.given, case.before) for case in some], width=spec.width)
    return [replace(case, expected=result.outputs) for case, result in zip(some, results, strict=True)]


def helper_tests(name: str, helpers: Sequence[str], library: Library, spec: Spec) -> Mapping[str, tuple[Example, ...]]:
    """Of each helper some calls of it, as the skill called `name` makes them on training cases."""
    skill = library.find(name)
    found: dict[str, dict[bytes, Example]] = {helper: {} for helper in helpers}
    for case in spec.examples.train[:_CASES]:
        if all(len(tests) >= TESTS for tests in found.values()):
            break
        call = Call(skill, sizes_of(skill.card, dict(case.given)), width=spec.width)
        watcher = Watcher(call.image(case.given, case.before), library)
        watcher.run(max_calls=_CALLS, max_steps=_STEPS)
        for record in watcher.calls:
            tests = found.get(record.skill)
            if tests is not None and record.returned and len(tests) < TESTS:
                example = _example(record, library.card(record.skill), spec)
                if example is not None:
                    tests.setdefault(repr((example.given, example.before)).encode(), example)
    return {helper: tuple(tests.values()) for helper, tests in found.items()}


def _example(record: CallRecord, card: Card, spec: Spec) -> Example | None:
    """A call as a test, or None where its data were too large to be watched whole."""
    before = {value.slot: value.before for value in record.slots}
    after = {value.slot: value.after for value in record.slots}
    try:
        sizes = sizes_of(card, {slot.name: before[slot.name] for slot in card.slots})
        starts = {slot.name: shaped(card, slot, before[slot.name], sizes) for slot in card.slots}
        ends = {slot.name: shaped(card, slot, after[slot.name], sizes) for slot in card.outputs}
    except (SkillError, KeyError):
        return None
    outputs = {slot.name: starts.pop(slot.name) for slot in card.outputs}
    return Example(starts, outputs, ends, None, spec.width, spec.span)


def with_tests(card: Card, examples: tuple[Example, ...], spec: Spec, generation: int) -> Card:
    """The card of a learnt skill."""
    tolerance = card.tolerance if card.tolerance == 0 else max(card.tolerance, spec.card.tolerance)
    return replace(card, generation=generation, tolerance=tolerance, examples=examples)
