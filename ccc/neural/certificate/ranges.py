"""Number formats, and what can be known of a number without knowing it: an interval, and what it is a multiple of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format. digits: bits of the significand; lowest: exponent of the smallest number."""

    name: str
    digits: int
    largest: float
    lowest: int

    @property
    def underflow(self) -> int:
        """The least whole number x for which exp(-x) rounds to 0: below half of the smallest number."""
        return math.ceil((1 - self.lowest) * math.log(2))

    @property
    def unit(self) -> float:
        """The largest relative error of one rounding."""
        return 2.0**-self.digits


FORMATS = {
    form.name: form
    for form in (
        Format("float64", 53, 2.0**1023 * (2 - 2.0**-52), -1074),
        Format("float32", 24, 2.0**127 * (2 - 2.0**-23), -149),
        Format("float16", 11, 65504.0, -24),
        Format("bfloat16", 8, 2.0**127 * (2 - 2.0**-7), -133),
    )
}
FLOAT64 = FORMATS["float64"]
_ZERO_GRAIN = 4096  # 0 is a multiple of everything
_FINEST, _COARSEST = -400, 900  # grains within which rounding an end of an interval to a multiple is safe


@cache
def grain_of(number: float) -> int:
    """The largest g for which `number` is a multiple of 2**g."""
    if number == 0:
        return _ZERO_GRAIN
    fraction, exponent = math.frexp(number)
    scaled = int(fraction * 2.0**53)
    return exponent - 53 + (scaled & -scaled).bit_length() - 1


def is_power(number: float) -> bool:
    """Whether multiplying by `number` is exact, underflow aside: a power of two or its negative."""
    return abs(math.frexp(number)[0]) == 0.5


def is_trivial(number: float) -> bool:
    """Whether multiplying by `number` rounds nothing: 0, or a power of two."""
    return number == 0 or is_power(number)


def power(exponent: int) -> float:
    """2**exponent, infinite where a double cannot hold it."""
    return math.inf if exponent > 1023 else 2.0**exponent


def outward(low: float, high: float, grain: int) -> tuple[float, float]:
    """Bounds that came from rounded sums of multiples of 2**grain, made safe where the sums may have been inexact."""
    exact = power(52 + grain)
    if not -exact <= low <= exact:
        low = math.nextafter(low, -math.inf)
    if not -exact <= high <= exact:
        high = math.nextafter(high, math.inf)
    return low, high


@dataclass(frozen=True, slots=True)
class Range:
    """All values are multiples of 2**grain in low..high. A real number is a multiple of the smallest one."""

    low: float
    high: float
    grain: int

    @property
    def is_constant(self) -> bool:
        return self.low == self.high

    @property
    def is_zero(self) -> bool:
        return self.low == self.high == 0

    @property
    def magnitude(self) -> float:
        return max(-self.low, self.high)

    def scaled(self, factor: float) -> Range:
        """The range of `factor` times the number, not rounded."""
        if factor == 0 or self.is_zero:
            return ZERO
        ends = (factor * self.low, factor * self.high)
        return Range(min(ends), max(ends), self.grain + grain_of(factor))

    def times(self, other: Range) -> Range:
        """The range of a product of two numbers that may vary independently."""
        if self.is_zero or other.is_zero:
            return ZERO
        ends = [_product(left, right) for left in (self.low, self.high) for right in (other.low, other.high)]
        grain = self.grain + other.grain
        if all(map(is_trivial, (self.low, self.high))) or all(map(is_trivial, (other.low, other.high))):
            return Range(min(ends), max(ends), grain)
        return Range(*outward(min(ends), max(ends), grain), grain)

    def meet(self, low: float, high: float, grain: int | None = None) -> Range | None:
        """What is left between `low` and `high`; None where that is nothing."""
        grain = self.grain if grain is None else max(self.grain, grain)
        low, high = max(self.low, low), min(self.high, high)
        if (low, high, grain) == (self.low, self.high, self.grain):
            return self
        if _FINEST < grain < _COARSEST:
            step = 2.0**grain
            if abs(low) < step * 2.0**52:
                low = math.ceil(low / step) * step
            if abs(high) < step * 2.0**52:
                high = math.floor(high / step) * step
        return Range(low, high, grain) if low <= high else None

    def join(self, other: Range) -> Range:
        """The least range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high), min(self.grain, other.grain))

    def contains(self, other: Range) -> bool:
        return self.low <= other.low and other.high <= self.high and (other.is_zero or self.grain <= other.grain)


def _product(left: float, right: float) -> float:
    return 0.0 if left == 0 or right == 0 else left * right


ZERO = Range(0.0, 0.0, _ZERO_GRAIN)
BIT = Range(0.0, 1.0, 0)


def exactly(number: float) -> Range:
    """The range of one number."""
    return Range(number, number, grain_of(number)) if number else ZERO


def integers(low: float, high: float) -> Range:
    """The integers in low..high."""
    return Range(float(low), float(high), 0)


def reals(form: Format) -> Range:
    """Every finite number of the format."""
    return Range(-form.largest, form.largest, form.lowest)
