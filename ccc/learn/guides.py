"""Guides (equation 6): how likely each skill is a part of what is to be learnt. A guide orders a search."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ccc.errors import UsageError, nearest
from ccc.learn.model import Case, Reached
from ccc.skills import Card, Library


@dataclass(frozen=True, slots=True)
class Question:
    """What a guide is asked: which skill comes next.

    card: the signature and the description of what is to be learnt. cases: the training examples. parts: the skills to
    choose among. reached: the step, and the state that the program has reached on each example, or None where one
    answer is wanted for all steps.
    """

    card: Card
    cases: tuple[Case, ...]
    parts: tuple[str, ...]
    library: Library
    reached: Reached | None = None


class Guide(Protocol):
    """Orders a search. Every weight is > 0, so that a guide only reweights and never rules a part out.

    A guide whose answer depends on the step or on the state reached says so with `per_step`; searches that build
    programs step by step then ask it before each step, and all others once, without a state.
    """

    @property
    def name(self) -> str:
        """What users call it."""
        ...

    @property
    def per_step(self) -> bool:
        """Whether the weights depend on the step or the state."""
        ...

    def weigh(self, question: Question) -> Mapping[str, float]:
        """For each of the parts how likely it is the next step; the weights sum to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Uniform:
    """Holds all parts for equally likely."""

    name: str = "uniform"
    per_step: bool = False

    def weigh(self, question: Question) -> Mapping[str, float]:
        return {part: 1 / len(question.parts) for part in question.parts}


@dataclass(frozen=True, slots=True)
class Frequency:
    """Holds a part for the likelier the more often it occurs in what was learnt before.

    counts: how often each skill occurs. doubt: what is added to each count, so that no part has weight 0.
    """

    counts: Mapping[str, int]
    doubt: float = 1.0
    name: str = "frequency"
    per_step: bool = False

    def weigh(self, question: Question) -> Mapping[str, float]:
        raw = {part: self.counts.get(part, 0) + self.doubt for part in question.parts}
        total = sum(raw.values())
        return {part: weight / total for part, weight in raw.items()}


@dataclass(frozen=True, slots=True)
class Text:
    """Holds a part for the likelier the more its description has in common with that of what is to be learnt, and the
    more often it occurs in what was learnt before: half of the weight for each.

    Likeness is the cosine of the words of name and description, each counting by how rare it is among the parts (tf-idf
    with each word once).
    """

    frequency: Frequency
    name: str = "text"
    per_step: bool = False

    def weigh(self, question: Question) -> Mapping[str, float]:
        often = self.frequency.weigh(question)
        alike = self._likeness(question)
        total = sum(alike.values())
        if not total:
            return often
        return {part: often[part] / 2 + alike[part] / total / 2 for part in question.parts}

    @staticmethod
    def _likeness(question: Question) -> Mapping[str, float]:
        texts = {part: words(question.library.card(part)) for part in question.parts}
        counts = Counter(word for text in texts.values() for word in text)
        rare = {word: math.log(len(texts) / count) for word, count in counts.items()}
        asked = words(question.card)
        found = {}
        for part, text in texts.items():
            length = math.sqrt(sum(rare[word] ** 2 for word in text))
            found[part] = sum(rare[word] ** 2 for word in text & asked) / length if length else 0.0
        return found


def words(card: Card) -> frozenset[str]:
    """The words of a skill's name and description, in lower case and without an s at the end."""
    found = re.findall(r"[a-z]+", f"{card.name} {card.description}".lower())
    return frozenset(word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word for word in found)


GUIDES = ("uniform", "frequency", "text")


def make_guide(name: str, library: Library, learnt: Sequence[str]) -> Guide:
    """The guide called `name`. learnt: the skills of the library that were learnt before. Raises UsageError."""
    from ccc.learn.priors import count_parts

    if name == "uniform":
        return Uniform()
    if name in ("frequency", "text"):
        frequency = Frequency(count_parts(library, learnt))
        return Text(frequency) if name == "text" else frequency
    raise UsageError(f"no guide {name!r}", nearest(name, GUIDES) or f"known: {', '.join(GUIDES)}")


def ordered(weights: Mapping[str, float]) -> tuple[str, ...]:
    """The parts, the likeliest first; equal ones by name."""
    return tuple(sorted(weights, key=lambda part: (-weights[part], part)))
