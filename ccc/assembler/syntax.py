"""The syntax of an assembly source: one frozen node a construct, each with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ccc.errors import Span


@dataclass(frozen=True, slots=True)
class Number:
    """An integer or a real, as written."""

    span: Span
    value: int | float


@dataclass(frozen=True, slots=True)
class Name:
    """A label, a constant, or the parameter of a macro; `scope@name` for a local label.

    bound: it was written `@name`, and expansion put the scope before it.
    """

    span: Span
    name: str
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """`@name`, before its scope is known. Expansion replaces it by a Name."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Here:
    """`?`: the address of the cell it stands in."""

    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `~x`. `weight` counts the leaves and operators below and with this node."""

    span: Span
    operator: str
    operand: Expr
    weight: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`; `mark` is the operator's own place."""

    span: Span
    operator: str
    mark: Span
    left: Expr
    right: Expr
    weight: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """`=value`: the address of a cell among the literals that holds `value`.

    address: the assembler wrote it, for a value that is an address, which may be larger than a short word counts.
    """

    span: Span
    value: Expr
    weight: int
    address: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A string; `data` is its bytes, escapes resolved."""

    span: Span
    data: bytes


Expr: TypeAlias = Number | Name | Local | Here | Unary | Binary | Pooled
Item: TypeAlias = Expr | Text


@dataclass(frozen=True, slots=True)
class Label:
    """`name:` or `@name:`; a local name keeps its `@` until expansion binds it to its scope."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One item of a statement, with the labels written before it."""

    labels: tuple[Label, ...]
    value: Item


@dataclass(frozen=True, slots=True)
class Plain:
    """A statement that starts with an item: an instruction, a macro's use, or the cells of a SUBLEQ."""

    span: Span
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """`. 1 2 3`."""

    span: Span
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """`.name item, item`; the name in lower case, without its point."""

    span: Span
    name: str
    cells: tuple[Cell, ...]


Body: TypeAlias = Plain | Data | Directive


@dataclass(frozen=True, slots=True)
class Statement:
    """Labels, and what they stand before; `body` is None for labels alone."""

    span: Span
    labels: tuple[Label, ...]
    body: Body | None


PRECEDENCE = {
    "|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
"""How strongly each binary operator binds; prefixes bind stronger than all of them."""

MAX_WEIGHT = 256
"""The most leaves and operators in one expression. It bounds the depth of the tree too, so that recursion is safe."""


class SyntaxProblem(Exception):
    """A mistake at one place, on its way to becoming a diagnostic. Never leaves this package."""

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.hint = message, span, hint


def weight_of(expr: Expr) -> int:
    """How many leaves and operators `expr` has."""
    return expr.weight if isinstance(expr, Unary | Binary | Pooled) else 1


def join(first: Span, last: Span) -> Span:
    """From the start of `first` to the end of `last`, where both stand on one line; else `first`."""
    if (first.file, first.line) != (last.file, last.line):
        return first
    return Span(first.file, first.line, first.column, max(1, last.column + last.length - first.column))


def unary(operator: str, operand: Expr, span: Span) -> Unary:
    """Build `operator operand`. Raises SyntaxProblem where it grows too large."""
    return Unary(span, operator, operand, _bounded(1 + weight_of(operand), span))


def binary(operator: str, left: Expr, right: Expr, span: Span, mark: Span) -> Binary:
    """Build `left operator right`. Raises SyntaxProblem where it grows too large."""
    return Binary(span, operator, mark, left, right, _bounded(1 + weight_of(left) + weight_of(right), mark))


def pooled(value: Expr, span: Span, *, address: bool = False) -> Pooled:
    """Build `=value`. Raises SyntaxProblem where it grows too large."""
    return Pooled(span, value, _bounded(1 + weight_of(value), span), address)


def with_parts(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """`expr` with each expression in it changed; a leaf as it is. Raises SyntaxProblem where it grows too large."""
    match expr:
        case Unary(span, operator, operand):
            return unary(operator, change(operand), span)
        case Binary(span, operator, mark, left, right):
            return binary(operator, change(left), change(right), span, mark)
        case Pooled(span, value, _, address):
            return pooled(change(value), span, address=address)
        case _:
            return expr


def _bounded(weight: int, span: Span) -> int:
    if weight > MAX_WEIGHT:
        raise SyntaxProblem(
            f"expression too large: more than {MAX_WEIGHT} numbers, names and operators", span,
            "give parts of it names with .const",
        )  # fmt: skip
    return weight
