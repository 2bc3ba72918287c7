"""Learnt skills in a library: whole or not at all, whoever is killed, however many install."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ccc.errors import CccError, FileError, SkillError
from ccc.learn.install import install
from ccc.learn.model import Spec
from ccc.learn.verify import Checked, Verification, verify
from ccc.skills import Library
from ccc.skills import testing as skill_testing
from tests.learn.programs import ATOMS, LOOP, OUTER, ROOT, atoms, gcd_spec, program

FOUND = program(LOOP, OUTER)
PASSED = Verification(Checked(8, 8, 80), Checked(20, 20, 200), Checked(5, 5, 50), neural=True, length=6)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return gcd_spec(tmp_path_factory.mktemp("gcd"))


def test_a_learnt_skill_is_one_of_the_library(spec: Spec, tmp_path: Path) -> None:
    found = verify(FOUND, spec, atoms())
    assert install(found=FOUND, verification=found, spec=spec, library=atoms(), folder=tmp_path, seconds=1.5, seed=3)
    library = Library([tmp_path, ATOMS])
    assert [skill.name for skill in Library([tmp_path])] == ["gcd", "gcd_loop"]
    assert (library.card("gcd").generation, library.card("gcd_loop").generation) == (1, 1)
    assert library.card("gcd").description == spec.card.description
    tester = skill_testing.Tester(library)
    for name in ("gcd", "gcd_loop"):
        report = tester.test(name)
        assert report.passed
        assert report.tests == 4
    record = library.find("gcd").record
    assert record is not None
    assert (record.parents, record.helpers, record.seed, record.seconds) == (("mod", "mov"), ("gcd_loop",), 3, 1.5)
    assert (record.spec, record.method, record.candidates) == (spec.checksum, "by hand", 2)
    assert (record.program_length, record.instructions) == (6, found.instructions)
    assert record.verified == {"train": 8, "held_out": 20, "longer": 5}
    mixture = library.find("gcd").mixture
    assert mixture is not None
    assert [step.term.skill for step in mixture.steps] == ["mov", "mov", "gcd_loop"]
    assert library.find("gcd_loop").mixture is not None
    assert library.find("mov").mixture is None
    assert library.find("mov").record is None


def test_what_is_there_stays(spec: Spec, tmp_path: Path) -> None:
    assert install(FOUND, PASSED, spec, atoms(), tmp_path, 1.0, 0)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert not install(FOUND, PASSED, spec, atoms(), tmp_path, 2.0, 1)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_only_what_is_verified_and_fits(spec: Spec, tmp_path: Path) -> None:
    with pytest.raises(SkillError, match="not verified"):
        install(FOUND, replace(PASSED, neural=False), spec, atoms(), tmp_path, 1.0, 0)
    assert not list(tmp_path.iterdir())
    loop = spec.card.path.parent / "other"
    (loop / "gcd_loop").mkdir(parents=True)
    for suffix, text in ((".s", "halt\n"), (".yaml", "skill: gcd_loop\n")):
        (loop / "gcd_loop" / f"gcd_loop{suffix}").write_text(text, encoding="utf-8")
    with pytest.raises(SkillError, match="'gcd_loop', a part of 'gcd', is the name of another skill"):
        install(FOUND, PASSED, spec, atoms(), loop, 1.0, 0)
    (tmp_path / "gcd").mkdir()
    with pytest.raises(SkillError, match="has no skill 'gcd'"):
        install(FOUND, PASSED, spec, atoms(), tmp_path, 1.0, 0)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CccError, match="cannot install"):
        install(FOUND, PASSED, spec, atoms(), tmp_path / "file" / "library", 1.0, 0)


def test_a_failure_leaves_nothing(spec: Spec, tmp_path: Path) -> None:
    """Without the atoms the program cannot be lowered."""
    with pytest.raises(CccError):
        install(FOUND, PASSED, spec, Library([]), tmp_path, 1.0, 0)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-5], "no proper JSON"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "no record of format 1"),
        (lambda text: text.replace('"seed": 0', '"seed": "x"'), "'seed' is missing, or not"),
        (lambda text: text.replace('"parents"', '"other"'), "'parents' is missing"),
        (lambda text: "[" * 100_000, "no proper JSON"),
    ],
)
def test_damaged_records(spec: Spec, tmp_path: Path, change, message: str) -> None:
    install(FOUND, PASSED, spec, atoms(), tmp_path, 1.0, 0)
    path = tmp_path / "gcd" / "gcd.record.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(FileError, match=message):
        _ = Library([tmp_path, ATOMS]).find("gcd").record


WORKER = """
import sys, tempfile
from dataclasses import replace
from pathlib import Path
from ccc.learn.install import install
from tests.learn.programs import LOOP, OUTER, atoms, gcd_spec, program
from tests.learn.test_install import PASSED
folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
spec = gcd_spec(Path(tempfile.mkdtemp(dir=sys.argv[4])))
print("ready", flush=True)
for number in range(first, first + count):
    name = f"gcd{number}"
    texts = [text.replace("gcd_loop", name + "_loop").replace("gcd\\n", name + "\\n") for text in (LOOP, OUTER)]
    this = replace(spec, card=replace(spec.card, name=name))
    new = install(program(*texts), PASSED, this, atoms(), folder, 1.0, 0)
    print(name, new, flush=True)
"""


def worker(folder: Path, first: int, count: int, scratch: Path) -> subprocess.Popen[str]:
    """A process that installs gcd`first` and so on, once it is ready."""
    command = [sys.executable, "-c", WORKER, *map(str, (folder, first, count, scratch))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def check_whole(folder: Path) -> list[str]:
    """Every skill of the library can be used: source, card, mixture and record are there and agree."""
    library = Library([folder, ATOMS])
    names = Library([folder]).names
    for name in names:
        skill = library.find(name)
        assert skill.card.examples
        assert skill.mixture is not None
        if not name.endswith("_loop"):
            assert skill.record is not None
            assert set(skill.record.helpers) <= set(names)
    return names


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Whenever a process is killed: no skill is half there, what it said is there, the next one goes on."""
    folder = tmp_path / "library"
    folder.mkdir()
    for attempt, delay in enumerate((0.0, 0.05, 0.13, 0.3)):
        process = worker(folder, 10 * attempt, 10, tmp_path)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        names = check_whole(folder)
        assert {line.split()[0] for line in said.splitlines()} <= set(names)
    process = worker(folder, 0, 2, tmp_path)
    process.communicate(timeout=100)
    assert process.returncode == 0
    assert {"gcd0", "gcd1", "gcd0_loop", "gcd1_loop"} <= set(check_whole(folder))
    assert not list(folder.glob(".install-*"))


def test_several_processes_on_one_library(tmp_path: Path) -> None:
    """Each skill is installed by exactly one of them."""
    folder = tmp_path / "library"
    folder.mkdir()
    processes = [worker(folder, first, 4, tmp_path) for first in (0, 0, 2)]
    said = [process.communicate(timeout=200)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    new = sorted(line.split()[0] for text in said for line in text.splitlines() if line.endswith("True"))
    assert new == [f"gcd{number}" for number in range(6)]
    assert len(check_whole(folder)) == 12


def test_a_library_is_read_while_skills_come_in(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    process = worker(folder, 0, 8, tmp_path)
    seen = 0
    while process.poll() is None:
        names = Library([folder, ATOMS]).names
        count = sum(name.startswith("gcd") for name in names)
        assert count >= seen
        assert count % 2 == 0
        seen = count
    process.communicate()
    assert process.returncode == 0
    assert len(check_whole(folder)) == 16
    record = json.loads((folder / "gcd7" / "gcd7.record.json").read_text(encoding="utf-8"))
    assert record["skill"] == "gcd7"
