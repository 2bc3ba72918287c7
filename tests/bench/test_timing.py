"""Timing on a clock that the tests turn themselves."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace

import pytest

from ccc.bench.timing import Pace, Run, in_turn, slope


class Clock:
    """A clock on which a step takes `seconds`, and calls in `delayed` (counted from 0) a second longer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float, delayed: tuple[int, ...] = ()) -> None:
        self.now = 0.0
        self.calls: list[int] = []
        self._seconds, self._delayed = seconds, delayed
        monkeypatch.setattr("ccc.bench.timing.time", SimpleNamespace(perf_counter=lambda: self.now))

    def run(self, steps: int) -> int:
        self.now += steps * self._seconds + (len(self.calls) in self._delayed)
        self.calls.append(steps)
        return steps


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_the_slope_of_a_power_is_its_exponent(power: float) -> None:
    assert slope({2**n: 3e-7 * (2**n) ** power for n in range(8, 25, 2)}) == pytest.approx(power, abs=1e-12)


def test_the_slope_is_that_of_least_squares() -> None:
    # log2: (0, 0), (1, 2), (2, 1). The mean is (1, 1), so the slope is (1 * 1 + 0 + 1 * 0) / 2 = 1/2.
    assert slope({1: 1.0, 2: 4.0, 4: 2.0}) == pytest.approx(0.5)


def test_noise_hardly_moves_the_slope() -> None:
    source = random.Random(7)
    points = {2**n: 1e-8 * 2**n * source.uniform(0.95, 1.05) for n in range(8, 21)}
    assert slope(points) == pytest.approx(1, abs=0.02)


def test_one_point_has_no_slope() -> None:
    with pytest.raises(ValueError, match="two points"):
        slope({1024: 1.0})


def test_a_timing_lasts_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, seconds=2**-20)
    pace = Pace(clock.run, 2**-10)
    pace.time()
    assert clock.calls == [1, *(2**n for n in range(10))], "a step to warm up, then twice as many each time"
    assert pace.best == 2**-20
    pace.time()
    assert clock.calls[-1] == 512
    assert len(clock.calls) == 12


def test_a_timing_takes_as_many_steps_as_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, seconds=2**-10)
    Pace(clock.run, 2**-9, at_least=100).time()
    assert clock.calls == [1, 100]


def test_a_moment_in_which_the_machine_is_busy_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, seconds=2**-20, delayed=(1, 20))
    pace = Pace(clock.run, 2**-10)
    pace.time()
    assert clock.calls == [1, 1], "which looks long enough"
    for _ in range(10):
        pace.time()
    assert clock.calls[-1] == 512
    assert pace.best == 2**-20


def test_a_program_that_has_stopped_cannot_be_timed() -> None:
    with pytest.raises(RuntimeError, match="stopped"):
        Pace(lambda steps: 0, 1.0).time()


def test_runs_in_turn() -> None:
    order = []

    def run(name: str, rate: float) -> Run:
        order.append(name)
        return Run(100, 100 / rate, 7.0)

    rates = list(in_turn({"one": lambda: run("one", 50.0), "two": lambda: run("two", 100.0)}, 3))
    assert order == ["one", "two"] * 3
    assert rates[-1] == [{"one": 50.0, "two": 100.0}] * 3


@pytest.mark.parametrize("other", [Run(101, 1.0, 7.0), Run(100, 1.0, 8.0)])
def test_runs_that_differ_are_not_compared(other: Run) -> None:
    with pytest.raises(RuntimeError, match="equal"):
        next(in_turn({"one": lambda: Run(100, 2.0, 7.0), "two": lambda: other}, 1))


def test_the_rate_of_a_run() -> None:
    assert math.isclose(Run(30, 1.5, 0.0).rate, 20)
