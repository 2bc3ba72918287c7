"""Mending what is nearly right: programs that differ from one in a single part, the best of them again.

Programs that compute the same are one: of those only the first is kept, and none that was kept before comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import torch
from torch import Tensor

from ccc.learn.gradient.hard import Programs, live, run, together, well_typed
from ccc.learn.gradient.loss import Wanted
from ccc.learn.gradient.model import Wiring
from ccc.learn.gradient.ranks import ALONE, Ranks
from ccc.learn.gradient.sketch import Sketch

_AT_ONCE = 1 << 12
"""Programs that are run together."""
_MOST = 1 << 9
"""Choices of arguments of one operation; of more, so many are drawn."""


class Repair:
    """Changes of one part: the operation of a step with its arguments, what a state becomes or starts with, outputs, or
    a step put in where another was of no use.
    """

    def __init__(
        self,
        sketch: Sketch,
        wiring: Wiring,
        wanted: Wanted,
        generator: torch.Generator,
        ranks: Ranks = ALONE,
    ) -> None:
        """ranks: share the programs that are tried. generator: gives the same numbers to all of them."""
        self._sketch, self._wiring, self._wanted = sketch, wiring, wanted
        self._generator, self._ranks = generator, ranks
        self.exhausted = False
        self._seen = torch.zeros(0, dtype=torch.float64)
        self._first = len(sketch.nodes) + len(sketch.states)
        self._plain = self._plainest()

    def mended(self, programs: Programs, keep: int, rounds: int) -> Iterator[tuple[Programs, Tensor, int]]:
        """The best programs with one part changed, with the share that each gets right, and those of these; so many
        times; and how many were tried. keep: so many are changed. `exhausted` says whether all near ones were.
        """
        programs, _ = self._best(programs, keep)
        for _ in range(rounds):
            if not len(programs):
                self.exhausted = True
                return
            near = self._near(programs)
            programs, right = self._best(near, keep)
            yield programs, right, len(near)

    def _best(self, programs: Programs, keep: int) -> tuple[Programs, Tensor]:
        """Those of the least loss which compute what none before did, with the share that each gets right."""
        every = len(programs)
        share = self._ranks.share(every)
        found = [
            self._wanted.judged(run(programs.rows(part), self._sketch))
            for part in torch.arange(share.start, share.stop).split(_AT_ONCE)  # type: ignore[no-untyped-call]
        ]
        loss, right, marks = (self._ranks.gather(torch.cat(parts), every) for parts in zip(*found, strict=True))
        order = (loss - 1e3 * (right == 1)).argsort(stable=True)
        order = order[_first(marks[order])]
        order = order[~torch.isin(marks[order], self._seen)][:keep]
        self._seen = torch.cat([self._seen, marks[order]])
        return programs.rows(order), right[order]

    def _near(self, programs: Programs) -> Programs:
        """All that differ from one of the programs in one part."""
        steps = [(t, k) for t in range(self._sketch.steps) for k in range(len(self._sketch.ops))]
        found = [self._with_step(programs, t, k) for t, k in steps]
        found += self._with_pointers(programs, 2, self._wiring.nexts)
        found += self._with_pointers(programs, 3, self._wiring.starts)
        found += self._with_pointers(programs, 4, self._wiring.outputs)
        found += self._put_in(programs)
        near = together(found)
        return near.rows(well_typed(near, self._sketch))

    def _plainest(self) -> tuple[int, Tensor]:
        """An operation that may be the first step, and arguments, shape [most arguments]: for steps of no use."""
        most = max((len(op.arguments) for op in self._sketch.ops), default=1)
        for k in range(len(self._sketch.ops)):
            choices = self._choices(0, k)
            if len(choices):
                return k, torch.nn.functional.pad(choices[0], (0, most - choices.shape[1]))
        return 0, torch.zeros(most, dtype=torch.int64)

    def _choices(self, t: int, k: int) -> Tensor:
        """What the arguments of an operation may be in a step, shape [choices, arguments]."""
        ways = [row.nonzero()[:, 0].tolist() for row in self._wiring.allowed[t, self._wiring.places[k]]]
        return torch.tensor(list(product(*ways)) if _count(ways) <= _MOST else self._drawn(ways)).reshape(-1, len(ways))

    def _with_step(self, programs: Programs, t: int, k: int) -> Programs:
        """With another operation in a step, and all that its arguments may be."""
        choices = self._choices(t, k)
        found = programs.rows(torch.arange(len(programs)).repeat_interleave(len(choices)))
        found.ops[:, t] = k
        found.arguments[:, t, : choices.shape[1]] = choices.repeat(len(programs), 1)
        return found

    def _drawn(self, ways: Sequence[Sequence[int]]) -> list[list[int]]:
        columns = [torch.randint(len(way), (_MOST,), generator=self._generator).tolist() for way in ways]
        return [[way[place] for way, place in zip(ways, row, strict=True)] for row in zip(*columns, strict=True)]

    @staticmethod
    def _with_pointers(programs: Programs, number: int, allowed: Tensor) -> list[Programs]:
        """With each pointer of one kind on something else."""
        found = []
        for row, places in enumerate(allowed):
            choices = places.nonzero()[:, 0]
            changed = programs.rows(torch.arange(len(programs)).repeat_interleave(len(choices)))
            changed.parts[number][:, row] = choices.repeat(len(programs))
            found.append(changed)
        return found

    def _put_in(self, programs: Programs) -> Iterator[Programs]:
        """Where a step is of no use: with a new one, for an argument of the step after it or, as the last step, for a
        state or an output.
        """
        used = live(programs, self._sketch)
        some = ~used.all(1)
        if not bool(some.any()):
            return
        last = self._sketch.steps - 1
        for t in range(last + 1):
            freed = self._freed(programs.rows(some), used[some], t)
            for k in range(len(self._sketch.ops)):
                new = self._with_step(freed, t, k)
                if t < last:
                    yield from self._pointing(new, 1, t)
                else:
                    yield from self._pointing(new, 2, t)
                    yield from self._pointing(new, 4, t)

    def _pointing(self, programs: Programs, number: int, t: int) -> Iterator[Programs]:
        """With one pointer of a kind each, of arguments those of the next step, on the result of step t."""

        def pointers(one: Programs) -> Tensor:
            return one.parts[number][:, t + 1] if number == 1 else one.parts[number]

        for column in range(pointers(programs).shape[1]):
            found = programs.rows(torch.arange(len(programs)))
            pointers(found)[:, column] = self._first + t
            yield found

    def _freed(self, programs: Programs, used: Tensor, t: int) -> Programs:
        """With the first step that is of no use moved to place t. used: shape [programs, steps]."""
        count, steps = used.shape
        idle = (~used).to(torch.uint8).argmax(1, keepdim=True)
        places = torch.arange(steps).expand(count, steps)
        moved = places - (places > idle).long() + ((places - (places > idle).long()) >= t).long()
        moved = torch.where(places == idle, t, moved)  # where each step goes
        known = torch.cat([torch.arange(self._first).expand(count, -1), self._first + moved], 1)
        order = moved.argsort(1)
        ops = torch.where(used, programs.ops, self._plain[0])
        arguments = known.gather(1, programs.arguments.flatten(1)).reshape(programs.arguments.shape)
        arguments = torch.where(used[..., None], arguments, self._plain[1])
        turned = order[..., None].expand(arguments.shape)
        return Programs(
            ops.gather(1, order),
            arguments.gather(1, turned),
            known.gather(1, programs.nexts),
            programs.starts,
            known.gather(1, programs.outputs),
        )


def _first(marks: Tensor) -> Tensor:
    """The places at which something stands for the first time."""
    _, inverse = torch.unique(marks, return_inverse=True)
    places = torch.full((int(inverse.max()) + 1,) if len(marks) else (0,), len(marks))
    places = places.scatter_reduce(0, inverse, torch.arange(len(marks)), "amin")
    return places.sort().values


def _count(ways: Sequence[Sequence[int]]) -> int:
    found = 1
    for way in ways:
        found *= len(way)
    return found
