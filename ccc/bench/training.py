"""Training as a plot, in SVG or PNG: of mixtures loss over candidates, and alpha over the iterations of the last batch;
of weights loss over epochs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ccc.bench.plots import picture, require_matplotlib
from ccc.errors import UsageError
from ccc.files import write_atomic
from ccc.learn.gradient.curves import Curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = (".svg", ".png")
_SIZE = (9.6, 6.4)  # inches
_COLOURS = 10  # so many sketches are named


def check_plot(path: str | Path) -> None:
    """Raises UsageError where a plot cannot be made: the name of no picture, or matplotlib is not installed."""
    if Path(path).suffix.lower() not in KINDS:
        raise UsageError(f"{path}: a plot is a file whose name ends in {' or '.join(KINDS)}")
    require_matplotlib()


def write_curves(curves: Curves, path: str | Path, title: str) -> None:
    """Draw what was recorded. Raises UsageError as `check_plot`, FileError where the file cannot be written."""
    check_plot(path)

    def draw(figure: Figure) -> None:
        figure.suptitle(title, fontsize=12)
        _, alpha = curves.alpha()
        steps = alpha.shape[1] if len(alpha) else 0
        grid = figure.add_gridspec(2 if steps else 1, max(steps, 1))
        _loss(figure.add_subplot(grid[0, :]), curves)
        for t in range(steps):
            _alpha(figure.add_subplot(grid[1, t]), curves, t)

    write_atomic(path, picture(draw, _SIZE, Path(path).suffix[1:].lower()))


def write_losses(losses: Sequence[float], path: str | Path, title: str) -> None:
    """Draw the mean loss of each epoch. Raises as `write_curves`."""
    check_plot(path)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot(range(1, len(losses) + 1), losses, "-", linewidth=1.2)
        if losses and min(losses) > 0:
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.set_title(title)

    write_atomic(path, picture(draw, kind=Path(path).suffix[1:].lower()))


def _loss(axes: Axes, curves: Curves) -> None:
    """Median and best loss of each batch, in the colour of its sketch."""
    colours: dict[int, str] = {}
    for rows in curves.batches():
        arm = rows[0].arm
        label = curves.names[arm] if arm not in colours and len(colours) < _COLOURS else None
        at, colour = [row.candidates for row in rows], colours.setdefault(arm, f"C{len(colours) % _COLOURS}")
        axes.plot(at, [row.median for row in rows], "-", color=colour, linewidth=1.2, label=label)
        axes.plot(at, [row.best for row in rows], ":", color=colour, linewidth=1.2)
    axes.set_yscale("log")
    axes.set_xlabel("candidates")
    axes.set_ylabel("loss")
    axes.set_title("Loss: median of the restarts, and the best (dotted)", fontsize=11)
    if colours:
        axes.legend()


def _alpha(axes: Axes, curves: Curves, t: int) -> None:
    """The weights of the skills in one step of the best restart; those that end largest are named."""
    iterations, alpha = curves.alpha()
    place = curves.latest[-1].place
    order = np.argsort(-alpha[-1, t], kind="stable")
    for rank, k in enumerate(order.tolist()):
        label, colour = (place.skills[k], f"C{rank}") if rank < 4 else (None, "0.7")
        axes.plot(iterations, alpha[:, t, k], "-", color=colour, linewidth=1.2, label=label, zorder=3 - (rank >= 4))
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("iteration")
    axes.set_title(f"alpha of step {t + 1}", fontsize=11)
    if t == 0:
        axes.set_ylabel(f"{place.sketch}, batch {place.batch + 1}")
    axes.legend()
