"""The frame of a lowered mixture: cells that hold the addresses of its pieces, and the code that sets them up.

A slot's cell holds its address by itself. A piece of one's own is scratch where its size is known, else it is pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from ccc.errors import SkillError
from ccc.machine import FRAME_ORIGIN, FRAME_WINDOWS_AT
from ccc.skills.mixture import LOCAL, NUMBER, TURNED, Choice, Mixture, Piece, stays_inside
from ccc.skills.mixture_tables import literal, number_cell, number_label, set_line

_CLEARED_ONE_BY_ONE = 8
_NAMES_A_LINE = 6
MAX_SCRATCH = 1 << 6
"""The cells of a piece that is scratch; larger ones are pushed, as the frame's size must fit into a short word."""


@dataclass(frozen=True)
class Place:
    """Where a slot points. find: gives the operand that holds the address. stride: the operand that holds the stride.
    local: the scratch that the piece is, and number: its value, where it is one cell. argument: what `.invoke` calls
    it, where it can. written: the piece that the cells belong to, where they may be written. rows_left: the cell that
    is <= 0 once the slot has moved on beyond the piece, where it may.
    """

    find: Callable[[], str]
    stride: str
    local: str = ""
    number: float | None = None
    argument: str = ""
    written: Piece | None = None
    rows_left: str = ""

    @property
    def address(self) -> str:
        """The operand that holds the address. What it takes is set up when it is first asked for."""
        return self.find()


@dataclass(slots=True)
class Frame:
    """Scratch, set-up and advances of one lowered mixture. `place` asks for what is needed."""

    mixture: Mixture
    scratch: dict[str, int] = field(default_factory=dict)
    cleared: list[str] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    advances: list[str] = field(default_factory=list)
    _addresses: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _labels: int = 0

    def __post_init__(self) -> None:
        if self.scratch:
            return
        for piece in self.mixture.pieces:
            if piece.role == LOCAL:
                self._make_room(piece)

    @property
    def moves_stack(self) -> bool:
        """Whether pieces are pushed, so that scratch is at no fixed distance from the top of the stack."""
        return bool(self.pushed)

    def cell(self, name: str, size: int = 1) -> str:
        """Scratch called `name`, or something like it where that is taken."""
        taken = {piece.name for piece in self.mixture.slots}
        while name in taken or name in self.scratch:
            name += "_"
        self.scratch[name] = size
        return name

    def own(self, key: str, size: int = 1) -> str:
        """The scratch that stands for `key`, made when it is first asked for; of the largest size asked for."""
        if key not in self._names:
            self._names[key] = self.cell(key, size)
        name = self._names[key]
        self.scratch[name] = max(size, self.scratch[name])
        return name

    def copy(self) -> Frame:
        """The frame as it is now, to go back to."""
        return Frame(
            self.mixture,
            *(dict(self.scratch), list(self.cleared), list(self.pushed), list(self.setup), list(self.advances)),
            *(dict(self._addresses), dict(self._names), self._labels),
        )

    def go_back(self, to: Frame) -> None:
        """Forget everything since the copy was made."""
        self.scratch, self.setup, self.advances = to.scratch, to.setup, to.advances
        self._addresses, self._names = to._addresses, to._names

    def label(self, name: str) -> str:
        """A label of its own."""
        self._labels += 1
        return f"@{name}{self._labels}"

    def place(self, choice: Choice) -> Place:
        """Where a slot with this one-hot row of P points."""
        piece = self.mixture.piece(choice.piece)
        assert piece is not None
        if choice.advance:
            return self._moving(piece, choice.advance)
        if piece.role == TURNED:
            raise SkillError(f"piece '{piece.name}' is turned, so a slot takes one row of it at a time")
        if piece.role == LOCAL:
            local = piece.name if not piece.shape.dimensions else ""
            argument = piece.name if self._size(piece) is not None else ""
            return Place(partial(self.address, piece), "=1", local=local, argument=argument, written=piece)
        if piece.role == NUMBER:
            label = number_label(self.mixture, piece)
            number = piece.values[0] if not piece.shape.dimensions else None
            return Place(partial(self.address, piece), "=1", number=number, argument=label)
        return Place(partial(self.address, piece), f"{piece.name}.stride", argument=piece.name, written=piece)

    def lines(self) -> Iterator[str]:
        """The directives and the code before the first step."""
        names = [name if size == 1 else f"{name}, {size}" for name, size in self.scratch.items()]
        for start in range(0, len(names), _NAMES_A_LINE):
            yield f"    .scratch {', '.join(names[start : start + _NAMES_A_LINE])}"
        below = 0
        room = sum(self.scratch.values())
        for name, size in self.scratch.items():
            below += size
            if name in self._addresses:
                yield f"        leas {self._addresses[name]}, {room - below}"
        yield from self.cleared
        yield from self.pushed
        yield from self.setup

    def address(self, piece: Piece) -> str:
        """The cell that holds where a piece of one's own, or a slot's data, begin."""
        if piece.role == NUMBER:
            return number_cell(self.mixture, piece)
        if piece.role != LOCAL:
            return piece.name
        return self.address_of(piece.name)

    def address_of(self, name: str) -> str:
        """The cell that holds the address of scratch."""
        if name not in self._addresses:
            self._addresses[name] = self.cell(f"{name}_at")
        return self._addresses[name]

    # Pieces of one's own

    def _size(self, piece: Piece) -> int | None:
        """How many cells, or None where only the run says it."""
        size = 1
        for part in piece.shape.dimensions:
            if isinstance(part, str):
                return None
            size *= part
        return size if size <= MAX_SCRATCH else None

    def _make_room(self, piece: Piece) -> None:
        size = self._size(piece)
        if size is None:
            self._push(piece)
            return
        self.scratch[piece.name] = max(size, 1)
        if size <= _CLEARED_ONE_BY_ONE:
            self.cleared += [f"        movi {piece.name}{f' + {i}' if i else ''}, 0" for i in range(size)]
            return
        left, to, loop = self.own(f"{piece.name}_left"), self.own(f"{piece.name}_to"), self.label("clear")
        self.cleared += [
            f"        mov  {to}, {self.address(piece)}",
            f"        {set_line(left, size)}",
            f"{loop}: st   {to}, =0",
            f"        fadd {to}, =1",
            f"        fadd {left}, =-1",
            f"        jle  {left}, {loop}_done",
            f"        jmp  {loop}",
            f"{loop}_done:",
        ]

    def _push(self, piece: Piece) -> None:
        left, loop = self.own(f"{piece.name}_left"), self.label("room")
        self._addresses[piece.name] = self.own(f"{piece.name}_at")
        self.pushed += [
            f"        leas {self.own(f'{piece.name}_end')}, 0",
            *self._count(piece, left),
            f"{loop}: jle  {left}, {loop}_done",
            "        push =0",
            f"        fadd {left}, =-1",
            f"        jmp  {loop}",
            f"{loop}_done:",
            f"        leas {self._addresses[piece.name]}, 0",
        ]

    def _count(self, piece: Piece, cell: str) -> Iterator[str]:
        first, *rest = piece.shape.dimensions
        yield self._size_line(cell, first)
        for part in rest:
            yield from self._times(cell, part)

    @staticmethod
    def _size_line(cell: str, size: int | str) -> str:
        return f"        ld   {cell}, {size}" if isinstance(size, str) else f"        {set_line(cell, size)}"

    def _times(self, cell: str, part: int | str) -> Iterator[str]:
        if isinstance(part, str):
            factor = self.own("factor")
            yield f"        ld   {factor}, {part}"
            yield f"        fmul {cell}, {factor}"
        elif part != 1:
            yield f"        fmul {cell}, {literal(part)}"

    # Windows and advances

    def bounds(self, piece: Piece) -> tuple[str, str]:
        """Operands with the window of a piece that may be written."""
        outputs = [slot.name for slot in self.mixture.slots if slot.role == "output"]
        if piece.name in outputs:
            at = FRAME_WINDOWS_AT + 2 * outputs.index(piece.name)
            return f"{at} - {FRAME_ORIGIN}", f"{at + 1} - {FRAME_ORIGIN}"
        size, key = self._size(piece), f"{piece.name}_end"
        known, end = key in self._names, self.own(key)
        if size is not None and not known:
            self.setup += [f"        mov  {end}, {self.address(piece)}", f"        fadd {end}, {literal(size)}"]
        return self.address(piece), end

    def _moving(self, piece: Piece, advance: int) -> Place:
        """A slot that moves on by rows of the piece with each round."""
        base = self.mixture.piece(piece.of) if piece.role == TURNED else piece
        assert base is not None
        stride = f"{base.name}.stride" if base.role not in (LOCAL, NUMBER) else "=1"
        columns = base.shape.dimensions[1] if len(base.shape.dimensions) == 2 else 1
        if piece.role == TURNED:
            known, inner = f"{piece.name}_stride" in self._names, self.own(f"{piece.name}_stride")
            if not known:
                self.setup += [f"        mov  {inner}, {stride}", *self._times(inner, columns)]
            unit, stride, columns = stride, inner, 1
        else:
            unit = stride
        key = f"{piece.name}_{'back' if advance < 0 else 'next'}{'' if abs(advance) == 1 else abs(advance)}"
        known, cell = key in self._names, self.own(key)
        safe = stays_inside(self.mixture, piece, advance)
        left = "" if safe else self.own(f"{key}_left")
        if not known:
            rows = piece.shape.dimensions[0]
            self.setup.append(f"        mov  {cell}, {self.address(base)}")
            self.setup += self._to_last_row(cell, unit, rows, columns) if advance < 0 else []
            self.advances += self._advance(cell, unit, columns, advance)
            if left:
                self.setup.append(self._size_line(left, rows))
                self.advances.append(f"        fadd {left}, {literal(-abs(advance))}")
        argument = f"{piece.name}:{cell}" if piece.role not in (LOCAL, NUMBER, TURNED) else ""
        return Place(partial(str, cell), stride, argument=argument, written=base, rows_left=left)

    def _to_last_row(self, cell: str, unit: str, rows: int | str, columns: int | str) -> Iterator[str]:
        last = self.own("last")
        yield self._size_line(last, rows - 1 if isinstance(rows, int) else rows)
        if isinstance(rows, str):
            yield f"        fadd {last}, =-1"
        yield from self._times(last, columns)
        if unit != "=1":
            yield f"        fmul {last}, {unit}"
        yield f"        fadd {cell}, {last}"

    def _advance(self, cell: str, unit: str, columns: int | str, advance: int) -> list[str]:
        """What moves a cell on with each round: by `advance` rows, `columns` elements each, `unit` apart."""
        if unit == "=1" and columns == 1:
            return [f"        fadd {cell}, {literal(advance)}"]
        if columns == 1 and advance == 1:
            return [f"        fadd {cell}, {unit}"]
        by = self.own(f"{cell}_by")
        self.setup += [f"        mov  {by}, {unit}", *self._times(by, columns)]
        self.setup += [f"        fmul {by}, {literal(advance)}"] if advance != 1 else []
        return [f"        fadd {cell}, {by}"]
