"""The precision certificate, at its edges: what it allows is exact, and what it refuses does go wrong."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from ccc.errors import UsageError, WeightsError
from ccc.isa import DIALECTS
from ccc.machine import WIDTHS, Image, State
from ccc.machine.state import fresh_registers
from ccc.neural import DTYPES, Certificate, DenseExecutor, Model, certify, construct, named_weights, perturb
from ccc.neural.certificate.memory import head_limits, memory_limit
from ccc.neural.certificate.ranges import FLOAT64, FORMATS
from ccc.neural.certificate.scores import read_memory
from ccc.neural.layers import MultiHeadAttention
from tests.neural.helpers import kind_id, model_of

PLAIN = [(name, width) for name, dialect in DIALECTS.items() if not dialect.extended for width in WIDTHS]
PLAIN = [kind for kind in PLAIN if kind != ("subleq-modulo", 32)]
SUBLEQ8 = ("subleq", 8)
LARGEST = 2**26 + 1  # in float64 a write adds two squares below 2^52 each
TORCH = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def limits(model: Model, dtype: str) -> dict[str, int]:
    found = head_limits(model.transformer, model.layers, model.directions, FORMATS[dtype])
    return {limit.site: limit.cells for limit in found}


def changed(model: Model, change: Callable[[dict[str, Tensor]], None]) -> Model:
    """A copy of the model whose tensors were changed: as it would come from a file, not by `perturb`."""
    transformer = copy.deepcopy(model.transformer)
    with torch.no_grad():
        change(dict(transformer.named_parameters()))
    return replace(model, transformer=transformer)


def with_weight(model: Model, name: str, value: float) -> Model:
    """The model with one weight changed that is called `name`."""
    return replace(perturb(model, name, value)[0], perturbed=False)


def scaled_fetch(model: Model, factor: float) -> Model:
    """The inverse temperature of the first head changed."""

    def change(tensors: dict[str, Tensor]) -> None:
        tensors["sublayers.0.query"][0] *= factor

    return changed(model, change)


def parts(certificate: Certificate) -> set[str]:
    return {failure.part for failure in certificate.failures}


# ---- Constructed weights --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PLAIN, ids=kind_id)
def test_constructed_weights_are_certified(kind: tuple[str, int]) -> None:
    found = certify(model_of(kind))
    assert found.failures == ()
    assert (found.exact, found.memory, found.limited_by) == (True, LARGEST, "write.write")
    assert found.sums > 100


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_instruction_set_is_certified(width: int) -> None:
    found = certify(construct(DIALECTS["ccc"], width))
    assert found.failures == ()
    assert (found.exact, found.memory, found.limited_by) == (True, LARGEST, "write.write")
    assert {rounding.exponent: rounding.limit for rounding in found.roundings}[0] == 2.0**51


def test_other_formats_are_refused_with_the_part_and_the_reason() -> None:
    found = certify(construct(DIALECTS["ccc"], 32), "float32")
    assert not found.exact
    assert found.memory == 0
    reasons = {failure.part: failure.reason for failure in found.failures}
    assert "rounds to multiples of 2**0 in float64, but of 2**29 in float32" in reasons["locate.pc_address.0"]
    with pytest.raises(UsageError, match="float8"):
        certify(construct(DIALECTS["ccc"], 32), "float8")


def test_memory_is_limited_by_the_write_in_every_format() -> None:
    found = {name: limits(model_of(SUBLEQ8), name) for name in DTYPES}
    assert {name: heads["write.write"] for name, heads in found.items()} == {
        "float64": LARGEST, "float32": 2897, "float16": 4, "bfloat16": 12,
    }  # fmt: skip
    assert {name: heads["fetch.a"] for name, heads in found.items()} == {
        "float64": 94906266, "float32": 4097, "float16": 6, "bfloat16": 17,
    }  # fmt: skip


# ---- Reads and writes at the edge, in the format itself ------------------------------------------------------------


def stream(model: Model, size: int, dtype: torch.dtype) -> Tensor:
    return model.codec.embed(State(np.zeros(size), fresh_registers(size))).to(dtype)


def softmax(query: Tensor, key: Tensor, order: tuple[int, ...]) -> Tensor:
    """Attention weights, every product and sum rounded in the format, components added in the given order."""
    scores = torch.zeros(len(query), len(key), dtype=query.dtype)
    for component in order:
        scores = scores + query[:, component, None] * key[None, :, component]
    return torch.softmax(scores, dim=-1)


def wrong_reads(model: Model, size: int, dtype: torch.dtype, order: tuple[int, ...]) -> int:
    """How many addresses the first head of fetch does not read with one weight of 1."""
    layer = model.transformer.sublayers[0]
    assert isinstance(layer, MultiHeadAttention)
    x = stream(model, size, dtype)
    key = x @ layer.key[0].T.to(dtype)
    wrong = 0
    for addresses in torch.arange(size).split(512):
        ask = x[size].repeat(len(addresses), 1)
        ask[:, model.directions["pc"]] = addresses.to(dtype)
        weights = softmax(ask @ layer.query[0].T.to(dtype), key, order)
        hit = weights[torch.arange(len(addresses)), addresses]
        wrong += int(((hit != 1) | ((weights != 0).sum(-1) != 1)).sum())
    return wrong


@pytest.mark.parametrize("name", TORCH)
def test_a_read_is_exact_up_to_its_limit_and_not_beyond(name: str) -> None:
    model = model_of(SUBLEQ8)
    size = limits(model, name)["fetch.a"]
    orders = list(itertools.permutations(range(3)))
    orders = orders if size < 1000 else orders[:1]
    assert all(wrong_reads(model, size, TORCH[name], order) == 0 for order in orders)
    assert all(wrong_reads(model, size + 1, TORCH[name], order) > 0 for order in orders)


def wrong_writes(model: Model, size: int, dtype: torch.dtype, order: tuple[int, ...], address: int) -> int:
    """How many of the last cells are not hit with a weight of 1, or missed with exactly 0, by a write to `address`."""
    index = next(place for place, names in enumerate(model.layers) if names.name == "write")
    layer = model.transformer.sublayers[index]
    assert isinstance(layer, MultiHeadAttention)
    x = stream(model, size, dtype)
    x[size, model.directions["address"]] = address
    x[size, model.directions["address_squared"]] = torch.tensor(float(address)).to(dtype) ** 2
    cells = torch.arange(max(0, size - 64), size)
    query, key = x[cells] @ layer.query[0].T.to(dtype), x @ layer.key[0].T.to(dtype)
    received = softmax(query, key, order)[:, size]
    return int((received != (cells == address).to(dtype)).sum())


@pytest.mark.parametrize("name", TORCH)
def test_a_write_is_exact_up_to_its_limit_and_not_beyond(name: str) -> None:
    model = model_of(SUBLEQ8)
    size = limits(model, name)["write.write"]
    orders = list(itertools.permutations(range(4)))

    def wrong(memory: int) -> int:
        last = range(max(0, memory - 3), memory)
        return sum(wrong_writes(model, memory, TORCH[name], order, cell) for order in orders for cell in last)

    assert wrong(size) == 0
    assert any(wrong(size + more) > 0 for more in (1, 2, 3))


def test_scores_of_a_read_in_float64_near_the_edge() -> None:
    """Too many keys for a softmax: the scores of the last addresses, beside exact arithmetic."""
    last = limits(model_of(SUBLEQ8), "float64")["fetch.a"] - 1

    def inexact(address: int, cell: int) -> bool:
        rounded = 2048.0 * float(address) * float(cell) - 1024.0 * (float(cell) * float(cell))
        return int(rounded) != 1024 * (2 * address * cell - cell * cell)

    near = [(last - i, last - j) for i in range(40) for j in range(40)]
    assert not any(inexact(*pair) for pair in near)
    beyond = [(last + i, last + j) for i in range(1, 40) for j in range(1, 40)]
    assert any(inexact(*pair) for pair in beyond)


# ---- Weights that are wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("beta", "sound"), [(746.0, True), (745.0, False), (512.0, False)])
def test_a_beta_that_does_not_underflow_is_refused_and_misreads(beta: float, sound: bool) -> None:
    model = scaled_fetch(model_of(SUBLEQ8), beta / 1024)
    found = certify(model)
    assert ("fetch.a" in parts(found)) is not sound
    image = Image.bare(np.array([3.0, 0.0, 0.0, 0.0, 100.0]), DIALECTS["subleq"], 8)
    image.state.registers[0] = 1.0
    if sound:
        model.check_fits(image)
    else:
        with pytest.raises(WeightsError, match=r"exact for no memory: the head fetch\.a does not tell addresses apart"):
            model.check_fits(image)
        replace(model, perturbed=True).check_fits(image)
    layer = model.transformer.sublayers[0]
    read = layer(model.codec.embed(image.state))[5, model.directions["a"]].item()  # M[1], beside M[0] = 3
    assert (read == 0.0) is sound


def test_a_constant_that_no_longer_pairs_is_refused() -> None:
    model = construct(DIALECTS["ccc"], 8)
    name = "locate.pc_address.0.value[cpu]"
    old = next(weight.value for weight in named_weights(model) if weight.name == name)
    for value in (old * 2, old / 2, -old):
        found = certify(with_weight(model, name, value), "float32")
        assert "that no unit beside it takes away again" in str(found.failures)
    assert "takes away again" not in str(certify(model, "float32").failures)


@pytest.mark.parametrize("weight", [0.1, 3.0])
def test_an_address_that_is_not_the_operand_is_judged_by_what_it_can_be(weight: float) -> None:
    """A multiple of an operand is an integer and may be read at; a tenth of it is rounded, and no address."""
    model = model_of(SUBLEQ8)
    found = certify(with_weight(model, "decode.from.0.value[a]", weight))
    assert ("read.source, asked by the CPU" in parts(found)) is (weight == 0.1)


REAL_SUMS = (
    ("execute.fadd.half", "operand1", 0.1, "a weight that rounds"),
    ("execute.fadd.half", "c", 1.0, "a third real number"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("to", "read", "weight", "what"), REAL_SUMS, ids=lambda x: str(x)[:20])
def test_a_sum_of_reals_that_depends_on_its_order_is_refused(to: str, read: str, weight: float, what: str) -> None:
    """In the first sublayer of FADD, whose sum decides on overflow and so on the fault."""
    model = construct(DIALECTS["ccc"], 8)
    index = next(place for place, names in enumerate(model.layers) if names.name == "execute")
    expert = model.layers[index].rows.index("fadd")

    def change(tensors: dict[str, Tensor]) -> None:
        tensors[f"sublayers.{index}.experts.{expert}.0.value"][0, model.directions[read]] = weight

    found = certify(changed(model, change))
    assert any(part.startswith(to.rsplit(".", 1)[0]) for part in parts(found)), what


def test_sharpness_with_many_bits_lowers_the_limit() -> None:
    model = scaled_fetch(model_of(SUBLEQ8), 1 + 2.0**-30)
    limit = memory_limit(model.transformer, model.layers, model.directions)
    assert limit is not None
    assert limit.site == "fetch.a"
    assert limit.cells == read_memory(1024 * (1 + 2.0**-30), FLOAT64, ports=False)
    assert 1000 < limit.cells < 4000


# ---- Enforcement ----------------------------------------------------------------------------------------------------


def image_of(size: int) -> Image:
    return Image.bare(np.zeros(size), DIALECTS["subleq"], 8)


def test_an_image_that_is_too_large_is_refused_when_it_is_loaded() -> None:
    model = scaled_fetch(model_of(SUBLEQ8), 1 + 2.0**-30)
    limit = memory_limit(model.transformer, model.layers, model.directions)
    assert limit is not None
    DenseExecutor(model).start(image_of(limit.cells))
    with pytest.raises(WeightsError, match=r"exact up to .* cells, as far as the head fetch\.a") as caught:
        DenseExecutor(model).start(image_of(limit.cells + 1))
    assert "ccc weights --certify" in caught.value.hint
    DenseExecutor(replace(model, perturbed=True)).start(image_of(limit.cells + 1))


def test_a_weight_changed_in_place_is_seen() -> None:
    model = scaled_fetch(model_of(SUBLEQ8), 1.0)
    model.check_fits(image_of(5000))
    with torch.no_grad():
        model.transformer.sublayers[0].query[0] *= 1 + 2.0**-30  # type: ignore[index,operator,union-attr]
    with pytest.raises(WeightsError):
        model.check_fits(image_of(5000))


def test_perturbed_weights_run() -> None:
    model = model_of(SUBLEQ8)
    weight = next(weight for weight in named_weights(model) if weight.name.startswith("fetch.a.query0["))
    for value in (0.0, -weight.value, weight.value * (1 + 2.0**-30)):
        wrong, _ = perturb(model, weight.name, value)
        executor = DenseExecutor(wrong)
        executor.start(image_of(5000))
        executor.run(2)


def test_a_proof_that_would_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    model = construct(DIALECTS["subleq"], 8)
    assert certify(model).exact
    monkeypatch.setattr("ccc.neural.certificate.bounds.MOST_WORK", 5_000)
    found = certify(model)
    assert not found.exact
    assert found.memory == 0
    assert [failure.reason.partition(":")[0] for failure in found.failures] == ["too many cases"]
