"""asm/lib/real.s on the emulator: division and square root against IEEE arithmetic, the rest against exact values."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext

import pytest

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from tests.programs.table import ASM

COUNTS = [300, pytest.param(20_000, marks=pytest.mark.slow)]
LARGEST, SMALLEST = 1.7976931348623157e308, 5e-324
NORMAL = 2.0**-1022
EDGES = (0.0, 1.0, -1.0, 2.0, 3.0, NORMAL, SMALLEST, -SMALLEST, LARGEST, -LARGEST,
         *(math.nextafter(x, y) for x, y in ((1, 2), (1, 0), (2, 0), (4, 0), (NORMAL, 0))))  # fmt: skip
Result = float | str


class Routine:
    """One routine of the library: called with real.x and real.y, gives the result or the name of the fault."""

    def __init__(self, name: str) -> None:
        calls = f'.include "real.s"\nin real.x\nin real.y\ncall real.{name}\nout real.x\nhalt\n.stack 4'
        self._image = assemble_text(calls, base=ASM / "lib")
        self._emulator = Emulator()

    def __call__(self, x: float, y: float = 1.0) -> Result:
        self._emulator.start(self._image, [x, y])
        self._emulator.run(1000)
        state = self._emulator.state()
        assert state.stopped
        return state.fault.label if state.fault else self._emulator.outputs()[0]


def any_number(source: random.Random) -> float:
    """Any finite double, all exponents alike, or one that is likely to make trouble."""
    match source.randrange(6):
        case 0:
            return source.choice(EDGES)
        case 1:
            return math.ldexp(source.getrandbits(source.randint(1, 53)), -1074)
        case 2:
            return float(source.randint(-1000, 1000))
        case 3:
            return source.uniform(-100, 100)
    while True:
        (value,) = struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))
        if math.isfinite(value):
            return float(value)


def pairs(count: int, seed: int) -> Iterator[tuple[float, float]]:
    """Pairs for division; of every three, one is likely to have a subnormal quotient close to halfway."""
    source = random.Random(seed)
    for index in range(count):
        x, y = any_number(source), any_number(source)
        if index % 3 == 0:
            quotient = math.ldexp(source.getrandbits(source.randint(1, 53)), -1075)
            near = quotient * y if abs(y) > 1 else 0.0
            x = near * (1 + source.randint(-2, 2) * 2.0**-52) if math.isfinite(near) else x
        yield x, y


def quotient(x: float, y: float) -> Result:
    if y == 0:
        return "division"
    result = x / y
    return "overflow" if math.isinf(result) else result


@pytest.mark.parametrize("count", COUNTS)
def test_division_is_correctly_rounded(count: int) -> None:
    divide = Routine("divide")
    for x, y in pairs(count, seed=1):
        assert divide(x, y) == quotient(x, y), (x, y)


def test_division_of_edges() -> None:
    divide = Routine("divide")
    for x in EDGES:
        for y in EDGES:
            assert divide(x, y) == quotient(x, y), (x, y)


@pytest.mark.parametrize("count", COUNTS)
def test_root_is_correctly_rounded(count: int) -> None:
    root, source = Routine("root"), random.Random(2)
    for index in range(count):
        x = abs(any_number(source))
        if index % 4 == 0:  # the square of a number, or next to it
            x = source.uniform(1, 2) ** 2
        assert root(x) == math.sqrt(x), x


def nearly_halfway() -> Iterator[float]:
    """Numbers whose root lies as close as can be to halfway between two doubles.

    Halfway is an odd t of 54 bits. For t^2 - c to be a double, with c small, its lowest 54 or 55 bits must be 0: t is a
    square root of c modulo 2^54 or 2^55, found bit by bit.
    """
    for c in range(-399, 400, 8):
        t = 1
        for bits in range(3, 56):
            if (t * t - c) % (1 << (bits + 1)):
                t += 1 << (bits - 1)
            for modulus in {1 << bits} & {1 << 54, 1 << 55}:
                for candidate in {(sign * t + half) % modulus for sign in (1, -1) for half in (0, modulus // 2)}:
                    square = candidate**2 - c
                    if candidate >> 53 == 1 and int(float(square)) == square:
                        yield float(square)


def test_root_nearly_halfway() -> None:
    root = Routine("root")
    numbers = list(nearly_halfway())
    assert len(numbers) >= 100
    for x in numbers:
        assert root(x) == math.sqrt(x), x


def test_root_of_edges() -> None:
    root = Routine("root")
    for x in EDGES:
        assert root(x) == ("division" if x < 0 else math.sqrt(x)), x


def error_in_ulps(result: Result, exact: Decimal) -> float:
    assert isinstance(result, float), result
    return float(abs(Decimal(result) - exact) / Decimal(math.ulp(float(exact))))


def exponents(count: int, seed: int) -> Iterator[float]:
    source = random.Random(seed)
    draws: tuple[Callable[[], float], ...] = (
        lambda: source.uniform(-745.2, 709.78),
        lambda: source.uniform(-1, 1),
        lambda: source.uniform(-746, -708),
        lambda: math.ldexp(source.uniform(-1, 1), source.randint(-80, 3)),
    )
    for index in range(count):
        yield draws[index % 4]()


@pytest.mark.parametrize("count", COUNTS)
def test_exp_is_within_1_ulp(count: int) -> None:
    exp = Routine("exp")
    with localcontext(prec=60):
        assert max(error_in_ulps(exp(x), Decimal(x).exp()) for x in exponents(count, seed=3)) < 1


def test_exp_of_edges() -> None:
    exp = Routine("exp")
    assert [exp(x) for x in (0.0, 1e-320, -1e-320, 1.0, -745.13, -745.2, -1e308)] == [1, 1, 1, math.e, SMALLEST, 0, 0]
    assert [exp(x) for x in (709.7827128933841, 1e4, 1e10, LARGEST)] == ["overflow"] * 4
    assert exp(709.782712893384) == math.exp(709.782712893384)


@pytest.mark.parametrize("count", COUNTS)
def test_sigmoid_is_within_3_ulp(count: int) -> None:
    sigmoid = Routine("sigmoid")
    with localcontext(prec=60):
        powers = ((sigmoid(x), Decimal(x).exp()) for x in exponents(count, seed=4))
        assert max(error_in_ulps(result, power / (1 + power)) for result, power in powers) < 3


def test_sigmoid_of_edges() -> None:
    sigmoid = Routine("sigmoid")
    assert [sigmoid(x) for x in (0.0, LARGEST, 1e4, -1e4, -LARGEST)] == [0.5, 1, 1, 0, 0]
