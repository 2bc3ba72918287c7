"""What a mixture costs in each of its forms, in instructions from EXEC to the return, both counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ccc.errors import SkillError
from ccc.machine import same_bits
from ccc.skills.library import Library
from ccc.skills.lower import lowered_source
from ccc.skills.mixture import Mixture
from ccc.skills.mixture_run import Run, run_source
from ccc.skills.mixture_tables import mixture_source
from ccc.skills.model import Example

FORMS = ("composed", "calls", "inlined")


@dataclass(frozen=True, slots=True)
class Cost:
    """One example: its data in words, and the instructions of each form. agree: all end in the same outputs, bit for
    bit. expected: these are what the example says, or None where it says nothing.
    """

    data: str
    instructions: tuple[int, ...]
    agree: bool
    expected: bool


def form_source(mixture: Mixture, library: Library, form: str) -> str:
    """The source of a mixture in one of FORMS. Raises SkillError where it is soft and the form is a program."""
    if form == FORMS[0]:
        return mixture_source(mixture, library)
    return lowered_source(mixture, library, inline=form == FORMS[2])


def costs_of(mixture: Mixture, library: Library) -> list[Cost]:
    """Run all forms on every example of the mixture. Raises SkillError, SourceError."""
    forms = FORMS if mixture.hard else FORMS[:1]
    sources = [form_source(mixture, library, form) for form in forms]
    return [_cost(mixture, library, sources, example) for example in mixture.examples]


def _cost(mixture: Mixture, library: Library, sources: list[str], example: Example) -> Cost:
    card = mixture.card()
    runs = [
        run_source(source, mixture, library, example.given, before=example.before, width=example.width)
        for source in sources
    ]
    agree = all(_same(run, runs[0]) for run in runs)
    if example.fault is not None:
        expected = runs[0].fault is example.fault
    else:
        expected = not runs[0].fault and all(
            _close(runs[0].outputs[name], value, card.tolerance) for name, value in example.expected.items()
        )
    return Cost(
        data_text({**example.before, **example.given}), tuple(run.instructions for run in runs), agree, expected
    )


def _same(run: Run, other: Run) -> bool:
    if run.fault or other.fault:
        return run.fault is other.fault
    return all(same_bits(value, other.outputs[name]) for name, value in run.outputs.items())


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
    return str(int(value)) if value == int(value) and abs(value) < 1 << 53 else f"{value:.6g}"


def card_text(mixture: Mixture, library: Library) -> str:
    """A card for the mixture as a skill, one generation above the latest of those that it calls."""
    card = mixture.card()
    if not card.outputs:
        raise SkillError(f"mixture '{mixture.name}' has no outputs")
    generation = 1 + max((library.card(name).generation for name in mixture.skills), default=0)
    lines = [f"skill: {card.name}", f"generation: {generation}", f"kind: {card.kind}"]
    lines.append(f"description: {_quoted(card.description)}")
    for section, slots in (
        ("inputs", card.inputs),
        ("outputs", card.outputs),
        ("constants", card.constants),
        ("weights", card.weights),
    ):
        if slots:
            types = (f"{slot.name}: {_quoted(str(slot.type) + str(slot.shape))}" for slot in slots)
            lines.append(f"{section}: {{{', '.join(types)}}}")
    if card.examples:
        lines.append("tests:")
        lines += [f"  - {{{_example(example)}}}" for example in card.examples]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _example(example: Example) -> str:
    parts = [f"{name}: {_exact(value)}" for name, value in {**example.given, **example.expected}.items()]
    if example.before:
        before = ", ".join(f"{name}: {_exact(value)}" for name, value in example.before.items())
        parts.append(f"before: {{{before}}}")
    if example.fault is not None:
        parts.append(f"fault: {example.fault.label}")
    if example.width != 32:
        parts.append(f"width: {example.width}")
    return ", ".join(parts)


def _exact(value: ArrayLike) -> str:
    def text(item: object) -> str:
        if isinstance(item, list):
            return f"[{', '.join(text(inner) for inner in item)}]"
        assert isinstance(item, float)
        return str(int(item)) if item == int(item) and abs(item) < 1 << 53 else repr(item)

    return text(np.asarray(value, dtype=np.float64).tolist())
