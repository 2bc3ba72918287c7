"""A recording as few operations on large tensors: what does not rest on each other is computed at once.

Chains of additions become sums over blocks, sums of products become products of matrices where they are any: a layer of
a network, or a convolution, is two operations, however large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

Source = int | float
"""The number of a value, or a constant."""


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction that computes. sources: numbers of values, or constants."""

    mnemonic: str
    sources: tuple[Source, ...]


SUMS = ("add", "fadd", "addi")
PAIRS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sub": torch.sub,
    "fsub": torch.sub,
    "mul": torch.mul,
    "fmul": torch.mul,
    "min": torch.minimum,
    "max": torch.maximum,
    "fcmp": lambda a, b: torch.sign(a.detach() - b.detach()),
}
_PRODUCTS = ("mul", "fmul")
_DOT = "dot"
"""A sum of products."""
SINGLES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "neg": torch.neg,
    "itof": lambda a: a,
    "ftoi": lambda a: torch.trunc(a.detach()),
}


@dataclass(frozen=True, slots=True)
class _Gather:
    """Values from several blocks. blocks: which. places: in these one after the other, or None for all in order."""

    blocks: tuple[int, ...]
    places: Tensor | None

    def __call__(self, known: Sequence[Tensor]) -> Tensor:
        parts = [known[block] for block in self.blocks]
        lanes = max(part.shape[1] for part in parts)
        whole = parts[0] if len(parts) == 1 else torch.cat([part.expand(-1, lanes) for part in parts])
        return whole if self.places is None else whole.index_select(0, self.places)


@dataclass(frozen=True, slots=True)
class _Group:
    """Instructions of one kind that are done at once. operands: what each operand is; of a sum one, with `terms` values
    for each result.
    """

    mnemonic: str
    operands: tuple[_Gather, ...]
    terms: int

    def __call__(self, known: Sequence[Tensor]) -> Tensor:
        values = [operand(known) for operand in self.operands]
        if self.mnemonic == _DOT:
            return _by_terms(values[0] * values[1], self.terms).sum(1)
        if self.mnemonic in SUMS:
            return _by_terms(values[0], self.terms).sum(1)
        return PAIRS[self.mnemonic](*values) if self.mnemonic in PAIRS else SINGLES[self.mnemonic](*values)


def _by_terms(values: Tensor, terms: int) -> Tensor:
    """Shape [results, terms, lanes]."""
    return values.reshape(-1, terms, values.shape[1])


@dataclass(frozen=True, slots=True)
class _Matrices:
    """Sums of products that are a product of matrices: of each row of one with each row of the other. order: where each
    result stands in it.
    """

    left: _Gather
    right: _Gather
    terms: int
    order: Tensor

    def __call__(self, known: Sequence[Tensor]) -> Tensor:
        left, right = (_by_terms(gather(known), self.terms) for gather in (self.left, self.right))
        if left.shape[2] == 1:
            found = torch.einsum("at,btl->abl", left[:, :, 0], right)
        elif right.shape[2] == 1:
            found = torch.einsum("atl,bt->abl", left, right[:, :, 0])
        else:
            found = torch.einsum("atl,btl->abl", left, right)
        return found.flatten(0, 1).index_select(0, self.order)


class Blocks:
    """What a recording computes, level by level."""

    def __init__(self, given: Sequence[int], rows: Sequence[Row], results: Sequence[Sequence[Source]]) -> None:
        """given: how many values there are at first, by slot; a row makes one more each. results: of each output."""
        first = sum(given)
        starts = [0, *accumulate(given)]
        self._where = {
            start + k: (number, k)
            for number, (start, size) in enumerate(zip(starts, given, strict=False))
            for k in range(size)
        }
        nodes = _without_chains(rows, first, {cell for cells in results for cell in cells if isinstance(cell, int)})
        constants = sorted(
            {one for node in nodes.values() for one in node.sources if isinstance(one, float)}
            | {one for cells in results for one in cells if isinstance(one, float)}
        )
        self._constants = torch.tensor(constants, dtype=torch.float64)[:, None]
        self._constant = {value: (len(given), place) for place, value in enumerate(constants)}
        self._sizes = [*given, len(constants)]
        self._groups: list[_Group | _Matrices] = []
        for numbers in _levels(nodes, first):
            self._add(numbers, nodes)
        self._results = [self._gather(cells) if cells else None for cells in results]

    def __len__(self) -> int:
        """How many operations there are."""
        return len(self._groups)

    def _add(self, numbers: Sequence[int], nodes: Mapping[int, Row]) -> None:
        """One more group: nodes of one kind."""
        head = nodes[numbers[0]]
        self._groups.append(self._group(numbers, nodes, head))
        for place, number in enumerate(numbers):
            self._where[number] = (len(self._sizes), place)
        self._sizes.append(len(numbers))

    def _group(self, numbers: Sequence[int], nodes: Mapping[int, Row], head: Row) -> _Group | _Matrices:
        if head.mnemonic == _DOT:
            return self._products([nodes[number].sources for number in numbers], len(head.sources) // 2)
        if head.mnemonic in SUMS:
            operands = [self._gather([source for number in numbers for source in nodes[number].sources])]
        else:
            operands = [
                self._gather([nodes[number].sources[place] for number in numbers]) for place in range(len(head.sources))
            ]
        return _Group(head.mnemonic, tuple(operands), len(head.sources))

    def _products(self, pairs: Sequence[tuple[Source, ...]], terms: int) -> _Group | _Matrices:
        """Sums of products. pairs: of each the left and right factors in turn."""
        sides = [[one[place::2] for one in pairs] for place in (0, 1)]
        rows = [{row: number for number, row in enumerate(dict.fromkeys(side))} for side in sides]
        order = [rows[0][left] * len(rows[1]) + rows[1][right] for left, right in zip(*sides, strict=True)]
        if len(set(order)) == len(pairs) == len(rows[0]) * len(rows[1]):
            left, right = (self._gather([source for row in side for source in row]) for side in rows)
            return _Matrices(left, right, terms, torch.tensor(order))
        left, right = (self._gather([source for row in side for source in row]) for side in sides)
        return _Group(_DOT, (left, right), terms)

    def _gather(self, sources: Sequence[Source]) -> _Gather:
        pairs = [self._where[one] if isinstance(one, int) else self._constant[one] for one in sources]
        blocks = sorted({block for block, _ in pairs})
        starts = dict(zip(blocks, [0, *accumulate(self._sizes[block] for block in blocks)], strict=False))
        places = [starts[block] + place for block, place in pairs]
        whole = places == list(range(sum(self._sizes[block] for block in blocks)))
        return _Gather(tuple(blocks), None if whole else torch.tensor(places))

    def __call__(self, given: Sequence[Tensor]) -> list[Tensor]:
        """given: by slot, shape [elements, lanes], or [elements, 1] where all lanes have the same. Outputs alike."""
        known = [*given, self._constants]
        for group in self._groups:
            known.append(group(known))
        lanes = max((part.shape[1] for part in given), default=1)
        found = (
            gather(known) if gather is not None else torch.zeros(0, lanes, dtype=torch.float64)
            for gather in self._results
        )
        return [part.expand(-1, lanes) for part in found]


def _without_chains(rows: Sequence[Row], first: int, kept: set[int]) -> dict[int, Row]:
    """The rows by number, where a sum that only another sum uses is part of that one. kept: what is looked at later."""
    uses: dict[int, int] = {}
    for row in rows:
        for source in row.sources:
            if isinstance(source, int):
                uses[source] = uses.get(source, 0) + 1
    nodes: dict[int, Row] = {}
    for number, row in enumerate(rows, first):
        if row.mnemonic in SUMS:
            terms: list[Source] = []
            for source in row.sources:
                inner = nodes.get(source) if isinstance(source, int) else None
                if inner is not None and inner.mnemonic in SUMS and uses[source] == 1 and source not in kept:  # type: ignore[index]
                    terms += nodes.pop(source).sources  # type: ignore[arg-type]
                else:
                    terms.append(source)
            row = Row("fadd", tuple(term for term in terms if term != 0.0 or isinstance(term, int)) or (0.0,))
        nodes[number] = row
    return _with_products(nodes, {source for source in uses if uses[source] == 1 and source not in kept})


def _with_products(nodes: Mapping[int, Row], once: set[int]) -> dict[int, Row]:
    """The rows, where products that only a sum of several uses are part of it. once: what is used in one place."""
    found: dict[int, Row] = {}
    for number, row in nodes.items():
        inner = [
            source
            for source in row.sources
            if row.mnemonic in SUMS and isinstance(source, int) and source in once and source in found
            if found[source].mnemonic in _PRODUCTS
        ]
        if len(inner) > 1:
            factors = [factor for source in inner for factor in found.pop(source).sources]
            place = inner[-1]
            found[place] = Row(_DOT, tuple(factors))
            rest = tuple(source for source in row.sources if source not in inner)
            row = Row("fadd", (place, *rest))
        found[number] = row
    return found


def _levels(nodes: Mapping[int, Row], first: int) -> list[list[int]]:
    """The nodes in groups of one kind, each after those that it rests on."""
    depth: dict[int, int] = {}
    groups: dict[tuple[int, str, int], list[int]] = {}
    for number, row in nodes.items():
        depth[number] = 1 + max((depth.get(source, 0) for source in row.sources if isinstance(source, int)), default=0)
        groups.setdefault((depth[number], row.mnemonic, len(row.sources)), []).append(number)
    return [groups[key] for key in sorted(groups)]
