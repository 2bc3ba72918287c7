"""What a mixture costs in each of its forms, in instructions from EXEC to the return, both counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ccc.errors import CccError, SkillError
from ccc.isa import Fault
from ccc.machine import same_bits
from ccc.skills.cards_write import WIDTH, card_source
from ccc.skills.library import Library
from ccc.skills.lower import lowered_source
from ccc.skills.mixture import Mixture
from ccc.skills.mixture_run import Run, run_source
from ccc.skills.mixture_tables import mixture_source
from ccc.skills.model import Example
from ccc.skills.testing import MAX_STEPS, shown

FORMS = ("composed", "calls", "inlined")
TEST = "the test"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An end, or an output, that is not as wanted. form: the one that was run. wanted_by: the test, or another form."""

    form: str
    what: str
    wanted_by: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.form}: {self.what}: expected {self.wanted} ({self.wanted_by}), found {self.found}"


@dataclass(frozen=True, slots=True)
class Cost:
    """One example: its data in words, its word width, and the instructions of each form. mismatches: where the first
    form does not end as the example says, or another one not as the first does, bit for bit.
    """

    data: str
    width: int
    instructions: tuple[int, ...]
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def agree(self) -> bool:
        """Whether all forms end alike."""
        return all(found.wanted_by == TEST for found in self.mismatches)

    @property
    def expected(self) -> bool:
        """Whether the first form does what the example says."""
        return all(found.wanted_by != TEST for found in self.mismatches)


def form_source(mixture: Mixture, library: Library, form: str) -> str:
    """The source of a mixture in one of FORMS. Raises SkillError where it is soft and the form is a program."""
    if form == FORMS[0]:
        return mixture_source(mixture, library)
    return lowered_source(mixture, library, inline=form == FORMS[2])


def costs_of(mixture: Mixture, library: Library) -> list[Cost]:
    """Run all forms on every example of the mixture. Raises SkillError, also where one does not end within MAX_STEPS
    instructions, and SourceError.
    """
    forms = FORMS if mixture.hard else FORMS[:1]
    sources = {form: form_source(mixture, library, form) for form in forms}
    return [_cost(mixture, library, sources, number) for number in range(len(mixture.examples))]


def _cost(mixture: Mixture, library: Library, sources: Mapping[str, str], number: int) -> Cost:
    card, example = mixture.card(), mixture.examples[number]
    runs = {}
    for form, source in sources.items():
        call = partial(run_source, source, mixture, library, example.given, before=example.before, width=example.width)
        try:
            runs[form] = call(max_steps=MAX_STEPS)
        except CccError as error:
            width = f", {example.width} bits" if example.width != WIDTH else ""
            raise SkillError(
                f"mixture '{mixture.name}', test {number + 1}{width}, {form}: {error}", error.hint
            ) from None
    first, *others = runs
    mismatches = list(_unexpected(first, runs[first], example, card.tolerance))
    mismatches += [found for other in others for found in _differences(first, runs[first], other, runs[other])]
    steps = tuple(run.instructions for run in runs.values())
    return Cost(data_text({**example.before, **example.given}), example.width, steps, tuple(mismatches))


def _unexpected(form: str, run: Run, example: Example, tolerance: float) -> Iterator[Mismatch]:
    wanted = example.fault or Fault.NONE
    if run.fault is not wanted:
        yield Mismatch(form, "end", TEST, _end(wanted), _end(run.fault))
    elif not wanted:
        for name, value in example.expected.items():
            if not _close(run.outputs[name], value, tolerance):
                yield Mismatch(form, name, TEST, shown(np.asarray(value)), shown(run.outputs[name]))


def _differences(first: str, wanted: Run, form: str, run: Run) -> Iterator[Mismatch]:
    if run.fault is not wanted.fault:
        yield Mismatch(form, "end", first, _end(wanted.fault), _end(run.fault))
    elif not run.fault:
        for name, value in run.outputs.items():
            if not same_bits(value, wanted.outputs[name]):
                yield Mismatch(form, name, first, shown(wanted.outputs[name]), shown(value))


def _end(fault: Fault) -> str:
    return f"fault {fault.label}" if fault else "no fault"


def _close(found: ArrayLike, expected: ArrayLike, tolerance: float) -> bool:
    scale = np.maximum(np.abs(expected), 1.0)
    return bool((np.abs(np.asarray(found) - expected) <= tolerance * scale).all())


def data_text(values: Mapping[str, ArrayLike], most: int = 6) -> str:
    """`x=5 y=[1, 2, 3]`, long arrays cut."""
    return " ".join(f"{name}={number_text(value, most)}" for name, value in values.items())


def number_text(value: ArrayLike, most: int = 6) -> str:
    """A number, or numbers in brackets, as short as they can be exact."""
    array = np.asarray(value)
    if array.size == 1:
        return _short(float(array.reshape(-1)[0]))
    shown = [_short(number) for number in array.reshape(-1)[:most].tolist()]
    return f"[{', '.join(shown)}{', ...' if array.size > most else ''}]"


def _short(value: float) -> str:
    if math.isnan(value):
        return "?"
    return str(int(value)) if value == int(value) and abs(value) < 1 << 53 else f"{value:.6g}"


def card_text(mixture: Mixture, library: Library) -> str:
    """A card for the mixture as a skill, one generation above the latest of those that it calls."""
    generation = 1 + max((library.card(name).generation for name in mixture.skills), default=0)
    card = mixture.card(generation)
    if not card.outputs:
        raise SkillError(f"mixture '{mixture.name}' has no outputs")
    return card_source(card)
