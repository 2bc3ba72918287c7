"""What the skills of an image do: the programs that mixtures stand for, and what rests on what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ccc.isa import BY_MNEMONIC, INSTRUCTION_CELLS
from ccc.machine import SKILL_HEADER, Block, Image
from ccc.skills.mixture import MANY_ROUNDS, NOTHING, Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_state import Code, StateMixture, read_mixture_state, skill_block
from ccc.skills.model import Kind, Type

EXEC = BY_MNEMONIC["exec"].opcode


# Programs


def as_mixture(found: StateMixture, image: Image) -> Mixture:
    """The mixture that tables in a state stand for; of its pieces only the names are known."""
    tables = found.tables
    steps = []
    for t in range(len(tables.alphas)):
        number, advance = tables.guards[t]
        guard = Choice.of(found.pieces[number], int(advance)) if number >= 0 else None
        terms = [_term(found, image, t, int(k)) for k in np.flatnonzero(tables.alphas[t])]
        steps.append(Step(tuple(terms) or (Term(NOTHING),), guard))
    pieces = tuple(Piece(name, "", Type.REAL) for name in found.pieces)
    count: int | str = found.pieces[tables.count] if tables.count >= 0 else min(tables.rounds, MANY_ROUNDS)
    until = found.pieces[tables.until] if tables.until >= 0 else ""
    return Mixture(found.name, Kind.REAL, "", pieces, tuple(steps), count, until)


def _term(found: StateMixture, image: Image, t: int, k: int) -> Term:
    name = found.tables.kinds[k]
    block = skill_block(image, name)
    slots = {slot: choice_of(found, t, k, s) for s, slot in enumerate(block.names if block else ())}
    return Term(name, slots, float(found.tables.alphas[t, k]))


def choice_of(found: StateMixture, t: int, k: int, s: int) -> Choice:
    """The row of P of step t, skill k, slot s."""
    row = found.tables.weights[t, k, s]
    pairs = tuple((found.pieces[j], float(row[j])) for j in np.flatnonzero(row))
    return Choice(pairs or (("nothing", 1.0),), int(found.tables.advances[t, k, s]))


# What rests on what


def calls_of(image: Image, name: str) -> tuple[str, ...]:
    """The skills that a skill calls by itself, each once: the terms of its tables, or what its forward code calls."""
    mixture = read_mixture_state(image, name)
    if mixture is not None:
        return tuple(dict.fromkeys(kind for kind in mixture.tables.kinds if kind != NOTHING))
    return _called(image, name, forward=True)


def jacobian_calls_of(image: Image, name: str) -> tuple[str, ...]:
    """The skills that the Jacobian code of a skill calls by itself, each once."""
    return _called(image, name, forward=False)


def program_calls(image: Image) -> tuple[str, ...]:
    """The skills that the program outside skills calls, each once."""
    return tuple(dict.fromkeys(called for _, called in _execs(image, image.info.layout.find("code"))))


def _called(image: Image, name: str, *, forward: bool) -> tuple[str, ...]:
    code = Code(image)
    execs = _execs(image, image.info.layout.find("skill_code"))
    return tuple(dict.fromkeys(called for at, called in execs if code.part_at(at) == (name, forward)))


def _execs(image: Image, block: Block | None) -> Iterator[tuple[int, str]]:
    """Every call in a block of code: where, and of which skill."""
    if block is None:
        return
    cells, rows = image.state.cells, skill_rows(image)
    for at in range(block.start, block.end - INSTRUCTION_CELLS + 1, INSTRUCTION_CELLS):
        where = cells[at + 1]
        if cells[at] == EXEC and float(where).is_integer() and 0 <= where < len(cells):
            called = rows.get(float(cells[int(where)]))
            if called is not None:
                yield at, called


def skill_rows(image: Image) -> dict[float, str]:
    """The names of skills by what `exec` takes: the row, or the row with the flag set."""
    forward = {float(skill.address): skill.name for skill in image.info.skills}
    return {float(skill.address + SKILL_HEADER): skill.name for skill in image.info.skills} | forward


def tree_lines(image: Image, name: str) -> list[str]:
    """A skill and what it rests on, down to skills that call none; what was shown is not shown again."""
    shown: set[str] = set()

    def lines(skill: str, lead: str, first: str) -> Iterator[str]:
        below = calls_of(image, skill)
        mixture = read_mixture_state(image, skill)
        how = ""
        if mixture is not None:
            how = " (composed, hard)" if mixture.tables.hard else " (composed, soft)"
        if skill in shown and below:
            yield f"{first}{skill}{how} (as above)"
            return
        shown.add(skill)
        yield f"{first}{skill}{how}"
        others = [other for other in below if other != skill]
        for number, other in enumerate(others):
            last = number == len(others) - 1
            yield from lines(other, lead + ("   " if last else "|  "), lead + ("`- " if last else "|- "))

    return list(lines(name, "", ""))
