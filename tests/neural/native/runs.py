"""What the tests of the native engine share: programs, and runs of two executors compared bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from ccc.assembler import assemble_text
from ccc.isa import DIALECTS
from ccc.machine import Executor, Image, Layout, ProgramInfo, Register, State, fresh_registers
from ccc.neural import NativeExecutor
from tests.engines.random_programs import Program, extended, plain

COUNTING = "loop: in x; out x; push x; call next; pop x; addi n, -1; jle n, end; jmp loop; next: ret; end: halt"
DATA = "\n.stack 4\n.data\nx: . 0\nn: . {}\n"


def assembled(source: str) -> Image:
    return assemble_text(source.replace("; ", "\n"), "prog.s")


def counting(rounds: int) -> Image:
    """A program that reads, writes, and uses the stack, for eight instructions and a return a round."""
    return assembled(COUNTING + DATA.format(rounds))


def program_of(kind: tuple[str, int], rng: Random) -> Program:
    """A random program for a dialect and width."""
    dialect = DIALECTS[kind[0]]
    return extended(rng, kind[1]) if dialect.extended else plain(rng, kind[1], dialect)


def image_of(cells: list[float], kind: tuple[str, int] = ("ccc", 32), **registers: float) -> Image:
    """An image with these cells, and registers other than fresh ones by name."""
    values = fresh_registers(len(cells))
    for name, value in registers.items():
        values[Register[name.upper()]] = value
    state = State(np.array(cells, dtype=np.float64), values)
    return Image(state, DIALECTS[kind[0]], kind[1], ProgramInfo(Layout.bare(len(cells))))


@dataclass(frozen=True)
class Account:
    """Everything that a run can be asked, numbers as their bytes."""

    executed: int
    cells: bytes
    registers: bytes
    outputs: bytes
    consumed: int

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(np.frombuffer(self.cells + self.registers)).all())


def account(executor: Executor, executed: int = 0) -> Account:
    state = executor.state()
    outputs = np.array(executor.outputs(), dtype=np.float64).tobytes()
    return Account(executed, state.cells.tobytes(), state.registers.tobytes(), outputs, executor.consumed)


def run_of(executor: Executor, image: Image, inputs: Any = (), steps: int = 100) -> Account:
    """Start, run, and say how it ended."""
    executor.start(image, inputs)
    return account(executor, executor.run(steps))


def native_alone(image: Image, inputs: Any = (), steps: int = 100) -> Account:
    """The native engine, which must not have needed the dense one."""
    executor = NativeExecutor()
    found = run_of(executor, image, inputs, steps)
    assert executor.dense_steps == 0
    return found
