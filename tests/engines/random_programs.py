"""Random programs that mostly live for a while, made with any source of random numbers.

Memory holds code, then integers, reals and pointers, then a stack; operands mostly name cells of the kind that their
instruction wants, and now and then anything at all. `noise` is memory without any such plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from ccc.isa import BY_MNEMONIC, DIALECTS, INSTRUCTIONS, LOWEST_OPCODE, Dialect, Family, Fault, Operand
from ccc.machine import (
    FRAME_ORIGIN,
    FRAME_SLOTS_AT,
    FRAME_WINDOWS_AT,
    Image,
    Layout,
    ProgramInfo,
    Register,
    State,
    fresh_registers,
    is_word,
    word_range,
)

CCC = DIALECTS["ccc"]
TAME_REALS = (0.5, -1.5, 3.0, -100.25, 0.0, 1 / 3, 99.999, -0.75, 126.5)
WILD_REALS = (
    5e-324, -5e-324, 2.2250738585072014e-308, 1e-308, 1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308,
    2.0**31, -(2.0**31) - 1, 2.0**53, 2.0**53 + 2, 1e-200, 1e200, 0.49999999999999994, 127.99999999999999,
)  # fmt: skip
ODD_OPERANDS = (-1.0, -2.0, 0.5, -0.5, 1e300, -1e300, 5e-324, 2.0**31, 2.0**53 + 2)
_JMP = float(BY_MNEMONIC["jmp"].opcode)
_POINTER_CELLS = 8
_DATA_CELLS = 4 + 3 + _POINTER_CELLS


@dataclass(frozen=True)
class Program:
    """An image and what waits at its port."""

    image: Image
    inputs: tuple[float, ...]

    def __str__(self) -> str:
        state = self.image.state
        return (
            f"dialect {self.image.dialect.name}, width {self.image.width}, inputs {self.inputs}\n"
            f"registers {state.registers.tolist()}\ncells {state.cells.tolist()}"
        )


def _image(cells: list[float], registers: np.ndarray, dialect: Dialect, width: int) -> Image:
    state = State(np.array(cells, dtype=np.float64) + 0.0, registers)
    return Image(state, dialect, width, ProgramInfo(Layout.bare(len(cells))))


def integer(rng: Random, width: int) -> float:
    """An integer of the word: small, or at an edge of the word, or any."""
    low, high = word_range(width)
    match rng.randrange(6):
        case 0:
            return float(rng.choice((low, low + 1, high, high - 1, -1, 0, 0, 1)))
        case 1:
            return float(rng.randrange(low, high + 1))
        case _:
            return float(rng.randrange(-9, 17))


def real(rng: Random) -> float:
    return rng.choice(WILD_REALS if rng.randrange(2) else TAME_REALS)


def number(rng: Random, width: int) -> float:
    return real(rng) if rng.randrange(3) == 0 else integer(rng, width)


class _Plan:
    """Where code, integers, reals, pointers and stack stand, and operands drawn from them."""

    def __init__(self, rng: Random, width: int) -> None:
        self.rng, self.width = rng, width
        self.size = rng.randrange(27, 81)
        self.stack = rng.randrange(4) if self.size < 36 else rng.randrange(11 if self.size < 50 else 24)
        self.length = rng.randrange(3, max(4, (self.size - self.stack - _DATA_CELLS) // 3 + 1))
        free = self.size - self.stack - 3 * self.length - _POINTER_CELLS
        self.integers = range(3 * self.length, 3 * self.length + 4 + (free - 7) // 2)
        self.reals = range(self.integers.stop, 3 * self.length + free)
        self.pointers = range(self.reals.stop, self.reals.stop + _POINTER_CELLS)
        self.sp = self.size - rng.randrange(self.stack + 1)
        self.fp = 0
        if self.stack >= FRAME_SLOTS_AT and rng.randrange(3):
            self.fp = rng.randrange(self.size - self.stack, self.size - FRAME_SLOTS_AT + 1)
            self.sp = rng.randrange(self.size - self.stack, self.fp + 1)

    def code(self) -> float:
        """A jump's target: an instruction, seldom an end or anything."""
        if self.rng.randrange(30) == 0:
            return self.rng.choice((-1.0, -3.0, *ODD_OPERANDS, float(self.size - 2)))
        return 3.0 * self.rng.randrange(self.length)

    def an_integer(self) -> float:
        return float(self.rng.choice(self.integers[1:]))

    def a_count(self) -> float:
        """The cell with a shift count, or any integer."""
        return float(self.integers[0]) if self.rng.randrange(4) else self.an_integer()

    def a_real(self) -> float:
        return float(self.rng.choice(self.reals[1:]))

    def a_tame(self) -> float:
        return float(self.reals[0]) if self.rng.randrange(4) else self.a_real()

    def anything(self) -> float:
        return float(self.rng.randrange(self.integers.start, self.size))

    def offset(self) -> float:
        """A distance from the stack pointer; sp + offset is mostly a cell of the stack or a real."""
        if self.rng.randrange(3) == 0 or not self.stack:
            return self.a_real() - self.sp
        return float(self.rng.randrange(self.size - self.stack, self.size) - self.sp)

    def pointer(self, index: int) -> Callable[[], float]:
        return lambda: float(self.pointers[index])

    def word(self) -> float:
        return 0.0 if self.rng.randrange(16) == 0 else integer(self.rng, self.width)

    def distance(self) -> float:
        return float(self.rng.choice((-1, 0, 1, 1, -2, 2, 0.5)))

    def memory(self) -> list[float]:
        rng = self.rng
        cells = [0.0] * (3 * self.length)
        cells += [float(rng.randrange(self.width))] + [self.word() for _ in self.integers[1:]]
        cells += [rng.choice(TAME_REALS)] + [real(rng) for _ in self.reals[1:]]
        header = self.pointers[1]
        target = float(rng.choice(self.reals))
        base = rng.randrange(-5, 20)
        cells += [float(header), float(rng.choice((0, 1, -1))), self.code(), self.code()]
        cells += [target, float(base), float(rng.choice(self.reals)) - base, self.code()]
        cells += [self.code() if rng.randrange(2) else number(rng, self.width) for _ in range(self.stack)]
        if self.fp:
            cells[self.fp] = float(rng.choice((0, 0, 0, self.fp + 1, self.size - FRAME_SLOTS_AT, self.size)))
            for window in range(FRAME_WINDOWS_AT, FRAME_SLOTS_AT, 2):
                area = rng.choice((self.integers, self.reals, self.pointers, range(self.size), range(0)))
                cells[self.fp + window : self.fp + window + 2] = float(area.start), float(area.stop)
        return cells

    def in_frame(self, address: float) -> float:
        """The operand that stands for a cell, if a frame is open, reckoned from there."""
        return address - self.fp - FRAME_ORIGIN if self.fp and address == int(address) >= 0 else address


def _operands(plan: _Plan) -> dict[str, tuple[Callable[[], float], Callable[[], float]]]:
    """What the cells b and c of each instruction are drawn from."""
    whole, broken, any_cell, code = plan.an_integer, plan.a_real, plan.anything, plan.code
    header, data, pair, entry = (plan.pointer(index) for index in (0, 4, 5, 7))
    none = plan.word
    integer_pairs = ("add", "sub", "mul", "div", "mod", "min", "max", "and", "or", "xor", "neg", "not")
    kinds = dict.fromkeys(integer_pairs, (whole, whole))
    kinds |= dict.fromkeys(("shl", "shr", "sar"), (whole, plan.a_count))
    kinds |= dict.fromkeys(("fadd", "fsub", "fmul"), (broken, broken))
    kinds |= dict.fromkeys(("jle", "jeq", "jlt"), (any_cell, code))
    return kinds | {
        "mov": (broken, any_cell), "movi": (broken, none), "addi": (whole, none), "fcmp": (broken, any_cell),
        "itof": (broken, whole), "ftoi": (whole, plan.a_tame), "ld": (broken, data), "st": (data, any_cell),
        "ldx": (broken, pair), "stx": (pair, any_cell), "lds": (broken, plan.offset), "sts": (plan.offset, any_cell),
        "leas": (broken, plan.offset), "jmp": (none, code), "jmpi": (entry, none), "push": (any_cell, none),
        "pop": (broken, none), "call": (none, code), "ret": (none, none), "addsp": (none, plan.distance),
        "exec": (header, none), "in": (broken, none), "out": (any_cell, none), "halt": (none, none),
        "enter": (none, none), "leave": (none, none),
    }  # fmt: skip


_FRAMES = [row for row in INSTRUCTIONS if row.family is Family.FRAME]


def _instruction(plan: _Plan, kinds: dict[str, tuple[Callable[[], float], Callable[[], float]]]) -> list[float]:
    rng = plan.rng
    # Frames need a stack with room for one, or one that is open: there they are drawn more often.
    row = rng.choice((*INSTRUCTIONS, *_FRAMES * 4) if plan.stack >= FRAME_SLOTS_AT else INSTRUCTIONS)
    if row.mnemonic == "subleq":
        cells = [plan.an_integer(), plan.an_integer(), plan.code()]
        if rng.randrange(2):
            cells[rng.randrange(2)] = -1.0
    else:
        b, c = kinds[row.mnemonic]
        cells = [float(row.opcode), b(), c()]
        for place, kind in ((1, row.b), (2, row.c)):
            if kind is Operand.CELL and rng.randrange(3) == 0:
                cells[place] = plan.in_frame(cells[place])
    if rng.randrange(25) == 0:
        cells[rng.randrange(3)] = rng.choice((*ODD_OPERANDS, float(plan.size), float(plan.size - 1), plan.anything()))
    return cells


def planned(rng: Random, width: int) -> Program:
    """A program of the extended dialect with a plan."""
    plan = _Plan(rng, width)
    kinds = _operands(plan)
    cells = plan.memory()
    cells[: 3 * plan.length] = [cell for _ in range(plan.length) for cell in _instruction(plan, kinds)]
    if rng.randrange(8):  # mostly the code does not run out into the data
        cells[3 * plan.length - 3 : 3 * plan.length] = [_JMP, 0.0, 3.0 * rng.randrange(plan.length // 2)]
    registers = fresh_registers(plan.size, entry=3 * rng.randrange(plan.length), stack=(plan.size - plan.stack,) * 2)
    registers[[Register.STACK_HIGH, Register.SP, Register.FP]] = plan.size, plan.sp, plan.fp
    if rng.randrange(5) == 0:
        registers[Register.WRITE_LOW] = rng.randrange(plan.integers.stop)
        registers[Register.WRITE_HIGH] = rng.randrange(plan.integers.stop, plan.size + 1)
    if rng.randrange(60) == 0:
        registers[Register.PC] = rng.choice((0.5, -0.5, -1.0, plan.size, plan.size - 2.0, 1e300, 1.0, 2.0))
    if rng.randrange(60) == 0:
        registers[Register.FAULT] = rng.choice(list(Fault)).value
    inputs = tuple(number(rng, width) for _ in range(rng.randrange(4)))
    return Program(_image(cells, registers, CCC, width), inputs)


def noise(rng: Random, width: int) -> Program:
    """Cells and registers at random: opcodes, addresses and numbers without any order."""
    size = rng.randrange(24, 81)
    pools: tuple[Callable[[], float], ...] = (
        lambda: float(rng.randrange(LOWEST_OPCODE - 1, 0)),
        lambda: float(rng.randrange(size)),
        lambda: float(rng.randrange(size)),
        lambda: number(rng, width),
    )
    cells = [pools[rng.randrange(4)]() for _ in range(size)]
    registers = fresh_registers(size)
    low, sp, high = sorted(rng.randrange(size + 1) for _ in range(3))
    registers[[Register.STACK_LOW, Register.SP, Register.STACK_HIGH]] = low, sp, high
    if rng.randrange(3) == 0:
        window = sorted((rng.randrange(size + 1), rng.randrange(size + 1)))
        registers[[Register.WRITE_LOW, Register.WRITE_HIGH]] = window
    if high - max(low, 1) >= FRAME_SLOTS_AT and rng.randrange(2):
        registers[Register.FP] = rng.randrange(max(low, 1), high - FRAME_SLOTS_AT + 1)
    registers[Register.PC] = rng.randrange(size - 2)
    return Program(_image(cells, registers, CCC, width), tuple(number(rng, width) for _ in range(rng.randrange(3))))


def plain(rng: Random, width: int, dialect: Dialect) -> Program:
    """A plain SUBLEQ memory: mostly addresses, some ports, some numbers. Modulo 2**W, memory is all of 2**W cells."""
    size = 1 << width if dialect.modulo else rng.randrange(24, 81)
    low, high = word_range(width)

    def cell(index: int) -> float:
        choice = rng.randrange(24)
        if choice == 0:
            return integer(rng, width)
        if choice < 3 and index % 3 != 2 and dialect.io:
            return -1.0
        if dialect.modulo and choice == 4:
            return float(rng.randrange(low, 0))
        address = rng.randrange(min(size, high + 1))
        return float(address - address % 3 if index % 3 == 2 and choice > 5 else address)

    # Above the first cells a large memory is one repeated piece: drawing each of 65,536 cells would take too long.
    cells = [cell(index) for index in range(min(size, 255))]
    cells = (cells * (size // len(cells) + 1))[:size]
    inputs = tuple(integer(rng, width) for _ in range(rng.randrange(4)))
    registers = fresh_registers(size, entry=3 * rng.randrange(min(size, high) // 3))
    assert all(is_word(value, width) for value in cells)
    return Program(_image(cells, registers, dialect, width), inputs)


def extended(rng: Random, width: int) -> Program:
    """A planned program; one in eight is noise."""
    return noise(rng, width) if rng.randrange(8) == 7 else planned(rng, width)


assert set(_operands(_Plan(Random(0), 8))) == set(BY_MNEMONIC) - {"subleq"}
