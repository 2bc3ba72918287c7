"""Instructions a second: plain SUBLEQ beside C, the stated mix of the whole instruction set, and every opcode alone."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from ccc.bench.budget import Budget
from ccc.bench.c_loop import c_loop
from ccc.bench.opcode_loops import mnemonics, opcode_loop
from ccc.bench.programs import MIX, SUBLEQ, program
from ccc.bench.report import Report
from ccc.bench.timing import Pace, Run, Say, in_turn, run_to_end
from ccc.machine import Image, OpcodeCounter
from ccc.trace import EngineOptions, make_executor

_ENGINES = ("emulator", "native")
_COUNTED = 1000.0  # rounds of the mix whose instructions are counted


def _runs(image: Image, value: float, say: Say) -> dict[str, Callable[[], Run]]:
    """Each engine ready to run `image`, compiled by a short run beforehand."""
    executors = {name: make_executor(name, image) for name in _ENGINES}
    for name, executor in executors.items():
        say(f"compiling: {name}")
        run_to_end(executor, image, 1.0)
    return {name: lambda executor=executor: run_to_end(executor, image, value) for name, executor in executors.items()}  # type: ignore[misc]


def subleq(report: Report, budget: Budget, say: Say) -> None:
    """Plain SUBLEQ in the emulator, the native engine and C, in turn."""
    image = program(SUBLEQ)
    with c_loop(image, report.note) as in_c:
        runs = _runs(image, float(budget.subleq), say)
        if in_c is not None:
            runs["c"] = lambda: in_c(budget.subleq)
        say(f"{', '.join(runs)} in turn")
        for rates in in_turn(runs, budget.rounds):
            for name in runs:
                report.figures[f"{name}_subleq_per_s"] = median(rate[name] for rate in rates)
                if "c" in runs and name != "c":
                    report.figures[f"{name}_over_c"] = median(rate[name] / rate["c"] for rate in rates)


def extended(report: Report, budget: Budget, say: Say) -> None:
    """The stated mix in the emulator and the native engine, in turn, and what it is a mix of."""
    image = program(MIX)
    counter = make_executor("emulator", image, EngineOptions(checksum=True))
    total = run_to_end(counter, image, _COUNTED).instructions
    assert isinstance(counter, OpcodeCounter)
    counts = sorted((counter.opcodes or {}).items(), key=lambda item: -item[1])
    report.tables["mix"] = {mnemonic: round(100 * count / total, 3) for mnemonic, count in counts}
    runs = _runs(image, float(budget.mix), say)
    say(f"{', '.join(runs)} in turn")
    for rates in in_turn(runs, budget.rounds):
        for name in runs:
            report.figures[f"{name}_extended_per_s"] = median(rate[name] for rate in rates)


def opcodes(report: Report, budget: Budget, say: Say) -> None:
    """Nanoseconds a step of the native engine, instruction by instruction: the best of rounds over all of them."""
    paces: dict[str, Pace] = {}
    for mnemonic in mnemonics():
        image = opcode_loop(mnemonic)
        executor = make_executor("native", image)
        executor.start(image, [])
        paces[mnemonic] = Pace(executor.run, budget.seconds / 10)
    table = report.tables.setdefault("native_ns_by_opcode", {})
    for number in range(1, budget.rounds + 1):
        for mnemonic, pace in paces.items():
            say(f"{mnemonic}, round {number} of {budget.rounds}")
            pace.time()
            table[mnemonic] = 1e9 * pace.best
