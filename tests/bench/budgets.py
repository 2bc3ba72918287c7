"""A budget so small that every part of the bench runs in a test."""

from __future__ import annotations

from ccc.bench import Budget

TINY = Budget(
    rounds=2,
    subleq=20,
    mix=20,
    seconds=0.0005,
    largest={"dense": 1 << 9, "rows": 1 << 10, "sparse": 1 << 10, "native": 1 << 12},
    batches=(1, 3),
    longest=10.0,
    starts=1,
    first_starts=1,
    memories=(1 << 9, 1 << 12),
)
