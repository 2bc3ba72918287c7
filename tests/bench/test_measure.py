"""The parts of the bench with a tiny budget: which figures they give, and what happens when something is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from ccc.bench import FIGURES, PARTS, TABLES, Budget, Part, Report, measure
from ccc.bench.batches import LANES
from ccc.bench.opcode_loops import mnemonics
from ccc.bench.processes import ProcessError
from ccc.bench.scaling import SERIES
from ccc.errors import UsageError
from tests.bench.budgets import TINY


def run(*parts: str) -> Report:
    report, said = Report(), []
    measure(parts, TINY, report, lambda part, text: said.append(part))
    assert {*said} == {*parts}, "every part says what it does"
    return report


def numbers(table: Any) -> Iterator[float]:
    for value in table.values():
        yield from numbers(value) if isinstance(value, dict) else [value]


def check(report: Report) -> None:
    assert not report.notes
    assert not report.interrupted
    assert report.figures.keys() <= FIGURES.keys()
    assert report.tables.keys() <= TABLES.keys()
    assert all(math.isfinite(value) for value in report.figures.values())
    assert all(value > 0 for name, value in report.figures.items() if not name.startswith("slope_"))
    assert all(math.isfinite(value) and value > 0 for value in numbers(report.tables))


GIVES = {
    "extended": {"emulator_extended_per_s", "native_extended_per_s"},
    "opcodes": set(),
    "scaling": {"slope_dense", "slope_rows", "slope_sparse", "slope_native"},
    "batches": set(),
    "memory": {"mib_run_neural_smallest", "mib_run_neural_largest"},
    "weights": {name for name in FIGURES if name.startswith(("subleq_", "full_"))},
    "start-up": {name for name in FIGURES if name.startswith("seconds_")},
}
SUBLEQ = {"emulator_subleq_per_s", "native_subleq_per_s"}
IN_C = {"c_subleq_per_s", "emulator_over_c", "native_over_c"}


def test_the_parts_give_every_figure_once() -> None:
    given = [*SUBLEQ, *IN_C, *(name for names in GIVES.values() for name in names)]
    assert sorted(given) == sorted(FIGURES)
    assert {"subleq", *GIVES} == {*PARTS}


@pytest.mark.parametrize(
    "part", [pytest.param(name, marks=[pytest.mark.slow] if name == "start-up" else []) for name in GIVES]
)
def test_a_part_gives_its_figures(part: str) -> None:
    report = run(part)
    check(report)
    assert report.figures.keys() == GIVES[part]
    assert report.parts.keys() == {part}


def test_plain_subleq_beside_c(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    monkeypatch.setattr("ccc.bench.c_loop.find_gcc", lambda: compiled.append(1))
    report = run("subleq")
    assert report.figures.keys() == SUBLEQ
    assert report.notes == ["there is no gcc here, so the figures of the C loop are left out"]
    assert compiled
    monkeypatch.undo()
    report = run("subleq")
    check(report)
    assert report.figures.keys() == SUBLEQ | IN_C


def test_a_compiler_that_fails_leaves_the_figures_of_c_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object) -> None:
        raise ProcessError("gcc failed: no space left")

    monkeypatch.setattr("ccc.bench.c_loop.find_gcc", lambda: "gcc")
    monkeypatch.setattr("ccc.bench.c_loop.compile_c", fails)
    report = run("subleq")
    assert report.figures.keys() == SUBLEQ
    assert report.notes == ["the figures of the C loop are left out: gcc failed: no space left"]


def test_tables_have_a_row_for_everything() -> None:
    tables = run("extended", "opcodes", "scaling", "batches").tables
    assert sum(tables["mix"].values()) == pytest.approx(100, abs=0.1)
    assert [*tables["native_ns_by_opcode"]] == mnemonics()
    assert tables["seconds_a_step"].keys() == SERIES.keys()
    for name, series in SERIES.items():
        sizes = [size for size in series.sizes if size <= TINY.largest[name]]
        assert [*tables["seconds_a_step"][name]] == [str(size) for size in sizes]
        assert tables["fitted_from"][name] in sizes
    assert tables["steps_a_second"].keys() == LANES.keys()
    assert all([*rates] == ["1", "3"] for rates in tables["steps_a_second"].values())


def test_a_batch_that_would_take_too_long_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccc.bench.batches.LANES", {"dense": LANES["dense"]})
    report = Report()
    budget = Budget(**{**{name: getattr(TINY, name) for name in TINY.__dataclass_fields__}, "longest": 0.0})
    measure(["batches"], budget, report, lambda part, text: None)
    assert [*report.tables["steps_a_second"]["dense"]] == ["1"]
    assert "dense, every row, batch 3" in report.notes[0]


def test_ctrl_c_keeps_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(report: Report, budget: Budget, say: object) -> None:
        report.figures["native_over_c"] = 0.5

    def second(report: Report, budget: Budget, say: object) -> None:
        report.figures["slope_native"] = 0.25
        raise KeyboardInterrupt

    parts = {"first": Part("", first), "second": Part("", second), "third": Part("", first)}
    monkeypatch.setattr("ccc.bench.parts.PARTS", parts)
    report = Report()
    measure(parts, TINY, report, lambda part, text: None)
    assert report.interrupted
    assert report.figures == {"native_over_c": 0.5, "slope_native": 0.25}
    assert report.parts.keys() == {"first", "second"}
    assert report.to_json()["interrupted"] is True


@pytest.mark.parametrize("error", [UsageError("no such thing"), OSError(28, "No space left on device")])
def test_a_part_that_fails_is_noted_and_the_next_one_runs(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(report: Report, budget: Budget, say: object) -> None:
        raise error

    parts = {"broken": Part("", fails), "weights": PARTS["weights"]}
    monkeypatch.setattr("ccc.bench.parts.PARTS", parts)
    report = Report()
    measure(parts, TINY, report, lambda part, text: None)
    assert report.figures["full_heads"] > 0
    assert len(report.notes) == 1
    assert report.notes[0].startswith("broken: not finished: ")


def test_one_object_holds_figures_tables_and_the_machine() -> None:
    report = Report({"slope_rows": 1.0, "native_over_c": 0.3}, {"mix": {"mul": 5.0}})
    report.note("once")
    report.note("once")
    found = report.to_json()
    assert [*found][:3] == ["native_over_c", "slope_rows", "mix"], "in the order of the catalogues"
    assert found["notes"] == ["once"]
    assert found["machine"]["cores"] >= 1
    assert {"processor", "python", "torch", "ccc"} <= found["machine"].keys()
