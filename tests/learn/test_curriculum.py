"""Curricula: generations on a real pool, going on after kill -9, several runs on one library, no forgetting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccc.errors import UsageError
from ccc.learn import methods
from ccc.learn.curriculum import Curriculum, Plan, specs_in
from ccc.learn.page import report_page
from ccc.learn.pool import Outcome, Task
from ccc.learn.pool_processes import ProcessPool
from ccc.learn.results import Results
from ccc.learn.summary import summarise, text_lines
from ccc.learn.tasks import perform
from ccc.skills import Library, call_skill
from ccc.skills.folders import own_library
from tests.architecture.source_tree import ROOT
from tests.learn.brute import Brute
from tests.learn.specs import write_spec

WORKER = (sys.executable, "-m", "tests.learn.brute_worker")
ATOMS = ("add", "mul", "sub")


class Inline:
    """A pool of this process alone. stop: raise KeyboardInterrupt after so many tasks, as Ctrl-C would."""

    def __init__(self, stop: int | None = None) -> None:
        self.done: list[tuple[str, Outcome]] = []
        self._stop = stop

    def run(self, tasks: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
        while tasks:
            task = json.loads(json.dumps(tasks.popleft()))  # it must be plain data
            if len(self.done) == self._stop:
                raise KeyboardInterrupt
            outcome = json.loads(json.dumps(perform(task, lambda kind, value: None)))
            self.done.append((task["name"], outcome))
            yield task, outcome

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def brute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "SEARCHERS", {"brute": Brute})


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """Two steps: fourth needs square, or is too far away."""
    folder = tmp_path / "specs"
    folder.mkdir()
    write_spec(folder, "square_plus", "x * x + y", use="null", more="numbers: []\n")
    write_spec(folder, "fourth_plus", "(x * x + y) * (x * x + y) + y", use="null", more="numbers: []\n")
    return folder


def plan(folder: Path, **options: Any) -> Plan:
    into = folder / "learnt"
    into.mkdir(exist_ok=True)
    own = own_library()
    assert own is not None
    said = {"method": "brute", "shares": (1.0,), "candidates": 500, **options}
    return Plan((into, own), into / "results.jsonl", ATOMS, **said)


def names(outcomes: list[tuple[str, Outcome]], status: str) -> list[str]:
    return [name for name, outcome in outcomes if outcome["status"] == status]


def run(specs: Path, plan: Plan, pool: Any = None) -> tuple[Curriculum, Any]:
    pool = pool or Inline()
    curriculum = Curriculum(specs_in(specs), plan, pool)
    curriculum.run()
    return curriculum, pool


def test_a_generation_builds_on_the_one_before(specs: Path, tmp_path: Path) -> None:
    curriculum, _ = run(specs, plan(tmp_path))
    assert [one.solved for one in curriculum.generations] == [("square_plus",), ("fourth_plus",)]
    assert curriculum.unsolved == ()
    assert curriculum.changed == ()
    library = Library(plan(tmp_path).folders)
    assert call_skill(library, "fourth_plus", {"x": 3, "y": 1}).outputs["z"] == 101
    assert library.card("fourth_plus").generation == 2
    assert library.find("fourth_plus").record.parents == ("square_plus",)  # type: ignore[union-attr]


SHARES = (1 / 50, 1.0)


def rounds(curriculum: Curriculum) -> list[tuple[float, tuple[str, ...]]]:
    return [(one.share, one.solved) for one in curriculum.generations]


def test_a_generation_that_solves_little_brings_a_larger_share(specs: Path, tmp_path: Path) -> None:
    curriculum, _ = run(specs, plan(tmp_path, shares=SHARES))
    assert rounds(curriculum) == [(1 / 50, ()), (1.0, ("square_plus",)), (1.0, ("fourth_plus",))]


def test_a_generation_that_solves_much_brings_the_same_share(specs: Path, tmp_path: Path) -> None:
    curriculum, _ = run(specs, plan(tmp_path, shares=(1.0, 1.5, 2.0)))
    assert rounds(curriculum) == [(1.0, ("square_plus",)), (1.0, ("fourth_plus",))]


@pytest.mark.parametrize("stop", range(1, 5))
def test_a_run_goes_on_with_the_share_that_it_had(specs: Path, tmp_path: Path, stop: int) -> None:
    """Tasks are attempts and tests of skills; after so many the run is interrupted."""
    with pytest.raises(KeyboardInterrupt):
        run(specs, plan(tmp_path, shares=SHARES), Inline(stop))
    run(specs, plan(tmp_path, shares=SHARES))
    entries = Results(plan(tmp_path).results).read()
    begun = [(entry["generation"], entry["share"]) for entry in entries if entry["entry"] == "generation"]
    assert begun == [(1, 1 / 50), (2, 1.0), (3, 1.0)]


@pytest.mark.parametrize("stop", [2, 20])
def test_specs_that_wait_do_not_count(specs: Path, tmp_path: Path, stop: int) -> None:
    """A generation that solves one of two that it can try is followed by one of the same share, interrupted or not."""
    for number in range(12):
        write_spec(specs, f"waits_{number}", "x + y", use=f"[waits_{(number + 1) % 12}]", more="numbers: []\n")
    with pytest.raises(KeyboardInterrupt):
        run(specs, plan(tmp_path, shares=(1.0, 1.5)), Inline(stop))
    run(specs, plan(tmp_path, shares=(1.0, 1.5)))
    entries = Results(plan(tmp_path).results).read()
    shares = [entry["share"] for entry in entries if entry["entry"] == "generation"]
    assert shares == [1.0, 1.0, 1.0, 1.5], "and what waits is not tried on the base alone"


def test_a_part_that_nobody_learns_is_a_mistake(specs: Path, tmp_path: Path) -> None:
    write_spec(specs, "hopes", "x + y", use="[never_learnt]", more="numbers: []\n")
    curriculum, _ = run(specs, plan(tmp_path, shares=SHARES))
    assert list(curriculum.wrong) == ["hopes"]
    assert re.search(r"hopes\.yaml:\d+:\d+: error: .*'never_learnt'", curriculum.wrong["hopes"]["message"])
    assert curriculum.unsolved == ("hopes",)


@pytest.mark.parametrize("stop", [None, 24, 32, 33])
def test_in_the_end_the_base_alone(tmp_path: Path, stop: int | None) -> None:
    """Among many parts, a budget does not reach what it reaches with few: a library must hide nothing."""
    specs = tmp_path / "specs"
    specs.mkdir()
    for number, expression in enumerate(("x + x", "y + y", "x - y", "y - x", "x - x")):
        write_spec(specs, f"easy_{number}", expression, use="null", more="numbers: []\n")
    write_spec(specs, "hard", "(x * y + x) * y", use="null", more="numbers: []\n")
    wanted = plan(tmp_path, shares=SHARES, candidates=4000)
    if stop is not None:
        with pytest.raises(KeyboardInterrupt):
            run(specs, wanted, Inline(stop))
    curriculum, pool = run(specs, wanted)
    entries = Results(wanted.results).read()
    begun = [(one["share"], len(one["parts"]), one["alone"]) for one in entries if one["entry"] == "generation"]
    assert begun == [(1 / 50, 3, False), (1 / 50, 8, False), (1.0, 8, False), (1.0, 3, True)]
    assert curriculum.unsolved == ()
    assert names(pool.done, "learnt")[-1] == "hard"
    text = "\n".join(text_lines(summarise(entries, flat=False)))
    assert "generation 4: 1 of 1 learnt from the 3 skills of the base alone; 3,447 candidates" in text


def test_flat_learns_less_and_adds_nothing(specs: Path, tmp_path: Path) -> None:
    flat = plan(tmp_path, flat=True)
    curriculum, _ = run(specs, flat)
    assert curriculum.generations[0].outcomes["square_plus"]["status"] == "learnt"
    assert curriculum.unsolved == ("fourth_plus",)
    assert Library([flat.into]).names == []
    run(specs, replace(flat, flat=False))
    entries = Results(flat.results).read()
    summary, other = (summarise(entries, flat=which) for which in (False, True))
    assert (len(summary.learnt), len(other.learnt)) == (2, 1)
    assert [number for _, number in summary.curve()] == [1, 2]
    assert summary.curve()[0] == other.curve()[0], "the same search, whether alone or in a curriculum"
    lines = text_lines(summary, other)
    assert "2 of 2 learnt" in lines[-2]
    assert "on generation 0 alone: 1 of 2 learnt" in lines[-1]
    page = report_page("Two <specs>", summary, other)
    assert "Two &lt;specs&gt;" in page
    assert page.count("<svg") == 2
    assert "square_plus(" in page


def test_results_say_all_that_is_asked_for(specs: Path, tmp_path: Path) -> None:
    run(specs, plan(tmp_path))
    learnt = [entry for entry in Results(plan(tmp_path).results).read() if entry.get("status") == "learnt"]
    assert [entry["name"] for entry in learnt] == ["square_plus", "fourth_plus"]
    for entry in learnt:
        assert entry["method"] == "brute"
        assert 0 < entry["candidates"] <= 500
        assert entry["seconds"] > 0
        assert entry["verified"] == {"train": True, "held_out": True, "longer": True, "neural": True}


def test_a_run_that_was_stopped_goes_on(specs: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(specs, plan(tmp_path), Inline(stop=1))
    first = Results(plan(tmp_path).results).read()
    curriculum, pool = run(specs, plan(tmp_path))
    assert curriculum.unsolved == ()
    done = Results(plan(tmp_path).results).read()
    assert done[: len(first)] == first
    tried = [(entry["name"], entry["generation"]) for entry in done if entry["entry"] == "attempt"]
    assert len(tried) == len(set(tried)), "nothing is tried twice"
    assert len([entry for entry in done if entry["entry"] == "generation"]) == 2, "the first goes on as it was begun"
    again, pool = run(specs, plan(tmp_path))
    assert again.unsolved == ()
    assert all(outcome.get("again") for name, outcome in pool.done if name)
    assert [entry for entry in Results(plan(tmp_path).results).read() if entry["entry"] == "attempt"] == [
        entry for entry in done if entry["entry"] == "attempt"
    ]


def test_what_was_installed_but_not_written_down_is_found(specs: Path, tmp_path: Path) -> None:
    """As after kill -9 between the two."""
    whole = plan(tmp_path)
    run(specs, whole)
    before = whole.results.read_text(encoding="utf-8")
    whole.results.unlink()
    curriculum, pool = run(specs, whole)
    assert curriculum.unsolved == ()
    assert all(outcome.get("again") for name, outcome in pool.done if name)
    told = {entry["name"]: entry for entry in Results(whole.results).read() if entry["entry"] == "attempt"}
    for line in before.splitlines():
        entry = json.loads(line)
        if entry.get("status") == "learnt":
            same = ("checksum", "digest", "candidates", "verified", "method")
            assert {key: told[entry["name"]][key] for key in same} == {key: entry[key] for key in same}


def test_another_budget_or_another_spec_is_tried_anew(specs: Path, tmp_path: Path) -> None:
    few = plan(tmp_path, candidates=5)
    curriculum, _ = run(specs, few)
    assert set(curriculum.unsolved) == {"square_plus", "fourth_plus"}
    curriculum, _ = run(specs, replace(few, candidates=500))
    assert curriculum.unsolved == ()
    write_spec(specs, "square_plus", "x * x - y", use="null", more="numbers: []\n")
    curriculum, pool = run(specs, few)
    (wrong,) = names(pool.done, "error")
    assert wrong == "square_plus"
    assert "has another skill 'square_plus' already, learnt from another spec" in str(pool.done)


def test_a_wrong_spec_costs_only_itself(specs: Path, tmp_path: Path) -> None:
    (specs / "broken.yaml").write_text("spec: broken\nkind: integre\n", encoding="utf-8")
    (specs / "no_yaml.yaml").write_text("{", encoding="utf-8")
    (specs / "card.yaml").write_text("skill: other\n", encoding="utf-8")
    curriculum, pool = run(specs, plan(tmp_path))
    assert curriculum.unsolved == ("broken", "no_yaml")
    assert sorted(names(pool.done, "error")) == ["broken", "no_yaml"], "they are tried once"
    lines = text_lines(summarise(Results(plan(tmp_path).results).read(), flat=False))
    assert any(line.startswith("not learnt: broken: error: ") for line in lines)


def test_a_skill_that_changes_is_told(specs: Path, tmp_path: Path) -> None:
    whole = plan(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(specs, whole, Inline(stop=2))
    source = Library([whole.into, *whole.folders]).find("square_plus").source
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(".invoke add", ".invoke sub").replace(".require", ".require sub,"), encoding="utf-8")
    curriculum, _ = run(specs, whole)
    assert "square_plus" in curriculum.changed
    summary = summarise(Results(whole.results).read(), flat=False)
    assert "square_plus" in summary.changed
    assert summary.retested >= 4


def test_folders_of_specs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no spec in"):
        specs_in(tmp_path)
    write_spec(tmp_path, "one", "x + y")
    (tmp_path / "more").mkdir()
    write_spec(tmp_path / "more", "one", "x - y")
    with pytest.raises(UsageError, match="two specs 'one'"):
        specs_in(tmp_path)


# Processes

RUN = """
import sys
from pathlib import Path
from ccc.learn.curriculum import Curriculum, specs_in
from ccc.learn.pool_processes import ProcessPool
from tests.learn.test_curriculum import WORKER, plan
pool = ProcessPool(int(sys.argv[2]), command=WORKER)
curriculum = Curriculum(specs_in(Path(sys.argv[1]) / "specs"), plan(Path(sys.argv[1])), pool)
print("begun", flush=True)
curriculum.run()
pool.close()
print(*curriculum.unsolved)
"""


def begin(folder: Path, jobs: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), str(jobs)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )


def test_killed_at_any_moment_it_goes_on(specs: Path, tmp_path: Path) -> None:
    """Killed again and again, each time a little later, until it comes to its end."""
    results = plan(tmp_path).results
    for delay in (0.0, 1.5, 3.0, 4.5, None):
        process = begin(tmp_path, 2)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        if delay is not None:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate(timeout=300)
        Library(plan(tmp_path).folders).cards()  # no half of a skill is there
    assert rest == "\n"
    entries = Results(results).read()
    learnt = [entry["name"] for entry in entries if entry["entry"] == "attempt" and entry["status"] == "learnt"]
    assert sorted(learnt) == ["fourth_plus", "square_plus"]
    assert not any(entry["changed"] for entry in entries if entry["entry"] == "retest")


def test_several_runs_on_one_library(specs: Path, tmp_path: Path) -> None:
    for name, expression in (("a", "x * y + x"), ("b", "x - y - y"), ("c", "x * y * y")):
        write_spec(specs, name, expression, use="[add, sub, mul]", more="numbers: []\n")
    write_spec(specs, "fourth_plus", "(x * x + y) * (x * x + y) + y", use="[add, square_plus]")
    processes = [begin(tmp_path, 1) for _ in range(2)]
    ends = [process.communicate(timeout=300)[0] for process in processes]
    assert ends == ["begun\n\n"] * 2
    entries = Results(plan(tmp_path).results).read()
    attempts = [entry for entry in entries if entry["entry"] == "attempt"]
    tried = [(entry["name"], entry["library"]) for entry in attempts]
    assert len(tried) == len(set(tried)), "what one tries, the other does not"
    assert len(Library([plan(tmp_path).into]).names) == 5
    assert [entry["generation"] for entry in attempts if entry["name"] == "fourth_plus"] == [2], "it waits for a part"


def test_a_pool_gives_what_one_process_gives(specs: Path, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    run(specs, plan(tmp_path / "alone"))
    pool = ProcessPool(2, command=WORKER)
    run(specs, plan(tmp_path), pool)
    pool.close()

    def said(folder: Path) -> dict[str, Any]:
        entries = Results(plan(folder).results).read()
        keys = ("status", "candidates", "program", "digest", "checksum", "library", "parents")
        return {
            f"{entry['name']} {entry['generation']}": {key: entry.get(key) for key in keys}
            for entry in entries
            if entry["entry"] == "attempt"
        }

    assert said(tmp_path) == said(tmp_path / "alone")
