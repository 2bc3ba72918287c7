"""Named directions of the residual stream, and affine forms over them.

A construction speaks of directions by name only; their places in the stream are decided here. `d("pc") + 3` is a row
of a weight matrix in the making: the constant stands for a multiple of the direction `cpu`, which is 1 in the CPU token
and 0 in every other, so that what is written for the CPU token is silent everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CPU = "cpu"
Number = int | float


@dataclass(frozen=True)
class Affine:
    """A linear form over directions: coefficient by name."""

    terms: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: Affine | Number) -> Affine:
        terms = dict(self.terms)
        for name, coefficient in _as_affine(other).terms.items():
            terms[name] = terms.get(name, 0.0) + coefficient
        return Affine({name: value for name, value in terms.items() if value != 0})

    def __radd__(self, other: Number) -> Affine:
        return self + other

    def __sub__(self, other: Affine | Number) -> Affine:
        return self + _as_affine(other) * -1

    def __rsub__(self, other: Number) -> Affine:
        return self * -1 + other

    def __mul__(self, factor: Number) -> Affine:
        return Affine({name: value * factor for name, value in self.terms.items() if value * factor != 0})

    __rmul__ = __mul__

    def __neg__(self) -> Affine:
        return self * -1


def d(name: str) -> Affine:
    """The direction `name` as a form."""
    return Affine({name: 1.0})


def constant(value: Number) -> Affine:
    """`value` in the CPU token, 0 in all others."""
    return Affine({CPU: float(value)}) if value else Affine()


def _as_affine(value: Affine | Number) -> Affine:
    return value if isinstance(value, Affine) else constant(value)


class Basis:
    """The directions of a residual stream: a place for every name.

    Experts exclude each other, so their private directions may share places: `overlay` gives each group of names the
    same run of places. A name means one place for good.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._places: dict[str, int] = {}
        self._size = 0
        self._overlay_start: int | None = None
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Give `name` a place of its own. Raises ValueError when it has one."""
        if name in self._places:
            raise ValueError(f"direction {name!r} is there already")
        if self._overlay_start is not None:
            raise ValueError("directions of their own come before the overlays")
        self._places[name] = self._size
        self._size += 1

    def overlay(self, names: Iterable[str]) -> None:
        """Give `names` places that other overlays use too. Raises ValueError when one has a place."""
        if self._overlay_start is None:
            self._overlay_start = self._size
        for offset, name in enumerate(names):
            if name in self._places:
                raise ValueError(f"direction {name!r} is there already")
            self._places[name] = self._overlay_start + offset
            self._size = max(self._size, self._overlay_start + offset + 1)

    @property
    def size(self) -> int:
        """The width of the residual stream."""
        return self._size

    @property
    def names(self) -> dict[str, int]:
        """Every name and its place."""
        return dict(self._places)

    @property
    def shared(self) -> range:
        """The places that overlays share."""
        return range(self._size if self._overlay_start is None else self._overlay_start, self._size)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> int:
        if name not in self._places:
            raise KeyError(f"no direction {name!r} in the residual stream")
        return self._places[name]
