"""`reach` may only claim silence where there is silence: hand-made layers, random layers, and those of the models."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccc.machine import REGISTERS
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts, MultiHeadAttention
from ccc.neural.patterns import SIZE, TOKEN_DIRECTIONS
from ccc.neural.reach import (
    Kind,
    attention_is_silent,
    experts_are_silent,
    feed_forward_is_silent,
    quiet_cell,
)
from tests.neural.helpers import KINDS, attention, feed_forward, kind_id, matrix, model_of, same

NAMES = (*TOKEN_DIRECTIONS, *REGISTERS, SIZE, "taken", "p", "q")
AT = {name: place for place, name in enumerate(NAMES)}
WIDTH = len(NAMES)
QUIET = quiet_cell(AT, WIDTH)
FREE = ("position", "position_squared", "value")


def row(**values: float) -> Tensor:
    tensor = torch.zeros(WIDTH, dtype=torch.float64)
    for name, value in values.items():
        tensor[AT[name]] = value
    return tensor


def quiet_cells(rng: np.random.Generator, count: int) -> Tensor:
    return torch.stack([row(cell=1.0, **{name: value(rng) for name in FREE}) for _ in range(count)])


def value(rng: np.random.Generator) -> float:
    """Large numbers, but none whose square overflows: a unit that writes nowhere may then still give 0 * inf = NaN."""
    return float(rng.choice([0.0, 1.0, -1.0, 0.5, 1e100, -1e100, 5e-324, *rng.integers(-9, 99, 3)]))


def full_stream(rng: np.random.Generator, cells: int) -> Tensor:
    """Quiet cells with their positions, and CPU and ports with anything in them that they may hold in mid-step."""
    rows = [row(cell=1.0, position=i, position_squared=i * i, value=value(rng)) for i in range(cells)]
    fixed = {"cpu", "cell", "in_port", "out_port", "position", "position_squared"}
    for kind in ("cpu", "in_port", "out_port"):
        own = {kind: 1.0} if kind == "cpu" else {kind: 1.0, "position": -1.0, "position_squared": 1.0}
        free = [name for name in NAMES if name not in fixed and not (kind == "cpu" and name in ("value", "end"))]
        rows.append(row(**own, **{name: float(rng.integers(-4, 5)) for name in free}))
    return torch.stack(rows)


def unit(value_row: Tensor, gate_row: Tensor, out_column: Tensor, activation: int) -> GatedFeedForward:
    counts = [0, 0, 0]
    counts[activation] = 1
    return GatedFeedForward(value_row[None], gate_row[None], out_column[:, None], counts)


# value, gate, activation (0 identity, 1 ReLU, 2 threshold), whether a quiet cell is left alone; out writes to p
HAND_MADE = (
    ("the value is 0 on cells", row(cpu=3), row(cell=1), 0, True),
    ("the gate is 0 on cells", row(value=1), row(pc=1, cpu=-2), 0, True),
    ("a threshold known to be shut", row(value=1), row(cell=-1), 2, True),
    ("a threshold at exactly 0", row(value=1), row(cpu=1), 2, True),
    ("a ReLU known to be shut", row(value=1), row(cell=-0.5), 1, True),
    ("a negative gate without activation", row(value=1), row(cell=-1), 0, False),
    ("an open threshold", row(value=1), row(cell=1), 2, False),
    ("a gate that depends on the value", row(cell=1), row(value=-1, cell=-1), 2, False),
    ("a value that depends on the position", row(position=1, cell=-1), row(cell=1), 0, False),
    ("a free direction with weight 0", row(value=0.0, pc=1), row(cell=1), 0, True),
)  # fmt: skip


@pytest.mark.parametrize(("what", "content", "gate", "activation", "silent"), HAND_MADE, ids=lambda x: str(x)[:40])
def test_one_unit(what: str, content: Tensor, gate: Tensor, activation: int, silent: bool) -> None:
    assert feed_forward_is_silent(unit(content, gate, row(p=1), activation), QUIET) is silent
    assert feed_forward_is_silent(unit(content, gate, row(), activation), QUIET), "it writes nowhere"


def test_one_loud_unit_among_silent_ones_is_enough() -> None:
    values = torch.stack([row(cpu=1), row(value=1)])
    gates, out = torch.stack([row(cell=1)] * 2), torch.stack([row(p=1)] * 2).T
    assert not feed_forward_is_silent(GatedFeedForward(values, gates, out, (2, 0, 0)), QUIET)


def test_experts() -> None:
    loud, quiet = unit(row(cell=1), row(cell=1), row(p=1), 0), unit(row(pc=1), row(cell=1), row(p=1), 0)
    by_cpu = torch.stack([row(), row(pc=2, cpu=-1)])
    assert experts_are_silent(MixtureOfExperts(by_cpu, [[], [loud]]), QUIET)
    assert experts_are_silent(MixtureOfExperts(by_cpu, [[quiet, quiet], [loud]]), QUIET)
    assert not experts_are_silent(MixtureOfExperts(by_cpu, [[quiet, loud], []]), QUIET)
    by_kind = torch.stack([row(), row(cell=1)])
    assert not experts_are_silent(MixtureOfExperts(by_kind, [[], [loud]]), QUIET)
    by_value = torch.stack([row(), row(value=1)])
    assert not experts_are_silent(MixtureOfExperts(by_value, [[], [loud]]), QUIET)
    assert not experts_are_silent(MixtureOfExperts(by_value, [[], []]), QUIET), "claimed more than is known"


def head(query: Tensor, key: Tensor, content: Tensor) -> MultiHeadAttention:
    return MultiHeadAttention(query[None, None], key[None, None], content[None, None], row(p=1)[:, None])


@pytest.mark.parametrize(
    ("what", "layer", "silent"),
    [
        ("all attend to the CPU, which gives 0", head(row(cell=1024), row(cpu=1), row(value=1)), True),
        ("the CPU gives something", head(row(cell=1024), row(cpu=1), row(pc=1)), False),
        ("the margin is too small", head(row(cell=700), row(cpu=1), row(value=1)), False),
        ("all attend to the cells", head(row(cell=1024), row(cell=1), row(cpu=1)), False),
        ("nobody asks: all are looked at alike", head(row(cpu=1024), row(cpu=1), row(value=1)), False),
        ("the query varies", head(row(cell=1024, value=1), row(cpu=1), row(value=1)), False),
        ("a key varies among cells", head(row(cell=1024), row(cpu=1, value=1), row(value=1)), False),
        ("a key varies at the port", head(row(cell=1024), row(cpu=1, end=1), row(value=1)), False),
        ("two tokens tie", head(row(cell=1024), row(cpu=1, in_port=1), row(end=1)), False),
        ("the port's position counts", head(row(cell=1024), row(cpu=1, position_squared=1), row(value=1)), False),
    ],
    ids=lambda x: str(x)[:40] if isinstance(x, str) else "",
)
def test_one_head(what: str, layer: MultiHeadAttention, silent: bool) -> None:
    assert attention_is_silent(layer, QUIET, AT) is silent


# ---- Soundness on random layers -------------------------------------------------------------------------------------

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@settings(deadline=None, max_examples=300)
@given(seeds, st.integers(0, 2), st.integers(1, 2), st.sampled_from([0.03, 0.1, 0.3]))
def test_a_silent_feed_forward_layer_changes_no_quiet_cell(rng, activation: int, count: int, density: float) -> None:
    counts = [0, 0, 0]
    counts[activation] = count
    layer = feed_forward(rng, WIDTH, tuple(counts), density)
    if feed_forward_is_silent(layer, QUIET):
        x = quiet_cells(rng, 20)
        assert same(layer(x), x)


@settings(deadline=None, max_examples=200)
@given(seeds, st.integers(1, 3), st.sampled_from([0.03, 0.1, 0.3]))
def test_silent_experts_change_no_quiet_cell(rng, experts: int, density: float) -> None:
    parts = [[feed_forward(rng, WIDTH, (1, 0, 1), density) for _ in range(2)] for _ in range(experts)]
    layer = MixtureOfExperts(matrix(rng, experts, WIDTH, density=density), parts)
    if experts_are_silent(layer, QUIET):
        x = quiet_cells(rng, 20)
        assert same(layer(x), x)


@settings(deadline=None, max_examples=300)
@given(seeds, st.integers(1, 2), st.integers(1, 12))
def test_a_silent_attention_layer_changes_no_quiet_cell(rng, heads: int, cells: int) -> None:
    layer = attention(rng, WIDTH, heads, (2, 1), density=0.08)
    with torch.no_grad():
        layer.query[:, :, [AT[name] for name in FREE]] = 0.0
        layer.query *= 1024.0
        layer.query[:, :, AT["cell"]] = 1024.0
        if rng.random() < 0.7:
            layer.key[:, 0, AT["cpu"]] += 2.0
        layer.value *= torch.from_numpy((rng.random(layer.value.shape) < 0.5) * 1.0)
    if attention_is_silent(layer, QUIET, AT):
        x = full_stream(rng, cells)
        y = layer(x)
        assert same(y[:cells], x[:cells])


def test_random_layers_are_sometimes_silent_and_sometimes_not() -> None:
    """Otherwise the tests above would show nothing."""
    rng = np.random.default_rng(1)
    claims = [feed_forward_is_silent(feed_forward(rng, WIDTH, (1, 0, 0), 0.2), QUIET) for _ in range(200)]
    assert 20 < sum(claims) < 180


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_what_is_claimed_of_the_models_is_so(kind) -> None:
    model = model_of(kind)
    quiet = quiet_cell(model.directions, model.width)
    rng = np.random.default_rng(2)
    x = torch.zeros(40, model.width, dtype=torch.float64) + quiet.known
    for name in FREE:
        x[:, model.directions[name]] = torch.tensor([value(rng) for _ in range(40)], dtype=torch.float64)
    x[:, model.directions["position"]] = torch.arange(40)
    x[:, model.directions["position_squared"]] = torch.arange(40) ** 2
    claims = {}
    for layer, names in zip(model.transformer.sublayers, model.layers, strict=True):
        if isinstance(layer, MultiHeadAttention):
            claims[names.name] = attention_is_silent(layer, quiet, model.directions)
            continue
        is_silent = experts_are_silent if isinstance(layer, MixtureOfExperts) else feed_forward_is_silent
        claims[names.name] = is_silent(layer, quiet)  # type: ignore[operator]
        if claims[names.name]:
            assert same(layer(x), x), names.name
    assert [name for name, silent in claims.items() if not silent] == ["write"]


def test_a_kind_knows_what_is_constant() -> None:
    kind = Kind.of(AT, WIDTH, {"cell": 2.0}, ("value",))
    known, constant = kind.apply(torch.stack([row(cell=3, pc=5), row(value=1, cell=1), row(value=0.0)]))
    assert known.tolist() == [6.0, 2.0, 0.0]
    assert constant.tolist() == [True, False, True]
