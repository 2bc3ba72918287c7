"""Attention over the keys that can carry weight, found by their position.

A quiet cell's key is an affine function of its position p and p^2, and so a head's score is a quadratic in p, given by
the asking token's query, with its peak at -S1 / (2 S2). The few cells around the peak stand beside the keys of CPU and
ports, and where all others score at least 746 less, a softmax over those few is the softmax over all: every other
weight underflows to 0. The write-back is the same from the other side: cells ask, and the few positions are found for
which the CPU's or a port's key comes within 746 of all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ccc.neural.codec import EXTRA_TOKENS
from ccc.neural.layers import MultiHeadAttention
from ccc.neural.patterns import POSITION, POSITION_SQUARED, VALUE
from ccc.neural.reach import UNDERFLOW, Kind
from ccc.neural.sparse_layers import product, used_directions

_WINDOW = 5  # cells that a read looks at, around the peak
_CANDIDATES = 8  # cells that the write-back looks at; where more are in reach, attention is spread
_ROUNDING = 2.0**-50  # of a score's terms: more than a score of three or four of them can be off
_FARTHEST = 2.0**40  # peaks beyond are not located to a fraction of a cell
_SLACK = 2.0**-8  # by which a root may be off


@dataclass(frozen=True)
class Memories:
    """Where each lane's memory stands. values: all cells, flat. starts: the first cell's place, [lanes].

    last: the position of the last cell as a double, [lanes].
    """

    values: Tensor
    starts: Tensor
    last: Tensor

    def read(self, positions: Tensor) -> Tensor:
        """What the cells at `positions` [..., lanes] hold."""
        return self.values[self.starts + positions.long()]


def positions_above(c: Sequence[Tensor], floor: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
    """First and last of the p in 0..last with c0 + c1 p + c2 p^2 > floor, or of a range that holds them all.

    All of one shape, doubles. The first is larger than the last where there are none; all of 0..last is the answer
    where the parabola opens upwards, or is too far off; NaN where a coefficient is.
    """
    c0, c1, c2 = c
    vertex = torch.where(c2 < 0, c1 / (c2 * -2), torch.zeros_like(c2))
    peak = torch.minimum(vertex.clamp(min=0.0), last)
    height = c0 + (c1 + c2 * peak) * peak
    # At the ends for a parabola that opens upwards, or a line; for the others those are no higher than the peak.
    height = torch.maximum(height, torch.maximum(c0, c0 + (c1 + c2 * last) * last))
    radius = ((c0 + (c1 + c2 * vertex) * vertex - floor) / -c2).clamp(min=0.0).sqrt() + _SLACK
    found = (c2 < 0) & (vertex.abs() < _FARTHEST)
    first = torch.where(found, (vertex - radius).ceil().clamp(min=0.0), torch.zeros_like(c2))
    final = torch.where(found, torch.minimum((vertex + radius).floor(), last), last)
    none = height <= floor
    return first.masked_fill(none, 0.0), final.masked_fill(none, -1.0)


class SparseAttention:
    """A sublayer of attention: what some of CPU, ports and the written cell receive, and which cell is written."""

    def __init__(
        self,
        layer: MultiHeadAttention,
        kinds: Sequence[Kind],
        quiet: Kind,
        places: Mapping[str, int],
        device: torch.device,
    ) -> None:
        """kinds: those of the tokens that ask or answer here, CPU and ports first."""
        self._heads, self._depth, width = layer.query.shape
        self._value_depth = layer.value.shape[1]
        query = layer.query.reshape(-1, width)
        answer = torch.cat([layer.key, layer.value], dim=1).reshape(-1, width)
        asked, answered = used_directions(query, kinds), used_directions(answer, kinds[:EXTRA_TOKENS])
        self._asked, self._answered = asked.to(device), answered.to(device)
        self._query = query[:, asked].contiguous().to(device)
        self._answer = answer[:, answered].contiguous().to(device)
        self._receives = (layer.out != 0).any(dim=1).nonzero().squeeze(-1).to(device)
        self._out = layer.out.to(device)[self._receives]
        # Keys and queries of quiet cells: coefficients of 1, p and p^2.
        powers = [places[POSITION], places[POSITION_SQUARED]]
        self._cell_key = torch.cat([(layer.key @ quiet.known).unsqueeze(-1), layer.key[..., powers]], -1).to(device)
        self._cell_query = torch.cat([(layer.query @ quiet.known).unsqueeze(-1), layer.query[..., powers]], -1).to(
            device
        )
        self._set_cell_values(layer, quiet, places, device)
        # In a write-back all quiet cells have one key; its score is a quadratic in the asking cell's position.
        self._quiet_score = (self._cell_query * self._cell_key[..., :1]).sum(dim=1)  # [heads, 3]
        self._steps = torch.arange(_CANDIDATES, dtype=torch.float64, device=device)
        self._window = torch.arange(_WINDOW, dtype=torch.float64, device=device).view(-1, 1, 1) - _WINDOW // 2
        # Which of CPU and ports have anything to give, by what is known of them.
        given = [kind.apply(layer.value) for kind in kinds[:EXTRA_TOKENS]]
        self._givers = [n for n, (value, known) in enumerate(given) if not bool((known & (value == 0)).all())]

    def _set_cell_values(
        self, layer: MultiHeadAttention, quiet: Kind, places: Mapping[str, int], device: torch.device
    ) -> None:
        """Values of cells: coefficients of those of 1, p, p^2 and the cell's value that are used, in their order."""
        columns = {
            POSITION: layer.value[..., places[POSITION]],
            POSITION_SQUARED: layer.value[..., places[POSITION_SQUARED]],
            VALUE: layer.value[..., places[VALUE]],
        }
        constant = int(quiet.known.nonzero().squeeze())
        order = sorted([("", constant), *((name, places[name]) for name in columns)], key=lambda entry: entry[1])
        columns[""] = layer.value @ quiet.known
        self._features = [name for name, _ in order if bool((columns[name] != 0).any())]
        parts = [columns[name] for name in self._features] or [torch.zeros_like(columns[VALUE])]
        self._cell_value = torch.stack(parts, dim=-1).to(device)  # [heads, value_depth, features]

    def attend(self, x: Tensor, askers: slice, real: Tensor | None, memories: Memories) -> Tensor:
        """Add to the tokens `askers` of x [width, 4, lanes] what they receive; return where that is exact, [lanes].

        It is where a single key carries weight, which then is 1. real: bool [askers, lanes], which of them there are;
        None for all.
        """
        tokens = x[:, askers]
        shape = tokens.shape[1:]
        answers = product(self._answer, x[:, :EXTRA_TOKENS].index_select(0, self._answered).flatten(1)).view(
            self._heads, self._depth + self._value_depth, EXTRA_TOKENS, 1, -1
        )
        keys, values = answers[:, : self._depth].detach(), answers[:, self._depth :]
        with torch.no_grad():
            query = product(self._query, tokens.detach().index_select(0, self._asked).flatten(1)).view(
                self._heads, self._depth, 1, *shape
            )
            positions, scores, fits = self._candidates(query, (query * keys).sum(dim=1), memories)
            rivals = (scores > scores.amax(dim=1, keepdim=True) - UNDERFLOW).sum(dim=1)
            exact = (fits & (rivals == 1)).all(dim=0)
            weights = torch.softmax(scores, dim=1).unsqueeze(1)
        cells = self._values_at(positions, memories)
        mixed = (weights[:, :, :EXTRA_TOKENS] * values).sum(dim=2)
        mixed = mixed + (weights[:, :, EXTRA_TOKENS:] * cells).sum(dim=2)
        if real is not None:
            mixed = torch.where(real, mixed, torch.zeros_like(mixed))
            exact = exact | ~real
        tokens.index_add_(0, self._receives, product(self._out, mixed.flatten(0, 1).flatten(1)).view(-1, *shape))
        return exact.all(dim=0)

    def _candidates(self, query: Tensor, others: Tensor, memories: Memories) -> tuple[Tensor, Tensor, Tensor]:
        """query [heads, depth, 1, askers, lanes], scores of CPU and ports [heads, 3, askers, lanes] ->
        positions of the cells around the peak [heads, window, askers, lanes]; scores of CPU, ports and these cells,
        -inf beyond the memory's ends; whether no other cell can carry weight [heads, askers, lanes].

        Scores fall ever faster to both sides of the peak. So when those at the window's ends are too low, all beyond
        them are.
        """
        c = (self._cell_key.transpose(1, 2) @ query.flatten(2)).view(self._heads, 3, 1, *query.shape[3:])
        c0, c1, c2 = c.unbind(dim=1)
        last = memories.last
        peak = (c1 / (c2 * -2)).round().nan_to_num(0.0).clamp(min=0.0)
        positions = torch.minimum(peak, last) + self._window
        there = (positions >= 0) & (positions <= last)
        positions = torch.where(there, positions, 0.0)
        scores = (c0 + (c1 + c2 * positions) * positions).masked_fill(~there, -torch.inf)
        every = torch.cat([others, scores], dim=1)
        rounding = (c0.abs() + (c1.abs() + c2.abs() * last) * last) * _ROUNDING
        enough = every.amax(dim=1, keepdim=True) - UNDERFLOW - rounding
        peaked = (c2 < 0) | ((c1 == 0) & (c2 == 0))
        return positions, every, (peaked & (scores[:, :: _WINDOW - 1] < enough)).all(dim=1)

    def _values_at(self, positions: Tensor, memories: Memories) -> Tensor:
        """The values of cells at `positions` [heads, candidates, askers, lanes] -> [heads, value_depth, ...]."""
        features = {
            "": lambda: torch.ones_like(positions),
            POSITION: lambda: positions,
            POSITION_SQUARED: lambda: positions * positions,
            VALUE: lambda: memories.read(positions),
        }
        if not self._features:
            return positions.new_zeros(1)
        parts = torch.stack([features[name]() for name in self._features], dim=1)
        if len(self._features) == 1:
            return (self._cell_value @ parts.flatten(2)).view(self._heads, self._value_depth, *positions.shape[1:])
        heads = [product(*pair) for pair in zip(self._cell_value, parts.flatten(2), strict=True)]
        return torch.stack(heads).view(self._heads, self._value_depth, *positions.shape[1:])

    def written(self, x: Tensor, memories: Memories) -> tuple[Tensor, Tensor]:
        """The position of the cell that receives something in each lane, -1 for none; and whether it is one at most."""
        tokens = x[:, :EXTRA_TOKENS].index_select(0, self._answered).flatten(1)
        answers = product(self._answer, tokens).view(self._heads, -1, EXTRA_TOKENS, x.shape[-1])
        keys, gives = answers[:, : self._depth], (answers[:, self._depth :] != 0).any(dim=1)
        # The scores that CPU and ports have with the cell at p, and last those of its fellow cells: c0 + c1 p + c2 p^2.
        c = (self._cell_query.transpose(1, 2) @ keys.flatten(2)).view(self._heads, 3, EXTRA_TOKENS, -1)
        c = torch.cat([c, self._quiet_score.view(self._heads, 3, 1, 1).expand(-1, -1, -1, c.shape[-1])], dim=2)
        first, final = self._reached(c, gives, memories.last)
        positions = first.unsqueeze(1) + self._steps.view(-1, 1)  # [heads, candidates, lanes]
        there = positions <= final.unsqueeze(1)
        c0, c1, c2 = (part.unsqueeze(1) for part in c.unbind(dim=1))  # [heads, 1, 4, lanes]
        p = positions.unsqueeze(2)
        scores = c0 + (c1 + c2 * p) * p
        heard = scores > scores.amax(dim=2, keepdim=True) - UNDERFLOW
        awake = there & (heard[:, :, :EXTRA_TOKENS] & gives.unsqueeze(1)).any(dim=2)
        # A score that is no number is never heard: the finite ones must be seen to be so.
        fits = (final - first < _CANDIDATES) & torch.isfinite(c).all(dim=2).all(dim=1)
        lowest = torch.where(awake, positions, torch.inf).amin(dim=(0, 1))
        highest = torch.where(awake, positions, -1.0).amax(dim=(0, 1))
        return highest, fits.all(dim=0) & ((highest < 0) | (lowest == highest))

    def _reached(self, c: Tensor, gives: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """First and last of the cells that CPU or ports can give something, by head: [heads, lanes]. c: see `written`.

        A token is heard by a cell where its score is within UNDERFLOW of every other's.
        """
        first, final = torch.full_like(c[:, 0, 0], torch.inf), torch.full_like(c[:, 0, 0], -1.0)
        for token in self._givers:
            lead = c[:, :, token : token + 1] - c
            rounding = (c.abs() * torch.stack([torch.ones_like(last), last, last * last]).unsqueeze(1)).sum(dim=1)
            rounding = (rounding + rounding[:, token : token + 1]) * _ROUNDING
            low, high = positions_above(lead.unbind(dim=1), -UNDERFLOW - rounding, last.expand_as(rounding))
            # Where one rival silences a token at every cell, its range is empty, and so is what the ranges share.
            low, high = low.amax(dim=1), high.amin(dim=1)
            heard = gives[:, token] & ~(low > high)
            first = torch.where(heard, torch.minimum(first, low), first)
            final = torch.where(heard, torch.maximum(final, high), final)
        return torch.where(final < 0, torch.zeros_like(first), first), final
