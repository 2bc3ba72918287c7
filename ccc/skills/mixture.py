"""A mixture: steps that weigh skills, whose slots weigh pieces of data (equations 3 to 5). Hard, it is a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ccc.errors import Span
from ccc.machine import SLOT_KINDS
from ccc.skills.model import Card, Example, Kind, Shape, Slot, Type

NOWHERE = Span("", 1, 1)
SCALAR = Shape()
NOTHING = "nop"
"""The skill that leaves the state as it is."""
SIMPLEX = 1e-9
"""How far weights may sum to something else than 1."""
LOCAL, NUMBER, TURNED = "local", "number", "turned"
MANY_ROUNDS = 1 << 30
"""The rounds of a mixture that only `until` ends."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of data. role: a kind of slot; `local`, zeros at the start of each call; `number`, with its values; or
    `turned`, the matrix `of` with rows and columns exchanged.
    """

    name: str
    role: str
    type: Type
    shape: Shape = SCALAR
    values: tuple[float, ...] = ()
    of: str = ""
    span: Span = NOWHERE

    def __str__(self) -> str:
        return f"{self.name}: {self.type}{self.shape}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of P: pieces with weights. advance: how many rows of the piece the slot moves on with each round."""

    weights: tuple[tuple[str, float], ...]
    advance: int = 0
    span: Span = NOWHERE

    @classmethod
    def of(cls, piece: str, advance: int = 0) -> Choice:
        """A one-hot row."""
        return cls(((piece, 1.0),), advance)

    @property
    def hard(self) -> bool:
        return len(self.weights) == 1

    @property
    def piece(self) -> str:
        """The piece of a one-hot row."""
        ((name, _),) = self.weights
        return name

    def __str__(self) -> str:
        moved = f"{self.advance:+d}".replace("+1", "+").replace("-1", "-") if self.advance else ""
        if self.hard:
            return self.piece + moved
        return " + ".join(f"{weight:.3g} {name}{moved}" for name, weight in self.weights)


@dataclass(frozen=True, slots=True)
class Term:
    """A skill with its weight alpha, and what each of its slots points to."""

    skill: str
    slots: Mapping[str, Choice] = field(default_factory=dict)
    weight: float = 1.0
    span: Span = NOWHERE

    @property
    def does_nothing(self) -> bool:
        return self.skill == NOTHING


@dataclass(frozen=True, slots=True)
class Step:
    """A weighted sum of terms, run only where the cell of the guard, if there is one, is <= 0."""

    terms: tuple[Term, ...]
    guard: Choice | None = None
    span: Span = NOWHERE

    @property
    def hard(self) -> bool:
        return len(self.terms) == 1 and all(choice.hard for choice in self.terms[0].slots.values())

    @property
    def term(self) -> Term:
        """The term of a hard step."""
        (term,) = self.terms
        return term


@dataclass(frozen=True, slots=True)
class Mixture:
    """T steps, run for as many rounds as `count` says: a number, or the name of a piece whose cell holds it. until: a
    piece that ends it when it is <= 0 after a round.
    """

    name: str
    kind: Kind
    description: str
    pieces: tuple[Piece, ...]
    steps: tuple[Step, ...]
    count: int | str = 1
    until: str = ""
    examples: tuple[Example, ...] = ()
    path: Path = Path()
    span: Span = NOWHERE

    @property
    def hard(self) -> bool:
        """Whether every alpha and every row of P is one-hot: a program over skills."""
        return all(step.hard for step in self.steps)

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills that occur, each once, in order."""
        return tuple(dict.fromkeys(term.skill for term in self.terms() if not term.does_nothing))

    def terms(self) -> Iterator[Term]:
        for step in self.steps:
            yield from step.terms

    def piece(self, name: str) -> Piece | None:
        """The piece called `name`, or None."""
        return next((piece for piece in self.pieces if piece.name == name), None)

    @property
    def slots(self) -> tuple[Piece, ...]:
        """The pieces that are slots of the mixture as a skill, in the order of the frame."""
        return tuple(piece for kind in SLOT_KINDS for piece in self.pieces if piece.role == kind)

    @property
    def rounds(self) -> int | None:
        """How many rounds there are at most, where that is known before a run."""
        if isinstance(self.count, int):
            return self.count if self.count < MANY_ROUNDS else None
        piece = self.piece(self.count)
        known = piece is not None and piece.role == NUMBER and not piece.shape.dimensions
        return int(piece.values[0]) if piece is not None and known else None

    def card(self, generation: int = 0) -> Card:
        """What the mixture is as a skill."""
        slots = tuple(Slot(piece.name, piece.role, piece.type, piece.shape) for piece in self.slots)
        tolerance = 0.0 if self.kind is Kind.INTEGER else 1e-12
        return Card(
            *(self.name, self.kind, self.description, slots, generation, None, False, None, tolerance),
            self.examples,
            self.path,
            self.span,
        )


def stays_inside(mixture: Mixture, piece: Piece, advance: int) -> bool:
    """Whether it is known before a run that a slot which moves on by `advance` rows a round never leaves the piece."""
    rows, rounds = piece.shape.dimensions[0], mixture.rounds
    if isinstance(rows, str):
        return (mixture.count == rows and abs(advance) == 1) or rounds == 0
    return rounds is not None and (rounds - 1) * abs(advance) < rows
