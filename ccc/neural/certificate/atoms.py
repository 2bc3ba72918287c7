"""The numbers of one step as unknowns: linear forms over atoms, and what each atom is.

A direction of the residual stream is a linear form over unknowns ("atoms"): {atom: coefficient}, the constant standing
at the atom ONE. Atoms are inputs of the step, or are defined by what a unit or a head does: a threshold, a product, a
sum that rounds, a number rounded by a constant, the result of a read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ccc.neural.certificate.ranges import BIT, Format, Range, exactly

ONE = 0
Form = Mapping[int, float]
Term = tuple[float, Form]
"""A weight and the number that it multiplies."""


class Attends(Protocol):
    """What a head gives a token that asks, as far as a case (`certificate.facts.Facts`) decides it."""

    def received(self, facts: Any) -> Form | None:
        """The number received, or None where it depends on more than is known."""

    def bound(self, facts: Any) -> Range:
        """The range of the number received."""

    def support(self) -> list[Form]:
        """All forms that it depends on."""

    def deciding(self) -> list[Form]:
        """The forms that decide which token gives it."""


@dataclass(frozen=True, slots=True)
class Atom:
    """An unknown. kind: input, step, round, sum, product, read, hit, box. site: where in the network."""

    kind: str
    site: str
    form: Form = field(default_factory=dict)
    other: Form = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    known: Range = BIT
    shift: int = 0
    read: Attends | None = None


def add(*terms: Term) -> dict[int, float]:
    """The linear form sum of weight * form."""
    total: dict[int, float] = {}
    for weight, form in terms:
        for atom, coefficient in form.items():
            total[atom] = total.get(atom, 0.0) + weight * coefficient
    return {atom: value for atom, value in total.items() if value != 0}


def constant(value: float) -> Form:
    """A number as a form."""
    return {ONE: value} if value else {}


Key = tuple[tuple[int, float], ...]


def direction(form: Form) -> tuple[Key, float]:
    """The form without its constant, divided by its first coefficient; and that coefficient."""
    items = sorted(item for item in form.items() if item[0] != ONE)
    if not items:
        return (), 1.0
    first = items[0][1]
    return tuple((atom, value / first) for atom, value in items), first


class Pool:
    """All atoms of an analysis, each definition once. work: how much was done with them so far."""

    def __init__(self, form: Format) -> None:
        self.format = form
        self.work = 0
        self.atoms = [Atom("input", "cpu", known=exactly(1.0))]
        self.users: list[list[int]] = [[]]  # for each atom those that are made of it
        self._found: dict[tuple[object, ...], int] = {}
        # The rounded sums of each direction, and the products of each two: the atoms, with their coefficients.
        self.sums: dict[Key, list[tuple[int, float]]] = {}
        self.products: dict[tuple[Key, Key], list[tuple[int, float]]] = {}
        self.opposite: dict[int, int] = {}
        self.gates: dict[int, tuple[Key, bool, float]] = {}  # of each threshold: its gate, divided by a number > 0

    def _new(self, key: tuple[object, ...] | None, atom: Atom) -> int:
        if key is not None and key in self._found:
            return self._found[key]
        self.atoms.append(atom)
        self.users.append([])
        place = len(self.atoms) - 1
        parts = [atom.form, atom.other, *(form for _, form in atom.terms), *(atom.read.support() if atom.read else ())]
        for used in {used for form in parts for used in form}:
            self.users[used].append(place)
        if key is not None:
            self._found[key] = place
        return place

    def input(self, site: str, known: Range) -> int:
        return self._new(None, Atom("input", site, known=known))

    def read(self, site: str, read: Attends, *, kind: str = "read") -> int:
        """What a head gives: a number ("read"), or whether it gives it ("hit", 0 or 1)."""
        return self._new(None, Atom(kind, site, read=read))

    def box(self, site: str, form: Form, known: Range) -> int:
        """A number of which only its range is remembered."""
        return self._new(None, Atom("box", site, form, known=known))

    def step(self, site: str, form: Form, terms: tuple[Term, ...]) -> int:
        """[form > 0]."""
        key, first = direction(form)
        bound = form.get(ONE, 0.0) / abs(first)
        place = self._new(("step", key, first > 0, bound), Atom("step", site, form, terms=terms))
        mirror = self._found.get(("step", key, first < 0, bound if not bound else -bound))
        if mirror is not None:
            self.opposite[place], self.opposite[mirror] = mirror, place
        self.gates[place] = (key, first > 0, bound)
        return place

    def implies(self, inner: int, outer: int) -> bool:
        """Whether one threshold is passed wherever another is: the same gate with a larger constant."""
        one, two = self.gates.get(inner), self.gates.get(outer)
        return one is not None and two is not None and one[:2] == two[:2] and one[2] < two[2]

    def round(self, site: str, form: Form, shift: int) -> int:
        """form rounded to a multiple of 2**shift."""
        return self._new(("round", _plain(form), shift), Atom("round", site, form, shift=shift))

    def sum(self, site: str, form: Form, terms: tuple[Term, ...]) -> int:
        place = self._new(None, Atom("sum", site, form, terms=terms))
        key, first = direction(form)
        if ONE not in form:
            self.sums.setdefault(key, []).append((place, first))
        return place

    def product(self, site: str, left: Form, right: Form) -> int:
        if _plain(right) < _plain(left):
            left, right = right, left
        place = self._new(("product", _plain(left), _plain(right)), Atom("product", site, left, right))
        (one, first), (two, second) = direction(left), direction(right)
        if ONE not in left and ONE not in right:
            self.products.setdefault((one, two), []).append((place, first * second))
        return place


def _plain(form: Form) -> tuple[tuple[int, float], ...]:
    return tuple(sorted(form.items()))
