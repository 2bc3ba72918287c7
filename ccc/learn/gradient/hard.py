"""Programs as numbers: for each step an operation and what its arguments are; run together, and read as graphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ccc.learn.gradient.functions import Function
from ccc.learn.gradient.model import BOUND, Results, Weights, Wiring, looped
from ccc.learn.gradient.sketch import Sketch, fits
from ccc.learn.search.graph import Apply, Graph, Node
from ccc.skills import Type


@dataclass(frozen=True)
class Programs:
    """N programs of a sketch. ops: shape [N, steps]. arguments: [N, steps, most arguments], what each points to. nexts,
    starts: [N, states]. outputs: [N, outputs].
    """

    ops: Tensor
    arguments: Tensor
    nexts: Tensor
    starts: Tensor
    outputs: Tensor

    def __len__(self) -> int:
        return len(self.ops)

    def rows(self, which: Tensor) -> Programs:
        """Some of them."""
        return Programs(*(part[which] for part in self.parts))

    @property
    def parts(self) -> tuple[Tensor, ...]:
        return self.ops, self.arguments, self.nexts, self.starts, self.outputs

    def keys(self) -> Tensor:
        """A row of numbers for each that tells it from others."""
        return torch.cat([part.flatten(1) for part in self.parts], 1)


def together(several: Sequence[Programs]) -> Programs:
    """One after the other."""
    return Programs(*(torch.cat(parts) for parts in zip(*(one.parts for one in several), strict=True)))


def hardened(weights: Weights, sketch: Sketch, wiring: Wiring) -> Programs:
    """What has the most weight everywhere, as far as types allow it."""
    count, steps = weights.alpha.shape[:2]
    most = max((len(op.arguments) for op in sketch.ops), default=1)
    ops = weights.alpha.argmax(-1)
    arguments, every = torch.zeros(count, steps, most, dtype=torch.int64), pointed(weights, ops, sketch, wiring)
    for k, place in enumerate(wiring.places):
        arguments[ops == k, : place.stop - place.start] = every[ops == k][:, place]
    best = _Best(sketch, ops)
    nexts = [best.of(weights.nexts[:, j], kind) for j, kind in enumerate(sketch.states)]
    outputs = [best.of(weights.outputs[:, number], slot.type) for number, slot in enumerate(sketch.pointed)]
    starts = weights.starts.argmax(-1) if sketch.starts else torch.zeros(count, len(sketch.states), dtype=torch.int64)
    return Programs(ops, arguments, _columns(nexts, count), starts, _columns(outputs, count))


def pointed(weights: Weights, ops: Tensor, sketch: Sketch, wiring: Wiring) -> Tensor:
    """What the arguments of all skills point to, where the steps are these operations, shape [R, steps, arguments]."""
    best, found = _Best(sketch, ops), torch.zeros(weights.pointers.shape[:3], dtype=torch.int64)
    for op, place in zip(sketch.ops, wiring.places, strict=True):
        for number, slot in zip(range(place.start, place.stop), op.arguments, strict=True):
            for t in range(sketch.steps):
                found[:, t, number] = best.of(weights.pointers[:, t, number], slot.type)
    return found


class _Best:
    """The largest of rows, as far as the types of the steps allow it. ops: what the steps are."""

    def __init__(self, sketch: Sketch, ops: Tensor) -> None:
        self._fixed, self._ops = len(sketch.nodes) + len(sketch.states), ops
        self._kinds = [op.result.type for op in sketch.ops]

    def of(self, rows: Tensor, kind: Type) -> Tensor:
        """rows: shape [R, values]. kind: of what points."""
        legal = torch.tensor([fits(result, kind) for result in self._kinds])
        rows = rows.clone()
        rows[:, self._fixed :][~legal[self._ops]] = -1.0
        return rows.argmax(-1)


def _columns(columns: list[Tensor], count: int) -> Tensor:
    return torch.stack(columns, 1) if columns else torch.zeros(count, 0, dtype=torch.int64)


def live(programs: Programs, sketch: Sketch) -> Tensor:
    """Which steps outputs and states rest on, shape [N, steps]."""
    first = len(sketch.nodes) + len(sketch.states)
    arity = torch.tensor([len(op.arguments) for op in sketch.ops])[programs.ops]
    found = torch.zeros(len(programs), first + sketch.steps, dtype=torch.bool)
    for part in (programs.nexts, programs.outputs):
        found.scatter_(1, part, True)
    for t in reversed(range(sketch.steps)):
        for s in range(programs.arguments.shape[2]):
            used = (found[:, first + t] & (arity[:, t] > s)).nonzero()[:, 0]
            found[used, programs.arguments[used, t, s]] = True
    return found[:, first:]


def well_typed(programs: Programs, sketch: Sketch) -> Tensor:
    """Whether all that is pointed to fits, shape [N]. What is no result of a step does by `Wiring`."""
    first = len(sketch.nodes) + len(sketch.states)
    kinds = [op.result.type for op in sketch.ops]
    most = programs.arguments.shape[2]
    slots = [[slot.type for slot in op.arguments] for op in sketch.ops]
    table = torch.tensor(
        [[[s >= len(row) or fits(kind, row[s]) for s in range(most)] for row in slots] for kind in kinds]
    )
    good = torch.ones(len(programs), dtype=torch.bool)
    if bool(table.all()) and all(fits(kind, slot) for kind in kinds for slot in sketch.states):
        return good

    def result(places: Tensor) -> tuple[Tensor, Tensor]:
        """Of the step that is pointed to; whether it is one."""
        steps = places - first
        return programs.ops.gather(1, steps.clamp(min=0)), steps >= 0

    for s in range(most):
        ops, steps = result(programs.arguments[:, :, s])
        good &= (~steps | table[ops, programs.ops, s]).all(1)
    pointing = [slot.type for slot in sketch.pointed]
    for part, types in ((programs.nexts, sketch.states), (programs.outputs, pointing)):
        for column, slot in enumerate(types):
            ops, steps = result(part[:, column : column + 1])
            good &= (~steps | torch.tensor([fits(kind, slot) for kind in kinds])[ops])[:, 0]
    return good


def run(programs: Programs, sketch: Sketch, functions: Sequence[Function]) -> Results:
    """What programs give on all cases."""
    with torch.no_grad():
        return _run(programs, sketch, functions)


def _run(programs: Programs, sketch: Sketch, functions: Sequence[Function]) -> Results:
    given, begins, rounds = (torch.from_numpy(part) for part in (sketch.given, sketch.begins, sketch.rounds))
    count, (cases, most, nodes) = len(programs), given.shape
    states = begins.T[programs.starts] if len(sketch.states) else torch.zeros(count, 0, cases, dtype=torch.float64)
    rows = torch.arange(count)
    pool = torch.zeros(count, nodes + len(sketch.states) + sketch.steps, cases, dtype=torch.float64)
    moving, outputs = [], torch.zeros(count, 0, cases, dtype=torch.float64)
    for number in range(most):
        pool[:, :nodes] = given[:, number].T
        pool[:, nodes : nodes + len(sketch.states)] = states
        for t in range(sketch.steps):
            for k in torch.unique(programs.ops[:, t]).tolist():
                which = (programs.ops[:, t] == k).nonzero()[:, 0]
                places = programs.arguments[which, t, : len(sketch.ops[k].arguments)]
                value = functions[k]([pool[which, place] for place in places.unbind(1)])
                pool[which, nodes + len(sketch.states) + t] = torch.nan_to_num(value, 0.0).clamp(-BOUND, BOUND)
        outputs = pool[rows[:, None], programs.outputs]
        if sketch.count:
            moving.append(outputs)
            states = torch.where(rounds > number, pool[rows[:, None], programs.nexts], states)
    if not sketch.count:
        return Results(outputs[:, :0, None].permute(0, 3, 2, 1), outputs.transpose(1, 2), states.transpose(1, 2))
    return looped(moving, states, len(sketch.finals))


def right_graphs(programs: Programs, right: Tensor, sketch: Sketch, most: int) -> Iterator[tuple[int, Graph]]:
    """The first programs that are right, no more than so many, with their numbers. right: the share that each is."""
    for number in (right == 1).nonzero()[:, 0].tolist()[:most]:
        yield number, graph(programs, number, sketch)


def graph(programs: Programs, number: int, sketch: Sketch) -> Graph:
    """One of the programs."""
    ops, arguments, nexts, starts, outputs = (part[number].tolist() for part in programs.parts)
    nodes: list[Node] = [*sketch.nodes, *sketch.held]
    for t in range(sketch.steps):
        op = sketch.ops[ops[t]]
        nodes.append(Apply(op, tuple(nodes[place] for place in arguments[t][: len(op.arguments)])))
    found = iter(nodes[place] for place in outputs)
    every = [next(found) if moves or not sketch.count else nodes[0] for moves in sketch.moving]
    return sketch.graph(every, [nodes[place] for place in nexts], [sketch.starts[place] for place in starts])
