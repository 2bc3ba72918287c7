"""The value of an expression: exact integers, IEEE doubles, and errors at the operator that goes wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol, TypeAlias

from ccc.assembler.parse import MAX_INTEGER
from ccc.assembler.syntax import PRECEDENCE, Binary, Expr, Here, Local, Name, Number, Pooled, SyntaxProblem, Unary
from ccc.errors import Span

Value: TypeAlias = int | float

MAX_SHIFT = 64
_BITS = {"|", "^", "&", "<<", ">>", "%"}


class Lookup(Protocol):
    """What an expression needs to know about the rest of the program."""

    def value(self, name: Name) -> Value:
        """The value of a symbol. Raises SyntaxProblem (or Unsettled) where it has none."""

    def pooled(self, literal: Pooled) -> int:
        """The address of the cell that holds a pooled literal."""


def evaluate(expr: Expr, lookup: Lookup, here: int | None = None) -> Value:
    """The value of `expr`, `here` being that of `?`. Raises SyntaxProblem, at the operator that has no result."""
    match expr:
        case Number(_, value):
            return value
        case Name():
            return lookup.value(expr)
        case Here(span):
            if here is None:
                raise SyntaxProblem("'?' has no address here", span)
            return here
        case Unary(_, operator, operand):
            return _prefix(operator, evaluate(operand, lookup, here), expr.span)
        case Binary(_, operator, mark, left, right):
            return _apply(operator, evaluate(left, lookup, here), evaluate(right, lookup, here), mark)
        case Pooled():
            return lookup.pooled(expr)
        case Local(span, name):
            raise SyntaxProblem(f"'@{name}' has no place here", span)


def _prefix(operator: str, value: Value, span: Span) -> Value:
    if operator == "-":
        return -value if isinstance(value, int) else -value + 0.0
    if isinstance(value, float):
        raise SyntaxProblem("'~' works on integers", span)
    return ~value


def _apply(operator: str, left: Value, right: Value, mark: Span) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        result = _integers(operator, left, right, mark)
        if abs(result) > MAX_INTEGER:
            hint = "where an operand is a real, the result is one"
            raise SyntaxProblem(f"the result of '{operator}' is beyond 2**53", mark, hint)
        return result
    if operator in _BITS:
        raise SyntaxProblem(f"'{operator}' works on integers", mark)
    return _reals(operator, float(left), float(right), mark)


def _integers(operator: str, left: int, right: int, mark: Span) -> int:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "%":
            if right == 0:
                raise SyntaxProblem("division by zero", mark)
            # Toward zero, as the machine's DIV and MOD; Python's own round toward minus infinity.
            quotient = abs(left) // abs(right)
            quotient = -quotient if (left < 0) != (right < 0) else quotient
            return quotient if operator == "/" else left - quotient * right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case _:
            if not 0 <= right <= MAX_SHIFT:
                raise SyntaxProblem(f"shift count {right} is outside 0..{MAX_SHIFT}", mark)
            return left << right if operator == "<<" else left >> right


def _reals(operator: str, left: float, right: float, mark: Span) -> float:
    if operator == "/":
        if right == 0:
            raise SyntaxProblem("division by zero", mark)
        result = left / right
    else:
        result = left + right if operator == "+" else left - right if operator == "-" else left * right
    if not math.isfinite(result):
        raise SyntaxProblem(f"the result of '{operator}' is too large for a double", mark)
    return result + 0.0  # a zero is always +0.0


def parts(expr: Expr) -> Iterator[Expr]:
    """Every node of `expr`, each before what stands inside it."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case Unary(_, _, operand):
                stack.append(operand)
            case Binary(_, _, _, left, right):
                stack += [right, left]
            case Pooled(_, value):
                stack.append(value)


def format_expression(expr: Expr) -> str:
    """Text that parses to the same tree, with no more parentheses than it needs; equal texts mean equal trees."""
    return _format(expr, 0)


def _format(expr: Expr, outer: int) -> str:
    match expr:
        case Number(_, value):
            return repr(value)
        case Name(_, name):
            return name
        case Local(_, name):
            return f"@{name}"
        case Here():
            return "?"
        case Unary(_, operator, operand):
            return f"{operator}{_format(operand, 7)}"
        case Binary(_, operator, _, left, right):
            mine = PRECEDENCE[operator]
            text = f"{_format(left, mine)} {operator} {_format(right, mine + 1)}"
            return f"({text})" if mine < outer else text
        case Pooled(_, value):
            text = f"={_format(value, 0)}"
            return f"({text})" if outer else text
