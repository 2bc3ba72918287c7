"""One step of the network over unknowns: what every kind of token holds after each sublayer, as forms over atoms.

Tokens are taken by kind: the CPU, both ports, and one cell that stands for all of them. The walk reads weights and
knows no opcode; where a mixture routes, it goes on once for each expert that the router can choose, with what follows
from the choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ccc.neural.basis import CPU
from ccc.neural.certificate.atoms import ONE, Form, Term, add, constant
from ccc.neural.certificate.attention import Asking, Hit, Received, Side
from ccc.neural.certificate.facts import Facts
from ccc.neural.certificate.ranges import is_power
from ccc.neural.certificate.weights import Heads, Layer, Mixture, Unit
from ccc.neural.patterns import CELL
from ccc.neural.spec import Activation

Stream = dict[str, dict[int, Form]]
"""By kind of token, the directions that are not 0: a form each."""
_MOST_VALUES = 256  # of the direction that a router reads


@dataclass
class Walk:
    """The analysis under way.

    places: directions by name. memory: how many cells. position, square: the atoms of a cell's position and its square.
    failures: what is not exact, by part and reason. sums: the names of all sums looked at.
    """

    places: Mapping[str, int]
    memory: int
    position: int
    square: int
    failures: dict[tuple[str, str], None] = field(default_factory=dict)
    sums: set[str] = field(default_factory=set)
    _hits: dict[tuple[str, str], int] = field(default_factory=dict)

    def fail(self, site: str, reason: str) -> None:
        self.failures[site, reason] = None

    # ---- Sums -------------------------------------------------------------------------------------------------------

    def sum(self, facts: Facts, site: str, terms: Sequence[Term]) -> Form:
        """The form of a sum: the terms themselves where it is exact, else an atom for the rounded number."""
        self.sums.add(site)
        terms = tuple((weight, form) for weight, form in terms if form)
        whole = add(*terms)
        if not whole:
            return whole
        if len(terms) == 1 and is_power(terms[0][0]):
            return whole
        self._check_size(facts, site, terms, whole)
        if facts.is_exact(terms):
            return whole
        return {facts.pool.sum(site, whole, terms): 1.0}

    def _check_size(self, facts: Facts, site: str, terms: Sequence[Term], whole: Form) -> None:
        if not _sum_fits(facts, terms, whole):
            self.fail(site, "a sum may overflow")

    def product(self, facts: Facts, site: str, left: Form, right: Form) -> Form:
        """The form of a product."""
        left, right = facts.expand(left), facts.expand(right)
        for one, two in ((left, right), (right, left)):
            if not one:
                return {}
            if len(one) == 1 and ONE in one:
                return self.sum(facts, site, ((one[ONE], two),))
        place = facts.pool.product(site, left, right)
        if not _product_fits(facts, place):
            self.fail(site, "a product may overflow")
        return {place: 1.0}

    # ---- Feed-forward -----------------------------------------------------------------------------------------------

    def feed_forward(self, layer: Layer, stream: Mapping[int, Form], facts: Facts, *, box: bool) -> dict[int, Form]:
        """The directions after one feed-forward sublayer. box: forget how a gated number came about."""
        updates: dict[int, list[Term]] = {}
        for unit in layer.units:
            form = self._unit(unit, stream, facts)
            if form:
                for place, weight in unit.out:
                    updates.setdefault(place, []).append((weight, form))
        result = dict(stream)
        for place, terms in updates.items():
            site = f"{layer.name}, sum to {layer.direction(place)}"
            update = self.sum(facts, site, terms)
            after = self.sum(facts, site, ((1.0, stream.get(place, {})), (1.0, update)))
            if box and len(terms) > 1:
                after = self._boxed(facts, site, after)
            if after:
                result[place] = after
            else:
                result.pop(place, None)
        return result

    def _boxed(self, facts: Facts, site: str, form: Form) -> Form:
        """A number put together from parts that exclude each other: its range over all cases, if that is smaller."""
        atoms = facts.pool.atoms
        gated = [p for p in form if atoms[p].kind == "product" and None is not facts.bit_of(atoms[p].form)]
        gated += [p for p in form if atoms[p].kind == "product" and None is not facts.bit_of(atoms[p].other)]
        reach = facts.range(form)
        if len(gated) < 2 or reach.grain < -64:
            return form
        cases = facts.range_by_cases(form)
        if cases.magnitude < reach.magnitude or cases.low > reach.low:
            return {facts.pool.box(site, form, cases): 1.0}
        return form

    def _unit(self, unit: Unit, stream: Mapping[int, Form], facts: Facts) -> Form:
        value = [(weight, stream[place]) for place, weight in unit.value if place in stream]
        gate = [(weight, stream[place]) for place, weight in unit.gate if place in stream]
        if not value or not gate:
            return {}
        through = self.sum(facts, f"{unit.site}.value", value)
        if unit.rounds is not None:
            through = self._rounded(unit, through, facts)
        return self.product(facts, unit.site, through, self._gate(unit, gate, facts))

    def _rounded(self, unit: Unit, form: Form, facts: Facts) -> Form:
        assert unit.rounds is not None
        if not form or (facts.range(form).is_constant and facts.range(form).is_zero):
            return {}
        return {facts.pool.round(unit.site, form, unit.rounds): 1.0}

    def _gate(self, unit: Unit, terms: list[Term], facts: Facts) -> Form:
        site = f"{unit.site}.gate"
        if unit.activation is Activation.IDENTITY:
            return self.sum(facts, site, terms)
        self.sums.add(site)
        terms = [(weight, form) for weight, form in terms if form]
        form = facts.expand(add(*terms))
        self._check_gate_size(facts, site, terms)
        if not form:
            return {}
        step: Form = {facts.pool.step(site, form, tuple(terms)): 1.0}
        if unit.activation is Activation.THRESHOLD:
            return step
        return self.product(facts, site, step, self.sum(facts, site, terms))

    def _check_gate_size(self, facts: Facts, site: str, terms: Sequence[Term]) -> None:
        """Two numbers may overflow to an infinity of the right sign here, which nothing but the threshold sees."""
        if len(terms) > 2:
            total = sum(abs(weight) * facts.range(form).magnitude for weight, form in terms)
            if total > 4 * facts.pool.format.largest:
                self.fail(site, "a gate may overflow")

    # ---- Attention --------------------------------------------------------------------------------------------------

    def attention(self, layer: Heads, stream: Stream, facts: Facts) -> Stream:
        """The stream after one attention sublayer."""
        updates: dict[str, dict[int, list[Term]]] = {kind: {} for kind in stream}
        self._hits.clear()
        for head in layer.heads:
            sides = {
                matrix: {kind: self._side(rows, f"{head.site}.{matrix}", stream[kind], facts) for kind in stream}
                for matrix, rows in (("query", head.query), ("key", head.key), ("value", head.value))
            }
            for kind in stream:
                for component, places in enumerate(head.out):
                    if not places:
                        continue
                    asking = self._asking(head.site, kind, sides, component, head.query, stream)
                    form = self._received(asking, facts)
                    for place, weight in places if form else ():
                        updates[kind].setdefault(place, []).append((weight, form))
        result: Stream = {}
        for kind, directions in stream.items():
            result[kind] = dict(directions)
            for place, terms in updates[kind].items():
                site = f"{layer.name}, sum to {layer.direction(place)}"
                update = self.sum(facts, site, terms)
                result[kind][place] = self.sum(facts, site, ((1.0, directions.get(place, {})), (1.0, update)))
        return result

    def _side(
        self, rows: Sequence[Sequence[tuple[int, float]]], site: str, stream: Mapping[int, Form], facts: Facts
    ) -> Side:
        sums = [tuple((weight, stream[place]) for place, weight in row if place in stream) for row in rows]
        return Side(tuple(self.sum(facts, site, terms) for terms in sums), tuple(sums))

    def _asking(
        self,
        site: str,
        kind: str,
        sides: Mapping[str, Mapping[str, Side]],
        place: int,
        query: Sequence[Sequence[tuple[int, float]]],
        stream: Stream,
    ) -> Asking:
        at = self.places["position"]
        column = next((index for index, row in enumerate(query) if any(p == at for p, _ in row)), None)
        slope = next((weight for p, weight in query[column] if p == at), 0.0) if column is not None else 0.0
        position = stream[kind].get(at, {})
        fixed = (self.memory, self.position, self.square, position, column, slope)
        return Asking(site, kind, sides["query"][kind], sides["key"], sides["value"], place, *fixed)

    def _received(self, asking: Asking, facts: Facts) -> Form:
        """What the asker receives of the head's number `asking.place`."""
        known = asking.winner(facts)
        values = {kind: side.forms[asking.place] for kind, side in asking.values.items()}
        if known is not None and known != CELL:
            problem = asking.problem(facts)
            if problem:
                self.fail(asking.name, problem)
            return values[known]
        if asking.asker == CPU:
            return {facts.pool.read(asking.site, Received(asking)): 1.0} if any(values.values()) else {}
        first = replace(asking, place=0)
        key = (asking.site, asking.asker)
        hit = self._hits.get(key)
        if hit is None:
            hit = self._hits[key] = facts.pool.read(asking.site, Hit(first), kind="hit")
        if any(values[kind] for kind in values if kind != CPU and kind != CELL):
            self.fail(asking.name, "the sink gives something else than 0")
        return self.product(facts, asking.site, {hit: 1.0}, values[CPU])

    # ---- Experts ----------------------------------------------------------------------------------------------------

    def routes(self, mixture: Mixture, stream: Mapping[int, Form], facts: Facts) -> Iterator[tuple[int, Facts]]:
        """The experts that the router can choose for a token, each with the case in which it does."""
        read = {place for row in mixture.router for place, _ in row if place in stream}
        open_form = next((stream[p] for p in sorted(read) if not facts.range(stream[p]).is_constant), None)
        if open_form is None:
            yield self._chosen(mixture, stream, facts), facts
            return
        bits = facts.undecided(open_form, 4)
        cases = facts.both(bits[0]) if bits else self._by_value(mixture, facts, facts.expand(open_form))
        for case in cases:
            yield from self.routes(mixture, stream, case)

    def _chosen(self, mixture: Mixture, stream: Mapping[int, Form], facts: Facts) -> int:
        """The expert with the highest score, of equal ones the first, where all scores are known."""
        site = f"{mixture.name}.router"
        scores = []
        for row in mixture.router:
            terms = [(weight, stream[place]) for place, weight in row if place in stream]
            scores.append(facts.range(self.sum(facts, site, terms)).low)
        return max(range(len(scores)), key=lambda index: scores[index])

    def _by_value(self, mixture: Mixture, facts: Facts, form: Form) -> Iterator[Facts]:
        """One case for each value of the one atom that the scores depend on."""
        free = [place for place in form if place != ONE]
        reach = facts.atom(free[0])
        if len(free) != 1 or reach.grain < 0 or reach.high - reach.low > _MOST_VALUES:
            self.fail(f"{mixture.name}.router", "the number that routes may be any real number")
            return
        for value in range(int(reach.low), int(reach.high) + 1):
            here: Form = {free[0]: 1.0}
            case = facts.case(
                (add((1.0, here), (1.0, constant(-float(value)))), False),
                (add((-1.0, here), (1.0, constant(float(value)))), False),
            )
            if case is not None:
                yield case


def stays_finite(sizes: Sequence[float], largest: float) -> bool:
    """Whether a sum of numbers of these sizes, in rising order, is finite in any order of addition.

    It is where all together are; or where one is large, and the others are too small to change the largest number.
    """
    total = sum(sizes)
    return total <= largest or (sizes[-1] <= largest and sum(sizes[:-1]) < largest * 2.0**-64)


def _sum_fits(facts: Facts, terms: Sequence[Term], whole: Form, depth: int = 7) -> bool:
    """Whether a sum is finite in every case of the {0, 1} numbers that it is made of."""
    largest = facts.pool.format.largest
    sizes = sorted(size for w, form in terms if (size := facts.range(form).scaled(w).magnitude))
    if not sizes or stays_finite(sizes, largest) or (len(sizes) <= 2 and facts.range(whole).magnitude <= largest):
        return True
    bits = facts.undecided(whole, 6)
    bits.sort(key=lambda bit: facts.pool.atoms[bit].kind != "hit")
    return bool(bits) and depth > 0 and all(_sum_fits(case, terms, whole, depth - 1) for case in facts.both(bits[0]))


def _product_fits(facts: Facts, place: int, depth: int = 7) -> bool:
    """Whether a product is finite in every case of the {0, 1} numbers that it is made of."""
    if facts.unrounded(place).magnitude <= facts.pool.format.largest:
        return True
    bits = facts.undecided({place: 1.0}, 6)
    return bool(bits) and depth > 0 and all(_product_fits(case, place, depth - 1) for case in facts.both(bits[0]))
