"""asm/lib/subleq*.s on the emulator: each macro on random 32-bit integers, and the product of many pairs."""

from __future__ import annotations

import random

import pytest

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.machine import Image, wrap
from tests.programs.table import ASM

EDGES = (0, 1, -1, 2, -2, 2**31 - 1, 2 - 2**31, 1 - 2**31, -(2**31), 0x55555555, 65536, 65535, -65536)
RESULTS = {
    "clear x": lambda x, y: 0,
    "mov x, y": lambda x, y: y,
    "add x, y": lambda x, y: x + y,
    "sub x, y": lambda x, y: x - y,
    "double x": lambda x, y: 2 * x,
    "neg x, y": lambda x, y: -y,
    "inc x": lambda x, y: x + 1,
    "dec x": lambda x, y: x - 1,
}
CONDITIONS = {
    "jmp taken": lambda x: True,
    "jle x, taken": lambda x: x <= 0,
    "jlt x, taken": lambda x: x < 0,
    "jeq x, taken": lambda x: x == 0,
}


def some_integers(count: int, seed: int) -> list[int]:
    source = random.Random(seed)
    return [*EDGES, *(source.randrange(-(2**31), 2**31) >> source.randrange(32) for _ in range(count))]


def outputs(image: Image, inputs: list[int]) -> list[float]:
    emulator = Emulator()
    emulator.start(image, inputs)
    emulator.run(20_000_000)
    assert emulator.state().halted
    return emulator.outputs()


def assembled(body: str, library: str = "subleq.s") -> Image:
    return assemble_text(f'.include "{library}"\n{body}\n.data\nx: . 0\ny: . 0\nleft: . 0', base=ASM / "lib")


@pytest.mark.parametrize("statement", RESULTS)
def test_macro(statement: str) -> None:
    image = assembled(f"in x\nin y\n{statement}\nout x\nout y\nout zero\nhalt")
    numbers = some_integers(30, seed=1)
    for x, y in zip(numbers, reversed(numbers), strict=True):
        assert outputs(image, [x, y]) == [wrap(RESULTS[statement](x, y), 32), y, 0]


@pytest.mark.parametrize("statement", CONDITIONS)
def test_conditional_jump(statement: str) -> None:
    image = assembled(f"in x\n{statement}\nout zero\nhalt\ntaken: out one\nout x\nhalt")
    for x in some_integers(30, seed=2):
        assert outputs(image, [x]) == ([1, x] if CONDITIONS[statement](x) else [0])


def test_call_comes_back_to_each_caller() -> None:
    image = assembled("call r, r.return\nout one\ncall r, r.return\nhalt\nr: out minus_one\nzero zero r.return:0")
    assert outputs(image, []) == [-1, 1, -1]


@pytest.mark.parametrize("count", [400, pytest.param(20_000, marks=pytest.mark.slow)])
def test_product_of_any_two_integers(count: int) -> None:
    body = "in left\nloop: jle left, done\nin x\nin y\nmultiply_cells x, x, y\nout x\ndec left\njmp loop\ndone: halt"
    image = assembled(body, "subleq_multiply.s")
    numbers = some_integers(count, seed=3)
    source = random.Random(4)
    pairs = [(x, source.choice(numbers)) for x in numbers] + [(x, y) for x in EDGES for y in EDGES]
    results = outputs(image, [len(pairs), *(value for pair in pairs for value in pair)])
    assert results == [wrap(x * y, 32) for x, y in pairs]
