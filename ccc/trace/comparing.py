"""The comparison of two executors on one program, in lockstep or in pieces."""

from __future__ import annotations

from collections.abc import Sequence

from ccc.machine import Executor, Image
from ccc.trace.comparison import Comparison, Pair
from ccc.trace.lockstep import Progress, Stop, lockstep
from ccc.trace.pieces import in_pieces

EVERY = 1_000_000
"""The interval at which the whole states are compared where both sides keep checksums."""


def compare(
    image: Image,
    left: Executor,
    right: Executor,
    inputs: Sequence[float] = (),
    *,
    max_steps: int,
    context: int = 5,
    every: int | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Comparison:
    """Run `left` and `right` on `image` until they stop, differ, or have executed `max_steps` instructions.

    context: how many instructions before a difference are kept. every: the whole states are compared after so many
    instructions, and checksums, where both sides keep them, speak for those between; 1 is lockstep. The default is
    EVERY with checksums, else 1. progress: called with the number compared so far. stop: asked now and then whether to
    end here. Raises what the executors' `start` raises.
    """
    pair = Pair(image, left, right, inputs)
    every = every or (EVERY if pair.has_checksums else 1)
    result = Comparison(every=every)
    if every == 1:
        lockstep(pair, result, max_steps=max_steps, context=context, progress=progress, stop=stop)
    else:
        in_pieces(pair, result, max_steps=max_steps, every=every, context=context, progress=progress, stop=stop)
    return result
