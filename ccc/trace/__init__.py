"""Watching programs run: the commit log, and two executors compared.

The only room that sees emulator and Transformer side by side, and it sees them through the executor protocol.
"""

from ccc.trace.commit_log import CommitLog, log_lines
from ccc.trace.comparing import EVERY, compare
from ccc.trace.comparison import Change, Comparison, Difference, Instruction
from ccc.trace.departures import departure_of
from ccc.trace.engines import ENGINES, EngineOptions, make_batch_executor, make_executor

__all__ = [
    "ENGINES",
    "EVERY",
    "Change",
    "CommitLog",
    "Comparison",
    "Difference",
    "EngineOptions",
    "Instruction",
    "compare",
    "departure_of",
    "log_lines",
    "make_batch_executor",
    "make_executor",
]
