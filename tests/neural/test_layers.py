"""The layers against plain numpy, and attention as exact memory: reads and writes beside any other value."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.machine import REGISTERS, State, fresh_registers
from ccc.neural.basis import Basis, constant, d
from ccc.neural.codec import Codec
from ccc.neural.layers import IDENTITY, RELU, MixtureOfExperts, MultiHeadAttention, Scratch, Transformer
from ccc.neural.materialise import materialise
from ccc.neural.patterns import SIZE, TOKEN_DIRECTIONS, input_head, read_head, write_head
from ccc.neural.spec import Attention, FeedForward, Head, Network
from tests.neural.helpers import attention, feed_forward, matrix, same

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)
EXTREMES = (1e308, -1e308, 1.7976931348623157e308, -5e-324, 0.1, 0.0, 2.0**53 + 2)
NAMES = (*TOKEN_DIRECTIONS, *REGISTERS, SIZE, "taken", "at", "at_squared", "on", "to", "other")


def numpy_feed_forward(x: np.ndarray, layer) -> np.ndarray:
    result = x.copy()
    for row in range(len(x)):
        for unit in range(len(layer.value)):
            value = float(np.dot(layer.value[unit].numpy(), x[row]))
            gate = float(np.dot(layer.gate[unit].numpy(), x[row]))
            if unit >= layer.counts[IDENTITY]:
                is_relu = unit < layer.counts[IDENTITY] + layer.counts[RELU]
                gate = max(gate, 0.0) if is_relu else float(gate > 0)
            result[row] += layer.out[:, unit].numpy() * (value * gate)
    return result


def numpy_attention(x: np.ndarray, layer: MultiHeadAttention) -> np.ndarray:
    result = x.copy()
    depth = layer.value.shape[1]
    for head in range(len(layer.query)):
        query, key, value = (w[head].numpy() for w in (layer.query, layer.key, layer.value))
        for row in range(len(x)):
            scores = np.array([(query @ x[row]) @ (key @ other) for other in x])
            weights = np.exp(scores - scores.max())
            weights /= weights.sum()
            mixed = sum(weight * (value @ other) for weight, other in zip(weights, x, strict=True))
            result[row] += layer.out[:, head * depth : (head + 1) * depth].numpy() @ mixed
    return result


@settings(deadline=None)
@given(seeds, st.tuples(*[st.integers(0, 3)] * 3), st.integers(1, 5), st.integers(1, 6))
def test_feed_forward_equals_numpy(rng, counts, tokens: int, width: int) -> None:
    layer = feed_forward(rng, width, counts)
    x = matrix(rng, tokens, width)
    assert np.array_equal(layer(x).numpy(), numpy_feed_forward(x.numpy(), layer))


@settings(deadline=None)
@given(seeds, st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
def test_attention_equals_numpy(rng, heads: int, depth: int, out: int, tokens: int, width: int) -> None:
    layer = attention(rng, width, heads, (depth, out))
    x = matrix(rng, tokens, width)
    np.testing.assert_allclose(layer(x).numpy(), numpy_attention(x.numpy(), layer), rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(seeds, st.integers(1, 4), st.integers(1, 7), st.integers(1, 5))
def test_mixture_of_experts_equals_numpy(rng, experts: int, tokens: int, width: int) -> None:
    parts = [[feed_forward(rng, width, (1, 1, 1)) for _ in range(rng.integers(0, 3))] for _ in range(experts)]
    layer = MixtureOfExperts(matrix(rng, experts, width), parts)
    x = matrix(rng, tokens, width)
    expected = []
    for row in x.numpy():
        choice = int(np.argmax([float(np.dot(router, row)) for router in layer.router.numpy()]))
        y = row[None, :]
        for part in parts[choice]:
            y = numpy_feed_forward(y, part)
        expected.append(y[0])
    assert np.array_equal(layer(x).numpy(), np.array(expected))


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_a_batch_is_its_members_one_by_one(rng) -> None:
    width = 5
    layers = [
        feed_forward(rng, width, (1, 1, 1)),
        MixtureOfExperts(matrix(rng, 2, width), [[feed_forward(rng, width, (2, 0, 1))], []]),
    ]
    transformer = Transformer(layers)
    x = matrix(rng, 6, 4, width)
    assert same(transformer(x), torch.stack([transformer(member) for member in x]))
    x = x.reshape(2, 3, 4, width)
    assert transformer(x).shape == x.shape


def test_layers_refuse_shapes_that_do_not_fit() -> None:
    eye = torch.eye(3, dtype=torch.float64)
    with pytest.raises(ValueError, match="shapes do not fit"):
        type(feed_forward(np.random.default_rng(), 3, (1, 0, 0)))(eye, eye, eye, (1, 1, 2))
    with pytest.raises(ValueError, match="shapes do not fit"):
        MultiHeadAttention(eye[None], eye[None, :2], eye[None], eye)
    with pytest.raises(ValueError, match="2 router rows for 1 experts"):
        MixtureOfExperts(eye[:2], [[]])


def test_long_attention_is_done_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    layer, x = attention(rng, 4, 2, (2, 2)), matrix(rng, 9, 4)
    expected = layer(x)
    monkeypatch.setattr("ccc.neural.layers._MAX_SCORES", 2 * 9 * 4)
    torch.testing.assert_close(layer(x), expected, rtol=1e-12, atol=1e-12)


def test_attention_gives_the_same_bits_in_memory_of_its_own_and_in_memory_kept() -> None:
    rng, scratch = np.random.default_rng(6), Scratch()
    layer = attention(rng, 4, 2, (2, 2))
    for tokens in (9, 5, 12):
        x = matrix(rng, tokens, 4)
        parts = [layer.project(x, weight) for weight in (layer.query, layer.key, layer.value)]
        assert torch.equal(layer.attend(*parts, scratch), layer.attend(*parts))


# ---- Attention as memory --------------------------------------------------------------------------------------------


def memory(size: int) -> tuple[Codec, torch.Tensor]:
    """Tokens of a memory of `size` cells full of extreme numbers, with CPU and ports."""
    basis = Basis(NAMES)
    codec = Codec(basis.names, basis.size)
    cells = np.resize(np.array(EXTREMES), size)
    return codec, codec.embed(State(cells, fresh_registers(size)))


def layer_of(*heads: Head) -> MultiHeadAttention:
    network = Network(Basis(NAMES), [Attention("layer", list(heads))], "ccc", 32, "full")
    (layer,) = materialise(network)[0].sublayers
    assert isinstance(layer, MultiHeadAttention)
    return layer


def set_cpu(x: torch.Tensor, **values: float) -> torch.Tensor:
    """The CPU token's row, once for each set of values."""
    row = x[-3].clone()
    for name, value in values.items():
        row[NAMES.index(name)] = value
    return row


def ask(layer: MultiHeadAttention, rows: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """What `rows` receive from all tokens of x."""
    project = layer.project
    return layer.attend(project(rows, layer.query), project(x, layer.key), project(x, layer.value))


def addresses(size: int, count: int) -> list[int]:
    edges = {0, 1, size // 2, size - 2, size - 1}
    return sorted(edges | set(np.random.default_rng(size).integers(0, size, count).tolist()))


def check_reads(size: int, count: int) -> None:
    _, x = memory(size)
    layer = layer_of(read_head("read", d("at"), "to", d("on")))
    to, value = NAMES.index("to"), NAMES.index("value")
    for address in addresses(size, count):
        rows = torch.stack([set_cpu(x, at=float(address), on=1.0), set_cpu(x)])
        received = ask(layer, rows, x)
        assert same(received[0, to], x[address, value]), address
        assert not received[1].any(), "read, though not enabled"


@pytest.mark.parametrize("size", [1, 2, 3, 100, 1 << 20])
def test_reads_are_exact_beside_huge_numbers(size: int) -> None:
    check_reads(size, 2 if size > 1000 else 20) if size > 3 else check_reads_of_all(size)


def check_reads_of_all(size: int) -> None:
    _, x = memory(size)
    layer = layer_of(read_head("read", d("at"), "to", d("on")))
    for address in range(size):
        received = ask(layer, set_cpu(x, at=float(address), on=1.0)[None], x)
        assert same(received[0, NAMES.index("to")], x[address, NAMES.index("value")])


@pytest.mark.slow
def test_reads_are_exact_in_the_largest_memory() -> None:
    check_reads(1 << 24, 2)


@pytest.mark.parametrize("ports", [False, True])
@pytest.mark.parametrize("waiting", [None, 7.0])
def test_ports_are_read_where_they_may_be(ports: bool, waiting: float | None) -> None:
    codec, x = memory(20)
    codec.offer_input(x[-3:], waiting)
    layer = layer_of(read_head("read", d("at"), "to", ports=ports), input_head("input", "other"))
    received = ask(layer, torch.stack([set_cpu(x, at=-1.0), set_cpu(x, at=3.0)]), x)
    expected = -1.0 if waiting is None else waiting
    assert received[:, NAMES.index("other")].tolist() == [expected, expected]
    assert received[1, NAMES.index("to")] == x[3, NAMES.index("value")]
    if ports:
        assert received[0, NAMES.index("to")] == expected
    assert not ask(layer, x[:20], x).any(), "a cell received something"
    assert not ask(layer, x[-2:], x).any(), "a port received something"


def check_write(size: int, address: int, rows: list[int]) -> None:
    """Only the token at `address` (-1: the output port, -2: none) is hit, and receives the result."""
    _, x = memory(size)
    x[-3] = set_cpu(x, at=float(address), at_squared=float(address) ** 2, other=1.5e308)
    layer = layer_of(write_head("write", "at", "at_squared", "other"))
    received = ask(layer, x[rows], x)
    target = size + 2 if address == -1 else address
    hit, incoming = NAMES.index("hit"), NAMES.index("incoming")
    for row, got in zip(rows, received, strict=True):
        expected = torch.zeros(len(NAMES), dtype=torch.float64)
        if row == target:
            expected[hit], expected[incoming] = 1.0, 1.5e308
        assert torch.equal(got, expected), (address, row)


@pytest.mark.parametrize("size", [1, 2, 5, 300])
def test_writes_reach_one_token_only(size: int) -> None:
    for address in (-2, -1, *addresses(size, 5)[:6]):
        if address < size:
            check_write(size, address, list(range(size + 3)))


@pytest.mark.parametrize("size", [1 << 18, pytest.param(1 << 24, marks=pytest.mark.slow)])
def test_writes_reach_one_token_of_a_large_memory(size: int) -> None:
    for address in (-2, -1, 0, size // 3, size - 1):
        near = {address - 1, address, address + 1, 0, 1, size - 2, size - 1, size, size + 1, size + 2}
        check_write(size, address, sorted(row for row in near if 0 <= row < size + 3))


def test_a_constant_reaches_the_cpu_token_only() -> None:
    _, x = memory(4)
    ff = FeedForward("layer")
    ff.add("to", constant(5))
    ff.when("other", constant(1), 3)
    (layer,) = materialise(Network(Basis(NAMES), [ff], "ccc", 32, "full"))[0].sublayers
    change = layer(x) - x
    assert change.nonzero().tolist() == [[4, NAMES.index("to")], [4, NAMES.index("other")]]
