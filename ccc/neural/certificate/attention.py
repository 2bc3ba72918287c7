"""Whether attention is an exact read: one key far enough above all others, and scores that no rounding touches.

The score that the CPU token gives cell j is s0 + s1 j + s2 j^2, which peaks at the address q = -s1 / (2 s2) (Giannou
et al. 2023); the score that a cell at i gives the CPU token is a constant less b (i - w)^2, for the address w. If
addresses are integers, the runner-up is |s2| (or b, or the distance to a sink) below, and once exp of that underflows
to 0 the softmax has exactly one weight that is not 0, which is exactly 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccc.neural.basis import CPU
from ccc.neural.certificate.atoms import ONE, Form, Term, add, constant
from ccc.neural.certificate.bounds import Contradiction, exact_parts
from ccc.neural.certificate.facts import Facts
from ccc.neural.certificate.ranges import BIT, FLOAT64, ZERO, Range, exactly
from ccc.neural.certificate.scores import read_fits
from ccc.neural.patterns import CELL, IN_PORT, OUT_PORT

TOKENS = {CPU: "the CPU", CELL: "a cell", IN_PORT: "the input port", OUT_PORT: "the output port"}
"""The kinds of tokens, as reports call them."""
Monomials = dict[tuple[int, ...], float]


@dataclass(frozen=True, slots=True)
class Side:
    """Queries, keys or values of one kind of token: a form and the sum it comes from for each component."""

    forms: tuple[Form, ...]
    sums: tuple[tuple[Term, ...], ...]


@dataclass
class Asking:
    """One head, asked by one kind of token, for one of the numbers that it moves.

    query, keys, values: of the asker, and by kind of token. place: which number of the values. memory: how many cells.
    cell_position, cell_square: the atoms of a cell's position and its square. position: the asker's own. column: the
    component whose query reads the position, if one does, with the weight slope.
    """

    site: str
    asker: str
    query: Side
    keys: Mapping[str, Side]
    values: Mapping[str, Side]
    place: int
    memory: int
    cell_position: int
    cell_square: int
    position: Form
    column: int | None
    slope: float
    _shape: list[tuple[Form, Form, Form] | None] = field(default_factory=list)
    _above: dict[str, Form] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.site}, asked by {TOKENS[self.asker]}"

    def scores(self, kind: str) -> list[tuple[Form, Form]]:
        """The pairs of query and key whose products the score of that kind of token adds up."""
        return list(zip(self.query.forms, self.keys[kind].forms, strict=True))

    # ---- One known token --------------------------------------------------------------------------------------------

    def winner(self, facts: Facts) -> str | None:
        """The kind of token that has all the weight, if these facts decide it."""
        return self._peak(facts) if self.asker == CPU and self._curve() else self._dominant(facts)

    def _score(self, facts: Facts, kind: str) -> Range:
        total = ZERO
        linear: list[Term] = []
        for query, key in self.scores(kind):
            one, two = facts.range(query), facts.range(key)
            if one.is_constant or (two.is_constant and kind != self.asker):  # two cells have different positions
                linear.append((one.low, key) if one.is_constant else (two.low, query))
            else:
                total = _together(total, one.times(two))
        return _together(total, facts.range(add(*linear)))

    def _dominant(self, facts: Facts) -> str | None:
        scores = {kind: self._score(facts, kind) for kind in self.keys}
        best = max(scores, key=lambda kind: scores[kind].low)
        rest = max(scores[kind].high for kind in scores if kind != best)
        far = scores[best].low - rest >= facts.pool.format.underflow
        return best if far and (best != CELL or self.memory == 1) else None

    # ---- The CPU reads a cell ---------------------------------------------------------------------------------------

    def _curve(self) -> tuple[Form, Form, Form] | None:
        """s0, s1, s2 as forms of the asker, where the score of a cell depends on its position alone."""
        if not self._shape:
            self._shape.append(self._find_curve())
        return self._shape[0]

    def _find_curve(self) -> tuple[Form, Form, Form] | None:
        parts: dict[int, list[Term]] = {ONE: [], self.cell_position: [], self.cell_square: []}
        for query, key in self.scores(CELL):
            if not query:
                continue
            for place, weight in key.items():
                if place not in parts:
                    return None
                parts[place].append((weight, query))
        s0, s1, s2 = (add(*terms) for terms in parts.values())
        return (s0, s1, s2) if s2 else None

    def _peak(self, facts: Facts) -> str | None:
        curve = self._curve()
        assert curve is not None
        sharp = facts.range(add((-1.0, curve[2])))
        need = facts.pool.format.underflow
        if not sharp.is_constant or sharp.low < need:
            return None
        beta = sharp.low
        address = facts.range(add((0.5 / beta, curve[1])))
        above = {kind: facts.range(self._lead(kind, curve[0])) for kind in self._others()}
        whole = address.grain >= 0
        # An integer outside memory finds the first cell or the last: the nearest, and no other is as near.
        least = beta * min(max(address.low, 0.0), self.memory - 1.0) ** 2
        if whole and all(part.high - least <= -need for part in above.values()):
            return CELL
        farthest = self._summit(beta, address)
        for kind, part in above.items():
            rest = max(other.high for name, other in above.items() if name != kind)
            if part.low - max(rest, farthest) >= need:
                return kind
        return None

    def _summit(self, beta: float, address: Range) -> float:
        """The highest score of any cell, less s0."""
        inside = max(0.0, min(address.high, self.memory - 1.0))
        return max(0.0, beta * inside * (2 * address.high - inside))

    def _others(self) -> list[str]:
        return [kind for kind in self.keys if kind != CELL]

    def _lead(self, kind: str, base: Form) -> Form:
        """By how much a token whose keys are constants scores above s0, as a form."""
        if kind not in self._above:
            scores = self.scores(kind)
            if any(query and set(key) - {ONE} for query, key in scores):
                raise Contradiction
            terms = [(key.get(ONE, 0.0), query) for query, key in scores]
            self._above[kind] = add(*terms, (-1.0, base))
        return self._above[kind]

    # ---- A cell is written to ---------------------------------------------------------------------------------------

    def is_hit_at_address(self, facts: Facts) -> bool:
        """Whether the CPU wins exactly when its address is the asker's position, and otherwise one sink does."""
        beta = self.slope / 2
        if self.column is None or beta <= 0:
            return False
        address = self.keys[CPU].forms[self.column]
        distance = add((1.0, self.position), (-1.0, address))
        polynomial: Monomials = {}
        for query, key in self.scores(CPU):
            _accumulate(polynomial, _times(monomials(query, facts), monomials(key, facts)))
        line = monomials(distance, facts)
        _accumulate(polynomial, _times(line, line), beta)
        if any(value for names, value in polynomial.items() if names) or facts.range(distance).grain < 0:
            return False
        top = polynomial.get((), 0.0)
        scores = {kind: self._score(facts, kind) for kind in self.keys if kind != CPU}
        sink = max(scores, key=lambda kind: scores[kind].low)
        rest = max(scores[kind].high for kind in scores if kind != sink)
        need = facts.pool.format.underflow
        low, high = scores[sink].low, scores[sink].high
        return sink != CELL and top - high >= need and low - (top - beta) >= need and low - rest >= need

    # ---- What it needs ----------------------------------------------------------------------------------------------

    def problem(self, facts: Facts) -> str:
        """Why this head is not exact in this case; empty where it is."""
        asked = [bool(form) and not facts.range(form).is_zero for form in self.query.forms]
        sides = (self.query, *self.keys.values())
        if not all(
            facts.is_exact(terms) for side in sides for terms, used in zip(side.sums, asked, strict=True) if used
        ):
            return "a query or key is rounded"
        if self.winner(facts) is None and not (self.asker != CPU and self.is_hit_at_address(facts)):
            return "the keys are not far enough apart for one weight to be 1 and all others to underflow to 0"
        for kind in self.keys:
            if not self._scores_fit(facts, kind):
                return f"scores are too large to be exact in {facts.pool.format.name}"
        return ""

    def _scores_fit(self, facts: Facts, kind: str) -> bool:
        parts = [facts.range(query).times(self._key_range(facts, kind, key)) for query, key in self.scores(kind)]
        parts = [part for part in parts if not part.is_zero]
        curve = self._curve() if kind == CELL and self.asker == CPU else None
        if curve and len(parts) == 2:
            sharp, address = facts.range(curve[2]), facts.range(curve[1])
            if sharp.is_constant and not facts.range(curve[0]).magnitude:
                return read_fits(parts, -sharp.low, address.scaled(-0.5 / sharp.low), self.memory, facts.pool.format)
        return exact_parts(parts, facts.pool.format)

    def _key_range(self, facts: Facts, kind: str, key: Form) -> Range:
        """The range of a number in a key; a square of the address is known to be one."""
        reach = facts.range(key)
        if kind != CPU or self.asker == CPU or self.column is None or reach.is_constant:
            return reach
        address = self.keys[CPU].forms[self.column]
        line = monomials(address, facts)
        difference = monomials(key, facts)
        _accumulate(difference, _times(line, line), -1.0)
        if any(difference.values()):
            return reach
        ends = facts.range(address)
        return Range(0.0, max(ends.low**2, ends.high**2), 2 * ends.grain)

    def splits(self, facts: Facts) -> list[Form]:
        """Forms on whose sign this head depends: is the address below 0, is it beyond memory."""
        curve = self._curve() if self.asker == CPU else None
        if not curve or not facts.range(curve[2]).is_constant or facts.range(curve[2]).low >= 0:
            return []
        address = add((-0.5 / facts.range(curve[2]).low, curve[1]))
        reach = facts.range(address)
        found: list[Form] = []
        if reach.low < 0 <= reach.high:
            found.append(add((1.0, address), (1.0, constant(0.5))))
        return found

    def deciding(self) -> list[Form]:
        """What the scores depend on that is not the same in every case: the query of the CPU, or its key."""
        return list(self.query.forms if self.asker == CPU else self.keys[CPU].forms)

    def support(self) -> list[Form]:
        """Everything that the head reads for this asker."""
        sides = (self.query, *self.keys.values(), *self.values.values())
        return [form for side in sides for form in side.forms]


def _together(one: Range, two: Range) -> Range:
    """The range of a sum, without its grain."""
    return Range(one.low + two.low, one.high + two.high, FLOAT64.lowest)


@dataclass(frozen=True)
class Received:
    """One number that an asker receives; `asking` decides from which kind of token."""

    asking: Asking

    def received(self, facts: Facts) -> Form | None:
        kind = self._winner(facts)
        return None if kind is None or kind == CELL else self.asking.values[kind].forms[self.asking.place]

    def bound(self, facts: Facts) -> Range:
        kind = self._winner(facts)
        kinds = self.asking.values if kind is None else (kind,)
        found: Range | None = None
        for name in kinds:
            part = facts.range(self.asking.values[name].forms[self.asking.place])
            found = part if found is None else found.join(part)
        assert found is not None
        return found

    def support(self) -> list[Form]:
        return self.asking.support()

    def deciding(self) -> list[Form]:
        return self.asking.deciding()

    def _winner(self, facts: Facts) -> str | None:
        try:
            return self.asking.winner(facts)
        except Contradiction:
            return None


@dataclass(frozen=True)
class Hit:
    """1 where the asker receives what the CPU token gives, 0 where it receives what the sink gives."""

    asking: Asking

    def received(self, facts: Facts) -> Form | None:
        kind = self.asking.winner(facts)
        return None if kind is None else constant(float(kind == CPU))

    def bound(self, facts: Facts) -> Range:
        kind = self.asking.winner(facts)
        return BIT if kind is None else exactly(1.0) if kind == CPU else ZERO

    def support(self) -> list[Form]:
        return self.asking.support()

    def deciding(self) -> list[Form]:
        return self.asking.deciding()


# ---- Polynomials ----------------------------------------------------------------------------------------------------


def monomials(form: Form, facts: Facts) -> Monomials:
    """The form as a polynomial, with products multiplied out where they are exact."""
    total: Monomials = {}
    for place, weight in facts.expand(form).items():
        atom = facts.pool.atoms[place]
        reach = facts.atom(place)
        fits = reach.magnitude <= 2.0 ** min(900, facts.pool.format.digits + reach.grain)
        if place == ONE:
            part: Monomials = {(): 1.0}
        elif atom.kind == "product" and fits:
            part = _times(monomials(atom.form, facts), monomials(atom.other, facts))
        elif atom.kind == "sum" and facts.is_exact(atom.terms):
            part = monomials(atom.form, facts)
        else:
            part = {(place,): 1.0}
        _accumulate(total, part, weight)
    return total


def _times(left: Monomials, right: Monomials) -> Monomials:
    total: Monomials = {}
    for one, first in left.items():
        for two, second in right.items():
            key = tuple(sorted(one + two))
            total[key] = total.get(key, 0.0) + first * second
    return total


def _accumulate(total: Monomials, part: Monomials, weight: float = 1.0) -> None:
    for key, value in part.items():
        total[key] = total.get(key, 0.0) + weight * value
