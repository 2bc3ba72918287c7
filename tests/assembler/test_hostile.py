"""Sources that are noise, or meant to take unbounded time or memory: an error in the tree, soon."""

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.assembler import assemble_file, assemble_text, macros, report
from ccc.errors import CccError, FileError, SourceError, UsageError

VOCABULARY = """
    . .code .data .block stack .fill .org .align .const .macro .endmacro m x y @l @l: x: y: m: 1 2 -3 0.5 ( ) + - * / %
    << >> | & ^ ~ ? = , ; 'a' "hi" .string .cells .reals .pointer .entry .register pc sp .stack .writable .include
    .width 8 .dialect subleq add mov jmp halt push #
"""
WORDS = st.sampled_from([*VOCABULARY.split(), *["\n"] * 5])


def attempt(text: str) -> None:
    try:
        image = assemble_text(text)
    except CccError as error:
        rendered = error.render()
    else:
        rendered = image.checksum
    assert rendered


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    attempt(text)


@settings(max_examples=600, deadline=None)
@given(st.lists(WORDS, max_size=60))
def test_any_words(words: list[str]) -> None:
    attempt(" ".join(words))


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.s"
    path.write_bytes(data)
    with contextlib.suppress(CccError):
        assemble_file(path)


def doubling(count: int, inner: str) -> str:
    text = f".macro m0 x\n{inner}\n.endmacro\n"
    for index in range(1, count):
        text += f".macro m{index} x\nm{index - 1} x + x\nm{index - 1} x + x\n.endmacro\n"
    return text + f"m{count - 1} 1\n"


HOSTILE = {
    "macros double": doubling(60, ""),
    "macros double cells": doubling(24, "x"),
    "macros deep": "".join(f".macro n{i}\nn{i - 1}\n.endmacro\n" for i in range(1, 100)).replace("n0", "halt")
    + "n99\n",
    "huge fill": ".fill 1 << 53",
    "many fills": ".fill 1 << 23\n" * 50,
    "huge align": ". 1\n.align 1 << 40",
    "huge org": ".org 1 << 40",
    "huge stack": ".stack 1 << 40\nhalt",
    "shifts": ". 1 << 64 << 64",
    "squares": "." + " 9007199254740992 * 9007199254740992" * 5,
    "long line": ". " + "1 " * 100_000,
    "long number": ". " + "1" * 60_000,
    "deep parentheses": ". " + "(" * 30_000,
    "deep minus": ". " + "- " * 30_000 + "1",
    "deep literals": ". " + "=(" * 20_000 + "1" + ")" * 20_000,
    "many errors": ".cells x\n" * 1000 + ".cells (\n" * 1000,
    "open string": '. "' + "\\" * 60_000,
    "dots": ".macro a." + "a." * 20_000 + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bounded(name: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(SourceError) as caught:
        assemble_text(HOSTILE[name])
    assert 1 <= len(caught.value.diagnostics) <= 20
    assert time.perf_counter() - begin < 30  # seconds; a guard against growth without bound, no measurement


@pytest.mark.parametrize("body", ["", ". 1"])
def test_macros_that_multiply(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(macros, "MAX_EXPANDED", 5000)
    text = f".macro m0\n{body}\n.endmacro\n"
    text += "".join(f".macro m{i}\nm{i - 1}\nm{i - 1}\n.endmacro\n" for i in range(1, 50))
    with pytest.raises(SourceError, match="macros produce more than"):
        assemble_text(text + "m49")


def test_long_chains_of_constants_are_fine() -> None:
    count = 3000
    lines = [f".const c{i}, c{i + 1} + 1" for i in range(count)]
    image = assemble_text("\n".join([*lines, f".const c{count}, 0", ". c0"]))
    assert image.state.cells[0] == count


def test_a_circle_of_constants() -> None:
    lines = [f".const c{i}, c{(i + 1) % 500}" for i in range(500)]
    with pytest.raises(SourceError, match="defined by itself"):
        assemble_text("\n".join([*lines, ". c0"]))


def test_includes(tmp_path: Path) -> None:
    (tmp_path / "a.s").write_text('.include "b.s"\n. 1\n')
    (tmp_path / "b.s").write_text('\n.include "c.s"')
    (tmp_path / "c.s").write_text('.include "a.s"')
    with pytest.raises(SourceError, match="includes itself") as caught:
        assemble_file(tmp_path / "a.s")
    assert caught.value.diagnostics[0].span.file.endswith("c.s")
    for index in range(100):
        (tmp_path / f"d{index}.s").write_text(f'.include "d{index + 1}.s"')
    with pytest.raises(SourceError, match="more than 64 deep"):
        assemble_file(tmp_path / "d0.s")
    (tmp_path / "e.s").write_text('.include "\\0"\n.include "."\n.include "' + "x" * 5000 + '"')
    with pytest.raises(SourceError) as caught:
        assemble_file(tmp_path / "e.s")
    assert len(caught.value.diagnostics) == 3


def test_text_without_a_folder_includes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        assemble_text('.include "x.s"')
    (tmp_path / "x.s").write_text(". 5")
    assert assemble_text('.include "x.s"', base=tmp_path).state.cells.tolist() == [5]


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no dialect"):
        assemble_text(". 1", dialect="sublek")
    with pytest.raises(UsageError, match="word width"):
        assemble_text(". 1", width=64)
    with pytest.raises(FileError):
        assemble_file(tmp_path / "nowhere.s")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "latin.s"
    path.write_bytes(b". 1\n# caf\xe9\n")
    with pytest.raises(SourceError, match="not UTF-8") as caught:
        assemble_file(path)
    assert caught.value.diagnostics[0].span.line == 2


def test_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "windows.s"
    path.write_bytes(b"\xef\xbb\xbf. 1 2\r\nx: . x\r\n")
    assert assemble_file(path).state.cells.tolist() == [1, 2, 2]


def test_too_much_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MAX_SOURCE", 100)
    with pytest.raises(SourceError, match="more than 100 bytes of source"):
        assemble_text("# " + "x" * 200)
    path = tmp_path / "long.s"
    path.write_text("# " + "x" * 200)
    with pytest.raises(FileError, match="larger than the 100 bytes"):
        assemble_file(path)
    with pytest.raises(SourceError, match="larger than the"):
        assemble_text('.include "long.s"', base=tmp_path)
