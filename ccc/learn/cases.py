"""Cases of a function to be learnt: values checked against slots, repetitions, splits."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ccc.errors import SkillError, nearest
from ccc.learn.model import Case, Examples
from ccc.machine import Cells, format_cell, word_range
from ccc.skills.closeness import right_elements
from ccc.skills.model import Card, Slot, Type, shaped, sizes_of

PARTS = ("train", "held_out", "longer")
"""The parts that cases are split into, as `Examples` has them."""
BEFORE = "before"
"""The key under which a case says what outputs hold at first."""
UNKNOWN = "?"
"""Stands for an element of an output that is not known: NaN among what is expected."""
UNSIZED = "`null` for each of its elements says how many there are"
"""A hint where nothing is known of an output, and it has no size."""
MAX_ELEMENTS = 1 << 24
"""The most elements that all cases of a spec may have together."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The slots of the function. alphabets: of the slots that hold symbols, the words for 0, 1, ..."""

    card: Card
    width: int = 32
    alphabets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def wrong(self, slot: Slot, value: float) -> str:
        """What was expected instead of a number, or the empty string where it is fine."""
        if slot.type is Type.REAL or (slot.role == "output" and math.isnan(value)):
            return ""
        low, high = self.range_of(slot)
        if value != int(value) or not low <= value <= high:
            return f"an integer from {low} to {high}"
        return ""

    def range_of(self, slot: Slot) -> tuple[int, int]:
        """The least and the largest integer that a slot may hold."""
        if slot.name in self.alphabets:
            return 0, len(self.alphabets[slot.name]) - 1
        return (0, 1) if slot.type is Type.BIT else word_range(self.width)

    def symbol(self, slot: Slot, word: str) -> float | None:
        """The number that a word stands for in this slot, or None."""
        if word == UNKNOWN and slot.role == "output":
            return math.nan
        alphabet = self.alphabets.get(slot.name, ())
        return float(alphabet.index(word)) if word in alphabet else None

    def expected(self, slot: Slot) -> str:
        """What stands for a value of the slot, in words."""
        one = " or ".join(self.alphabets[slot.name][:8]) if slot.name in self.alphabets else "a number"
        many = "symbols" if slot.name in self.alphabets else "numbers"
        return (one, f"a list of {many}", "a list of rows")[len(slot.shape.dimensions)]

    def case(self, values: Mapping[str, Cells], before: Mapping[str, Cells], *, expected: bool = True) -> Case:
        """A case from the values of slots; dimensions that shapes tell may be left out.

        A single NaN stands for an output of which nothing is known, in the shape that the others tell. expected:
        whether values of outputs must be there. Raises SkillError on what does not fit.
        """
        card = self.card
        self._check_names(values, before)
        unknown = self._unknown(values)
        known = {name: value for name, value in values.items() if name not in unknown}
        sizes = sizes_of(card, {**before, **known})
        found = {name: np.asarray(float(size)) for name, size in sizes.items()} | known
        found |= {name: _nothing_known(slot, sizes) for name, slot in unknown.items()}
        wanted = card.slots if expected else card.given
        missing = [slot.name for slot in wanted if slot.name not in found]
        if missing:
            raise SkillError(f"no value for {', '.join(repr(name) for name in missing)}")
        fitted = {slot.name: self._fit(slot, found[slot.name], sizes) for slot in wanted}
        starts = {slot.name: self._fit(slot, before[slot.name], sizes) for slot in card.outputs if slot.name in before}
        outputs = {slot.name: fitted.pop(slot.name) for slot in card.outputs if slot.name in fitted}
        return Case(fitted, outputs, starts)

    def unsized(self, values: Mapping[str, Cells], before: Mapping[str, Cells]) -> dict[str, str]:
        """Of outputs of which nothing is known, not even the shape: what is wrong, by name."""
        unknown = self._unknown(values)
        told = {name for name in values if name in self.card.dimensions}
        for given in (values, before):
            for slot in self.card.slots:
                if slot.name in given and slot.shape.dimensions and given[slot.name].ndim == len(slot.shape.dimensions):
                    told.update(map(str, slot.shape.dimensions))
        found = {}
        for name, slot in unknown.items():
            missing = [part for part in slot.shape.dimensions if isinstance(part, str) and part not in told]
            if missing:
                found[name] = f"slot '{name}': not known, and nothing says what '{missing[0]}' is"
        return found

    def _unknown(self, values: Mapping[str, Cells]) -> dict[str, Slot]:
        """The outputs with more than one number of which nothing is known."""
        outputs = [slot for slot in self.card.outputs if slot.shape.dimensions and slot.name in values]
        found = {slot.name: slot for slot in outputs if values[slot.name].ndim == 0}
        return {name: slot for name, slot in found.items() if math.isnan(float(values[name]))}

    def _check_names(self, values: Mapping[str, Cells], before: Mapping[str, Cells]) -> None:
        for given, slots in ((values, self.card.slots), (before, self.card.outputs)):
            known = [slot.name for slot in slots]
            for name in given:
                if name not in known:
                    kind = "slot" if given is values else "output"
                    raise SkillError(f"no {kind} {name!r}", nearest(name, known) or f"known: {', '.join(known)}")
        for name, value in before.items():
            if np.isnan(value).any():
                raise SkillError(f"{BEFORE}: what '{name}' holds must be known")

    def _fit(self, slot: Slot, value: Cells, sizes: Mapping[str, int]) -> Cells:
        for number in value.reshape(-1).tolist():
            wanted = self.wrong(slot, number)
            if wanted:
                raise SkillError(f"slot '{slot.name}': expected {wanted}, found {format_cell(number)}")
        return shaped(self.card, slot, value, sizes)


def _nothing_known(slot: Slot, sizes: Mapping[str, int]) -> Cells:
    """Raises SkillError where that is too large."""
    shape = slot.shape.sizes(sizes)
    if math.prod(shape) > MAX_ELEMENTS:
        raise SkillError(f"slot '{slot.name}': {math.prod(shape):,} numbers; {MAX_ELEMENTS:,} are the most")
    return np.full(shape, np.nan)


def key_of(case: Case) -> bytes:
    """Equal for two cases that a function cannot tell apart: the same values before the call, as many calls."""
    parts = [*case.given.items(), *((f".{name}", value) for name, value in case.before.items())]
    values = b"".join(f"{name}{value.shape}".encode() + value.tobytes() for name, value in parts)
    return values + f"*{case.times}".encode()


def elements_of(case: Case) -> int:
    """How many numbers a case has."""
    values = (*case.given.values(), *case.expected.values(), *case.before.values())
    return sum(value.size for value in values)


def contradiction(card: Card, one: Case, other: Case) -> str:
    """The output that two cases with the same inputs say otherwise of, or nothing."""
    for slot in card.outputs:
        left, right = one.expected[slot.name], other.expected[slot.name]
        known = ~(np.isnan(left) | np.isnan(right))
        if not right_elements(card, slot, right[known], left[known]).all():
            return slot.name
    return ""


def is_partial(case: Case) -> bool:
    """Whether some of what is expected is not known."""
    return any(bool(np.isnan(value).any()) for value in case.expected.values())


def without_repeated(parts: Mapping[str, Sequence[Case]]) -> Examples:
    """The parts without cases that stand twice in one, and without training cases in the others; these are counted."""
    kept: dict[str, tuple[Case, ...]] = {}
    repeated = 0
    train = {key_of(case) for case in parts.get("train", ())}
    for part in PARTS:
        unique: dict[bytes, Case] = {}
        for case in parts.get(part, ()):
            unique[key_of(case)] = _merged(unique.get(key_of(case), case), case)
        found = {key: case for key, case in unique.items() if part == "train" or key not in train}
        if part != "train":
            repeated += sum(key_of(case) in train for case in parts.get(part, ()))
        kept[part] = tuple(found.values())
    return Examples(kept["train"], kept["held_out"], kept["longer"], repeated)


def _merged(one: Case, other: Case) -> Case:
    """What is known of two cases with the same inputs."""
    if not is_partial(one):
        return one
    known = {name: np.where(np.isnan(value), other.expected[name], value) for name, value in one.expected.items()}
    return replace(one, expected=known)


def nothing_to_learn(train: Sequence[Case]) -> str:
    """Why nothing can be learnt from these training cases, or nothing."""
    if not train:
        return "no case to learn from"
    outputs = [value for case in train for value in case.expected.values()]
    if not any(value.size for value in outputs):
        return "no training case has an output with any element, so there is nothing to learn"
    for name in train[0].expected:
        every = [case.expected[name] for case in train]
        if any(value.size for value in every) and all(np.isnan(value).all() for value in every):
            return f"output '{name}' is known in no training case, so there is nothing to learn of it"
    return ""


def with_outputs(case: Case, outputs: Mapping[str, Cells]) -> Case:
    """The case with these expected outputs."""
    return replace(case, expected=dict(outputs))


def checksum_of(header: Mapping[str, object], examples: Examples) -> str:
    """A SHA-256 of all that says what is to be learnt: the keys in `header`, and every case."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
    for part in PARTS:
        cases: tuple[Case, ...] = getattr(examples, part)
        digest.update(f"\n{part} {len(cases)}\n".encode())
        for case in cases:
            for values in (case.given, case.before, case.expected):
                for name in sorted(values):
                    digest.update(f"{name}{list(values[name].shape)}".encode())
                    digest.update(values[name].astype("<f8").tobytes())
                digest.update(b";")
    return digest.hexdigest()
