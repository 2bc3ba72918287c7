"""What several searches for the same thing have spent together, and how far they are."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ccc.learn.model import Budget, Progress, Report

_EVERY = 0.1  # seconds between two reports


@dataclass
class Clock:
    """candidates: tried so far. The seconds count from `start` on: making native code is no part of a search."""

    method: str
    budget: Budget
    report: Report
    candidates: int = 0
    spent: bool = False
    _started: float = field(default_factory=time.monotonic)
    _reported: float = 0.0

    def start(self) -> None:
        """Count from now on."""
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._started

    def look(self, size: int, kept: int, best: float) -> bool:
        """Whether the budget is spent. Reports how far the search is, unless it did so just before."""
        limit = self.budget.candidates
        self.spent = self.spent or (limit is not None and self.candidates >= limit)
        self.spent = self.spent or self.seconds >= self.budget.seconds
        if time.monotonic() - self._reported > _EVERY:
            self._reported = time.monotonic()
            self.report(Progress(self.method, size, self.candidates, kept, best))
        return self.spent
