"""The parts of the bench, and the run over them that survives Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ccc.bench.batches import batches
from ccc.bench.budget import Budget
from ccc.bench.commands import memory, start_up
from ccc.bench.rates import extended, opcodes, subleq
from ccc.bench.report import Report
from ccc.bench.scaling import scaling
from ccc.bench.timing import Say
from ccc.bench.weights import weights
from ccc.errors import CccError


@dataclass(frozen=True)
class Part:
    """A part of the bench. run: writes into the report as it goes, and says what it is doing."""

    title: str
    run: Callable[[Report, Budget, Say], None]


PARTS: dict[str, Part] = {
    "subleq": Part("plain SUBLEQ beside C", subleq),
    "extended": Part("the stated mix of the whole instruction set", extended),
    "opcodes": Part("each instruction alone, native", opcodes),
    "scaling": Part("seconds a step against cells", scaling),
    "batches": Part("many programs at once", batches),
    "start-up": Part("seconds of whole commands", start_up),
    "memory": Part("peak memory", memory),
    "weights": Part("size of the networks", weights),
}


def measure(parts: Iterable[str], budget: Budget, report: Report, say: Callable[[str, str], None]) -> None:
    """Run `parts` of PARTS one after the other. say: takes the name of a part, and what it is measuring now.

    Ctrl-C ends the run and leaves in `report` what was measured until then. A part that cannot go on (a command that
    fails, a full disk) is noted, and the next one begins.
    """
    for name in parts:
        start = time.perf_counter()
        try:
            PARTS[name].run(report, budget, lambda text, name=name: say(name, text))  # type: ignore[misc]
        except KeyboardInterrupt:
            report.interrupted = True
            return
        except (CccError, OSError) as error:
            report.note(f"{name}: not finished: {error.message if isinstance(error, CccError) else error}")
        finally:
            report.parts[name] = time.perf_counter() - start
