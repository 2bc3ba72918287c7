"""How long the bench may measure: the sizes of its runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """How much is measured.

    rounds: of everything that is measured in turn. subleq, mix: what the two programs take as input; a run takes about
    156 instructions times the first, 60 times the second. seconds: how long one timing of steps lasts at least.
    largest: the most cells, by series of `scaling`. batches: how many programs run at once. longest: seconds that a
    single step of a batch may be expected to take; a larger batch is left out. starts: of each command, first_starts
    of the one that has to compile. memories: cells of the runs whose memory is measured.
    """

    rounds: int
    subleq: int
    mix: int
    seconds: float
    largest: dict[str, int]
    batches: tuple[int, ...]
    longest: float
    starts: int
    first_starts: int
    memories: tuple[int, ...] = (1 << 10, 1 << 24)


FULL = Budget(
    rounds=7,
    subleq=1_000_000,
    mix=200_000,
    seconds=0.2,
    largest={"dense": 1 << 12, "rows": 1 << 20, "sparse": 1 << 24, "native": 1 << 24},
    batches=(1, 4, 16, 64, 256, 1024, 4096),
    longest=30.0,
    starts=5,
    first_starts=2,
)
QUICK = Budget(
    rounds=3,
    subleq=100_000,
    mix=30_000,
    seconds=0.05,
    largest={"dense": 1 << 11, "rows": 1 << 18, "sparse": 1 << 20, "native": 1 << 24},
    batches=(1, 16, 256),
    longest=2.0,
    starts=2,
    first_starts=1,
)
