"""How the time of a step grows with memory: the same program, the same working set, more and more cells of zeros."""

from __future__ import annotations

from dataclasses import dataclass

from ccc.bench.budget import Budget
from ccc.bench.programs import LONG, SUBLEQ, padded, program
from ccc.bench.report import Report
from ccc.bench.timing import Pace, Say, slope
from ccc.trace import make_executor


@dataclass(frozen=True)
class Series:
    """An engine at growing memories.

    engine: what `make_executor` calls it. sizes: cells. fitted: how many of the largest sizes the slope is fitted to;
    None for all. Where a step has to grow with memory, small memories show little but the cost of a call.
    """

    label: str
    engine: str
    sizes: tuple[int, ...]
    fitted: int | None = None

    def points(self, seconds: dict[int, float]) -> dict[int, float]:
        """Those of the measured sizes that the slope is fitted to."""
        sizes = sorted(seconds)
        return {size: seconds[size] for size in (sizes if self.fitted is None else sizes[-self.fitted :])}


def _powers(first: int, last: int, step: int = 1) -> tuple[int, ...]:
    return tuple(1 << exponent for exponent in range(first, last + 1, step))


SERIES: dict[str, Series] = {
    "dense": Series("dense, every row", "dense:all", _powers(8, 12), fitted=3),
    "rows": Series("dense, rows that can change", "dense:changed", _powers(8, 20, 2), fitted=3),
    "sparse": Series("sparse", "sparse", _powers(8, 24, 2)),
    "native": Series("native", "native", _powers(8, 24, 2)),
}


def scaling(report: Report, budget: Budget, say: Say) -> None:
    """Seconds a step by engine and cells, the best of rounds over the sizes, and the slopes."""
    for name, series in SERIES.items():
        paces: dict[int, Pace] = {}
        for size in series.sizes:
            if size <= budget.largest[name]:
                image = padded(program(SUBLEQ), size)
                executor = make_executor(series.engine, image)
                say(f"{series.label}: {size:,} cells")
                executor.start(image, [LONG])
                paces[size] = Pace(executor.run, budget.seconds)
        for number in range(1, budget.rounds + 1):
            for size, pace in paces.items():
                say(f"{series.label}: {size:,} cells, round {number} of {budget.rounds}")
                pace.time()
                report.tables.setdefault("seconds_a_step", {}).setdefault(name, {})[str(size)] = pace.best
            _fit(report, name, series)


def _fit(report: Report, name: str, series: Series) -> None:
    measured = {int(size): seconds for size, seconds in report.tables["seconds_a_step"][name].items()}
    points = series.points(measured)
    if len(points) > 1:
        report.figures[f"slope_{name}"] = slope(points)
        report.tables.setdefault("fitted_from", {})[name] = min(points)
