"""Trained weights: the skill in the state does what the same weights do in torch, and joins a library."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ccc.errors import FileError, SkillError, UsageError
from ccc.learn.retest import changed, retest
from ccc.learn.soft import Trained, join, read_soft_spec, train
from ccc.learn.soft.check import check, written
from ccc.learn.soft.checkpoint import _FILE, _LOSSES
from ccc.learn.soft.data import Batch
from ccc.learn.soft.fit import Epoch, Fit
from ccc.learn.soft.trained import trained_entry
from ccc.skills import Library, call_skill
from tests.learn.soft.pictures import KINDS, write_pictures

LIBRARY = Library.default()
SPECS = Path(__file__).resolve().parents[3] / "skills" / "trained"


def trained(path: Path, **changes: float) -> Trained:
    spec = read_soft_spec(path, LIBRARY)
    return train(replace(spec, training=replace(spec.training, **changes)), LIBRARY)


def weight(found: Trained, name: str) -> torch.Tensor:
    return found.fit.module.weights[name].detach()


def images(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(count, *shape))


@pytest.mark.parametrize("name", ["iris_perceptron", "iris_logistic", "iris_mlp", "diabetes_linear"])
def test_what_is_trained_reaches_its_aim(name: str) -> None:
    found = trained(SPECS / f"{name}.yaml")
    assert found.problems == []
    assert found.learnt
    part = found.parts["held_out"]
    assert part.exact
    assert part.other == 0
    assert part.apart < 1e-12
    assert part.scores.keys() == part.torch.keys()
    assert all(abs(part.scores[key] - part.torch[key]) < 1e-12 for key in part.scores)


def test_regression_is_least_squares() -> None:
    found = trained(SPECS / "diabetes_linear.yaml")
    batch = found.spec.source.epoch(0, 0)[0]
    columns = np.column_stack([batch.given["x"], np.ones(len(batch))])
    exact = np.linalg.lstsq(columns, batch.expected["progression"], rcond=None)[0]
    loss = [
        float(((columns @ values - batch.expected["progression"]) ** 2).mean())
        for values in (exact, np.append(weight(found, "diabetes_linear__w"), weight(found, "diabetes_linear__b")))
    ]
    assert loss[1] < loss[0] * 1.001


@pytest.mark.parametrize("name", ["digits_mlp", "digits_convolution"])
def test_it_is_the_model_of_torch(name: str, tmp_path: Path) -> None:
    """Written with torch's own layers, on pictures that no training has seen."""
    fit = Fit(read_soft_spec(SPECS / f"{name}.yaml", LIBRARY), LIBRARY, 4)
    values = {key.split("__")[1]: value.detach() for key, value in fit.module.weights.items()}
    if name == "digits_mlp":
        layers = nn.functional.linear
        model = lambda x: layers(  # noqa: E731
            torch.relu(layers(x.flatten(1), values["w1"], values["b1"])), values["w2"], values["b2"]
        )
    else:
        model = lambda x: nn.functional.linear(  # noqa: E731
            torch.relu(nn.functional.conv2d(x[:, None], values["k"].reshape(16, 1, 3, 3), values["c"])).flatten(1),
            values["w"],
            values["b"],
        )
    given = torch.from_numpy(images(6, 8, 8))
    skill = written(fit, LIBRARY, tmp_path)
    library = Library([tmp_path, *LIBRARY.folders])
    labels = [float(call_skill(library, skill.name, {"image": image}).outputs["label"]) for image in given.numpy()]
    assert labels == model(given).argmax(1).tolist()
    soft = fit.module({"image": given})["label"][0]
    assert torch.allclose(soft.logs, torch.log_softmax(model(given), 1), rtol=1e-12, atol=1e-12)


def test_digits_from_sums_alone(tmp_path: Path) -> None:
    """No label of a picture is ever shown; the part that reads them is a skill in the end."""
    write_pictures(tmp_path)
    found = trained(tmp_path / "sum.yaml")
    assert found.learnt
    assert found.parts["held_out"].scores["accuracy"] > 0.95
    into = tmp_path / "learnt"
    assert join(found, LIBRARY, into)
    library = Library([into, *LIBRARY.folders])
    assert [float(call_skill(library, "kind_of", {"image": kind}).outputs["label"]) for kind in KINDS] == [0, 1, 2]
    record = library.find("sum_of_kinds").record
    assert record is not None
    assert record.helpers == ("kind_of",)
    assert record.neural
    assert library.card("sum_of_kinds").generation == library.card("kind_of").generation + 1


def test_longer_than_trained(tmp_path: Path) -> None:
    """Steps that run for each row, with what is carried: trained on one and two rows, and run on nine."""
    write_pictures(tmp_path)
    found = trained(tmp_path / "total.yaml")
    assert found.learnt
    assert found.parts["longer"].cases == 10
    assert found.parts["longer"].exact
    assert found.parts["longer"].other == 0
    assert found.parts["longer"].scores["accuracy"] > 0.9


def test_no_forgetting(tmp_path: Path) -> None:
    """Training changes no skill that was there, bit for bit."""
    names = ["linear", "relu", "argmax", "add", "convolve", "mlp_forward"]
    before = retest(LIBRARY, names)
    into = tmp_path / "learnt"
    for name in ("iris_mlp", "iris_logistic"):
        assert join(trained(SPECS / f"{name}.yaml"), LIBRARY, into)
    library = Library([into, *LIBRARY.folders])
    assert changed(retest(library, names), before) == ()
    learnt = retest(library, ["iris_mlp", "iris_logistic"])
    assert not join(trained(SPECS / "iris_mlp.yaml"), library, into)
    assert changed(retest(library, ["iris_mlp", "iris_logistic"]), learnt) == ()


def test_the_same_seed_gives_the_same_skill(tmp_path: Path) -> None:
    texts = []
    for number in range(2):
        found = trained(SPECS / "iris_mlp.yaml", epochs=5)
        folder = tmp_path / str(number)
        folder.mkdir()
        written(found.fit, LIBRARY, folder)
        texts.append((folder / "iris_mlp.s").read_bytes())
    assert texts[0] == texts[1]


def test_weights_are_written_exactly(tmp_path: Path) -> None:
    fit = Fit(read_soft_spec(SPECS / "iris_mlp.yaml", LIBRARY), LIBRARY, 1)
    skill = written(fit, LIBRARY, tmp_path)
    result = call_skill(Library([tmp_path, *LIBRARY.folders]), skill.name, {"x": [1, 2, 3, 4]})
    cells = result.state.cells.tobytes()
    for value in fit.module.weights.values():
        assert (value.detach().numpy() + 0.0).tobytes() in cells


@pytest.mark.parametrize(("restarts", "step"), [(1, 14), (3, 22)])
def test_a_training_goes_on_from_its_checkpoint(
    restarts: int, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with the same weights as one that ran through."""
    spec = read_soft_spec(SPECS / "iris_mlp.yaml", LIBRARY)
    spec = replace(spec, training=replace(spec.training, epochs=8, restarts=restarts))
    whole = train(spec, LIBRARY)

    loss, steps = Fit.loss, count()

    def stopped(fit: Fit, batch: Batch) -> torch.Tensor:
        if next(steps) == step:  # in the fourth epoch, of that which goes on
            raise KeyboardInterrupt
        return loss(fit, batch)

    path = tmp_path / "training.safetensors"
    with monkeypatch.context() as patch:
        patch.setattr(Fit, "loss", stopped)
        assert train(spec, LIBRARY, checkpoint=path).interrupted
    epochs = []
    again = train(spec, LIBRARY, checkpoint=path, report=lambda stage: epochs.append(stage.epoch))
    assert next(epoch.number for epoch in epochs if epoch is not None) == 4
    for name, value in whole.fit.module.weights.items():
        assert torch.equal(value, again.fit.module.weights[name])
    assert again.fit.losses == whole.fit.losses
    with pytest.raises(UsageError, match="another training: 'seed' differs"):
        train(spec, LIBRARY, seed=5, checkpoint=path)
    tensors, metadata = _FILE.read(path)
    for wrong in ({}, {_LOSSES: tensors[_LOSSES][1:]}):
        rest = {name: part for name, part in tensors.items() if name != _LOSSES} | wrong
        path.write_bytes(_FILE.encode(rest, metadata))
        with pytest.raises(FileError, match="the losses are missing, or not those of 8 epochs"):
            train(spec, LIBRARY, checkpoint=path)
    for wrong in ({}, {"training": "[]"}, {"training": metadata["training"].replace('"epoch": ', '"epoch": -')}):
        path.write_bytes(_FILE.encode(tensors, wrong))
        with pytest.raises(FileError, match="no proper checkpoint of training"):
            train(spec, LIBRARY, checkpoint=path)


def test_of_several_beginnings_the_best_goes_on(tmp_path: Path) -> None:
    """All of them are trained for a tenth of the epochs."""
    write_pictures(tmp_path)
    spec = read_soft_spec(tmp_path / "sum.yaml", LIBRARY)
    spec = replace(spec, training=replace(spec.training, restarts=3, epochs=20))
    epochs: list[Epoch] = []
    found = train(spec, LIBRARY, report=lambda stage: epochs.append(stage.epoch) if stage.epoch is not None else None)
    assert [(one.restart, one.number) for one in epochs[:7]] == [
        (0, 1),
        (0, 2),
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (-1, 3),
    ]
    assert [one.number for one in epochs[6:]] == list(range(3, 21))
    assert found.learnt
    worst = max(epochs[1:6:2], key=lambda one: one.loss)
    assert epochs[6].loss < worst.loss


def test_what_misses_its_aim_is_not_learnt() -> None:
    found = trained(SPECS / "digits_mlp.yaml", epochs=1, rate=1e-6)
    assert not found.learnt
    assert "the spec asks for 0.96" in found.problems[0]
    assert trained_entry(found)["status"] == "not learnt"


def test_a_wrong_weight_is_found(tmp_path: Path) -> None:
    """What is compared is the skill that is in the files."""
    fit = Fit(read_soft_spec(SPECS / "diabetes_linear.yaml", LIBRARY), LIBRARY, 0)
    fit.module.weights["diabetes_linear__w"].data.fill_(0.5)
    skill = written(fit, LIBRARY, tmp_path)
    path = tmp_path / "diabetes_linear.s"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(".reals 0.5", ".reals 0.6", 1), encoding="utf-8")
    before = hashlib.sha256(text.encode()).hexdigest()
    assert before != hashlib.sha256(path.read_bytes()).hexdigest()
    *_, part = check(fit, skill, "held_out")
    assert part.apart > 1e-3
    assert part.exact


def test_skills_that_branch_are_trained_by_their_jacobians(tmp_path: Path) -> None:
    """A softmax takes the largest number off first, so no recording of it holds for other data."""
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    np.savez(tmp_path / "shares.npz", x=np.eye(3), y=shares)
    text = (
        "spec: shares\nkind: soft\ndescription: Shares.\ninputs: {x: 'real[3]'}\noutputs: {y: 'real[3]'}\n"
        "trained: {w: 'real[3, 3]', b: 'real[3]'}\nsteps:\n  - linear(x, w, b) -> z\n  - softmax(z) -> y\n"
        "file: shares.npz\nsplit: {train: 2, held_out: 1}\ntraining: {epochs: 12, rate: 0.3}\n"
    )
    (tmp_path / "shares.yaml").write_text(text, encoding="utf-8")
    losses: list[float] = []
    found = train(
        read_soft_spec(tmp_path / "shares.yaml", LIBRARY),
        LIBRARY,
        report=lambda stage: losses.append(stage.epoch.loss if stage.epoch is not None else np.inf),
    )
    assert found.loss < losses[0] / 4
    assert found.parts["held_out"].apart < 1e-12


def test_training_that_diverges_is_not_learnt() -> None:
    found = trained(SPECS / "diabetes_linear.yaml", rate=1e300)
    assert not found.learnt
    assert found.problems == [
        f"training diverged in epoch {found.fit.epoch}: the loss is no number; try a smaller rate"
    ]


def test_a_call_that_is_too_long_to_record_says_so(tmp_path: Path) -> None:
    """It does not fall back to a Jacobian of a thousand million numbers."""
    np.savez(tmp_path / "x.npz", x=np.ones((2, 300)), y=np.ones((2, 700)))
    (tmp_path / "large.yaml").write_text(
        "spec: large\nkind: soft\ndescription: A layer.\ninputs: {x: 'real[300]'}\noutputs: {y: 'real[700]'}\n"
        "trained: {w: 'real[700, 300]', b: 'real[700]'}\nsteps:\n  - linear(x, w, b) -> y\n"
        "file: x.npz\nsplit: {train: 1, held_out: 1}\ntraining: {epochs: 1}\n",
        encoding="utf-8",
    )
    with pytest.raises(SkillError, match="a call of 'linear' takes more than 1,048,576 instructions"):
        trained(tmp_path / "large.yaml")
