"""Arithmetic on values: folds what is known, and writes intermediate code (LLVM) for what is not.

A guard is a condition without which the code that follows would not be the network. Where one fails, the step is
abandoned before anything is stored, and begun again in a way that needs no such guard.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from llvmlite import ir

from ccc.neural.native.values import (
    MAX,
    Interval,
    Number,
    Value,
    add_bounds,
    join_bounds,
    linear_form,
    multiply_bounds,
    scaled_form,
    sum_form,
)

DOUBLE, BIT, WORD = ir.DoubleType(), ir.IntType(1), ir.IntType(64)

_SHIFT = 1.5 * 2.0**52
_SHIFT_BITS = int(struct.unpack("<q", struct.pack("<d", _SHIFT))[0])


def _exact_fma(x: float, y: float, z: float) -> float:
    return float(Fraction(x) * Fraction(y) + Fraction(z))


class Emitter:
    """Writes one function. abandon: the block that guards branch to when they fail. speculative: whether that is cheap,
    so that what hardly ever happens may be left to it.

    facts: bounds that hold on the present path, by the code of a number, learnt from guards.
    """

    def __init__(
        self, function: ir.Function, builder: ir.IRBuilder, abandon: ir.Block, *, speculative: bool = False
    ) -> None:
        self.speculative = speculative
        self.function = function
        self.builder = builder
        self.abandon = abandon
        self.facts: dict[int, Interval] = {}
        declare = function.module.declare_intrinsic
        self._fma = declare("llvm.fma", [DOUBLE], ir.FunctionType(DOUBLE, [DOUBLE] * 3))
        self._fabs = declare("llvm.fabs", [DOUBLE])
        self._expect = declare("llvm.expect", [BIT], ir.FunctionType(BIT, [BIT, BIT]))

    # -- Bounds ---------------------------------------------------------------------------------------------------

    def bounds(self, value: Value) -> Interval:
        """The least and the greatest that `value` can be here."""
        if not isinstance(value, Number):
            return value, value
        low, high = self.facts.get(id(value.ir), (-math.inf, math.inf))
        if value.negative:
            low, high = -high, -low
        return max(low, value.low), min(high, value.high)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is learnt inside does not hold outside: for code that is not always passed through."""
        before = dict(self.facts)
        try:
            yield
        finally:
            self.facts = before

    def is_finite(self, value: Value) -> bool:
        """Whether `value` can be neither infinite nor NaN."""
        low, high = self.bounds(value)
        return low >= -MAX and high <= MAX

    def learn(self, number: Number, low: float, high: float) -> None:
        """`number` lies between low and high from here on."""
        if number.negative:
            low, high = -high, -low
        old = self.facts.get(id(number.ir), (-math.inf, math.inf))
        self.facts[id(number.ir)] = (max(low, old[0]), min(high, old[1]))

    def _learn_sign(self, value: Value, *, positive: bool) -> None:
        """value > 0, or value <= 0: bounds for each number in it, with one part in 2^40 to spare for rounding."""
        terms, offset = linear_form(value)
        for number, factor in terms:
            rest = offset
            for other, weight in terms:
                if other is not number:
                    rest += multiply_bounds(self.bounds(other), (weight, weight))[1 if positive else 0]
            if not math.isfinite(rest):
                continue
            limit = -rest / factor
            slack = abs(limit) * 2.0**-40 + 2.0**-40
            if (factor > 0) == positive:
                self.learn(number, limit - slack, math.inf)
            else:
                self.learn(number, -math.inf, limit + slack)

    # -- Numbers --------------------------------------------------------------------------------------------------

    def raw(self, value: Value) -> Any:
        """`value` as intermediate code."""
        if not isinstance(value, Number):
            return ir.Constant(DOUBLE, value)
        return self.builder.fneg(value.ir) if value.negative else value.ir

    def add(self, left: Value, right: Value) -> Value:
        """left + right, rounded once."""
        if not isinstance(left, Number) and not isinstance(right, Number):
            return left + right
        if left == 0.0 or right == 0.0:
            return right if left == 0.0 else left
        if isinstance(left, Number) and left.opposite(right):
            self.require_finite(left)
            return 0.0
        low, high = add_bounds(self.bounds(left), self.bounds(right))
        if isinstance(right, Number) and right.negative:
            code = self.builder.fsub(self.raw(left), right.ir)
        elif isinstance(left, Number) and left.negative:
            code = self.builder.fsub(self.raw(right), left.ir)
        else:
            code = self.builder.fadd(self.raw(left), self.raw(right))
        return Number(code, low, high, False, *sum_form(left, right))

    def subtract(self, left: Value, right: Value) -> Value:
        """left - right, rounded once."""
        return self.add(left, self.multiply(-1.0, right))

    def multiply(self, left: Value, right: Value) -> Value:
        """left * right, rounded once."""
        if not isinstance(left, Number):
            return self._scaled(left, right)
        if not isinstance(right, Number):
            return self._scaled(right, left)
        low, high = multiply_bounds(self.bounds(left), self.bounds(right))
        code = self.builder.fmul(left.ir, right.ir)
        if left.negative == right.negative:
            return Number(code, low, high, root=left if left.ir is right.ir else None)
        return Number(code, -high, -low).negated()

    def _scaled(self, factor: float, value: Value) -> Value:
        if not isinstance(value, Number):
            return factor * value
        if factor == 0.0:
            self.require_finite(value)
            return 0.0
        if factor in (1.0, -1.0):
            return value if factor > 0 else value.negated()
        low, high = multiply_bounds(self.bounds(value), (factor, factor))
        code = self.builder.fmul(self.raw(value), ir.Constant(DOUBLE, factor))
        return Number(code, low, high, False, *scaled_form(value, factor))

    def fused(self, factor: float, value: Value, addend: Value) -> Value:
        """factor * value + addend, rounded once: what a matrix product does with each further term."""
        if factor in (0.0, 1.0, -1.0) or addend == 0.0 or value == 0.0:
            return self.add(addend, self.multiply(factor, value))
        if not isinstance(value, Number) and not isinstance(addend, Number):
            return _exact_fma(factor, value, addend)
        low, high = add_bounds(multiply_bounds((factor, factor), self.bounds(value)), self.bounds(addend))
        code = self.builder.call(self._fma, [self.raw(value), ir.Constant(DOUBLE, factor), self.raw(addend)])
        return Number(code, low, high, False, *sum_form(addend, value, factor))

    def dot(self, terms: Iterable[tuple[float, Value]]) -> Value:
        """sum of weight * value in the order of the terms, as a matrix product computes it: one rounding a term."""
        total: Value = 0.0
        for weight, value in terms:
            total = self.fused(weight, value, total)
        return total

    def choose(self, condition: Any, left: Value, right: Value) -> Value:
        """left where the condition holds, else right; no rounding."""
        if isinstance(left, Number) and left.same(right):
            return left
        if not isinstance(left, Number) and not isinstance(right, Number) and left == right:
            return left
        low, high = join_bounds(self.bounds(left), self.bounds(right))
        return Number(self.builder.select(condition, self.raw(left), self.raw(right)), low, high)

    def positive(self, value: Value) -> Any:
        """The bit [value > 0], or a bool where it is known."""
        low, high = self.bounds(value)
        if not isinstance(value, Number) or (self.is_finite(value) and (low > 0 or high <= 0)):
            return low > 0
        relation = "<" if value.negative else ">"
        return self.builder.fcmp_ordered(relation, value.ir, ir.Constant(DOUBLE, 0.0))

    def magnitude(self, value: Value) -> Any:
        """|value| as intermediate code."""
        return self.builder.call(self._fabs, [value.ir if isinstance(value, Number) else self.raw(value)])

    def whole(self, value: Value) -> tuple[Any, Any]:
        """`value` as a 64-bit integer, and the bit whether it is one below 2**51; else the integer is arbitrary.

        Adding 1.5 * 2**52 leaves the integer in the low bits of the sum: quicker than a conversion, and defined always.
        """
        shift = ir.Constant(DOUBLE, _SHIFT)
        shifted = self.builder.fadd(self.raw(value), shift)
        number = self.builder.sub(self.builder.bitcast(shifted, WORD), ir.Constant(WORD, _SHIFT_BITS))
        return number, self.builder.fcmp_ordered("==", self.builder.fsub(shifted, shift), self.raw(value))

    # -- Guards ---------------------------------------------------------------------------------------------------

    def likely(self, condition: Any, *, expected: bool = True) -> Any:
        """`condition` with the note that it is nearly always as expected."""
        return self.builder.call(self._expect, [condition, ir.Constant(BIT, expected)])

    def require(self, condition: Any, *, expected: bool = True) -> None:
        """Go on only where the condition is as expected."""
        go_on = self.builder.append_basic_block("go_on")
        blocks = (go_on, self.abandon) if expected else (self.abandon, go_on)
        self.builder.cbranch(self.likely(condition, expected=expected), *blocks)
        self.builder.position_at_end(go_on)

    def require_sign(self, value: Number, condition: Any, *, positive: bool) -> None:
        """Go on only where [value > 0], which is `condition`, is as expected; and remember it."""
        self.require(condition, expected=positive)
        self._learn_sign(value, positive=positive)

    def require_finite(self, value: Value, limit: float = MAX) -> Value:
        """`value`, which is at most `limit` in magnitude from here on."""
        low, high = self.bounds(value)
        if not (-limit <= low and high <= limit):
            self.require(self.builder.fcmp_ordered("<=", self.magnitude(value), ir.Constant(DOUBLE, limit)))
            if isinstance(value, Number):
                self.learn(value, -limit, limit)
        return value

    def require_at_least(self, value: Value, limit: float) -> None:
        """Go on only where value >= limit."""
        self.require(self.builder.fcmp_ordered(">=", self.raw(value), ir.Constant(DOUBLE, limit)))

    def require_equal(self, value: Value, expected: Value) -> bool:
        """Guard value = expected. False where that is known to be wrong, which the caller must not lower."""
        if not isinstance(value, Number) and not isinstance(expected, Number):
            return value == expected
        if not (isinstance(value, Number) and value.same(expected)):
            self.require(self.builder.fcmp_ordered("==", self.raw(value), self.raw(expected)))
        return True
