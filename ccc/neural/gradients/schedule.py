"""Which stretch of a run to recompute next, so that a reverse pass needs few checkpoints and few recomputations.

Binomial checkpointing, "treeverse": A. Griewank, A. Walther. Algorithm 799: Revolve, ACM TOMS 26(1), 2000. With `slots`
checkpoints at a time, a run of C(slots + t, t) segments is reversed with no segment advanced more than t times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class Keep:
    """Go on from the checkpoint at segment `start` to segment `segment`, and keep a checkpoint there."""

    start: int
    segment: int


@dataclass(frozen=True, slots=True)
class Record:
    """Go on from the checkpoint at segment `start` to segment `segment`, and pull back through that segment."""

    start: int
    segment: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Give up the checkpoint at segment `segment`."""

    segment: int


Action = Keep | Record | Drop


def reversal(length: int, slots: int) -> Iterator[Action]:
    """What to do in order to record the segments length - 1, ..., 0, each once, in this order.

    A checkpoint at segment 0 is there from the start and is one of the `slots`. The number of segments that are
    advanced without being recorded is the least possible. Raises ValueError on no slots.
    """
    if slots < 1:
        raise ValueError("a reverse pass needs at least one checkpoint")
    yield from _reverse(0, length, slots)


def _reverse(start: int, end: int, slots: int) -> Iterator[Action]:
    while end - start > 1 and slots > 1:
        middle = start + _split(end - start, slots)
        yield Keep(start, middle)
        yield from _reverse(middle, end, slots - 1)
        yield Drop(middle)
        end = middle
    for segment in reversed(range(start, end)):
        yield Record(start, segment)


def _split(length: int, slots: int) -> int:
    """How far from the start the next checkpoint stands: the rule of Griewank and Walther, 1 <= result < length.

    With C(slots + t - 1, t - 1) < length <= C(slots + t, t), the part before it is at most as long as `slots`
    checkpoints can reverse with t - 1 advances of each segment, and the part behind it as slots - 1 can with t.
    """
    repeats = 1
    while comb(slots + repeats, repeats) < length:
        repeats += 1
    before = comb(slots + repeats - 1, repeats - 1)
    behind_at_least = comb(slots + repeats - 2, repeats - 1)
    return max(1, min(before, length - behind_at_least))
