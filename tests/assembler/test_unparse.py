"""Statements as text parse to the same statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.assembler.parse import parse_line
from ccc.assembler.syntax import (
    Binary,
    Cell,
    Here,
    Local,
    Name,
    Number,
    Pooled,
    Statement,
    SyntaxProblem,
    Text,
    Unary,
)
from ccc.assembler.unparse import statement_text

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("asm/**/*.s"), *ROOT.glob("skills/**/*.s")])


def shape(node: object) -> object:
    """A statement without the places of its parts."""
    match node:
        case Statement(_, labels, body):
            return [label.name for label in labels], shape(body)
        case Cell(labels, value):
            return [label.name for label in labels], shape(value)
        case Number(_, value):
            return value
        case Name(_, name) | Local(_, name):
            return name
        case Here():
            return "?"
        case Text(_, data):
            return data
        case Unary(_, operator, operand):
            return operator, shape(operand)
        case Binary(_, operator, _, left, right):
            return operator, shape(left), shape(right)
        case Pooled(_, value):
            return "=", shape(value)
        case None:
            return None
        case _:
            cells = getattr(node, "cells")  # noqa: B009 - one of three kinds of statement
            return type(node).__name__, getattr(node, "name", ""), [shape(cell) for cell in cells]


def check(line: str) -> None:
    for statement in parse_line(line, "x.s", 1):
        text = statement_text(statement)
        (again,) = parse_line(text, "x.s", 1)
        assert shape(again) == shape(statement), text


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sources(source: Path) -> None:
    for line in source.read_text(encoding="utf-8").splitlines():
        check(line)


@pytest.mark.parametrize(
    "line",
    [
        "add x, (1 + 2) * 3 - -y",
        "add x, 1 - (2 - 3), 7 / (2 * 3)",
        '. 1 -2 (-x + 1) =2 (=(3 + y)) \'a\' "a\\n\\"b"',
        "@loop: x: add y:0, ~(1 | 2) & 3",
        ".reals -1.5, 1e-300, -0x10, 2 << 3 + 1",
        "subleq ?, ? + 1, -1",
        ".invoke dot, x:from, y, =-5, =a + 1",
        "a b c",
    ],
)
def test_expressions(line: str) -> None:
    check(line)


def test_a_line_parsed_again_is_the_same_and_its_own() -> None:
    first = parse_line("again: add a, b, c", "x.s", 7)
    expected = list(first)
    first.clear()
    assert parse_line("again: add a, b, c", "x.s", 7) == expected
    (moved,) = parse_line("again: add a, b, c", "x.s", 8)
    assert (moved.span.line, expected[0].span.line) == (8, 7)
    for _ in range(2):  # a mistake is told each time
        with pytest.raises(SyntaxProblem):
            parse_line("add a,, b", "x.s", 9)
