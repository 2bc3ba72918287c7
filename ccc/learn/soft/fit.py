"""Training: Adam on mini-batches, and how good the weights are."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ccc.errors import CardError, SkillError
from ccc.learn.distributions import Source as Random
from ccc.learn.soft.data import Batch
from ccc.learn.soft.forward import SoftProgram
from ccc.learn.soft.spec import SoftSpec
from ccc.learn.soft.values import Labels
from ccc.skills import Library, Slot, Type

_TRIAL = 10
"""One in so many epochs is for each beginning."""
_APART = 1_000_003
"""Between the seeds of two beginnings."""
_ORDER = 1
"""The stream of random numbers that says in which order cases come."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """How far training is. loss: the mean over the cases of the epoch. restart: which beginning is tried, or -1 where
    one of them is trained to the end.
    """

    number: int
    loss: float
    steps: int
    restart: int = -1


class Fit:
    """The training of one spec. `epochs` goes on from where it is; `module` has the weights, `losses` the mean loss of
    each epoch so far.
    """

    def __init__(self, spec: SoftSpec, library: Library, seed: int) -> None:
        self.spec, self.seed = spec, seed
        self.module = SoftProgram(spec.program, library, torch.Generator().manual_seed(seed))
        self.adam = self._new_adam()
        self.epoch = self.steps = 0
        self.losses: list[float] = []
        self._scales = _scales(spec, seed)

    def epochs(self) -> Iterator[Epoch]:
        """Train, epoch by epoch; of several beginnings, each for a while, and then that of the least loss. Raises
        SkillError where the program cannot be trained.
        """
        training = self.spec.training
        if self.epoch == 0 and training.restarts > 1:
            yield from self._trials(max(1, training.epochs // _TRIAL))
        while self.epoch < training.epochs:
            yield self._epoch()

    def _trials(self, epochs: int) -> Iterator[Epoch]:
        best, kept, losses = math.inf, self._state(), self.losses
        for restart in range(self.spec.training.restarts):
            self.module.begin(torch.Generator().manual_seed(self.seed + _APART * restart))
            self.adam, self.epoch, self.losses = self._new_adam(), 0, []
            for _ in range(epochs):
                found = self._epoch()
                yield replace(found, restart=restart)
            if found.loss < best:
                best, kept, losses = found.loss, self._state(), self.losses
        weights, adam = kept
        self.losses = losses
        self.module.load_state_dict(weights)
        self.adam.load_state_dict(adam)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of the weights, and of Adam."""
        return copy.deepcopy(self.module.state_dict()), copy.deepcopy(self.adam.state_dict())

    def _new_adam(self) -> torch.optim.AdamW:
        training = self.spec.training
        return torch.optim.AdamW(self.module.parameters(), lr=training.rate, weight_decay=training.decay)

    def _epoch(self) -> Epoch:
        training = self.spec.training
        batches = list(self._batches())
        total = count = 0.0
        for number, batch in enumerate(batches):
            part = (self.epoch + number / len(batches)) / training.epochs
            for group in self.adam.param_groups:
                group["lr"] = training.rate * (1 + math.cos(math.pi * part)) / 2
            loss = self.loss(batch)
            self.adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.adam.step()
            self.steps += 1
            total, count = total + float(loss.detach()) * len(batch), count + len(batch)
        self.epoch += 1
        self.losses.append(total / max(count, 1))
        return Epoch(self.epoch, self.losses[-1], self.steps)

    def _batches(self) -> Iterator[Batch]:
        """The cases of an epoch in mini-batches, in random order."""
        random = Random(self.seed, _ORDER, self.epoch)
        parts = []
        for batch in self.spec.source.epoch(self.seed, self.epoch):
            order = np.argsort(random.keys(len(batch)), kind="stable")
            size = self.spec.training.batch
            parts += [batch.rows(order[start : start + size]) for start in range(0, len(batch), size)]
        for place in np.argsort(random.keys(len(parts)), kind="stable"):
            yield parts[place]

    def loss(self, batch: Batch) -> Tensor:
        """The mean loss of the cases, summed over all outputs."""
        found = self.module(tensors(batch), batch.rounds)
        losses = []
        for slot in self.spec.program.card.outputs:
            expected = torch.from_numpy(batch.expected[slot.name])
            rounds = expected.unbind(1) if self.spec.program.moves(slot) else (expected,)
            for value, wanted in zip(found[slot.name], rounds, strict=True):
                losses.append(self._loss(slot, value, wanted))
        return torch.stack(losses).mean()

    def _loss(self, slot: Slot, value: Tensor | Labels, wanted: Tensor) -> Tensor:
        if isinstance(value, Tensor):
            error = (value.reshape(len(value), -1) - wanted.reshape(len(wanted), -1)) / self._scales[slot.name]
            return (error**2).mean()
        support = torch.tensor(value.support, dtype=wanted.dtype)
        if self.spec.loss == "perceptron":
            if value.scores is None or value.scores.shape[1] != 1:
                raise SkillError("the perceptron's loss is for what `positive` chooses")
            margin = (2 * wanted - 1) * value.scores[:, 0]
            return torch.where(margin <= 0, -margin, 0.0).mean()  # at 0 there is a mistake to learn from
        places = torch.searchsorted(support, wanted.contiguous()).clamp(max=len(support) - 1)
        if not torch.equal(support[places], wanted):
            other = float(wanted[support[places] != wanted][0])
            message = f"output '{slot.name}' is {other:g} in a case, which the program cannot make"
            hint = f"it makes {len(value.support)} labels, from {value.support[0]} to {value.support[-1]}"
            raise CardError([self.spec.place.mistake(message, hint)])
        logs = value.logs.expand(len(wanted), -1)
        return nn.functional.nll_loss(logs, places)

    def predicted(self, batch: Batch) -> dict[str, np.ndarray]:
        """The outputs with these weights, labels the likeliest ones, in the shapes that cases have."""
        with torch.no_grad():
            found = self.module(tensors(batch), batch.rounds, hard=True)
        outputs = {}
        for slot in self.spec.program.card.outputs:
            values = [value.likeliest if isinstance(value, Labels) else value for value in found[slot.name]]
            whole = torch.stack([value.expand(len(batch), *value.shape[1:]) for value in values], 1)
            outputs[slot.name] = whole.numpy().reshape(batch.expected[slot.name].shape)
        return outputs


def tensors(batch: Batch) -> dict[str, Tensor]:
    """What is given, as tensors."""
    return {name: torch.from_numpy(value) for name, value in batch.given.items()}


def _scales(spec: SoftSpec, seed: int) -> dict[str, float]:
    """The standard deviation of each real output on the training cases."""
    reals = [slot.name for slot in spec.program.card.outputs if slot.type is Type.REAL]
    batches = spec.source.epoch(seed, 0) if reals else []
    found = {}
    for name in reals:
        values = np.concatenate([batch.expected[name].reshape(-1) for batch in batches])
        found[name] = float(values.std()) or 1.0
    return found


def scores(
    expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], slots: Sequence[Slot]
) -> dict[str, float]:
    """accuracy: the share of cases whose labels are all right. r2: the share of the variance that is explained, the
    mean over the real outputs. Each where there are such outputs.
    """
    labels = [slot.name for slot in slots if slot.type is not Type.REAL]
    reals = [slot.name for slot in slots if slot.type is Type.REAL]
    scores = {}
    if labels:
        count = len(expected[labels[0]])
        right = [(expected[name] == found[name]).reshape(count, -1).all(1) for name in labels]
        scores["accuracy"] = float(np.all(right, axis=0).mean()) if count else 0.0
    if reals:
        shares = [_explained(expected[name], found[name]) for name in reals]
        scores["r2"] = float(np.mean(shares))
    return scores


def _explained(expected: np.ndarray, found: np.ndarray) -> float:
    """The share of the variance that is explained; 0 where there is none."""
    variance = float(((expected - expected.mean(0)) ** 2).sum())
    return 1 - float(((expected - found) ** 2).sum()) / variance if variance else 0.0
