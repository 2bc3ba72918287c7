"""Derivatives by finite differences, which know nothing of the network: what gradients are checked against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ccc.errors import CccError
from ccc.machine import Executor, Image, State
from ccc.neural.gradients.places import (
    GradientError,
    Input,
    Source,
    Target,
    check_outputs,
    check_places,
    refuse_fault,
    values_of,
)

_FIRST_STEP = 2.0**-6  # of the larger of |x| and 1
_ROUNDS = 24
_ULP = 2.0**-52
_ASIDE = 2.0**-20  # of the larger of |x| and 1: where the sides are looked at
_BEND = 2.0**-8  # between the sides, of the larger: curvature that makes so much of it so near is a bend
_PIECE = 1 << 20  # instructions between which Ctrl-C is heard

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quotients:
    """Central difference quotients and how far they may be off, both [len(of), len(wrt)].

    Where there is none they hold NaN, and `problems` says why, by column: the program faults beside the point.
    sides: one-sided quotients from below and from above, [2, len(of), len(wrt)], NaN where the program faults there.
    """

    values: Numbers
    errors: Numbers
    sides: Numbers
    problems: dict[int, str]

    def is_kink(self, row: int, column: int) -> bool:
        """Whether the two sides disagree: the point is at a jump or a bend, and has no derivative."""
        below, above = self.sides[:, row, column]
        larger = max(abs(below), abs(above))
        return bool(abs(above - below) > _BEND * larger + 2 * self.errors[row, column])


def finite_differences(
    make: Callable[[], Executor],
    image: Image,
    inputs: Sequence[float] = (),
    *,
    of: Sequence[Target],
    wrt: Sequence[Source],
    max_steps: int | None = None,
    patience: int | None = None,
) -> Quotients:
    """The derivatives of `of` with respect to `wrt`, from whole runs beside the point, by the executor of `make`.

    Ridders' method (C. J. F. Ridders, Advances in Engineering Software 4(2), 1982): central differences at steps that
    shrink by halves, extrapolated to step 0; of all extrapolations the one is taken that differs least from those
    before it, and that difference is its error. max_steps: as for `gradient`. patience: a run beside the point that
    goes on for longer is a problem, and given up. Raises UsageError and ImageError as `gradient` does.
    """
    numbers = image.check_inputs(inputs).tolist()
    targets, sources = check_places(of, wrt, cells=image.size, inputs=len(numbers))
    executor = make()

    def run(source: Source | None = None, offset: float = 0.0) -> Numbers:
        cells, values = image.state.cells.copy(), list(numbers)
        if isinstance(source, Input):
            values[source.position] += offset
        elif source is not None:
            cells[source] += offset
        executor.start(image.with_state(State(cells + 0.0, image.state.registers)), values)
        steps = _run(executor, max_steps, patience)
        state, outputs = executor.state(), executor.outputs()
        refuse_fault(state, steps)
        check_outputs(targets, len(outputs))
        return values_of(targets, state, outputs)

    values = np.full((len(targets), len(sources)), np.nan)
    errors = values.copy()
    sides = np.full((2, *values.shape), np.nan)
    problems: dict[int, str] = {}
    here = np.full(len(targets), np.nan)
    with suppress(CccError):
        here = run()
    for column, source in enumerate(sources):
        at = numbers[source.position] if isinstance(source, Input) else float(image.state.cells[source])
        beside, scale = partial(run, source), max(abs(at), 1.0)
        try:
            values[:, column], errors[:, column] = _ridders(beside, scale)
        except CccError as error:
            problems[column] = error.message
        with suppress(CccError):
            sides[:, :, column] = _one_sided(beside, here, scale * _ASIDE)
    return Quotients(values, errors, sides, problems)


def _one_sided(run: Callable[[float], Numbers], here: Numbers, step: float) -> Numbers:
    """Difference quotients [2, k] from below and from above, of what is `here` at the point. Raises where it fails."""
    behind, ahead = run(-step), run(step)
    return np.stack([here - behind, ahead - here]) / step


def _run(executor: Executor, max_steps: int | None, patience: int | None) -> int:
    """Run to the end or to `max_steps`; return how many instructions it took. Raises GradientError past `patience`."""
    steps = 0
    while max_steps is None or steps < max_steps:
        asked = _PIECE if max_steps is None else min(_PIECE, max_steps - steps)
        done = executor.run(asked)
        steps += done
        if done < asked:
            break
        if patience is not None and steps > patience:
            raise GradientError(f"the program has not stopped after {steps:,} instructions")
    return steps


def _ridders(run: Callable[[float], Numbers], scale: float) -> tuple[Numbers, Numbers]:
    """Derivatives and their errors, [k], of a function from an offset to [k] values.

    Steps at which the function fails are left out. Raises its error where it fails at all of them.
    """
    coarser: list[Numbers] = []
    best = error = np.zeros(0)
    problem: CccError | None = None
    for number in range(_ROUNDS):
        step = scale * _FIRST_STEP / 2.0**number
        try:
            ahead, behind = run(step), run(-step)
        except CccError as failure:
            coarser, problem = [], failure
            continue
        row = [(ahead - behind) / (2 * step)]
        # No quotient is better than what the rounding of the two values leaves of it, however well it may agree.
        noise = _ULP * np.maximum(np.abs(ahead), np.abs(behind)) / step
        for order, before in enumerate(coarser, 1):
            factor = 4.0**order
            row.append((factor * row[-1] - before) / (factor - 1))
            found = np.maximum.reduce([np.abs(row[-1] - row[-2]), np.abs(row[-1] - before), noise])
            is_better = found < error if best.size else np.ones(len(found), dtype=bool)
            best = np.where(is_better, row[-1], best) if best.size else row[-1]
            error = np.where(is_better, found, error) if error.size else found
        coarser = row
    if not best.size and problem:
        raise problem
    return best, error
