"""The state image: what is written comes back, what an image may hold, and files that fail."""

from __future__ import annotations

import copy
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccc.errors import FileError, ImageError
from ccc.isa import DIALECTS, Fault
from ccc.machine import (
    FRAME_SLOTS_AT,
    SKILL_CELLS,
    SLOT_KINDS,
    WIDTHS,
    Block,
    Image,
    Layout,
    ProgramInfo,
    SkillBlock,
    SourceLine,
    State,
    fresh_registers,
    read_image,
    write_image,
)
from ccc.machine.image import encode_image
from tests.machine.image_forge import SAMPLE, forged, put_together, same, take_apart

# ---------------------------------------------------------------------------------------------------- round trip


def test_sample_comes_back(load: Callable[[bytes], Image]) -> None:
    assert same(load(encode_image(SAMPLE)), SAMPLE)


def test_a_forgery_of_sound_numbers_is_sound(load: Callable[[bytes], Image]) -> None:
    assert load(forged([1.0, 2.0])).state.cells.tolist() == [1.0, 2.0]


_NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)
_NAMES = st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=8)


@st.composite
def images(draw: st.DrawFn) -> Image:
    cells = np.array(draw(st.lists(_NUMBERS, min_size=1, max_size=20)), dtype=np.float64)
    size = len(cells)
    bounds = sorted(draw(st.lists(st.integers(0, size), min_size=3, max_size=3)))
    first, last = sorted(draw(st.lists(st.integers(0, size), min_size=2, max_size=2)))
    low, sp, high = bounds
    fault = draw(st.sampled_from(list(Fault)))
    frames = range(max(low, 1), high - FRAME_SLOTS_AT + 1)
    fp = draw(st.sampled_from([0, *frames]))
    registers = np.array([draw(_NUMBERS), sp, low, high, first, last, int(fault), fp], dtype=np.float64)
    edges = sorted(draw(st.lists(st.integers(0, size), max_size=4)))
    blocks = tuple(Block(draw(_NAMES), a, b) for a, b in zip(edges[::2], edges[1::2], strict=False))
    symbols = draw(st.dictionaries(_NAMES, st.integers(-(2**53), 2**53), max_size=4))
    lines = st.builds(SourceLine, st.integers(0, 20), st.integers(0, 20), _NAMES, st.integers(0, 10**6), _NAMES)
    slots = st.tuples(*[st.lists(_NAMES, max_size=2).map(tuple)] * len(SLOT_KINDS))
    rows = st.builds(SkillBlock, _NAMES, st.integers(0, size - SKILL_CELLS), slots, st.integers(0, 99))
    skills = draw(st.lists(rows, max_size=2)) if size >= SKILL_CELLS else []
    info = ProgramInfo(Layout(blocks), symbols, tuple(draw(st.lists(lines, max_size=3))), skills=tuple(skills))
    return Image(State(cells, registers), DIALECTS["ccc"], draw(st.sampled_from(WIDTHS)), info)


@given(image=images())
def test_round_trip(image: Image, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.bin"
    write_image(path, image)
    assert same(read_image(path), image)


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "subleq-modulo"])
@pytest.mark.parametrize("width", WIDTHS)
def test_round_trip_of_bare_images(load: Callable[[bytes], Image], name: str, width: int) -> None:
    image = Image.bare(np.array([3.0, 4.0, -1.0, -128.0, 127.0]), DIALECTS[name], width)
    assert same(load(encode_image(image)), image)


def test_round_trip_of_a_full_memory(load: Callable[[bytes], Image]) -> None:
    image = Image.bare(np.array([3.0, 4.0, -1.0]), DIALECTS["subleq-modulo"], 8)
    assert image.size == 256
    assert same(load(encode_image(image)), image)


def test_the_same_image_is_the_same_bytes() -> None:
    assert encode_image(SAMPLE) == encode_image(SAMPLE)


def test_other_readers_of_safetensors_understand_it(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    write_image(tmp_path / "state.bin", SAMPLE)
    tensors = load_file(tmp_path / "state.bin")
    assert set(tensors) == {"cells", "registers"}
    assert tensors["cells"].tolist() == SAMPLE.state.cells.tolist()


def test_checksum_covers_what_decides_the_run() -> None:
    def changed(**parts: Any) -> Image:
        state = SAMPLE.state.copy()
        for part, (place, value) in parts.items():
            getattr(state, part)[place] = value
        return SAMPLE.with_state(state)

    others = [
        changed(cells=(0, 3.0000000000000004)),
        changed(registers=(0, 1.0)),
        changed(registers=(6, 1.0)),
        Image(SAMPLE.state, SAMPLE.dialect, 8, SAMPLE.info),
    ]
    assert len({SAMPLE.checksum, *(other.checksum for other in others)}) == 5
    assert Image(SAMPLE.state, SAMPLE.dialect, 16).checksum == SAMPLE.checksum


# ------------------------------------------------------------------------------------------------------- numbers

_SOUND = [0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 0.0, 0.0]  # the registers over 2 cells


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_no_infinity_or_nan_gets_in(load: Callable[[bytes], Image], bad: float) -> None:
    with pytest.raises(ImageError):
        load(forged([1.0, bad]))
    for place in range(len(_SOUND)):
        registers = _SOUND.copy()
        registers[place] = bad
        with pytest.raises(ImageError):
            load(forged([1.0, 2.0], registers))


@pytest.mark.parametrize("registers", [_SOUND, [-0.0, *_SOUND[1:]], [*_SOUND[:4], 2.0, 2.0, -0.0, 0.0]])
def test_no_negative_zero_gets_in(load: Callable[[bytes], Image], registers: list[float]) -> None:
    """Refused, or made +0.0."""
    try:
        state = load(forged([1.0, -0.0], registers)).state
    except ImageError:
        return
    assert not np.signbit(state.cells).any()
    assert not np.signbit(state.registers).any()


def test_no_negative_zero_stands_in_an_image() -> None:
    """Refused, or made +0.0."""
    try:
        image = Image(State(np.array([1.0, -0.0]), np.array([-0.0, *_SOUND[1:]])))
    except ImageError:
        return
    assert not np.signbit(image.state.cells).any()
    assert not np.signbit(image.state.registers).any()


@pytest.mark.parametrize(
    "registers",
    [
        [0.0, 2.5, 2.0, 3.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 3.0, 3.0, 3.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 2.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 2.0, 0.0, 1.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 2.0, -1.0, 2.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 1.0, 0.5, 2.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, -1.0, 2.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 0.0, 3.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 2.0, 1.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 0.5, 2.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 11.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 0.0, 2.0, -1.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 0.5, 0.0],
        [0.0, 1e300, 2.0, 1e300, 0.0, 2.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 1e300, 0.0],
        *([*_SOUND[:7], fp] for fp in (1.0, 0.5, -1.0, 2.0, 1e300)),
        _SOUND[:7],
        [*_SOUND, 0.0],
        [],
    ],
)
def test_unsound_registers_are_refused(load: Callable[[bytes], Image], registers: list[float]) -> None:
    with pytest.raises(ImageError):
        load(forged([1.0, 2.0], registers))


@pytest.mark.parametrize("pc", [0.5, -1.0, 1e300, -5e-324, 2.0])
def test_any_finite_pc_is_a_state(load: Callable[[bytes], Image], pc: float) -> None:
    assert load(forged([1.0, 2.0], [pc, *_SOUND[1:]])).state.pc == pc


def test_no_cells_are_refused(load: Callable[[bytes], Image]) -> None:
    with pytest.raises(ImageError):
        load(forged([], [0.0] * 8))


@pytest.mark.parametrize("bad", [0.5, 128.0, -129.0, 1e300, 5e-324])
@pytest.mark.parametrize("name", [name for name, dialect in DIALECTS.items() if not dialect.extended])
def test_plain_dialects_hold_words_only(name: str, bad: float) -> None:
    with pytest.raises(ImageError):
        Image.bare(np.array([1.0, bad]), DIALECTS[name], 8)


@pytest.mark.parametrize("size", [1, 255, 257])
def test_modulo_needs_the_whole_memory(size: int) -> None:
    with pytest.raises(ImageError):
        Image(State(np.zeros(size), fresh_registers(size)), DIALECTS["subleq-modulo"], 8)


def test_modulo_of_32_bits_is_refused() -> None:
    with pytest.raises(ImageError):
        Image.bare(np.zeros(3), DIALECTS["subleq-modulo"], 32)


@pytest.mark.parametrize("width", [0, 7, 9, 64, -8, 31])
def test_other_widths_are_refused(width: int) -> None:
    with pytest.raises(ImageError):
        Image(SAMPLE.state, SAMPLE.dialect, width)


@pytest.mark.parametrize(
    "cells", [np.zeros((2, 2)), np.zeros(4, dtype=np.float32), np.zeros(0), np.zeros(4, dtype=int)]
)
def test_memory_of_another_kind_is_refused(cells: np.ndarray) -> None:
    with pytest.raises(ImageError):
        Image(State(cells, fresh_registers(len(cells))))


# --------------------------------------------------------------------------------------------------------- files


def test_what_cannot_be_read_is_a_file_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "absent" / "x", tmp_path / "loop", "a\0b", "x" * 5000):
        with pytest.raises(FileError):
            read_image(path)


def test_what_cannot_be_written_is_a_file_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    for path in (tmp_path, tmp_path / "absent" / "x", tmp_path / "file" / "x", tmp_path / ("x" * 5000)):
        with pytest.raises(FileError):
            write_image(path, SAMPLE)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file"]


def test_a_name_with_a_nul_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        write_image(f"{tmp_path}/a\0b", SAMPLE)


def test_a_circle_of_links_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(FileError):
        write_image(tmp_path / "loop", SAMPLE)


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "state.bin"
    write_image(path, SAMPLE)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    other = Image.bare(np.array([1.0, 2.0, 3.0]))
    with pytest.raises(FileError, match="space"):
        write_image(path, other)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.bin"]
    write_image(path, other)
    assert same(read_image(path), other)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.bin"
    write_image(path, SAMPLE)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_image(path, Image.bare(np.array([1.0])))
    assert same(read_image(path), SAMPLE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.bin"]


def test_a_link_is_written_through_and_stays(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state.bin")
    write_image(tmp_path / "link", SAMPLE)
    assert (tmp_path / "link").is_symlink()
    assert same(read_image(tmp_path / "state.bin"), SAMPLE)


def test_a_read_image_stands_on_its_own(load: Callable[[bytes], Image]) -> None:
    """Its arrays can be written: they are no views of the file's bytes."""
    image = load(encode_image(SAMPLE))
    image.state.cells[0] = 99.0
    image.state.registers[0] = 1.0
    assert same(load(encode_image(SAMPLE)), SAMPLE)


def test_the_error_names_the_file(load: Callable[[bytes], Image]) -> None:
    header, data = take_apart()
    broken = copy.deepcopy(header)
    broken["__metadata__"]["checksum"] = ""
    for raw in (b"", put_together(broken, data), put_together({"__metadata__": {"format": "x"}}, data)):
        with pytest.raises(ImageError, match=r"state\.bin"):
            load(raw)
    broken = copy.deepcopy(header)
    broken["cells"]["dtype"] = "F32"
    with pytest.raises(ImageError, match=r"state\.bin"):
        load(put_together(broken, data))
