"""Statements as text that parses to the same statements."""

from __future__ import annotations

from collections.abc import Iterable

from ccc.assembler.syntax import (
    PRECEDENCE,
    Binary,
    Cell,
    Data,
    Directive,
    Expr,
    Here,
    Item,
    Local,
    Name,
    Number,
    Plain,
    Pooled,
    Statement,
    Text,
    Unary,
)

_PREFIX = 1 + max(PRECEDENCE.values())
_ESCAPES = {ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r", ord('"'): '\\"', ord("\\"): "\\\\"}


def statement_text(statement: Statement) -> str:
    """One line: labels, then the statement."""
    labels = "".join(f"{label.name}: " for label in statement.labels)
    match statement.body:
        case None:
            return labels.rstrip()
        case Plain(_, cells):
            head, *operands = cells
            return labels + f"{_cell(head):<4} {_list(operands)}".rstrip()
        case Data(_, cells):
            return labels + ". " + " ".join(_cell(cell, tight=True) for cell in cells)
        case Directive(_, name, cells):
            return labels + f".{name} {_list(cells)}".rstrip()


def _list(cells: Iterable[Cell]) -> str:
    return ", ".join(_cell(cell) for cell in cells)


def _cell(cell: Cell, *, tight: bool = False) -> str:
    return "".join(f"{label.name}:" for label in cell.labels) + item_text(cell.value, tight=tight)


def item_text(item: Item, *, tight: bool = False) -> str:
    """An expression or a string. tight: without blanks, so that it stays one item among others."""
    if isinstance(item, Text):
        return '"' + "".join(_byte(byte) for byte in item.data) + '"'
    if isinstance(item, Pooled):
        return f"={_expr(item.value, _PREFIX if tight else 0)}"
    return _expr(item, _PREFIX if tight else 0)


def _byte(byte: int) -> str:
    return _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}")


def _expr(expr: Expr, binding: int) -> str:
    """binding: how strongly what stands around it binds."""
    match expr:
        case Number(_, value):
            return f"({value!r})" if value < 0 and binding else repr(value)
        case Name(_, name):
            return name
        case Local(_, name):
            return name if name.startswith("@") else f"@{name}"
        case Here():
            return "?"
        case Unary(_, operator, operand, _):
            text = f"{operator}{_expr(operand, _PREFIX)}"
            return f"({text})" if binding > _PREFIX - 1 else text
        case Binary(_, operator, _, left, right, _):
            own = PRECEDENCE[operator]
            text = f"{_expr(left, own)} {operator} {_expr(right, own + 1)}"
            return f"({text})" if binding > own else text
        case Pooled(_, value):
            return f"(={_expr(value, _PREFIX)})"
