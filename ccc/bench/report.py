"""What the bench found: figures by name, tables of figures, notes on what is missing, and the machine it ran on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ccc import __version__


@dataclass(frozen=True)
class Figure:
    """What a figure is: its unit, and a line on what it says."""

    unit: str
    meaning: str


_RATE = "instructions/s"

FIGURES: dict[str, Figure] = {
    "emulator_over_c": Figure("ratio", "plain SUBLEQ: the emulator beside the C loop at -O3; median of pairs"),
    "native_over_c": Figure("ratio", "plain SUBLEQ: the native Transformer beside the C loop at -O3; median of pairs"),
    "c_subleq_per_s": Figure(_RATE, "asm/bench/subleq_mix.s in the C loop"),
    "emulator_subleq_per_s": Figure(_RATE, "asm/bench/subleq_mix.s in the emulator"),
    "native_subleq_per_s": Figure(_RATE, "asm/bench/subleq_mix.s in the native Transformer"),
    "emulator_extended_per_s": Figure(_RATE, "asm/bench/mix.s, the stated mix, in the emulator"),
    "native_extended_per_s": Figure(_RATE, "asm/bench/mix.s, the stated mix, in the native Transformer"),
    "slope_dense": Figure("log/log", "seconds a step against cells: every row computed"),
    "slope_rows": Figure("log/log", "seconds a step against cells: the rows that can change"),
    "slope_sparse": Figure("log/log", "seconds a step against cells: sparse"),
    "slope_native": Figure("log/log", "seconds a step against cells: native"),
    "seconds_help": Figure("s", "`ccc --help`"),
    "seconds_assemble": Figure("s", "`ccc assemble`"),
    "seconds_run": Figure("s", "`ccc run`, a second start"),
    "seconds_run_neural_first": Figure("s", "`ccc run --neural` with nothing compiled yet"),
    "seconds_run_neural_second": Figure("s", "`ccc run --neural`, a second start"),
    "mib_run_neural_smallest": Figure("MiB", "peak memory of `ccc run --neural`, the smallest memory measured"),
    "mib_run_neural_largest": Figure("MiB", "peak memory of `ccc run --neural`, the largest memory measured"),
    **{
        f"{isa}_{name}": Figure(unit, f"{meaning} of {whose}")
        for isa, whose in (("subleq", "SUBLEQ alone"), ("full", "the whole instruction set"))
        for name, unit, meaning in (
            ("sublayers", "", "sublayers"),
            ("depth", "sublayers", "depth with the longest experts"),
            ("layers", "", "layers (attention, feed-forward, or both)"),
            ("attention", "", "attention sublayers"),
            ("heads", "", "attention heads"),
            ("width", "directions", "width of the residual stream"),
            ("nonzero_weights", "", "weights that are not 0"),
        )
    },
}
"""Every figure that a complete run gives."""

TABLES: dict[str, str] = {
    "mix": "percent of the instructions of asm/bench/mix.s, by mnemonic",
    "native_ns_by_opcode": "nanoseconds a step of the native Transformer in a loop of one instruction, by mnemonic",
    "seconds_a_step": "seconds a step of plain SUBLEQ, by cells of memory",
    "fitted_from": "cells from which on the slope is fitted",
    "steps_a_second": "instructions a second of all programs together (plain SUBLEQ), by programs in the batch",
    "mib_by_cells": "peak memory of `ccc run --neural` in MiB, by cells of memory",
}
"""Every table of figures that a complete run gives. The first key is the row's or the column's name."""


@dataclass
class Report:
    """What was measured so far. `figures` are those of FIGURES, `tables` those of TABLES.

    parts: seconds that each part took, by name. interrupted: whether Ctrl-C ended the run before its last part.
    """

    figures: dict[str, float] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False

    def note(self, text: str) -> None:
        """Say something about the figures, once."""
        if text not in self.notes:
            self.notes.append(text)

    def to_json(self) -> dict[str, Any]:
        """One object: figures and tables by their names, in the order of the catalogues, and how they were found."""
        figures = {name: self.figures[name] for name in FIGURES if name in self.figures}
        tables = {name: self.tables[name] for name in TABLES if name in self.tables}
        return figures | tables | {
            "notes": self.notes,
            "seconds_by_part": {name: round(seconds, 1) for name, seconds in self.parts.items()},
            "interrupted": self.interrupted,
            "machine": machine(),
        }  # fmt: skip


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "ccc": __version__,
        **{name: _version(name) for name in ("llvmlite", "numba", "numpy", "torch")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
