"""Weights files: what is written comes back and runs, and nothing damaged or hostile gets further than WeightsError."""

from __future__ import annotations

import copy
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from ccc.emulator import Emulator
from ccc.errors import FileError, WeightsError
from ccc.isa import DIALECTS
from ccc.neural import DenseExecutor, Model, construct, perturb, read_weights, write_weights
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Transformer
from ccc.neural.materialise import LayerNames
from ccc.trace import compare
from tests.engines.random_programs import extended, plain
from tests.neural.helpers import KINDS, kind_id, model_of, same

SMALL = ("subleq", 8)
Header = dict[str, Any]
Load = Callable[[bytes], Model]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def from_bytes(raw: bytes) -> Model:
        path = tmp_path / "weights.bin"
        path.write_bytes(raw)
        return read_weights(path)

    return from_bytes


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(model_of(SMALL), tmp_path_factory.mktemp("weights"))


def written(model: Model, folder: Path) -> bytes:
    write_weights(folder / "w.bin", model)
    return (folder / "w.bin").read_bytes()


def take_apart(raw: bytes) -> tuple[Header, bytes]:
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def put_together(header: Any, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_round_trip(kind, tmp_path: Path, load: Load) -> None:
    model = model_of(kind)
    first = written(model, tmp_path)
    again = load(first)
    assert written(again, tmp_path) == first
    assert again.checksum == model.checksum
    assert again.layers == model.layers
    assert dict(again.directions) == dict(model.directions)
    assert (again.width, again.dialect, again.word, again.isa) == (model.width, model.dialect, model.word, model.isa)
    left, right = model.transformer.state_dict(), again.transformer.state_dict()
    assert list(left) == list(right)
    assert all(same(left[name], right[name]) for name in left)


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_a_model_from_a_file_runs_as_the_constructed_one(kind, tmp_path: Path, load: Load) -> None:
    executor = DenseExecutor(load(written(model_of(kind), tmp_path)))
    dialect = DIALECTS[kind[0]]
    for seed in range(6):
        rng = Random(seed)
        program = extended(rng, kind[1]) if dialect.extended else plain(rng, kind[1], dialect)
        assert compare(program.image, Emulator(), executor, program.inputs, max_steps=25).equal


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        read_weights(tmp_path / "none.bin")
    with pytest.raises(FileError):
        read_weights(tmp_path)


def test_truncated_or_extended_files(raw: bytes, load: Load) -> None:
    lengths = {*range(64), *range(64, len(raw), 997), len(raw) - 1, len(raw) - 8, len(raw) - 64}
    for length in lengths:
        with pytest.raises(WeightsError):
            load(raw[:length])
    for tail in (b"\0", b"\0" * 8, raw):
        with pytest.raises(WeightsError):
            load(raw + tail)


def test_any_flipped_bit_of_a_weight_is_noticed(raw: bytes, load: Load) -> None:
    header_end = len(raw) - len(take_apart(raw)[1])
    rng = Random(1)
    for _ in range(300):
        damaged = bytearray(raw)
        damaged[rng.randrange(header_end, len(raw))] ^= 1 << rng.randrange(8)
        with pytest.raises(WeightsError):
            load(bytes(damaged))


def test_a_flipped_bit_of_the_header_raises_nothing_else(raw: bytes, load: Load) -> None:
    """A letter of some name may change unnoticed; anything worse is a WeightsError."""
    header_end = len(raw) - len(take_apart(raw)[1])
    rng = Random(2)
    refused = 0
    for _ in range(500):
        damaged = bytearray(raw)
        damaged[rng.randrange(header_end)] ^= 1 << rng.randrange(8)
        try:
            load(bytes(damaged))
        except WeightsError:
            refused += 1
    assert refused >= 100


def test_random_bytes(load: Load) -> None:
    rng = Random(3)
    for length in (0, 1, 7, 8, 9, 100, 5000):
        with pytest.raises(WeightsError):
            load(rng.randbytes(length))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers(bad: float, tmp_path: Path, load: Load) -> None:
    """With a checksum that is right for them."""
    model = copy.deepcopy(model_of(SMALL))
    with torch.no_grad():
        next(iter(model.transformer.parameters())).view(-1)[3] = bad
    with pytest.raises(WeightsError, match="infinite or NaN"):
        load(written(model, tmp_path))


# ---- Headers --------------------------------------------------------------------------------------------------------


def change_tensors(change: Callable[[Header, list[str]], None]) -> Callable[[Header], None]:
    return lambda header: change(header, [name for name in header if name != "__metadata__"])


def metadata(**values: Any) -> Callable[[Header], None]:
    return lambda header: header["__metadata__"].update(values)


def edited(key: str, edit: Callable[[Any], Any]) -> Callable[[Header], None]:
    """The JSON text under `key`, decoded, edited and written back."""

    def change(header: Header) -> None:
        content = json.loads(header["__metadata__"][key])
        changed = edit(content)
        header["__metadata__"][key] = json.dumps(content if changed is None else changed)

    return change


def counts(*values: Any) -> Callable[[Header], None]:
    return edited("layers", lambda layers: layers[1].update(counts=list(values)))


def without(key: str) -> Callable[[Header], None]:
    return lambda header: header["__metadata__"].pop(key)


BROKEN: dict[str, Callable[[Header], None]] = {
    "a missing tensor": change_tensors(lambda h, names: h.pop(names[-1])),
    "a renamed tensor": change_tensors(lambda h, names: h.update({"other": h.pop(names[-1])})),
    "single precision": change_tensors(lambda h, names: h[names[0]].update(dtype="F32")),
    "another shape of equal size": change_tensors(
        lambda h, names: h[names[0]].update(shape=h[names[0]]["shape"][::-1])
    ),
    "a flat tensor": change_tensors(lambda h, names: h[names[0]].update(shape=[int(np.prod(h[names[0]]["shape"]))])),
    "a huge shape": change_tensors(lambda h, names: h[names[0]].update(shape=[1 << 40, 1 << 40])),
    "a negative shape": change_tensors(lambda h, names: h[names[0]].update(shape=[-1, -38])),
    "a shape of text": change_tensors(lambda h, names: h[names[0]].update(shape="38")),
    "offsets out of the file": change_tensors(lambda h, names: h[names[0]].update(data_offsets=[0, 1 << 60])),
    "overlapping tensors": change_tensors(lambda h, names: h[names[1]].update(h[names[0]])),
    "metadata that is a number": metadata(word=8),
    "metadata that is a list": metadata(layers=[]),
    "no metadata": lambda h: h.pop("__metadata__"),
    "another format": metadata(format="ccc-image-1"),
    "no checksum": without("checksum"),
    "a wrong checksum": metadata(checksum="0" * 64),
    "no dialect": without("dialect"),
    "no directions": without("directions"),
    "no layers": without("layers"),
    "no width": without("width"),
    "an unknown dialect": metadata(dialect="intcode"),
    "an unknown instruction set": metadata(isa="half"),
    "an unknown word": metadata(word="24"),
    "a word that is none": metadata(word="eight"),
    "a width that is real": metadata(width="38.0"),
    "a negative width": metadata(width="-38"),
    "a width of many digits": metadata(width="9" * 5000),
    "another width": lambda h: h["__metadata__"].update(width=str(int(h["__metadata__"]["width"]) + 1)),
    "directions that are no JSON": metadata(directions="{"),
    "directions in a list": metadata(directions="[]"),
    "directions null": metadata(directions="null"),
    "directions nested deeply": metadata(directions="[" * 100_000),
    "a direction NaN": metadata(directions='{"pc": NaN}'),
    "a direction outside": edited("directions", lambda places: places.update(pc=38)),
    "a negative direction": edited("directions", lambda places: places.update(pc=-1)),
    "a direction missing": edited("directions", lambda places: {k: v for k, v in places.items() if k != "taken"}),
    "a direction that is a list": edited("directions", lambda places: places.update(pc=[1])),
    "layers that are a number": metadata(layers="3"),
    "layers nested deeply": metadata(layers='[{"kind":' * 50_000),
    "a layer less": edited("layers", lambda layers: layers[:-1]),
    "a layer more": edited("layers", lambda layers: [*layers, layers[-1]]),
    "two layers swapped": edited("layers", lambda layers: [layers[1], layers[0], *layers[2:]]),
    "a layer of another kind": edited("layers", lambda layers: layers[0].update(kind="experts")),
    "a layer of no kind": edited("layers", lambda layers: layers[0].update(kind="convolution")),
    "a layer whose kind is a list": edited("layers", lambda layers: layers[0].update(kind=["attention"])),
    "a layer without rows": edited("layers", lambda layers: layers[0].pop("rows")),
    "a layer with a row less": edited("layers", lambda layers: layers[0]["rows"].pop()),
    "a layer named by a number": edited("layers", lambda layers: layers[0].update(name=3)),
    "counts of text": counts("a", "b", "c"),
    "two counts": counts(1, 2),
    "negative counts": counts(-5, 5, 0),
    "counts that are huge": counts(10**30, 0, 0),
}

DEFECTS: dict[str, Callable[[Header], None]] = {
    "a direction infinite": metadata(directions='{"pc": Infinity}'),
    "a direction beyond doubles": metadata(directions='{"pc": 1e999}'),
    "counts that are infinite": edited("layers", lambda layers: layers[1].update(counts=[float("inf"), 0, 0])),
    "a direction that is no integer": edited("directions", lambda places: places.update(pc=places["pc"] + 0.5)),
    "counts that are no integers": edited(
        "layers", lambda layers: layers[1].update(counts=[count + 0.5 for count in layers[1]["counts"]])
    ),
    "counts in another order": edited("layers", lambda layers: layers[1].update(counts=layers[1]["counts"][::-1])),
    "directions exchanged": edited("directions", lambda places: places.update(value=places["pc"], pc=places["value"])),
    "another word": metadata(word="16"),
    "another dialect": metadata(dialect="subleq-silent"),
    "another instruction set": metadata(isa="full"),
}
"""Headers that load all the same, as the checksum covers the tensors only, or that raise OverflowError."""


@pytest.mark.parametrize("what", BROKEN)
def test_broken_headers(what: str, raw: bytes, load: Load) -> None:
    header, data = take_apart(raw)
    assert load(put_together(header, data)).checksum == model_of(SMALL).checksum
    BROKEN[what](header)
    with pytest.raises(WeightsError):
        load(put_together(header, data))


@pytest.mark.parametrize("what", DEFECTS)
def test_changed_headers(what: str, raw: bytes, load: Load) -> None:
    header, data = take_apart(raw)
    DEFECTS[what](header)
    with pytest.raises(WeightsError):
        load(put_together(header, data))


def test_a_header_larger_than_the_file(raw: bytes, load: Load) -> None:
    for length in (len(raw), 1 << 24, (1 << 24) + 1, 1 << 63, (1 << 64) - 1):
        with pytest.raises(WeightsError):
            load(struct.pack("<Q", length) + raw[8:])


# ---- Structures that only a program could write, with the right checksum --------------------------------------------


def zeros(*shape: int) -> torch.Tensor:
    return torch.zeros(shape, dtype=torch.float64)


def with_layer(layer: torch.nn.Module, names: LayerNames) -> Model:
    model = model_of(SMALL)
    layers = [*model.transformer.sublayers, layer]
    return replace(model, transformer=Transformer(layers), layers=(*model.layers, names))


def unusual(width: int) -> dict[str, tuple[torch.nn.Module, LayerNames]]:
    """Layers without content: they must be refused, or do nothing."""
    unit = GatedFeedForward(zeros(0, width), zeros(0, width), zeros(width, 0), (0, 0, 0))
    no_heads = MultiHeadAttention(zeros(0, 2, width), zeros(0, 2, width), zeros(0, 2, width), zeros(width, 0))
    narrow = MultiHeadAttention(zeros(1, 0, width), zeros(1, 0, width), zeros(1, 1, width), zeros(width, 1))
    mute = MultiHeadAttention(zeros(1, 1, width), zeros(1, 1, width), zeros(1, 0, width), zeros(width, 0))
    return {
        "no units": (unit, LayerNames("feed-forward", "e", (), (0, 0, 0))),
        "no heads": (no_heads, LayerNames("attention", "e", ())),
        "heads that compare nothing": (narrow, LayerNames("attention", "e", ("h",))),
        "heads that read nothing": (mute, LayerNames("attention", "e", ("h",))),
        "an empty expert": (
            MixtureOfExperts(zeros(1, width), [[]]),
            LayerNames("experts", "e", ("x",), experts=((),)),
        ),
        "no experts": (MixtureOfExperts(zeros(0, width), []), LayerNames("experts", "e", ())),
    }


@pytest.mark.parametrize("rows", ["all", "changed"])
@pytest.mark.parametrize("what", list(unusual(1)))
def test_empty_layers_are_refused_or_do_nothing(what: str, rows: str, tmp_path: Path, load: Load) -> None:
    layer, names = unusual(model_of(SMALL).width)[what]
    try:
        model = load(written(with_layer(layer, names), tmp_path))
    except WeightsError:
        return
    program = plain(Random(4), 8, DIALECTS["subleq"])
    assert compare(program.image, Emulator(), DenseExecutor(model, rows=rows), program.inputs, max_steps=10).equal


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"what was there")
    model = construct(DIALECTS["subleq"], 32)
    for spoil, message in (
        (lambda t: t.sublayers[0].query.fill_(torch.nan), "a weight is infinite or NaN"),
        (lambda t: t.float(), "sublayers.0.query is float32, not float64"),
        (lambda t: t.sublayers.__delitem__(0), "tensors and names do not fit each other"),
    ):
        spoiled = replace(model, transformer=copy.deepcopy(model.transformer))
        spoil(spoiled.transformer)
        with pytest.raises(WeightsError, match=message):
            write_weights(path, spoiled)
        assert path.read_bytes() == b"what was there"


def test_weights_that_are_wrong_on_purpose_stay_so(tmp_path: Path) -> None:
    model, _ = perturb(model_of(SMALL), "fetch.a.query1[cpu]", 512.0)
    for wrong in (model, model_of(SMALL)):
        write_weights(tmp_path / "w.safetensors", wrong)
        assert read_weights(tmp_path / "w.safetensors").perturbed == wrong.perturbed
