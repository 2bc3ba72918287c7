"""Drawn cases kept between runs: the same as drawn anew, and drawn anew where anything has changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ccc import cache
from ccc.cache import Cache, key_of
from ccc.learn import spec, spec_drawn
from ccc.learn.cases import key_of as case_key
from ccc.learn.model import Case
from ccc.learn.spec import read_spec

SPEC = """
spec: twice
kind: integer
description: Twice the length.
inputs: {x: "int[n]"}
outputs: {y: int}
constants: {n: int}
reference:
  program: twice.s
  draw:
    train: {cases: 5, n: {integer: [0, 4]}, x: {integer: [-9, 9]}, before: {y: {integer: [1, 3]}}}
    held_out: {cases: 7}
"""
PROGRAM = """
.require helper
.skill twice
    .input x
    .output y
    .constant n
    .scratch value
        .invoke helper, n, y
        ld   value, y
        st   y, value
.endskill
"""
HELPER = """
.skill helper
    .input a
    .output b
    .scratch value, other
        ld   value, a
        ld   other, a
        add  value, other
        st   b, value
.endskill
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec in a folder of its own, with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, text in (("twice.yaml", SPEC), ("twice.s", PROGRAM), ("helper.s", HELPER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "twice.yaml"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets an element whenever cases are drawn."""
    found: list[int] = []
    draw = spec.drawn_cases

    def counted(*arguments: object) -> object:
        found.append(1)
        return draw(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(spec, "drawn_cases", counted)
    return found


def entries() -> list[Path]:
    return sorted(spec_drawn._CACHE.folder.iterdir())


def test_the_second_time_they_are_the_same_and_not_drawn(path: Path, drawn: list[int]) -> None:
    first, second = read_spec(path, ()), read_spec(path, ())
    assert len(drawn) == 1
    assert first.checksum == second.checksum
    assert first.examples.repeated == second.examples.repeated
    for one, other in zip(first.examples.train, second.examples.train, strict=True):
        assert case_key(one) == case_key(other)
        for name, value in one.expected.items():
            assert value.shape == other.expected[name].shape
            assert value.tobytes() == other.expected[name].tobytes()
            assert other.expected[name].dtype == np.float64
    assert any(case.given["n"] == 0 for case in (*second.examples.train, *second.examples.held_out))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("twice.yaml", "cases: 7", "cases: 6"),
        ("twice.s", "st   y, value", "add value, value\n        st   y, value"),
        ("helper.s", "add  value", "sub  value"),
    ],
)
def test_what_has_changed_is_drawn_anew(path: Path, drawn: list[int], name: str, old: str, new: str) -> None:
    before = read_spec(path, ())
    changed = path.with_name(name)
    changed.write_text(changed.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert read_spec(path, ()).checksum != before.checksum
    assert len(drawn) == 2


def test_a_skill_in_a_library_before_the_others_counts(path: Path, drawn: list[int]) -> None:
    first, second = path.parent / "first", path.parent / "second"
    for folder in (first, second):
        folder.mkdir()
    path.with_name("helper.s").rename(second / "helper.s")
    before = read_spec(path, (first, second))
    (first / "helper.s").write_text(HELPER.replace("add ", "sub "), encoding="utf-8")
    assert read_spec(path, (first, second)).checksum != before.checksum
    assert len(drawn) == 2


def test_a_damaged_or_foreign_entry_is_left_alone(path: Path, drawn: list[int]) -> None:
    wanted = read_spec(path, ()).checksum
    (entry,) = entries()
    data = entry.read_bytes()
    flipped = bytes([*data[:-3], data[-3] ^ 1, *data[-2:]])
    for number, damaged in enumerate((b"", b"x", data[:-8], flipped, data + bytes(8)), 2):
        entry.write_bytes(damaged)
        assert read_spec(path, ()).checksum == wanted
        assert len(drawn) == number
    entry.chmod(0o666)  # anybody may have written it
    assert read_spec(path, ()).checksum == wanted
    assert len(drawn) == 7


def test_an_entry_of_another_form_is_drawn_anew(path: Path, drawn: list[int]) -> None:
    wanted = read_spec(path, ()).checksum
    (entry,) = entries()
    found = spec_drawn._CACHE.load(entry.name)
    assert found is not None
    header, content = found
    for number, other in enumerate(({}, {"parts": 3}, {**header, "parts": {"train": [[1, {"x": [9]}, {}, {}]]}}), 2):
        spec_drawn._CACHE.store(entry.name, other, content)
        assert read_spec(path, ()).checksum == wanted
        assert len(drawn) == number


def test_arrays_come_back_bit_for_bit() -> None:
    case = Case(
        {"n": np.asarray(0.0), "x": np.zeros((0, 3)), "y": np.array([5e-324, -1.5, 1e308])},
        {"z": np.array([[1.0, -2.0]])},
        {"z": np.array([[0.0, 4.0]])},
        times=3,
    )
    found = spec_drawn._decoded(*spec_drawn._encoded(({"train": [case, case], "longer": []}, 2)))
    assert found is not None
    parts, repeated = found
    assert (list(parts), repeated, len(parts["train"])) == (["train", "longer"], 2, 2)
    for kind in ("given", "expected", "before"):
        one, other = getattr(case, kind), getattr(parts["train"][1], kind)
        assert list(one) == list(other)
        assert all(np.array_equal(one[name], other[name]) and one[name].shape == other[name].shape for name in one)
    assert parts["train"][1].times == 3


def test_a_cache_keeps_within_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "_LOOK_EVERY", 1)
    kept = Cache("some", largest=1000, entries=8, total=2000)
    kept.store(key_of(("large",)), {}, bytes(1000))
    assert not list(kept.folder.glob("*"))
    for number in range(50):
        kept.store(key_of((number,)), {"number": number}, bytes(number))
        files = list(kept.folder.iterdir())
        assert len(files) <= 8
        assert sum(file.stat().st_size for file in files) <= 2000
    assert kept.load(key_of((49,))) == ({"number": 49}, bytes(49))
    assert kept.load(key_of((0,))) is None


def test_nothing_is_kept_where_nothing_can_be_written(path: Path, drawn: list[int], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder would be", encoding="utf-8")
    assert read_spec(path, ()).checksum == read_spec(path, ()).checksum
    assert len(drawn) == 2
