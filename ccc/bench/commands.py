"""Whole commands: how long they take to start, and how much memory they need."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ccc.bench.budget import Budget
from ccc.bench.processes import peak_of_ccc, seconds_of_ccc
from ccc.bench.programs import MIX, checkout, padded, program
from ccc.bench.report import Report
from ccc.bench.timing import Say
from ccc.machine import write_image


def start_up(report: Report, budget: Budget, say: Say) -> None:
    """Seconds of whole commands on a short run of the mix, the best of several starts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = str(folder / "state.bin")
        commands = {
            "help": ["--help"],
            "assemble": ["assemble", str(checkout() / MIX), "-o", image],
            "run": ["run", image, "--in", "10"],
        }
        for command, arguments in commands.items():
            for number in range(1, budget.starts + 1):
                say(f"ccc {arguments[0]}, start {number} of {budget.starts}")
                _keep_best(report, f"seconds_{command}", seconds_of_ccc(arguments))
        neural = ["run", image, "--in", "10", "--neural"]
        for number in range(1, budget.first_starts + 1):
            say(f"ccc run --neural with an empty cache, start {number} of {budget.first_starts}")
            cache = folder / f"cache{number}"
            _keep_best(report, "seconds_run_neural_first", seconds_of_ccc(neural, cache))
        for number in range(1, budget.starts + 1):
            say(f"ccc run --neural, start {number} of {budget.starts}")
            _keep_best(report, "seconds_run_neural_second", seconds_of_ccc(neural, cache))


def _keep_best(report: Report, name: str, seconds: float) -> None:
    report.figures[name] = min(seconds, report.figures.get(name, seconds))


def memory(report: Report, budget: Budget, say: Say) -> None:
    """Peak memory of `ccc run --neural` on the mix in memories of several sizes, in MiB."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "state.bin"
        for size in sorted(budget.memories):
            say(f"ccc run --neural, {size:,} cells")
            write_image(path, padded(program(MIX), size))
            arguments = ["run", str(path), "--in", "10", "--neural"]
            seconds_of_ccc(arguments)  # so that the machine code is there, and compiling it does not count
            peak = peak_of_ccc(arguments)
            if peak is None:
                report.note("peak memory is left out: this system has no /proc/self/status")
                return
            report.tables.setdefault("mib_by_cells", {})[str(size)] = peak
            if size == min(budget.memories):
                report.figures["mib_run_neural_smallest"] = peak
            if size == max(budget.memories):
                report.figures["mib_run_neural_largest"] = peak
