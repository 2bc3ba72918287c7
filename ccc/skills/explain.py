"""What the skills of an image do: the programs that mixtures stand for, what rests on what, and a run, call by call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ccc.isa import BY_MNEMONIC, INSTRUCTION_CELLS
from ccc.machine import (
    FRAME_ORIGIN,
    FRAME_SLOTS_AT,
    FRAME_WINDOWS_AT,
    SKILL_HEADER,
    Cells,
    Image,
    Register,
    State,
)
from ccc.skills.library import Library
from ccc.skills.mixture import MANY_ROUNDS, NOTHING, Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_state import Code, StateMixture, open_frames, read_mixture_state, skill_block, term_of
from ccc.skills.mixture_tables import COMPOSE, choice_text
from ccc.skills.model import Card, Kind, Type
from ccc.trace import make_executor

EXEC = BY_MNEMONIC["exec"].opcode
_MOST_ELEMENTS = 1 << 16


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
    slots = {slot: _choice(found, t, k, s) for s, slot in enumerate(block.names if block else ())}
    return Term(name, slots, float(found.tables.alphas[t, k]))


def _choice(found: StateMixture, t: int, k: int, s: int) -> Choice:
    row = found.tables.weights[t, k, s]
    pairs = tuple((found.pieces[j], float(row[j])) for j in np.flatnonzero(row))
    return Choice(pairs or (("nothing", 1.0),), int(found.tables.advances[t, k, s]))


# What rests on what


def calls_of(image: Image, name: str) -> tuple[str, ...]:
    """The skills that a skill calls by itself, each once: the terms of its tables, or what its code calls."""
    mixture = read_mixture_state(image, name)
    if mixture is not None:
        return tuple(dict.fromkeys(kind for kind in mixture.tables.kinds if kind != NOTHING))
    return tuple(dict.fromkeys(called for caller, called in _execs(image) if caller == name))


def _execs(image: Image) -> Iterator[tuple[str, str]]:
    """Every call in the forward code of skills: whose code, and which skill."""
    block = image.info.layout.find("skill_code")
    if block is None:
        return
    cells, code = image.state.cells, Code(image)
    rows = _rows(image)
    for at in range(block.start, block.end - INSTRUCTION_CELLS + 1, INSTRUCTION_CELLS):
        where = cells[at + 1]
        if cells[at] == EXEC and float(where).is_integer() and 0 <= where < len(cells):
            called = rows.get(float(cells[int(where)]))
            caller, forward = code.part_at(at)
            if called is not None and forward:
                yield caller, called


def _rows(image: Image) -> dict[float, str]:
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


# A run


@dataclass(slots=True)
class SlotValue:
    """One slot of a call. piece: what it points to, by name. before, after: the values there."""

    slot: str
    role: str
    piece: str
    before: Cells
    after: Cells


@dataclass(slots=True)
class CallRecord:
    """One call. depth: how many skills were open around it, without the composition skill. term: `step 1`, where a
    mixture calls, with its weight alpha.
    """

    skill: str
    depth: int
    step: int
    round: int
    weight: float
    slots: list[SlotValue]
    returned: bool = False


class Watcher:
    """Runs an image on the emulator and records its calls. cards: of skills that the library does not have."""

    def __init__(self, image: Image, library: Library, cards: Mapping[str, Card] | None = None) -> None:
        self._image, self._library, self._cards = image, library, dict(cards or {})
        self._code, self._rows = Code(image), _rows(image)
        self.calls: list[CallRecord] = []
        self.steps = 0
        self.state = image.state

    def run(self, *, max_calls: int, max_steps: int) -> None:
        """Run until the program ends, or so many calls or instructions have been seen."""
        executor = make_executor("emulator", self._image)
        executor.start(self._image, ())
        open_calls: list[tuple[CallRecord, float, float, list[tuple[int, int, int]]]] = []
        while self.steps < max_steps:
            state = self.state
            pc = int(state.pc) if not state.stopped else -1
            if open_calls and open_calls[-1][1] == pc and open_calls[-1][2] == state.registers[Register.SP]:
                record, _, _, where = open_calls.pop()
                for value, place in zip(record.slots, where, strict=True):
                    value.after = _read(state.cells, *place)
                record.returned = True
            if state.stopped or (len(self.calls) >= max_calls and not open_calls):
                return
            if 0 <= pc < self._image.size and state.cells[pc] == EXEC and len(self.calls) < max_calls:
                found = self._call(state, pc)
                if found is not None:
                    record, where = found
                    self.calls.append(record)
                    open_calls.append((record, pc + INSTRUCTION_CELLS, state.registers[Register.SP], where))
            self.steps += executor.run(1)
            self.state = executor.state()

    def _call(self, state: State, pc: int) -> tuple[CallRecord, list[tuple[int, int, int]]] | None:
        """The call that the `exec` at pc makes, and where its slots point: address, stride, elements."""
        cells = state.cells
        operand = cells[pc + 1]
        if operand <= -2 and state.registers[Register.FP]:
            operand += state.registers[Register.FP] + FRAME_ORIGIN
        name = self._rows.get(float(cells[int(operand)])) if 0 <= operand < len(cells) else None
        block = skill_block(self._image, name) if name else None
        if name is None or block is None or name == COMPOSE:
            return None
        frames = list(open_frames(self._image, state, self._code))
        top = int(state.registers[Register.SP]) - FRAME_WINDOWS_AT + FRAME_SLOTS_AT
        names, term = self._names(state, frames[0].fp if frames and frames[0].skill == COMPOSE else 0)
        roles = [
            role for role, of in zip(("input", "output", "constant", "weight"), block.slots, strict=True) for _ in of
        ]
        addresses = [(int(cells[top + 2 * i]), int(cells[top + 2 * i + 1])) for i in range(len(block.names))]
        sizes = self._elements(name, block.names, cells, addresses)
        where = [(at, stride, size) for (at, stride), size in zip(addresses, sizes, strict=True)]
        values = []
        for i, slot in enumerate(block.names):
            piece = names[i] if names else self._piece(where[i][0], frames[0].fp if frames else 0, state)
            value = _read(cells, *where[i])
            values.append(SlotValue(slot, roles[i], piece, value, value))
        depth = sum(frame.skill != COMPOSE for frame in frames)
        return CallRecord(name, depth, *term, values), where

    def _names(self, state: State, fp: int) -> tuple[list[str], tuple[int, int, float]]:
        """What the slots of a term point to, and its step, round and weight, where a mixture calls."""
        term = term_of(self._image, state.cells, fp) if fp else None
        found = read_mixture_state(self._image, term.mixture) if term else None
        if term is None or found is None:
            return [], (0, 0, 1.0)
        row = range(found.tables.weights.shape[2])
        names = [choice_text(_choice(found, term.step, term.kind, s)) for s in row]
        return names, (term.step + 1, term.round + 1, float(found.tables.alphas[term.step, term.kind]))

    def _piece(self, address: int, fp: int, state: State) -> str:
        """A name for an address: that of a slot of the caller, of a data pointer, of a label of data."""
        caller = next(iter(open_frames(self._image, state, self._code)), None)
        block = skill_block(self._image, caller.skill) if caller else None
        if fp and block is not None:
            for i, slot in enumerate(block.names):
                if state.cells[fp + FRAME_SLOTS_AT + 2 * i] == address:
                    return slot
        found = self._image.info.layout.at(address)
        if found is not None and found.name == "stack":
            return f"fp{address - fp:+d}" if fp else "stack"
        return self._label(address) if found is not None and found.name == "data" else ""

    def _label(self, address: int) -> str:
        """The label of static memory that an address stands at or behind."""
        below = [(at, name) for name, at in self._image.info.symbols.items() if at <= address and "@" not in name]
        at, name = max(below, default=(address, ""))
        short = name.removesuffix(".data").rpartition(".")[2]
        return f"{short}{f'+{address - at}' if address > at else ''}" if short else ""

    def _elements(self, name: str, slots: tuple[str, ...], cells: Cells, addresses: list[tuple[int, int]]) -> list[int]:
        """How many elements each slot has, by the card; 1 where there is none."""
        if name not in self._cards and name in self._library:
            self._cards[name] = self._library.card(name)
        card = self._cards.get(name)
        if card is None or tuple(slot.name for slot in card.slots) != slots:
            return [1] * len(slots)
        values = {slot: cells[at] for slot, (at, _) in zip(slots, addresses, strict=True) if 0 <= at < len(cells)}
        sizes = {part: max(0, int(values.get(part, 1.0))) for part in card.dimensions}
        counts = []
        for slot in slots:
            found = card.slot(slot)
            count = int(np.prod(found.shape.sizes(sizes))) if found else 1
            counts.append(min(count, _MOST_ELEMENTS))
        return counts


def _read(cells: Cells, address: int, stride: int, count: int) -> Cells:
    places = address + stride * np.arange(count)
    inside = places[(places >= 0) & (places < len(cells))]
    return cells[inside].copy()
