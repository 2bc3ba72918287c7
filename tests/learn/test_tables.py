"""Data files: the same cases in every format; places of mistakes; what is hostile."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccc.errors import CardError, CccError
from ccc.learn.arrays import MAX_BYTES, read_arrays
from ccc.learn.cases import Signature, key_of
from ccc.learn.tables import read_table
from ccc.skills.cards import parse_card

CARD = parse_card(
    "skill: f\nkind: real\ndescription: F.\n"
    'inputs: {c: int, x: "int[n]", m: "real[n, 2]"}\noutputs: {y: int}\nconstants: {n: int}\n'
)
SIGNATURE = Signature(CARD, 32, {"c": ("red", "green")})
CSV = """\
c,x,m,y,before.y
red,1 2,0.5 1;2 3,4,7
green,"3,4","1,2;3,4",-4,8

1,5,1e3 2.5,0,0
"""
JSONL = """\
{"c": "red", "x": [1, 2], "m": [[0.5, 1], [2, 3]], "y": 4, "before": {"y": 7}}

{"c": 1, "x": [3, 4], "m": [1, 2, 3, 4], "y": -4, "before": {"y": 8}}
{"c": 1, "x": [5], "m": [[1000, 2.5]], "y": 0, "n": 1, "before": {"y": 0}}
"""
ARRAYS = {
    "c": np.array([0, 1, 1], dtype=np.uint8),
    "x": np.array([[1, 2], [3, 4], [5, 99]], dtype=np.int16),
    "m": np.array([[[0.5, 1], [2, 3]], [[1, 2], [3, 4]], [[1000, 2.5], [9, 9]]]),
    "n": np.array([2, 2, 1]),
    "y": np.array([4, -4, 0], dtype=np.float32),
    "before.y": np.array([7, 8, 0]),
}


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def test_the_same_in_every_format(tmp_path: Path) -> None:
    files = [put(tmp_path, "a.csv", CSV), put(tmp_path, "a.jsonl", JSONL), put(tmp_path, "a.npz", npz(**ARRAYS))]
    found = [[placed.case for placed in read_table(path, SIGNATURE)] for path in files]
    assert [case.expected["y"].tolist() for case in found[0]] == [4, -4, 0]
    assert found[0][1].given["m"].tolist() == [[1, 2], [3, 4]]
    assert found[0][2].given["x"].tolist() == [5]
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            assert key_of(one) == key_of(other)
            assert one.expected == other.expected


@pytest.mark.parametrize(
    ("name", "content", "place", "message"),
    [
        ("a.csv", CSV.replace("c,x", "c,z"), "a.csv:1:3", "no slot 'z'"),
        ("a.csv", CSV.replace("c,x", "c,c"), "a.csv:1:3", "there twice"),
        ("a.csv", CSV.replace("0.5 1;2 3", "0.5 1;2"), "a.csv:2:9", "rows of one length"),
        ("a.csv", CSV.replace("red,1 2", "blue,1 2"), "a.csv:2:1", "expected red or green, found 'blue'"),
        ("a.csv", CSV.replace("red,1 2", "red,1 2.5"), "a.csv:2:5", "found 2.5"),
        ("a.csv", CSV.replace("red,1 2", "red,1 2 3"), "a.csv:2:1", "slot 'm': expected shape"),
        ("a.csv", CSV.replace(",7", ""), "a.csv:2:1", "4 fields, and the header has 5"),
        ("a.csv", CSV.replace("1e3", "nan"), "a.csv:5:5", "expected a finite number"),
        ("a.csv", CSV.replace("1e3", "1e999"), "a.csv:5:5", "expected a finite number"),
        ("a.csv", 'c,x\n"a', "a.csv:", "no slot|no proper CSV"),
        ("a.csv", "\n", "a.csv:1:1", "no header"),
        ("a.csv", b"c,\xff", "a.csv:1:1", "not UTF-8"),
        ("a.jsonl", JSONL.replace('"c": "red"', '"c": "blue"'), "a.jsonl:1:2", "expected red or green"),
        ("a.jsonl", JSONL.replace("[5]", "[true]"), "a.jsonl:4:10", "expected a finite number, found True"),
        ("a.jsonl", JSONL.replace("[5]", "5"), "a.jsonl:4:10", "expected a list of numbers"),
        ("a.jsonl", JSONL.replace("[5]", "[NaN]"), "a.jsonl:4:1", "NaN is no number"),
        ("a.jsonl", JSONL.replace('"n": 1', '"c": 1'), "a.jsonl:4:1", "stands here twice"),
        ("a.jsonl", JSONL.replace('"n": 1', '"n": 2'), "a.jsonl:4:1", "expected shape"),
        ("a.jsonl", JSONL.replace('"y": 0, "n"', '"n"', 1), "a.jsonl:4:1", "no value for 'y'"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1:", "no proper JSON"),
        ("a.jsonl", '{"y": ' + "9" * 5000 + "}", "a.jsonl:1:", "no proper JSON|finite"),
        ("a.jsonl", "3\n", "a.jsonl:1:1", "expected an object"),
        ("a.npz", b"PK no zip", "a.npz:1:1", "no proper npz"),
        ("a.npz", npz(**ARRAYS | {"q": np.zeros(3)}), "a.npz:1:1", "array 'q': no slot"),
        ("a.npz", npz(**ARRAYS | {"x": np.zeros(3)}), "a.npz:1:1", "expected 2 axes"),
        (
            "a.npz",
            npz(**ARRAYS | {"m": np.zeros((3, 2, 3))}),
            "a.npz:1:1",
            "expected cases as m: .* found shape",
        ),
        ("a.npz", npz(**ARRAYS | {"y": np.zeros(2)}), "a.npz:1:1", "arrays of 2, 3 cases"),
        ("a.npz", npz(**ARRAYS | {"y": np.array([1, 2, np.nan])}), "a.npz:1:1", "must be finite"),
        ("a.npz", npz(**ARRAYS | {"y": np.array([1, 2, 0.5])}), "a.npz:1:1", "case 3: slot 'y'"),
        ("a.txt", "x", "a.txt:1:1", "no file of a kind"),
    ],
)
def test_mistakes_have_places(tmp_path: Path, name: str, content: str | bytes, place: str, message: str) -> None:
    with pytest.raises(CardError, match=message) as caught:
        read_table(put(tmp_path, name, content), SIGNATURE)
    assert place in caught.value.render()


def test_all_mistakes_of_a_file_at_once(tmp_path: Path) -> None:
    text = "x,y\n" + "z,1\n" * 3
    card = parse_card("skill: f\nkind: integer\ndescription: F.\ninputs: {x: int}\noutputs: {y: int}\n")
    with pytest.raises(CardError) as caught:
        read_table(put(tmp_path, "a.csv", text), Signature(card))
    assert [found.span.line for found in caught.value.diagnostics] == [2, 3, 4]
    with pytest.raises(CardError) as caught:
        read_table(put(tmp_path, "a.csv", text * 100), Signature(card))
    assert len(caught.value.diagnostics) == 20


# Hostile files


class Bomb:
    """Unpickled, it would say so."""

    def __reduce__(self):
        return (print, ("unpickled",))


def member(name: str, content: bytes, claimed: int | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    data = file.getvalue()
    if claimed is not None:  # the size before compression, in both headers
        data = data.replace(len(content).to_bytes(4, "little"), claimed.to_bytes(4, "little"))
    return data


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    content = text.encode()
    return b"\x93NUMPY" + version + len(content).to_bytes(2 if version[0] == 1 else 4, "little") + content


def test_pickles_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = npz(x=np.array([Bomb()], dtype=object))
    with pytest.raises(CccError, match=r"expected numbers, found the type '\|O'"):
        read_arrays(data)
    assert "unpickled" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (member("x.npy", header("{'descr':'<f8','fortran_order':False,'shape':(4000000000000,)}\n")), "promises"),
        (
            member("x.npy", header("{'descr':'<f8','fortran_order':False,'shape':(-1,)}\n") + bytes(64)),
            "no proper header",
        ),
        (
            member("x.npy", header("{'descr':'<f8','fortran_order':False,'shape':(9" + ",9" * 50 + ")}\n")),
            "no proper header",
        ),
        (member("x.npy", header("{'descr':'<f8','fortran_order':False,'shape':(2,)}\n") + bytes(15)), "promises"),
        (member("x.npy", header("{'descr':'|V800','fortran_order':False,'shape':(2,)}\n")), "expected numbers"),
        (member("x.npy", header("__import__('os').abort()\n")), "no proper header"),
        (member("x.npy", header("(" * 3000)), "no proper header"),
        (member("x.npy", header("{}", b"\x02\x00")), "no proper header"),
        (member("x.npy", header("{}", b"\x07\x00")), "no proper header"),
        (member("x.npy", b"short"), "no proper header"),
        (member("x.npy", header(" " * 60_000)), "no proper header"),
        (member("x.npy", bytes(70), MAX_BYTES + 1), "larger than"),
    ],
)
def test_hostile_arrays(data: bytes, message: str) -> None:
    with pytest.raises(CccError, match=message):
        read_arrays(data)


def test_too_many_arrays() -> None:
    with pytest.raises(CccError, match="65 arrays"):
        read_arrays(npz(**{f"x{number}": np.zeros(1) for number in range(65)}))


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    name, content = data.draw(
        st.sampled_from([("a.csv", CSV.encode()), ("a.jsonl", JSONL.encode()), ("a.npz", npz(**ARRAYS))])
    )
    start = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 8))
    content = content[:start] + data.draw(st.binary(max_size=6)) + content[start + length :]
    found = []
    with contextlib.suppress(CccError):
        found = read_table(put(tmp_path, name, content), SIGNATURE)
    assert all(np.isfinite(placed.case.given["m"]).all() for placed in found)
