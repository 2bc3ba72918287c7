"""Many programs at once: instructions a second of all of them together, by engine and size of the batch."""

from __future__ import annotations

from dataclasses import dataclass

from ccc.bench.budget import Budget
from ccc.bench.programs import LONG, SUBLEQ, program
from ccc.bench.report import Report
from ccc.bench.timing import Pace, Say
from ccc.trace import EngineOptions, make_batch_executor

_ROUNDS = 2


@dataclass(frozen=True)
class Lane:
    """An engine that runs batches, with so many threads.

    at_least: steps that each program takes in one call. A call costs every native program some microseconds, which is
    no part of a step.
    """

    label: str
    engine: str
    threads: int = 1
    at_least: int = 1


LANES: dict[str, Lane] = {
    "dense": Lane("dense, every row", "dense"),
    "sparse": Lane("sparse", "sparse"),
    "native": Lane("native, one thread", "native", 1, 10_000),
    "native_2_threads": Lane("native, two threads", "native", 2, 10_000),
}


def batches(report: Report, budget: Budget, say: Say) -> None:
    """Steps a second by engine and batch: plain SUBLEQ, each program with an input of its own; the best of two."""
    image = program(SUBLEQ)
    for name, lane in LANES.items():
        found = report.tables.setdefault("steps_a_second", {}).setdefault(name, {})
        each = 0.0  # seconds that an instruction took in the batch before
        for batch in budget.batches:
            if each * batch > budget.longest:
                report.note(f"left out, as a step would take {each * batch:,.0f} s: {lane.label}, batch {batch:,}")
                break
            say(f"{lane.label}: {batch:,} programs")
            images = [image] * batch
            executor = make_batch_executor(lane.engine, images, EngineOptions(threads=lane.threads))
            executor.start(images, [[LONG + number] for number in range(batch)])
            pace = Pace(lambda steps, executor=executor: sum(executor.run(steps)), budget.seconds, lane.at_least)  # type: ignore[misc]
            for _ in range(_ROUNDS):
                pace.time()
            each = pace.best
            found[str(batch)] = 1 / each
