"""Measuring ccc on this machine: rates, scaling with memory, batches, start-up, memory, the size of the weights.

Figures that are compared come from runs in turn, in one process. Parts write into a report as they go, so that what
was measured before an interruption is kept.
"""

from ccc.bench.budget import FULL, QUICK, Budget
from ccc.bench.parts import PARTS, Part, measure
from ccc.bench.plots import require_matplotlib, write_plots
from ccc.bench.programs import checkout
from ccc.bench.report import FIGURES, TABLES, Figure, Report

__all__ = [
    "FIGURES",
    "FULL",
    "PARTS",
    "QUICK",
    "TABLES",
    "Budget",
    "Figure",
    "Part",
    "Report",
    "checkout",
    "measure",
    "require_matplotlib",
    "write_plots",
]
