"""What the registers and flags of a sorting kernel can hold, and what each instruction makes of it, as tables.

To rename is to exchange some of the first registers, which hold the values, perhaps to turn the order of the values
around, and with it the flags, and perhaps to exchange the flags alone. A program renamed does to what is renamed what
the program does to what is not; where flags were exchanged alone, up to the next compare. All inputs together stay the
same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
_RENAMED = 1 << 22  # configurations renamed in all ways that are kept


@dataclass(frozen=True, slots=True)
class Tables:
    """The configurations of a kernel: contents of all registers, the flags, and the sorted values that they must be.

    moves: [O, C] the configuration that each instruction leads to, or -1 where nothing can sort any more: a value is
    lost, or a register compared that holds nothing. distances: [n!, C] the least number of instructions that sort this
    configuration alone, into the registers in each order. renamings: [R, C] what each becomes when register k takes
    what `orders[r % n!][k]` holds; bit 0 of r // n!: the flags are exchanged, bit 1: the values are turned around. One
    row, which renames nothing, where more would be too many. flags: [C]. contents, cores: [C] numbers for the contents
    of all registers and of the first ones, -1 where there are equal values. prints: [n + n (n - 1), C] random numbers
    for what each register, and each ordered pair of them, holds beside the scratch registers. start: the configurations
    of all inputs. distinct: the configurations 0 .. distinct - 1 are those of inputs without equal values.
    """

    instructions: tuple[Instruction, ...]
    orders: tuple[tuple[int, ...], ...]
    moves: NDArray[np.int32]
    distances: NDArray[np.uint8]
    renamings: NDArray[np.uint16]
    flags: NDArray[np.uint8]
    contents: NDArray[np.int32]
    cores: NDArray[np.int32]
    prints: NDArray[np.uint64]
    start: NDArray[np.int32]
    distinct: int


def configuration_tables(size: int, scratch: int, ties: Iterable[tuple[int, ...]] = ()) -> Tables:
    """Tables for kernels on `size` values. ties: inputs with equal values, which are to be sorted in all orders besides
    all inputs without. Raises UsageError where there are too many configurations.
    """
    many = f"kernels on {size} values with {scratch} scratch registers have too many states to search"
    if (size + 1) ** (size + scratch) > _LIMIT:
        raise UsageError(many)
    classes = dict.fromkeys((tuple(range(1, size + 1)), *(tuple(sorted(values)) for values in ties)))
    blocks = [_Block(wanted, scratch) for wanted in classes]
    offsets = np.cumsum([0, *(3 * block.count for block in blocks)])
    if offsets[-1] > _CONFIGURATIONS:
        raise UsageError(many)
    instructions, orders = all_instructions(size + scratch), tuple(permutations(range(size)))
    moves, distances, renamings, start = [], [], [], []
    few = 4 * len(orders) * int(offsets[-1]) <= _RENAMED
    for block, offset in zip(blocks, offsets, strict=False):
        step = np.stack([block.moves(each) for each in instructions])
        distance = _distances(step, block.sorted)
        reached = np.where(step < 0, NO_WAY, distance[step])
        moves.append(np.where(reached == NO_WAY, -1, step + offset).astype(np.int32))
        distances.append(np.stack([distance[block.renamed(order)] for order in orders]))
        turned = (False, True) if len(blocks) == 1 else (False,)
        ways = [(order, turn, flip) for turn in turned for flip in (False, True) for order in orders]
        ways = ways if few else ways[:1]
        renamings.append(np.stack([block.renamed(*way) + offset for way in ways]).astype(np.uint16))
        start += sorted({int(offset) + block.start(values) for values in permutations(block.wanted)})
    distinct = 3 * blocks[0].count
    return Tables(
        instructions,
        orders,
        np.concatenate(moves, axis=1),
        np.concatenate(distances, axis=1),
        np.concatenate(renamings, axis=1),
        np.concatenate([np.repeat(np.arange(3), block.count) for block in blocks]).astype(np.uint8),
        _padded(np.tile(np.arange(blocks[0].count), 3), offsets[-1]),
        _padded(np.unique(blocks[0].held(range(size)) // 3, return_inverse=True)[1], offsets[-1]),
        np.concatenate([_prints(block, size, number) for number, block in enumerate(blocks)], axis=1),
        np.array(start, dtype=np.int32),
        distinct,
    )


def _padded(numbers: NDArray[np.int64], length: int) -> NDArray[np.int32]:
    found = np.full(length, -1, np.int32)
    found[: len(numbers)] = numbers
    return found


def _prints(block: _Block, size: int, number: int) -> NDArray[np.uint64]:
    """[n + n (n - 1), 3 V] the prints of a block; `number` of it makes them differ from those of others."""
    scratch = block.held(range(size, block.registers)) // 3
    registers = [block.held([register]) // 3 for register in range(size)]
    kinds = int(scratch.max()) + 1
    held = [scratch + kinds * register for register in registers]
    pairs = [
        scratch + kinds * (a + (size + 1) * b)
        for first, a in enumerate(registers)
        for second, b in enumerate(registers)
        if first != second
    ]
    draw = np.random.default_rng((1, number))
    one = draw.integers(1, 1 << 63, kinds * (size + 1), dtype=np.uint64)
    two = draw.integers(1, 1 << 63, kinds * (size + 1) ** 2, dtype=np.uint64)
    return np.stack([*(one[each] for each in held), *(two[each] for each in pairs)])


class _Block:
    """The configurations of all inputs that hold the values `wanted` in some order. Number f V + v has the flags f and
    the contents v of V.
    """

    def __init__(self, wanted: tuple[int, ...], scratch: int) -> None:
        size, distinct = len(wanted), max(wanted)
        self.wanted, self.registers = wanted, size + scratch
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

    def held(self, registers: Iterable[int]) -> NDArray[np.int64]:
        """[3 V] a number for what these registers hold, times 3, plus the flags."""
        held = sum((self._registers[:, each] * self._powers[at] for at, each in enumerate(registers)), np.zeros(1, int))
        return np.concatenate([np.broadcast_to(held, self.count) * 3 + flag for flag in (NONE, BELOW, ABOVE)])

    def renamed(self, order: Sequence[int], turn: bool = False, flip: bool = False) -> NDArray[np.int64]:
        """[3 V] what each becomes when register k takes what `order[k]` holds. turn: the values are turned around, and
        so the flags. flip: the flags are exchanged.
        """
        registers = self._registers[:, [*order, *range(len(order), self.registers)]]
        if turn:
            registers = np.where(registers > 0, max(self.wanted) + 1 - registers, 0)
        there = self._index[registers @ self._powers]
        flags = (NONE, ABOVE, BELOW) if turn != flip else (NONE, BELOW, ABOVE)
        return np.concatenate([there + flag * self.count for flag in flags])

    def moves(self, each: Instruction) -> NDArray[np.int64]:
        """[3 V] where the instruction leads to; -1 where a value is lost."""
        a, b = self._registers[:, each.a], self._registers[:, each.b]
        here = np.arange(self.count)
        if each.op is Op.CMP:
            there = np.select([a < b, a > b], [BELOW, ABOVE], NONE) * self.count + here
            return np.tile(np.where((a == 0) | (b == 0), -1, there), 3)
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
