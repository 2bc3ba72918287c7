"""Writing files: what a rename must not replace, and what is found before long work."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ccc.errors import FileError
from ccc.files import atomic_writer, check_writable, write_atomic


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)
    for write in (lambda: write_atomic(pipe, b"data"), lambda: write_text(pipe, "data")):
        thread = threading.Thread(target=write)
        thread.start()
        assert pipe.read_bytes() == b"data"
        thread.join()
    assert pipe.is_fifo()


def write_text(path: Path, text: str) -> None:
    with atomic_writer(path) as file:
        file.write(text)


@pytest.mark.parametrize("device", ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_device_stays_a_device(device: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = os.lstat(device).st_mode
    write_atomic(device, b"one ")
    assert os.lstat(device).st_mode == before
    write_text(Path(device), "two")
    assert os.lstat(device).st_mode == before


def test_a_link_stays_and_leads_to_the_new_text(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "new"
    assert (tmp_path / "file").stat().st_mode & 0o111 == 0


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o640)
    write_text(path, "new")
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_after_an_exception_the_old_file_is_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")

    def fail() -> None:
        with atomic_writer(path) as file:
            file.write("new")
            raise error

    with pytest.raises((error, FileError)):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["absent/file", ".", "file/below", "a\0b", "x" * 5000, "circle"])
def test_what_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    before = sorted(tmp_path.iterdir())
    for attempt in (check_writable, lambda path: write_atomic(path, b""), lambda path: write_text(path, "")):
        with pytest.raises(FileError, match="cannot write"):
            attempt(tmp_path / place)
    assert sorted(tmp_path.iterdir()) == before


def test_asking_writes_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "new")
    assert not list(tmp_path.iterdir())
