"""Training, mending and the method as a whole: small functions are learnt, the same seed gives the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from ccc.errors import SkillError
from ccc.learn.gradient import Gradient, Options
from ccc.learn.gradient.descent import Adam
from ccc.learn.gradient.hard import Programs, run
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.measure import nanoseconds
from ccc.learn.gradient.noise import Noise
from ccc.learn.gradient.repair import Repair
from ccc.learn.gradient.simplex import steps_used, weights_of
from ccc.learn.gradient.training import Training
from ccc.learn.model import Budget, Progress
from ccc.learn.search.search import Search
from tests.learn.gradient.sketches import (
    PAIR,
    PAIRS,
    distance,
    functions_of,
    scaled,
    scaled_sum,
    search_of,
    sketch_of,
)

QUICK = Options(restarts=64, iterations=120)


def training(search: Search, steps: int, options: Options, seed: int = 0) -> Training:
    sketch = sketch_of(search, steps)
    return Training(sketch, functions_of(sketch), Wanted(sketch, search), options, seed)


def test_the_loss_of_every_restart_falls() -> None:
    one = training(distance(), 2, Options(restarts=32, firm=0.0, entropy=0.0))
    before = one.step()
    for _ in range(60):
        after = one.step()
    assert float((after < before).double().mean()) > 0.9
    assert float(after.mean()) < 0.7 * float(before.mean())


def test_sparsity_leaves_fewer_steps() -> None:
    used = []
    for sparsity in (0.0, 0.3):
        one = training(distance(), 4, Options(restarts=32, iterations=60, firm=0.0, entropy=0.0, sparsity=sparsity))
        while one.iteration < 60:
            one.step()
        weights = weights_of(one.model.logits(), 1.0, Options(), Noise(0))
        used.append(float(steps_used(weights, one.model.wiring).detach().mean()))
    assert used[1] < 0.9 * used[0]


def test_restarts_do_not_touch_each_other() -> None:
    """The first of many restarts is trained as it would be alone."""
    many, few = (training(distance(), 2, Options(restarts=count, firm=0.0)) for count in (8, 2))
    with torch.no_grad():
        for part, other in zip(few.model.parameters(), many.model.parameters(), strict=True):
            part.copy_(other[:2])
    for _ in range(5):
        many.step()
        few.step()
    for part, other in zip(few.model.parameters(), many.model.parameters(), strict=True):
        assert torch.allclose(part, other[:2], atol=1e-12)


def test_descent_is_adam() -> None:
    """As the paper writes it, a number at a time."""
    values = torch.tensor([[0.5, -2.0]], dtype=torch.float64, requires_grad=True)
    adam, expected = Adam([values], 0.1, longest=1e9), []
    for x in (0.5, -2.0):
        m = v = 0.0
        for t in range(1, 21):
            slope = 4 * x**3 - 1
            m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
            x -= 0.1 * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        expected.append(x)
    for _ in range(20):
        adam.step((values**4 - values).sum())
    assert values[0].tolist() == pytest.approx(expected, rel=1e-9)


def test_a_gradient_is_no_longer_than_allowed() -> None:
    """A restart with a very long one, and one with none that is a number, move no other."""
    found = []
    for scale in (1.0, 1e9, float("inf")):
        values = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
        Adam([values], 0.1, longest=1.0).step((values.sum(1) * torch.tensor([scale, 0.5])).sum())
        found.append(values.detach())
    assert all(torch.equal(one[1], found[0][1]) for one in found)
    assert all(bool(torch.isfinite(one).all()) for one in found)


def test_single_and_double() -> None:
    """Both learn; programs are judged in double."""
    for double in (False, True):
        one = training(distance(), 2, Options(restarts=8, double=double))
        assert one.model.alpha.dtype == (torch.float64 if double else torch.float32)
        assert one.step().shape == (8,)
        assert one.look().loss.dtype == torch.float64


def test_figures_of_time() -> None:
    soft, hard = nanoseconds(Options(restarts=8), times=2)
    assert soft > 0
    assert hard > 0


def test_one_wrong_part_is_mended() -> None:
    """max(a - b, a + b) is one part from the distance: another operation, with its arguments the other way round."""
    search = distance()
    sketch = sketch_of(search, 3)
    names = [op.name for op in sketch.ops]
    base = len(sketch.nodes)
    a, b = 0, 1

    def program(second: str) -> Programs:
        ops = [[names.index(name) for name in ("sub", second, "max")]]
        arguments = [[[a, b], [a, b], [base, base + 1]]]
        none = torch.zeros(1, 0, dtype=torch.int64)
        return Programs(torch.tensor(ops), torch.tensor(arguments), none, none, torch.tensor([[base + 2]]))

    wrong, wanted = program("add"), Wanted(sketch, search)
    results = run(wrong, sketch)
    assert float(wanted.right(results)) < 1
    repair = Repair(sketch, training(search, 3, QUICK).model.wiring, wanted, torch.Generator())
    better, right, tried = next(repair.mended(wrong, 1, 1))
    assert float(right.max()) == 1
    assert tried > 100
    assert float(wanted.right(run(better, sketch)).max()) == 1


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (distance, QUICK),
        (scaled_sum, QUICK),
        (scaled, QUICK),
        (scaled, Options(restarts=64, iterations=60, decide=True, samples=2)),
        (
            lambda: search_of(PAIR, lambda a, b: {"y": a * b + a}, PAIRS),
            Options(restarts=64, iterations=80, gumbel=True),
        ),
    ],
)
def test_it_learns(make: Callable[[], Search], options: Options) -> None:
    problem = make().problem
    budget = Budget(600, 3_000_000)
    found = next(one for one in Gradient(options).search(problem, budget, 0, lambda progress: None) if one.right == 1)
    assert found.method == "gradient"
    again = next(one for one in Gradient(options).search(problem, budget, 0, lambda progress: None) if one.right == 1)
    assert again == found, "the same seed gives the same"


def test_a_budget_ends_it() -> None:
    seen: list[Progress] = []
    problem = search_of(PAIR, lambda a, b: {"y": (a * 7919 + b * b * 31) % 101}, PAIRS).problem
    for found in Gradient(QUICK).search(problem, Budget(600, 40_000), 0, seen.append):
        assert found.right < 1
    assert 40_000 <= seen[-1].candidates < 120_000


def test_nothing_to_train() -> None:
    """Parts without a derivative."""
    problem = search_of(PAIR, lambda a, b: {"y": a + b}, PAIRS, parts="zero nop").problem
    with pytest.raises(SkillError, match="no part computes something from single cells"):
        list(Gradient(QUICK).search(problem, Budget(60), 0, lambda progress: None))
