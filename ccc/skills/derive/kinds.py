"""What a cell holds where an instruction stands, as far as derivatives go."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Kind(enum.Enum):
    """PASSIVE: a number that does not depend on what is differentiated. ACTIVE: one that may, so it has a tangent.

    POINTER: the address of an element with a tangent. PLAIN: the address of one without. MIXED: a number on one way
    here, an address on another.
    """

    PASSIVE = "a number without derivative"
    ACTIVE = "a real number"
    POINTER = "an address"
    PLAIN = "an address of data without derivative"
    MIXED = "a number on one way here and an address on another"

    @property
    def is_address(self) -> bool:
        return self in (Kind.POINTER, Kind.PLAIN)

    @property
    def is_number(self) -> bool:
        return self in (Kind.PASSIVE, Kind.ACTIVE)


def join(first: Kind, second: Kind) -> Kind:
    """What a cell holds where two ways meet."""
    if first is second:
        return first
    return Kind.ACTIVE if first.is_number and second.is_number else Kind.MIXED


Pushed = Kind | frozenset[int]
"""What stands on the stack: a number or address; or a return address, as the calls that it may come from."""


def join_pushed(first: Pushed, second: Pushed) -> Pushed:
    """What stands on the stack where two ways meet."""
    if isinstance(first, Kind) and isinstance(second, Kind):
        return join(first, second)
    if isinstance(first, Kind) or isinstance(second, Kind):
        return Kind.MIXED
    return first | second


@dataclass
class State:
    """Before an instruction: the kinds of the scratch cells, by offset from fp, that something was written to, and of
    what was pushed, the top last. slots: for cells that hold an address, the slots that it may have come from.
    """

    cells: dict[int, Kind] = field(default_factory=dict)
    stack: tuple[Pushed, ...] = ()
    slots: dict[int, frozenset[str]] = field(default_factory=dict)

    def copy(self) -> State:
        return State(dict(self.cells), self.stack, dict(self.slots))

    def merge(self, other: State) -> bool:
        """Take in another way to the same place; whether that changed anything. Stacks of one height only."""
        changed = False
        for offset, kind in other.cells.items():
            joined = join(self.cells[offset], kind) if offset in self.cells else kind
            changed |= self.cells.get(offset) is not joined
            self.cells[offset] = joined
        for offset, slots in other.slots.items():
            both = slots | self.slots.get(offset, frozenset())
            changed |= self.slots.get(offset) != both
            self.slots[offset] = both
        stack = tuple(join_pushed(mine, theirs) for mine, theirs in zip(self.stack, other.stack, strict=True))
        changed |= stack != self.stack
        self.stack = stack
        return changed
