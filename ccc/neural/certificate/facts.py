"""What is known in one case of a proof, and what follows from an assumption.

`Facts` takes assumptions ("this form is > 0") and draws from them what interval propagation on linear constraints
can (as in Benhamou et al. 1999, "Revising hull and box consistency"). It may fail to see something, but does not err.
"""

from __future__ import annotations

import math

from ccc.neural.certificate.atoms import ONE, Atom, Form, add, constant, direction
from ccc.neural.certificate.bounds import Bounds, Contradiction, sum_of
from ccc.neural.certificate.ranges import BIT, ZERO, Range

_ROUNDS = 3  # how often assumptions are gone through again for what later ones add
_MAX_BITS = 4  # undecided {0, 1} atoms that a bound is sought over all cases of


class Facts(Bounds):
    """What is known in one case: bounds, and the assumptions that they follow from."""

    # ---- Assumptions ------------------------------------------------------------------------------------------------

    def case(self, *assumptions: tuple[Form, bool]) -> Facts | None:
        """These facts and forms > 0 (strict) or >= 0; None where that is impossible."""
        facts = Facts(self.pool, self)
        facts._busy = set(self._busy)
        try:
            for form, strict in assumptions:
                facts.require(form, strict=strict)
            facts._settle()
        except Contradiction:
            return None
        return facts

    def _settle(self) -> None:
        """Go through the assumptions again for what later ones add to earlier ones."""
        for _ in range(_ROUNDS):
            before = dict(self._known)
            for form, strict in tuple(self._assumed):
                self._draw(form, strict=strict)
            if before == self._known:
                break

    def fractional(self, place: int) -> Facts:
        """These facts, and that the atom is no integer."""
        facts = Facts(self.pool, self)
        facts.fractions.add(place)
        facts._forget(place)
        return facts

    def integral(self, place: int) -> Facts | None:
        """These facts, and that the atom is an integer."""
        facts = Facts(self.pool, self)
        try:
            facts.set(place, -math.inf, math.inf, 0)
        except Contradiction:
            return None
        return facts

    def require(self, form: Form, *, strict: bool) -> None:
        """Assume form > 0, or form >= 0. Raises Contradiction where it cannot be."""
        self._assumed.append((form, strict))
        self._draw(form, strict=strict)

    def _draw(self, form: Form, *, strict: bool) -> None:
        whole, form = form, self.expand(form)
        if any(self.pool.atoms[place].kind == "sum" and place not in form for place in whole):
            self._propagate(whole, strict=strict)  # a bound of a sum says more than bounds of its terms
        self._propagate(form, strict=strict)

    def _propagate(self, form: Form, *, strict: bool) -> None:
        reach = self.range(form)
        if reach.high < 0 or (strict and reach.high <= 0):
            raise Contradiction
        if not form or (len(form) == 1 and ONE in form):
            return
        least = self._least(reach, strict=strict)
        self._note(form, least)
        groups = self._groups(form)
        for places, _ in groups:
            rest = sum_of([part.high for others, part in groups if others != places])
            if places != (ONE,) and math.isfinite(rest):
                self._narrow({place: form[place] for place in places}, least, rest, strict=strict)

    def _narrow(self, form: Form, least: float, rest: float, *, strict: bool) -> None:
        """Assume that the form, one term or a pair of thresholds, is at least `least - rest`."""
        if len(form) == 1:
            ((place, value),) = form.items()
            bound = (least - rest) / value if least != rest else 0.0
            if strict and least == 0:
                bound = math.nextafter(bound, math.inf if value > 0 else -math.inf)
            self.set(place, bound if value > 0 else -math.inf, math.inf if value > 0 else bound)
            return
        if rest >= least + max(map(abs, form.values())):
            return
        self._note(form, least - rest)
        (first, weight), (second, other) = form.items()
        if weight == -other and weight * 1.0 >= least - rest > 0:  # first - second is 1
            self.set(first, 1.0, 1.0)
            self.set(second, 0.0, 0.0)
        elif weight == other and weight < 0 and least - rest > weight:  # neither is passed
            self.set(first, 0.0, 0.0)
            self.set(second, 0.0, 0.0)

    @staticmethod
    def _least(reach: Range, *, strict: bool) -> float:
        """The least value > 0 (or >= 0) that multiples of the grain leave."""
        return 2.0**reach.grain if strict and -400 < reach.grain < 900 else 0.0

    def _note(self, form: Form, least: float) -> None:
        """Remember the bound for this combination of atoms; where it is fixed at 0, two atoms are equal."""
        key, first = direction(form)
        bound = (least - form.get(ONE, 0.0)) / first
        low, high = self._bounds.get(key, (-math.inf, math.inf))
        low, high = (max(low, bound), high) if first > 0 else (low, min(high, bound))
        if low > high:
            raise Contradiction
        if (low, high) != self._bounds.get(key):
            self._bounds[key] = (low, high)
            self._forget(key[0][0])
        if low == high == 0 and len(key) == 2 and key[1][1] == -1:
            left, right = key[0][0], key[1][0]
            for one, two in ((left, right), (right, left)):
                other = self.atom(two)
                self.set(one, other.low, other.high, other.grain)

    def set(self, place: int, low: float, high: float, grain: int | None = None) -> None:
        """Assume low <= atom <= high, and a grain; and what follows for what it is made of."""
        before = self.atom(place)
        after = before.meet(low, high, grain)
        if after is None:
            raise Contradiction
        if after == before:
            return
        self._known[place] = after
        atom = self.pool.atoms[place]
        # What is known of a rounded sum or a product bounds other sums and products of the same numbers.
        related = (atom.form, atom.other) if atom.kind in ("sum", "product") else ()
        self._forget(place, *(used for form in related for used in form if used != ONE))
        if atom.kind == "step" and after.is_constant:
            self._passed(atom, passed=after.low > 0)
        elif atom.kind == "round" and after.is_constant and after.magnitude < 2.0**50:
            half = 2.0 ** (atom.shift - 1)
            self.require(add((1.0, atom.form), (1.0, constant(half - after.low))), strict=False)
            self.require(add((-1.0, atom.form), (1.0, constant(half + after.low))), strict=False)
        elif atom.kind == "product":
            self._factors(atom, after)

    def _factors(self, atom: Atom, after: Range) -> None:
        """A product of {0, 1} factors that is not 0 has none that is; one that is 0 has one that is."""
        factors = (atom.form, atom.other)
        if after.low > 0 or after.high < 0:
            for factor in factors:
                reach = self.range(factor)
                if reach.low >= 0:
                    self.require(factor, strict=True)
                elif reach.high <= 0:
                    self.require(add((-1.0, factor)), strict=True)
        elif after.is_zero:
            for factor, other in (factors, factors[::-1]):
                reach = self.range(factor)
                if reach.low > 0 or reach.high < 0:
                    self.require(other, strict=False)
                    self.require(add((-1.0, other)), strict=False)

    def _passed(self, atom: Atom, *, passed: bool) -> None:
        """Assume what follows from a threshold, as computed, being passed or not."""
        gate = atom.form if passed else add((-1.0, atom.form))
        if self.sign_is_safe(atom.terms):
            self.require(gate, strict=passed)
            return
        parts = [part for part in (self.range(form).scaled(weight) for weight, form in atom.terms) if not part.is_zero]
        doubt = self._doubt(parts)
        if doubt:
            self.require(add((1.0, gate), (1.0, constant(doubt))), strict=True)

    def _forget(self, *places: int) -> None:
        """Drop what was derived from these atoms."""
        waiting = list(places)
        for place in places:
            self._ranges.pop(place, None)
            self._expanded.pop(place, None)
        while waiting:
            for user in self.pool.users[waiting.pop()]:
                # What was not derived since it was last dropped, nothing else was derived from.
                if self._ranges.pop(user, None) is not None:
                    self._expanded.pop(user, None)
                    waiting.append(user)

    def _gated(self, bit: int | None, value: Form, reach: Range, place: int) -> Range:
        """[...] * value is 0, or value in the case that the threshold is passed."""
        assert bit is not None
        case = Facts(self.pool, self)
        case._busy = {*self._busy, place}
        try:
            case.set(bit, 1.0, 1.0)
            case._settle()
            inside = case.range(value)
        except Contradiction:
            return ZERO
        return ZERO.join(inside).meet(reach.low, reach.high) or ZERO

    # ---- Cases ------------------------------------------------------------------------------------------------------

    def undecided(self, form: Form, depth: int = 2) -> list[int]:
        """The {0, 1} atoms that the form is made of and that this case leaves open, nearest first."""
        found: dict[int, None] = {}
        hits: dict[int, None] = {}
        level = [self.expand(form)]
        for _ in range(depth):
            deeper: list[Form] = []
            for part in level:
                for place in part:
                    atom = self.pool.atoms[place]
                    if atom.kind == "step" or (atom.kind == "input" and atom.known == BIT):
                        if not self.atom(place).is_constant:
                            found[place] = None
                    elif atom.kind in ("product", "sum"):
                        deeper += [self.expand(atom.form), self.expand(atom.other)]
                    elif atom.kind == "hit" and atom.read and depth > 1:
                        hits[place] = None
                        found |= {bit: None for part in atom.read.deciding() for bit in self.undecided(part, 3)}
            level = deeper
        if depth > 3:
            steps = [place for place in found if self.pool.atoms[place].kind == "step"]
            gates = [self.expand(self.pool.atoms[place].form) for place in steps]
            hits |= {p: None for gate in gates for p in gate if p in self.pool.gates and not self.atom(p).is_constant}
        return [*found, *(place for place in hits if place not in found)]

    def both(self, bit: int) -> list[Facts]:
        """The cases that a {0, 1} atom is 0 and that it is 1, as far as they are possible."""
        here: Form = {bit: 1.0}
        cases = [self.case((add((-1.0, here)), False)), self.case((here, True))]
        return [case for case in cases if case is not None]

    def range_by_cases(self, form: Form, limit: int = _MAX_BITS, depth: int = 2) -> Range:
        """The range of a form, as the least range that holds those of all cases of its {0, 1} atoms."""
        bits = self.undecided(form, depth)
        if not bits or not limit:
            return self.range(form)
        found: Range | None = None
        for case in self.both(bits[0]):
            try:
                part = case.range_by_cases(form, limit - 1, depth)
            except Contradiction:
                continue
            found = part if found is None else found.join(part)
        if found is None:
            raise Contradiction
        return found
