"""Mixtures with gates that depend on the state as programs: a step that wavers between two skills becomes both of
them, and a conditional move that chooses by a comparison of two values.

Of each mixture one step becomes such a choice, that whose second skill is ahead on most cases. The comparison is the
one that agrees on most cases with which of the two is ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ccc.learn.gradient.hard import Programs, pointed, well_typed
from ccc.learn.gradient.model import SoftMixture, Watched, Weights
from ccc.learn.gradient.sketch import Sketch
from ccc.learn.search.kernels import Kernel

MORE = 2
"""Steps that a choice takes more than one skill."""


def widened(sketch: Sketch) -> Sketch:
    """With room for one choice."""
    return replace(sketch, steps=sketch.steps + MORE)


@dataclass(frozen=True)
class _Choice:
    """Of each restart: the skill that is ahead more often, the other, and where the first is ahead, [R, lanes]."""

    often: Tensor
    other: Tensor
    ahead: Tensor
    wavering: Tensor


def guarded(model: SoftMixture, weights: Weights, programs: Programs) -> Programs:
    """The programs of mixtures, with a choice each where one skill is not ahead everywhere. programs: without it."""
    sketch = model.sketch
    found = _padded(programs)
    moves = [k for k, op in enumerate(sketch.ops) if op.kernel in (Kernel.CMOV_LE, Kernel.FCMOV_LE)]
    if not moves:
        return found
    watched = model.watched(weights)
    choices = [_choice(one) for one in watched]
    wavering = torch.stack([choice.wavering for choice in choices], 1)
    step = torch.where(wavering.max(1).values > 0, wavering.argmax(1), sketch.steps)
    arguments = pointed(weights, programs.ops, sketch, model.wiring)
    wide = widened(sketch)
    for t, (choice, one) in enumerate(zip(choices, watched, strict=True)):
        rows = (step == t).nonzero()[:, 0]
        for move in moves:
            if not len(rows):
                break
            changed = _with_choice(model, found.rows(rows), arguments[rows, t], _Some(choice, one, rows), t, move)
            good = well_typed(changed, wide)
            for part, new in zip(found.parts, changed.parts, strict=True):
                part[rows[good]] = new[good]
            rows = rows[~good]  # those that this move does not fit
    return found


@dataclass(frozen=True)
class _Some:
    """What was watched, of some restarts."""

    choice: _Choice
    watched: Watched
    rows: Tensor


def _choice(watched: Watched) -> _Choice:
    shares = watched.shares
    votes = torch.nn.functional.one_hot(shares.argmax(1), shares.shape[1]).sum(1)
    often = votes.argmax(1)
    rest = votes.scatter(1, often[:, None], -1)
    other, rows = rest.argmax(1), torch.arange(len(shares))
    return _Choice(often, other, shares[rows, often] >= shares[rows, other], rest.max(1).values)


def _padded(programs: Programs) -> Programs:
    """With steps of no use in the end: the last one again, so that types fit."""
    last = programs.ops[:, -1:].expand(-1, MORE), programs.arguments[:, -1:].expand(-1, MORE, -1)
    ops, arguments = torch.cat([programs.ops, last[0]], 1), torch.cat([programs.arguments, last[1]], 1)
    return Programs(ops, arguments, *(part.clone() for part in programs.parts[2:]))


def _with_choice(model: SoftMixture, programs: Programs, arguments: Tensor, some: _Some, t: int, move: int) -> Programs:
    """Step t becomes one skill, another, and a move. programs: padded. arguments: what those of all skills point to in
    the step, shape [programs, arguments of all skills].
    """
    sketch, places = model.sketch, model.wiring.places
    first = len(sketch.nodes) + len(sketch.states)
    pair, turned = _comparison(model, some, t, move)
    one = torch.where(turned, some.choice.other[some.rows], some.choice.often[some.rows])
    two = torch.where(turned, some.choice.often[some.rows], some.choice.other[some.rows])
    known = torch.arange(first + sketch.steps + MORE)
    known = torch.where(known >= first + t, known + MORE, known)  # what pointed to the step points to the move
    before, after = slice(None, t), slice(t + 1, sketch.steps)
    moved = known[programs.arguments]
    steps = torch.zeros(len(programs), 3, programs.arguments.shape[2], dtype=torch.int64)
    for column, ops in enumerate((one, two)):
        for k, place in enumerate(places):
            which = ops == k
            steps[which, column, : place.stop - place.start] = arguments[which, place]
    steps[:, 2, :4] = torch.cat([pair, torch.tensor([first + t, first + t + 1]).expand(len(pair), 2)], 1)
    return Programs(
        torch.cat([programs.ops[:, before], one[:, None], two[:, None], torch.full_like(one, move)[:, None],
                   programs.ops[:, after]], 1),
        torch.cat([programs.arguments[:, before], steps, moved[:, after]], 1),
        known[programs.nexts],
        programs.starts,
        known[programs.outputs],
    )  # fmt: skip


def _comparison(model: SoftMixture, some: _Some, t: int, move: int) -> tuple[Tensor, Tensor]:
    """The two values whose comparison agrees best with which skill is ahead, shape [restarts, 2]; and whether it does
    the other way round, [restarts].
    """
    values, ahead = some.watched.values[some.rows], some.choice.ahead[some.rows]
    place = model.wiring.places[move]
    allowed = model.wiring.allowed[t, place.start : place.start + 2, : values.shape[1]]
    both = allowed[0][:, None] & allowed[1][None, :]
    agree = ((values[:, :, None] <= values[:, None, :]) == ahead[:, None, None]).double().mean(-1)
    best = torch.where(both, (agree - 0.5).abs(), -1.0).flatten(1).argmax(1)
    pair = torch.stack([best // values.shape[1], best % values.shape[1]], 1)
    return pair, agree.flatten(1).gather(1, best[:, None])[:, 0] < 0.5
