"""What is recorded of a training: points, event files that are read back, and the plot."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ccc.bench.training import check_plot, write_curves
from ccc.errors import FileError, UsageError
from ccc.learn.gradient import Gradient, Options
from ccc.learn.gradient.curves import Curves, Place, Point
from ccc.learn.gradient.tensorboard import EventLog, tag_of
from ccc.learn.model import Budget
from tests.learn.gradient.event_files import events
from tests.learn.gradient.sketches import PAIR, PAIRS, search_of

OPTIONS = Options(restarts=16, iterations=50, repair=0)


@pytest.fixture(scope="module")
def points() -> list[Point]:
    """Of a function that nothing finds."""
    found: list[Point] = []
    problem = search_of(PAIR, lambda a, b: {"y": (a * 7919 + b * b * 31) % 101}, PAIRS).problem
    for _ in Gradient(OPTIONS, [found.append]).search(problem, Budget(600, 8_000), 0, lambda progress: None):
        pass
    return found


def point(batch: int, iteration: int, arm: int = 0) -> Point:
    place = Place(arm, "2 steps, n times", ("add", "mul"), batch, 100 * batch + iteration)
    alpha = np.array([[0.25, 0.75], [1.0, 0.0]])
    return Point(place, iteration, 1.0 / iteration, 0.5 / iteration, 0.5, 1.0, 0.0, alpha)


def test_every_look_is_a_point(points: list[Point]) -> None:
    first = [one for one in points if (one.place.arm, one.place.batch) == (points[0].place.arm, 0)]
    assert [one.iteration for one in first] == [20, 40, 50]
    assert len({one.place.arm for one in points}) > 1
    assert [one.place.candidates for one in points] == sorted({one.place.candidates for one in points})
    assert points[0].place.candidates == 21 * OPTIONS.restarts
    for one in points:
        assert 0 < one.best <= one.median
        assert 0 < one.entropy < 1
        assert 0 <= one.right <= 1
        assert one.alpha.shape[1] == len(one.place.skills)
        assert np.allclose(one.alpha.sum(1), 1)
        assert one.place.sketch.startswith(f"{len(one.alpha)} step")
    assert first[-1].median < first[0].median
    assert first[0].temperature > first[-1].temperature == pytest.approx(0.25)


def test_event_files_say_what_was_recorded(points: list[Point], tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    with EventLog(tmp_path / "log", OPTIONS.iterations) as log:
        for one in points:
            log.add(one)
    read = {(tag, step): value for tag, step, value in events(tmp_path / "log")}
    for one in points:
        at = one.place.batch * OPTIONS.iterations + one.iteration
        name = tag_of(one)
        assert read[f"{name}/loss/median", at] == pytest.approx(one.median)
        assert read[f"{name}/loss/best", at] == pytest.approx(one.best)
        assert read[f"{name}/entropy", at] == pytest.approx(one.entropy)
        assert read[f"{name}/temperature", at] == pytest.approx(one.temperature)
        assert read[f"{name}/right", at] == one.right
        for t, row in enumerate(one.alpha):
            for skill, weight in zip(one.place.skills, row, strict=True):
                assert read[f"{name}/alpha/step_{t + 1}/{skill}", at] == pytest.approx(weight)
    assert len(read) == sum(5 + one.alpha.size for one in points)


def test_batches_do_not_overlap_in_event_files(tmp_path: Path) -> None:
    """A batch may go on after its iterations, while rows are decided."""
    pytest.importorskip("tensorboardX")
    with EventLog(tmp_path / "log", 50) as log:
        for batch, last in ((0, 74), (1, 50), (2, 50), (4, 50)):
            log.add(point(batch, 20))
            log.add(point(batch, last))
    steps = [step for tag, step, _ in events(tmp_path / "log") if tag == "1_2_steps_n_times/loss/best"]
    assert steps == [20, 74, 94, 124, 144, 174, 220, 250]


def test_an_event_log_needs_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileError, match="cannot write"):
        EventLog(tmp_path / "file", 50)
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("name", ["tensorboardX", "matplotlib"])
def test_without_the_library(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    use = partial(check_plot, "a.svg") if name == "matplotlib" else partial(EventLog, tmp_path / "log", 50)
    with pytest.raises(UsageError, match=f"need.* {name}, which is not installed"):
        use()
    assert list(tmp_path.iterdir()) == []


def test_the_plot_shows_sketches_and_skills(points: list[Point], tmp_path: Path) -> None:
    curves = Curves()
    for one in points:
        curves.add(one)
    for name in ("a.svg", "b.svg", "c.PNG"):
        write_curves(curves, tmp_path / name, "odd, trained")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "c.PNG").read_bytes()[1:4] == b"PNG"
    text = " ".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())
    last = points[-1]
    for part in ("odd, trained", last.place.sketch, f"alpha of step {len(last.alpha)}", "candidates"):
        assert part in text
    for row in last.alpha:
        assert last.place.skills[int(row.argmax())] in text


def test_nothing_recorded_is_a_plot_too(tmp_path: Path) -> None:
    write_curves(Curves(), tmp_path / "a.svg", "none")
    assert "none" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match=r"ends in \.svg or \.png"):
        check_plot(tmp_path / "a.jpg")


def test_long_runs_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccc.learn.gradient.curves._MOST", 64)
    curves = Curves()
    for batch in range(50):
        for iteration in range(20, 420, 20):
            curves.add(point(batch, iteration))
    assert 32 <= len(curves.rows) <= 64
    at = [row.candidates for row in curves.rows]
    assert at == sorted(at)
    gaps = np.diff([row.batch * 20 + row.iteration // 20 for row in curves.rows])
    assert len(set(gaps.tolist())) == 1, "what is kept is spread evenly"
    assert [one.iteration for one in curves.latest] == list(range(20, 420, 20))
    assert {one.place.batch for one in curves.latest} == {49}
