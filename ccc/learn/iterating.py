"""Functions applied again and again: the output takes the place of the first input."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccc.learn.model import Case
from ccc.machine import Cells
from ccc.skills.call import Calls, Result, run_skill
from ccc.skills.library import Skill
from ccc.skills.model import Card


def iterable_problem(card: Card) -> str:
    """Why a function cannot be applied to its own output, or nothing."""
    if len(card.outputs) != 1 or not card.inputs:
        return "one output, and an input whose place it takes"
    one, other = card.outputs[0], card.inputs[0]
    if (one.type, one.shape) != (other.type, other.shape):
        return f"an output of the type and shape of the first input, {other}"
    return ""


def run_cases(
    skill: Skill, cases: Sequence[Case], *, width: int, engine: str = "emulator", max_steps: int, calls: Calls
) -> list[Result]:
    """What a skill makes of cases, applied to each as many times as the case says; all instructions are counted.

    What outputs hold before is the same each time. The first fault ends a case. max_steps: of one application. calls:
    those assembled by earlier batches, as in `run_skill`, which says what is raised.
    """
    found: dict[int, Result] = {}
    given = [case.given for case in cases]
    going = list(range(len(cases)))
    for done in itertools.count(1):
        batch = [(given[number], cases[number].before) for number in going]
        results = run_skill(skill, batch, width=width, engine=engine, max_steps=max_steps, calls=calls)
        for number, result in zip(going, results, strict=True):
            before = found[number].instructions if number in found else 0
            found[number] = replace(result, instructions=before + result.instructions)
            given[number] = _fed_back(skill.card, given[number], result.outputs)
        going = [number for number in going if done < cases[number].times and not found[number].fault]
        if not going:
            break
    return [found[number] for number in range(len(cases))]


def _fed_back(card: Card, given: Mapping[str, Cells], outputs: Mapping[str, Cells]) -> Mapping[str, Cells]:
    """The values of the next call."""
    if iterable_problem(card):
        return given
    return {**given, card.inputs[0].name: outputs[card.outputs[0].name]}
