"""The worked programs of asm/skills: what their comments expect, on the emulator and in the Transformer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ccc.assembler import assemble_file, assemble_text, disassemble
from ccc.emulator import Emulator
from ccc.machine import Executor, Image, State, same_bits
from ccc.neural import DenseExecutor, NativeExecutor, SparseExecutor
from tests.programs.table import Run, runs_of
from tests.skills.spread import ROOT, SKILLS

WORKED = sorted((ROOT / "asm" / "skills").glob("*.s"))
MAX_STEPS = 20_000_000
ENGINES = {"dense": lambda: DenseExecutor(rows="changed"), "sparse": SparseExecutor}
STEPS_AT_MOST = {"dense": 170, "sparse": 350}
"""The interpreters of tensors run what is this short."""


@cache
def image_of(path: Path) -> Image:
    return assemble_file(path, libraries=[SKILLS])


def finish(executor: Executor, run: Run) -> tuple[int, State, list[float]]:
    executor.start(image_of(run.path), run.inputs)
    steps = executor.run(MAX_STEPS)
    return steps, executor.state(), executor.outputs()


RUNS = {f"{path.stem}: {run.name}": run for path in WORKED for run in runs_of(path)}


@cache
def reference(name: str) -> tuple[int, State, list[float]]:
    return finish(Emulator(), RUNS[name])


def every_run() -> list[object]:
    return [pytest.param(name, marks=[pytest.mark.slow] if run.slow else []) for name, run in RUNS.items()]


@cache
def native() -> NativeExecutor:
    return NativeExecutor()


@pytest.mark.parametrize("name", every_run())
def test_run(name: str) -> None:
    """Outputs and end as the comments say, and the native engine the same, bit for bit."""
    run = RUNS[name]
    steps, state, outputs = reference(name)
    assert outputs == run.outputs
    assert state.stopped
    assert state.fault is run.fault
    native_steps, native_state, native_outputs = finish(native(), run)
    assert native_steps == steps
    assert same_bits(np.array(native_outputs), np.array(outputs))
    assert native_state.same(state)


@pytest.mark.parametrize("engine", ENGINES)
def test_interpreted(engine: str) -> None:
    names = [name for name, run in RUNS.items() if not run.slow and reference(name)[0] <= STEPS_AT_MOST[engine]]
    assert len(names) >= 3
    for name in names:
        steps, state, outputs = finish(ENGINES[engine](), RUNS[name])
        assert (steps, outputs) == (reference(name)[0], reference(name)[2])
        assert state.same(reference(name)[1])


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_comes_back_from_the_disassembler(path: Path) -> None:
    image = image_of(path)
    assert assemble_text(disassemble(image)).checksum == image.checksum


def test_all_are_there() -> None:
    names = {path.stem for path in WORKED}
    functions = ("calculator", "transpose", "product", "inverse", "power")
    assert names >= {"figure_2b", "train_perceptron", "ransac_line"} | {f"giannou_{name}" for name in functions}


def test_loss_falls() -> None:
    """The first epochs of the training: each better than the one before, and far better than chance soon."""
    (name,) = (name for name, run in RUNS.items() if run.path.stem == "train_perceptron" and not run.slow)
    *losses, right, right_of_others = reference(name)[2]
    assert losses == sorted(losses, reverse=True)
    assert right == 24
    assert right_of_others == 12


def outputs_of(program: str, *inputs: float) -> list[float]:
    emulator = Emulator()
    emulator.start(image_of(ROOT / "asm" / "skills" / f"{program}.s"), inputs)
    emulator.run(MAX_STEPS)
    assert emulator.state().halted
    return emulator.outputs()


def test_training_is_gradient_descent() -> None:
    """The losses of three epochs in numpy, by the textbook formulas of backpropagation, from the same weights."""
    image = image_of(ROOT / "asm" / "skills" / "train_perceptron.s")
    cells, symbols = image.state.cells, image.info.symbols
    parameters = cells[symbols["w.data"] :][:43].copy()
    w1, b1, w2, b2 = (parameters[a:b] for a, b in ((0, 20), (20, 25), (25, 40), (40, 43)))
    w1, w2 = w1.reshape(5, 4), w2.reshape(3, 5)
    flowers = cells[symbols["flowers.data"] :][: 36 * 4].reshape(36, 4)
    targets = np.eye(3)[cells[symbols["classes.data"] :][:36].astype(int)]
    losses = []
    for _ in range(3):
        loss = 0.0
        for x, target in zip(flowers, targets, strict=True):
            pre = w1 @ x + b1
            h = np.maximum(pre, 0)
            powers = np.exp(w2 @ h + b2)
            p = powers / powers.sum()
            loss += ((p - target) ** 2).sum()
            dp = 2 * (p - target)
            dz = p * (dp - dp @ p)
            dpre = (w2.T @ dz) * (pre > 0)
            w2 -= 0.05 * np.outer(dz, h)
            b2 -= 0.05 * dz
            w1 -= 0.05 * np.outer(dpre, x)
            b1 -= 0.05 * dpre
        losses.append(loss)
    np.testing.assert_allclose(outputs_of("train_perceptron", 3)[:3], losses, rtol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_inverse_and_product_against_numpy(n: int) -> None:
    random = np.random.default_rng(n)
    a, b = random.normal(size=(n, n)) + 2 * np.eye(n), random.normal(size=(n, n))
    inverse = np.array(outputs_of("giannou_inverse", n, 40, *a.ravel())).reshape(n, n)
    np.testing.assert_allclose(inverse, np.linalg.inv(a), rtol=1e-9, atol=1e-9)
    product = np.array(outputs_of("giannou_product", n, n, n, *a.ravel(), *b.ravel())).reshape(n, n)
    np.testing.assert_allclose(product, a @ b, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_power_iteration_against_numpy(n: int) -> None:
    random = np.random.default_rng(n)
    basis, _ = np.linalg.qr(random.normal(size=(n, n)))
    matrix = basis @ np.diag([5.0, *random.uniform(0.5, 3, n - 1)]) @ basis.T
    value, *vector = outputs_of("giannou_power", n, 60, *matrix.ravel())
    assert value == pytest.approx(5, rel=1e-9)
    np.testing.assert_allclose(matrix @ vector, 5 * np.array(vector), rtol=1e-6, atol=1e-6)


def test_ransac_finds_the_line_in_spite_of_outliers() -> None:
    slope, intercept, near = outputs_of("ransac_line", 12)
    assert slope == pytest.approx(2, abs=0.1)
    assert intercept == pytest.approx(1, abs=0.1)
    assert near == 11
