"""Real arithmetic and conversion: experts of the stage `execute`.

Overflow is predicted on scaled operands, which are then zeroed: no infinity ever forms, and 0 times infinity, which
would poison every sum, cannot. A sum over reals has at most two terms, so its rounding is IEEE's in any order.
"""

from __future__ import annotations

from ccc.neural.basis import Affine, constant, d
from ccc.neural.expert_builder import Build, ExpertBuilder
from ccc.neural.experts_integer import fault_unless_words
from ccc.neural.patterns import round_to

LEFT, RIGHT = d("operand1"), d("operand2")


def _too_large(e: ExpertBuilder, scaled: str, limit: float) -> str:
    """A sublayer: the direction that is 1 where |scaled| >= limit; it is the overflow fault too."""
    over = e.local("over")
    ff = e.layer()
    both = {over: 1.0, "fault_overflow": 1.0}
    ff.add(both, constant(2))
    for side in (d(scaled), -d(scaled)):
        ff.when(dict.fromkeys(both, -1.0), constant(limit) - side)
    return over


def _sum(right: Affine) -> Build:
    """operand1 + right, where |operand1 / 2 + right / 2| < 2^1023."""

    def build(e: ExpertBuilder) -> None:
        half = e.local("half")
        e.layer().add(half, LEFT * 0.5 + right * 0.5)
        over = _too_large(e, half, 2.0**1023)
        ff = e.layer()
        for term in (LEFT, right):
            ff.add("result", term, constant(1) - d(over))

    return build


def _fmul(e: ExpertBuilder) -> None:
    """operand1 * operand2, where |(operand1 2^-512) (operand2 2^-512)| < 1."""
    scaled, safe = e.local("scaled"), e.local("safe")
    e.layer().add(scaled, LEFT * 2.0**-512, RIGHT * 2.0**-512)
    over = _too_large(e, scaled, 1.0)
    e.layer().add(safe, LEFT, constant(1) - d(over))
    e.layer().add("result", d(safe), RIGHT)


def _fcmp(e: ExpertBuilder) -> None:
    """The sign of operand1 - operand2, which is right for any two doubles."""
    ff = e.layer()
    ff.when("result", LEFT - RIGHT)
    ff.when({"result": -1.0}, RIGHT - LEFT)


def _itof(e: ExpertBuilder) -> None:
    ff = e.layer()
    fault_unless_words(ff, "2")
    ff.add("result", d("y"))


def _ftoi(e: ExpertBuilder) -> None:
    """The nearest integer, then one step toward zero where that lies beyond the number."""
    inside, safe, nearest = e.local("inside"), e.local("safe"), e.local("nearest")
    positive, negative = e.local("positive"), e.local("negative")
    ff = e.layer()
    ff.add({inside: -1.0, "fault_overflow": 2.0}, constant(1))
    for side in (RIGHT - (e.low - 1), -RIGHT + (e.high + 1)):
        ff.when({inside: 1.0, "fault_overflow": -1.0}, side)
    e.layer().add(safe, RIGHT, d(inside))
    ff = e.layer()
    round_to(ff, nearest, safe, 0)
    ff.when(positive, d(safe))
    ff.when(negative, -d(safe))
    ff = e.layer()
    ff.add("result", d(nearest))
    ff.when({"result": -1.0}, d(nearest) - d(safe), d(positive))
    ff.when("result", d(safe) - d(nearest), d(negative))


EXECUTE: dict[str, Build] = {
    "fadd": _sum(RIGHT),
    "fsub": _sum(-RIGHT),
    "fmul": _fmul,
    "fcmp": _fcmp,
    "itof": _itof,
    "ftoi": _ftoi,
}
