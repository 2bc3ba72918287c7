"""Integer arithmetic: experts of the stage `execute`.

x and y are the operands as integers of the word, 0 where they are not. All sums are of integers (or halves) that
doubles hold exactly.
"""

from __future__ import annotations

from ccc.neural.basis import Affine, constant, d
from ccc.neural.expert_builder import Build, ExpertBuilder
from ccc.neural.patterns import remainder_of, round_to, wrap_once
from ccc.neural.spec import FeedForward

X, Y = d("x"), d("y")
_RADIX_BITS = 2  # bits of a quotient found by one sublayer of the division


def fault_unless_words(ff: FeedForward, *operands: str) -> None:
    """INTEGER unless operands 1 and 2, or those named, are integers of the word."""
    for n in operands or ("1", "2"):
        ff.add("fault_integer", d("nonword" + n))


def _sum(value: Affine) -> Build:
    """result = value wrapped, for a sum that leaves the word by less than its period."""

    def build(e: ExpertBuilder) -> None:
        ff = e.layer()
        fault_unless_words(ff)
        ff.add("result", value)
        wrap_once(ff, "result", value, e.width)

    return build


def _neg(e: ExpertBuilder) -> None:
    """result = -y, where only -MIN = 2^(W-1) wraps."""
    ff = e.layer()
    fault_unless_words(ff, "2")
    ff.add("result", -Y)
    ff.when({"result": -e.period}, -Y - (e.high + 0.5))


def _select(condition: Affine) -> Build:
    """result = x where condition > 0, y where it is <= 0: g x + (1 - g) y with g exactly 0 or 1."""

    def build(e: ExpertBuilder) -> None:
        ff = e.layer()
        fault_unless_words(ff)
        ff.when("result", condition, X)
        ff.when("result", -condition + 0.5, Y)

    return build


def _mul(e: ExpertBuilder) -> None:
    """Halves of 16 bits keep products below 2^53: x y = x yh 2^16 + x yl, where only x yh modulo 2^16 counts."""
    if e.width <= 16:
        _small_mul(e)
        return
    upper, high, low, shifted = (e.local(name) for name in ("upper", "high", "low", "shifted"))
    ff = e.layer()
    fault_unless_words(ff)
    round_to(ff, upper, "y", 16)
    ff = e.layer()
    ff.add(high, X, d(upper) * 2.0**-16)
    ff.add(low, X, Y - d(upper))
    remainder_of(e.layer(), high, high, 16)
    ff = e.layer()
    product = d(high) * 2.0**16 + d(low)
    ff.add("result", product)
    ff.add(shifted, product + 0.5)
    remainder_of(e.layer(), "result", shifted, e.width)


def _small_mul(e: ExpertBuilder) -> None:
    """The product of two 16-bit integers fits a double: x y + 1/2 is never halfway between multiples of 2^W."""
    shifted = e.local("shifted")
    ff = e.layer()
    fault_unless_words(ff)
    ff.add({"result": 1.0, shifted: 1.0}, X, Y)
    ff.add(shifted, constant(0.5))
    remainder_of(e.layer(), "result", shifted, e.width)


def _magnitudes(e: ExpertBuilder, ff: FeedForward) -> tuple[str, str]:
    """|x| and |y|, as the remainder and the divisor that a long division begins with."""
    remainder, divisor = e.local("remainder"), e.local("divisor")
    fault_unless_words(ff)
    ff.add("fault_division", constant(1))
    for operand, size in ((X, remainder), (Y, divisor)):
        ff.when(size, operand, operand)
        ff.when({size: -1.0}, -operand, operand)
    ff.when({"fault_division": -1.0}, Y)
    ff.when({"fault_division": -1.0}, -Y)
    return remainder, divisor


def _negative(e: ExpertBuilder, ff: FeedForward, operand: str) -> str:
    """A direction that is 1 where an operand is negative."""
    sign = e.local(f"{operand}_negative")
    ff.when(sign, -d(operand))
    return sign


def _divide(e: ExpertBuilder, remainder: str, divisor: str, quotient: str | None = None) -> None:
    """Long division, two bits a sublayer. With a quotient, what remains after its last digit is not computed."""
    for position in range(e.width - _RADIX_BITS, -1, -_RADIX_BITS):
        ff = e.layer()
        step = d(divisor) * 2.0**position
        # |x| <= 2^(W-1) and |y| >= 1 leave the digit 3 out of the first sublayer.
        for multiple in range(1, min(1 << _RADIX_BITS, 2 ** (e.width - 1 - position) + 1)):
            reached = d(remainder) - step * multiple + 0.5
            if quotient is not None:
                ff.when(quotient, reached, 2.0**position)
            if quotient is None or position > 0:
                ff.when({remainder: -1.0}, reached, step)


def _div(e: ExpertBuilder) -> None:
    """|x| / |y| with the sign restored; MIN / -1 = 2^(W-1) wraps."""
    ff = e.layer()
    remainder, divisor = _magnitudes(e, ff)
    dividend_sign, divisor_sign = _negative(e, ff, "x"), _negative(e, ff, "y")
    quotient, sign = e.local("quotient"), e.local("sign")
    _divide(e, remainder, divisor, quotient)
    e.layer().add(sign, constant(1) - d(dividend_sign) * 2, constant(1) - d(divisor_sign) * 2)
    ff = e.layer()
    ff.add("result", d(quotient), d(sign))
    overflow = d(quotient) - (e.high + 0.5) + (d(sign) - 1) * e.period
    ff.when({"result": -e.period}, overflow)


def _mod(e: ExpertBuilder) -> None:
    """What is left of |x|, with the sign of x."""
    ff = e.layer()
    remainder, divisor = _magnitudes(e, ff)
    dividend_sign = _negative(e, ff, "x")
    _divide(e, remainder, divisor)
    e.layer().add("result", d(remainder), constant(1) - d(dividend_sign) * 2)


EXECUTE: dict[str, Build] = {
    "add": _sum(X + Y),
    "addi": _sum(X + Y),
    "sub": _sum(X - Y),
    "neg": _neg,
    "mul": _mul,
    "div": _div,
    "mod": _mod,
    "min": _select(Y - X),
    "max": _select(X - Y),
}
