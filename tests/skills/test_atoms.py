"""The library that comes with ccc: every card, on emulator and native engine, and each skill against an oracle."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from ccc.emulator import Emulator
from ccc.isa import INSTRUCTIONS, Family, Fault
from ccc.machine import WIDTHS, Cells, word_range, wrap
from ccc.neural import gradient
from ccc.skills import Call, Kind, Result, Slot, testing
from tests.skills.spread import LIBRARY, spread_call

NAMES = LIBRARY.names
CARDS = {name: LIBRARY.card(name) for name in NAMES}
DIFFERENTIABLE = [name for name in NAMES if CARDS[name].differentiable]
INTEGER_FAMILIES = (Family.INTEGER, Family.BITS)


@cache
def assembled(name: str, sizes: tuple[tuple[str, int], ...] = (), width: int = 32, jacobian: bool = False) -> Call:
    return Call(LIBRARY.find(name), dict(sizes), width=width, jacobian=jacobian)


def run(call: Call, values: dict[str, Cells], before: dict[str, Cells] | None = None) -> Result:
    emulator = Emulator()
    emulator.start(call.image(values, before))
    return call.result(*reversed((emulator.run(1_000_000), emulator.state())))


def scalars(name: str, width: int = 32, **values: float) -> float | Fault:
    """What an atom makes of these numbers, or its fault."""
    given_ = {slot: np.asarray(float(value)) for slot, value in values.items()}
    result = run(assembled(name, width=width), given_)
    return result.fault or float(result.outputs["y"])


@pytest.fixture(scope="module")
def tester() -> testing.Tester:
    return testing.Tester(LIBRARY, ("emulator", "native"))


@pytest.mark.parametrize("name", NAMES)
def test_card(name: str, tester: testing.Tester) -> None:
    """Its tests on both engines, equal bit for bit, and its Jacobian against differences."""
    report = tester.test(name)
    assert report.passed, report.failures
    assert report.tests > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stride", [2, 5])
def test_strides(name: str, stride: int) -> None:
    for example in CARDS[name].examples:
        if example.fault is None:
            found = spread_call(name, example, stride)
            for slot, expected in example.expected.items():
                assert np.array_equal(found[slot], expected), slot


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_strides_of_jacobians(name: str) -> None:
    for example in CARDS[name].examples:
        if example.fault is None:
            close = spread_call(name, example, 1, jacobian=True)
            assert np.array_equal(spread_call(name, example, 3, jacobian=True)["jacobian"], close["jacobian"])


@pytest.mark.parametrize("name", [name for name in NAMES if CARDS[name].kind is Kind.INTEGER])
@pytest.mark.parametrize("width", WIDTHS)
def test_integer_skills_at_every_width(name: str, width: int) -> None:
    card = CARDS[name]
    assert card.width is None
    for example in card.examples:
        sizes = tuple((dimension, int(example.given[dimension])) for dimension in card.dimensions)
        result = run(assembled(name, sizes, width), dict(example.given), dict(example.before))
        assert result.fault == (example.fault or Fault.NONE)
        for slot, expected in example.expected.items():
            assert np.array_equal(result.outputs[slot], expected)


def test_every_atom_is_there() -> None:
    named = {row.mnemonic for row in INSTRUCTIONS if row.family in (*INTEGER_FAMILIES, Family.REAL)} - {"addi", "fcmp"}
    atoms = {name for name in NAMES if CARDS[name].generation == 0}
    assert named <= atoms
    assert {"subleq", "mov", "is_le", "cmov_le", "zero", "one", "inc", "dec", "nop", "fdiv"} <= atoms


def test_twins_are_real_and_take_the_same() -> None:
    twins = {name: CARDS[name].twin for name in NAMES if CARDS[name].twin}
    assert set(twins) >= {"mov", "add", "sub", "mul", "neg", "min", "max", "cmov_le", "dot", "matvec"}
    for name, twin in twins.items():
        assert twin is not None
        assert CARDS[twin].kind is Kind.REAL
        assert [slot.name for slot in CARDS[twin].slots] == [slot.name for slot in CARDS[name].slots]
        assert [slot.shape for slot in CARDS[twin].slots] == [slot.shape for slot in CARDS[name].slots]
        for example in CARDS[name].examples:
            if example.fault is None:
                sizes = tuple((dimension, int(example.given[dimension])) for dimension in CARDS[name].dimensions)
                result = run(assembled(twin, sizes), dict(example.given), dict(example.before))
                for slot, expected in example.expected.items():
                    assert np.array_equal(result.outputs[slot], expected), name


# Integer atoms against Python


def truncated(a: int, b: int) -> int:
    return int(math.copysign(abs(a) // abs(b), a * b)) if b else 0


TWO: dict[str, Callable[[int, int], int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": truncated,
    "mod": lambda a, b: a - b * truncated(a, b),
    "min": min,
    "max": max,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
ONE: dict[str, Callable[[int], int]] = {
    "neg": operator.neg,
    "not": operator.invert,
    "inc": lambda x: x + 1,
    "dec": lambda x: x - 1,
    "mov": lambda x: x,
}


@st.composite
def words(draw: st.DrawFn, count: int) -> tuple[int, list[int]]:
    width = draw(st.sampled_from(WIDTHS))
    low, high = word_range(width)
    return width, [
        draw(st.one_of(st.integers(low, high), st.sampled_from([low, high, 0, 1, -1]))) for _ in range(count)
    ]


@settings(max_examples=300, deadline=None)
@given(words(2), st.sampled_from(sorted(TWO)))
def test_integer_atoms_of_two(given_: tuple[int, list[int]], name: str) -> None:
    width, (a, b) = given_
    expected = wrap(TWO[name](a, b), width)
    assert scalars(name, width, a=a, b=b) == (Fault.DIVISION if name in ("div", "mod") and b == 0 else expected)


@settings(max_examples=150, deadline=None)
@given(words(1), st.sampled_from(sorted(ONE)))
def test_integer_atoms_of_one(given_: tuple[int, list[int]], name: str) -> None:
    width, (x,) = given_
    assert scalars(name, width, x=x) == wrap(ONE[name](x), width)


@settings(max_examples=150, deadline=None)
@given(words(1), st.integers(-2, 40), st.sampled_from(["shl", "shr", "sar"]))
def test_shifts(given_: tuple[int, list[int]], count: int, name: str) -> None:
    width, (x,) = given_
    pattern = x % (1 << width)
    if not 0 <= count < width:
        assert scalars(name, width, a=x, b=count) is Fault.SHIFT
    else:
        expected = {"shl": x << count, "shr": pattern >> count, "sar": x >> count}[name]
        assert scalars(name, width, a=x, b=count) == wrap(expected, width)


@settings(max_examples=150, deadline=None)
@given(words(4))
def test_atoms_that_decide(given_: tuple[int, list[int]]) -> None:
    width, (a, b, x, y) = given_
    before = {"y": np.asarray(float(y))}
    values = {name: np.asarray(float(value)) for name, value in (("a", a), ("b", b), ("x", x))}
    assert run(assembled("cmov_le", width=width), values, before).outputs["y"] == (x if a <= b else y)
    assert run(assembled("subleq", width=width), {"x": values["x"]}, before).outputs["y"] == wrap(y - x, width)
    assert scalars("is_le", width, a=a) == (a <= 0)


@pytest.mark.parametrize("name", [*TWO, "shl", "shr", "sar"])
def test_integer_atoms_fault_on_fractions(name: str) -> None:
    assert scalars(name, a=0.5, b=1) is Fault.INTEGER
    assert scalars(name, a=1, b=0.5) is Fault.INTEGER


# Real atoms against IEEE arithmetic

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
REAL: dict[str, Callable[[float, float], float]] = {
    "fadd": operator.add,
    "fsub": operator.sub,
    "fmul": operator.mul,
    "fmin": min,
    "fmax": max,
}


@settings(max_examples=200, deadline=None)
@given(NUMBERS, NUMBERS, st.sampled_from(sorted(REAL)))
def test_real_atoms(a: float, b: float, name: str) -> None:
    expected = REAL[name](a, b)
    assert scalars(name, a=a, b=b) == (expected if math.isfinite(expected) else Fault.OVERFLOW)


@settings(max_examples=300, deadline=None)
@given(NUMBERS, NUMBERS)
def test_division(a: float, b: float) -> None:
    assume(b != 0)
    with np.errstate(all="ignore"):
        expected = float(np.divide(a, b))
    assert scalars("fdiv", a=a, b=b) == (expected if math.isfinite(expected) else Fault.OVERFLOW)


@settings(max_examples=150, deadline=None)
@given(st.floats(0, allow_infinity=False), st.floats(-700, 700))
def test_root_and_exponential(a: float, x: float) -> None:
    assert scalars("fsqrt", a=a) == math.sqrt(a)
    found = scalars("fexp", a=x)
    assert isinstance(found, float)
    assert abs(found - math.exp(x)) <= 2 * math.ulp(math.exp(x))


# Vectors, matrices and networks against numpy


def sized(name: str, values: Mapping[str, ArrayLike], **sizes: int) -> dict[str, Cells]:
    """The outputs. values: of inputs, weights and outputs that are read; the dimensions are constants as well."""
    call = assembled(name, tuple(sizes.items()))
    arrays = {slot: np.asarray(value, dtype=float) for slot, value in {**values, **sizes}.items()}
    before = {slot.name: arrays.pop(slot.name) for slot in call.card.outputs if slot.name in arrays}
    result = run(call, arrays, before)
    assert not result.fault
    return result.outputs


def wrapped(values: Cells) -> Cells:
    return (values.astype(np.int64) + 2**31) % 2**32 - 2**31


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
def test_integer_vectors_and_matrices(n: int, rows: int, columns: int, seed: int) -> None:
    random = np.random.default_rng(seed)

    def draw(*shape: int) -> Cells:
        return random.integers(-50_000, 50_000, shape)

    x, y = draw(n), draw(n)
    a, b, v = draw(rows, columns), draw(columns, rows + 1), draw(columns)
    factor = draw()
    assert np.array_equal(sized("dot", {"x": x, "y": y}, n=n)["s"], wrapped(x @ y))
    assert np.array_equal(sized("sum", {"x": x}, n=n)["s"], x.sum())
    assert np.array_equal(sized("copy", {"x": x}, n=n)["y"], x)
    assert np.array_equal(sized("fill", {"value": factor}, n=n)["y"], np.full(n, factor))
    assert np.array_equal(sized("scale", {"a": factor, "x": x}, n=n)["y"], wrapped(factor * x))
    assert np.array_equal(sized("axpy", {"a": factor, "x": x, "y": y}, n=n)["y"], wrapped(factor * x + y))
    assert np.array_equal(sized("vadd", {"a": x, "b": y}, n=n)["y"], x + y)
    shape = {"rows": rows, "columns": columns}
    assert np.array_equal(sized("transpose", {"a": a}, **shape)["b"], a.T)
    assert np.array_equal(sized("matvec", {"a": a, "x": v}, **shape)["y"], wrapped(a @ v))
    product = sized("matmul", {"a": a, "b": b}, rows=rows, inner=columns, columns=rows + 1)["c"]
    assert np.array_equal(product, wrapped(a @ b))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
def test_real_vectors_and_networks(n: int, hidden: int, outputs: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    x, t, w1, b1 = (random.normal(size=shape) for shape in ((n,), (n,), (hidden, n), (hidden,)))
    w2, b2 = random.normal(size=(outputs, hidden)), random.normal(size=outputs)
    shape = {"rows": hidden, "columns": n}
    near = {"rtol": 1e-13, "atol": 1e-13}
    for linear in ("linear", "c_linear"):
        np.testing.assert_allclose(sized(linear, {"x": x, "w": w1, "b": b1}, **shape)["y"], w1 @ x + b1, **near)
    for product in ("fmatvec", "c_matvec"):
        np.testing.assert_allclose(sized(product, {"a": w1, "x": x}, **shape)["y"], w1 @ x, **near)
    for dot in ("fdot", "c_dot"):
        np.testing.assert_allclose(sized(dot, {"x": x, "y": t}, n=n)["s"], x @ t, **near)
    found = sized("fmatmul", {"a": w2, "b": w1}, rows=outputs, inner=hidden, columns=n)["c"]
    np.testing.assert_allclose(found, w2 @ w1, **near)
    assert np.array_equal(sized("relu", {"x": x}, n=n)["y"], np.maximum(x, 0))
    assert sized("argmax", {"x": x}, n=n)["index"] == np.argmax(x)
    powers = np.exp(5 * x - np.max(5 * x))
    np.testing.assert_allclose(sized("softmax", {"x": 5 * x}, n=n)["y"], powers / powers.sum(), **near)
    np.testing.assert_allclose(sized("squared_error", {"y": x, "target": t}, n=n)["loss"], ((x - t) ** 2).sum(), **near)
    step = sized("gradient_step", {"g": t, "rate": 0.5, "w": x}, n=n)["w"]
    np.testing.assert_allclose(step, x - 0.5 * t, **near)
    weights = {"x": x, "w1": w1, "b1": b1, "w2": w2, "b2": b2}
    network = sized("mlp_forward", weights, inputs=n, hidden=hidden, outputs=outputs)
    h = np.maximum(w1 @ x + b1, 0)
    np.testing.assert_allclose(network["h"], h, **near)
    np.testing.assert_allclose(network["y"], w2 @ h + b2, **near)


def test_composed_layer_equals_the_written_one() -> None:
    """Figure 2(b): the same sums in the same order, so the same bits."""
    random = np.random.default_rng(7)
    values = {"x": random.normal(size=5), "w": random.normal(size=(4, 5)), "b": random.normal(size=4)}
    written = sized("linear", values, rows=4, columns=5)
    assert np.array_equal(sized("c_linear", values, rows=4, columns=5)["y"], written["y"])


# Jacobians against automatic differentiation through the Transformer


def examples_to_differentiate() -> list[object]:
    found = []
    for name in DIFFERENTIABLE:
        card = CARDS[name]
        example = next(example for example in card.examples if example.fault is None)
        sizes = {dimension: int(example.given[dimension]) for dimension in card.dimensions}
        work = run(assembled(name, tuple(sizes.items())), dict(example.given), dict(example.before)).instructions
        passes = sum(int(np.prod(slot.shape.sizes(sizes))) for slot in card.row_slots())
        marks = [pytest.mark.slow] if work * passes > 150 else []
        found.append(pytest.param(name, marks=marks))
    return found


@pytest.mark.parametrize("name", examples_to_differentiate())
def test_jacobian_is_that_of_the_network(name: str) -> None:
    card = CARDS[name]
    example = next(example for example in card.examples if example.fault is None)
    sizes = tuple((dimension, int(example.given[dimension])) for dimension in card.dimensions)
    call = assembled(name, sizes)
    image = call.image(dict(example.given), dict(example.before))

    def places(slots: tuple[Slot, ...]) -> list[int]:
        counts = ((slot.name, int(np.prod(slot.shape.sizes(dict(sizes))))) for slot in slots)
        return [call.addresses[slot] + index for slot, count in counts for index in range(count)]

    of, wrt = places(card.row_slots()), places(card.column_slots())
    jacobian = run(assembled(name, sizes, jacobian=True), dict(example.given), dict(example.before)).jacobian
    assert jacobian is not None
    assert jacobian.shape == (len(of), len(wrt))
    if of and wrt:
        expected = gradient(image, of=of, wrt=wrt, advance=Emulator).jacobian
        np.testing.assert_allclose(jacobian, expected, rtol=1e-12, atol=1e-12)
