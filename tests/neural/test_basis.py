"""Forms over named directions, the basis, units, and their way into tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.neural.basis import CPU, Affine, Basis, constant, d
from ccc.neural.materialise import materialise
from ccc.neural.spec import Activation, Attention, Experts, FeedForward, Head, Network

NAMES = ("cpu", "a", "b", "c", "out")
forms = st.dictionaries(st.sampled_from(NAMES), st.integers(-8, 8).map(float), max_size=4).map(Affine)
points = st.dictionaries(st.sampled_from(NAMES[1:]), st.integers(-50, 50)).map(lambda point: {CPU: 1, **point})


def value(form: Affine, point: dict[str, int]) -> float:
    return sum(coefficient * point.get(name, 0) for name, coefficient in form.terms.items())


@given(forms, forms, points, st.integers(-9, 9))
def test_forms_add_subtract_and_scale_as_functions_do(left: Affine, right: Affine, point, number: int) -> None:
    x, y = value(left, point), value(right, point)
    assert value(left + right, point) == x + y
    assert value(left - right, point) == x - y
    assert value(left + number, point) == value(number + left, point) == x + number
    assert value(left - number, point) == x - number
    assert value(number - left, point) == number - x
    assert value(left * number, point) == value(number * left, point) == x * number
    assert value(-left, point) == -x


@given(forms, forms)
def test_results_keep_no_zero_coefficients(left: Affine, right: Affine) -> None:
    for form in (left + right, left - left, left * 0, constant(0)):
        assert 0.0 not in form.terms.values()


def test_a_constant_is_a_multiple_of_the_cpu_direction() -> None:
    assert constant(3).terms == {CPU: 3.0}
    assert (d("a") + 3).terms == {"a": 1.0, CPU: 3.0}


def test_basis_gives_places_in_order_and_overlays_share_them() -> None:
    basis = Basis(("a", "b"))
    basis.overlay(("x", "y", "z"))
    basis.overlay(("p",))
    basis.overlay(())
    assert basis.names == {"a": 0, "b": 1, "x": 2, "y": 3, "z": 4, "p": 2}
    assert (basis.size, basis.shared) == (5, range(2, 5))
    assert "a" in basis
    assert "q" not in basis
    assert basis["p"] == 2
    assert Basis(("a",)).shared == range(1, 1)


def test_basis_refuses_a_second_place_and_late_directions() -> None:
    basis = Basis(("a",))
    with pytest.raises(ValueError, match="'a' is there already"):
        basis.add("a")
    with pytest.raises(ValueError, match="'a' is there already"):
        basis.overlay(("a",))
    with pytest.raises(ValueError, match="before the overlays"):
        basis.add("b")
    with pytest.raises(KeyError, match="no direction 'q'"):
        basis["q"]


def test_units_are_named_after_what_they_write_and_numbered() -> None:
    ff = FeedForward("layer")
    ff.add("stage.op.out", d("a"))
    ff.add("out", d("a"), d("b"))
    ff.when({"a": -1.0, "out": 2.0}, d("b"), 3)
    ff.when("out", d("b"))
    assert [unit.name for unit in ff.units] == ["out.0", "out.1", "a.0", "out.2"]
    assert [unit.activation for unit in ff.units] == [Activation.IDENTITY] * 2 + [Activation.THRESHOLD] * 2
    assert ff.units[0].gate.terms == {CPU: 1.0}
    assert ff.units[2].value.terms == {CPU: 3.0}
    assert ff.units[2].writes == {"a": -1.0, "out": 2.0}


units = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), st.integers(-4, 4).map(float), min_size=1, max_size=3),
        forms,
        forms,
        st.sampled_from(Activation),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(units, points)
def test_a_feed_forward_layer_computes_what_its_units_say(rows, point) -> None:
    ff = FeedForward("layer")
    expected = {name: float(point.get(name, 0)) for name in NAMES}
    for writes, content, gate, activation in rows:
        ff._append(writes, content, gate, activation)
        opened = value(gate, point)
        if activation is not Activation.IDENTITY:
            opened = max(opened, 0) if activation is Activation.RELU else opened > 0
        for name, weight in writes.items():
            expected[name] += weight * value(content, point) * opened
    network = Network(Basis(NAMES), [ff], "ccc", 8, "full")
    transformer, (names,) = materialise(network)
    x = torch.tensor([[float(point.get(name, 0)) for name in NAMES]], dtype=torch.float64)
    assert transformer(x).squeeze(0).tolist() == list(expected.values())
    assert sorted(names.rows) == sorted(unit.name for unit in ff.units)
    assert names.counts == tuple(sum(row[3] is act for row in rows) for act in Activation)


@settings(deadline=None)
@given(st.lists(st.tuples(forms, forms, forms), min_size=1, max_size=3), forms, st.integers(1, 4))
def test_an_attention_layer_computes_what_its_heads_say(components, written, tokens: int) -> None:
    """Two heads of different depth: the shorter one is filled up with zeros."""
    heads = [
        Head("wide", tuple(c[0] for c in components), tuple(c[1] for c in components), {"out": written, "a": d("b")}),
        Head("narrow", (d("a"),), (d("b"),), {"b": components[0][2]}),
    ]
    network = Network(Basis(NAMES), [Attention("layer", heads)], "ccc", 8, "full")
    transformer, (names,) = materialise(network)
    rows = np.random.default_rng(tokens).integers(-3, 4, (tokens, len(NAMES)))
    x = torch.from_numpy(rows.astype(np.float64))
    points_ = [dict(zip(NAMES, row.tolist(), strict=True)) for row in rows]
    expected = x.numpy().copy()
    for head in heads:
        for asking, point in enumerate(points_):
            scores = np.array(
                [
                    sum(value(q, point) * value(k, other) for q, k in zip(head.query, head.key, strict=True))
                    for other in points_
                ]
            )
            weights = np.exp(scores - scores.max())
            for name, form in head.writes.items():
                content = np.array([value(form, other) for other in points_])
                expected[asking, NAMES.index(name)] += weights @ content / weights.sum()
    np.testing.assert_allclose(transformer(x).numpy(), expected, rtol=1e-9, atol=1e-9)
    assert names.rows == ("wide", "narrow")


def test_expert_k_wins_where_the_router_direction_is_k() -> None:
    basis = Basis(("cpu", "which", "out"))
    layer = Experts("stage", "which")
    for k in range(50):
        builder = FeedForward("0")
        builder.add("out", constant(k + 1))
        layer.experts.append(_expert(f"e{k}", builder))
    transformer, _ = materialise(Network(basis, [layer], "ccc", 8, "full"))
    x = torch.zeros(50, 3, dtype=torch.float64)
    x[:, 0], x[:, 1] = 1, torch.arange(50)
    assert transformer(x)[:, 2].tolist() == list(range(1, 51))
    others = torch.zeros(3, 3, dtype=torch.float64)
    assert transformer.sublayers[0].route(others).tolist() == [0, 0, 0]


def _expert(name: str, *layers: FeedForward):
    from ccc.neural.spec import Expert

    return Expert(name, list(layers))
