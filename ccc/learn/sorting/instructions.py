"""The instruction set that sorting kernels are published over, and what a kernel does with values."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product


class Op(enum.StrEnum):
    """`cmp a, b` sets two flags, a < b and a > b. The others write b to a: always, where a < b was, where a > b was."""

    MOV = "mov"
    CMP = "cmp"
    CMOVL = "cmovl"
    CMOVG = "cmovg"


@dataclass(frozen=True, slots=True)
class Instruction:
    """An operation on two registers, counted from 0."""

    op: Op
    a: int
    b: int

    def __str__(self) -> str:
        return f"{self.op} r{self.a + 1}, r{self.b + 1}"


@dataclass(frozen=True, slots=True)
class Kernel:
    """Straight-line code that is to sort the first `size` registers; `scratch` more follow, zero at the start.

    Its length counts core instructions as the literature does: without loads and stores.
    """

    size: int
    scratch: int
    instructions: tuple[Instruction, ...]

    def __len__(self) -> int:
        return len(self.instructions)

    def __str__(self) -> str:
        return "\n".join(map(str, self.instructions))

    def run(self, values: Sequence[int]) -> list[int]:
        """What the first `size` registers hold after the code, when they hold `values` before it."""
        registers = [*values, *([0] * self.scratch)]
        below = above = False
        for each in self.instructions:
            a, b = registers[each.a], registers[each.b]
            if each.op is Op.CMP:
                below, above = a < b, a > b
            elif each.op is Op.MOV or (below if each.op is Op.CMOVL else above):
                registers[each.a] = b
        return registers[: self.size]

    def sorted_out(self) -> Kernel:
        """The kernel with the registers of the values renamed, so that as many values as can be are where they belong,
        over all inputs without equal ones.
        """
        right = [[0] * self.size for _ in range(self.size)]
        for values in permutations(range(self.size)):
            for register, value in enumerate(self.run([value + 1 for value in values])):
                if value > 0:
                    right[register][value - 1] += 1
        places = range(self.size)
        best = max(permutations(places), key=lambda names: sum(right[place][names[place]] for place in places))
        return self.renamed([*best, *range(self.size, self.size + self.scratch)])

    def renamed(self, names: Sequence[int]) -> Kernel:
        """The kernel with the register `names[r]` in place of r."""
        code = (Instruction(each.op, names[each.a], names[each.b]) for each in self.instructions)
        return Kernel(self.size, self.scratch, tuple(code))

    def fails_on(self) -> tuple[int, ...] | None:
        """Values that it does not sort, or None: all orders of `size` values are tried, those with equal values too.

        That is a proof for all values, as the code does nothing but compare and copy them.
        """
        for values in weak_orders(self.size):
            if self.run(values) != sorted(values):
                return values
        return None


def weak_orders(size: int) -> Iterator[tuple[int, ...]]:
    """Every way in which `size` values can be ordered, equal ones included, as ranks 1, 2, ... without gaps."""
    for values in product(range(1, size + 1), repeat=size):
        if len(set(values)) == max(values):
            yield values


def all_instructions(registers: int) -> tuple[Instruction, ...]:
    """Every instruction on so many registers that does anything. `cmp` once for each pair: `cmp b, a` only exchanges
    the flags, so every kernel has one of equal length without it.
    """
    pairs = [(a, b) for a in range(registers) for b in range(registers) if a != b]
    return tuple(Instruction(op, a, b) for op in Op for a, b in pairs if op is not Op.CMP or a < b)
