"""When a sum depends on its order, as the certificate sees it; each verdict beside sums that torch computes."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.neural.certificate.atoms import ONE, Form, Pool, Term, add
from ccc.neural.certificate.facts import Facts
from ccc.neural.certificate.ranges import FLOAT64, FORMATS, Format, Range, exactly, grain_of, integers, reals


def facts_with(*known: Range, form: Format = FLOAT64) -> tuple[Facts, list[Form]]:
    pool = Pool(form)
    forms: list[Form] = [{pool.input(f"x{index}", reach): 1.0} for index, reach in enumerate(known)]
    return Facts(pool), forms


REAL, WORD = reals(FLOAT64), integers(-(2**31), 2**31 - 1)
CASES = (
    ("two reals", [REAL, REAL], [1.0, -1.0], True),
    ("halves of two reals", [REAL, REAL], [0.5, 0.5], True),
    ("three reals", [REAL, REAL, REAL], [1.0, 1.0, 1.0], False),
    ("a tenth of a real", [REAL], [0.1], False),
    ("a real and a tenth of one", [REAL, REAL], [1.0, 0.1], False),
    ("a third that is 0", [REAL, REAL, integers(0, 0)], [1.0, 1.0, 1.0], True),
    ("many words", [WORD] * 40, [1.0] * 40, True),
    ("words times large weights", [WORD, WORD, WORD], [1.0, 2.0**20, 2.0**21], True),
    ("words times weights that are too large", [WORD, WORD, WORD], [1.0, 2.0**21, 2.0**22], False),
    ("a tenth of a word", [WORD, WORD], [0.1, 1.0], False),
)


@pytest.mark.parametrize(("what", "known", "weights", "verdict"), CASES, ids=[case[0] for case in CASES])
def test_verdicts(what: str, known: list[Range], weights: list[float], verdict: bool) -> None:
    facts, forms = facts_with(*known)
    assert facts.rounds_once(tuple(zip(weights, forms, strict=True))) is verdict


small = st.integers(-6, 6).map(lambda k: 2.0**k)
terms = st.lists(
    st.tuples(st.sampled_from([1.0, -1.0, 3.0, 0.5, 0.1, 2.0**40]), st.integers(1, 9), small), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=300)
@given(terms, st.sampled_from(sorted(FORMATS)), st.integers(0, 2**32 - 1))
def test_a_sum_called_exact_is_the_same_in_every_order(parts, name: str, seed: int) -> None:
    """In binary formats of few digits, emulated by rounding every product and partial sum."""
    form = FORMATS[name]
    known = [Range(-scale * (2.0**bits), scale * (2.0**bits), grain_of(scale)) for _, bits, scale in parts]
    facts, forms = facts_with(*known, form=form)
    found: tuple[Term, ...] = tuple((weight, x) for (weight, _, _), x in zip(parts, forms, strict=True))
    if not facts.is_exact(found):
        return
    rng = np.random.default_rng(seed)
    for _ in range(5):
        values = [int(rng.integers(-(2**bits), 2**bits + 1)) * scale for _, bits, scale in parts]
        products = [rounded(Fraction(w) * Fraction(x), form) for (w, _, _), x in zip(parts, values, strict=True)]
        for order in itertools.permutations(products):
            total = Fraction(0)
            for product in order:
                total = rounded(total + product, form)
            assert total == sum(Fraction(w) * Fraction(x) for (w, _, _), x in zip(parts, values, strict=True))


def rounded(number: Fraction, form: Format) -> Fraction:
    """The nearest number with the format's digits, ties to even; its exponents are not limited here."""
    if number == 0:
        return number
    exponent = math.floor(math.log2(abs(float(number)))) - form.digits + 1
    return Fraction(round(number / Fraction(2) ** exponent)) * Fraction(2) ** exponent


def test_the_sign_of_a_large_multiple_beside_small_ones_is_safe() -> None:
    """As in a division: the remainder beside multiples of the divisor that no double could add exactly."""
    facts, (remainder, divisor) = facts_with(integers(0, 2**31), integers(0, 2**31))
    safe = ((1.0, remainder), (0.5, {ONE: 1.0}), (-3 * 2.0**30, divisor))
    assert not facts.is_exact(safe)
    assert facts.sign_is_safe(safe)
    facts, (one, two, other) = facts_with(REAL, REAL, REAL)
    assert not facts.sign_is_safe(((1.0, one), (1.0, two), (1.0, other)))


def test_an_integer_beside_which_a_real_is_compared_needs_a_case() -> None:
    """[n - 2 - x > 0]: right for integers x, and wherever the sum is 1 or more away from 0; not in between."""
    facts, (size, x) = facts_with(integers(1, 100), REAL)
    terms = ((1.0, size), (-2.0, {ONE: 1.0}), (-1.0, x))
    assert not facts.sign_is_safe(terms)
    (place,) = x
    whole = facts.integral(place)
    assert whole is not None
    assert whole.sign_is_safe(terms)
    far = facts.case((add(*terms, (-1.0, {ONE: 1.0})), False))
    assert far is not None
    assert far.sign_is_safe(terms)
    near = facts.case((add((-1.0, add(*terms)), (1.0, {ONE: 1.0})), True), (add(*terms), True))
    assert near is not None
    assert not near.sign_is_safe(terms)
    n, between = 3.0, 1 - 2.0**-53
    assert (n - between) - 2.0 == 0.0 < n - (between + 2.0) + 2.0**-53, "what the case is needed for"


def test_what_assumptions_imply() -> None:
    """x is an integer of the word if neither threshold of [x > 127], [x < -128], [x != round(x)] is passed."""
    facts, (x,) = facts_with(REAL)
    pool = facts.pool
    nearest: Form = {pool.round("round", x, 0): 1.0}
    gates = [add((1.0, x), (-127.0, {ONE: 1.0})), add((-1.0, x), (-128.0, {ONE: 1.0}))]
    gates += [add((1.0, x), (-1.0, nearest)), add((1.0, nearest), (-1.0, x))]
    steps = [{pool.step(f"s{index}", gate, ((1.0, gate),)): 1.0} for index, gate in enumerate(gates)]
    none = facts.case((add((0.5, {ONE: 1.0}), *((-1.0, step) for step in steps)), True))
    assert none is not None
    assert none.range(x) == integers(-128, 127)
    assert facts.range(x) == REAL
    assert none.case((add((1.0, x), (-127.5, {ONE: 1.0})), True)) is None, "an impossible case"


def test_a_number_and_itself_rounded_differ_by_half_a_multiple() -> None:
    facts, (x,) = facts_with(integers(-(2**62), 2**62))
    rest = add((1.0, x), (-1.0, {facts.pool.round("round", x, 32): 1.0}))
    assert facts.range(rest) == Range(-(2.0**31), 2.0**31, 0)


@pytest.mark.parametrize(("name", "need"), [("float64", 746), ("float32", 104), ("float16", 18), ("bfloat16", 93)])
def test_underflow(name: str, need: int) -> None:
    form = FORMATS[name]
    assert form.underflow == need
    half_of_smallest = Fraction(2) ** (form.lowest - 1)
    assert Fraction(math.exp(-need / 2)) ** 2 < half_of_smallest < Fraction(math.exp(-(need - 1) / 2)) ** 2


def test_ranges() -> None:
    assert exactly(3.5).grain == -1
    assert integers(0, 10).meet(2.5, 7.5) == integers(3, 7)
    assert integers(0, 1).meet(0.2, 0.8) is None
    assert integers(-2, 3).times(integers(-5, 4)) == Range(-15, 12, 0)
    assert integers(0, 5).scaled(-0.5) == Range(-2.5, 0, -1)
