"""State images that are truncated, damaged or made in bad faith: each ends in an ImageError and nothing else."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccc.errors import ImageError
from ccc.machine import (
    MAX_CELLS,
    REGISTERS,
    Image,
    State,
    read_image,
)
from ccc.machine.image import encode_image
from tests.machine.image_forge import SAMPLE, put_together, take_apart

# ----------------------------------------------------------------------------------------- truncated and damaged


def test_every_truncation_is_refused(load: Callable[[bytes], Image]) -> None:
    raw = encode_image(SAMPLE)
    for length in range(len(raw)):
        with pytest.raises(ImageError):
            load(raw[:length])


@pytest.mark.parametrize("tail", [b"\0", b"x" * 8, b"\0" * 4096])
def test_bytes_at_the_end_are_refused(load: Callable[[bytes], Image], tail: bytes) -> None:
    with pytest.raises(ImageError):
        load(encode_image(SAMPLE) + tail)


def test_every_flipped_bit_of_the_numbers_is_noticed(load: Callable[[bytes], Image]) -> None:
    raw = encode_image(SAMPLE)
    _, data = take_apart()
    for place in range(len(raw) - len(data), len(raw)):
        for bit in (0, 3, 7):
            bad = bytearray(raw)
            bad[place] ^= 1 << bit
            with pytest.raises(ImageError):
                load(bytes(bad))


def test_a_flipped_byte_of_the_header_is_refused_or_harmless(load: Callable[[bytes], Image]) -> None:
    raw = encode_image(SAMPLE)
    _, data = take_apart()
    for place in range(len(raw) - len(data)):
        for mask in (0x01, 0x20, 0x80, 0xFF):
            bad = bytearray(raw)
            bad[place] ^= mask
            try:
                image = load(bytes(bad))
            except ImageError:
                continue
            assert image.state.same(SAMPLE.state)
            assert (image.dialect, image.width) == (SAMPLE.dialect, SAMPLE.width)


@given(raw=st.binary(max_size=200), length=st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 250)))
def test_noise_is_refused(raw: bytes, length: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.bin"
    path.write_bytes(struct.pack("<Q", length) + raw)
    with pytest.raises(ImageError):
        read_image(path)


def test_an_empty_file_is_refused(load: Callable[[bytes], Image]) -> None:
    with pytest.raises(ImageError):
        load(b"")


# -------------------------------------------------------------------------------------------------------- header


@pytest.mark.parametrize("length", [2**60, 2**64 - 1, 2**63, 2**32, 1 << 26, (1 << 26) + 1])
def test_an_oversized_header_is_refused(load: Callable[[bytes], Image], length: int) -> None:
    with pytest.raises(ImageError):
        load(struct.pack("<Q", length) + encode_image(SAMPLE)[8:])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"5",
        b'"cells"',
        b"{",
        b"\xff\xfe\xfd",
        b'{"cells": "\xff"}',
        '{"cells": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"__metadata__": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"9" * 100_000,
        b"NaN",
        b"\0" * 100,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_a_header_that_is_none_is_refused(load: Callable[[bytes], Image], text: bytes) -> None:
    with pytest.raises(ImageError):
        load(put_together(text, take_apart()[1]))


@pytest.mark.parametrize("value", [None, [], [1], "x", 5, 1.5, True, {}, {"format": "ccc-state-0"}, {"format": []}])
def test_metadata_of_another_kind_is_refused(load: Callable[[bytes], Image], value: Any) -> None:
    header, data = take_apart()
    header["__metadata__"] = value
    with pytest.raises(ImageError):
        load(put_together(header, data))


def test_no_metadata_is_refused(load: Callable[[bytes], Image]) -> None:
    header, data = take_apart()
    del header["__metadata__"]
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize("key", sorted(take_apart()[0]["__metadata__"]))
@pytest.mark.parametrize(
    "value",
    [None, 5, float("inf"), float("nan"), [], {}, True, "", "null", "5", '"x"', "[[]]", "[null]", "[" * 100_000,
     "9" * 5000, "\ud800", "NaN", "Infinity", "\0", '{"a": [1]}', "subleq-none"],
    ids=lambda value: repr(value)[:16],
)  # fmt: skip
def test_metadata_with_a_wrong_entry_is_refused(load: Callable[[bytes], Image], key: str, value: Any) -> None:
    header, data = take_apart()
    header["__metadata__"][key] = value
    with pytest.raises(ImageError) as caught:
        load(put_together(header, data))
    assert len(caught.value.render()) < 1000, "the message repeats what the file says at any length"


@pytest.mark.parametrize("key", sorted(take_apart()[0]["__metadata__"]))
def test_metadata_without_an_entry_is_refused(load: Callable[[bytes], Image], key: str) -> None:
    header, data = take_apart()
    del header["__metadata__"][key]
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e400", "1.5", '"3"', "true", "null", "[]", "{}",
                                   "9" * 4000, '"x"'])  # fmt: skip
@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("symbols", '{"a": %s}'),
        ("layout", '[["data", 0, %s]]'),
        ("layout", '[["data", %s, 8]]'),
        ("source", '[[%s, 3, "f", 1, "t"]]'),
        ("source", '[[0, %s, "f", 1, "t"]]'),
        ("source", '[[0, 3, "f", %s, "t"]]'),
    ],
)
def test_what_is_no_whole_number_is_refused(load: Callable[[bytes], Image], key: str, text: str, value: str) -> None:
    header, data = take_apart()
    header["__metadata__"][key] = text % value
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize(
    "blocks",
    [
        [["a", 0, 9]],
        [["a", -1, 3]],
        [["a", 3, 2]],
        [["a", 0, 4], ["b", 3, 8]],
        [["b", 4, 8], ["a", 0, 4]],
        [["a", 0]],
        [[]],
        [5],
        [["a", 0, 2**70]],
    ],
)
def test_a_layout_that_does_not_fit_is_refused(load: Callable[[bytes], Image], blocks: list[Any]) -> None:
    header, data = take_apart()
    header["__metadata__"]["layout"] = json.dumps(blocks)
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize(
    ("change", "value"),
    [("width", "8"), ("width", "32"), ("width", "64"), ("width", "0"), ("width", "-16"), ("dialect", "subleq"),
     ("dialect", "subleq-modulo"), ("dialect", "CCC"), ("registers", json.dumps(REGISTERS[::-1])),
     ("checksum", "0" * 64)],
)  # fmt: skip
def test_other_settings_do_not_match_the_checksum(load: Callable[[bytes], Image], change: str, value: str) -> None:
    header, data = take_apart()
    header["__metadata__"][change] = value
    with pytest.raises(ImageError):
        load(put_together(header, data))


# ------------------------------------------------------------------------------------------------------- tensors


@pytest.mark.parametrize("name", ["cells", "registers"])
@pytest.mark.parametrize(
    "entry",
    [
        None,
        5,
        [],
        "x",
        {},
        {"dtype": "F32"},
        {"dtype": "F64 "},
        {"dtype": "I64"},
        {"dtype": "BF16"},
        {"dtype": None},
        {"shape": []},
        {"shape": [1, 7]},
        {"shape": [8, 1]},
        {"shape": 8},
        {"shape": "8"},
        {"shape": ["8"]},
        {"shape": [8.0]},
        {"shape": [-8]},
        {"shape": [0]},
        {"shape": [2**61]},
        {"shape": [2**64]},
        {"shape": [2**40]},
        {"shape": [10**300]},
        {"shape": None},
        {"data_offsets": []},
        {"data_offsets": [0]},
        {"data_offsets": [0, 8, 16]},
        {"data_offsets": [64, 0]},
        {"data_offsets": [-8, 56]},
        {"data_offsets": [-64, 0]},
        {"data_offsets": [0, 2**60]},
        {"data_offsets": [2**60, 2**60 + 64]},
        {"data_offsets": [0.0, 64.0]},
        {"data_offsets": ["0", "64"]},
        {"data_offsets": [None, None]},
        {"data_offsets": {"0": 0, "64": 64}},
        {"data_offsets": [0, 2**63], "shape": [2**60]},
        {"data_offsets": [0, 8 * 10**200], "shape": [10**200]},
    ],
    ids=repr,
)
def test_a_tensor_of_another_kind_is_refused(load: Callable[[bytes], Image], name: str, entry: Any) -> None:
    header, data = take_apart()
    header[name] = header[name] | entry if isinstance(entry, dict) and entry else entry
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize("name", ["cells", "registers"])
@pytest.mark.parametrize("key", ["dtype", "shape", "data_offsets"])
def test_a_tensor_without_a_field_is_refused(load: Callable[[bytes], Image], name: str, key: str) -> None:
    header, data = take_apart()
    del header[name][key]
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize("missing", [("cells",), ("registers",), ("cells", "registers")])
def test_a_missing_tensor_is_refused(load: Callable[[bytes], Image], missing: tuple[str, ...]) -> None:
    header, data = take_apart()
    for name in missing:
        del header[name]
    with pytest.raises(ImageError):
        load(put_together(header, data))


@pytest.mark.parametrize("count", [0, 1])
def test_an_extra_tensor_is_refused(load: Callable[[bytes], Image], count: int) -> None:
    header, data = take_apart()
    header["more"] = {"dtype": "F64", "shape": [count], "data_offsets": [len(data), len(data) + 8 * count]}
    with pytest.raises(ImageError):
        load(put_together(header, data + bytes(8 * count)))


def test_overlapping_tensors_are_refused(load: Callable[[bytes], Image]) -> None:
    """Both start at 0: the sizes add up to the file's, but eight numbers are read twice and eight never."""
    numbers = [0.0, 8.0, 8.0, 8.0, 0.0, 8.0, 0.0, 0.0]
    header, data = take_apart(Image(State(np.array(numbers), np.array(numbers))))
    header["registers"]["data_offsets"] = [0, 64]
    assert header["cells"]["data_offsets"] == [0, 64]
    with pytest.raises(ImageError):
        load(put_together(header, data[:64] + bytes(64)))


def test_bytes_that_belong_to_no_tensor_are_refused(load: Callable[[bytes], Image]) -> None:
    header, data = take_apart()
    for entry in (header["cells"], header["registers"]):
        entry["data_offsets"] = [place + 8 for place in entry["data_offsets"]]
    with pytest.raises(ImageError):
        load(put_together(header, bytes(8) + data))


@pytest.mark.parametrize("count", [MAX_CELLS + 1, 2**40, 2**60])
def test_a_huge_shape_takes_no_memory(load: Callable[[bytes], Image], count: int) -> None:
    header, data = take_apart()
    header["cells"] |= {"shape": [count], "data_offsets": [0, 8 * count]}
    raw = put_together(header, data)
    tracemalloc.start()
    try:
        with pytest.raises(ImageError):
            load(raw)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_huge_sparse_file_takes_no_memory(tmp_path: Path) -> None:
    """The file is as large as it says, but that is more than a memory may hold."""
    path, count = tmp_path / "state.bin", 1 << 30
    header, _ = take_apart()
    header["cells"] = {"dtype": "F64", "shape": [count], "data_offsets": [0, 8 * count]}
    header["registers"]["data_offsets"] = [8 * count, 8 * count + 56]
    raw = put_together(header, b"")
    path.write_bytes(raw)
    try:
        os.truncate(path, len(raw) + 8 * count + 56)
    except OSError:
        pytest.skip("this file system has no sparse files of 8 GiB")
    tracemalloc.start()
    try:
        with pytest.raises(ImageError):
            read_image(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
