"""Derivatives of outputs or final cells with respect to initial cells and inputs, through every executed step.

The run is differentiated in reverse, by automatic differentiation through the Transformer. Memory stays bounded,
however long the run: it is advanced without gradient between a fixed number of checkpoints, and only a short stretch
at a time is recorded and pulled back through (binomial checkpointing, see `schedule`).

What is differentiated is the function that the network computes on the way that was taken. Thresholds, addresses and
roundings are constant, as they are almost everywhere, so jumps, the result of FCMP and that of FTOI have derivative 0.
FADD, FSUB and FMUL have those of real arithmetic, which leaves out that their results are rounded. Integer instructions
are defined on integers only; where the network does by sums and products what they say, they have the derivative of the
same instruction on real numbers. docs/gradients.md lists what that means for each instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ccc.errors import UsageError, nearest
from ccc.machine import Executor, Image, Reason, State, reason_of
from ccc.neural.gradients.engines import GRADIENT_ENGINES, GradientEngine
from ccc.neural.gradients.places import (
    GradientError,
    Input,
    Output,
    Source,
    Target,
    check_outputs,
    check_places,
    refuse_fault,
    values_of,
)
from ccc.neural.gradients.tape import record
from ccc.neural.gradients.walk import Checkpoint, Stretches, Walker
from ccc.neural.model import Model, constructed
from ccc.neural.threads import torch_threads

Progress = Callable[[str, int, int | None], None]
"""Called with the phase (`forward` or `backward`), the instructions done in it, and of how many, if that is known."""

_CHECKPOINT_BYTES = 1 << 28
_MOST_CHECKPOINTS, _FEWEST_CHECKPOINTS = 64, 4
_SEGMENT_BYTES = 1 << 29
_LONGEST_SEGMENT = 64


@dataclass(frozen=True, slots=True)
class Gradient:
    """Derivatives, and what they took.

    values: what `of` came to, [len(of)]. jacobian: the derivative of `of[i]` with respect to `wrt[j]`,
    [len(of), len(wrt)]. steps: instructions executed. reason: why the run ended. segments: stretches recorded, of up to
    `segment_steps` instructions each. advanced: instructions executed again without being recorded. peak_checkpoints:
    the most states held at once.
    """

    of: tuple[Target, ...]
    wrt: tuple[Source, ...]
    values: NDArray[np.float64]
    jacobian: NDArray[np.float64]
    steps: int
    reason: Reason
    segments: int
    segment_steps: int
    advanced: int
    peak_checkpoints: int


def gradient(
    image: Image,
    inputs: Sequence[float] = (),
    *,
    of: Sequence[Target],
    wrt: Sequence[Source],
    model: Model | None = None,
    engine: str = "sparse",
    max_steps: int | None = None,
    advance: Callable[[], Executor] | None = None,
    checkpoints: int | None = None,
    segment: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Gradient:
    """The derivatives of `of` at the end of the run with respect to `wrt` at its beginning.

    of: addresses of cells, or `Output(k)`. wrt: addresses of cells, or `Input(k)`. model: the weights, or None to
    construct those of the image's dialect and width. engine: what records steps, `sparse` or `dense`. max_steps: the
    run is taken to end there. advance: makes the executor for the steps that are not recorded, any that computes the
    same states; the engine's own unless told. checkpoints, segment: how many states are held and how many instructions
    are recorded at a time; chosen by the size of memory unless told. threads: torch's.

    Raises UsageError on an address or position that does not exist, GradientError where the run ends in a fault or a
    derivative overflows, WeightsError or ImageError where weights, image or inputs do not fit.
    """
    model = model or constructed(image.dialect, image.width)
    model.check_fits(image)
    chosen = _engine(engine, model)
    numbers = image.check_inputs(inputs).tolist()
    targets, sources = check_places(of, wrt, cells=image.size, inputs=len(numbers))
    report = progress or (lambda phase, done, limit: None)
    walker = Walker(advance or chosen.executor, image, numbers)
    steps = walker.run_to_the_end(max_steps, lambda done: report("forward", done, max_steps))
    state, outputs = walker.here().state, walker.outputs()
    refuse_fault(state, steps)
    check_outputs(targets, len(outputs))
    stretches = Stretches(
        walker,
        steps,
        length=_segment_steps(chosen, image.size) if segment is None else segment,
        slots=_slots(image.size) if checkpoints is None else checkpoints,
    )
    with torch_threads(threads):
        reverse = _Reverse(chosen, numbers, targets, state, len(outputs))
        for start, count in stretches if targets and sources else ():
            reverse.pull(start, count)
            report("backward", steps - start.step, steps)
    return Gradient(
        of=targets,
        wrt=sources,
        values=values_of(targets, state, outputs),
        jacobian=reverse.jacobian(sources),
        steps=steps,
        reason=reason_of(state),
        segments=stretches.count,
        segment_steps=stretches.length,
        advanced=walker.advanced - steps,
        peak_checkpoints=stretches.peak,
    )


def _engine(name: str, model: Model) -> GradientEngine:
    if name not in GRADIENT_ENGINES:
        hint = nearest(name, GRADIENT_ENGINES) or f"known: {', '.join(GRADIENT_ENGINES)}"
        raise UsageError(f"no engine {name!r} for gradients", hint)
    return GRADIENT_ENGINES[name](model)


def _slots(cells: int) -> int:
    """How many states of `cells` cells may be held at once."""
    return max(_FEWEST_CHECKPOINTS, min(_MOST_CHECKPOINTS, _CHECKPOINT_BYTES // (8 * cells)))


def _segment_steps(engine: GradientEngine, cells: int) -> int:
    """How many instructions may be recorded at a time."""
    return max(1, min(_LONGEST_SEGMENT, _SEGMENT_BYTES // engine.bytes_per_step(cells)))


class _Reverse:
    """The adjoints of the real state on their way back through a run, a row for each entry of `of`.

    end: the state to which the run has been pulled back so far. produced: how many values it had put out by then.
    """

    def __init__(
        self, engine: GradientEngine, inputs: Sequence[float], of: Sequence[Target], end: State, produced: int
    ) -> None:
        self._engine, self._inputs, self._of = engine, list(inputs), of
        self._end, self._produced = end, produced
        self._cells = torch.zeros(len(of), len(end.cells), dtype=torch.float64)
        self._registers = torch.zeros(len(of), len(end.registers), dtype=torch.float64)
        self._ports = torch.zeros(len(of), len(inputs), dtype=torch.float64)
        for row, target in enumerate(of):
            if isinstance(target, int):
                self._cells[row, target] = 1.0

    def pull(self, start: Checkpoint, steps: int) -> None:
        """Pull back through the `steps` instructions from `start` to the present end."""
        tape = record(self._engine.tape, start.state, self._inputs[start.consumed :], steps)
        if not tape.ends_in(self._end):
            raise GradientError(
                f"the recorded steps {start.step:,} to {start.step + steps:,} lead to another state than the run did",
                "the engine that advances must compute what the one that records computes; and weights other than the "
                "constructed ones may hand on more from step to step than the state",
            )
        self._produced -= tape.outputs
        seeds = torch.zeros(len(self._of), tape.outputs, dtype=torch.float64)
        for row, target in enumerate(self._of):
            if isinstance(target, Output) and 0 <= target.position - self._produced < tape.outputs:
                seeds[row, target.position - self._produced] = 1.0
        self._cells, self._registers, taken = tape.pull(self._cells, self._registers, seeds)
        self._ports[:, start.consumed : start.consumed + tape.inputs] = taken
        if not bool(self._cells.isfinite().all() and self._registers.isfinite().all() and taken.isfinite().all()):
            raise GradientError(
                f"the derivative overflows on the way back, between the instructions {start.step:,} and "
                f"{start.step + steps:,}",
                "a chaotic or diverging iteration does that; --max-steps can end the run earlier",
            )
        self._end = start.state

    def jacobian(self, wrt: Sequence[Source]) -> NDArray[np.float64]:
        """Shape [len(of), len(wrt)], once all is pulled back."""
        columns = [self._ports[:, x.position] if isinstance(x, Input) else self._cells[:, x] for x in wrt]
        result = torch.stack(columns, dim=1) if columns else torch.zeros(len(self._of), 0, dtype=torch.float64)
        return result.numpy() + 0.0
