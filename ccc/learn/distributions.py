"""Distributions that inputs are drawn from, as specs write them. The same seed gives the same numbers for ever."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccc.learn.cases import Signature
from ccc.machine import Cells
from ccc.skills.cards_data import array_of
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Slot, Type

MAX_PLACES = 1 << 32
"""The most numbers that a grid may have."""


class Source:
    """Random numbers from bits that numpy promises never to change; it makes no such promise for its `Generator`."""

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed))

    def keys(self, count: int) -> NDArray[np.uint64]:
        """Random words."""
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64).reshape(count)

    def uniform(self, count: int) -> Cells:
        """Numbers in [0, 1), multiples of 2^-53."""
        return np.asarray((self.keys(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53)


class Distribution(Protocol):
    """What a slot is drawn from."""

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        """An array of this shape."""
        ...


@dataclass(frozen=True, slots=True)
class Integers:
    """Whole numbers from low to high, each as likely."""

    low: int
    high: int

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        found = self.low + np.floor(source.uniform(math.prod(shape)) * (self.high - self.low + 1))
        return np.asarray(found.reshape(shape) + 0.0)


@dataclass(frozen=True, slots=True)
class Reals:
    """Reals from low to below high."""

    low: float
    high: float

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        share = source.uniform(math.prod(shape))
        return np.asarray((self.low * (1 - share) + self.high * share).reshape(shape) + 0.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers low, low + step and so on, up to high, each as likely: sums and products of few of them are exact."""

    low: float
    step: float
    count: int

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        places = np.floor(source.uniform(math.prod(shape)) * self.count)
        return np.asarray((self.low + places * self.step).reshape(shape) + 0.0)


@dataclass(frozen=True, slots=True)
class Choices:
    """One of these values, each as likely."""

    values: tuple[float, ...]

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        chosen = np.floor(source.uniform(math.prod(shape)) * len(self.values)).astype(np.int64)
        return np.asarray(np.asarray(self.values, dtype=np.float64)[chosen].reshape(shape))


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same: one number for all elements, or the whole array."""

    value: Cells

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        return np.array(self.value if self.value.size > 1 or self.value.ndim else np.full(shape, self.value))


@dataclass(frozen=True, slots=True)
class Sorted:
    """A draw, in ascending order; of a matrix, row by row."""

    inner: Distribution

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        return np.asarray(np.sort(self.inner.draw(source, shape), axis=-1))


@dataclass(frozen=True, slots=True)
class Permutation:
    """0, 1, ... in random order; of a matrix, row by row."""

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        keys = source.keys(math.prod(shape)).reshape(shape)
        return np.asarray(np.argsort(keys, axis=-1, kind="stable").astype(np.float64))


@dataclass(frozen=True, slots=True)
class Palindrome:
    """A draw, of which the first elements are a palindrome, from two to all of them; of a matrix, row by row."""

    inner: Distribution

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        found = self.inner.draw(source, shape)
        columns = shape[-1]
        rows = found.reshape(-1, columns) if columns > 1 else found[:0].reshape(0, 1)
        for row, share in zip(rows, source.uniform(len(rows)), strict=True):
            length = 2 + math.floor(share * (columns - 1))
            row[length - length // 2 : length] = row[: length // 2][::-1]
        return found


@dataclass(frozen=True, slots=True)
class OneOf:
    """A draw from one of these distributions, each as likely, all elements from the same."""

    inner: tuple[Distribution, ...]

    def draw(self, source: Source, shape: tuple[int, ...]) -> Cells:
        chosen = math.floor(float(source.uniform(1)[0]) * len(self.inner))
        return self.inner[chosen].draw(source, shape)


# Reading


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a distribution is read, and for which slot."""

    document: Document
    signature: Signature
    slot: Slot

    def problem(self, node: Node, expected: str, hint: str = "") -> None:
        self.document.problem(node.span, f"slot '{self.slot.name}': expected {expected}, found {node.what}", hint)

    def number(self, node: Node) -> float | None:
        """A number, or word, that the slot may hold."""
        word = self.signature.symbol(self.slot, node.value) if isinstance(node.value, str) else None
        value = word if word is not None else node.value
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > sys.float_info.max:
            self.problem(node, self.signature.expected(Slot(self.slot.name, self.slot.role, self.slot.type)))
            return None
        wanted = self.signature.wrong(self.slot, float(value))
        if wanted:
            self.problem(node, wanted)
            return None
        return float(value) + 0.0

    def bounds(self, node: Node) -> tuple[float, float] | None:
        """[low, high]."""
        if not isinstance(node.value, list) or len(node.value) != 2:
            self.problem(node, "two numbers, as in `[1, 60]`")
            return None
        low, high = (self.number(inner) for inner in node.value)
        if low is None or high is None:
            return None
        if low > high:
            self.problem(node, "the lower number first")
            return None
        return low, high


def _integers(place: _Place, node: Node) -> Distribution | None:
    found = place.bounds(node)
    if found is not None and not (found[0].is_integer() and found[1].is_integer()):
        place.problem(node, "two whole numbers")
        return None
    return None if found is None else Integers(int(found[0]), int(found[1]))


def _reals(place: _Place, node: Node) -> Distribution | None:
    if place.slot.type is not Type.REAL:
        place.problem(node, f"a distribution of whole numbers for type {place.slot.type}", "`integer: [low, high]`")
        return None
    found = place.bounds(node)
    return None if found is None else Reals(*found)


def _grid(place: _Place, node: Node) -> Distribution | None:
    parts = node.value if isinstance(node.value, list) else []
    if len(parts) != 3:
        place.problem(node, "three numbers, as in `[-4, 4, 0.25]`: the lowest, the highest, the step")
        return None
    found = place.bounds(replace(node, value=parts[:2]))
    step = place.number(parts[2])
    if found is None or step is None:
        return None
    low, high = found
    if step <= 0 or (high - low) / step > MAX_PLACES:
        place.problem(parts[2], f"a step above 0, of which there are at most {MAX_PLACES:,}")
        return None
    return Grid(low, step, math.floor((high - low) / step) + 1)


def _choices(place: _Place, node: Node) -> Distribution | None:
    if not isinstance(node.value, list) or not node.value:
        place.problem(node, "a list of values to choose from")
        return None
    values = [place.number(inner) for inner in node.value]
    return Choices(tuple(value for value in values if value is not None))


def _bit(place: _Place, node: Node) -> Distribution | None:
    if node.value is not True:
        place.problem(node, "`bit: true`")
    return Integers(0, 1)


def _permutation(place: _Place, node: Node) -> Distribution | None:
    if node.value is not True or not place.slot.shape.dimensions:
        place.problem(node, "`permutation: true`, for a vector or the rows of a matrix")
    return Permutation()


def _sorted(place: _Place, node: Node) -> Distribution | None:
    if not place.slot.shape.dimensions:
        place.problem(node, "nothing to sort here: the slot is one number")
        return None
    inner = read_distribution(place.document, node, place.signature, place.slot)
    return None if inner is None else Sorted(inner)


def _palindrome(place: _Place, node: Node) -> Distribution | None:
    if not place.slot.shape.dimensions:
        place.problem(node, "nothing to mirror here: the slot is one number")
        return None
    inner = read_distribution(place.document, node, place.signature, place.slot)
    return None if inner is None else Palindrome(inner)


def _one_of(place: _Place, node: Node) -> Distribution | None:
    if not isinstance(node.value, list) or not node.value:
        place.problem(node, "a list of distributions", "as in `[{bit: true}, {integer: [5, 9]}]`")
        return None
    found = [read_distribution(place.document, inner, place.signature, place.slot) for inner in node.value]
    return OneOf(tuple(inner for inner in found if inner is not None))


def _fixed(place: _Place, node: Node) -> Distribution | None:
    if not isinstance(node.value, list):
        value = place.number(node)
        return None if value is None else Fixed(np.asarray(value))
    found = array_of(place.document, node, f"slot '{place.slot.name}'", place.signature.expected(place.slot))
    if found is None:
        return None
    for number in found.reshape(-1).tolist():
        wanted = place.signature.wrong(place.slot, number)
        if wanted:
            place.problem(node, f"elements that are each {wanted}")
            return None
    return Fixed(found)


KINDS: Mapping[str, Callable[[_Place, Node], Distribution | None]] = {
    "integer": _integers,
    "real": _reals,
    "grid": _grid,
    "choice": _choices,
    "one_of": _one_of,
    "bit": _bit,
    "sorted": _sorted,
    "palindrome": _palindrome,
    "permutation": _permutation,
    "fixed": _fixed,
}
"""How each kind of distribution is read."""


def read_distribution(document: Document, node: Node, signature: Signature, slot: Slot) -> Distribution | None:
    """The distribution under `node`; mistakes go to the document, and there is none then."""
    known = ", ".join(KINDS)
    if not isinstance(node.value, dict) or len(node.value) != 1:
        hint = f"as in `{{integer: [1, 60]}}`; known: {known}"
        document.problem(node.span, f"slot '{slot.name}': expected a distribution, found {node.what}", hint)
        return None
    ((kind, inner),) = node.value.items()
    if kind not in KINDS:
        document.problem(node.keys[kind], f"no distribution {kind!r}", f"known: {known}")
        return None
    return KINDS[kind](_Place(document, signature, slot), inner)


def usual(signature: Signature, slot: Slot) -> Distribution | None:
    """What a slot is drawn from where nothing is said: bits and symbols; None for others."""
    if slot.type is Type.BIT or slot.name in signature.alphabets:
        return Integers(*signature.range_of(slot))
    return None
