"""A run as a gradient needs it: once forward to its end, then stretch by stretch backward, from few checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ccc.errors import UsageError
from ccc.machine import Executor, Image, State
from ccc.neural.gradients.schedule import Drop, Keep, reversal

_SLICE = 0.1  # seconds of work between two reports
_PIECE = 1 << 20  # instructions


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The machine after `step` instructions, which took `consumed` input values."""

    step: int
    consumed: int
    state: State


class Walker:
    """An executor that is led back and forth along one run, without gradient.

    make: makes the executor, which needs no more than to start at a state. advanced: instructions executed so far.
    """

    def __init__(self, make: Callable[[], Executor], image: Image, inputs: Sequence[float]) -> None:
        self._executor = make()
        self._image, self._inputs = image, list(inputs)
        self.advanced = 0
        self.first = Checkpoint(0, 0, image.state)
        self._start(self.first)

    def _start(self, checkpoint: Checkpoint) -> None:
        self._executor.start(self._image.with_state(checkpoint.state), self._inputs[checkpoint.consumed :])
        self._step, self._consumed_before = checkpoint.step, checkpoint.consumed

    def run_to_the_end(self, max_steps: int | None, report: Callable[[int], None]) -> int:
        """Run until the program stops or has executed `max_steps` instructions; return how many it has."""
        piece = 16
        while max_steps is None or self._step < max_steps:
            asked = piece if max_steps is None else min(piece, max_steps - self._step)
            before = time.perf_counter()
            done = self._run(asked)
            report(self._step)
            if done < asked:
                break
            if time.perf_counter() - before < _SLICE / 2:
                piece *= 2
        return self._step

    def _run(self, steps: int) -> int:
        """Run up to `steps` instructions, in pieces between which Ctrl-C is heard; return how many were executed."""
        before = self.advanced
        while steps > 0:
            asked = min(steps, _PIECE)
            done = self._executor.run(asked)
            self._step += done
            self.advanced += done
            steps = steps - done if done == asked else 0
        return self.advanced - before

    def here(self) -> Checkpoint:
        """Where the executor stands."""
        return Checkpoint(self._step, self._consumed_before + self._executor.consumed, self._executor.state())

    def outputs(self) -> list[float]:
        """What the executor has put out since it was last taken back."""
        return self._executor.outputs()

    def go(self, start: Checkpoint, step: int) -> Checkpoint:
        """The machine after `step` instructions, reached from `start`, or from here where that is nearer."""
        if step == start.step:
            return start
        if not start.step <= self._step <= step:
            self._start(start)
        missing = step - self._step
        if self._run(missing) < missing:
            raise UsageError(
                f"the {self._executor.name} engine ran on before, but stops after {self._step:,} steps now"
            )
        return self.here()


class Stretches:
    """The stretches of a run of `steps` instructions, the last one first: each as where it begins, and its length.

    length: instructions in a stretch; the last one may be shorter. slots: checkpoints that may be held at once. count:
    stretches handed out so far; peak: the most checkpoints held so far.
    """

    def __init__(self, walker: Walker, steps: int, *, length: int, slots: int) -> None:
        if length < 1 or slots < 1:
            raise UsageError("a gradient needs at least one checkpoint, and at least one instruction in a segment")
        self._walker, self._steps, self.length, self._slots = walker, steps, length, slots
        self.count = self.peak = 0

    def __iter__(self) -> Iterator[tuple[Checkpoint, int]]:
        length, held = self.length, {0: self._walker.first}
        for action in reversal(-(-self._steps // length), self._slots):
            if isinstance(action, Drop):
                del held[action.segment]
                continue
            reached = self._walker.go(held[action.start], action.segment * length)
            if isinstance(action, Keep):
                held[action.segment] = reached
            else:
                self.count += 1
                yield reached, min(length, self._steps - reached.step)
            self.peak = max(self.peak, len(held))
