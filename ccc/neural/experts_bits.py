"""Bitwise operations and shifts: experts of the stage `execute`."""

from __future__ import annotations

from ccc.neural.basis import Affine, constant, d
from ccc.neural.expert_builder import Build, ExpertBuilder
from ccc.neural.experts_integer import X, Y, fault_unless_words
from ccc.neural.patterns import remainder_of, round_to
from ccc.neural.spec import FeedForward


def _remainders(e: ExpertBuilder) -> None:
    """Two sublayers: for both operands and every j = 1..W-1 the remainder of x - 2^(j-1) + 1/2 modulo 2^j.

    The half makes a tie impossible, so that rounding is the floor of x / 2^j; see `_scaled_bit`.
    """
    first, second = e.layer(), e.layer()
    fault_unless_words(first)
    for j in range(1, e.width):
        for operand in ("x", "y"):
            name = e.local(f"{operand}{j}")
            first.add(name, d(operand) - 2.0 ** (j - 1) + 0.5)
            remainder_of(second, name, name, j)


def _scaled_bit(e: ExpertBuilder, operand: str, j: int) -> Affine:
    """2^j times bit j, as the difference of x's floors at 2^j and 2^(j+1)."""
    above = d(e.local(f"{operand}{j + 1}"))
    return above + 0.5 if j == 0 else above - d(e.local(f"{operand}{j}")) + 2.0 ** (j - 1)


def _sign_weight(e: ExpertBuilder, operand: str) -> Affine:
    """-2^(W-1) times the sign bit: x's floor at 2^(W-1)."""
    j = e.width - 1
    return d(operand) - 2.0 ** (j - 1) + 0.5 - d(e.local(f"{operand}{j}"))


def _bitwise(plain: float, both: float) -> Build:
    """result = plain * (x + y) + both * (x and y): and = (0, 1), or = (1, -1), xor = (1, -2)."""

    def build(e: ExpertBuilder) -> None:
        _remainders(e)
        ff = e.layer()
        for j in range(e.width - 1):
            ff.add({"result": both}, _scaled_bit(e, "x", j), _scaled_bit(e, "y", j) * 2.0**-j)
        sign = _sign_weight(e, "y") * -(2.0 ** (1 - e.width))
        ff.add({"result": both}, _sign_weight(e, "x"), sign)
        if plain:
            ff.add({"result": plain}, X + Y)

    return build


def _not(e: ExpertBuilder) -> None:
    ff = e.layer()
    fault_unless_words(ff, "2")
    ff.add("result", -Y - 1)


def _power(e: ExpertBuilder, ff: FeedForward, base: float) -> str:
    """A direction holding base**y for y in 0..W-1 (base 2 or 1/2), as a telescoping sum; SHIFT outside that range."""
    name = e.local("power")
    ff.add(name, constant(1))
    for k in range(1, e.width):
        ff.when({name: base**k - base ** (k - 1)}, Y - (k - 1))
    ff.when("fault_shift", -Y)
    ff.when("fault_shift", Y - (e.width - 0.5))
    return name


def _shl(e: ExpertBuilder) -> None:
    """x 2^y modulo 2^W. Rounding breaks the tie at 2^(W-1) either way; the last sublayer makes it negative."""
    ff = e.layer()
    fault_unless_words(ff)
    power, shifted = _power(e, ff, 2.0), e.local("shifted")
    e.layer().add(shifted, X, d(power))
    remainder_of(e.layer(), shifted, shifted, e.width)
    _as_word(e, shifted)


def _as_word(e: ExpertBuilder, value: str) -> None:
    """result = value, which is in 0..2^W-1 or in the word already, as an integer of the word."""
    ff = e.layer()
    ff.add("result", d(value))
    ff.when({"result": -e.period}, d(value) - (e.high + 0.5))


def _floor_of_shift(e: ExpertBuilder, *, logical: bool) -> str:
    """floor(x / 2^y): (x + 1/2) / 2^y - 1/2 is never halfway between integers, so that rounding is the floor."""
    ff = e.layer()
    fault_unless_words(ff)
    power, shifted, floor = _power(e, ff, 0.5), e.local("shifted"), e.local("floor")
    moved = e.local("moved")
    ff.add(moved, X + 0.5)
    if logical:
        ff.when({moved: e.period}, -X)
    ff = e.layer()
    ff.add(shifted, d(moved), d(power))
    ff.add(shifted, constant(-0.5))
    round_to(e.layer(), floor, shifted, 0)
    return floor


def _shr(e: ExpertBuilder) -> None:
    _as_word(e, _floor_of_shift(e, logical=True))


def _sar(e: ExpertBuilder) -> None:
    e_floor = _floor_of_shift(e, logical=False)
    e.layer().add("result", d(e_floor))


EXECUTE: dict[str, Build] = {
    "and": _bitwise(0.0, 1.0),
    "or": _bitwise(1.0, -1.0),
    "xor": _bitwise(1.0, -2.0),
    "not": _not,
    "shl": _shl,
    "shr": _shr,
    "sar": _sar,
}
