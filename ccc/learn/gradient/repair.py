"""Mending what is nearly right: programs that differ from one in a single part, the best of them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import torch
from torch import Tensor

from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.hard import Programs, run, together
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import Wiring
from ccc.learn.gradient.sketch import Sketch

_AT_ONCE = 1 << 12
"""Programs that are run together."""
_MOST = 1 << 9
"""Choices of arguments of one operation; of more, so many are drawn."""


class Repair:
    """Changes of one part: the operation of a step with its arguments, what a state becomes or starts with, outputs."""

    def __init__(
        self, sketch: Sketch, wiring: Wiring, functions: Sequence[Function], wanted: Wanted, generator: torch.Generator
    ) -> None:
        self._sketch, self._wiring, self._functions, self._wanted = sketch, wiring, functions, wanted
        self._generator = generator

    def mended(self, programs: Programs, loss: Tensor, rounds: int) -> Iterator[tuple[Programs, Tensor, int]]:
        """The best programs with one part changed, with the share that each gets right, and those of these; so many
        times, as long as that helps; and how many were tried. programs: no more than are to be kept. loss: theirs.
        """
        keep = len(programs)
        for _ in range(rounds):
            before = float(loss.min())
            near = together([self._near(programs.rows(torch.tensor([number]))) for number in range(len(programs))])
            pairs = [self._tried(near.rows(part)) for part in torch.arange(len(near)).split(_AT_ONCE)]  # type: ignore[no-untyped-call]
            loss, right = (torch.cat(parts) for parts in zip(*pairs, strict=True))
            order = (loss - 1e3 * (right == 1)).argsort(stable=True)[:keep]
            programs, loss = near.rows(order), loss[order]
            yield programs, right[order], len(near)
            if float(loss.min()) >= before:
                return

    def _tried(self, programs: Programs) -> tuple[Tensor, Tensor]:
        """Loss, and the share that is right."""
        results = run(programs, self._sketch, self._functions)
        return self._wanted.loss(results), self._wanted.right(results)

    def _near(self, one: Programs) -> Programs:
        """All that differ from one program in one part."""
        found = [one]
        for t in range(self._sketch.steps):
            found += [self._with_step(one, t, k) for k in range(len(self._sketch.ops))]
        found += self._with_pointers(one, 2, self._wiring.nexts)
        found += self._with_pointers(one, 3, self._wiring.starts)
        found += self._with_pointers(one, 4, self._wiring.outputs)
        return together(found)

    def _with_step(self, one: Programs, t: int, k: int) -> Programs:
        """With another operation in a step, and all that its arguments may be."""
        place = self._wiring.places[k]
        ways = [row.nonzero()[:, 0].tolist() for row in self._wiring.allowed[t, place]]
        choices = torch.tensor(list(product(*ways)) if _count(ways) <= _MOST else self._drawn(ways))
        ops, arguments = (part.repeat(len(choices), *[1] * (part.dim() - 1)) for part in (one.ops, one.arguments))
        ops[:, t] = k
        if len(choices):
            arguments[:, t, : choices.shape[1]] = choices
        rest = (part.repeat(len(choices), 1) for part in (one.nexts, one.starts, one.outputs))
        return Programs(ops, arguments, *rest)

    def _drawn(self, ways: Sequence[Sequence[int]]) -> list[list[int]]:
        columns = [torch.randint(len(way), (_MOST,), generator=self._generator).tolist() for way in ways]
        return [[way[place] for way, place in zip(ways, row, strict=True)] for row in zip(*columns, strict=True)]

    @staticmethod
    def _with_pointers(one: Programs, number: int, allowed: Tensor) -> list[Programs]:
        """With each pointer of one kind on something else."""
        found = []
        for row, places in enumerate(allowed):
            choices = places.nonzero()[:, 0]
            parts = [part.repeat(len(choices), *[1] * (part.dim() - 1)) for part in one.parts]
            parts[number][:, row] = choices
            found.append(Programs(*parts))
        return found


def _count(ways: Sequence[Sequence[int]]) -> int:
    found = 1
    for way in ways:
        found *= len(way)
    return found
