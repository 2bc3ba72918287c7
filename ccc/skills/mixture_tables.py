"""A mixture as the tables that the composition skill reads, and as the source of a skill that runs it.

`skills/compose/compose.s` says what the tables hold.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ccc.errors import SkillError
from ccc.machine import POINTER_CELLS, SLOT_KINDS, Cells
from ccc.skills.known import Known
from ccc.skills.mixture import LOCAL, MANY_ROUNDS, NOTHING, NUMBER, TURNED, Choice, Mixture, Piece, Step, Term
from ccc.skills.model import Card, Kind

COMPOSE = "compose"
OUTPUTS = 3
"""The outputs of the composition skill: what it may write."""
MOST_WEIGHTS = 1 << 20
"""The cells that P may have."""
_OWN, _TURNED = -1, -2
_NUMBERS_A_LINE = 16
_WORD = re.compile(r"[\w.]+")
_SHORT = 127
"""The largest number of the shortest word."""


@dataclass(frozen=True, slots=True)
class Tables:
    """alpha, P and what belongs to them. An entry of exactly 1 makes its row of alpha or P one-hot.

    kinds: K names of skills, `nop` among them. alphas: shape [T, K]. weights: P, shape [T, K, S, m]. advances: shape
    [T, K, S]. guards: shape [T, 2], a piece's number or -1, and its advance. count, until: numbers of pieces or -1.
    """

    kinds: tuple[str, ...]
    alphas: Cells
    weights: Cells
    advances: NDArray[np.int64]
    guards: NDArray[np.int64]
    count: int
    rounds: int
    until: int

    @property
    def mixed(self) -> int:
        """How many slots of a term have a row of P that is neither one-hot nor zero, at most."""
        soft = (self.weights != 0).any(axis=-1) & ~(self.weights == 1).any(axis=-1)
        return int(soft.sum(axis=-1).max(initial=0))

    @property
    def hard(self) -> bool:
        """Whether every step is one skill, called on one piece for each slot."""
        return self.mixed == 0 and bool((self.alphas == 1).any(axis=-1).all())


def lone_ones(rows: Cells) -> Cells:
    """Rows in which an entry of exactly 1 stands alone. What a softmax leaves beside it is below the rounding of 1, and
    the composition skill, which looks for the first entry that is not 0, would meet it or not, as the order has it.
    """
    ones = rows == 1
    return np.where(ones.any(axis=-1, keepdims=True), ones, rows)


def kinds_of(steps: Sequence[Step]) -> tuple[str, ...]:
    """The skills of the terms, each as often as the step has it that has it most often."""
    needed: dict[str, int] = {}
    for step in steps:
        for name, times in Counter(term.skill for term in step.terms).items():
            needed[name] = max(times, needed.get(name, 0))
    return tuple(name for name, times in needed.items() for _ in range(times))


def real_twin(card: Card, library: Known) -> Card:
    """The skill that stands for an integer one while the mixture is soft. Raises SkillError where there is none."""
    if card.kind is not Kind.INTEGER:
        return card
    if card.twin is None:
        raise SkillError(
            f"skill '{card.name}' cannot stand in a soft mixture: its card names no real twin",
            "integer instructions fault on fractions",
        )
    return library.card(card.twin)


def tables_of(mixture: Mixture, library: Known) -> Tables:
    """The tables of a mixture. Raises SkillError where it is soft and an integer skill has no real twin."""
    kinds = kinds_of(mixture.steps)
    names = [piece.name for piece in mixture.pieces]
    cards = {name: library.card(name) for name in mixture.skills}
    most = max((len(card.slots) for card in cards.values()), default=1)
    shape = (len(mixture.steps), len(kinds), most, len(names))
    if math.prod(shape) > MOST_WEIGHTS:
        raise SkillError(
            f"mixture '{mixture.name}' needs tables of {math.prod(shape):,} cells; {MOST_WEIGHTS:,} is the most",
            "P has a row for each step, skill and slot, and an entry for each piece: make several mixtures of it",
        )
    alphas, weights = np.zeros(shape[:2]), np.zeros(shape)
    advances, guards = np.zeros(shape[:3], dtype=np.int64), np.zeros((shape[0], 2), dtype=np.int64)
    guards[:, 0] = -1
    for t, step in enumerate(mixture.steps):
        if step.guard is not None:
            guards[t] = names.index(step.guard.piece), step.guard.advance
        for k, term in _placed(step, kinds):
            alphas[t, k] = term.weight
            order = cards[term.skill].slots if not term.does_nothing else ()
            for s, slot in enumerate(order):
                choice = term.slots[slot.name]
                advances[t, k, s] = choice.advance
                for name, weight in choice.weights:
                    weights[t, k, s, names.index(name)] += weight
    if not mixture.hard:
        kinds = tuple(name if name == NOTHING else real_twin(cards[name], library).name for name in kinds)
    count = names.index(mixture.count) if isinstance(mixture.count, str) else -1
    rounds = mixture.count if isinstance(mixture.count, int) else MANY_ROUNDS
    until = names.index(mixture.until) if mixture.until else -1
    return Tables(kinds, alphas, weights, advances, guards, count, rounds, until)


def _placed(step: Step, kinds: tuple[str, ...]) -> Iterator[tuple[int, Term]]:
    """The terms of a step with their places among the skills."""
    taken: set[int] = set()
    for term in step.terms:
        place = next(k for k, name in enumerate(kinds) if name == term.skill and k not in taken)
        taken.add(place)
        yield place, term


# The source of the skill


def mixture_source(mixture: Mixture, library: Known, tables: Tables | None = None) -> str:
    """The source of a skill `mixture.name` that is called like any other and runs its tables by the composition skill.

    tables: others than those that the mixture says, of the same shapes. Raises SkillError as `tables_of` does.
    """
    found = tables if tables is not None else tables_of(mixture, library)
    name = mixture.name
    required = [COMPOSE, *dict.fromkeys(kind for kind in found.kinds if kind != NOTHING)]
    lines = [f"# {mixture.description}", "#", *(f"# {line}" for line in step_lines(mixture)), ""]
    lines += [f".require {', '.join(required)}", "", f".skill {name}", *slot_lines(mixture)]
    data, spare = _free_name("pieces", mixture), _free_name("spare", mixture)
    outputs = [piece.name for piece in mixture.slots if piece.role == "output"]
    lines.append(f"    .scratch {data}, {POINTER_CELLS * len(mixture.pieces)}")
    if len(outputs) < OUTPUTS:
        lines.append(f"    .scratch {spare}")
    for number, piece in enumerate(mixture.pieces):
        lines += _row_lines(mixture, piece, data, POINTER_CELLS * number)
    windows = [*outputs, *[spare] * (OUTPUTS - len(outputs))]
    lines.append(f"        .invoke {COMPOSE}, {name}.mixture, {data}, {', '.join(windows)}")
    names = [f".const {name}.piece.{piece.name}, {number}" for number, piece in enumerate(mixture.pieces)]
    return "\n".join([*lines, ".endskill", "", *names, ".data", *_table_lines(mixture, found), ".code", ""])


def slot_lines(mixture: Mixture) -> list[str]:
    """The directives that declare the slots."""
    by_role = {role: [piece.name for piece in mixture.slots if piece.role == role] for role in SLOT_KINDS}
    return [f"    .{role} {', '.join(names)}" for role, names in by_role.items() if names]


def _free_name(name: str, mixture: Mixture) -> str:
    while mixture.piece(name) is not None:
        name += "_"
    return name


def _row_lines(mixture: Mixture, piece: Piece, data: str, at: int) -> list[str]:
    """The instructions that write a piece's row, from the cell `data + at` on: address, stride, rows, columns."""
    address, stride = f"movi {data} + {at}, {_OWN}", f"movi {data} + {at + 1}, 1"
    if piece.role == TURNED:
        number = [other.name for other in mixture.pieces].index(piece.of)
        address = f"movi {data} + {at}, {_TURNED - number}"
    elif piece.role == NUMBER:
        address = f"mov  {data} + {at}, {number_cell(mixture, piece)}"
    elif piece.role != LOCAL:
        address, stride = f"mov  {data} + {at}, {piece.name}", f"mov  {data} + {at + 1}, {piece.name}.stride"
    found = [f"        {address}    # {piece}", f"        {stride}"]
    for offset, size in enumerate((*piece.shape.dimensions, 1, 1)[:2], at + 2):
        target = f"{data} + {offset}"
        found.append(f"        {f'ld   {target}, {size}' if isinstance(size, str) else set_line(target, size)}")
    return found


def number_label(mixture: Mixture, piece: Piece) -> str:
    """What the cells of a piece of numbers are called."""
    return f"{mixture.name}.number.{piece.name}"


def number_cell(mixture: Mixture, piece: Piece) -> str:
    """What the cell with the address of a piece of numbers is called: a word may be too short for an address."""
    return f"{mixture.name}.at.{piece.name}"


def number_lines(mixture: Mixture, code: str | None = None) -> Iterator[str]:
    """The cells of pieces of numbers, and of their addresses. code: what names those that are needed; None: all."""
    names = None if code is None else set(_WORD.findall(code))
    for piece in mixture.pieces:
        if piece.role == NUMBER:
            label, cell = number_label(mixture, piece), number_cell(mixture, piece)
            addressed = names is None or cell in names
            if addressed or (names is not None and label in names):
                yield f"{label}:"
                yield from reals_lines(piece.values)
            if addressed:
                yield f"{cell}:"
                yield f"        .reals {label}"


def literal(number: float) -> str:
    """The operand of a cell that holds a number, exactly, at any word width."""
    return f"={_exact(number) if abs(number) <= _SHORT else repr(float(number))}"


def set_line(cell: str, number: float) -> str:
    """The instruction that sets a cell to a number, at any word width."""
    small = number == int(number) and abs(number) <= _SHORT
    return f"movi {cell}, {int(number)}" if small else f"mov  {cell}, {literal(number)}"


def _table_lines(mixture: Mixture, tables: Tables) -> Iterator[str]:
    name = mixture.name
    steps, kinds, most, pieces = tables.weights.shape
    yield f"{name}.mixture:"
    yield f"        .reals {steps}, {kinds}, {pieces}, {most}"
    yield f"        .reals {name}.blocks, {name}.alphas, {name}.weights, {name}.advances, {name}.guards"
    yield f"        .reals {tables.count}, {tables.rounds}, {tables.until}, {tables.mixed}"
    yield f"{name}.blocks:"
    yield f"        .reals {', '.join('0' if kind == NOTHING else kind for kind in tables.kinds)}"
    simplexes = {"alphas": lone_ones(tables.alphas), "weights": lone_ones(tables.weights)}
    arrays = simplexes | {"advances": tables.advances, "guards": tables.guards}
    for label, array in arrays.items():
        yield f"{name}.{label}:"
        yield from reals_lines(array)
    yield from number_lines(mixture)


def reals_lines(numbers: ArrayLike) -> Iterator[str]:
    """The numbers as `.reals` directives, exact, in row-major order."""
    flat = np.asarray(numbers).reshape(-1).tolist()
    for start in range(0, len(flat), _NUMBERS_A_LINE):
        row = flat[start : start + _NUMBERS_A_LINE]
        yield f"        .reals {', '.join(_exact(value) for value in row)}"


def _exact(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1 << 53 else repr(float(value))


# What it says, in words


def choice_text(choice: Choice) -> str:
    """A row of P as one reads it."""
    return f"({choice})" if not choice.hard else str(choice)


def term_text(term: Term) -> str:
    """A term as a call."""
    if term.does_nothing:
        return NOTHING
    return f"{term.skill}({', '.join(f'{slot}={choice_text(choice)}' for slot, choice in term.slots.items())})"


def step_lines(mixture: Mixture) -> list[str]:
    """The program that the mixture stands for, one line a step."""
    found: list[str] = []
    loops = mixture.count != 1 or bool(mixture.until)
    if loops:
        times = f"{mixture.count} times" if mixture.count != MANY_ROUNDS else "repeat"
        found.append(times + (f", until {mixture.until} <= 0" if mixture.until else "") + ":")
    for number, step in enumerate(mixture.steps, 1):
        guard = f"if {choice_text(step.guard)} <= 0: " if step.guard is not None else ""
        terms = " + ".join(
            term_text(term) if term.weight == 1 else f"{term.weight:.3g} {term_text(term)}" for term in step.terms
        )
        found.append(f"{'    ' if loops else ''}{number}. {guard}{terms}")
    return found
