"""Where the blocks of the state stand. The one place that knows their names and their order in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BLOCK_ORDER: tuple[str, ...] = ("code", "literals", "data", "stack", "pointers")
"""The blocks that the assembler lays out, from address 0 upwards.

code: instructions. literals: pooled constants. data: static memory. stack: return addresses and locals.
pointers: the data pointers d_1..d_m, at the top of memory.
"""


FRAME_ORIGIN = 1 << 15
"""Where a frame is open, an operand x <= -2 that is the address of a cell stands for the cell fp + x + FRAME_ORIGIN."""

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
