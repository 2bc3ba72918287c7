"""`.pointer name, address[, rows[, columns[, stride]]]`: the data pointers d_1..d_m of a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccc.assembler.macros import Step
from ccc.assembler.syntax import Directive, Expr, Name, SyntaxProblem, Text

POINTER_TAKES = "a name, an address, and, where it is no scalar, rows, columns and stride"


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a row says: expressions for its address, and for what is not 1."""

    address: Expr
    rows: Expr | None = None
    columns: Expr | None = None
    stride: Expr | None = None


def read_pointer(body: Directive, values: Sequence[Expr]) -> tuple[Name, Pointer]:
    """The name and the row of a directive with these expressions. Raises SyntaxProblem."""
    name, *rest = values
    if not isinstance(name, Name):
        raise SyntaxProblem(f".{body.name} takes a name first", name.span)
    return name, Pointer(*rest)


def pointers_in(steps: Iterable[Step]) -> dict[str, Pointer]:
    """Every data pointer of a program; what is no proper directive is left to those who report it."""
    found = {}
    for step in steps:
        body = step.statement.body
        if isinstance(body, Directive) and body.name == "pointer" and 2 <= len(body.cells) <= 5:
            values = [cell.value for cell in body.cells if not isinstance(cell.value, Text)]
            if len(values) == len(body.cells) and isinstance(values[0], Name):
                name, pointer = read_pointer(body, values)
                found[name.name] = pointer
    return found
