"""The option `changed` against `all`: the same stream bit for bit after every step, with right and wrong weights."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
import torch

from ccc.isa import DIALECTS
from ccc.neural import Model, Weight, named_weights, perturb
from ccc.neural.rows import ChangedRows
from ccc.neural.stream import FullStream
from tests.engines.random_programs import Program, plain, planned
from tests.neural.helpers import PLAIN, advance, kind_id, model_of, same, whole

STEPS = 12
KINDS = [("ccc", 8), *PLAIN]
CHANGES = {"zeroed": 0.0, "sign": -1.0, "doubled": 2.0, "halved": 0.5, "scaled": 1024.0, "odd": 1.3}


def program_of(kind: tuple[str, int], seed: int) -> Program:
    dialect = DIALECTS[kind[0]]
    return planned(Random(seed), kind[1]) if dialect.extended else plain(Random(seed), kind[1], dialect)


def compare_rows(model: Model, program: Program) -> tuple[int, str]:
    """Steps until a stream stopped being finite, or STEPS; and how it went.

    `rounding`: a wrong weight can make attention mix several tokens in parts that round; torch rounds a sum by how many
    rows it computes together, so that the last bit may differ. From there on the two need not agree.
    """
    full, changed = FullStream(model, program.image.state), ChangedRows(model, program.image.state)
    for step in range(STEPS):
        waiting = program.inputs[0] if program.inputs else None
        left = advance(full, model, waiting)
        right = advance(changed, model, waiting)
        a, b = whole(full), whole(changed)
        if not (torch.isfinite(a).all() and torch.isfinite(b).all()):
            return step, "not finite"  # 0 times infinity is NaN, in rows that only `all` computes too
        if not same(a, b):
            if torch.allclose(a, b, rtol=1e-9, atol=0.0):
                return step, "rounding"
            return step, f"differs at {(a != b).nonzero()[:4].tolist()}: {a[a != b][:4]} {b[a != b][:4]}"
        assert left == right
    return STEPS, "same"


@pytest.mark.parametrize("kind", [*KINDS, ("ccc", 32)], ids=kind_id)
def test_equal_with_constructed_weights(kind) -> None:
    model = model_of(kind)
    for seed in range(12):
        assert compare_rows(model, program_of(kind, seed)) == (STEPS, "same")


def weights_that_matter(model: Model, rng: Random, count: int) -> list[Weight]:
    """Random weights, most of them outside the experts, of which a program uses few."""
    weights = list(named_weights(model))
    inside = ("operands.", "pointers.", "execute.")
    common = [weight for weight in weights if not weight.name.startswith(inside)]
    return [rng.choice(common if rng.randrange(4) else weights) for _ in range(count)]


def check_perturbed(kind: tuple[str, int], count: int, seed: int) -> Counter[str]:
    model, rng = model_of(kind), Random(seed)
    outcomes: Counter[str] = Counter()
    for number, weight in enumerate(weights_that_matter(model, rng, count)):
        how = rng.choice(list(CHANGES))
        changed, _ = perturb(model, weight.name, weight.value * CHANGES[how])
        _, outcome = compare_rows(changed, program_of(kind, number % 17))
        assert outcome in ("same", "not finite", "rounding"), (weight.name, how, number, outcome)
        outcomes[outcome] += 1
    assert outcomes["rounding"] <= max(1, count // 50), outcomes
    return outcomes


@pytest.mark.parametrize("kind", KINDS, ids=kind_id)
def test_equal_with_a_wrong_weight(kind, record_property) -> None:
    outcomes = check_perturbed(kind, 40, 1)
    assert outcomes["same"] >= 20
    record_property("outcomes", dict(outcomes))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*KINDS, ("ccc", 32)], ids=kind_id)
def test_equal_with_many_wrong_weights(kind) -> None:
    check_perturbed(kind, 250, 2)


@pytest.mark.parametrize(
    "marker",
    [
        "in_port",
        "position",
        "position_squared",
        "cpu",
        "cell",
        "out_port",
    ],
)
def test_equal_where_weights_overwrite_what_kind_a_token_is(marker: str) -> None:
    """No construction does that, but a weights file may."""
    model = model_of(("subleq", 8))
    names = [names.name for names in model.layers]
    for unit in range(len(model.layers[names.index("commit")].rows)):
        changed = replace(model, transformer=copy.deepcopy(model.transformer))
        layer = changed.transformer.sublayers[names.index("commit")]
        with torch.no_grad():
            layer.out[model.directions[marker], unit] = -1.0
        for seed in (1, 15):
            assert compare_rows(changed, program_of(("subleq", 8), seed))[1] in ("same", "not finite", "rounding")


def test_changed_rows_are_fewer_than_all() -> None:
    """The option is worth having: with sound weights no quiet cell is computed but the one that is written."""
    model = model_of(("ccc", 8))
    stream = ChangedRows(model, program_of(("ccc", 8), 3).image.state)
    seen: list[int] = []
    settle = stream._settle

    def spy(rows: torch.Tensor, x: torch.Tensor) -> None:
        seen.append(len(rows))
        settle(rows, x)

    stream._settle = spy  # type: ignore[method-assign]
    for _ in range(10):
        advance(stream, model)
    assert seen
    assert max(seen) <= 4
