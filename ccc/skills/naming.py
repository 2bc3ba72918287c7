"""Names for what the slots of a call point to, as they read where the call stands.

A slot or scratch of the caller is `x`, an element of it `x[2]`, counted from 0. What belongs to a skill further out is
`skill.x`. Static memory is `x` where the program outside skills calls, and `x@812`, with its address, inside skills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ccc.machine import FRAME_SLOTS_AT, POINTER_CELLS, SLOT_CELLS, Cells, Image, Register, State
from ccc.skills.call import PREFIX
from ccc.skills.mixture_run import DATA
from ccc.skills.mixture_state import OpenFrame, skill_block

_CALL = re.compile(r"(?:[@\w.]+:\s*)*\.invoke\s+(?P<callee>[\w.]+)\s*,?(?P<arguments>[^#]*)")
_FAR = 1 << 44  # no address, and small enough to count with
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Extent:
    """Elements of data under a name: where the first stands, from one to the next, how many there are."""

    name: str
    address: int
    stride: int = 1
    size: int = 1

    def element(self, address: int) -> str | None:
        """The name of what stands at an address: the whole at the first element."""
        if address == self.address:
            return self.name
        index, rest = divmod(address - self.address, self.stride) if self.stride else (0, 1)
        return f"{self.name}[{index}]" if not rest and 0 <= index < self.size else None

    def inside(self, owner: str) -> Extent:
        """The same, as a name of that skill."""
        return replace(self, name=f"{owner}.{self.name}")

    @property
    def cells(self) -> NDArray[np.int64]:
        """The addresses of all elements."""
        return self.address + self.stride * np.arange(self.size, dtype=np.int64)


@dataclass(slots=True)
class Known:
    """What has been learnt of an open frame: its slots, and scratch that it handed on."""

    slots: list[Extent] = field(default_factory=list)
    scratch: dict[int, str] = field(default_factory=dict)

    @property
    def extents(self) -> Iterator[Extent]:
        yield from self.slots
        yield from (Extent(name, address) for address, name in self.scratch.items())


def addresses(cells: Cells) -> list[int]:
    """Numbers as addresses; what can be none, as one outside of memory."""
    return [int(value) for value in np.clip(cells, -_FAR, _FAR)]


def pointer_extents(image: Image) -> list[Extent]:
    """The data that the data pointers of an image point to, by the names of the pointers."""
    block = image.info.layout.find("pointers")
    cells = image.state.cells
    found = []
    for name, at in image.info.symbols.items():
        if block is None or not block.start <= at <= block.end - POINTER_CELLS or (at - block.start) % POINTER_CELLS:
            continue
        row = cells[at : at + POINTER_CELLS]
        if all(float(value).is_integer() for value in row):
            address, stride, rows, columns = map(int, row)
            found.append(Extent(name, address, stride, max(0, rows * columns)))
    return found


def _short(name: str) -> str:
    return name.removesuffix(".data").removeprefix(PREFIX).removeprefix(DATA)


def arguments_of(image: Image, pc: int, callee: str, count: int) -> list[str]:
    """The arguments of the call at pc as the source has them; none where it does not say so."""
    line = image.info.line_at(pc)
    match = _CALL.match(line.text.strip()) if line else None
    if match is None:
        return [""] * count
    name, given = match["callee"], [part.strip() for part in match["arguments"].split(",")]
    return given if name == callee and len(given) == count else [""] * count


class Names:
    """Names for addresses in a run of an image. known: of the frames that are open, by their fp."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self.known: dict[int, Known] = {}
        self.pointers = pointer_extents(image)

    def name(self, address: int, argument: str, frames: Sequence[OpenFrame], state: State) -> str:
        """The name of what stands at an address. argument: what the source calls it. frames: the innermost first."""
        if frames:
            own = self._in_frame(address, argument, frames[0], state)
            if own:
                return own
        for frame in frames[1:]:
            for extent in self._of(frame, state).extents:
                if found := extent.inside(frame.skill).element(address):
                    return found
        block = self._image.info.layout.at(address)
        if block is not None and block.name == "stack":
            return self._on_stack(address, frames)
        if block is None or block.name != "data":
            return ""
        found = self._in_memory(address)
        return f"{found}@{address}" if found and frames else found

    def _in_frame(self, address: int, argument: str, frame: OpenFrame, state: State) -> str:
        """The name of a slot or scratch of this frame, or of an element of it, or nothing."""
        known = self._of(frame, state)
        if state.registers[Register.SP] <= address < frame.fp and _NAME.fullmatch(argument):
            known.scratch.setdefault(address, argument)
        whole = [extent.name for extent in known.extents if extent.address == address]
        if whole:
            return argument if argument in whole else whole[0]
        slot = argument.partition(":")[0]  # of `x:p`
        likely = sorted(known.extents, key=lambda extent: extent.name != slot)
        return next((found for extent in likely if (found := extent.element(address))), "")

    def _of(self, frame: OpenFrame, state: State) -> Known:
        """What is known of a frame; of one whose call was not seen, what its cells say."""
        if frame.fp not in self.known:
            block = skill_block(self._image, frame.skill)
            names = block.names if block else ()
            at = frame.fp + FRAME_SLOTS_AT
            cells = addresses(state.cells[at : at + SLOT_CELLS * len(names)])
            self.known[frame.fp] = Known(list(map(Extent, names, cells[::SLOT_CELLS], cells[1::SLOT_CELLS])))
        return self.known[frame.fp]

    def _on_stack(self, address: int, frames: Sequence[OpenFrame]) -> str:
        """By the frame whose scratch it may be: the innermost that begins above."""
        for number, frame in enumerate(frames):
            if address < frame.fp:
                return f"{f'{frame.skill}.' if number else ''}fp{address - frame.fp:+d}"
        return "stack"

    def _in_memory(self, address: int) -> str:
        """By a data pointer, or by the label that it stands at or behind."""
        for extent in self.pointers:
            if found := replace(extent, name=_short(extent.name)).element(address):
                return found
        below = [(at, name) for name, at in self._image.info.symbols.items() if at <= address and "@" not in name]
        at, name = max(below, default=(address, ""))
        return f"{_short(name)}[{address - at}]" if name and address > at else _short(name)
