"""Learnt skills on single cells as torch functions: what their mixtures do in native code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ccc.learn.attempt import attempt
from ccc.learn.gradient.searcher import trainable
from ccc.learn.guides import Uniform
from ccc.learn.joining import join
from ccc.learn.methods import make_searcher
from ccc.learn.model import Budget
from ccc.learn.problem import pose
from ccc.learn.search.search import Search
from ccc.learn.spec import read_spec
from ccc.learn.verify import verify
from ccc.skills import Library, call_skill
from tests.architecture.source_tree import ROOT

LEARNT = ("distance", "between", "third_power")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The default library, and three learnt skills; gcd with its loop."""
    folder: Path = tmp_path_factory.mktemp("learnt")
    library = Library.default([folder])
    for path in (*(f"gradient/{name}" for name in LEARNT), "curriculum/gcd"):
        spec = read_spec(ROOT / "skills" / f"{path}.yaml")
        searcher = make_searcher("enumerate")
        result = attempt(spec, pose(spec, library, Uniform()), searcher, Budget(300), 0, verify=verify)
        assert result.learnt
        join(result, library, folder, 0)
        library = Library.default([folder])
    return library


@pytest.mark.parametrize("name", [*LEARNT, "gcd"])
def test_they_do_what_the_skill_does(library: Library, name: str) -> None:
    spec = read_spec(ROOT / "skills" / "gradient" / "line.yaml")
    problem = replace(pose(spec, library, Uniform()), parts=(name,), weights={})
    search = Search(problem, Budget(), 0, lambda progress: None, "gradient")
    ((op, function),) = trainable(search).items()
    rng = np.random.default_rng(0)
    rows = rng.integers(1, 9, (6, len(op.arguments))).astype(float)
    found = function([torch.from_numpy(column.copy()) for column in rows.T])
    names = [slot.name for slot in op.arguments]
    for row, value in zip(rows, found.tolist(), strict=True):
        outputs = call_skill(library, name, dict(zip(names, row, strict=True))).outputs
        assert value == outputs[op.result.name].item()


def test_they_have_derivatives(library: Library) -> None:
    spec = read_spec(ROOT / "skills" / "gradient" / "line.yaml")
    problem = replace(pose(spec, library, Uniform()), parts=("third_power",), weights={})
    search = Search(problem, Budget(), 0, lambda progress: None, "gradient")
    (function,) = trainable(search).values()
    x = torch.tensor([2.0, -1.5], dtype=torch.float64, requires_grad=True)
    function([x]).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad.tolist() == pytest.approx([12.0, 6.75])
