"""The Transformer from the command line: `run --neural`, `weights`, and `diff-trace`."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from ccc.machine import read_image
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import ENDLESS, FAULT, HELLO, PLAIN, SUBLEQ, SUM, put_out

ADD = "execute.add.0.result.0.value[x]"


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [(SUM, ("--in", "3,4"), 0), (FAULT, (), 10), (ENDLESS, ("--max-steps", "7"), 11), (SUBLEQ, ("--in", "65"), 0)],
)
@pytest.mark.parametrize("engine", [("native",), ("dense", "--rows", "changed"), ("dense", "--rows", "all")])
def test_the_transformer_runs_what_the_emulator_runs(
    ccc: Ccc, save: Save, source: str, options: tuple[str, ...], code: int, engine: tuple[str, ...]
) -> None:
    save(source)
    plain = ccc("run", "--json", *options, "--save-state", "plain.bin")
    neural = ccc("run", "--neural", "--json", *options, "--engine", *engine, "--save-state", "neural.bin")
    assert plain.code == neural.code == code
    assert neural.json["engine"] == engine[0]
    by_dense = {"dense_steps": 0} if engine[0] == "native" else {}
    assert plain.json | {"seconds": 0, "engine": ""} | by_dense == neural.json | {"seconds": 0, "engine": ""}
    assert read_image("plain.bin").checksum == read_image("neural.bin").checksum


def test_the_default_is_native_and_rows_mean_dense(ccc: Ccc, save: Save) -> None:
    save(SUBLEQ)
    for options, engine in (((), "native"), (("--rows", "all"), "dense")):
        assert ccc("run", "--neural", "--in", "65", "--json", *options).json["engine"] == engine
    refused = ccc("run", "--engine", "native", "--rows", "all")
    assert (refused.code, "add --engine dense" in refused.err) == (2, True)


def test_what_dense_took_over_is_said(ccc: Ccc, save: Save) -> None:
    """With a head that spreads its attention, which cannot be lowered."""
    save(SUM)
    options = ("--in", "3,4", "--max-steps", "3", "--perturb", "fetch.a.query1[cpu]=512")
    assert "engine        native, 3 instructions by dense" in ccc("run", "--neural", "--stats", *options).err
    assert ccc("run", "--neural", "--json", *options).json["dense_steps"] == 3


def test_engine_dense_needs_no_neural(ccc: Ccc, save: Save) -> None:
    save(SUBLEQ)
    for options in (("--engine", "dense"), ("--neural", "--engine", "dense"), ("--neural", "--threads", "2")):
        assert ccc("run", "--in", "65", *options).out == "65\n"


def test_isa_subleq_in_the_transformer(ccc: Ccc, save: Save) -> None:
    save(PLAIN)
    assert ccc("run", "--neural", "--isa", "subleq", "--in", "65").out == "65\n"


# ------------------------------------------------------------------------------------------------------- weights


def test_saved_weights_run(ccc: Ccc, save: Save) -> None:
    save(SUBLEQ)
    done = ccc("weights", "--isa", "subleq", "-o", "w.safetensors")
    assert done.code == 0
    assert done.out.endswith("saved to w.safetensors\n")
    assert ccc("run", "--neural", "--weights", "w.safetensors", "--in", "65").out == "65\n"
    assert ccc("diff-trace", "--weights", "w.safetensors", "--in", "65").code == 0
    again = ccc("weights", "--weights", "w.safetensors", "--json").json
    assert again["checksum"] == ccc("weights", "--isa", "subleq", "--json").json["checksum"]


def test_weights_json(ccc: Ccc) -> None:
    done = ccc("weights", "--dialect", "subleq", "--width", "8", "--describe", "--json")
    found = done.json
    assert (found["dialect"], found["width"]) == ("subleq", 8)
    assert found["attention"] + found["feed_forward"] + found["mixtures"] == found["sublayers"] == len(found["layers"])
    assert found["nonzero_weights"] == len(found["weights"]) == sum(part["nonzero"] for part in found["layers"])
    assert all(isinstance(value, float) and value != 0 for value in found["weights"].values())
    assert "layers" not in ccc("weights", "--dialect", "subleq", "--json").json


def test_describe_names_layers_heads_and_experts(ccc: Ccc) -> None:
    text = ccc("weights", "--describe").out
    for word in ("attention", "head", "feed-forward", "expert", "add", "fetch", "reads", "writes", "non-zero"):
        assert word in text


def test_weights_of_another_width_or_dialect_do_not_fit(ccc: Ccc, save: Save) -> None:
    ccc("weights", "--isa", "subleq", "--width", "8", "-o", "narrow")
    save(SUBLEQ)
    done = ccc("run", "--neural", "--weights", "narrow")
    assert (done.code, done.out) == (5, "")
    assert "subleq at 8 bits" in done.err
    save(SUM, width=8)
    assert ccc("run", "--neural", "--weights", "narrow").code == 5
    assert ccc("diff-trace", "--weights", "narrow").code == 5
    save(SUBLEQ, width=8)
    assert ccc("run", "--neural", "--weights", "narrow", "--in", "65").out == "65\n"


def test_hostile_weights(ccc: Ccc, save: Save, tmp_path: Path) -> None:
    image = save(SUBLEQ)
    ccc("weights", "--isa", "subleq", "-o", "w")
    raw = (tmp_path / "w").read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]

    def forge(**metadata: str) -> bytes:
        text = json.dumps(header | {"__metadata__": header["__metadata__"] | metadata}).encode()
        return struct.pack("<Q", len(text)) + text + data

    bad = {
        "empty": b"",
        "short": raw[: len(raw) // 2],
        "one-less": raw[:-1],
        "huge-header": struct.pack("<Q", 1 << 60) + raw[8:],
        "text": b"These are no weights at all.",
        "image": image.read_bytes(),
        "nan": raw[:-8] + struct.pack("<d", float("nan")),
        "changed": raw[:-8] + struct.pack("<d", 7.0),
        "dialect": forge(dialect="nonsense"),
        "layers": forge(layers="[]"),
        "deep": forge(layers="[" * 100_000),
        "directions": forge(directions="{}"),
        "wide": forge(width=str(1 << 40)),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        for command in (("run", "--neural"), ("diff-trace",), ("weights",)):
            done = ccc(*command, "--weights", name)
            assert (done.code, done.out) == (5, ""), name
            assert done.err.startswith(f"error: {name}: ")
    assert ccc("run", "--neural", "--weights", "absent").code == 6
    assert ccc("run", "--neural", "--weights", ".").code == 6


@pytest.mark.parametrize("option", [("--isa", "full"), ("--dialect", "ccc"), ("--width", "8")])
def test_weights_from_a_file_are_what_they_are(ccc: Ccc, option: tuple[str, str]) -> None:
    ccc("weights", "--isa", "subleq", "-o", "w")
    assert ccc("weights", "--weights", "w", *option).code == 2


def test_weights_usage(ccc: Ccc) -> None:
    assert ccc("weights", "--isa", "full", "--dialect", "ccc").code == 2
    assert ccc("weights", "--dialect", "subleq-modulo", "--width", "64").code == 2
    assert ccc("weights", "--isa", "subleq", "-o", "absent/w").code == 6


# ---------------------------------------------------------------------------------------------------- diff-trace


def test_no_difference(ccc: Ccc, save: Save) -> None:
    image = save(SUM)
    done = ccc("diff-trace", "--in", "3,4")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "no difference: emulator and native",
        "instructions compared  13",
        "values put out         2",
        "whole state compared   every 1,000,000 instructions, and at the end",
        "ended by               halt",
        "opcodes covered        6: add 2, halt 1, in 3, jlt 3, jmp 2, out 2",
    ]
    assert ccc("diff-trace", "--in", "3,4", "--json").json == {
        "equal": True,
        "instructions": 13,
        "every": 1_000_000,
        "opcodes": {"in": 3, "jlt": 3, "add": 2, "out": 2, "jmp": 2, "halt": 1},
        "outputs": 2,
        "reason": "halt",
        "first_difference": None,
        "departures": [],
        "checksum": read_image(image).checksum,
    }


@pytest.mark.parametrize(
    ("source", "options", "reason"),
    [
        (FAULT, (), "fault: division"),
        (HELLO, ("--max-steps", "9"), "step-limit"),
        (HELLO, ("--max-steps", "0"), "step-limit"),
    ],
)
def test_how_a_comparison_ends(ccc: Ccc, save: Save, source: str, options: tuple[str, ...], reason: str) -> None:
    save(source)
    done = ccc("diff-trace", "--json", *options)
    assert (done.code, done.json["equal"], done.json["reason"]) == (0, True, reason)


@pytest.mark.parametrize(
    ("left", "right"), [("emulator", "emulator"), ("dense", "emulator"), ("dense", "dense"), ("emulator", "dense")]
)
def test_any_two_engines(ccc: Ccc, save: Save, left: str, right: str) -> None:
    save(SUBLEQ)
    done = ccc("diff-trace", "--left", left, "--right", right, "--in", "65", "--isa", "subleq")
    assert done.code == 0
    assert done.out.startswith(f"no difference: {left} and {right}\n")


def test_a_perturbed_weight_is_found(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", "--in", "3,4", "--perturb", f"{ADD}=2")
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == "difference after 7 equal instructions, emulator and dense"
    assert len([line for line in lines if line.startswith("  step")]) == 5
    (culprit,) = (line for line in lines if line.startswith(">"))
    assert culprit.split() == [">", "step", "7", "pc", "6", "add", "sum,", "x", "prog.s:4:", "add", "sum,", "x"]
    marked = [line.split() for line in lines if line.startswith("!")]
    assert marked == [["!", "cell", "19", "3", "7", "10"]]


def test_a_perturbed_weight_as_json(ccc: Ccc, save: Save) -> None:
    save(SUM)
    done = ccc("diff-trace", "--in", "3,4", "--perturb", f"{ADD}=2", "--json")
    assert done.code == 1
    assert (done.json["equal"], done.json["instructions"], done.json["reason"]) == (False, 7, "difference")
    assert done.json["first_difference"] == {
        "step": 7,
        "pc": 6,
        "instruction": "add sum, x",
        "source": "prog.s:4: add sum, x",
        "changes": [{"what": "cell 19", "before": 3, "left": 7, "right": 10}],
    }


@pytest.mark.parametrize("shown", [0, 1, 100])
def test_context(ccc: Ccc, save: Save, shown: int) -> None:
    save(SUM)
    done = ccc("diff-trace", "--in", "3,4", "--perturb", f"{ADD}=2", "--context", shown)
    assert sum(line.startswith("  step") for line in done.out.splitlines()) == min(shown, 7)


def test_perturb_applies_to_the_neural_side(ccc: Ccc, save: Save) -> None:
    save(SUM)
    options = ("--in", "3,4", "--json", "--perturb", f"{ADD}=2")
    for left, right, values in (
        ("emulator", "dense", [7, 10]),
        ("dense", "emulator", [10, 7]),
        ("dense", "dense", [7, 10]),
    ):
        done = ccc("diff-trace", "--left", left, "--right", right, *options)
        (change,) = done.json["first_difference"]["changes"]
        assert [change["left"], change["right"]] == values
    for option in ("--perturb", "--weights"):
        assert ccc("diff-trace", "--right", "emulator", option, f"{ADD}=2").code == 2


def test_perturbed_weights_run(ccc: Ccc, save: Save) -> None:
    save(SUM)
    assert ccc("run", "--neural", "--in", "3,4", "--perturb", f"{ADD}=2", "--numbers").out == "3\n10\n"
    assert ccc("run", "--neural", "--in", "3,4", "--perturb", f"{ADD}=1", "--numbers").out == "3\n7\n", "its own value"


@pytest.mark.parametrize("value", ["1e308", "-1e308"])
@pytest.mark.parametrize("name", ["execute.add.0.result.0.value[x]", "fetch.a.query1[cpu]", "fetch.b.out0[b]"])
def test_wild_weights_end_in_order(ccc: Ccc, save: Save, name: str, value: str) -> None:
    """Numbers beyond any bound in the network are differences, not crashes, and JSON stays JSON."""
    save(SUM)
    options = ("--in", "3,4", "--max-steps", "50", "--json")
    for command in ("run", "diff-trace"):
        done = ccc(command, *(["--neural"] if command == "run" else []), *options, "--perturb", f"{name}={value}")
        assert done.code in (0, 1, 2, 10, 11)
        assert done.code == 2 or done.json


@pytest.mark.parametrize(
    ("perturbation", "message"),
    [
        ("execute.add.0.result.0.valu[x]=2", f"did you mean {ADD!r}"),
        ("nonsense=1", "--describe --json"),
        ("nonsense", "expected NAME=VALUE"),
        (f"{ADD}=x", "'x' is no number"),
        (f"{ADD}=nan", "not finite"),
        ("=1", "no weight ''"),
    ],
)
def test_a_perturbation_that_is_none(ccc: Ccc, save: Save, perturbation: str, message: str) -> None:
    save(SUM)
    done = ccc("diff-trace", "--perturb", perturbation)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_an_unknown_engine(ccc: Ccc, save: Save) -> None:
    save(SUM)
    for side in ("--left", "--right"):
        done = ccc("diff-trace", side, "emulater")
        assert (done.code, done.out) == (2, "")
        assert "did you mean 'emulator'?" in done.err


def test_a_difference_in_the_output(ccc: Ccc, save: Save) -> None:
    """A value that only the port sees."""
    save(put_out(7))
    names = [name for name in ccc("weights", "--describe", "--json").json["weights"] if name.startswith("execute.out.")]
    found = [ccc("diff-trace", "--json", "--perturb", f"{name}=3").json["first_difference"] for name in names[:12]]
    assert any(change["what"] == "output" for first in found if first for change in first["changes"])
