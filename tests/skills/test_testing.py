"""What testing a skill notices."""

from __future__ import annotations

import pytest

from ccc.skills import Library, Report, testing
from tests.skills.conftest import Write
from tests.skills.sources import CARD, SOURCE


def report_on(write: Write, source: str, card: str) -> Report:
    return testing.Tester(Library([write("twice", source, card)]), ["emulator"]).test("twice")


def whats(report: Report) -> list[tuple[int, str]]:
    return [(failure.test, failure.what) for failure in report.failures]


def test_the_library_of_these_tests(library: Library) -> None:
    tester = testing.Tester(library)
    reports = {name: tester.test(name) for name in library.names}
    assert [name for name, report in reports.items() if not report.passed] == []
    assert reports["weighted"].jacobians == 2
    assert 0 < reports["weighted"].jacobian_error < 1e-9
    assert reports["norm2"].instructions == tester.instructions("norm2")
    assert len(tester.costs("dot")) == 4


def test_a_wrong_output(write: Write) -> None:
    report = report_on(write, SOURCE, CARD.replace("y: 3", "y: 4"))
    (failure,) = report.failures
    assert (failure.what, failure.expected, failure.found) == ("y", "4", "3")
    assert not report.passed


def test_tolerance(write: Write) -> None:
    card = CARD.replace("{x: 1.5, y: 3}", "{x: 1.5e+6, y: 3.0000000001e+6}")
    assert whats(report_on(write, SOURCE, card)) == [(1, "y")]
    assert report_on(write, SOURCE, "tolerance: 1.0e-9\n" + card).passed


def test_faults(write: Write) -> None:
    assert report_on(write, SOURCE, CARD + "  - {x: 1.0e+308, fault: overflow}\n").passed
    report = report_on(write, SOURCE, CARD + "  - {x: 1.0e+308, fault: integer}\n  - {x: 1, fault: overflow}\n")
    assert [(f.test, f.expected, f.found) for f in report.failures] == [
        (2, "fault integer", "fault overflow"),
        (3, "fault overflow", "no fault"),
    ]
    report = report_on(write, SOURCE, CARD + "  - {x: 1.0e+308, y: 0}\n")
    assert [(f.test, f.expected, f.found) for f in report.failures] == [(2, "no fault", "fault overflow")]


def test_a_wrong_jacobian(write: Write) -> None:
    report = report_on(write, SOURCE.replace("movi a, 2", "movi a, 2.00001"), CARD)
    assert whats(report) == [(1, "Jacobian, column x")]
    assert report.jacobian_error == pytest.approx(5e-6, rel=1e-3)


def test_jacobian_code_that_faults(write: Write) -> None:
    report = report_on(write, SOURCE.replace("movi a, 2", "div  a, a"), CARD)
    assert [(f.what, f.found) for f in report.failures] == [("Jacobian", "fault division")]


ABSOLUTE = """.skill twice
    .input x
    .output y
    .scratch a, b
        ld   a, x
        movi b, 0
        fsub b, a
        jlt  b, @positive
        mov  a, b
@positive:
        st   y, a
    .jacobian
    .scratch a
        movi a, SLOPE
        st   jacobian, a
.endskill
"""


@pytest.mark.parametrize(("slope", "passed"), [("-1", True), ("0.5", True), ("1", True), ("1.01", False)])
def test_at_a_kink_anything_between_the_slopes_will_do(write: Write, slope: str, passed: bool) -> None:
    card = CARD.replace("{x: 1.5, y: 3}", "{x: 0, y: 0}")
    assert report_on(write, ABSOLUTE.replace("SLOPE", slope), card).passed is passed


def test_a_skill_that_does_not_end(write: Write) -> None:
    library = Library([write("twice", SOURCE.replace("ld   a, x", "@l: jmp @l"), CARD)])
    (failure,) = testing.Tester(library, ["emulator"], max_steps=1000).test("twice").failures
    assert "did not return within 1,000 instructions" in failure.found


def test_a_card_without_tests(write: Write) -> None:
    assert whats(report_on(write, SOURCE, CARD.partition("tests")[0])) == [(0, "tests")]


INTEGER = """.skill inc
    .input x
    .output y
    .scratch a
        ld   a, x
        addi a, 1
        st   y, a
.endskill
"""
INTEGER_CARD = """skill: inc
kind: integer
description: One more.
inputs: {x: int}
outputs: {y: int}
twin: twice
tests:
  - {x: 1, y: 2}
  - {x: 2147483647, y: -2147483648}
"""


def test_twins(write: Write) -> None:
    """`twice` is equal at 1, and at the largest integer it leaves the word, where nothing is said of twins."""
    write("inc", INTEGER, INTEGER_CARD)
    library = Library([write("twice", SOURCE, CARD)])
    assert testing.Tester(library, ["emulator"]).test("inc").passed
    write("inc", INTEGER, INTEGER_CARD + "  - {x: 2, y: 3}\n")
    (failure,) = testing.Tester(Library(library.folders), ["emulator"]).test("inc").failures
    assert (failure.test, failure.what, failure.expected, failure.found) == (3, "twin twice, y", "3", "4")


@pytest.mark.parametrize(("twin", "found"), [("absent", "none in the libraries"), ("other", "input z, output y")])
def test_twins_that_are_none(write: Write, twin: str, found: str) -> None:
    write(
        "other",
        SOURCE.replace("twice", "other").replace(" x", " z"),
        CARD.replace("twice", "other").replace("x:", "z:"),
    )
    library = Library([write("inc", INTEGER, INTEGER_CARD.replace("twin: twice", f"twin: {twin}"))])
    (failure,) = testing.Tester(library, ["emulator"]).test("inc").failures
    assert (failure.what, failure.found) == ("twin", found)


class _Liar:
    """The emulator, with one cell changed at the end."""

    def __init__(self) -> None:
        from ccc.emulator import Emulator

        self._inner = Emulator()

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def state(self) -> object:
        state = self._inner.state()
        state.cells[0] += 1
        return state


def test_engines_that_differ(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    make = testing.make_executor
    monkeypatch.setattr(testing, "make_executor", lambda name, image: _Liar() if name == "liar" else make(name, image))
    failures = testing.Tester(library, ["emulator", "liar"]).test("square").failures
    assert {(f.engine, f.what) for f in failures} == {("liar", "state"), ("liar", "Jacobian")}
    assert failures[0].found.startswith("cell 0 holds ")
