"""Mixtures as they stand in a state: their tables read back, and which term is being run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccc.machine import FRAME_RETURN, FRAME_SLOTS_AT, Cells, Image, Register, SkillBlock, State
from ccc.skills.mixture import NOTHING
from ccc.skills.mixture_tables import COMPOSE, MOST_WEIGHTS, Tables

TABLE_SUFFIX = ".mixture"
_HEADER = 13
_TERM_AT = {"step": -1, "kind": -2, "round": -3}
"""Cells of the composition skill's frame, by distance from fp: its first scratch."""


@dataclass(frozen=True, slots=True)
class StateMixture:
    """The tables of a mixture in a state. pieces: the names of its pieces of data, in order."""

    name: str
    tables: Tables
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """A term that is being run: of which mixture, which step (from 0), which of its skills, in which round."""

    mixture: str
    step: int
    kind: int
    skill: str
    round: int

    def __str__(self) -> str:
        return f"{self.mixture}: step {self.step + 1}, {self.skill}, round {self.round + 1}"


def mixtures_in(image: Image) -> tuple[str, ...]:
    """The names of the mixtures whose tables an image has."""
    return tuple(
        name.removesuffix(TABLE_SUFFIX)
        for name in image.info.symbols
        if name.endswith(TABLE_SUFFIX) and read_mixture_state(image, name.removesuffix(TABLE_SUFFIX)) is not None
    )


def read_mixture_state(image: Image, name: str) -> StateMixture | None:
    """The tables of the mixture called `name`, or None where what stands there are none."""
    at = image.info.symbols.get(name + TABLE_SUFFIX)
    return None if at is None else read_tables(image, at, name)


def read_tables(image: Image, at: int, name: str) -> StateMixture | None:
    """The tables whose header stands at an address, or None where what stands there are none."""
    header = _whole(image.state.cells, at, _HEADER)
    if header is None:
        return None
    steps, kinds, pieces, slots, blocks, alphas, weights, advances, guards, count, rounds, until, _ = header
    if min(steps, kinds, pieces, slots) < 1 or steps * kinds * slots * pieces > MOST_WEIGHTS:
        return None
    rows = _whole(image.state.cells, blocks, kinds)
    found = [
        _part(image.state.cells, *part)
        for part in (
            (alphas, (steps, kinds)),
            (weights, (steps, kinds, slots, pieces)),
            (advances, (steps, kinds, slots)),
            (guards, (steps, 2)),
        )
    ]
    if rows is None or any(part is None for part in found):
        return None
    alpha, weight, advance, guard = (part for part in found if part is not None)
    names = tuple(_skill_name(image, row) for row in rows)
    tables = Tables(names, alpha, weight, advance.astype(np.int64), guard.astype(np.int64), count, rounds, until)
    return StateMixture(name, tables, _piece_names(image, name, pieces))


def _whole(cells: Cells, at: float, size: int) -> list[int] | None:
    """Cells that hold whole numbers, or None where they do not, or lie outside of memory."""
    part = _part(cells, at, (size,))
    if part is None or any(not float(value).is_integer() for value in part):
        return None
    return [int(value) for value in part]


def _part(cells: Cells, at: float, shape: tuple[int, ...]) -> Cells | None:
    size = int(np.prod(shape))
    if not 0 <= at <= len(cells) - size:
        return None
    return cells[int(at) : int(at) + size].reshape(shape)


def _skill_name(image: Image, row: int) -> str:
    if row == 0:
        return NOTHING
    return next((skill.name for skill in image.info.skills if skill.address == row), f"skill at {row}")


def _piece_names(image: Image, name: str, pieces: int) -> tuple[str, ...]:
    prefix = f"{name}.piece."
    names = {value: key.removeprefix(prefix) for key, value in image.info.constants.items() if key.startswith(prefix)}
    return tuple(names.get(number, f"d{number + 1}") for number in range(pieces))


# Frames


@dataclass(frozen=True, slots=True)
class OpenFrame:
    """A frame of the stack. skill: whose code runs in it, or the empty string."""

    fp: int
    skill: str


class Code:
    """Which skill the code at an address belongs to."""

    def __init__(self, image: Image) -> None:
        cells = image.state.cells
        block = image.info.layout.find("skill_code")
        self._end = block.end if block else 0
        self._entries = sorted(
            (cells[skill.address + offset], skill.name, offset == 1)
            for skill in image.info.skills
            for offset in (1, 2)
            if cells[skill.address + offset] >= 1
        )

    def skill_at(self, address: float) -> str:
        """The name, or the empty string outside of skills."""
        return self.part_at(address)[0]

    def part_at(self, address: float) -> tuple[str, bool]:
        """The name, and whether this is forward code, not Jacobian code."""
        found = ("", False)
        for entry, name, forward in self._entries:
            if entry > address:
                break
            found = (name, forward)
        return found if address < self._end else ("", False)


def open_frames(image: Image, state: State, code: Code | None = None) -> Iterator[OpenFrame]:
    """The open frames, the innermost first."""
    code = code or Code(image)
    fp, at, cells = int(state.registers[Register.FP]), state.pc, state.cells
    while 0 < fp < len(cells) - FRAME_SLOTS_AT:
        yield OpenFrame(fp, code.skill_at(at))
        above = int(cells[fp])
        at, fp = float(cells[fp + FRAME_RETURN]), above if above > fp else 0


def open_terms(image: Image, state: State) -> list[OpenTerm]:
    """The terms that are being run, the outermost first: after a fault, what it happened in."""
    found = []
    frames = list(open_frames(image, state))
    terms_from = image.info.symbols.get(f"{COMPOSE}@term", image.size)
    for inner, frame in zip([None, *frames], frames, strict=False):
        if frame.skill == COMPOSE and (inner is not None or state.pc >= terms_from):
            term = term_of(image, state.cells, frame.fp)
            if term is not None:
                found.append(term)
    return found[::-1]


def term_of(image: Image, cells: Cells, fp: int) -> OpenTerm | None:
    """What the composition skill whose frame is at `fp` is running."""
    at = int(cells[fp + FRAME_SLOTS_AT])
    names = [name for name, address in image.info.symbols.items() if address == at and name.endswith(TABLE_SUFFIX)]
    name = names[0].removesuffix(TABLE_SUFFIX) if names else f"tables at {at}"
    found = read_tables(image, at, name)
    step, kind, rounds = (int(cells[fp + offset]) for offset in _TERM_AT.values())
    if found is None or not 0 <= kind < len(found.tables.kinds):
        return None
    return OpenTerm(name, step, kind, found.tables.kinds[kind], rounds)


def skill_block(image: Image, name: str) -> SkillBlock | None:
    """The row called `name`, or None."""
    return next((skill for skill in image.info.skills if skill.name == name), None)
