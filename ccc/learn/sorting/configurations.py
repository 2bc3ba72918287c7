"""What the registers and flags of a sorting kernel can hold, and what each instruction makes of it, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from ccc.errors import UsageError
from ccc.learn.sorting.instructions import Instruction, Op, all_instructions

NO_WAY = 255
"""The distance of a configuration from which nothing sorts."""
NONE, BELOW, ABOVE = range(3)
"""The flags: not compared or equal, a < b, a > b."""
_LIMIT = 1 << 22  # contents of registers that are looked at
_CONFIGURATIONS = 1 << 16  # a state holds their numbers in 16 bits


@dataclass(frozen=True, slots=True)
class Tables:
    """The configurations of a kernel: contents of all registers, the flags, and the sorted values that they must be.

    moves: [O, C] the configuration that each instruction leads to, or -1 where nothing can sort any more, as a value is
    lost. distance: [C] the least number of instructions that sort this configuration alone. contents: [C] a number for
    the contents of the registers, -1 where there are equal values. start: the configurations of all inputs.
    distinct: the configurations 0 .. distinct - 1 are those of inputs without equal values.
    """

    instructions: tuple[Instruction, ...]
    moves: NDArray[np.int32]
    distance: NDArray[np.uint8]
    contents: NDArray[np.int32]
    start: NDArray[np.int32]
    distinct: int


def configuration_tables(size: int, scratch: int, ties: Iterable[tuple[int, ...]] = ()) -> Tables:
    """Tables for kernels on `size` values. ties: inputs with equal values that are to be sorted besides all inputs
    without. Raises UsageError where there are too many configurations.
    """
    many = f"kernels on {size} values with {scratch} scratch registers have too many states to search"
    if (size + 1) ** (size + scratch) > _LIMIT:
        raise UsageError(many)
    ties = tuple(ties)
    classes = dict.fromkeys((tuple(range(1, size + 1)), *(tuple(sorted(values)) for values in ties)))
    instructions = all_instructions(size + scratch)
    moves, distances, contents, start = [], [], [], []
    offset = 0
    for wanted in classes:
        block = _Block(wanted, scratch)
        step = np.stack([block.moves(each) for each in instructions])
        distance = _distances(step, block.sorted)
        reached = np.where(step < 0, NO_WAY, distance[step])
        moves.append(np.where(reached == NO_WAY, -1, step + offset))
        distances.append(distance)
        contents.append(np.tile(np.arange(block.count), 3) if not offset else np.full(3 * block.count, -1))
        inputs = permutations(wanted) if not offset else (values for values in ties if tuple(sorted(values)) == wanted)
        start += [offset + block.start(values) for values in inputs]
        offset += 3 * block.count
        if offset > _CONFIGURATIONS:
            raise UsageError(many)
    return Tables(
        instructions,
        np.concatenate(moves, axis=1).astype(np.int32),
        np.concatenate(distances),
        np.concatenate(contents).astype(np.int32),
        np.array(start, dtype=np.int32),
        len(distances[0]),
    )


class _Block:
    """The configurations of all inputs that hold the values `wanted` in some order. Number f V + v has the flags f and
    the contents v of V.
    """

    def __init__(self, wanted: tuple[int, ...], scratch: int) -> None:
        size, distinct = len(wanted), max(wanted)
        self._powers = (distinct + 1) ** np.arange(size + scratch)
        codes = np.arange((distinct + 1) ** (size + scratch))
        registers = (codes[:, None] // self._powers) % (distinct + 1)
        has_all = np.logical_and.reduce([(registers == value).any(axis=1) for value in range(1, distinct + 1)])
        self._codes, self._registers = codes[has_all], registers[has_all]
        self.count = len(self._codes)
        self._index = np.full(len(codes), -1)
        self._index[self._codes] = np.arange(self.count)
        self.sorted = np.tile((self._registers[:, :size] == np.array(wanted)).all(axis=1), 3)

    def start(self, values: Iterable[int]) -> int:
        """The configuration with these values in the first registers, 0 in the others, and no flag."""
        return int(self._index[sum(int(value * power) for value, power in zip(values, self._powers, strict=False))])

    def moves(self, each: Instruction) -> NDArray[np.int64]:
        """[3 V] where the instruction leads to; -1 where a value is lost."""
        a, b = self._registers[:, each.a], self._registers[:, each.b]
        here = np.arange(self.count)
        if each.op is Op.CMP:
            return np.tile(np.select([a < b, a > b], [BELOW, ABOVE], NONE) * self.count + here, 3)
        moved = self._index[self._codes + (b - a) * self._powers[each.a]]
        parts = []
        for flag in (NONE, BELOW, ABOVE):
            runs = each.op is Op.MOV or flag == (BELOW if each.op is Op.CMOVL else ABOVE)
            there = np.where(moved < 0, -1, moved + flag * self.count)
            parts.append(there if runs else here + flag * self.count)
        return np.concatenate(parts)


def _distances(moves: NDArray[np.int64], goal: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """[C] how many instructions each configuration is from a goal, NO_WAY where none leads there."""
    distance = np.where(goal, 0, NO_WAY).astype(np.uint8)
    for steps in range(NO_WAY):
        near = np.append(distance == steps, False)  # the last is where -1 leads to
        if not near.any():
            break
        found = (distance == NO_WAY) & near[moves].any(axis=0)
        distance[found] = steps + 1
    return distance
