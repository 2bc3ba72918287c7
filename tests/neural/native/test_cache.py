"""Machine code kept on disk: used by the next process, and only where it is sound and nobody else could have put it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ccc.isa import DIALECTS
from ccc.machine import write_image
from ccc.neural import perturb
from ccc.neural.native import cache, network
from tests.architecture.source_tree import ROOT
from tests.neural.helpers import model_of
from tests.neural.native.runs import image_of

SUBLEQ = DIALECTS["subleq"]
PROGRAM = image_of([9.0, 10.0, 3.0, 9.0, 10.0, 6.0, -1.0, 10.0, 0.0, 2.0, 40.0], ("subleq", 32))
CODE = """
import sys
from ccc.machine import read_image
from ccc.neural.native import NativeExecutor
native = NativeExecutor()
native.start(read_image(sys.argv[1]))
native.run(2)
print(native.state().cells[10], native.dense_steps, "torch" in sys.modules)
"""


def in_process(image: Path, home: Path) -> str:
    """What a process of its own prints, with its cache below `home`."""
    environment = os.environ | {"XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(image)],
        capture_output=True, text=True, timeout=120, check=False, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    write_image(tmp_path / "state.bin", PROGRAM)
    return tmp_path / "state.bin"


def test_a_second_process_does_not_load_torch(image: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert in_process(image, home) == "36.0 0 True"
    files = sorted((home / "ccc" / "native").iterdir())
    before = [file.read_bytes() for file in files]
    assert in_process(image, home) == "36.0 0 False"
    assert [file.read_bytes() for file in files] == before
    assert stat.S_IMODE((home / "ccc" / "native").stat().st_mode) == 0o700


def made(model=None) -> bytes:
    """What is kept after the small network was asked for, the larger of the two files."""
    model = model or model_of(("subleq", 32))
    assert network.network_of(model, checksum=False) is not None
    return max((path.read_bytes() for path in cache.folder().iterdir()), key=len)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("lowered again")


def test_code_is_taken_from_the_cache(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made()
    network._loaded.clear()
    monkeypatch.setattr(network, "_make", refuse)
    assert network.network_of(model_of(("subleq", 32)), checksum=False) is not None


@pytest.mark.parametrize(
    "damage",
    {
        "cut short": lambda content: content[: len(content) // 2],
        "empty": lambda content: b"",
        "a byte changed": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "another header": lambda content: b"[1, 2]\n" + content.partition(b"\n")[2],
        "no header": lambda content: b"not json\n" + content.partition(b"\n")[2],
        "something behind": lambda content: content + b"x",
    }.items(),
    ids=lambda entry: entry[0],
)
def test_damage_is_seen_and_mended(damage, own_cache: Path) -> None:
    content = made()
    path = only_file(own_cache)
    path.write_bytes(damage[1](content))
    assert cache.load(path.name) is None
    network._loaded.clear()
    assert made() == content


@pytest.mark.parametrize("header", [{}, {"interface": 3}, {"interface": {"places": {}}}])
def test_a_header_that_says_nothing_sound_is_not_used(header, own_cache: Path) -> None:
    content = made()
    path = only_file(own_cache)
    cache.store(path.name, header, b"no machine code")
    network._loaded.clear()
    assert made() == content


def test_code_that_is_no_code_is_made_again(own_cache: Path) -> None:
    content = made()
    path = only_file(own_cache)
    header = cache.load(path.name)
    assert header is not None
    cache.store(path.name, header[0], b"no machine code")
    network._loaded.clear()
    assert made() == content


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_to_is_not_used(mode: int, own_cache: Path) -> None:
    made()
    path = only_file(own_cache)
    own_cache.chmod(mode)
    assert cache.load(path.name) is None
    cache.store("other", {}, b"content")
    assert [file.name for file in own_cache.iterdir()] == [path.name]
    own_cache.chmod(0o700)
    assert cache.load(path.name) is not None
    path.chmod(0o622)
    assert cache.load(path.name) is None


def test_no_place_for_a_cache_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "file" / "native")
    monkeypatch.setattr(network, "_loaded", {})
    assert network.network_of(model_of(("subleq", 32)), checksum=False) is not None
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_folder_that_may_not_be_written_to_does_no_harm(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(cache, "write_atomic", denied)
    assert network.network_of(model_of(("subleq", 32)), checksum=False) is not None
    assert list(own_cache.iterdir()) == []


def test_each_set_of_weights_has_its_own_code(own_cache: Path) -> None:
    model = model_of(("subleq", 32))
    changed, _ = perturb(model, "subtract.step.0.value[cpu]", 6.0)
    made(model)
    (first,) = own_cache.iterdir()
    made(changed)
    assert len(list(own_cache.iterdir())) == 2
    network.network_of(model, checksum=True)
    assert len(list(own_cache.iterdir())) == 3
    contents = {path.read_bytes() for path in own_cache.iterdir()}
    assert len(contents) == 3
    assert first.read_bytes() in contents


def test_other_sources_mean_other_code(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made()
    network._loaded.clear()
    monkeypatch.setattr(cache, "digest_of_sources", lambda rooms: "changed")
    made()
    assert len(list(own_cache.iterdir())) == 2


def test_an_altered_header_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.store("key", {"width": 38}, b"code")
    path = cache.folder() / "key"
    assert cache.load("key") == ({"width": 38}, b"code")
    path.write_bytes(path.read_bytes().replace(b"38", b"39"))
    assert cache.load("key") is None
    cache.store("key", {"width": 38}, b"code")
    path.rename(cache.folder() / "other")
    assert cache.load("other") is None, "under another key it is another network's"


def test_what_is_no_ordinary_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.folder().mkdir(mode=0o700, parents=True)
    os.mkfifo(cache.folder() / "key")
    assert cache.load("key") is None


def test_the_cache_does_not_grow_without_end(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 8)
    for number in range(8):
        cache.store(f"key{number}", {"number": number}, b"content")
        os.utime(cache.folder() / f"key{number}", (number, number))
    assert cache.load("key1") is not None  # of use again, and so kept
    cache.store("key8", {}, b"content")
    assert sorted(path.name for path in cache.folder().iterdir()) == ["key1", "key4", "key5", "key6", "key7", "key8"]
