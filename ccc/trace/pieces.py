"""Two executors compared piece by piece, at the speed at which they run: what `lockstep` would find, found sooner.

The running checksums (`ccc.machine.checksum`) are compared after every piece: they say whether any instruction of it
left another pc or sp, or wrote something else. The whole states, all outputs and the number of inputs taken are
compared at intervals. After a difference both sides go back to the last point at which they were equal, and halving
finds the first instruction that tells them apart, which is then repeated in lockstep for the report.

One thing can escape: what an instruction does besides its write (to another cell, or to a register other than pc and
sp), if that is undone before the next comparison of the whole states and nothing has read it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ccc.trace.comparison import Change, Comparison, Difference, Pair, Position, next_instruction
from ccc.trace.lockstep import Progress, Stop, lockstep

_QUICK, _SLOW = 0.05, 0.25  # seconds for a piece: after each, Ctrl-C is heard and progress shown
_FIRST_PIECE = 64


def in_pieces(
    pair: Pair,
    result: Comparison,
    *,
    max_steps: int,
    every: int,
    context: int,
    progress: Progress | None,
    stop: Stop | None,
) -> None:
    """Run `pair` from its start and complete `result`; the other arguments are those of `compare`."""
    anchors = [pair.position()]
    runner = _Runner(pair, progress, stop)
    while pair.step < max_steps and not runner.done and not pair.state.stopped:
        equal = pair.step
        runner.run_to(min(max_steps, equal - equal % every + every))
        changes = pair.compare()
        if changes:
            _explain(pair, result, anchors, _Interval(equal, pair.step, changes), context)
            return
        if pair.step - anchors[-1].step >= max(every, context):
            anchors = [anchors[-1], pair.position()]
    result.instructions, result.outputs, result.opcodes = pair.instructions, pair.outputs, pair.opcodes()
    result.end(pair.state, interrupted=runner.interrupted)


class _Runner:
    """Runs a pair in pieces that take neither long nor no time at all."""

    def __init__(self, pair: Pair, progress: Progress | None, stop: Stop | None) -> None:
        self._pair, self._progress, self._stop = pair, progress, stop
        self._piece = _FIRST_PIECE
        self.interrupted = False
        self.done = False

    def run_to(self, goal: int) -> None:
        """Run to step `goal`, or until the sides disagree, stop, or are told to: then `done`."""
        pair = self._pair
        while pair.step < goal and not self.done:
            steps = min(self._piece, goal - pair.step)
            start = time.perf_counter()
            executed = pair.run(steps)
            seconds = time.perf_counter() - start
            if seconds < _QUICK and steps == self._piece:
                self._piece *= 2
            elif seconds > _SLOW:
                self._piece = max(1, self._piece // 2)
            if self._progress:
                self._progress(pair.instructions)
            self.interrupted = self._stop is not None and self._stop()
            self.done = self.interrupted or executed != (steps, steps) or not pair.same_checksums()


@dataclass(frozen=True, slots=True)
class _Interval:
    """The sides are equal after `equal` instructions, and not after `unequal`, where they differ in `changes`."""

    equal: int
    unequal: int
    changes: tuple[Change, ...]


def _explain(pair: Pair, result: Comparison, anchors: list[Position], interval: _Interval, context: int) -> None:
    """Find the first differing instruction in `interval`, and report it as lockstep does."""
    interval = _halve(pair, anchors[-1], interval)
    reach = max(0, interval.equal - context)
    pair.restore(next((anchor for anchor in reversed(anchors) if anchor.step <= reach), anchors[0]))
    if pair.step < reach:
        pair.run(reach - pair.step)
        pair.compare()
    result.instructions, result.opcodes = pair.instructions, pair.opcodes()
    leading = lockstep(pair, result, max_steps=interval.equal, context=context)
    if result.equal:
        before = pair.state
        instruction = next_instruction(pair.image, before, result.instructions)
        pair.run(1)
        # An engine whose results depend on how many instructions it is asked for at once may agree now: then what was
        # seen before stands.
        result.difference = Difference(instruction, pair.compare(before) or interval.changes, leading)
    result.end(pair.state)


def _halve(pair: Pair, base: Position, interval: _Interval) -> _Interval:
    """The interval of one instruction in which a difference arises. base: where both can be taken back to."""
    pair.restore(base)
    while interval.unequal - interval.equal > 1:
        middle = (interval.equal + interval.unequal) // 2
        pair.run(middle - pair.step)
        changes = pair.compare()
        if changes:
            interval = _Interval(interval.equal, middle, changes)
            pair.restore(base)
        else:
            interval = _Interval(middle, interval.unequal, interval.changes)
            base = pair.position()
    return interval
