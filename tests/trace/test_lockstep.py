"""Two executors in lockstep, one of which goes wrong in a way that the test chooses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.isa import Fault
from ccc.machine import Image, Register, State
from ccc.trace import Change, Comparison, compare

PROGRAM = """
loop: in x
      jlt x, end
      add sum, x
      push sum
      out sum
      jmp loop
end:  halt
.stack 16
.data
x:    . 0
sum:  . 0
zero: . 0
"""
INPUTS = (3.0, 4.0)
TOTAL = 15  # instructions
Damage = Callable[[State, list[float]], None]


class Faulty:
    """The emulator, but after `at` calls of `run` for one step, and ever after, its account of things is damaged."""

    name = "faulty"

    def __init__(self, at: int = 1 << 30, damage: Damage | None = None, *, extra: int = 0) -> None:
        self._emulator = Emulator()
        self._at, self._damage, self._extra = at, damage, extra
        self.calls = 0

    @property
    def is_damaged(self) -> bool:
        return self.calls > self._at

    @property
    def consumed(self) -> int:
        return self._emulator.consumed

    def start(self, image: Image, inputs: Sequence[float]) -> None:
        self._emulator.start(image, inputs)

    def run(self, max_steps: int) -> int:
        assert max_steps == 1
        self.calls += 1
        return self._emulator.run(1) + (self._extra if self.is_damaged else 0)

    def state(self) -> State:
        return self._account()[0]

    def outputs(self, start: int = 0) -> list[float]:
        return self._account()[1][start:]

    def _account(self) -> tuple[State, list[float]]:
        state, outputs = self._emulator.state(), self._emulator.outputs()
        if self.is_damaged and self._damage:
            self._damage(state, outputs)
        return state, outputs


def sample() -> Image:
    return assemble_text(PROGRAM, "p.s")


def lockstep(right: Faulty, *, swapped: bool = False, context: int = 5, max_steps: int = 1 << 62) -> Comparison:
    pair = (right, Emulator()) if swapped else (Emulator(), right)
    return compare(sample(), *pair, INPUTS, max_steps=max_steps, context=context)


def register(which: Register, value: float) -> Damage:
    return lambda state, outputs: state.registers.__setitem__(which, value)


def cell(name: str, value: float) -> Damage:
    address = sample().info.symbols[name]
    return lambda state, outputs: state.cells.__setitem__(address, value)


def bits_of(values: Sequence[float | None]) -> list[int | None]:
    return [None if value is None else int(np.float64(value).view(np.int64)) for value in values]


def test_equal_programs() -> None:
    result = lockstep(Faulty())
    assert result.equal
    assert (result.instructions, result.outputs, result.reason) == (TOTAL, 2, "halt")
    assert result.opcodes == {"in": 3, "jlt": 3, "add": 2, "push": 2, "out": 2, "jmp": 2, "halt": 1}
    assert sum(result.opcodes.values()) == result.instructions


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("damage", "what", "wrong"),
    [
        (register(Register.PC, 3.0), "pc", 3.0),
        (register(Register.SP, 7.0), "sp", 7.0),
        (register(Register.WRITE_LOW, 1.0), "write_low", 1.0),
        (register(Register.FAULT, Fault.SHIFT), "fault", float(Fault.SHIFT)),
        (register(Register.FAULT, 0.5), "fault", 0.5),
        (cell("x", 99.0), "cell {x}", 99.0),
        (cell("zero", -0.0), "cell {zero}", -0.0),
        (cell("zero", 5e-324), "cell {zero}", 5e-324),
        (cell("sum", 3.0000000000000004), "cell {sum}", 3.0000000000000004),
        (cell("sum", math.nan), "cell {sum}", math.nan),
        (cell("sum", math.inf), "cell {sum}", math.inf),
        (register(Register.PC, math.nan), "pc", math.nan),
    ],
)
def test_a_difference_of_one_bit_is_found(damage: Damage, what: str, wrong: float, swapped: bool) -> None:
    """After instruction 2, the addition."""
    right = Faulty(2, damage)
    result = lockstep(right, swapped=swapped)
    assert not result.equal
    assert (result.instructions, result.reason, right.calls) == (2, "difference", 3)
    assert result.opcodes == {"in": 1, "jlt": 1}
    assert result.difference
    assert (result.difference.instruction.step, result.difference.instruction.mnemonic) == (2, "add")
    assert [instruction.mnemonic for instruction in result.difference.leading] == ["in", "jlt"]
    (change,) = result.difference.changes
    assert change.what == what.format(**sample().info.symbols)
    assert bits_of([change.left if swapped else change.right]) == bits_of([wrong])
    assert bits_of([change.right if swapped else change.left]) != bits_of([wrong])


def test_the_value_before_is_shown() -> None:
    result = lockstep(Faulty(2, cell("sum", 9.0)))
    assert result.difference
    assert result.difference.changes == (Change(f"cell {sample().info.symbols['sum']}", 0.0, 3.0, 9.0),)


def test_everything_that_differs_is_listed() -> None:
    def damage(state: State, outputs: list[float]) -> None:
        state.registers[Register.SP] = 1.0
        state.cells[-1] = 5.0
        state.cells[0] = 6.0
        outputs.append(8.0)

    result = lockstep(Faulty(0, damage))
    assert result.difference
    changes = {change.what: (change.left, change.right) for change in result.difference.changes}
    assert changes["cell 0"][1] == 6.0
    assert changes["output"] == (None, 8.0)
    assert set(changes) == {"sp", "cell 0", f"cell {sample().size - 1}", "output"}


@pytest.mark.parametrize(
    ("damage", "seen"),
    [
        (lambda state, outputs: outputs.append(1.0), (3.0, 1.0)),
        (lambda state, outputs: outputs.clear(), (3.0, None)),
        (lambda state, outputs: outputs.__setitem__(0, 4.0), (3.0, 4.0)),
        (lambda state, outputs: outputs.__setitem__(0, math.nan), (3.0, math.nan)),
    ],
)
def test_a_difference_in_the_output(damage: Damage, seen: tuple[float, float | None]) -> None:
    result = lockstep(Faulty(4, damage))
    assert result.difference
    assert result.difference.instruction.mnemonic == "out"
    (change,) = result.difference.changes
    assert change.what == "output"
    assert bits_of([change.left, change.right]) == bits_of(seen)


def test_the_sign_of_a_zero_in_the_output() -> None:
    image = assemble_text("out x; halt\n.data\nx: . 0")
    negative = Faulty(0, lambda state, outputs: outputs.__setitem__(0, -0.0))
    result = compare(image, Emulator(), negative, max_steps=9)
    assert result.difference
    assert [change.what for change in result.difference.changes] == ["output"]


def test_a_difference_in_what_was_executed() -> None:
    result = lockstep(Faulty(3, extra=1))
    assert result.difference
    assert result.difference.changes == (Change("instructions executed", None, 1, 2),)


def test_different_faults() -> None:
    image = assemble_text("div x, zero\n.data\nx: . 1\nzero: . 0")
    result = compare(image, Emulator(), Faulty(0, register(Register.FAULT, Fault.INTEGER)), max_steps=9)
    assert result.difference
    assert result.difference.changes == (Change("fault", 0.0, float(Fault.DIVISION), float(Fault.INTEGER)),)
    assert result.instructions == 0


@pytest.mark.parametrize(("context", "expected"), [(0, 0), (1, 1), (5, 5), (100, 8)])
def test_context(context: int, expected: int) -> None:
    result = lockstep(Faulty(8, cell("x", 0.5)), context=context)
    assert result.difference
    steps = [instruction.step for instruction in result.difference.leading]
    assert steps == list(range(8 - expected, 8))


@pytest.mark.parametrize("limit", [0, 1, 7, TOTAL])
def test_the_limit(limit: int) -> None:
    result = lockstep(Faulty(), max_steps=limit)
    assert result.equal
    assert result.instructions == limit
    assert result.reason == ("halt" if limit == TOTAL else "step-limit")


def test_a_fault_is_an_end_like_any_other() -> None:
    result = compare(assemble_text("movi x, 1; jmp 1000\n.data\nx: . 0"), Emulator(), Emulator(), max_steps=99)
    assert result.equal
    assert (result.instructions, result.reason) == (2, "fault: fetch")
    assert result.opcodes == {"movi": 1, "jmp": 1}


def test_a_stopped_image_has_nothing_to_compare() -> None:
    executor = Emulator()
    executor.start(assemble_text("halt"), ())
    executor.run(5)
    image = assemble_text("halt").with_state(executor.state())
    result = compare(image, Emulator(), Emulator(), max_steps=99)
    assert (result.equal, result.instructions, result.reason) == (True, 0, "halt")


def test_progress_is_told() -> None:
    told: list[int] = []
    compare(sample(), Emulator(), Emulator(), INPUTS, max_steps=99, progress=told.append)
    assert told == list(range(1, TOTAL + 1))


def test_the_image_is_left_as_it_was() -> None:
    image = sample()
    before = image.state.copy()
    compare(image, Emulator(), Emulator(), INPUTS, max_steps=99)
    assert image.state.same(before)
