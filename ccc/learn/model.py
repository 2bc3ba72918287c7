"""What learning is about: a spec with its examples, the problem that a search gets, and what a search gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ccc.errors import Diagnostic, Span
from ccc.learn.room import Room
from ccc.machine import Cells
from ccc.skills import Card, Library, Mixture

DEFAULT_SECONDS = 60.0
DEFAULT_MEMORY = 1 << 30
DEFAULT_NUMBERS = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One example: values of all slots but the outputs, in their shapes; what the outputs hold before and after.

    times: how often the function is applied, its output in place of the first input from the second time on. Training
    cases have 1.
    """

    given: Mapping[str, Cells]
    expected: Mapping[str, Cells]
    before: Mapping[str, Cells] = field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True, slots=True)
class Examples:
    """Cases in three parts. Only `train` is ever shown to a search.

    repeated: how many cases of the other parts were left out because they are training cases.
    """

    train: tuple[Case, ...]
    held_out: tuple[Case, ...] = ()
    longer: tuple[Case, ...] = ()
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may spend. candidates: None for as many as the time allows. memory: bytes. room: where these are
    taken from, where several searches share them; else a search has all of them to itself.
    """

    seconds: float = DEFAULT_SECONDS
    candidates: int | None = None
    memory: int = DEFAULT_MEMORY
    room: Room | None = field(default=None, compare=False, repr=False)


class Place(NamedTuple):
    """Where something stands in a file. line: the text of that line, for messages."""

    span: Span
    line: str = ""

    def mistake(self, message: str, hint: str = "") -> Diagnostic:
        """What is wrong here."""
        return Diagnostic(message, self.span, self.line, hint)


@dataclass(frozen=True, slots=True)
class Spec:
    """A function to be learnt.

    card: its name, kind, description and slots. numbers: the constants that a program may contain. use: the skills that
    may be its parts, or None for all of the library. atoms: the skills of generation 0 that its parts may be or rest
    on, or None for all. method: the method of search that it asks for, or nothing. checksum: of all that says what is
    to be learnt, so that a result can be attributed to it. places: of the skills in `use` and `atoms`, by name.
    """

    card: Card
    examples: Examples
    numbers: tuple[float, ...] = DEFAULT_NUMBERS
    use: tuple[str, ...] | None = None
    budget: Budget = Budget()
    width: int = 32
    seed: int = 0
    checksum: str = ""
    path: Path = Path()
    span: Span = field(default=Span("", 1, 1))
    method: str = ""
    atoms: tuple[str, ...] | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        return self.card.name


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a program is that is built step by step: what a guide may look at (equation 6).

    step: the number of the step that comes next, from 0. values: the results of the steps so far, shape [steps, lanes].
    cases: the training case of each lane, shape [lanes]: of a straight line one lane a case, of a loop one a round.
    """

    step: int
    values: Cells
    cases: NDArray[np.int64]


Advise = Callable[[Reached], Mapping[str, float]]
"""For each part how likely it is the next step; all weights are > 0 and sum to 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a search gets: a signature, the training cases, and what programs may be made of.

    parts: the names of the skills of `library` that may be used, most promising first where a guide has ordered them.
    weights: for each part how likely a guide holds it to be used, on the simplex; empty for all alike. skip: by
    the name of a method, so many candidates were tried by an earlier search of the same problem on as much memory,
    which was interrupted; they count, but nothing that is right on all cases need be looked for among them. advise:
    asked at each step, where what the guide says depends on it; None where `weights` hold for all steps. named: the
    parts that the spec asks for by name. places: where it does.
    """

    card: Card
    cases: tuple[Case, ...]
    library: Library
    parts: tuple[str, ...]
    numbers: tuple[float, ...] = DEFAULT_NUMBERS
    weights: Mapping[str, float] = field(default_factory=dict)
    width: int = 32
    skip: Mapping[str, int] = field(default_factory=dict)
    advise: Advise | None = field(default=None, compare=False)
    named: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A program: hard mixtures, of which the last is the skill looked for and earlier ones are parts of later ones.

    right: the share of the expected outputs' elements over all training cases that it gets right; 1 for a solution.
    """

    mixtures: tuple[Mixture, ...]
    method: str
    candidates: int
    right: float = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is. candidates: tried so far, before those that compute the same are put together; what was
    found among them has been given before this is reported, so that a search which is interrupted can go on from here.
    tried: of several methods that of each, by name. work: how long that took, in comparisons of a number, or 0 where a
    method does not say; it depends on the candidates alone. doing: what it is at, in words, or nothing.
    """

    method: str
    size: int
    candidates: int
    kept: int
    best: float
    tried: Mapping[str, int] = field(default_factory=dict)
    work: float = 0.0
    doing: str = ""

    @property
    def by_method(self) -> Mapping[str, int]:
        """The candidates that each method has tried."""
        return self.tried or {self.method: self.candidates}


Report = Callable[[Progress], None]


class Searcher(Protocol):
    """A method of search. The same problem, budget in candidates and seed give the same programs in the same order."""

    name: str

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """Programs that are right on all cases, the simplest first, until the budget or the space is used up. What is
        partly right is given too, whenever it is better than all before. Calls `report` several times a second.
        """
        ...
