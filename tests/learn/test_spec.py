"""Specs: what is read, what is refused and how, what the checksum covers."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.errors import CardError, CccError
from ccc.learn.model import Budget, Spec
from ccc.learn.spec import parse_spec, read_spec

SPEC = """\
spec: pick
kind: integer
description: Which place of a list a colour has.
inputs: {x: "colour[n]", m: "int[n, 2]", b: bit}
outputs: {y: int, z: colour}
constants: {n: int, k: int}
symbols: {colour: [red, green, blue]}
numbers: [0, 1, -3]
use: [add, sub]
width: 16
budget: {seconds: 2.5, candidates: 1_000, memory: 512 MiB}
seed: 7
examples:
  train:
    - {x: [red, blue], m: [[1, 2], [3, 4]], b: 1, k: 0, y: 5, z: green}
    - {x: [], m: [], b: 0, n: 0, k: 1, before: {y: -1}, y: 2, z: red}
  held_out:
    - {x: [blue], m: [1, 2], b: 1, n: 1, k: 0, y: 5, z: red}
  longer: []
"""


def test_what_is_read() -> None:
    spec = parse_spec(SPEC, "/some/pick.yaml")
    assert (spec.name, spec.width, spec.seed, spec.use) == ("pick", 16, 7, ("add", "sub"))
    assert spec.numbers == (0.0, 1.0, -3.0)
    assert spec.budget == Budget(2.5, 1000, 512 << 20)
    assert [str(slot) for slot in spec.card.slots] == [
        *("x: int[n]", "m: int[n, 2]", "b: bit"),
        *("y: int", "z: int", "n: int", "k: int"),
    ]
    first, second = spec.examples.train
    assert first.given["x"].tolist() == [0, 2]
    assert first.given["m"].tolist() == [[1, 2], [3, 4]]
    assert float(first.given["n"]) == 2
    assert {name: float(value) for name, value in first.expected.items()} == {"y": 5, "z": 1}
    assert second.given["m"].shape == (0, 2)
    assert second.before["y"] == -1
    assert spec.examples.held_out[0].given["m"].tolist() == [[1, 2]]
    assert spec.examples.longer == ()
    assert spec.span.line == 1


def test_what_is_not_said() -> None:
    spec = parse_spec(
        "spec: f\nkind: real\ndescription: F.\ninputs: {x: real}\noutputs: {y: real}\nexamples: [{x: 1, y: 2}]\n"
    )
    assert (spec.width, spec.seed, spec.use, spec.numbers) == (32, 0, None, (0.0, 1.0))
    assert spec.budget == Budget()
    assert spec.card.tolerance == 1e-12


MISTAKES = [
    ("spec: pick", "spec: 3 4", 1, "spec: expected a name"),
    ("kind: integer", "kind: whole", 2, "expected integer or real or soft"),
    ("kind: integer", "kinds: integer", 2, "no key 'kinds' in a spec"),
    ("b: bit", "b: bot", 4, "no type 'bot'"),
    ("b: bit", "b: real", 2, "an integer skill has no real slot"),
    ('"int[n, 2]"', '"int[q, 2]"', 4, "'q' is no dimension"),
    ('"int[n, 2]"', f'"int[n, {"9" * 5000}]"', 4, "larger than a memory"),
    ("{colour: [red, green, blue]}", "{colour: [red, red]}", 7, "list of different words"),
    ("{colour: [red, green, blue]}", "{int: [red]}", 7, "no name for an alphabet"),
    ("[0, 1, -3]", "[0, 1, 40000]", 8, "an integer from -32768 to 32767"),
    ("[0, 1, -3]", "[0, one]", 8, "expected a number, found the text 'one'"),
    ("[add, sub]", "add", 9, "expected a list of skills"),
    ("[add, sub]", "[add, 2]", 9, "expected the name of a skill"),
    ("width: 16", "width: 12", 10, "expected 8 or 16 or 32"),
    ("seconds: 2.5", "seconds: -1", 11, "expected a number above 0"),
    ("candidates: 1_000", "candidates: 1.5", 11, "expected a whole number"),
    ("512 MiB", "512 PiB", 11, "memory: expected a size"),
    ("seconds: 2.5", "minutes: 2", 11, "no key 'minutes'"),
    ("seed: 7", "seed: -7", 12, "seed: expected a number"),
    ("  train:\n", "  training:\n", 14, "no part 'training'"),
    ("x: [red, blue]", "x: [red, pink]", 15, "found the text 'pink'"),
    ("x: [red, blue]", "x: [red, 3]", 15, "an integer from 0 to 2"),
    ("x: [red, blue]", "x: red", 15, "expected shape [2], found one number"),
    ("b: 1, k: 0, y: 5, z: green", "b: 2, k: 0, y: 5, z: green", 15, "an integer from 0 to 1"),
    ("k: 0, y: 5, z: green", "k: 0.5, y: 5, z: green", 15, "an integer from -32768 to 32767"),
    ("k: 0, y: 5, z: green", "k: 0, z: green", 15, "no value for 'y'"),
    ("k: 0, y: 5, z: green", "k: 0, yy: 5, y: 5, z: green", 15, "no slot 'yy'"),
    ("[[1, 2], [3, 4]]", "[[1, 2], [3]]", 15, "rows of different lengths"),
    ("[[1, 2], [3, 4]]", "[[1, 2]]", 15, "slot 'm': expected shape [2, 2]"),
    ("before: {y: -1}", "before: {x: -1}", 16, "no slot 'x'"),
    ("before: {y: -1}", "before: 3", 16, "before: expected values of outputs"),
    (
        "x: [], m: [], b: 0, n: 0, k: 1, before: {y: -1}",
        "x: [red, blue], m: [1, 2, 3, 4], b: 1, k: 0",
        16,
        "another 'y'",
    ),
    ("  longer: []\n", "file: data.csv\n", 19, "'file' beside 'examples'"),
    ("  longer: []\n", "split: {train: 1}\n", 19, "there are parts already"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES)
def test_every_mistake_has_its_place(old: str, new: str, line: int, message: str) -> None:
    assert SPEC.count(old) == 1
    with pytest.raises(CardError) as caught:
        parse_spec(SPEC.replace(old, new), "pick.yaml")
    found = [(diagnostic.span.line, diagnostic.message) for diagnostic in caught.value.diagnostics]
    assert any(at == line and message in text for at, text in found), found
    assert f"pick.yaml:{line}:" in caught.value.render()


def test_all_mistakes_at_once() -> None:
    text = SPEC.replace("kind: integer", "kind: whole").replace("seed: 7", "seed: x").replace("width: 16", "width: 7")
    with pytest.raises(CardError) as caught:
        parse_spec(text)
    assert [diagnostic.span.line for diagnostic in caught.value.diagnostics] == [2, 10, 12]
    text = SPEC.replace("y: 5, z: green", "z: green").replace("x: [blue]", "x: [bleu]")
    with pytest.raises(CardError) as caught:
        parse_spec(text)
    assert [diagnostic.span.line for diagnostic in caught.value.diagnostics] == [15, 18]


def test_no_cases() -> None:
    bare = SPEC[: SPEC.index("examples:")]
    for text, message in (
        (bare, "no cases"),
        (bare + "examples: []\n", "no case to learn from"),
        (bare + "examples: {held_out: []}\n", "no case to learn from"),
        ("- 1\n", "a spec is a mapping"),
        ("", "a spec is a mapping"),
    ):
        with pytest.raises(CardError, match=message):
            parse_spec(text)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("{y: int}", "{}", "5:1", "outputs: none, so there is nothing to learn"),
        ("{y: int}", '{y: "int[n]"}\nconstants: {n: int}', "7:1", "no training case has an output with any element"),
        ("y: 1}", "y: null}", "6:1", "examples: output 'y' is known in no training case"),
    ],
)
def test_nothing_to_learn(old: str, new: str, place: str, message: str) -> None:
    """Also where cases that are held out have what training cases lack."""
    text = f"{PLAIN}examples: {{train: [{{x: 3, y: 1}}], held_out: [{{x: 4, y: 2}}]}}\n".replace(old, new)
    if "none" in message:
        text = text.replace(", y: 1", "").replace(", y: 2", "")
    if "element" in message:
        text = text.replace("y: 1", "y: []").replace("y: 2", "y: [2]")
    with pytest.raises(CardError) as caught:
        parse_spec(text, "f.yaml")
    assert f"f.yaml:{place}: error: " in caught.value.render()
    assert message in caught.value.render()
    assert len(caught.value.diagnostics) == 1


PLAIN = "spec: f\nkind: integer\ndescription: F.\ninputs: {x: int}\noutputs: {y: int}\n"


def test_a_list_is_split_in_order() -> None:
    cases = ", ".join(f"{{x: {x}, y: {2 * x}}}" for x in range(6))
    spec = parse_spec(PLAIN + f"examples: [{cases}]\nsplit: {{train: 2, held_out: 3}}\n")
    parts = [spec.examples.train, spec.examples.held_out, spec.examples.longer]
    assert [[float(case.given["x"]) for case in part] for part in parts] == [[0, 1], [2, 3, 4], []]
    with pytest.raises(CardError, match="8 cases in all, and there are 6"):
        parse_spec(PLAIN + f"examples: [{cases}]\nsplit: {{train: 2, held_out: 6}}\n")


def test_training_cases_are_not_in_other_parts() -> None:
    text = "examples: {train: [{x: 1, y: 1}, {x: 1, y: 1}, {x: 2, y: 2}], held_out: [{x: 2, y: 2}, {x: 3, y: 3}], "
    spec = parse_spec(PLAIN + text + "longer: [{x: 1, y: 1}, {x: 3, y: 3}]}\n")
    xs = [[float(case.given["x"]) for case in part] for part in (spec.examples.train, spec.examples.held_out)]
    assert xs == [[1, 2], [3]]
    assert spec.examples.repeated == 2


def test_the_checksum_covers_what_is_learnt_and_nothing_else() -> None:
    first = parse_spec(SPEC, "a.yaml").checksum
    assert re.fullmatch("[0-9a-f]{64}", first)
    same = SPEC.replace("seconds: 2.5", "seconds: 9").replace("[add, sub]", "[sub, add]  # any order")
    assert parse_spec(same.replace("seed: 7", "seed: 8"), "b.yaml").checksum == first
    changed = [
        SPEC.replace("spec: pick", "spec: peck"),
        SPEC.replace("k: 0, y: 5, z: green", "k: 0, y: 6, z: green"),
        SPEC.replace("x: [blue]", "x: [red]"),
        SPEC.replace("before: {y: -1}, ", ""),
        SPEC.replace("-3", "-4"),
        SPEC.replace("[add, sub]", "[add]"),
        SPEC.replace("width: 16", "width: 8"),
        SPEC.replace("b: bit", "b: int"),
        SPEC.replace("b: bit", "b: int").replace("[red, green, blue]", "[red, green, blue, grey]"),
    ]
    assert len({parse_spec(text).checksum for text in changed} | {first}) == len(changed) + 1


def test_files(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("x,y\n1,2\n3,6\n", encoding="utf-8")
    (tmp_path / "more.jsonl").write_text('{"x": 4, "y": 8}\n', encoding="utf-8")
    np.savez(tmp_path / "big.npz", x=np.array([1, 100]), y=np.array([2, 200]))
    path = tmp_path / "f.yaml"
    path.write_text(PLAIN + "file: {train: train.csv, held_out: more.jsonl, longer: big.npz}\n", encoding="utf-8")
    spec = read_spec(path)
    counts = [len(part) for part in (spec.examples.train, spec.examples.held_out, spec.examples.longer)]
    assert (counts, spec.examples.repeated) == ([2, 1, 1], 1)
    path.write_text(PLAIN + "file: train.csv\nsplit: {train: 1, held_out: 1}\n", encoding="utf-8")
    assert float(read_spec(path).examples.held_out[0].expected["y"]) == 6
    inline = parse_spec(PLAIN + "examples: {train: [{x: 1, y: 2}], held_out: [{x: 3, y: 6}]}\n")
    assert read_spec(path).checksum == inline.checksum
    for text, message in (
        ("file: none.csv\n", "cannot read .*none.csv"),
        ("file: f.yaml\n", "no file of a kind that is read"),
        ("file: {trian: train.csv}\n", "did you mean 'train'"),
        ("file: 3\n", "expected a name"),
    ):
        path.write_text(PLAIN + text, encoding="utf-8")
        with pytest.raises(CardError) as caught:
            read_spec(path)
        assert re.search(message, caught.value.render()), caught.value.render()


def test_a_file_and_an_inline_case_that_contradict_each_other_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,2\n1,3\n", encoding="utf-8")
    (tmp_path / "f.yaml").write_text(PLAIN + "file: t.csv\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"t.csv:4:1: another 'y' than the case at .*t.csv:2:1, which gives x=1"):
        read_spec(tmp_path / "f.yaml")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_a_spec_says_it_is_read_or_refused(data: st.DataObject) -> None:
    """Pieces of a spec exchanged, doubled, cut, replaced: never another exception than those of ccc."""
    text = SPEC
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        words = st.sampled_from(
            ["[]", "{}", "-1", "1e400", "0x1F", "null", "true", "'", "n", "[[1]]", "\t", "&a", ": "]
        )
        text = text[:start] + data.draw(words | st.text(max_size=4)) + text[end:]
        if not text:
            break
    spec: Spec | None = None
    with contextlib.suppress(CccError):
        spec = parse_spec(text)
    if spec is not None:
        for case in (*spec.examples.train, *spec.examples.held_out):
            for slot in spec.card.slots:
                value = {**case.given, **case.expected}[slot.name]
                assert value.shape == slot.shape.sizes({name: int(case.given[name]) for name in spec.card.dimensions})
