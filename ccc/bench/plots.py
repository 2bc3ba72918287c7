"""The figures as plots, in SVG: time against memory, batches, rates. `picture` makes all plots, with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccc.bench.batches import LANES
from ccc.bench.report import Report
from ccc.bench.scaling import SERIES
from ccc.errors import FileError, UsageError
from ccc.files import write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (7.2, 4.4)  # inches
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small files, and the reader's own font
    "svg.hashsalt": "ccc",  # the same figures give the same file
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "legend.fontsize": 9,
}
_MARKERS = "osD^"
_RATES = {
    "c_subleq_per_s": "C at -O3, SUBLEQ",
    "emulator_subleq_per_s": "emulator, SUBLEQ",
    "native_subleq_per_s": "native Transformer, SUBLEQ",
    "emulator_extended_per_s": "emulator, stated mix",
    "native_extended_per_s": "native Transformer, stated mix",
}


def require_matplotlib() -> None:
    """Raises UsageError where matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        hint = "`pip install matplotlib` (the extra `bench` of ccc has it), or leave the plots out"
        raise UsageError("plots need matplotlib, which is not installed", hint) from None


def write_plots(report: Report, folder: Path) -> list[Path]:
    """Write a plot of everything measured that has one into `folder`, which is made; return the files.

    Raises UsageError without matplotlib, FileError where a file cannot be written.
    """
    require_matplotlib()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make {folder}: {(error.strerror or str(error)).lower()}") from None
    written = []
    plots: dict[str, tuple[object, Callable[[Axes, Report], None]]] = {
        "cells.svg": (report.tables.get("seconds_a_step"), _cells),
        "batches.svg": (report.tables.get("steps_a_second"), _batches),
        "rates.svg": (_RATES.keys() & report.figures.keys(), _rates),
    }
    for name, (measured, draw) in plots.items():
        if measured:
            write_atomic(folder / name, picture(partial(_alone, draw, report)))
            written.append(folder / name)
    return written


def picture(draw: Callable[[Figure], None], size: tuple[float, float] = _SIZE, kind: str = "svg") -> bytes:
    """A figure in the style of all plots, the same bytes for the same content. size: inches. kind: svg or png."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()


def _alone(draw: Callable[[Axes, Report], None], report: Report, figure: Figure) -> None:
    """A figure of one plot."""
    draw(figure.add_subplot(), report)


def _cells(axes: Axes, report: Report) -> None:
    """Seconds a step against cells, with the fitted lines."""
    table = report.tables["seconds_a_step"]
    for number, (name, series) in enumerate(SERIES.items()):
        seconds = {int(size): value for size, value in table.get(name, {}).items()}
        if not seconds:
            continue
        fit = report.figures.get(f"slope_{name}")
        label = series.label if fit is None else f"{series.label}: slope {round(fit, 2) + 0.0:.2f}"  # 0.0, for -0.0
        axes.plot(list(seconds), list(seconds.values()), _MARKERS[number], color=f"C{number}", label=label, ms=5)
        if fit is not None:
            points = series.points(seconds)
            middle = _geometric_mean(list(points)), _geometric_mean(list(points.values()))
            line = [middle[1] * (size / middle[0]) ** fit for size in points]
            axes.plot(list(points), line, "-", color=f"C{number}", linewidth=1)
    _label(axes, "cells of memory", "seconds a step", "One step of plain SUBLEQ against the size of memory")


def _batches(axes: Axes, report: Report) -> None:
    """Steps a second of all programs together against their number."""
    table = report.tables["steps_a_second"]
    for number, (name, lane) in enumerate(LANES.items()):
        if rates := table.get(name):
            sizes = [int(size) for size in rates]
            axes.plot(sizes, list(rates.values()), f"{_MARKERS[number]}-", label=lane.label, ms=5, linewidth=1)
    _label(
        axes,
        "programs in the batch",
        "steps a second, all programs together",
        "Plain SUBLEQ, many programs at once",
    )


def _rates(axes: Axes, report: Report) -> None:
    """Instructions a second beside the C loop."""
    names = [name for name in reversed(_RATES) if name in report.figures]
    rates = [report.figures[name] for name in names]
    bars = axes.barh([_RATES[name] for name in names], [rate / 1e6 for rate in rates])
    texts = []
    for name, rate in zip(names, rates, strict=True):
        ratio = report.figures.get(f"{name.partition('_')[0]}_over_c") if "subleq" in name else None
        texts.append(f" {rate / 1e6:,.1f}" + (f" ({ratio:.2f} of C)" if ratio else ""))
    axes.bar_label(bars, texts, fontsize=9)
    axes.margins(x=0.25)
    axes.set_xlabel("million instructions a second, one core")
    axes.grid(axis="y", visible=False)
    axes.set_title("Rates beside the same program in C", fontsize=11)


def _label(axes: Axes, x: str, y: str, title: str) -> None:
    """Scales, names and legend of a plot of speed against size."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, fontsize=11)
    axes.legend()


def _geometric_mean(values: list[float]) -> float:
    product = 1.0
    for value in values:
        product *= value ** (1 / len(values))
    return product
