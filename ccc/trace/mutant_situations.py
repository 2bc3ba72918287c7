"""Situations in which a wrong weight shows: small random memories, an instruction about to be executed, and the truth.

Every opcode gets as many situations, with operands that name cells, the stack, pointers, the ends of memory, ports, or
nothing sound. The truth is what the emulator makes of each situation, step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from ccc.emulator import Emulator
from ccc.errors import ImageError
from ccc.isa import EXTENDED, LOWEST_OPCODE, SUBLEQ, Dialect, Fault, Instruction, Operand
from ccc.machine import (
    FRAME_ORIGIN,
    FRAME_SLOTS_AT,
    FRAME_WINDOWS_AT,
    Cells,
    Image,
    Layout,
    ProgramInfo,
    Register,
    State,
    fresh_registers,
    word_range,
)

_REALS = (
    0.5, -1.5, 1 / 3, -0.75, 126.5, 5e-324, -5e-324, 2.2250738585072014e-308, 1e308, -1e308, 1.7976931348623157e308,
    -1.7976931348623157e308, 2.0**53, 2.0**53 + 2, 1e-200, 1e200, 0.49999999999999994, 127.99999999999999, 2.0**511,
    2.0**512, -(2.0**512), 2.0**1023, -(2.0**1023), 1.5 * 2.0**51, 2.0**52 + 1,
)  # fmt: skip
_LARGE = (1e308, 2.0**1023, 1.7976931348623157e308, 2.0**512, 2.0**511, 1e-200, 2.0**31, 2.0**31 - 0.5)
_ODD = (-1.0, -2.0, -3.0, 0.5, -0.5, 1e300, -1e300, 5e-324, 2.0**31, 2.0**53 + 2)
_CODE = 9  # cells of instructions


@dataclass(frozen=True)
class Situations:
    """States about to execute an instruction, all of one memory size, and what follows from them.

    cells: [situations, size]. registers: [situations, registers]. inputs: by situation. truth: step by step, the first
    entry after one step. kinds: the mnemonic that each begins with.
    """

    cells: Cells
    registers: Cells
    inputs: tuple[tuple[float, ...], ...]
    truth: tuple[Truth, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Truth:
    """What the emulator says after a step. cells, registers: as in `Situations`. outputs: the value put out, or NaN.

    consumed: input values taken so far. ran: whether the situation had not stopped before this step.
    """

    cells: Cells
    registers: Cells
    outputs: Cells
    consumed: np.ndarray[tuple[int], np.dtype[np.int64]]
    ran: np.ndarray[tuple[int], np.dtype[np.bool_]]


def situations(
    dialect: Dialect,
    width: int,
    size: int,
    each: int,
    steps: int,
    rng: Random,
    *,
    mnemonics: Collection[str] | None = None,
) -> Situations:
    """`each` situations of every opcode (of SUBLEQ, thirty times as many in a plain dialect), `steps` steps long.

    size: cells of memory, at least 20. mnemonics: only these, with operands that nothing is wrong with.
    """
    rows: list[Instruction | None] = [*EXTENDED, None] if dialect.extended else [None] * 30
    if mnemonics is not None:
        rows = [row for row in rows if (row.mnemonic if row else SUBLEQ.mnemonic) in mnemonics]
    images: list[Image] = []
    inputs: list[tuple[float, ...]] = []
    kinds: list[str] = []
    while len(images) < each * len(rows):
        row = rows[len(images) % len(rows)]
        draw = _Draw(rng, dialect, width, size, sound=mnemonics is not None or rng.randrange(3) == 0)
        try:
            image = draw.image(row)
        except ImageError:
            continue
        images.append(image)
        inputs.append(tuple(draw.integer() for _ in range(rng.randrange(3))))
        kinds.append(row.mnemonic if row else "subleq")
    return situations_of(images, inputs, kinds, steps)


def situations_of(
    images: Sequence[Image], inputs: Sequence[Sequence[float]], kinds: Sequence[str], steps: int
) -> Situations:
    """The states of some images of one size, each with its own inputs, and what follows from them in `steps` steps."""
    cells = np.stack([image.state.cells for image in images])
    registers = np.stack([image.state.registers for image in images])
    return Situations(cells, registers, tuple(map(tuple, inputs)), _truth(images, inputs, steps), tuple(kinds))


def _truth(images: Sequence[Image], inputs: Sequence[Sequence[float]], steps: int) -> tuple[Truth, ...]:
    accounts: list[list[tuple[State, float, int, bool]]] = [[] for _ in range(steps)]
    emulator = Emulator()
    for image, values in zip(images, inputs, strict=True):
        emulator.start(image, values)
        shown, before = 0, image.state
        for step in range(steps):
            emulator.run(1)
            after, fresh = emulator.state(), emulator.outputs(shown)
            shown += len(fresh)
            accounts[step].append((after, fresh[0] if fresh else np.nan, emulator.consumed, not before.stopped))
            before = after
    return tuple(
        Truth(
            np.stack([entry[0].cells for entry in step]),
            np.stack([entry[0].registers for entry in step]),
            np.array([entry[1] for entry in step]),
            np.array([entry[2] for entry in step], dtype=np.int64),
            np.array([entry[3] for entry in step], dtype=np.bool_),
        )
        for step in accounts
    )


class _Draw:
    """One random situation: three instructions, data, pointers, a stack."""

    def __init__(self, rng: Random, dialect: Dialect, width: int, size: int, *, sound: bool) -> None:
        self.rng, self.dialect, self.width, self.size, self.sound = rng, dialect, width, size, sound
        self.stack = size - rng.randrange(1, 5)
        self.fp = 0
        if dialect.extended and size > _CODE + 4 + FRAME_SLOTS_AT + 2 and rng.randrange(2):
            self.stack = size - FRAME_SLOTS_AT - rng.randrange(3)
            self.fp = rng.randrange(3) and rng.randrange(self.stack, size - FRAME_SLOTS_AT + 1)
        self.sp = rng.randrange(self.stack, (self.fp or size) + 1)
        self.pointers = range(self.stack - 4, self.stack)

    def integer(self) -> float:
        """An integer of the word: small, at an edge of the word, a power of two, or any."""
        low, high = word_range(self.width)
        choice = self.rng.randrange(8)
        if self.sound and choice == 7:
            return float(self.rng.randrange(self.width))
        if choice == 0:
            return float(self.rng.choice((low, low + 1, high, high - 1, -1, 0, 1)))
        if choice == 1:
            return float(max(low, min(high, self.rng.choice((-1, 1)) * 2 ** self.rng.randrange(self.width))))
        if choice < 4:
            return float(self.rng.randrange(low, high + 1))
        return float(self.rng.randrange(-3, 9))

    def number(self) -> float:
        if self.dialect.extended and self.rng.randrange(4) == 0:
            return self.rng.choice(_REALS)
        return self.integer()

    def data(self) -> float:
        return float(self.rng.randrange(_CODE, self.stack - 4))

    def address(self) -> float:
        """Mostly the address of a cell; else an end of memory, a port, or none."""
        choice = 0 if self.sound else self.rng.randrange(12)
        if choice < 8:
            return self.data()
        if choice == 8:
            return float(self.rng.choice(self.pointers))
        if choice == 9:
            return float(self.rng.choice((0, self.size - 1, self.size, self.size + 1, -1)))
        if choice == 10:
            return float(self.rng.randrange(self.size))
        return self.odd()

    def odd(self) -> float:
        low, high = word_range(self.width)
        return self.rng.choice(_ODD) if self.dialect.extended else float(self.rng.choice((-1, -2, -3, low, high)))

    def code(self) -> float:
        if self.rng.randrange(6):
            return 3.0 * self.rng.randrange(3)
        return self.rng.choice((self.odd(), float(self.size - 3), float(self.size - 2), -1.0))

    def operand(self, row: Instruction | None, which: str) -> float:
        """An operand cell for an instruction, by what the table says of it."""
        kind = getattr(row, which) if row else None
        if row is None and which == "c":
            return self.code()
        choices: dict[str, Callable[[], float]] = {
            "CELL": self.address, "CODE": self.code, "VALUE": self.number, "OFFSET": self.offset,
        }  # fmt: skip
        return choices[kind.name if kind else "CELL"]()

    def offset(self) -> float:
        return self.address() - self.sp if self.rng.randrange(4) else self.odd()

    def instruction(self, row: Instruction | None) -> list[float]:
        first = float(row.opcode) if row else self.address()
        if row is None and self.rng.randrange(6) == 0 and self.dialect.io:
            first = -1.0
        cells = [first, self.operand(row, "b"), self.operand(row, "c")]
        for place, kind in ((1, row.b), (2, row.c)) if row and self.fp else ():
            if kind is Operand.CELL and self.rng.randrange(3) == 0 and cells[place] >= 0:
                cells[place] -= self.fp + FRAME_ORIGIN
        if row is None and self.rng.randrange(6) == 0 and self.dialect.io:
            cells[1] = -1.0
        if row is not None and row.family.name in ("MEMORY", "STACK"):
            if self.sound and row.c is None and self.rng.randrange(2):
                cells[1] = float(self.pointers[0])  # a pointer to the header that `links` makes for these
            elif self.rng.randrange(3 - self.sound) == 0:
                cells[self.rng.choice((1, 2))] = float(self.rng.choice(self.pointers[: 2 if self.sound else 4]))
        return cells

    def image(self, row: Instruction | None) -> Image:
        """Raises ImageError now and then."""
        rng, extended = self.rng, self.dialect.extended
        two_frames = _CODE + 4 + 2 * FRAME_SLOTS_AT + 2
        nested = row is not None and row.mnemonic == "enter" and self.size >= two_frames and rng.randrange(3) > 0
        if nested:
            self._make_room()
        pc = 3 * rng.randrange(3)
        rows = [rng.choice((*EXTENDED, None)) if extended else None for _ in range(3)]
        if rng.randrange(2):
            rows = [row] * 3  # what an instruction leaves behind, the same one is most likely to take up
        rows[pc // 3] = row
        cells = [cell for entry in rows for cell in self.instruction(entry)]
        cells += [self.number() for _ in range(self.stack - 4 - _CODE)]
        cells += self.links(row)
        cells += [self.number() if rng.randrange(2) else self.code() for _ in range(self.size - self.stack)]
        registers = fresh_registers(self.size, entry=pc, stack=(self.stack, self.size))
        registers[[Register.SP, Register.FP]] = self.sp, self.fp
        if self.fp:
            self._open_frame(cells)
        if nested:
            self._grant(cells)
        if self.sound:
            self._settle(row, cells, pc)
        elif extended:
            self._disturb(cells, registers)
        elif rng.randrange(30) == 0:
            registers[Register.PC] = self.size - rng.randrange(-3, 5)
        state = State(np.array(cells, dtype=np.float64) + 0.0, registers)
        return Image(state, self.dialect, self.width, ProgramInfo(Layout.bare(self.size)))

    def _open_frame(self, cells: list[float]) -> None:
        """A frame with windows around what is written, seldom none."""
        rng, fp = self.rng, self.fp
        cells[fp] = float(rng.choice((0, 0, fp + 1, self.size - FRAME_SLOTS_AT, self.odd())))
        for at in range(fp + FRAME_WINDOWS_AT, fp + FRAME_SLOTS_AT, 2):
            middle = rng.randrange(self.size)
            area = rng.choice(
                ((0, self.size), (0, middle), (middle, self.size), (middle, middle + 1), (0, 0), (middle, 0))
            )
            cells[at : at + 2] = map(float, area)

    def _make_room(self) -> None:
        """A stack for two whole frames, the upper one open."""
        self.fp = self.size - FRAME_SLOTS_AT
        self.sp = self.fp - FRAME_SLOTS_AT
        self.stack = self.sp - 1
        self.pointers = range(self.stack - 4, self.stack)

    def _grant(self, cells: list[float]) -> None:
        """Windows for the frame to come, around an area that the open frame may write to, or none."""
        rng, new = self.rng, self.sp - 1 + FRAME_WINDOWS_AT
        windows = range(self.fp + FRAME_WINDOWS_AT, self.fp + FRAME_SLOTS_AT, 2)
        own = [(float(self.stack), float(self.fp)), *((cells[at], cells[at + 1]) for at in windows)]
        for at in range(new, new + FRAME_SLOTS_AT - FRAME_WINDOWS_AT, 2):
            low, high = rng.choice((*own, (1.0, 0.0), (0.0, 0.0)))
            cells[at : at + 2] = low + rng.choice((0, 0, 0, 1, -1)), high + rng.choice((0, 0, 0, 1, -1))

    def _settle(self, row: Instruction | None, cells: list[float], pc: int) -> None:
        """Operands of the kind that the instruction is made for: integers, or doubles near the ends of their range."""
        rng = self.rng
        wanted = row.family.name if row else "SUBLEQ"
        for operand in cells[pc + 1 : pc + 3] if row else cells[pc : pc + 2]:
            if not _CODE <= operand < self.size or operand != int(operand):
                continue
            if wanted in ("REAL", "CONVERT") and self.dialect.extended and rng.randrange(3):
                large = rng.choice((-1, 1)) * rng.choice(_LARGE)
                cells[int(operand)] = rng.choice((large, large, rng.choice(_REALS), self.integer()))
            elif wanted in ("INTEGER", "BITS", "SUBLEQ"):
                cells[int(operand)] = self.integer()
        if wanted == "INTEGER" and rng.randrange(4):
            self._divide_evenly(cells, pc)
        if wanted == "BITS" and rng.randrange(2):
            second = cells[pc + 2]
            if second != cells[pc + 1] and _CODE <= second < self.size and second == int(second):
                cells[int(second)] = float(rng.randrange(self.width))

    def _divide_evenly(self, cells: list[float], pc: int) -> None:
        """The first operand a multiple of the second, or next to one: where long division compares equal numbers."""
        rng, bits = self.rng, self.width - 1
        first, second = cells[pc + 1], cells[pc + 2]
        if not all(_CODE <= operand < self.size and operand == int(operand) for operand in (first, second)):
            return
        # The quotient's last digit, in base 4, that is not 0: there the remainder equals a multiple of the divisor.
        place = 2 * rng.randrange((bits + 1) // 2)
        room = bits - place
        length = rng.randrange(1, max(2, room - 1))
        divisor = rng.randrange(1 << (length - 1), 1 << length)
        digits = rng.randrange(1, max(2, min(4 << rng.randrange(room), 1 << max(1, room - length))))
        if rng.randrange(8) == 0:  # the largest quotient that there is
            divisor, digits, place = 1, 1, bits
        quotient = digits << place
        dividend = (divisor * quotient + rng.choice((-1, 0, 0, 0, 0, 1))) * rng.choice((1, 1, -1))
        cells[int(second)] = float(divisor * rng.choice((1, 1, -1)))
        cells[int(first)] = float(max(-(1 << bits), min((1 << bits) - 1, dividend)))

    def links(self, row: Instruction | None) -> list[float]:
        """Cells that point to others: to data, to a header with its flag, and a base with an index."""
        if not self.dialect.extended:
            return [self.address() for _ in self.pointers]
        rng = self.rng
        header = row is not None and row.family.name == "STACK" if self.sound else bool(rng.randrange(2))
        if header:
            return [float(self.pointers[1]), float(rng.choice((0, 1, -1, 2))), self.code(), self.code()]
        if rng.randrange(6) == 0:  # terms that are no addresses, though their sum is one
            large = rng.choice((-1, 1)) * rng.choice((2.0**31, 2.0**53, 1e300))
            return [self.data(), large, -large, self.address()]
        base = rng.randrange(-5, 12)
        return [self.data(), float(base), self.data() - base, self.address()]

    def _disturb(self, cells: list[float], registers: Cells) -> None:
        """Now and then a write window, another program counter, an opcode that there is none of."""
        rng = self.rng
        if rng.randrange(4) == 0:
            bounds = sorted((rng.randrange(self.size + 1), rng.randrange(self.size + 1)))
            registers[[Register.WRITE_LOW, Register.WRITE_HIGH]] = bounds
        if rng.randrange(40) == 0:
            registers[Register.PC] = rng.choice((0.5, 2.5, self.size - 3.0, self.size - 2.0, self.size, 1e300, 5e-324))
        if rng.randrange(40) == 0:
            cells[int(registers[Register.PC]) % 7] = rng.choice((LOWEST_OPCODE - 1.0, -2.5, -1.5, -1e300, 1e300, -60.0))


def stopped(situation: Situations) -> Situations:
    """The same situations with the machine stopped, by a fault or a negative program counter; nothing must change."""
    registers = situation.registers.copy()
    codes = [float(fault) for fault in Fault if fault]
    for index, row in enumerate(registers):
        if index % 2:
            row[Register.FAULT] = codes[index % len(codes)]
        else:
            row[Register.PC] = -1.0 - index % 5
    count = len(registers)
    nothing = np.full(count, np.nan), np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_)
    truth = tuple(Truth(situation.cells, registers, *nothing) for _ in situation.truth)
    return Situations(situation.cells, registers, tuple(() for _ in situation.inputs), truth, situation.kinds)
