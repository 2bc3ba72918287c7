"""Programs as numbers: for each step an operation and what its arguments are; run together, and read as graphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ccc.learn.gradient import native
from ccc.learn.gradient.model import Results, Weights, Wiring
from ccc.learn.gradient.sketch import Sketch, fits
from ccc.learn.search.graph import Apply, Graph, Node
from ccc.learn.search.kernels import Floats, Ints
from ccc.skills import Type

_TOGETHER = 1 << 9
"""Programs that are run together: so many that what they hold stays near the processor."""


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
    ops, arguments, nexts, _, outputs = _arrays(programs)
    used = np.zeros((len(programs), first + ops.shape[1]), dtype=np.bool_)
    native.mark_live(used, ops, arguments, nexts, outputs, _arity(sketch))
    return torch.from_numpy(used[:, first:])


def _arrays(programs: Programs) -> list[Ints]:
    """The parts, for native code."""
    return [np.ascontiguousarray(part.numpy()) for part in programs.parts]


def _arity(sketch: Sketch) -> Ints:
    return np.array([len(op.arguments) for op in sketch.ops], dtype=np.int64)


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
    pointing = [slot.type for slot in sketch.pointed]
    if bool(table.all()) and all(fits(kind, slot) for kind in kinds for slot in (*sketch.states, *pointing)):
        return good

    def result(places: Tensor) -> tuple[Tensor, Tensor]:
        """Of the step that is pointed to; whether it is one."""
        steps = places - first
        return programs.ops.gather(1, steps.clamp(min=0)), steps >= 0

    for s in range(most):
        ops, steps = result(programs.arguments[:, :, s])
        good &= (~steps | table[ops, programs.ops, s]).all(1)
    for part, types in ((programs.nexts, sketch.states), (programs.outputs, pointing)):
        for column, slot in enumerate(types):
            ops, steps = result(part[:, column : column + 1])
            good &= (~steps | torch.tensor([fits(kind, slot) for kind in kinds])[ops])[:, 0]
    return good


def warm_up(sketch: Sketch) -> None:
    """Have what runs programs compiled, or loaded."""
    sizes = (sketch.steps,), (sketch.steps, 1), (len(sketch.states),), (len(sketch.states),), (len(sketch.pointed),)
    run(Programs(*(torch.zeros(0, *size, dtype=torch.int64) for size in sizes)), sketch)


def run(programs: Programs, sketch: Sketch) -> Results:
    """What programs give on all cases, NaN where that faults."""
    order = np.argsort(-sketch.rounds, kind="stable")
    given = np.ascontiguousarray(sketch.given[order].transpose(1, 2, 0))
    most, _, cases = given.shape
    active = (sketch.rounds[:, None] > np.arange(most)).sum(0)
    parts = _arrays(programs)
    kernels = np.array([op.kernel for op in sketch.ops], dtype=np.int64)
    data = kernels, _arity(sketch), given, np.ascontiguousarray(sketch.begins[order].T), active
    codes = sketch.codes
    memory, stack = codes.workspace()
    machine = codes.code, stack, memory, codes.low, codes.high
    found: list[tuple[Floats, Floats]] = []
    for begin in range(0, max(1, len(programs)), _TOGETHER):
        some = [part[begin : begin + _TOGETHER] for part in parts]
        pointed = np.zeros((most, len(some[0]), some[-1].shape[1], cases))
        ends = np.zeros((len(some[0]), some[2].shape[1], cases))
        native.run_programs(*some, *data, *machine, pointed, ends)  # type: ignore[call-arg, arg-type]
        found.append((pointed.transpose(1, 3, 0, 2), ends.transpose(0, 2, 1)))
    back = np.argsort(order)
    moving, states = (torch.from_numpy(np.concatenate(one)[:, back]) for one in zip(*found, strict=True))
    if not sketch.count:
        return Results(moving[..., :0], moving[:, :, 0], states)
    finals = len(sketch.finals)
    return Results(moving, states[..., :finals], states[..., finals:])


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
