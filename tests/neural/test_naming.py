"""Names of single weights, changing one of them, and descriptions."""

from __future__ import annotations

import pytest
import torch

from ccc.errors import UsageError
from ccc.neural import Part, construct, constructed, describe, named_weights, perturb
from tests.neural.helpers import KINDS, kind_id, model_of, same

COUNTS = {
    ("ccc", 8): 3995,
    ("ccc", 16): 4967,
    ("ccc", 32): 7030,
}


@pytest.fixture(params=KINDS, ids=kind_id)
def kind(request: pytest.FixtureRequest) -> tuple[str, int]:
    return request.param


def nonzero(model) -> int:
    return sum(int((tensor != 0).sum()) for tensor in model.transformer.state_dict().values())


def test_every_weight_has_one_name_of_its_own(kind, record_property) -> None:
    model = model_of(kind)
    weights = list(named_weights(model))
    assert len({weight.name for weight in weights}) == len(weights)
    assert len({(weight.tensor.data_ptr(), weight.index) for weight in weights}) == len(weights)
    assert all(weight.value != 0 for weight in weights)
    assert len(weights) == nonzero(model)
    record_property("weights", len(weights))


def test_names_say_direction_unit_and_layer() -> None:
    names = {weight.name for weight in named_weights(model_of(("ccc", 32)))}
    layers = {names.name for names in model_of(("ccc", 32)).layers}
    assert {name.split(".")[0] for name in names} == layers
    for name in (
        "status.stopped.0.gate[pc]",
        "fetch.a.query0[pc_address]",
        "execute.add.0.result.0.value[x]",
        "execute.router.add[opcode]",
        "execute.mul.1.high.0.out[execute.mul.high]",
    ):
        assert name in names


def test_directions_inside_an_expert_are_its_own() -> None:
    for weight in named_weights(model_of(("ccc", 8))):
        stage, *rest = weight.name.split(".")
        direction = weight.name[weight.name.index("[") + 1 : -1]
        if "." in direction and rest[0] != "router" and stage != "accept":
            assert direction.startswith(f"{stage}.{rest[0]}."), weight.name


def test_describe_counts_every_weight(kind) -> None:
    model = model_of(kind)
    parts = describe(model)
    assert sum(part.nonzero for part in parts) == nonzero(model)
    assert [part.name for part in parts] == [names.name for names in model.layers]

    def check(part: Part) -> None:
        assert part.nonzero >= sum(inner.nonzero for inner in part.parts)
        assert {*part.reads, *part.writes} <= set(model.directions)
        for inner in part.parts:
            check(inner)

    for part in parts:
        check(part)


def test_describe_says_what_a_layer_reads_and_writes() -> None:
    parts = {part.name: part for part in describe(model_of(("ccc", 32)))}
    (add,) = (part for part in parts["execute"].parts if part.name == "add")
    assert set(add.reads) == {"x", "y", "cpu", "nonword1", "nonword2"}
    assert set(add.writes) == {"result", "fault_integer"}
    assert [head.name for head in parts["fetch"].parts][:3] == ["a", "b", "c"]


@pytest.mark.parametrize("value", [0.0, 1e300])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (("ccc", 32), "execute.add.0.result.0.value[x]"),
        (("ccc", 32), "fetch.a.query0[pc_address]"),
        (("ccc", 32), "execute.router.add[opcode]"),
        (("ccc", 32), "write.write.out0[hit]"),
        (("subleq", 32), "erase.value.0.out[value]"),
    ],
)
def test_perturb_changes_one_number_of_a_copy(kind, name: str, value: float) -> None:
    model = model_of(kind)
    before = {key: tensor.clone() for key, tensor in model.transformer.state_dict().items()}
    changed, old = perturb(model, name, value)
    assert old == next(weight.value for weight in named_weights(model) if weight.name == name)
    assert constructed(model.dialect, model.word) is model
    after = changed.transformer.state_dict()
    assert all(same(tensor, before[key]) for key, tensor in model.transformer.state_dict().items())
    differing = {key: (after[key] != tensor).nonzero() for key, tensor in before.items()}
    places = [(key, place) for key, rows in differing.items() for place in rows.tolist()]
    assert len(places) == 1
    key, place = places[0]
    assert after[key][tuple(place)] == value
    assert changed.checksum != model.checksum
    for name_, tensor in after.items():
        assert tensor.data_ptr() != model.transformer.state_dict()[name_].data_ptr() or tensor.numel() == 0


def test_perturb_names_the_nearest_weights() -> None:
    with pytest.raises(UsageError) as caught:
        perturb(model_of(("ccc", 32)), "execute.add.0.result.0.value[z]", 1.0)
    assert "execute.add.0.result.0.value[x]" in caught.value.hint or "did you mean" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        perturb(model_of(("ccc", 32)), "?", 1.0)
    assert "--describe" in caught.value.hint


def test_counts_of_weights_are_those_reported() -> None:
    """A change here is a change of the construction: say so in the documentation."""
    assert {kind: nonzero(model_of(kind)) for kind in COUNTS} == COUNTS


def test_weights_need_no_gradient_and_are_doubles(kind) -> None:
    for tensor in model_of(kind).transformer.parameters():
        assert tensor.dtype == torch.float64
        assert not tensor.requires_grad
        assert torch.isfinite(tensor).all()
        assert not ((tensor == 0) & torch.signbit(tensor)).any(), "-0.0 among the weights"


def test_constructed_weights_are_ones_own_to_change() -> None:
    model = model_of(("subleq", 32))
    mine = construct(model.dialect, model.word)
    mine.transformer.sublayers[3].out[:, 0] *= 2  # type: ignore[index,union-attr]
    assert mine.checksum != model.checksum == construct(model.dialect, model.word).checksum
