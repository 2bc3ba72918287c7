"""Watching programs run: the commit log, and two executors in lockstep.

The only room that sees emulator and Transformer side by side, and it sees them through the executor protocol.
"""

from ccc.trace.commit_log import CommitLog, log_lines
from ccc.trace.engines import ENGINES, EngineOptions, make_executor
from ccc.trace.lockstep import Change, Comparison, Difference, Instruction, compare

__all__ = [
    "ENGINES",
    "Change",
    "CommitLog",
    "Comparison",
    "Difference",
    "EngineOptions",
    "Instruction",
    "compare",
    "log_lines",
    "make_executor",
]
