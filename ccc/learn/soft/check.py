"""What trained weights are worth: the program as a skill in the state, run by the emulator and by the Transformer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ccc.errors import SkillError, Span
from ccc.files import write_atomic
from ccc.isa import Fault
from ccc.learn.model import Case
from ccc.learn.soft.data import Batch
from ccc.learn.soft.fit import Fit, scores
from ccc.learn.soft.forward import key_of
from ccc.learn.soft.program import Program
from ccc.learn.soft.source import program_source
from ccc.machine import Cells
from ccc.skills import Card, Library, Skill, Type
from ccc.skills.call import Calls, Result, run_skill
from ccc.skills.cards_write import WIDTH, card_source
from ccc.skills.model import Example

NEURAL = "native"
TESTS = 3
"""Tests on the card of a trained skill."""
_AT_ONCE = 64
MAX_STEPS = 100_000_000
SAME = 1e-9
"""How far a real output may be from that of the same model in torch, relative to the larger of it and 1: these add up
in different orders.
"""


@dataclass(slots=True)
class Part:
    """One part of the cases. scores: of the skill as it runs. torch: of the same weights in torch. apart: the largest
    difference of a real output from torch, relative. other: cases with another label than in torch. departures: cases
    on which the Transformer does not end as the emulator did, bit for bit.
    """

    cases: int = 0
    instructions: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    torch: dict[str, float] = field(default_factory=dict)
    apart: float = 0.0
    other: int = 0
    departures: int = 0

    @property
    def exact(self) -> bool:
        """Whether emulator and Transformer agree."""
        return self.departures == 0


def written(fit: Fit, library: Library, folder: Path) -> Skill:
    """The program and its parts as skills in a folder, with cards; the program's skill. Raises SkillError, CardError,
    SourceError, FileError.
    """
    program = fit.spec.program
    for one in (*program.parts, program):
        weights = {slot.name: fit.module.weights[key_of(one, slot)].detach().numpy() for slot in one.trained}
        write_atomic(folder / f"{one.name}.s", program_source(one, weights).encode())
        inner = Library([folder, *library.folders]) if one.parts else library
        write_atomic(folder / f"{one.name}.yaml", card_source(_card(one, inner)).encode())
    return Library([folder, *library.folders]).find(program.name)


def _card(program: Program, library: Library) -> Card:
    """One generation above the highest of what it calls."""
    names = {call.step.skill for call in program.calls}
    generation = 1 + max((library.card(name).generation for name in names), default=0)
    return replace(program.card, generation=generation, path=Path())


def check(fit: Fit, skill: Skill, part: str) -> Iterator[Part]:
    """Run all cases of a part; how far it is, now and then, and at the end. Raises SkillError where a case faults."""
    found = Part()
    outputs: list[tuple[Batch, dict[str, Cells], dict[str, Cells]]] = []
    calls: Calls = {}
    for batch in fit.spec.source.part(part, fit.seed):
        for start in range(0, len(batch), _AT_ONCE):
            some = batch.rows(slice(start, start + _AT_ONCE))
            ran = _run(fit, skill, some, found, calls)
            outputs.append((some, ran, fit.predicted(some)))
            found.cases += len(some)
            yield found
    if outputs:
        _judge(found, fit, outputs)
    yield found


def _run(fit: Fit, skill: Skill, batch: Batch, found: Part, calls: Calls) -> dict[str, Cells]:
    """The outputs of all cases, shape [cases, *shape]."""
    cases = list(batch.cases(fit.spec.program))
    pairs = [(case.given, None) for case in cases]
    results = run_skill(skill, pairs, max_steps=MAX_STEPS, calls=calls)
    neural = run_skill(skill, pairs, engine=NEURAL, max_steps=MAX_STEPS, calls=calls)
    for case, one, other in zip(cases, results, neural, strict=True):
        _sound(skill, case, one)
        found.instructions += one.instructions
        found.departures += one.same_as != other.same_as
    return {slot.name: np.array([one.outputs[slot.name] for one in results]) for slot in skill.card.outputs}


def _sound(skill: Skill, case: Case, result: Result) -> None:
    if result.fault is not Fault.NONE:
        raise SkillError(f"skill '{skill.name}' faults on a case: {result.fault.label}")


def _judge(found: Part, fit: Fit, outputs: Sequence[tuple[Batch, Mapping[str, Cells], Mapping[str, Cells]]]) -> None:
    """Scores, and how far the skill is from torch."""
    slots = fit.spec.program.card.outputs
    flat: list[dict[str, list[Cells]]] = [{}, {}, {}]
    for batch, ran, torch in outputs:
        for values, into in zip((batch.expected, ran, torch), flat, strict=True):
            for slot in slots:
                into.setdefault(slot.name, []).append(values[slot.name].reshape(len(batch), -1))
    widest = {slot.name: max(part.shape[1] for part in flat[0][slot.name]) for slot in slots}
    expected, ran, torch = (
        {name: np.concatenate([_padded(part, widest[name]) for part in parts]) for name, parts in one.items()}
        for one in flat
    )
    found.scores, found.torch = scores(expected, ran, slots), scores(expected, torch, slots)
    for slot in slots:
        if slot.type is Type.REAL:
            off = np.abs(ran[slot.name] - torch[slot.name]) / np.maximum(1.0, np.abs(torch[slot.name]))
            found.apart = max(found.apart, float(off.max(initial=0.0)))
        else:
            found.other += int((ran[slot.name] != torch[slot.name]).any(1).sum())


def _padded(values: Cells, columns: int) -> Cells:
    return np.pad(values, ((0, 0), (0, columns - values.shape[1])))


def tested_card(skill: Skill, batch: Batch, program: Program) -> Card:
    """The card of the skill, with what it does on the first cases as tests."""
    cases = list(batch.rows(slice(0, TESTS)).cases(program))
    results = run_skill(skill, [(case.given, None) for case in cases], max_steps=MAX_STEPS)
    examples = tuple(
        Example(case.given, {}, result.outputs, None, WIDTH, Span("", 1, 1))
        for case, result in zip(cases, results, strict=True)
    )
    return replace(skill.card, examples=examples)
