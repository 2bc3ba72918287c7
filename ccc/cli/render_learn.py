"""What users watch while ccc learns: one search, or the generations of a curriculum, on standard error."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ccc.learn.curriculum import Generation
from ccc.learn.model import Budget, Progress
from ccc.learn.pool import Outcome, Task
from ccc.learn.summary import short

if TYPE_CHECKING:
    from ccc.learn.soft.trained import Stage

_A_SECOND = 8  # how often the screen is drawn


class _Screen:
    """Lines that are drawn again and again at the foot of a terminal; nothing where standard error is none."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live: Live | None = None
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=_A_SECOND, transient=True)

    def __enter__(self) -> Any:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def draw(self, what: Any) -> None:
        if self._live is not None:
            self._live.update(what)


class SearchProgress(_Screen):
    """One search: candidates, candidates a second, the best so far, and the size reached or what it is at."""

    def __init__(self, name: str, budget: Budget) -> None:
        super().__init__()
        self._name, self._budget = name, budget
        self._start: float | None = None
        self.draw(Text(f"{name}: getting ready; what was not used before is compiled"))

    def update(self, progress: Progress) -> None:
        """Say how far the search is, which begins with the first report."""
        now = time.monotonic()
        self._start = now if self._start is None else self._start
        seconds = now - self._start
        rate = progress.candidates / seconds if seconds else 0.0
        of = f" of {short(self._budget.candidates)}" if self._budget.candidates else ""
        far = [f"{seconds:.0f} of {self._budget.seconds:.0f} s", f"best {progress.best:.1%}"]
        if not progress.doing:  # which says it better
            far.append(f"size {progress.size}")
        if progress.kept:
            far.append(f"{short(progress.kept)} kept")
        head = f"{self._name}: {progress.method}, {short(progress.candidates)}{of} candidates, {short(rate)} a second"
        self.draw(Text("\n".join(line for line in (head, ", ".join(far), progress.doing) if line)))


class CurriculumProgress(_Screen):
    """The generations of a curriculum: what is being tried, and how far each is."""

    def __init__(self, specs: int) -> None:
        super().__init__()
        self._specs, self._learnt = specs, 0
        self._running: dict[str, tuple[float, dict[str, Any]]] = {}
        self._head = "reading specs"

    def notify(self, task: Task, progress: dict[str, Any]) -> None:
        """Hear from a worker."""
        started = self._running.get(task["name"], (time.monotonic(), {}))[0]
        self._running[task["name"]] = (started, progress)
        self._draw()

    def heard(self, generation: Generation, name: str, outcome: Outcome) -> None:
        """An attempt is over."""
        self._running.pop(name, None)
        self._learnt += outcome["status"] == "learnt"
        self._head = (
            f"generation {generation.number}, {generation.share:.3g} of the budget, {len(generation.parts)} skills"
        )
        if self._console.is_terminal:
            self._console.print(Text(outcome_line(generation, name, outcome)))
        self._draw()

    def _draw(self) -> None:
        table = Table.grid(padding=(0, 2))
        for name, (started, progress) in sorted(self._running.items()):
            table.add_row(
                *(f"  {name}", f"size {progress['size']}", f"{short(progress['candidates'])} candidates"),
                *(f"best {progress['best']:.1%}", f"{time.monotonic() - started:.0f} s"),
            )
        self.draw(Group(Text(f"{self._learnt} of {self._specs} learnt; {self._head}"), table))


def outcome_line(generation: Generation, name: str, outcome: Outcome) -> str:
    """What an attempt came to, in one line."""
    cost = f"{short(outcome.get('candidates', 0))} candidates, {outcome.get('seconds', 0.0):.1f} s"
    status = outcome["status"]
    if status == "learnt":
        return f"{generation.number}: {name} learnt: {cost}"
    if status == "not learnt":
        return f"{generation.number}: {name} not learnt, best {outcome.get('best', 0.0):.1%}: {cost}"
    message = str(outcome.get("message", "")).strip()
    return f"{generation.number}: {name}: {status}" + (f": {message.splitlines()[0]}" if message else "")


class TrainingProgress(_Screen):
    """One training of weights: epochs and loss, then the cases that the skill is run on."""

    def __init__(self, name: str, epochs: int) -> None:
        super().__init__()
        self._name, self._epochs = name, epochs

    def stage(self, stage: Stage) -> None:
        """Say how far it is."""
        if stage.epoch is not None:
            which = f"beginning {stage.epoch.restart + 1}, " if stage.epoch.restart >= 0 else ""
            what = f"{which}epoch {stage.epoch.number:,} of {self._epochs:,}, loss {stage.epoch.loss:.4g}"
        else:
            what = f"run on {stage.cases:,} {stage.part.replace('_', '-')} cases"
        self.draw(Text(f"{self._name}: {what}"))
