"""A run of an image, call by call, with the values that skills are given and leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ccc.isa import BY_MNEMONIC, INSTRUCTION_CELLS
from ccc.machine import (
    FRAME_ORIGIN,
    FRAME_SLOTS_AT,
    FRAME_WINDOWS_AT,
    POINTER_CELLS,
    SLOT_CELLS,
    SLOT_KINDS,
    Cells,
    Image,
    Register,
    SkillBlock,
    State,
)
from ccc.skills.call import JACOBIAN, jacobian_columns, jacobian_rows
from ccc.skills.explain import EXEC, choice_of, skill_rows
from ccc.skills.library import Library
from ccc.skills.mixture_state import (
    Code,
    OpenFrame,
    StateMixture,
    open_frames,
    read_mixture_state,
    skill_block,
    term_of,
)
from ccc.skills.mixture_tables import COMPOSE, choice_text
from ccc.skills.model import Card
from ccc.skills.naming import Extent, Known, Names, addresses, arguments_of
from ccc.trace import make_executor

_INPUT = (BY_MNEMONIC["in"].opcode, -1.0)  # IN, and SUBLEQ from address -1
_DATA_SLOT = 1  # of the composition skill: the table of its pieces
_MOST_ELEMENTS = 1 << 16
UNWRITTEN = "unwritten"
"""The role of an output where Jacobian code is called."""


@dataclass(slots=True)
class SlotValue:
    """One slot of a call. role: a kind of slot, or UNWRITTEN. piece: what it points to, by name. before, after: the
    values there.
    """

    slot: str
    role: str
    piece: str
    before: Cells
    after: Cells


@dataclass(slots=True)
class CallRecord:
    """One call. skill: with `.jacobian` behind it where that code is called. depth: how many skills were open around
    it, without the composition skill. step, round, weight: of the term, where a mixture calls. instructions: from EXEC
    to the return, both counted, once it has returned.
    """

    skill: str
    depth: int
    step: int
    round: int
    weight: float
    slots: list[SlotValue]
    returned: bool = False
    instructions: int = 0


@dataclass(frozen=True, slots=True)
class _Open:
    """A call that has not returned: to where it will, with which sp; after how many instructions it was made."""

    record: CallRecord
    extents: list[Extent]
    pc: int
    sp: float
    steps: int


@dataclass(frozen=True, slots=True)
class _Term:
    """The term of a mixture that calls: of which tables, in which frame of the composition skill."""

    found: StateMixture
    step: int
    kind: int
    round: int
    fp: int


class Watcher:
    """Runs an image on the emulator and records its calls. cards: of skills that the library does not have."""

    def __init__(
        self, image: Image, library: Library, cards: Mapping[str, Card] | None = None, inputs: Sequence[float] = ()
    ) -> None:
        self._image, self._library, self._cards, self._inputs = image, library, dict(cards or {}), inputs
        self._code, self._rows, self._names = Code(image), skill_rows(image), Names(image)
        self._open: list[_Open] = []
        self.calls: list[CallRecord] = []
        self.steps = 0
        self.asked_after_end = 0
        """How often the program asked for input after its end."""
        self.state = image.state

    def run(self, *, max_calls: int, max_steps: int) -> None:
        """Run until the program ends, or so many calls or instructions have been seen. Raises ImageError on inputs
        that the dialect cannot hold.
        """
        executor = make_executor("emulator", self._image)
        executor.start(self._image, self._inputs)
        while self.steps < max_steps:
            state = self.state
            pc = int(state.pc) if not state.stopped else -1
            self._close(state, pc)
            if state.stopped or (len(self.calls) >= max_calls and not self._open):
                return
            opcode = state.cells[pc] if 0 <= pc < self._image.size else 0.0
            if opcode == EXEC and len(self.calls) < max_calls:
                self._call(state, pc)
            asks = opcode in _INPUT and executor.consumed == len(self._inputs)
            executed = executor.run(1)
            self.steps += executed
            self.asked_after_end += asks * executed
            self.state = executor.state()

    def _close(self, state: State, pc: int) -> None:
        """Note the return of the innermost call."""
        if not self._open or self._open[-1].pc != pc or self._open[-1].sp != state.registers[Register.SP]:
            return
        call = self._open.pop()
        for value, extent in zip(call.record.slots, call.extents, strict=True):
            value.after = _read(state.cells, extent)
        call.record.returned, call.record.instructions = True, self.steps - call.steps

    def _call(self, state: State, pc: int) -> None:
        """Record the call that the `exec` at pc makes."""
        cells = state.cells
        target = self._target(state, cells[pc + 1])
        name = self._rows.get(target)
        block = skill_block(self._image, name) if name else None
        if name is None or block is None or name == COMPOSE:
            return
        frames = list(open_frames(self._image, state, self._code))
        sp = state.registers[Register.SP]
        fp = int(sp) - FRAME_WINDOWS_AT
        roles, names = _slots_of(block, jacobian=cells[int(target)] != 0)
        at = fp + FRAME_SLOTS_AT
        found = addresses(cells[at : at + SLOT_CELLS * len(names)])
        if len(found) < SLOT_CELLS * len(names):
            return
        places = list(zip(found[::SLOT_CELLS], found[1::SLOT_CELLS], strict=True))
        callee = name if JACOBIAN not in names[len(block.names) :] else f"{name}.{JACOBIAN}"
        term = self._term(state, frames[0].fp) if frames and frames[0].skill == COMPOSE else None
        arguments = [""] * len(names) if term else arguments_of(self._image, pc, callee, len(names))
        sizes = self._sizes(name, names, cells, places, arguments, frames, term)
        extents = [Extent(slot, *place, size) for slot, place, size in zip(names, places, sizes, strict=True)]
        values = []
        for number, (extent, role) in enumerate(zip(extents, roles, strict=True)):
            if term is not None and number < term.found.tables.weights.shape[2]:
                piece = choice_text(choice_of(term.found, term.step, term.kind, number))
            else:
                piece = self._names.name(extent.address, arguments[number], frames, state)
            value = _read(cells, extent)
            values.append(SlotValue(extent.name, role, piece, value, value))
        depth = sum(frame.skill != COMPOSE for frame in frames)
        where = (0, 0, 1.0)
        if term is not None:
            where = (term.step + 1, term.round + 1, float(term.found.tables.alphas[term.step, term.kind]))
        self.calls.append(CallRecord(callee, depth, *where, values))
        self._names.known = {frame.fp: known for frame in frames if (known := self._names.known.get(frame.fp))}
        self._names.known[fp] = Known(extents)
        self._open.append(_Open(self.calls[-1], extents, pc + INSTRUCTION_CELLS, sp, self.steps))

    def _target(self, state: State, operand: float) -> float:
        """What the cell of an `exec` holds; -1 where there is none."""
        if operand <= -2 and state.registers[Register.FP]:
            operand += state.registers[Register.FP] + FRAME_ORIGIN
        return float(state.cells[int(operand)]) if 0 <= operand < len(state.cells) else -1.0

    def _term(self, state: State, fp: int) -> _Term | None:
        """The term that the composition skill, whose frame is at fp, runs."""
        term = term_of(self._image, state.cells, fp)
        found = read_mixture_state(self._image, term.mixture) if term else None
        return _Term(found, term.step, term.kind, term.round, fp) if term and found else None

    # How many elements slots have

    def _sizes(
        self,
        name: str,
        names: Sequence[str],
        cells: Cells,
        places: Sequence[tuple[int, int]],
        arguments: Sequence[str],
        frames: Sequence[OpenFrame],
        term: _Term | None,
    ) -> list[int]:
        """By the card; else by what is pointed to: a slot of the caller, a data pointer, a piece of a mixture."""
        card = self._card(name, names)
        if card is not None:
            values = {slot: cells[at] for slot, (at, _) in zip(names, places, strict=True) if 0 <= at < len(cells)}
            sizes = {part: max(0, int(values.get(part, 1.0))) for part in card.dimensions}
            counts = [int(np.prod(slot.shape.sizes(sizes))) for slot in card.slots]
            if len(names) > len(counts):
                counts.append(jacobian_rows(card, sizes) * jacobian_columns(card, sizes))
        elif term is not None:
            counts = [_piece_size(cells, term, number) for number in range(len(names))]
        else:
            known = self._names.known.get(frames[0].fp) if frames else None
            whole = known.slots if known else [] if frames else self._names.pointers
            counts = [
                next((extent.size for extent in whole if _is_whole(extent, place, argument)), 1)
                for place, argument in zip(places, arguments, strict=True)
            ]
        return [min(count, _MOST_ELEMENTS) for count in counts]

    def _card(self, name: str, names: Sequence[str]) -> Card | None:
        """The card of a skill with these slots, or None."""
        if name not in self._cards and name in self._library:
            self._cards[name] = self._library.card(name)
        card = self._cards.get(name)
        slots = [slot.name for slot in card.slots] if card else []
        return card if card and slots == list(names)[: len(slots)] and len(names) - len(slots) in (0, 1) else None


def _slots_of(block: SkillBlock, *, jacobian: bool) -> tuple[list[str], list[str]]:
    """Roles and names of the slots of a call."""
    roles = [role for role, of in zip(SLOT_KINDS, block.slots, strict=True) for _ in of]
    if not jacobian:
        return roles, list(block.names)
    return [*(UNWRITTEN if role == "output" else role for role in roles), "output"], [*block.names, JACOBIAN]


def _is_whole(extent: Extent, place: tuple[int, int], argument: str) -> bool:
    """Whether a slot points to all of the data: it may point to their first element only, which the source tells."""
    return (extent.address, extent.stride) == place and argument in ("", extent.name)


def _piece_size(cells: Cells, term: _Term, slot: int) -> int:
    """How many elements the piece has that a slot of a term points to; of a piece that advances, a row of it."""
    tables = term.found.tables
    if slot >= tables.weights.shape[2]:
        return 1
    pieces = np.flatnonzero(tables.weights[term.step, term.kind, slot])
    if not pieces.size:
        return 1
    slot_at = term.fp + FRAME_SLOTS_AT + SLOT_CELLS * _DATA_SLOT
    at, stride = addresses(cells[slot_at : slot_at + SLOT_CELLS])
    address, rows, columns = _piece_row(cells, at, stride, int(pieces[0]))
    if address <= -2:  # turned
        _, columns, rows = _piece_row(cells, at, stride, -2 - address)
    return columns if tables.advances[term.step, term.kind, slot] else rows * columns


def _piece_row(cells: Cells, at: int, stride: int, piece: int) -> tuple[int, int, int]:
    """Address, rows and columns, by the table of pieces."""
    fields = at + stride * (POINTER_CELLS * piece + np.arange(POINTER_CELLS))
    if fields.min() < 0 or fields.max() >= len(cells):
        return 0, 1, 1
    address, _, rows, columns = addresses(cells[fields])
    return address, max(0, rows), max(0, columns)


def _read(cells: Cells, extent: Extent) -> Cells:
    places = extent.cells
    inside = places[(places >= 0) & (places < len(cells))]
    return np.array(cells[inside])
