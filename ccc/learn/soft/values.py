"""What flows through a program while its weights are trained: numbers, and distributions over labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from ccc.errors import SkillError
from ccc.isa import Fault
from ccc.skills import Library, call_batch

MOST_ROWS = 1 << 16
"""Rows of a table."""
LEAST = 1e-30
"""A label is never less likely."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A distribution over whole numbers, for each lane. logs: the logarithms of the probabilities, shape [lanes, n], or
    [1, n] where all lanes have the same. support: the numbers, in ascending order. scores: what they were chosen by.
    """

    logs: Tensor
    support: tuple[int, ...]
    scores: Tensor | None = None

    @property
    def likeliest(self) -> Tensor:
        """Shape [lanes]."""
        return torch.tensor(self.support, dtype=torch.float64)[self.logs.argmax(1)]

    def hard(self) -> Labels:
        """All of the weight on the likeliest label."""
        logs = torch.full_like(self.logs, -torch.inf).scatter_(1, self.logs.argmax(1, keepdim=True), 0.0)
        return Labels(logs, self.support)


Soft = Tensor | Labels


def certain(number: float) -> Labels:
    """A label that is known."""
    return Labels(torch.zeros(1, 1, dtype=torch.float64), (int(number),))


def _argmax(scores: Tensor) -> Labels:
    return Labels(torch.log_softmax(scores, -1), tuple(range(scores.shape[1])), scores)


def _positive(score: Tensor) -> Labels:
    column = score.reshape(-1, 1)
    return Labels(torch.log_softmax(torch.cat([torch.zeros_like(column), column], 1), 1), (0, 1), column)


CHOICES: Mapping[str, Callable[[Tensor], Labels]] = {"argmax": _argmax, "positive": _positive}
"""Skills that choose a label by scores. They have no derivatives; in training they give a distribution: that of a
softmax, or of a sigmoid, of which the skill's choice is the likeliest.
"""


class Table:
    """A skill of whole numbers on all combinations of labels: what it makes of distributions.

    With two inputs and addition this is the convolution of two distributions.
    """

    def __init__(
        self,
        library: Library,
        name: str,
        slots: Sequence[str],
        supports: Sequence[Sequence[int]],
        outputs: Sequence[str],
    ) -> None:
        """slots: names of the inputs, with the labels of each. Raises SkillError where there are too many combinations,
        or a call faults.
        """
        self._shape = tuple(map(len, supports))
        rows = int(np.prod(self._shape, dtype=float))
        if rows > MOST_ROWS:
            raise SkillError(f"skill '{name}' on {rows:,} combinations of labels; {MOST_ROWS:,} are the most")
        given = [dict(zip(slots, map(float, row), strict=True)) for row in product(*supports)]
        results = call_batch(library, name, given)
        for values, result in zip(given, results, strict=True):
            if result.fault is not Fault.NONE:
                raise SkillError(f"skill '{name}' faults on {values}: {result.fault.label}")
        self._outputs: list[tuple[tuple[int, ...], Tensor]] = []
        for output in outputs:
            found = [int(result.outputs[output]) for result in results]
            support = tuple(sorted(set(found)))
            places = {number: place for place, number in enumerate(support)}
            self._outputs.append((support, torch.tensor([places[number] for number in found])))

    def __call__(self, labels: Sequence[Labels]) -> list[Labels]:
        """The distribution of each output, if the inputs do not depend on each other."""
        joint = torch.zeros(1, 1, dtype=torch.float64)
        for one in labels:
            joint = (joint[:, :, None] + one.logs[:, None, :]).flatten(1)
        weights = joint.exp()
        found = []
        for support, places in self._outputs:
            sums = torch.zeros(len(weights), len(support), dtype=torch.float64).index_add(1, places, weights)
            found.append(Labels(torch.log(sums.clamp(min=LEAST)), support))
        return found
