"""Gradients through programs: both engines, finite differences, recomputation, bounded memory, and what has none."""

from __future__ import annotations

import math
import weakref
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import ccc.neural.gradients.reverse as gradients_module
from ccc.assembler import assemble_file, assemble_text
from ccc.emulator import Emulator
from ccc.errors import UsageError
from ccc.machine import Reason, State
from ccc.neural import (
    DenseExecutor,
    Gradient,
    GradientError,
    Input,
    Output,
    SparseStepper,
    construct,
    finite_differences,
    gradient,
    perturb,
)
from tests.neural.gradient_programs import LOGISTIC, PROGRAMS, Program, assembled

ENGINES = ("sparse", "dense")
REAL_FUNCTIONS = Path(__file__).resolve().parents[2] / "asm" / "examples" / "real_functions.s"
BY_NAME = {program.name: program for program in PROGRAMS}


@cache
def result(name: str, engine: str) -> Gradient:
    program = BY_NAME[name]
    of, wrt = program.places(program.of), program.places(program.wrt)
    return gradient(program.image, program.inputs, of=of, wrt=wrt, engine=engine)


def assert_quotients_agree(found: Gradient, image, inputs=(), *, relative: float = 1e-9) -> None:
    quotients = finite_differences(Emulator, image, inputs, of=found.of, wrt=found.wrt)
    assert not quotients.problems
    scale = np.maximum(np.abs(found.jacobian), np.abs(quotients.values))
    assert (np.abs(found.jacobian - quotients.values) <= relative * scale + 10 * quotients.errors).all()
    assert (quotients.errors <= 1e-6 * np.maximum(scale, 1)).all(), "quotients too rough to compare with"


# ---- Whole programs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", BY_NAME)
def test_equals_finite_differences(name: str, engine: str) -> None:
    program = BY_NAME[name]
    assert_quotients_agree(result(name, engine), program.image, program.inputs)


@pytest.mark.parametrize("name", BY_NAME)
def test_engines_agree(name: str) -> None:
    sparse, dense = (result(name, engine) for engine in ENGINES)
    np.testing.assert_allclose(sparse.jacobian, dense.jacobian, rtol=1e-13, atol=1e-15)
    assert sparse.values.tolist() == dense.values.tolist()
    assert (sparse.steps, sparse.reason) == (dense.steps, dense.reason)


def test_values_and_steps_are_those_of_the_run() -> None:
    program = BY_NAME["pointers and stack"]
    emulator = Emulator()
    emulator.start(program.image)
    steps = emulator.run(1000)
    found = result(program.name, "sparse")
    assert found.steps == steps
    assert found.reason is Reason.HALT
    box = program.image.info.symbols["box"]
    assert found.values.tolist() == [*emulator.outputs(), emulator.state().cells[box]]


def test_known_derivatives() -> None:
    """Those of sqrt(a) at 3, of x^(2^7) at 1.01, and of a dot product, which are the other vector."""
    assert result("Newton's square root", "sparse").jacobian[0, 0] == pytest.approx(0.5 / math.sqrt(3), rel=1e-14)
    assert result("repeated squaring", "sparse").jacobian[0, 0] == pytest.approx(128 * 1.01**127, rel=1e-13)
    assert result("dot product", "dense").jacobian.tolist() == [[0.5, 4, -3, 1.5, -2, 0.25]]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([0, 1.7, 2.3], [1 / 2.3, -1.7 / 2.3**2]),
        ([1, 1.7, 0], [0.5 / math.sqrt(1.7), 0]),
        ([2, 1.7, 0], [math.exp(1.7), 0]),
        ([3, -0.4, 0], [0.2402607457415272, 0]),
    ],
    ids=["division", "square root", "exponential", "sigmoid"],
)
def test_library_routines(inputs: list[float], expected: list[float]) -> None:
    """Their corrections of the last bit are differentiated too, and change nothing."""
    image = assemble_file(REAL_FUNCTIONS)
    found = gradient(image, inputs, of=[Output(0)], wrt=[Input(1), Input(2)], advance=Emulator)
    assert found.jacobian[0].tolist() == pytest.approx(expected, rel=1e-12)
    assert_quotients_agree(found, image, inputs)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_tens_of_thousands_of_instructions(engine: str) -> None:
    image = assembled(LOGISTIC.format(count=3000))
    at = image.info.symbols
    wrt = [at["r"], at["x"], at["one"]]
    found = gradient(image, of=[Output(0)], wrt=wrt, engine=engine, checkpoints=16, advance=Emulator)
    assert found.steps == 21_001
    assert found.peak_checkpoints == 16
    assert abs(found.jacobian[0, 1]) < 1e-300  # the map has forgotten where it started
    assert_quotients_agree(found, image)


# ---- Recomputation and memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("segment", "checkpoints"), [(1, 1), (3, 2), (7, 3), (16, 64)])
def test_recomputed_stretches_give_what_one_recording_gives(engine: str, segment: int, checkpoints: int) -> None:
    program = BY_NAME["pointers and stack"]
    of, wrt = program.places(program.of), program.places(program.wrt)
    whole = gradient(program.image, of=of, wrt=wrt, engine=engine, segment=1000)
    assert whole.segments == 1
    assert whole.advanced == 0
    pieces = gradient(program.image, of=of, wrt=wrt, engine=engine, segment=segment, checkpoints=checkpoints)
    assert pieces.jacobian.tolist() == whole.jacobian.tolist()
    assert pieces.segments == math.ceil(whole.steps / segment)


def test_inputs_and_outputs_are_attributed_across_segments() -> None:
    image = assembled(".data; x: . 0; .code; loop: in x; jlt x, end; fmul x, x; out x; jmp loop; end: halt")
    inputs = [1.5, 2, 0.25, 3]
    found = gradient(
        image, inputs, of=[Output(k) for k in range(4)], wrt=[Input(k) for k in range(4)], segment=3, checkpoints=2
    )
    assert found.jacobian.tolist() == np.diag([3, 4, 0.5, 6]).tolist()


@pytest.mark.parametrize("checkpoints", [1, 2, 4])
def test_memory_is_bounded(checkpoints: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One recording lives at a time, of one segment; states beside it are the checkpoints."""
    recordings: list[weakref.ref] = []
    lengths: list[int] = []

    def watched(make, state, inputs, steps):
        assert not any(recording() for recording in recordings)
        made = record(make, state, inputs, steps)
        recordings.append(weakref.ref(made))
        lengths.append(steps)
        return made

    record = gradients_module.record
    monkeypatch.setattr(gradients_module, "record", watched)
    image = assembled(LOGISTIC.format(count=12))
    found = gradient(image, of=[Output(0)], wrt=[image.info.symbols["r"]], segment=8, checkpoints=checkpoints)
    assert sum(lengths) == found.steps == 85
    assert max(lengths) == found.segment_steps == 8
    assert len(lengths) == found.segments == 11
    assert found.peak_checkpoints <= checkpoints
    assert found.advanced > 0
    assert found.jacobian[0, 0] == result("logistic map", "sparse").jacobian[1, 1]


def test_large_memories_get_short_segments() -> None:
    small, large = (assembled(f"fmul x, x; halt; .data; x: .reals 3; .fill {size}") for size in (8, 2000))
    lengths = [gradient(image, of=[6], wrt=[6], engine="dense", max_steps=1).segment_steps for image in (small, large)]
    assert lengths[0] > 10 * lengths[1] > 0


@pytest.mark.parametrize("advance", [Emulator, DenseExecutor, None])
def test_any_exact_executor_may_advance(advance) -> None:
    program = BY_NAME["Newton's square root"]
    of, wrt = program.places(program.of), program.places(program.wrt)
    found = gradient(program.image, program.inputs, of=of, wrt=wrt, advance=advance, segment=9, checkpoints=3)
    assert found.advanced > 0
    assert found.jacobian.tolist() == result(program.name, "sparse").jacobian.tolist()


class _Wrong(Emulator):
    """An executor that is off by a little."""

    def state(self) -> State:
        state = super().state()
        state.cells[-1] += 1e-9
        return state


def test_an_executor_that_computes_something_else_is_found_out() -> None:
    image = assembled(LOGISTIC.format(count=12))
    with pytest.raises(GradientError, match="lead to another state"):
        gradient(image, of=[Output(0)], wrt=[image.info.symbols["r"]], advance=_Wrong, segment=8)


def test_reports_progress() -> None:
    image = assembled(LOGISTIC.format(count=12))
    seen: list[tuple[str, int, int | None]] = []
    gradient(image, of=[0], wrt=[0], segment=30, max_steps=80, progress=lambda *report: seen.append(report))
    assert [report for report in seen if report[0] == "backward"] == [
        ("backward", 20, 80), ("backward", 50, 80), ("backward", 80, 80)
    ]  # fmt: skip
    assert seen[0][0] == "forward"
    assert max(done for phase, done, _ in seen if phase == "forward") == 80


# ---- Random programs -------------------------------------------------------------------------------------------------

CELLS = 4
values = st.floats(-2, 2).map(lambda value: round(value, 3) + 0.0)
cells = st.integers(0, CELLS - 1)
operations = st.lists(
    st.tuples(st.sampled_from(["fadd", "fsub", "fmul", "mov", "ld", "st"]), cells, cells), min_size=1, max_size=12
)


def dual_numbers(start: list[float], program: list[tuple[str, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Values [CELLS] and Jacobian [CELLS, CELLS] by the rules of calculus, instruction by instruction."""
    value, slope = np.array(start), np.eye(CELLS)
    with np.errstate(over="ignore", invalid="ignore"):
        for name, b, c in program:
            if name == "fmul":
                slope[b], value[b] = slope[b] * value[c] + value[b] * slope[c], value[b] * value[c]
            elif name in ("fadd", "fsub"):
                sign = 1 if name == "fadd" else -1
                slope[b], value[b] = slope[b] + sign * slope[c], value[b] + sign * value[c]
            else:  # LD reads through the pointer to c, ST writes through the pointer to b
                slope[b], value[b] = slope[c], value[c]
    return value, slope


def source_of(start: list[float], program: list[tuple[str, int, int]]) -> str:
    operands = {"ld": ("x{}", "p{}"), "st": ("p{}", "x{}")}
    lines = []
    for name, b, c in program:
        to, source = operands.get(name, ("x{}", "x{}"))
        lines.append(f"{name} {to.format(b)}, {source.format(c)}")
    data = [f"x{i}: .reals {value!r}" for i, value in enumerate(start)] + [f"p{i}: . x{i}" for i in range(CELLS)]
    return "\n".join([*lines, "halt", ".data", *data])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(values, min_size=CELLS, max_size=CELLS), operations, st.sampled_from(ENGINES), st.integers(1, 5))
def test_straight_line_programs_equal_dual_numbers(start, program, engine: str, segment: int) -> None:
    value, slope = dual_numbers(start, program)
    assume(np.abs(value).max() < 1e100 and np.abs(slope).max() < 1e100)
    image = assemble_text(source_of(start, program), "prog.s")
    places = [image.info.symbols[f"x{i}"] for i in range(CELLS)]
    found = gradient(image, of=places, wrt=places, engine=engine, advance=Emulator, segment=segment, checkpoints=2)
    assert found.values.tolist() == value.tolist()
    np.testing.assert_allclose(found.jacobian, slope, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(slope).max()))


# ---- Single instructions ---------------------------------------------------------------------------------------------

SLOPES = [
    # instruction, x, y, what the result's derivative with respect to x and y is
    ("fadd x, y", 1.5, -0.25, (1, 1)),
    ("fsub x, y", 1.5, -0.25, (1, -1)),
    ("fmul x, y", 1.5, -0.25, (-0.25, 1.5)),
    ("fmul x, y", 0.0, 0.0, (0, 0)),
    ("fmul x, y", 0.0, 2.0, (2, 0)),
    ("fmul x, x", -3.0, 0.0, (-6, 0)),
    ("fcmp x, y", 1.5, -0.25, (0, 0)),
    ("ftoi x, y", 1.0, 2.7, (0, 0)),
    ("ftoi x, y", 1.0, -2.7, (0, 0)),
    ("itof x, y", 1.0, 7.0, (0, 1)),
    ("mov x, y", 1.5, -0.25, (0, 1)),
    ("movi x, 5", 1.5, -0.25, (0, 0)),
    ("add x, y", 6.0, -2.0, (1, 1)),
    ("add x, y", 2.0**31 - 1, 1.0, (1, 1)),
    ("addi x, 3", 6.0, -2.0, (1, 0)),
    ("sub x, y", 6.0, -2.0, (1, -1)),
    ("subleq y, x", 6.0, -2.0, (1, -1)),
    ("neg x, y", 6.0, -2.0, (0, -1)),
    ("not x, y", 6.0, -2.0, (0, -1)),
    ("mul x, y", 6.0, -2.0, (-2, 6)),
    ("mul x, y", 123456.0, -98765.0, (-98765, 123456)),
    ("div x, y", 17.0, 5.0, (0, 0)),
    ("mod x, y", 17.0, 5.0, (1, -3)),
    ("mod x, y", -17.0, 5.0, (1, 3)),
    ("min x, y", 6.0, -2.0, (0, 1)),
    ("max x, y", 6.0, -2.0, (1, 0)),
    ("and x, y", 6.0, 5.0, (1, 0)),
    ("or x, y", 6.0, 5.0, (0, 1)),
    ("xor x, y", 6.0, 5.0, (-1, 1)),
    ("shl x, y", 6.0, 3.0, (8, 0)),
    ("shr x, y", 61.0, 3.0, (0, 0)),
    ("sar x, y", -61.0, 3.0, (0, 0)),
]


@pytest.mark.parametrize(("instruction", "x", "y", "expected"), SLOPES)
def test_derivative_of_each_instruction(instruction: str, x: float, y: float, expected: tuple[float, float]) -> None:
    """docs/gradients.md states these rules."""
    image = assembled(f"{instruction}; halt; .data; x: .reals {x!r}; y: .reals {y!r}")
    places = [image.info.symbols[name] for name in "xy"]
    for engine in ENGINES:
        found = gradient(image, of=places[:1], wrt=places, engine=engine, advance=Emulator)
        assert tuple(found.jacobian[0]) == expected, engine


def test_a_branch_is_constant_and_so_is_what_steers_it() -> None:
    image = assembled("jlt x, less; movi y, 1; halt; less: fmul y, x; halt; .data; x: .reals -2; y: .reals 5")
    x, y = (image.info.symbols[name] for name in "xy")
    found = gradient(image, of=[y], wrt=[x, y])
    assert found.jacobian.tolist() == [[5, -2]]
    assert_quotients_agree(found, image)


def test_an_address_is_constant() -> None:
    image = assembled("ldx y, at; halt; .data; y: . 0; at: . table 1; table: .reals 1.5, 2.5, 3.5")
    at, table = image.info.symbols["at"], image.info.symbols["table"]
    found = gradient(image, of=[image.info.symbols["y"]], wrt=[at, at + 1, table, table + 1, table + 2])
    assert found.jacobian.tolist() == [[0, 0, 0, 1, 0]]


@pytest.mark.parametrize("engine", ENGINES)
def test_plain_subleq(engine: str) -> None:
    image = assembled(".dialect subleq\nx y 3; y z 6; out -1 9; 0 0 -1; out: . 0; x: . 5; y: . 7; z: . 9")
    x, y, z = (image.info.symbols[name] for name in "xyz")
    found = gradient(image, of=[y, z], wrt=[x, y, z], engine=engine)
    assert found.jacobian.tolist() == [[-1, 1, 0], [1, -1, 1]]


# ---- Requests --------------------------------------------------------------------------------------------------------


def test_a_step_limit_ends_the_run_there() -> None:
    image = assembled(LOGISTIC.format(count=1000))
    at = image.info.symbols
    found = gradient(image, of=[at["x"]], wrt=[at["x"], at["r"]], max_steps=14)
    assert (found.steps, found.reason) == (14, Reason.STEP_LIMIT)
    quotients = finite_differences(Emulator, image, of=found.of, wrt=found.wrt, max_steps=14)
    np.testing.assert_allclose(found.jacobian, quotients.values, rtol=1e-9)


def test_no_steps_and_no_places() -> None:
    image = assembled("halt; .data; x: .reals 2.5")
    assert gradient(image, of=[3, 3], wrt=[3, 0, 3], max_steps=0).jacobian.tolist() == [[1, 0, 1]] * 2
    assert gradient(image, of=[], wrt=[3]).jacobian.shape == (0, 1)
    assert gradient(image, of=[3], wrt=[]).jacobian.shape == (1, 0)


def test_addresses_may_be_of_numpy() -> None:
    image = assembled("fmul x, x; halt; .data; x: .reals 2.5")
    assert gradient(image, of=np.array([6]), wrt=np.array([6])).jacobian.tolist() == [[5]]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"of": [99]}, "no cell 99: the addresses are 0 to 9"),
        ({"wrt": [-1]}, "no cell -1"),
        ({"of": [Output(1)]}, "no output value number 1: the program put out 1"),
        ({"wrt": [Input(0)]}, "no input value number 0: there are 0"),
        ({"engine": "spase"}, "no engine 'spase'"),
        ({"segment": 0}, "at least one"),
        ({"checkpoints": 0}, "at least one"),
    ],
)
def test_bad_requests(request_: dict, message: str) -> None:
    image = assembled("fmul x, x; out x; halt; .data; x: .reals 2.5")
    with pytest.raises(UsageError, match=message):
        gradient(image, **({"of": [9], "wrt": [9]} | request_))


def test_a_fault_has_no_derivative() -> None:
    image = assembled("add x, x; halt; .data; x: .reals 2.5")
    with pytest.raises(GradientError, match="the fault integer after 0 instructions"):
        gradient(image, of=[6], wrt=[6])


def test_a_derivative_beyond_all_doubles_is_an_error() -> None:
    image = assembled("fmul x, big; fmul x, big; halt; .data; x: . 0; big: .reals 1e200")
    with pytest.raises(GradientError, match="overflows on the way back, between the instructions 0 and 1"):
        gradient(image, of=[9], wrt=[9], segment=1)


def test_given_weights_are_used() -> None:
    """With a wrong weight the network adds twice what FADD's second operand is, and that is differentiated."""
    image = assembled("fadd x, y; halt; .data; x: .reals 1; y: .reals 2")
    model, _ = perturb(construct(image.dialect, image.width), "execute.fadd.2.result.1.value[operand2]", 2.0)
    for engine in ENGINES:
        found = gradient(image, of=[6], wrt=[6, 7], model=model, engine=engine)
        assert found.values.tolist() == [5]
        assert found.jacobian.tolist() == [[1, 2]]


def test_weights_that_the_sparse_engine_runs_densely() -> None:
    """With them cells answer each other, so that a step carries whole residual streams."""
    program = BY_NAME["repeated squaring"]
    of, wrt = program.places(program.of), program.places(program.wrt)
    model, _ = perturb(construct(program.image.dialect, program.image.width), "fetch.a.query2[cell]", 0.0)
    assert SparseStepper(model).reason
    for engine in ENGINES:
        found = gradient(program.image, of=of, wrt=wrt, model=model, engine=engine, segment=5, checkpoints=3)
        assert found.jacobian.tolist() == result(program.name, engine).jacobian.tolist()


# ---- Finite differences ----------------------------------------------------------------------------------------------


def test_quotients_know_how_far_they_are_off() -> None:
    image = assembled(LOGISTIC.format(count=12))
    at = image.info.symbols
    found = finite_differences(Emulator, image, of=[at["x"]], wrt=[at["r"]])
    exact = result("logistic map", "dense").jacobian[0, 1]
    assert 0 < found.errors[0, 0] < 1e-9
    assert abs(found.values[0, 0] - exact) < 10 * found.errors[0, 0]


def test_quotients_leave_out_steps_that_fault() -> None:
    """0 is a root only in the limit: at distances of up to 1/64 beside 1e-3 the routine would get a negative number."""
    image = assemble_file(REAL_FUNCTIONS)
    found = finite_differences(Emulator, image, [1, 1e-3, 0], of=[Output(0)], wrt=[Input(1)])
    assert found.values[0, 0] == pytest.approx(0.5 / math.sqrt(1e-3), rel=1e-7)


def test_quotients_say_why_there_is_none() -> None:
    image = assembled("loop: add x, one; jlt x, loop; halt; .data; x: . 3; one: . 1")
    found = finite_differences(Emulator, image, of=[9], wrt=[9, 10])
    assert np.isnan(found.values).all()
    assert "fault integer" in found.problems[0]
    endless = assembled("jlt x, on; on: fsub x, x; loop: jeq y, loop; halt; .data; x: . 0; y: . 0")
    y = endless.info.symbols["y"]
    found = finite_differences(Emulator, endless, of=[y], wrt=[y - 1], patience=1000)
    assert "has not stopped" in found.problems[0]


def test_programs_are_what_their_names_say() -> None:
    assert len(BY_NAME) == len(PROGRAMS)
    assert all(isinstance(program, Program) for program in PROGRAMS)


def test_no_sources_give_no_columns() -> None:
    image = assemble_text("out x\nhalt\n.data\nx: . 2")
    found = finite_differences(Emulator, image, of=[image.info.symbols["x"]], wrt=[])
    assert found.values.shape == (1, 0)
    assert found.sides.shape == (2, 1, 0)
    assert not found.problems
