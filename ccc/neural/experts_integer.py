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


def _sum(value: Affine, *operands: str) -> Build:
    """result = value wrapped, for a sum that leaves the word by less than its period."""

    def build(e: ExpertBuilder) -> None:
        ff = e.layer()
        fault_unless_words(ff, *operands)
        ff.add("result", value)
        wrap_once(ff, "result", value, e.width)

    return build


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


def _divide(e: ExpertBuilder, *, keep_quotient: bool) -> tuple[str, str, str, str]:
    """Long division of |x| by |y|, two bits a sublayer. Returns the names of quotient, remainder and the two signs."""
    dividend_sign, divisor_sign = e.local("x_negative"), e.local("y_negative")
    remainder, divisor, quotient = e.local("remainder"), e.local("divisor"), e.local("quotient")
    ff = e.layer()
    fault_unless_words(ff)
    ff.add("fault_division", constant(1))
    for sign, operand, size in ((dividend_sign, X, remainder), (divisor_sign, Y, divisor)):
        ff.when(size, operand, operand)
        ff.when({size: -1.0}, -operand, operand)
        ff.when(sign, -operand)
    ff.when({"fault_division": -1.0}, Y)
    ff.when({"fault_division": -1.0}, -Y)
    for position in range(e.width - _RADIX_BITS, -1, -_RADIX_BITS):
        ff = e.layer()
        step = d(divisor) * 2.0**position
        for multiple in range(1, 1 << _RADIX_BITS):
            reached = d(remainder) - step * multiple + 0.5
            ff.when({remainder: -1.0}, reached, step)
            if keep_quotient:
                ff.when(quotient, reached, 2.0**position)
    return quotient, remainder, dividend_sign, divisor_sign


def _div(e: ExpertBuilder) -> None:
    """|x| / |y| with the sign restored; MIN / -1 = 2^(W-1) wraps."""
    quotient, _, dividend_sign, divisor_sign = _divide(e, keep_quotient=True)
    sign = e.local("sign")
    e.layer().add(sign, constant(1) - d(dividend_sign) * 2, constant(1) - d(divisor_sign) * 2)
    ff = e.layer()
    ff.add("result", d(quotient), d(sign))
    overflow = d(quotient) - (e.high + 0.5) + (d(sign) - 1) * e.period
    ff.when({"result": -e.period}, overflow)


def _mod(e: ExpertBuilder) -> None:
    """What is left of |x|, with the sign of x."""
    _, remainder, dividend_sign, _ = _divide(e, keep_quotient=False)
    e.layer().add("result", d(remainder), constant(1) - d(dividend_sign) * 2)


EXECUTE: dict[str, Build] = {
    "add": _sum(X + Y),
    "addi": _sum(X + Y),
    "sub": _sum(X - Y),
    "neg": _sum(-Y, "2"),
    "mul": _mul,
    "div": _div,
    "mod": _mod,
    "min": _select(Y - X),
    "max": _select(X - Y),
}
