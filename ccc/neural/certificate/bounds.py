"""The bounds of atoms and forms in one case of a proof, and whether a sum of such numbers depends on its order."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable

from ccc.neural.certificate.atoms import ONE, Atom, Form, Key, Pool, Term, add, constant, direction
from ccc.neural.certificate.ranges import BIT, ZERO, Format, Range, exactly, grain_of, is_power, outward


class Contradiction(Exception):
    """The assumptions of a case exclude each other: nothing is left to prove."""


class TooManyCases(Exception):
    """The proof takes far more work than that of a constructed network does."""


MOST_WORK = 10_000_000
"""Forms that are expanded before a proof is given up: four times what the whole instruction set takes."""


class Bounds(ABC):
    """What is known of every number in one case: intervals, grains, and bounds of linear forms."""

    def __init__(self, pool: Pool, parent: Bounds | None = None) -> None:
        self.pool = pool
        self._known: dict[int, Range] = dict(parent._known) if parent else {}
        self._bounds: dict[Key, tuple[float, float]] = dict(parent._bounds) if parent else {}
        self.fractions: set[int] = set(parent.fractions) if parent else set()
        self._assumed: list[tuple[Form, bool]] = list(parent._assumed) if parent else []
        self._ranges: dict[int, Range] = dict(parent._ranges) if parent else {}
        self._expanded: dict[int, Form] = dict(parent._expanded) if parent else {}
        self._busy: set[int] = set()

    # ---- What is known ----------------------------------------------------------------------------------------------

    def atom(self, place: int) -> Range:
        """The range of an atom."""
        found = self._ranges.get(place)
        if found is None:
            found = self._define(self.pool.atoms[place], place)
            if place in self._known:
                known = self._known[place]
                met = found.meet(known.low, known.high, known.grain)
                if met is None:
                    raise Contradiction
                found = met
            self._ranges[place] = found
        return found

    def _define(self, atom: Atom, place: int) -> Range:
        if atom.kind == "step":
            return self._step(atom)
        if atom.kind == "round":
            return self._round(atom)
        if atom.kind == "sum":
            return self._sum(atom)
        if atom.kind == "product":
            return self._product(atom, place)
        return atom.read.bound(self) if atom.read else atom.known

    def _step(self, atom: Atom) -> Range:
        reach = self.range(atom.form)
        if not (reach.low > 0 or reach.high <= 0):
            return BIT
        if not self.sign_is_safe(atom.terms):
            return BIT
        return exactly(1.0) if reach.low > 0 else ZERO

    def _round(self, atom: Atom) -> Range:
        reach = self.range(atom.form)
        shift = 1.5 * 2.0 ** (52 + atom.shift)
        ends = ((reach.low + shift) - shift, (reach.high + shift) - shift)  # rounding is monotone
        valid = reach.magnitude < 2.0 ** (51 + atom.shift)
        return Range(*ends, max(reach.grain, atom.shift) if valid else min(reach.grain, atom.shift))

    def _sum(self, atom: Atom) -> Range:
        reach = self.range(atom.form)
        if self.is_exact(atom.terms):
            return reach
        slack = 1 + 4 * self.pool.format.unit * len(atom.terms)
        low, high = (
            end * (slack if (end > 0) == up else 1 / slack) for end, up in ((reach.low, False), (reach.high, True))
        )
        return self._finite(low, high, reach.grain)

    def _finite(self, low: float, high: float, grain: int) -> Range:
        """The range of a rounded number. That it does not overflow is checked where it is made."""
        largest = self.pool.format.largest
        return Range(max(low, -largest), min(high, largest), max(grain, self.pool.format.lowest))

    def _product(self, atom: Atom, place: int) -> Range:
        reach = self.unrounded(place)
        return self._finite(reach.low, reach.high, reach.grain)

    def unrounded(self, place: int) -> Range:
        """The range of the exact value of a product."""
        atom = self.pool.atoms[place]
        left, right = self.range(atom.form), self.range(atom.other)
        reach = left.times(right)
        gate = self.bit_of(atom.form), self.bit_of(atom.other)
        which = gate[0] if gate[0] is not None else gate[1]
        if which is not None and reach.magnitude > 2.0**50 and place not in self._busy and place not in self._known:
            reach = self._gated(which, atom.other if gate[0] is not None else atom.form, reach, place)
            if reach.magnitude <= 2.0**50:
                self._known[place] = reach
        return self._bounded_product(atom, reach)

    @abstractmethod
    def _gated(self, bit: int | None, value: Form, reach: Range, place: int) -> Range:
        """The range of [...] * value: 0, or the value in the case that the threshold is passed."""

    def _bounded_product(self, atom: Atom, reach: Range) -> Range:
        """Where a scaled product of the same factors is bounded, as the test before a multiplication does."""
        (one, first), (two, second) = direction(self.expand(atom.form)), direction(self.expand(atom.other))
        others = [*self.pool.products.get((one, two), ()), *self.pool.products.get((two, one), ())]
        for place, scale in others:
            factor = first * second
            known = place in self._known and self.pool.atoms[place] is not atom
            if known and is_power(factor) and is_power(scale):
                exponent = math.frexp(factor)[1] - math.frexp(scale)[1]
                sign = math.copysign(1.0, factor * scale)
                bound = self.atom(place)
                low, high = sorted(_shifted(sign * end, exponent) for end in (bound.low, bound.high))
                reach = reach.meet(low, high) or reach
        return reach

    def bit_of(self, form: Form) -> int | None:
        """The undecided {0, 1} atom that the form is, if it is one."""
        if len(form) == 1:
            ((place, coefficient),) = form.items()
            if coefficient == 1 and self.pool.atoms[place].kind in ("step", "hit"):
                return place
        return None

    def expand(self, form: Form) -> Form:
        """The form with all that is decided put in: constants, products with 0 or 1, reads of nothing.

        Raises TooManyCases when the whole analysis has done MOST_WORK.
        """
        self.pool.work += 1
        if self.pool.work > MOST_WORK:
            raise TooManyCases
        parts: list[Term] = []
        plain = True
        for place, coefficient in form.items():
            inner = self._expand_atom(place)
            plain = plain and len(inner) == 1 and inner.get(place) == 1
            parts.append((coefficient, inner))
        return form if plain else add(*parts)

    def _expand_atom(self, place: int) -> Form:
        if place == ONE:
            return {ONE: 1.0}
        found = self._expanded.get(place)
        if found is None:
            found = self._expanded[place] = self._unfold(place)
        return found

    def _unfold(self, place: int) -> Form:
        reach = self.atom(place)
        if reach.is_constant:
            return constant(reach.low)
        atom = self.pool.atoms[place]
        if atom.kind == "product":
            for factor, other in ((atom.form, atom.other), (atom.other, atom.form)):
                known = self.range(factor)
                if known.is_constant and is_power(known.low):
                    return self.expand(add((known.low, other)))
        if atom.kind == "sum" and self.is_exact(atom.terms):
            return self.expand(atom.form)
        if atom.read:
            received = atom.read.received(self)
            if received is not None:
                return self.expand(received)
        return {place: 1.0}

    def range(self, form: Form) -> Range:
        """The range of the exact value of a form."""
        form = self.expand(form)
        if not form:
            return ZERO
        if len(form) == 1:
            ((place, coefficient),) = form.items()
            return self.atom(place).scaled(coefficient)
        reach = self._added(form)
        key, first = direction(form)
        shift = form.get(ONE, 0.0)
        bounds = [self._bounds.get(key), self._from_sum(key)]
        for bound in bounds:
            if bound is not None:
                ends = sorted((first * bound[0] + shift, first * bound[1] + shift))
                reach = self._meet(reach, *ends)
        rounded = self._by_remainder(form)
        if rounded is not None:
            reach = self._meet(reach, rounded.low, rounded.high)
        return reach

    @staticmethod
    def _meet(reach: Range, low: float, high: float) -> Range:
        met = reach.meet(low, high)
        if met is None:
            raise Contradiction
        return met

    def _from_sum(self, key: Key) -> tuple[float, float] | None:
        """The bounds of a rounded sum of the same terms: rounding is monotone, and so bounds what it rounds."""
        low, high = -math.inf, math.inf
        for place, scale in self.pool.sums.get(key, ()):
            if place in self._known and is_power(scale):
                ends = sorted((self._known[place].low / scale, self._known[place].high / scale))
                low, high = max(low, ends[0]), min(high, ends[1])
        return None if math.isinf(low) and math.isinf(high) else (low, high)

    def _added(self, form: Form) -> Range:
        """Interval arithmetic, but of two thresholds with opposite gates at most one is passed."""
        grain = min(self.atom(place).grain + grain_of(coefficient) for place, coefficient in form.items())
        parts = [part for _, part in self._groups(form)]
        return Range(*outward(sum_of([p.low for p in parts]), sum_of([p.high for p in parts]), grain), grain)

    def _groups(self, form: Form) -> list[tuple[tuple[int, ...], Range]]:
        """The terms of a form with their ranges, thresholds that exclude or imply each other taken together."""
        found: list[tuple[tuple[int, ...], Range]] = []
        steps = [place for place in form if place in self.pool.gates]
        paired: set[int] = set()
        for place in steps if len(steps) > 1 else ():
            pair = () if place in paired else self._pair(place, form, steps)
            if pair:
                paired.update(pair[0])
                found.append(pair)
        for place, coefficient in form.items():
            if place not in paired:
                found.append(((place,), self.atom(place).scaled(coefficient)))
        return found

    def _pair(self, place: int, form: Form, steps: list[int]) -> tuple[tuple[int, int], Range] | tuple[()]:
        """c ([f > 0] + [-f > 0]) and c ([f > 0] - [f - d > 0]) with d > 0 are 0 or c."""
        weight = form[place]
        mirror = self.pool.opposite.get(place)
        if mirror is not None and form.get(mirror) == weight and self._are_safe(place, mirror):
            least = 1.0 if self._is_not_zero(self.pool.atoms[place].form) else 0.0
            return (place, mirror), Range(least, 1.0, 0).scaled(weight)
        for other in steps:
            if form[other] == -weight and self.pool.implies(other, place) and self._are_safe(place, other):
                low, high = 0.0, 1.0
                key, first = direction({place: 1.0, other: -1.0})
                if key in self._bounds:
                    ends = sorted(first * end for end in self._bounds[key])
                    low, high = max(low, ends[0]), min(high, ends[1])
                if low > high:
                    raise Contradiction
                return (place, other), Range(low, high, 0).scaled(weight)
        return ()

    def _are_safe(self, *places: int) -> bool:
        return all(self.sign_is_safe(self.pool.atoms[place].terms) for place in places)

    def _is_not_zero(self, form: Form) -> bool:
        """Whether one term is no integer and all others are."""
        form = self.expand(form)
        odd = [place for place in form if place in self.fractions]
        if len(odd) != 1 or abs(form[odd[0]]) != 1:
            return False
        return all(self.atom(p).grain + grain_of(c) >= 0 for p, c in form.items() if p != odd[0])

    def _by_remainder(self, form: Form) -> Range | None:
        """A number rounded to a multiple of 2**k differs from what it was by at most 2**(k-1)."""
        atoms = self.pool.atoms
        rounded = [p for p in form if atoms[p].kind == "round"]
        valid = [p for p in rounded if self.range(atoms[p].form).magnitude < 2.0 ** (51 + atoms[p].shift)]
        if not valid or len(form) == 1:
            return None
        slack = sum(abs(form[place]) * 2.0 ** (atoms[place].shift - 1) for place in valid)
        rest = {place: value for place, value in form.items() if place not in valid}
        plain = self.expand(add((1.0, rest), *((form[place], atoms[place].form) for place in valid)))
        reach = self._added(plain) if plain else ZERO
        return Range(*outward(reach.low - slack, reach.high + slack, min(reach.grain, 0)), 0)

    # ---- Whether a sum depends on its order -------------------------------------------------------------------------

    def is_exact(self, terms: Iterable[Term]) -> bool:
        """Whether every partial sum is representable: all terms multiples of 2**g, no partial sum beyond 2**(p+g)."""
        parts = [part for part in (self.range(form).scaled(weight) for weight, form in terms) if not part.is_zero]
        return exact_parts(parts, self.pool.format)

    def rounds_once(self, terms: Iterable[Term]) -> bool:
        """Whether the sum is exact, or at most two terms are not 0 and neither is rounded itself."""
        parts = [(weight, self.range(form)) for weight, form in terms]
        parts = [(weight, part) for weight, part in parts if weight and not part.is_zero]
        if len(parts) <= 2 and all(self._is_whole(weight, part) for weight, part in parts):
            return True
        return exact_parts([part.scaled(weight) for weight, part in parts], self.pool.format)

    def _is_whole(self, weight: float, part: Range) -> bool:
        if is_power(weight):
            return True
        scaled = part.scaled(weight)
        return scaled.magnitude <= 2.0 ** min(1000, self.pool.format.digits + scaled.grain)

    def sign_is_safe(self, terms: Iterable[Term]) -> bool:
        """Whether the sign of the sum is right in any order.

        So it is for two terms, for exact sums, and for multiples of one number of which all but one are small: either
        the sum is exact, or that one is larger than all others together. Or else where the sum is further from 0 than
        rounding can reach.
        """
        terms = tuple(terms)
        if self.rounds_once(terms):
            return True
        parts = [(w, self.range(form)) for w, form in terms]
        parts = [(w, part) for w, part in parts if w and not part.is_zero]
        scaled = sorted((part.scaled(weight) for weight, part in parts), key=lambda part: part.magnitude)
        grain = min(part.grain for part in scaled)
        others = sum_of([part.magnitude for part in scaled[:-1]])
        digits = self.pool.format.digits
        if grain > -400 and all(self._is_whole(w, part) for w, part in parts):
            return bool(others <= 2.0 ** (digits + grain - 2))
        reach = self.range(add(*terms))
        distance = max(reach.low, -reach.high)
        if distance >= self._doubt(scaled) > 0:
            return True
        total = others + scaled[-1].magnitude
        return bool(distance > 2 * len(parts) * self.pool.format.unit * total)

    def _doubt(self, parts: list[Range]) -> float:
        """How near to 0 the sum has to be for its sign to be in doubt: 2**g for multiples of 2**g and one other number.

        Rounded sums are monotone in that number, and have the right sign where it is a multiple of 2**g, too. 0 is
        returned where nothing of the kind is known.
        """
        finest = min(parts, key=lambda part: part.grain)
        rest = [part for part in parts if part is not finest]
        grain = min((part.grain for part in rest), default=0)
        size = sum_of([part.magnitude for part in rest])
        known = -400 < grain < 900 and size <= 2.0 ** (self.pool.format.digits + grain - 2)
        return 2.0**grain if known else 0.0


def exact_parts(parts: list[Range], form: Format) -> bool:
    """Whether every term, and every partial sum of the terms in any order, is a number of the format."""
    if not parts:
        return True
    grain = min(part.grain for part in parts)
    if grain < form.lowest or any(part.magnitude > 2.0 ** min(1000, form.digits + part.grain) for part in parts):
        return False
    above = sum_of([max(part.high, 0.0) for part in parts])
    below = sum_of([min(part.low, 0.0) for part in parts])
    return bool(max(above, -below) <= min(2.0 ** min(1000, form.digits + grain), form.largest))


def _shifted(number: float, exponent: int) -> float:
    try:
        return math.ldexp(number, exponent)
    except OverflowError:
        return math.copysign(math.inf, number)


def sum_of(numbers: list[float]) -> float:
    """A sum rounded once; infinite where it overflows."""
    try:
        return math.fsum(numbers)
    except OverflowError:
        return math.inf if sum(number / 4 for number in numbers) > 0 else -math.inf
    except ValueError:  # inf - inf: nothing is known, and both callers then look at an infinite bound
        return math.nan
