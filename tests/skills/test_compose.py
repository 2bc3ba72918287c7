"""The composition skill: the same in every engine, and the same as an oracle that knows nothing of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.errors import SkillError
from ccc.isa import Fault
from ccc.machine import same_bits
from ccc.skills.mixture import Choice, Mixture, Step, Term
from ccc.skills.mixture_run import mixture_image, run_mixture
from ccc.skills.mixture_state import mixtures_in, open_terms, read_mixture_state
from ccc.skills.mixture_tables import tables_of
from ccc.skills.mixture_torch import TorchMixture
from ccc.trace import make_executor
from tests.skills.mixtures import COUNTDOWN, DOT, HARD, POLYNOMIAL, SOFT, library, oracle, random_mixture, read

LIBRARY = library()
SEEDS = st.integers(0, 2**32 - 1)


def start(mixture: Mixture, rng: np.random.Generator) -> tuple[dict[str, object], dict[str, object]]:
    return {"x": float(rng.normal())}, {"z": float(rng.normal()), "v": rng.normal(size=3)}


@pytest.mark.parametrize("text", HARD)
def test_examples(text: str) -> None:
    mixture = read(text)
    assert mixture.examples
    for example in mixture.examples:
        run = run_mixture(mixture, LIBRARY, example.given, before=example.before)
        assert run.fault is Fault.NONE
        for name, value in example.expected.items():
            assert same_bits(run.outputs[name], value), name


@given(SEEDS, st.booleans())
@settings(max_examples=30, deadline=None)
def test_random_mixtures_are_what_the_oracle_says(seed: int, soft: bool) -> None:
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, soft=soft)
    data, before = start(mixture, rng)
    run = run_mixture(mixture, LIBRARY, data, before=before)
    assert run.fault is Fault.NONE
    for name, value in oracle(mixture, data, before).items():
        assert same_bits(run.outputs[name], np.asarray(value) + 0.0), name


@pytest.mark.parametrize(
    ("engine", "soft"),
    [
        *(("native", soft) for soft in (False, True)),
        *((engine, False) for engine in ("sparse", "dense")),
        *(pytest.param(engine, True, marks=pytest.mark.slow) for engine in ("sparse", "dense")),
    ],
)
def test_engines_agree(engine: str, soft: bool) -> None:
    image = mixture_image(read(SOFT.replace("count: 2\n", "") if soft else POLYNOMIAL), LIBRARY, {"x": 5, "y": 7})
    states = []
    for name in ("emulator", engine):
        executor = make_executor(name, image)
        executor.start(image, ())
        executor.run(100_000)
        states.append(executor.state())
    assert states[0].halted
    assert states[0].same(states[1])


def test_many_rounds_take_little_stack() -> None:
    """The stack grows with the logarithm of the rounds, not with the rounds."""
    run = run_mixture(read(COUNTDOWN), LIBRARY, {}, before={"left": 1000})
    assert run.outputs["s"] == 500500
    longest = run_mixture(read(DOT), LIBRARY, {"x": np.ones(300), "y": np.ones(300)})
    assert longest.outputs["s"] == 300


def test_a_fault_is_that_of_the_machine_and_its_term_is_known() -> None:
    text = """
mixture: divide
kind: integer
inputs: {x: "int[n]", y: "int[n]"}
outputs: {q: int}
constants: {n: int}
locals: {r: int}
count: n
steps:
  - plus: [x+, q, q]
  - both: {a: x+, b: y+, q: q, r: r}
"""
    run = run_mixture(read(text), LIBRARY, {"x": [8, 9, 10], "y": [2, 0, 5]})
    assert run.fault is Fault.DIVISION
    (term,) = open_terms(run.image, run.state)
    assert (term.mixture, term.step, term.skill, term.round) == ("divide", 1, "both", 1)


def test_fractions_fault_where_the_atom_is_an_integer_one() -> None:
    run = run_mixture(read(POLYNOMIAL), LIBRARY, {"x": 0.5, "y": 7})
    assert run.fault is Fault.INTEGER
    (term,) = open_terms(run.image, run.state)
    assert str(term) == "polynomial: step 1, times, round 1"


def test_a_pointer_to_what_may_not_be_written_is_a_protected_fault() -> None:
    mixture = read(POLYNOMIAL)
    tables = tables_of(mixture, LIBRARY)
    tables.weights[1, 1, 2] = [1, 0, 0, 0]  # plus writes to x, an input
    run = run_mixture(mixture, LIBRARY, {"x": 5, "y": 7}, tables=tables)
    assert run.fault is Fault.PROTECTED
    assert [term.skill for term in open_terms(run.image, run.state)] == ["plus"]


def test_a_row_of_zeros_loads_no_pointer() -> None:
    mixture = read(POLYNOMIAL)
    tables = tables_of(mixture, LIBRARY)
    tables.weights[0, 0, 1] = 0
    assert run_mixture(mixture, LIBRARY, {"x": 5, "y": 7}, tables=tables).fault is Fault.ADDRESS


@pytest.mark.parametrize("alpha", [[1.0, 2e-22], [2e-22, 1.0]])
@pytest.mark.parametrize("row", [[1.0, 2e-22, 0, 0], [2e-22, 1.0, 0, 0]])
def test_an_entry_of_1_stands_alone(alpha: list[float], row: list[float]) -> None:
    """What a sharp softmax leaves beside 1 is no term, and takes no temporary cells; in torch neither."""
    mixture = read(POLYNOMIAL)
    tables = tables_of(mixture, LIBRARY)
    tables.alphas[1] = alpha
    tables.weights[1] = tables.weights[1, 1]
    tables.weights[0, 0, 0] = row
    data = {"x": 1e30, "y": 3.0}
    changed = dataclasses.replace(tables, kinds=("rmul", "radd"))
    run = run_mixture(mixture, LIBRARY, data, tables=changed)
    first = data["xy"[row.index(1.0)]] * data["y"]
    assert run.outputs["z"] == (first * data["x"] if alpha[0] == 1 else first + data["x"])
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in data.items()}
    outside = TorchMixture(mixture, LIBRARY, tables=changed)(values)["z"]
    assert same_bits(outside.numpy(), run.outputs["z"])


@pytest.mark.parametrize("width", [16, 32])
def test_other_word_widths(width: int) -> None:
    assert run_mixture(read(POLYNOMIAL), LIBRARY, {"x": 5, "y": 7}, width=width).outputs["z"] == 40


def test_tables_are_read_back_from_the_state() -> None:
    mixture = read(SOFT)
    image = mixture_image(mixture, LIBRARY, {"x": 5, "y": 7})
    assert mixtures_in(image) == ("soft",)
    found = read_mixture_state(image, "soft")
    assert found is not None
    wanted = tables_of(mixture, LIBRARY)
    assert found.tables.kinds == wanted.kinds == ("rmul", "nop", "radd")
    assert found.pieces == ("x", "y", "z", "t")
    for name in ("alphas", "weights", "advances", "guards"):
        assert np.array_equal(getattr(found.tables, name), getattr(wanted, name)), name


def test_the_work_area_stays_within_the_windows() -> None:
    """Nothing but the output and the stack has changed after a run."""
    image = mixture_image(read(SOFT), LIBRARY, {"x": 5, "y": 7})
    executor = make_executor("emulator", image)
    executor.start(image, ())
    executor.run(100_000)
    changed = np.flatnonzero(executor.state().cells != image.state.cells)
    stack = image.info.layout.find("stack")
    assert stack is not None
    outside = [int(address) for address in changed if not stack.start <= address < stack.end]
    assert outside == [image.info.symbols["call.data.z"]]


def test_a_soft_mixture_of_integers_needs_a_twin() -> None:
    slots = {"a": Choice.of("x"), "b": Choice.of("y"), "q": Choice.of("t"), "r": Choice.of("z")}
    step = Step((Term("both", slots, 0.5), Term("nop", {}, 0.5)))
    with pytest.raises(SkillError, match="'both' cannot stand in a soft mixture: its card names no real twin"):
        tables_of(dataclasses.replace(read(POLYNOMIAL), steps=(step,)), LIBRARY)
