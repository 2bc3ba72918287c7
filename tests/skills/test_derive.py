"""Derived Jacobian code against autograd through the Transformer, and against finite differences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccc.isa import Fault
from ccc.neural import NativeExecutor
from ccc.skills.call import call_skill
from ccc.skills.library import Library
from tests.skills.deriving import Derived, derive_into, write_skill


class Case(NamedTuple):
    """A skill, and data to call it on. before: what outputs hold at first."""

    slots: str
    text: str
    values: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    kind: str = "real"


SCALAR = "inputs: {x: real}\noutputs: {y: real}"
DOT = """
    .input x, y
    .output s
    .constant n
    .scratch left, p, q, sum, value, other
        mov  p, x
        mov  q, y
        movi sum, 0
        ld   left, n
@loop:  jle  left, @done
        ld   value, p
        ld   other, q
        fmul value, other
        fadd sum, value
        add  p, x.stride
        add  q, y.stride
        addi left, -1
        jmp  @loop
@done:  st   s, sum"""
DOT_SLOTS = 'inputs: {x: "real[n]", y: "real[n]"}\noutputs: {s: real}\nconstants: {n: int}'
POWER = """
    .input x
    .output y
    .constant n
    .scratch left, value, result
        ld   value, x
        ld   left, n
        movi result, 1
@loop:  jle  left, @done
        fmul result, value
        addi left, -1
        jmp  @loop
@done:  st   y, result"""
AXPY = """
    .input a, x
    .output y
    .constant n
    .scratch left, p, q, value, factor, old
        ld   factor, a
        mov  p, x
        mov  q, y
        ld   left, n
@loop:  jle  left, @done
        ld   value, p
        fmul value, factor
        ld   old, q
        fadd old, value
        st   q, old
        fadd p, x.stride
        fadd q, y.stride
        addi left, -1
        jmp  @loop
@done:  return"""
# e^x as (1 + x / 1024)^1024, and division by Newton's iteration: loops whose ends depend on values.
SOFTMAX = """
    .input x
    .output y
    .constant n
    .scratch left, p, q, value, sum, inverse, error, square, rounds
        movi sum, 0
        mov  p, x
        mov  q, y
        ld   left, n
@exp:   jle  left, @invert
        ld   value, p
        fmul value, =0.0009765625
        fadd value, =1
        movi rounds, 10
@power: jle  rounds, @powered
        fmul value, value
        addi rounds, -1
        jmp  @power
@powered:
        st   q, value
        fadd sum, value
        add  p, x.stride
        add  q, y.stride
        addi left, -1
        jmp  @exp
@invert:
        movi inverse, 1
        fmul inverse, =0.015625
@newton:
        mov  error, sum
        fmul error, inverse
        fsub error, =1
        mov  square, error
        fmul square, error
        fmul error, inverse
        fsub inverse, error
        fcmp square, =1e-40
        jle  square, @scale
        jmp  @newton
@scale: mov  q, y
        ld   left, n
@each:  jle  left, @done
        ld   value, q
        fmul value, inverse
        st   q, value
        add  q, y.stride
        addi left, -1
        jmp  @each
@done:  return"""
CASES = {
    "polynomial": Case(
        SCALAR,
        """
    .input x
    .output y
    .scratch value, result
        ld   value, x
        mov  result, value
        fmul result, =3.5
        fsub result, =2
        fmul result, value
        fadd result, result
        fsub result, value
        fmul result, result
        st   y, result""",
        {"x": 1.3},
    ),
    "constant less real": Case(
        SCALAR,
        """
    .input x
    .output y
    .scratch value, one
        ld   value, x
        mov  one, =1
        fsub one, value
        movi value, 2
        fmul value, one
        st   y, value""",
        {"x": 0.25},
    ),
    "magnitude above": Case(SCALAR, "", {"x": 2.5}),
    "magnitude below": Case(SCALAR, "", {"x": -2.5}),
    "larger": Case(
        "inputs: {a: real, b: real}\noutputs: {y: real}",
        """
    .input a, b
    .output y
    .scratch first, second, which
        ld   first, a
        ld   second, b
        mov  which, first
        fcmp which, second
        jlt  which, @second
        st   y, first
        return
@second:
        st   y, second""",
        {"a": 2, "b": 3.5},
    ),
    "dot": Case(DOT_SLOTS, DOT, {"x": [1.5, -2, 3], "y": [0.5, 4, -1]}),
    "dot of nothing": Case(DOT_SLOTS, DOT, {"x": [], "y": []}),
    "power": Case("inputs: {x: real}\noutputs: {y: real}\nconstants: {n: int}", POWER, {"x": 1.25, "n": 7}),
    "adds to what is there": Case(
        'inputs: {a: real, x: "real[n]"}\noutputs: {y: "real[n]"}\nconstants: {n: int}',
        AXPY,
        {"a": 1.5, "x": [1, -2, 0.25]},
        {"y": [10, 20, 30]},
    ),
    "softmax": Case(
        'inputs: {x: "real[n]"}\noutputs: {y: "real[n]"}\nconstants: {n: int}', SOFTMAX, {"x": [0.5, -1, 1.25]}
    ),
    "square root": Case(
        SCALAR,
        """
    .input x
    .output y
    .scratch value, inverse, term, left
        ld   value, x
        mov  inverse, value             # 1/sqrt(x) by Newton's iteration, from a line near it for 1 <= x < 4
        fmul inverse, =-0.16
        fadd inverse, =1.1
        movi left, 6
@loop:  jle  left, @done
        mov  term, inverse
        fmul term, inverse
        fmul term, value
        fmul term, =-0.5
        fadd term, =1.5
        fmul inverse, term
        addi left, -1
        jmp  @loop
@done:  fmul value, inverse
        st   y, value""",
        {"x": 2.0},
    ),
    "linear layer with weights": Case(
        'inputs: {x: "real[3]"}\noutputs: {y: "real[2]"}\nweights: {w: "real[2, 3]", b: "real[2]"}',
        """
    .input x
    .output y
    .weight w, b
    .scratch rows, left, p, q, to, bias, sum, value
        mov  q, w
        mov  to, y
        mov  bias, b
        movi rows, 2
@row:   jle  rows, @done
        ld   sum, bias
        mov  p, x
        movi left, 3
@cell:  jle  left, @write
        ld   value, p
        mov  rows, rows
        push rows                       # a number under a real and an address, through the stack
        push value
        push q
        pop  q
        ld   value, q
        pop  rows
        fmul value, rows
        pop  rows
        fadd sum, value
        add  p, x.stride
        add  q, w.stride
        addi left, -1
        jmp  @cell
@write: st   to, sum
        add  to, y.stride
        add  bias, b.stride
        addi rows, -1
        jmp  @row
@done:  return""",
        {"x": [1, 2, -1.5], "w": [[0.5, -1, 2], [3, 0.25, 1]], "b": [0.1, -0.2]},
        kind="soft",
    ),
    "indexed, with integers beside": Case(
        'inputs: {x: "real[4]", k: int}\noutputs: {y: real, next: int, z: "real[2]"}',
        """
    .input x, k
    .output y, next, z
    .scratch index, base, into, value, buffer, 3
        mov  base, x                    # index stands behind base: a pair for ldx
        ld   index, k
        mul  index, x.stride
        ldx  value, base
        mov  buffer + 1, value
        fmul value, buffer + 1
        st   y, value
        ld   index, k
        addi index, 1
        st   next, index
        mov  base, z
        movi index, 0
        stx  base, buffer + 1
        mov  index, z.stride
        stx  base, =0.5""",
        {"x": [1, 2, 3, 4], "k": 2},
    ),
    "local routine": Case(
        "inputs: {x: real}\noutputs: {y: real, z: real}",
        """
    .input x
    .output y, z
    .scratch value, square
        ld   value, x
        call @square
        st   y, square
        mov  value, square
        call @square
        st   z, square
        return
@square:
        mov  square, value
        fmul square, value
        fadd square, @table
        ret
@table: .reals 0.75""",
        {"x": 1.5},
    ),
    "name reused for an integer": Case(
        'inputs: {x: "real[n]"}\noutputs: {y: real}\nconstants: {n: int}',
        """
    .input x
    .output y
    .constant n
    .scratch t, p, at, term
        ld   t, x
        mov  term, t
        fmul term, t
        ld   t, n                       # t is a count from here on
        mov  p, x
        mov  at, t
        addi t, -1
        jle  t, @done
        add  p, x.stride
        ld   at, p
        fmul term, at
@done:  st   y, term""",
        {"x": [1.5, 2.5]},
    ),
}
MAGNITUDE = """
    .input x
    .output y
    .scratch sign, value
        ld   value, x
        mov  sign, value
        fcmp sign, =0
        fmul value, sign
        st   y, value"""
for _name in ("magnitude above", "magnitude below"):
    CASES[_name] = CASES[_name]._replace(text=MAGNITUDE)


@pytest.mark.parametrize("name", CASES)
def test_agrees(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    skill = Derived(tmp_path, "tested", case.slots, case.text, kind=case.kind)
    found = skill.jacobian(case.values, case.before)
    if found.size:
        skill.agree(case.values, case.before)


def test_agrees_with_autograd_through_the_dense_engine(tmp_path: Path) -> None:
    case = CASES["larger"]
    Derived(tmp_path, "tested", case.slots, case.text).agree(case.values, engine="dense")


def test_known_derivatives(tmp_path: Path) -> None:
    power = Derived(tmp_path / "a", "power", *CASES["power"][:2])
    assert power.jacobian({"x": 2, "n": 5}) == [[80]]
    assert power.jacobian({"x": 2, "n": 0}) == [[0]]
    dot = Derived(tmp_path / "b", "dot", DOT_SLOTS, DOT)
    np.testing.assert_array_equal(dot.jacobian({"x": [1, 2], "y": [3, 4]}), [[3, 4, 1, 2]])


def test_softmax_is_that_of_the_textbook(tmp_path: Path) -> None:
    case = CASES["softmax"]
    skill = Derived(tmp_path, "tested", case.slots, case.text)
    y = skill.forward(case.values).outputs["y"]
    inner = np.diag(y) - np.outer(y, y)
    scale = y.sum() / (1 + np.asarray(case.values["x"]) / 1024)
    np.testing.assert_allclose(skill.jacobian(case.values), inner * scale, rtol=1e-12)


def test_one_address_for_two_inputs(tmp_path: Path) -> None:
    """The same data for both inputs of a product: the columns are those of each."""
    skill = Derived(tmp_path, "dot", DOT_SLOTS, DOT)
    from ccc.assembler import assemble_text
    from ccc.emulator import Emulator

    text = """
.require dot
        .invoke dot.jacobian, v, v, =0, count, j
        halt
.data
cells:  .reals 3, 0, 4
number: . 2
matrix: .fill 8, 9
.pointer v, cells, 2, 1, 2
.pointer count, number
.pointer j, matrix, 1, 4, 2
.stack 200
"""
    source = skill.library.find("dot")
    image = assemble_text(text, base=source.source.parent)
    engine = Emulator()
    engine.start(image, ())
    engine.run(100_000)
    state = engine.state()
    at = image.info.symbols["matrix"]
    assert state.fault is Fault.NONE
    assert state.cells[at : at + 8].tolist() == [3, 9, 4, 9, 3, 9, 4, 9]  # every second cell, and no other


def test_other_widths(tmp_path: Path) -> None:
    skill = Derived(tmp_path, "dot", DOT_SLOTS, DOT)
    assert skill.jacobian({"x": [1], "y": [3]}, width=16).tolist() == [[3, 1]]
    bytes_only = Derived(tmp_path / "square", "square", SCALAR, MAGNITUDE)  # no address is moved in it
    assert bytes_only.jacobian({"x": -3}, width=8).tolist() == [[-1]]


def test_native_transformer_runs_the_same(tmp_path: Path) -> None:
    case = CASES["softmax"]
    skill = Derived(tmp_path, "tested", case.slots, case.text)
    here = call_skill(skill.library, "tested", case.values, jacobian=True)
    there = call_skill(skill.library, "tested", case.values, jacobian=True, executor=NativeExecutor())
    assert here.same_as == there.same_as


# Calls


def test_calls_of_what_is_derived(tmp_path: Path) -> None:
    """A product of matrix and vector from dot products, each of a row at a pointer that moves; no Jacobian code yet."""
    write_skill(tmp_path / "parts", "dot", DOT_SLOTS, DOT)
    text = """
.require dot
    .input x
    .output y
    .constant rows, columns
    .weight a
    .scratch left, row, to, width, total
        mov  row, a
        mov  to, y
        ld   width, columns
        mul  width, a.stride
        ld   left, rows
@loop:  jle  left, @done
        .invoke dot, a:row, x, total, columns
        fmul total, total
        st   to, total
        add  row, width
        add  to, y.stride
        addi left, -1
        jmp  @loop
@done:  return"""
    slots = 'inputs: {x: "real[columns]"}\noutputs: {y: "real[rows]"}\nconstants: {rows: int, columns: int}\n'
    slots += 'weights: {a: "real[rows, columns]"}'
    skill = Derived(tmp_path, "rows_squared", slots, text, [tmp_path / "parts"], kind="soft")
    assert "rows_squared_tangent_dot" in skill.text
    skill.agree({"x": [1, 2.5], "a": [[1, -1], [0.5, 2], [3, 1]]})


def test_recursion(tmp_path: Path) -> None:
    text = """
    .input x
    .output y
    .constant n
    .scratch value, less, factor
        ld   less, n
        jle  less, @one
        addi less, -1
        .invoke power, x, value, less
        ld   factor, x
        fmul value, factor
        st   y, value
        return
@one:   st   y, =1"""
    slots = "inputs: {x: real}\noutputs: {y: real}\nconstants: {n: int}"
    skill = Derived(tmp_path, "power", slots, text)
    assert skill.agree({"x": 1.5, "n": 4})[0, 0] == 4 * 1.5**3


FRACTION = """
    .input x, scale
    .output y
    .scratch value, whole
        ld   value, x
        ftoi whole, value
        fsub value, whole
        ld   whole, scale
        fmul value, whole
        st   y, value
    .jacobian
    .scratch value, whole, to
        ld   value, scale
        mov  to, jacobian
        st   to, value
        add  to, jacobian.stride
        ld   value, x
        ftoi whole, value
        fsub value, whole
        st   to, value"""
FRACTION_SLOTS = "inputs: {x: real, scale: real}\noutputs: {y: real}"


def test_jacobian_code_of_a_skill_that_cannot_be_derived(tmp_path: Path) -> None:
    write_skill(tmp_path / "parts", "fraction", FRACTION_SLOTS, FRACTION)
    text = """
.require fraction
    .input x
    .output y, z
    .scratch value, part, p
        ld   value, x
        fmul value, value
        .invoke fraction, value, =2.5, part     # a constant has no tangent
        mov  p, x
        .invoke fraction, x:p, part, z          # a slot, scratch, and straight to an output
        .invoke fraction, part, value, part     # the output in the place of an input
        st   y, part"""
    skill = Derived(tmp_path, "tested", "inputs: {x: real}\noutputs: {y: real, z: real}", text, [tmp_path / "parts"])
    assert "fraction.jacobian" in skill.text
    assert "tangent_fraction" not in skill.text
    skill.agree({"x": 1.3})


def test_output_that_is_not_always_written(tmp_path: Path) -> None:
    """Its Jacobian code cannot say that the output may stay: so the forward code is derived."""
    text = """
    .input a, x
    .output y
    .scratch value
        ld   value, a
        jle  value, @move
        return
@move:  ld   value, x
        st   y, value
    .jacobian
        st   jacobian, =7"""
    write_skill(tmp_path / "parts", "move_if", "inputs: {a: real, x: real}\noutputs: {y: real}", text)
    outer = """
.require move_if
    .input a, x
    .output y
    .scratch value, result
        ld   value, x
        mov  result, value
        fmul result, value
        .invoke move_if, a, x, result
        st   y, result"""
    slots = "inputs: {a: real, x: real}\noutputs: {y: real}"
    skill = Derived(tmp_path, "tested", slots, outer, [tmp_path / "parts"])
    assert skill.agree({"a": 1, "x": 3}).tolist() == [[0, 6]]
    assert skill.agree({"a": -1, "x": 3}).tolist() == [[0, 1]]


def test_calls_of_integer_skills(tmp_path: Path) -> None:
    text = """
    .input a
    .output b
    .scratch value
        ld   value, a
        addi value, 1
        st   b, value"""
    write_skill(tmp_path / "parts", "next", "inputs: {a: int}\noutputs: {b: int}", text, "integer")
    outer = """
.require next
    .input x, k
    .output y
    .scratch count, value
        .invoke next, k, count
        ld   value, x
        fmul value, count
        st   y, value"""
    skill = Derived(tmp_path, "tested", "inputs: {x: real, k: int}\noutputs: {y: real}", outer, [tmp_path / "parts"])
    assert skill.agree({"x": 0.5, "k": 3}).tolist() == [[4]]


# Faults


def test_faults_of_the_forward_code(tmp_path: Path) -> None:
    text = """
    .input x
    .output y
    .constant k
    .scratch value, whole
        ld   value, x
        ld   whole, k
        div  whole, whole
        st   y, value"""
    skill = Derived(tmp_path, "tested", "inputs: {x: real}\noutputs: {y: real}\nconstants: {k: int}", text)
    result = call_skill(skill.library, "tested", {"x": 1, "k": 0}, jacobian=True)
    assert result.fault is Fault.DIVISION


def test_too_small_a_stack_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccc.skills.writing._COPIES", 0)
    skill = Derived(tmp_path, "dot", DOT_SLOTS, DOT)
    size = 3000  # copies and tangents take four times as much
    values = {"x": np.ones(size), "y": np.ones(size)}
    assert skill.forward(values).fault is Fault.NONE
    result = call_skill(skill.library, "dot", values, jacobian=True)
    assert result.fault is Fault.STACK_OVERFLOW
    assert not result.jacobian.any()


def test_write_beside_the_output_is_a_fault(tmp_path: Path) -> None:
    text = """
    .input x
    .output y
    .scratch to, value
        ld   value, x
        mov  to, y
        addi to, 2                      # a value and its tangent further
        st   to, value"""
    skill = Derived(tmp_path, "tested", SCALAR, text)
    assert call_skill(skill.library, "tested", {"x": 1}, jacobian=True).fault is Fault.PROTECTED


# Random skills

SIZE = 3
_CELLS = ["a", "b", "c", "d"]
_REAL = st.sampled_from([-1.5, -1, -0.5, 0.25, 1, 2])
_CELL = st.sampled_from(_CELLS)
_SIMPLE = st.one_of(
    st.tuples(st.sampled_from(["mov", "fadd", "fsub"]), _CELL, _CELL).map(lambda t: [f"{t[0]} {t[1]}, {t[2]}"]),
    # A product is made smaller, so that no chain of them overflows.
    st.tuples(_CELL, _CELL).map(lambda t: [f"fmul {t[0]}, {t[1]}", f"fmul {t[0]}, =0.125"]),
    st.tuples(st.sampled_from(["fadd", "fmul", "mov"]), _CELL, _REAL).map(lambda t: [f"{t[0]} {t[1]}, ={t[2]}"]),
    st.tuples(_CELL, _REAL).map(lambda t: [f"movi {t[0]}, {t[1]}"]),
    st.tuples(_CELL, st.integers(0, SIZE - 1)).map(
        lambda t: ["mov p, x", *["add p, x.stride"] * t[1], f"ld {t[0]}, p"]
    ),
    st.tuples(_CELL, st.integers(0, SIZE - 1)).map(
        lambda t: ["mov q, y", *["add q, y.stride"] * t[1], f"st q, {t[0]}"]
    ),
    st.tuples(_CELL, st.integers(0, SIZE - 1)).map(
        lambda t: ["mov q, y", *["add q, y.stride"] * t[1], f"ld {t[0]}, q"]
    ),
    st.tuples(_CELL, _CELL).map(lambda t: [f"push {t[0]}", f"push {t[1]}", f"pop {t[0]}", f"pop {t[1]}"]),
    st.tuples(_CELL, _CELL).map(lambda t: [f"fcmp {t[0]}, {t[1]}"]),
    st.tuples(_CELL, _CELL, _CELL).map(lambda t: [f".invoke mix, {t[0]}, {t[1]}, {t[2]}"]),
)
_MIX = """
    .input x, y
    .output z
    .scratch value, other
        ld   value, x
        ld   other, y
        fmul value, other
        fmul value, =0.125
        fcmp other, =0.5
        jle  other, @add
        st   z, value                   # first z changes, perhaps in the place of x
        ld   value, x
        fmul value, =0.5
@add:   ld   other, z
        fadd value, other
        st   z, value"""


def _blocks(inner: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
    branch = st.tuples(_CELL, st.sampled_from(["jle", "jlt", "jeq"]), inner, inner).map(lambda t: [("if", *t)])
    loop = st.tuples(st.integers(0, 3), inner).map(lambda t: [("loop", *t)])
    return st.lists(st.one_of(_SIMPLE, branch, loop), min_size=1, max_size=4).map(
        lambda parts: [line for part in parts for line in part]
    )


_PROGRAM = st.recursive(_SIMPLE, _blocks, max_leaves=12)


def _lines(program: list[Any], depth: int, serial: list[int]) -> list[str]:
    """The text of a random program: `if` and `loop` with labels of their own, a counter for each depth."""
    out: list[str] = []
    for part in program:
        serial[0] += 1
        name = f"@l{serial[0]}"
        if isinstance(part, str):
            out.append(part)
        elif part[0] == "if":
            _, cell, jump, yes, no = part
            out += [f"{jump} {cell}, {name}", *_lines(no, depth + 1, serial), f"jmp {name}_end", f"{name}:"]
            out += [*_lines(yes, depth + 1, serial), f"{name}_end:"]
        else:
            _, times, body = part
            out += [f"movi left + {depth}, {times}", f"{name}: jle left + {depth}, {name}_end"]
            out += [*_lines(body, depth + 1, serial), f"addi left + {depth}, -1", f"jmp {name}", f"{name}_end:"]
    return out


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=_PROGRAM, values=st.lists(st.sampled_from([-2.0, -0.75, 0.5, 1.25, 3.0]), min_size=SIZE, max_size=SIZE))
def test_random_skills(program: list[Any], values: list[float], tmp_path_factory: pytest.TempPathFactory) -> None:
    head = [".input x", ".output y", f".scratch p, q, left, 16, {', '.join(_CELLS)}"]
    start = [
        "mov p, x",
        *(line for cell in _CELLS[:SIZE] for line in (f"ld {cell}, p", "add p, x.stride")),
        "movi d, 1",
    ]
    end = [
        "mov q, y",
        *(line for cell in _CELLS[1:] for line in (f"fadd {cell}, a", f"st q, {cell}", "add q, y.stride")),
    ]
    text = "\n".join([*head, *start, *_lines(program, 0, [0]), *end])
    slots = f'inputs: {{x: "real[{SIZE}]"}}\noutputs: {{y: "real[{SIZE}]"}}'
    folder = tmp_path_factory.mktemp("random")
    write_skill(folder / "parts", "mix", "inputs: {x: real, y: real}\noutputs: {z: real}", _MIX)
    skill = Derived(folder, "random", slots, f".require mix\n{text}", [folder / "parts"])
    given_values, before = {"x": values}, {"y": [1, 2, 3]}
    found, exact = skill.jacobian(given_values, before), skill.autograd(given_values, before)
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(exact).max()))


def test_what_is_derived_is_a_library(tmp_path: Path) -> None:
    """Cards find the Jacobian code in the derived source, and the card may say so."""
    path = write_skill(tmp_path / "source", "dot", DOT_SLOTS + "\ndifferentiable: true", DOT)
    derive_into(tmp_path / "derived", path)
    (skill,) = Library([tmp_path / "derived"])
    assert skill.card.differentiable
    assert skill.declared.has_jacobian
