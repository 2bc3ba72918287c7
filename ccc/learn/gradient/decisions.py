"""Hardening step by step: what is decided next is the row that is surest, for the part whose removal hurts most.

To take what has the most weight everywhere at once makes programs of mixtures whose parts rest on each other. Deciding
one row at a time, and training on after each, lets the rest follow (Wang et al. 2021, arXiv 2108.04392, for networks).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ccc.learn.gradient.model import SoftMixture, Weights

_MOST = 6
"""Parts of a row whose removal is tried, those of the most weight."""


class Decisions:
    """The rows of a batch of mixtures: of alpha, P, next states, first states and outputs, each restart on its own."""

    def __init__(self, model: SoftMixture, loss: Callable[[Weights], Tensor]) -> None:
        """loss: of each restart where some is blocked, shape [R]."""
        self._model, self._loss = model, loss
        self._shapes = [part.shape[1:-1] for part in model.blocked]
        self._width = max(part.shape[-1] for part in model.blocked)
        blocked = self._rows(model.blocked, fill=True)
        self._decided = (~blocked).sum(-1) <= 1
        self._op, self._step = self._owners()

    def _rows(self, parts: Weights, *, fill: object) -> Tensor:
        """All rows of each restart, as long as the longest, shape [R, rows, width]."""
        found = []
        for part in parts:
            flat = part.reshape(len(part), -1, part.shape[-1]) if part.shape[-1] else part.new_zeros(len(part), 0, 0)
            found.append(torch.nn.functional.pad(flat, (0, self._width - flat.shape[-1]), value=fill))  # type: ignore[arg-type]
        return torch.cat(found, 1)

    def _parts(self, rows: Tensor) -> Weights:
        """The inverse of `_rows`."""
        sizes = [part[0].numel() // part.shape[-1] if part.shape[-1] else 0 for part in self._model.blocked]
        pairs = zip(rows.split(sizes, 1), self._model.blocked, strict=True)  # type: ignore[no-untyped-call]
        return Weights(*(flat[..., : part.shape[-1]].reshape(part.shape) for flat, part in pairs))

    def _owners(self) -> tuple[Tensor, Tensor]:
        """The operation whose argument a row is, and its step; -1 for other rows. Shape [rows]."""
        places, steps = self._model.wiring.places, self._model.sketch.steps
        of_slot = [k for k, place in enumerate(places) for _ in range(place.start, place.stop)]
        others = [part[0].numel() // part.shape[-1] if part.shape[-1] else 0 for part in self._model.blocked[2:]]
        ops = [-1] * steps + of_slot * steps + [-1] * sum(others)
        numbers = [-1] * steps + [t for t in range(steps) for _ in of_slot] + [-1] * sum(others)
        return torch.tensor(ops), torch.tensor(numbers)

    def _open(self, blocked: Tensor) -> Tensor:
        """The rows that may be decided: those of arguments once it is decided that their operation is used."""
        steps = self._model.sketch.steps
        chosen = torch.where(self._decided[:, :steps], (~blocked[:, :steps]).to(torch.uint8).argmax(-1), -1)
        used = chosen[:, self._step.clamp(min=0)] == self._op
        return ~self._decided & (used | (self._op < 0))

    def take(self) -> bool:
        """Decide one row of each restart; whether there was any left."""
        blocked = self._rows(self._model.blocked, fill=True)
        ways = self._open(blocked)
        if not bool(ways.any()):
            return False
        logits = self._rows(self._model.logits(), fill=-1e9).detach()
        soft = torch.softmax(logits, -1)
        row = torch.where(ways, soft.max(-1).values, -1.0).argmax(-1)
        restarts = torch.arange(len(row))
        weights = soft[restarts, row]
        best = weights.argmax(-1)
        worst = torch.full_like(weights[:, 0], -torch.inf)
        for place in weights.topk(min(_MOST, self._width), -1).indices.unbind(-1):
            without = blocked.clone()
            without[restarts, row, place] = True
            loss = self._loss(self._parts(without))
            better = (loss > worst) & ~blocked[restarts, row, place] & (weights[restarts, place] > 1e-3)
            best, worst = torch.where(better, place, best), torch.where(better, loss, worst)
        some = ways.any(-1)
        kept = torch.ones_like(blocked[:, 0])
        kept[restarts, best] = False
        blocked[restarts[some], row[some]] = kept[some]
        self._decided[restarts[some], row[some]] = True
        self._model.block(self._parts(blocked))
        return True
