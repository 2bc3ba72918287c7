"""Verification: a program that was found, as skills, on every case, by the emulator and by the Transformer."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ccc.errors import CccError, SkillError, SourceError
from ccc.files import write_atomic
from ccc.learn.cases import PARTS
from ccc.learn.iterating import run_cases
from ccc.learn.model import Case, Found, Spec
from ccc.learn.showing import case_text, values_text
from ccc.machine import Cells
from ccc.skills.call import Calls, Result
from ccc.skills.closeness import right_elements
from ccc.skills.costs import card_text
from ccc.skills.library import Library, Skill
from ccc.skills.lower import lowered_source
from ccc.skills.mixture import Mixture
from ccc.skills.mixture_read import parse_mixture
from ccc.skills.mixture_write import mixture_text
from ccc.skills.model import Card

MAX_STEPS = 10_000_000
NEURAL = "native"
_AT_ONCE = 64  # images and states in memory
_FEW = 16  # cases of each part that are looked at first


@dataclass(frozen=True, slots=True)
class Failure:
    """The first case that is not right. number: of the case in its part, from 1 on. found: what the outputs held, empty
    where `why` says that there are none.
    """

    part: str
    number: int
    case: Case
    found: dict[str, Cells]
    why: str

    def __str__(self) -> str:
        lines = f"{self.part} case {self.number}: {self.why}\n  given     {case_text(self.case)}"
        lines += f"\n  expected  {values_text(self.case.expected)}"
        return lines + (f"\n  found     {values_text(self.found)}" if self.found else "")


@dataclass(frozen=True, slots=True)
class Checked:
    """One part: how many cases there are, how many of them were run and right, the instructions executed on these."""

    cases: int = 0
    right: int = 0
    instructions: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a program on all cases.

    train, held_out, longer: on the emulator. neural: whether the Transformer ended all cases in the same states, bit
    for bit; it is only asked where the emulator is right everywhere. repeated: cases left out as they are training
    cases. length: steps of the program. problem: why there is no program to run, or nothing.
    """

    train: Checked = Checked()
    held_out: Checked = Checked()
    longer: Checked = Checked()
    neural: bool = False
    repeated: int = 0
    length: int = 0
    failure: Failure | None = None
    problem: str = ""

    @property
    def passed(self) -> bool:
        return self.neural and self.failure is None and not self.problem

    @property
    def instructions(self) -> int:
        """Executed on all cases."""
        return sum(part.instructions for part in (self.train, self.held_out, self.longer))

    @property
    def counts(self) -> dict[str, int]:
        """The cases of each part."""
        return {part: getattr(self, part).cases for part in PARTS}


@dataclass(slots=True)
class _State:
    """What is known so far. ends: of each part, digests of the states that the cases ended in on the emulator. calls:
    of the skill, assembled.
    """

    calls: Calls = field(default_factory=dict)
    parts: dict[str, Checked] = field(default_factory=dict)
    ends: dict[str, list[bytes]] = field(default_factory=dict)
    failure: Failure | None = None


def verify(found: Found, spec: Spec, library: Library, *, max_steps: int = MAX_STEPS) -> Verification:
    """Run a program on every case of the spec: exact outputs (reals: within the spec's tolerance), equal engines.

    A few cases of each part come before all of them, and the part that has the first wrong one is the last that is run.
    max_steps: instructions of one case. Raises FileError where there is no room for temporary files.
    """
    length = program_length(found.mixtures)
    with tempfile.TemporaryDirectory(prefix="ccc-verify-") as folder:
        try:
            skill = as_skill(found, spec, library, Path(folder))
            return _verify(skill, spec, length, max_steps)
        except CccError as error:
            if not isinstance(error, SkillError | SourceError):
                raise
            return Verification(repeated=spec.examples.repeated, length=length, problem=error.message)


def program_length(mixtures: Sequence[Mixture]) -> int:
    """How many steps there are that do something."""
    return sum(not step.term.does_nothing for mixture in mixtures for step in mixture.steps if step.hard)


def _verify(skill: Skill, spec: Spec, length: int, max_steps: int) -> Verification:
    state = _State()
    counts = {part: len(getattr(spec.examples, part)) for part in PARTS}
    few = [(part, min(_FEW, counts[part])) for part in PARTS]
    for part, most in (*few, *(pair for pair in counts.items() if pair not in few)):
        if state.failure is None:
            state.parts[part] = _check(skill, spec, part, max_steps, state, most)
    neural = False
    if state.failure is None:
        state.failure = next(_departures(skill, spec, max_steps, state), None)
        neural = state.failure is None
    train, held_out, longer = (state.parts.get(part, _not_run(spec, part)) for part in PARTS)
    return Verification(train, held_out, longer, neural, spec.examples.repeated, length, state.failure)


def _chunks(spec: Spec, part: str, most: int | None = None) -> Iterator[tuple[int, Sequence[Case]]]:
    cases: tuple[Case, ...] = getattr(spec.examples, part)[:most]
    for start in range(0, len(cases), _AT_ONCE):
        yield start, cases[start : start + _AT_ONCE]


def _run(
    skill: Skill, cases: Sequence[Case], spec: Spec, engine: str, max_steps: int, calls: Calls
) -> list[Result | str]:
    """What each case came to, or why it came to nothing."""
    try:
        return list(run_cases(skill, cases, width=spec.width, engine=engine, max_steps=max_steps, calls=calls))
    except SkillError as error:
        if len(cases) == 1:
            return [error.message]
        return [found for case in cases for found in _run(skill, [case], spec, engine, max_steps, calls)]


def _check(skill: Skill, spec: Spec, part: str, max_steps: int, state: _State, most: int) -> Checked:
    right = instructions = 0
    ends = state.ends[part] = []
    for start, cases in _chunks(spec, part, most):
        for number, result in enumerate(_run(skill, cases, spec, "emulator", max_steps, state.calls)):
            case = cases[number]
            why = _wrong(result, case, spec.card)
            outputs = result.outputs if isinstance(result, Result) and not result.fault else {}
            instructions += result.instructions if isinstance(result, Result) else max_steps
            ends.append(_end(result))
            right += not why
            if why and state.failure is None:
                state.failure = Failure(part, start + number + 1, case, outputs, why)
    return replace(_not_run(spec, part), right=right, instructions=instructions)


def _not_run(spec: Spec, part: str) -> Checked:
    return Checked(len(getattr(spec.examples, part)))


def _wrong(result: Result | str, case: Case, card: Card) -> str:
    """What is wrong with a result, or nothing."""
    if isinstance(result, str):
        return result
    if result.fault:
        return f"fault {result.fault.label}"
    for slot in card.outputs:
        found, expected = result.outputs[slot.name], case.expected[slot.name]
        right = right_elements(card, slot, found, expected)
        if not right.all():
            place = list(map(int, np.argwhere(~right)[0]))
            return f"output '{slot.name}'{place if place else ''} is wrong"
    return ""


def _end(result: Result | str) -> bytes:
    """A digest of the whole state that a call ended in, and of how many instructions that took."""
    if isinstance(result, str):
        return b""
    cells, registers, count = result.same_as
    return hashlib.sha256(b"".join((cells, registers, str(count).encode()))).digest()


def _departures(skill: Skill, spec: Spec, max_steps: int, state: _State) -> Iterator[Failure]:
    """The cases on which the Transformer does not do what the emulator did."""
    for part in PARTS:
        for start, cases in _chunks(spec, part):
            for number, found in enumerate(_run(skill, cases, spec, NEURAL, max_steps, state.calls), start):
                if _end(found) != state.ends[part][number]:
                    outputs = found.outputs if isinstance(found, Result) else {}
                    why = f"the Transformer ({NEURAL}) ends in another state than the emulator"
                    yield Failure(part, number + 1, cases[number - start], outputs, why)


# The program as skills


def as_skill(found: Found, spec: Spec, library: Library, folder: Path) -> Skill:
    """The program as the skills that it is lowered to, written to an empty folder. The last one is given back.

    Raises SkillError where it is no program, or has other slots than the spec; CardError where it does not fit
    together; FileError.
    """
    if not found.mixtures:
        raise SkillError("no program")
    *helpers, last = found.mixtures
    _check_slots(last, spec)
    for mixture in (*helpers, replace(last, description=spec.card.description)):
        write_skill(mixture, Library([folder, *library.folders]), folder)
    return Library([folder, *library.folders]).find(last.name)


def write_skill(mixture: Mixture, library: Library, folder: Path) -> None:
    """NAME.s, NAME.yaml and NAME.mixture of a mixture. What is lowered is what the text says that is kept of it."""
    text = mixture_text(mixture)
    again = parse_mixture(text, library, f"{mixture.name}.mixture")
    for suffix, content in (
        (".s", lowered_source(again, library)),
        (".yaml", card_text(again, library)),
        (".mixture", text),
    ):
        write_atomic(folder / f"{mixture.name}{suffix}", content.encode())


def _check_slots(mixture: Mixture, spec: Spec) -> None:
    """Raises SkillError where the last mixture is not what the spec asks for."""
    card = mixture.card()
    if card.name != spec.name:
        raise SkillError(f"the program is called '{card.name}', not '{spec.name}'")
    for said, wanted in zip(card.slots, spec.card.slots, strict=False):
        if said != wanted:
            raise SkillError(f"the program has {said.role} {said} where the spec has {wanted.role} {wanted}")
    if len(card.slots) != len(spec.card.slots):
        raise SkillError(f"the program has {len(card.slots)} slots, the spec {len(spec.card.slots)}")
