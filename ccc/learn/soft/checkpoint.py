"""Checkpoints of a training: weights and the state of Adam, as tensors, with what says of which training they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ccc.errors import FileError, UsageError
from ccc.files import write_atomic
from ccc.learn.soft.fit import Fit
from ccc.tensors import Container

_FILE = Container("checkpoint of training", "ccc-training-1", 1 << 26, FileError, checked=True)
_LOSSES = "loss of each epoch"  # no weight has such a name
_MOMENTS = ("exp_avg", "exp_avg_sq")


class Checkpoint:
    """The file of one training."""

    def __init__(self, path: Path, fit: Fit) -> None:
        self._path, self._fit = path, fit
        self._kept = b""

    @property
    def _same(self) -> dict[str, Any]:
        """What must be as it was."""
        spec = self._fit.spec
        return {"spec": spec.checksum, "seed": self._fit.seed, "training": asdict(spec.training)}

    def keep(self, seconds: float) -> None:
        """Remember how far it is, after an epoch: what is interrupted within one goes on from its beginning."""
        tensors = {}
        for name, weight in self._fit.module.weights.items():
            tensors[name] = weight.detach().numpy()
            for moment in _MOMENTS:
                tensors[f"{name}.{moment}"] = self._moments(name).get(moment, torch.zeros_like(weight)).numpy()
        tensors[_LOSSES] = np.array(self._fit.losses)
        steps = [float(self._moments(name)["step"]) for name in self._fit.module.weights if self._moments(name)]
        facts = {**self._same, "epoch": self._fit.epoch, "steps": self._fit.steps, "seconds": seconds}
        facts["moved"] = max(steps, default=0.0)  # what Adam counts: `steps` has those of other beginnings too
        self._kept = _FILE.encode(tensors, {"training": json.dumps(facts, sort_keys=True)})

    def write(self) -> None:
        """Write what was kept last, whole or not at all. Raises FileError."""
        if self._kept:
            write_atomic(self._path, self._kept)

    def load(self) -> float:
        """Go on from the file, if it is there; the seconds that it took until then. Raises UsageError where it is of
        another training, FileError where it is damaged or cannot be read.
        """
        if not self._path.exists():
            return 0.0
        tensors, metadata = _FILE.read(self._path)
        facts = self._facts(metadata)
        for key, value in self._same.items():
            if facts.get(key) != value:
                raise UsageError(f"{self._path} is of another training: '{key}' differs", "name another file")
        fit = self._fit
        for name, weight in fit.module.weights.items():
            wanted = [name, *(f"{name}.{moment}" for moment in _MOMENTS)]
            if any(one not in tensors or tensors[one].shape != tuple(weight.shape) for one in wanted):
                raise FileError(f"{self._path}: weights are missing, or of another shape")
            weight.data.copy_(torch.from_numpy(tensors[name]))
            fit.adam.state[weight] = {
                "step": torch.tensor(float(facts["moved"])),
                **{moment: torch.from_numpy(tensors[f"{name}.{moment}"].copy()) for moment in _MOMENTS},
            }
        if _LOSSES not in tensors or tensors[_LOSSES].shape != (facts["epoch"],):
            raise FileError(f"{self._path}: the losses are missing, or not those of {facts['epoch']} epochs")
        fit.losses = tensors[_LOSSES].tolist()
        fit.epoch, fit.steps = int(facts["epoch"]), int(facts["steps"])
        return float(facts["seconds"])

    def _moments(self, name: str) -> Mapping[str, torch.Tensor]:
        state: Mapping[str, torch.Tensor] = self._fit.adam.state.get(self._fit.module.weights[name], {})
        return state

    def _facts(self, metadata: Mapping[str, str]) -> dict[str, Any]:
        """What the header says. Raises FileError."""
        try:
            found = dict(json.loads(metadata["training"]))
            numbers = [found[key] for key in ("epoch", "steps", "seconds", "moved")]
        except (KeyError, ValueError, TypeError, RecursionError):
            numbers = [None]
        if not all(type(number) in (int, float) and number >= 0 for number in numbers):
            raise FileError(f"{self._path}: no proper checkpoint of training")
        return found
