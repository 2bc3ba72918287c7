"""Where the blocks of the state stand. The one place that knows their names and their order in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ccc.machine.numbers import MAX_CELLS, word_range

BLOCK_ORDER: tuple[str, ...] = ("code", "literals", "skills", "skill_code", "data", "stack", "pointers")
"""The blocks that the assembler lays out, from address 0 upwards.

code: instructions. literals: pooled constants. skills: a row for each skill block. skill_code: their instructions.
data: static memory. stack: return addresses, locals, frames. pointers: the data pointers d_1..d_m with their shapes,
at the top of memory.
"""

CODE_BLOCKS = ("code", "skill_code")

SKILL_HEADER = 3
"""Cells that `exec` reads: the flag, the entries of forward and Jacobian code."""
SKILL_COUNTS_AT = 2 * SKILL_HEADER
SLOT_KINDS = ("input", "output", "constant", "weight")
SKILL_CELLS = SKILL_COUNTS_AT + len(SLOT_KINDS)
"""A row of the block `skills`: the header; the header with the flag set; how many slots there are of each kind."""
NO_ENTRY = 0.5
"""The entry of Jacobian code that there is none of: nothing can be fetched there."""

SLOT_CELLS = 2
"""A slot: the address of the data, and the stride from one element to the next."""

POINTER_CELLS = 4
"""A row of the block `pointers`: address, stride, rows, columns."""


FRAME_ORIGIN = 1 << 15
"""Where a frame is open, an operand x <= -2 that is the address of a cell stands for the cell fp + x + FRAME_ORIGIN."""


def operand_range(width: int) -> tuple[int, int]:
    """The smallest and the largest operand that is an address. Addresses are not words: a memory may be larger than a
    short word counts, and cells of a frame lie around -FRAME_ORIGIN."""
    low, high = word_range(width)
    return min(low, -2 * FRAME_ORIGIN), max(high, MAX_CELLS)


FRAME_WINDOWS = 3
"""The areas that a skill may write to besides its own part of the stack."""

FRAME_RETURN, FRAME_WINDOWS_AT = 1, 2
FRAME_SLOTS_AT = FRAME_WINDOWS_AT + 2 * FRAME_WINDOWS
"""The frame of a call, by distance from fp: the caller's fp; the return address; the bounds low, high of each window;
the slots. Below fp lie scratch and the frames of further calls, down to stack_low."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of cells with one purpose: addresses start <= i < end."""

    name: str
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class SkillBlock:
    """What a row of the block `skills` is called: the names of its slots by kind, its scratch in cells."""

    name: str
    address: int
    slots: tuple[tuple[str, ...], ...]
    scratch: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The slots in the order of the frame."""
        return tuple(name for kind in self.slots for name in kind)


@dataclass(frozen=True, slots=True)
class Layout:
    """The blocks of an image, in order of address, without overlap. A bare image has one block, `data`."""

    blocks: tuple[Block, ...] = ()

    @classmethod
    def bare(cls, size: int) -> Layout:
        """The layout of an image from elsewhere: static memory only."""
        return cls((Block("data", 0, size),) if size else ())

    def __iter__(self) -> Iterator[Block]:
        return iter(self.blocks)

    def find(self, name: str) -> Block | None:
        """The block called `name`, or None."""
        return next((block for block in self.blocks if block.name == name), None)

    def at(self, address: float) -> Block | None:
        """The block that holds `address`, or None."""
        return next((block for block in self.blocks if block.start <= address < block.end), None)

    def check(self, size: int) -> str:
        """What is wrong with this layout for a memory of `size` cells, or the empty string."""
        end = 0
        for block in self.blocks:
            if not end <= block.start <= block.end <= size:
                return f"block {block.name!r} ({block.start}..{block.end}) overlaps another or leaves memory"
            end = block.end
        return ""
