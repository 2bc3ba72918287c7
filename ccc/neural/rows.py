"""The dense engine on the rows that can change: the CPU, the ports, and whatever cells a write reaches.

`reach` shows from the weights that a sublayer leaves quiet cells as they are; where it cannot, all rows are computed.
Which cells a write-back reaches is seen in its attention weights: a row that receives exactly nothing stays quiet.
Keys and values of the cells are kept from step to step and renewed for the rows that changed.

Both ways give the same bits wherever attention is one-hot and all numbers are finite, as with all constructed weights.
A wrong weight can break either: attention that mixes several tokens rounds by how many of them torch takes together.
Elsewhere rows are kept at four or more, so that sums over directions have one order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor

from ccc.machine import State
from ccc.neural.codec import EXTRA_TOKENS
from ccc.neural.layers import FEWEST_ROWS, GatedFeedForward, MixtureOfExperts, MultiHeadAttention, Scratch
from ccc.neural.model import Model
from ccc.neural.reach import (
    Kind,
    attention_is_silent,
    experts_are_silent,
    feed_forward_is_silent,
    other_kinds,
    quiet_cell,
)


class TooManyRows(Exception):
    """A sublayer would have to compute more rows than were allowed."""


class ChangedRows:
    """A residual stream that is advanced row by row where that is provably enough."""

    def __init__(self, model: Model, state: State) -> None:
        self._x = model.codec.embed(state)
        self._size = len(state.cells)
        self._kind = quiet_cell(model.directions, model.width)
        self._layers = list(model.transformer.sublayers)
        others = other_kinds(model.directions, model.width)
        self._marked = ~torch.stack([kind.free for kind in others])
        self._marks = torch.stack([kind.known for kind in others])
        self._silent = [self._is_silent(layer, model) for layer in self._layers]
        scratch = Scratch()
        self._caches = {
            index: _Cache(layer, self._x, self._kind, scratch, needs_queries=not self._silent[index])
            for index, layer in enumerate(self._layers)
            if isinstance(layer, MultiHeadAttention)
        }
        self._awake = torch.zeros(0, dtype=torch.long)
        self.written: list[int] = []
        """The cells that the last step computed: those that a write reached, and those still awake."""
        self._rest = torch.arange(self._size, self._size + EXTRA_TOKENS)

    def others(self) -> Tensor:
        return self._x[self._size :]

    def cells(self) -> Tensor:
        return self._x[: self._size]

    @property
    def is_awake(self) -> bool:
        """Whether there are cells that are not ordinary ones."""
        return len(self._awake) > 0

    def step(self) -> None:
        """One pass through the network."""
        for _ in self.advance():
            pass

    def advance(self, most: int | None = None) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """One pass, sublayer by sublayer: which rows were computed [k], and what they held before and after [k, width].

        All other rows are as they were. The pass is done when the iterator is. Raises TooManyRows before a sublayer
        that would have to compute more than `most` rows.
        """
        rows = torch.cat([self._awake, self._rest])
        x = _padded(self._x[rows])
        for index, layer in enumerate(self._layers):
            cache, count = self._caches.get(index), len(rows)
            if cache:
                cache.update(rows, x)
            if not self._silent[index] or (cache and self._is_strange(x[:count])):
                woken = cache.woken(rows, self._size) if cache else _without(torch.arange(self._size), rows)
                if len(woken):
                    x = _padded(torch.cat([self._x[woken], x[:count]]))
                    rows = torch.cat([woken, rows])
                    count = len(rows)
            if most is not None and count > most:
                raise TooManyRows
            before, x = x, cache.attend(x) if cache else layer(x)
            if cache and len(x) > count:
                x[count:] = 0.0
            yield rows, before[:count], x[:count]
        self._settle(rows, x[: len(rows)])

    def snapshot(self) -> Any:
        """The rows, which of them are awake, and the keys, values and queries kept of them."""
        return self._x.clone(), self._awake, {index: cache.copy() for index, cache in self._caches.items()}

    def restore(self, snapshot: Any) -> None:
        x, self._awake, caches = snapshot
        self._x = x.clone()
        for index, copies in caches.items():
            self._caches[index].take(copies)

    def _is_strange(self, x: Tensor) -> bool:
        """Whether a token that is asked here is not of the kinds that `attention_is_silent` reckons with."""
        return len(x) > EXTRA_TOKENS or bool(((x != self._marks) & self._marked).any())

    def _is_silent(self, layer: torch.nn.Module, model: Model) -> bool:
        if isinstance(layer, GatedFeedForward):
            return feed_forward_is_silent(layer, self._kind)
        if isinstance(layer, MixtureOfExperts):
            return experts_are_silent(layer, self._kind)
        return isinstance(layer, MultiHeadAttention) and attention_is_silent(layer, self._kind, model.directions)

    def _settle(self, rows: Tensor, x: Tensor) -> None:
        """Store the computed rows; cells that are ordinary cells again need no computing in the next step."""
        self._x[rows] = x
        cells = rows < self._size
        changed, values = rows[cells], x[cells]
        self.written = cast("list[int]", changed.tolist())
        if not len(changed):
            return
        for cache in self._caches.values():
            cache.renew(changed, values)
        fixed = ~self._kind.free
        odd = (values[:, fixed] != self._kind.known[fixed]).any(dim=-1)
        self._awake = changed[odd]


class _Cache:
    """Keys and values of all tokens for one attention sublayer, and queries of the cells where those can be reached."""

    def __init__(
        self, layer: MultiHeadAttention, x: Tensor, kind: Kind, scratch: Scratch, *, needs_queries: bool
    ) -> None:
        self._layer = layer
        self._scratch = scratch
        self._keys = layer.project(x, layer.key)
        self._values = layer.project(x, layer.value)
        self._queries = layer.project(x, layer.query) if needs_queries else None
        self._quiet_key, key_known = kind.apply(layer.key)
        quiet_value, value_known = kind.apply(layer.value)
        query, query_known = kind.apply(layer.query)
        unasked = query_known & (query == 0)
        # All quiet cells look alike to each other and give each other nothing: one key stands for them all.
        self._uniform = bool((key_known | unasked).all() and (value_known & (quiet_value == 0)).all())

    def copy(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """Keys, values and queries as they are now."""
        return self._keys.clone(), self._values.clone(), None if self._queries is None else self._queries.clone()

    def take(self, copies: tuple[Tensor, Tensor, Tensor | None]) -> None:
        """Go back to what `copy` gave. Kept as computed: recomputing all rows at once might round differently."""
        keys, values, queries = copies
        self._keys, self._values = keys.clone(), values.clone()
        self._queries = None if queries is None else queries.clone()

    def update(self, rows: Tensor, x: Tensor) -> None:
        """Take the keys and values of `rows` from `x`, which may be padded."""
        self._keys[:, rows] = self._layer.project(x, self._layer.key)[:, : len(rows)]
        self._values[:, rows] = self._layer.project(x, self._layer.value)[:, : len(rows)]

    def attend(self, x: Tensor) -> Tensor:
        """x after this sublayer, its rows asking all tokens."""
        return x + self._layer.attend(
            self._layer.project(x, self._layer.query), self._keys, self._values, self._scratch
        )

    def woken(self, rows: Tensor, size: int) -> Tensor:
        """The cells outside `rows` that receive something other than 0 here."""
        if self._queries is None or not self._uniform:
            return _without(torch.arange(size), rows)
        keys = torch.cat([self._keys[:, rows], self._quiet_key.unsqueeze(-2)], dim=-2)
        weights = torch.softmax(self._queries[:, :size] @ keys.transpose(-1, -2), dim=-1)
        received = weights[..., :-1] @ self._values[:, rows]
        return _without((received != 0).any(dim=-1).any(dim=0).nonzero().squeeze(-1), rows)

    def renew(self, rows: Tensor, x: Tensor) -> None:
        """The cells `rows` have changed to `x` for good."""
        x = _padded(x)
        self.update(rows, x)
        if self._queries is not None:
            self._queries[:, rows] = self._layer.project(x, self._layer.query)[:, : len(rows)]


def _padded(x: Tensor) -> Tensor:
    """x [rows, width] with rows of zeros below, where it has fewer than torch needs to add in the usual order."""
    missing = FEWEST_ROWS - len(x)
    return x if missing <= 0 else torch.cat([x, x.new_zeros(missing, x.shape[1])])


def _without(cells: Tensor, rows: Tensor) -> Tensor:
    """`cells` less those among `rows`."""
    return cells[~torch.isin(cells, rows)]
