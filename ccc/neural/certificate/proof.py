"""The proof that a step is exact: whatever the next state depends on is computed without a choice of rounding.

An inexact number is no failure by itself: what an instruction that faults has computed is multiplied by 0. So the proof
starts at the next state and goes back, and looks only at what can reach it in the case at hand. Where a sum or a head
is not exact in general, it is looked at case by case: for each value of the {0, 1} numbers involved, for integers and
for other numbers, for addresses inside and outside memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from ccc.neural.certificate.atoms import ONE, Form, add
from ccc.neural.certificate.attention import TOKENS, Hit, Received
from ccc.neural.certificate.bounds import Contradiction
from ccc.neural.certificate.facts import Facts
from ccc.neural.certificate.ranges import ZERO, Range
from ccc.neural.certificate.walk import Stream, Walk

AFTER = "after the step"
_DEPTH = 7  # how many case distinctions are made one inside the other
_BITS, _INNER = 12, 4  # how many {0, 1} numbers a range is sought over all cases of


@dataclass
class Proof:
    """Checks of the next state. expected: the range of each direction of each kind of token, 0 where none is given.

    names: of the directions.
    """

    walk: Walk
    expected: Mapping[str, Mapping[int, Range]]
    names: Mapping[int, str]
    _cases: dict[tuple[int, int], tuple[Facts, list[Facts]]] = field(default_factory=dict)

    def finish(self, before: Stream, after: Stream, facts: Facts) -> None:
        """Show for one case that the next state is a state again, and that it is exact."""
        for kind, directions in after.items():
            for place in sorted({*directions, *before[kind]}):
                old, new = before[kind].get(place, {}), directions.get(place, {})
                if not add((1.0, new), (-1.0, old)):
                    continue
                where = f"{self.names[place]} of {TOKENS[kind]} {AFTER}"
                for case in self._halves(new, facts):
                    with suppress(Contradiction):  # then the case is impossible, and nothing is left to show
                        self._is_in_range(where, new, self.expected[kind].get(place), case)
                        self._is_exact(new, case)

    def _halves(self, root: Form, facts: Facts) -> list[Facts]:
        """The cases of the {0, 1} number that counts most in a form: for most of the state, whether all is well."""
        bits = facts.undecided(root, 4)
        form = facts.expand(root)
        if not bits:
            return [facts]
        here = [bit for bit in bits if bit in form and facts.pool.atoms[bit].kind == "step"]
        heaviest = max(here, key=lambda bit: abs(form[bit]), default=bits[0])
        key = (id(facts), heaviest)
        if key not in self._cases:
            self._cases[key] = (facts, facts.both(heaviest))
        return self._cases[key][1]

    # ---- The next state is a state ----------------------------------------------------------------------------------

    def _is_in_range(self, where: str, form: Form, expected: Range | None, facts: Facts) -> None:
        reach = facts.range(form)
        for effort in range(-2, _INNER + 1):
            reach = self._range(form, facts, effort)
            if reach.is_zero or (expected is not None and expected.contains(reach)):
                return
        if expected is None:
            self.walk.fail(where, "it is not 0 again")
        else:
            self.walk.fail(where, f"it may be anything in {reach.low:g}..{reach.high:g}")

    def _range(self, form: Form, facts: Facts, effort: int) -> Range:
        """The range of a form: as it stands; over the cases of being written to; over all cases of its thresholds,
        `effort` of those behind them first.
        """
        if effort == -2:
            return facts.range(form)
        if effort == 0:
            return facts.range_by_cases(form, _BITS, 5)
        hits = [bit for bit in facts.undecided(form, 2) if facts.pool.atoms[bit].kind == "hit"]
        found: Range | None = None
        for bit in (hits if effort < 0 else self._behind(form, facts))[:1]:
            for case in facts.both(bit):
                with suppress(Contradiction):
                    part = self._range(form, case, effort - 1)
                    found = part if found is None else found.join(part)
        return facts.range(form) if found is None else found

    @staticmethod
    def _behind(form: Form, facts: Facts) -> list[int]:
        """The undecided thresholds in the gates of a form's own, the most frequent first."""
        counts: dict[int, int] = {}
        for bit in facts.undecided(form, 4):
            gate = facts.expand(facts.pool.atoms[bit].form)
            products = [facts.pool.atoms[place] for place in gate if facts.pool.atoms[place].kind == "product"]
            for part in (gate, *(factor for product in products for factor in (product.form, product.other))):
                for place in facts.expand(part):
                    if place in facts.pool.gates and not facts.atom(place).is_constant:
                        counts[place] = counts.get(place, 0) + 1
        return sorted(counts, key=lambda place: -counts[place])

    # ---- It is exact ------------------------------------------------------------------------------------------------

    def _is_exact(self, root: Form, facts: Facts) -> None:
        for place in self._needed(root, facts):
            problem = self._problem(place, facts)
            if problem:
                problem = self._by_cases(place, root, facts, problem, _DEPTH)
            if problem:
                self.walk.fail(self._site(place, facts), problem)

    @staticmethod
    def _site(place: int, facts: Facts) -> str:
        atom = facts.pool.atoms[place]
        if isinstance(atom.read, (Received, Hit)):
            return atom.read.asking.name
        return atom.site

    def _needed(self, root: Form, facts: Facts) -> list[int]:
        """The atoms that a form depends on in this case."""
        found: dict[int, None] = {}
        waiting = [root]
        while waiting:
            for place in facts.expand(waiting.pop()):
                if place != ONE and place not in found:
                    found[place] = None
                    waiting += self._parts(place, facts)
        return list(found)

    @staticmethod
    def _parts(place: int, facts: Facts) -> Iterator[Form]:
        atom = facts.pool.atoms[place]
        if atom.kind in ("step", "sum"):
            yield from (form for _, form in atom.terms)
        elif atom.read:
            yield from atom.read.support()
        else:
            yield atom.form
            yield atom.other

    @staticmethod
    def _problem(place: int, facts: Facts) -> str:
        atom = facts.pool.atoms[place]
        if atom.kind == "step" and not facts.sign_is_safe(atom.terms):
            return "the sign of a sum may depend on the order of its terms"
        if atom.kind == "sum" and not facts.rounds_once(atom.terms):
            return "a sum may depend on the order of its terms: more than two are not 0, or a weight rounds"
        if isinstance(atom.read, (Received, Hit)):
            return atom.read.asking.problem(facts)
        return ""

    def _by_cases(self, place: int, root: Form, facts: Facts, problem: str, depth: int) -> str:
        """What is wrong with an atom in a case of this one; empty where nothing is in any."""
        for cases in self._splits(place, root, facts):
            if depth == 0:
                return problem
            for case in cases:
                with suppress(Contradiction):
                    found = self._problem(place, case)
                    if found and place in self._needed(root, case):
                        found = self._by_cases(place, root, case, found, depth - 1)
                        if found:
                            return found
            return ""
        return problem

    def _splits(self, place: int, root: Form, facts: Facts) -> Iterator[list[Facts]]:
        """Ways to take a case apart, the most promising first."""
        atom = facts.pool.atoms[place]
        forms = [form for _, form in atom.terms]
        if isinstance(atom.read, (Received, Hit)):
            forms = atom.read.deciding()
        for form in forms:
            for bit in facts.undecided(form, 4)[:1]:
                yield facts.both(bit)
        if isinstance(atom.read, (Received, Hit)):
            for form in atom.read.asking.splits(facts):
                yield [case for case in (facts.case((form, True)), facts.case((add((-1.0, form)), False))) if case]
        gate = facts.range(atom.form) if atom.kind == "step" else ZERO
        if gate.low < -1 or gate.high > 1:
            one: Form = {ONE: 1.0}
            above, below = add((1.0, atom.form), (-1.0, one)), add((-1.0, atom.form), (-1.0, one))
            near = ((add((-1.0, above)), True), (add((-1.0, below)), True))
            cases = (facts.case((above, False)), facts.case((below, False)), facts.case(*near))
            yield [case for case in cases if case is not None]
        for form in forms:
            for number in facts.expand(form):
                open_number = number != ONE and facts.atom(number).grain < 0 and number not in facts.fractions
                if open_number and facts.pool.atoms[number].kind in ("input", "read"):
                    whole = facts.integral(number)
                    yield [facts.fractional(number), *([whole] if whole else [])]
        for bit in facts.undecided(root, 2)[:1]:
            yield facts.both(bit)
