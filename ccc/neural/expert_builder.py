"""What the experts are built with: a stack of feed-forward sublayers and private directions."""

from __future__ import annotations

from collections.abc import Callable

from ccc.machine import word_range
from ccc.neural.spec import Expert, FeedForward


class ExpertBuilder:
    """One expert in the making. `low`, `high`: the range of the word; `period`: 2**width."""

    def __init__(self, stage: str, mnemonic: str, width: int) -> None:
        self.expert = Expert(mnemonic)
        self.width = width
        self.low, self.high = word_range(width)
        self.period = 2.0**width
        self.private: list[str] = []
        self._prefix = f"{stage}.{mnemonic}."

    def layer(self) -> FeedForward:
        """Begin the next sublayer."""
        return self.expert.layer()

    def local(self, name: str) -> str:
        """A private direction: 0 at the start, shared in place with those of other experts, cleared after the step."""
        full = self._prefix + name
        if full not in self.private:
            self.private.append(full)
        return full


Build = Callable[[ExpertBuilder], None]
"""What makes the expert of one opcode at one stage."""
