"""Text to syntax: one line at a time through the grammar, with mistakes told in the user's words."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccc.assembler.syntax import (
    PRECEDENCE,
    Cell,
    Data,
    Directive,
    Expr,
    Here,
    Item,
    Label,
    Local,
    Name,
    Number,
    Plain,
    Pooled,
    Statement,
    SyntaxProblem,
    Text,
    Unary,
    binary,
    join,
    pooled,
    unary,
)
from ccc.errors import Span

if TYPE_CHECKING:
    from lark import Lark, Token

MAX_INTEGER = 1 << 53
MAX_LINE = 1 << 16
MAX_DIGITS = 400
_REMEMBERED, _SHORT = 1 << 13, 200  # lines, and the most characters of each

_REAL = re.compile(r"[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)|[^\\]+", re.DOTALL)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "\\": 92, "'": 39, '"': 34}


def parse_line(text: str, file: str, line: int) -> list[Statement]:
    """The statements in one line. Raises SyntaxProblem at the first mistake."""
    bare = text.lstrip()
    if not bare or bare[0] == "#":
        return []
    if len(text) > MAX_LINE:
        problem = f"a line of {len(text):,} characters; at most {MAX_LINE:,} are allowed"
        raise SyntaxProblem(problem, Span(file, line, 1))
    if (row := _NUMBERS.fullmatch(text)) is not None:
        return [_number_row(row, file, line)]
    return list(_remembered(text, file, line) if len(text) <= _SHORT else _parsed(text, file, line))


def _parsed(text: str, file: str, line: int) -> tuple[Statement, ...]:
    parser, builder = _parser()
    builder.file, builder.line = file, line
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput

    try:
        statements: list[Statement] = parser.parse(text)  # type: ignore[assignment]
    except UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        raise _bad_character(text, place, Span(file, line, place + 1)) from None
    except UnexpectedInput as error:
        raise _unexpected(text, error, file, line) from None
    return tuple(s for s in statements if s.labels or s.body is not None)


_remembered = lru_cache(maxsize=_REMEMBERED)(_parsed)
"""A program that is assembled again and again, for data of other shapes, has few new lines each time."""


@cache
def _parser() -> tuple[Lark, _Builder]:
    # Imported here, so that a program that only runs images never pays for the parser.
    from lark import Lark

    builder: Any = _Builder()
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    parser = Lark(grammar, parser="lalr", transformer=builder, maybe_placeholders=False)
    return parser, builder


_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NUMBERS = re.compile(rf"[ \t]*(\.(?:cells|reals)) ({_NUMBER}(?:, {_NUMBER})*)[ \t]*(?:#.*)?")
_NUMBER_PLACES = re.compile(_NUMBER)


def _number_row(row: re.Match[str], file: str, line: int) -> Statement:
    """A row of plain numbers, as the disassembler writes them: the same syntax as the grammar gives, much sooner."""
    cells = []
    for match in _NUMBER_PLACES.finditer(row.string, row.start(2), row.end(2)):
        digits = match.group().removeprefix("-")
        place = Span(file, line, match.end() - len(digits) + 1, len(digits))
        value: Expr = Number(place, read_number(digits, place))
        if len(match.group()) > len(digits):
            value = unary("-", value, Span(file, line, match.start() + 1, len(match.group())))
        cells.append(Cell((), value))
    span = Span(file, line, row.start(1) + 1, row.end(1) - row.start(1))
    return Statement(span, (), Directive(span, row.group(1)[1:], tuple(cells)))


class _Builder:
    """The syntax node of each rule of the grammar; lark calls the method named like the rule."""

    file = ""
    line = 1

    def _span(self, token: Token) -> Span:
        return Span(self.file, self.line, (token.start_pos or 0) + 1, max(1, len(token)))

    def number(self, parts: list[Token]) -> Number:
        span = self._span(parts[0])
        return Number(span, read_number(str(parts[0]), span))

    def character(self, parts: list[Token]) -> Number:
        span = self._span(parts[0])
        pieces = _unescape(str(parts[0])[1:-1], span)
        if len(pieces) != 1 or (isinstance(pieces[0], str) and len(pieces[0]) != 1):
            raise SyntaxProblem("a character literal holds one character", span, 'a string is written "..."')
        return Number(span, ord(pieces[0]) if isinstance(pieces[0], str) else pieces[0])

    def name(self, parts: list[Token]) -> Name:
        return Name(self._span(parts[0]), str(parts[0]))

    def local(self, parts: list[Token]) -> Local:
        return Local(self._span(parts[0]), str(parts[0])[1:])

    def here(self, parts: list[Token]) -> Here:
        return Here(self._span(parts[0]))

    def group(self, parts: list[Any]) -> Expr:
        inner: Item = parts[1]
        if isinstance(inner, Text):
            raise SyntaxProblem("a string cannot be part of an expression", inner.span)
        return inner

    def unary(self, parts: list[Any]) -> Unary:
        return unary("~" if parts[0].type == "TILDE" else "-", parts[1], join(self._span(parts[0]), parts[1].span))

    def chain(self, parts: list[Any]) -> Expr:
        """`x + y * z ...` as a tree: an operator waits on the stack until a weaker one, or the end, comes."""
        values: list[Expr] = [parts[0]]
        waiting: list[Token] = []
        for operator, value in zip(parts[1::2], parts[2::2], strict=True):
            while waiting and PRECEDENCE[str(waiting[-1])] >= PRECEDENCE[str(operator)]:
                self._combine(values, waiting)
            waiting.append(operator)
            values.append(value)
        while waiting:
            self._combine(values, waiting)
        return values[0]

    def _combine(self, values: list[Expr], waiting: list[Token]) -> None:
        operator, right, left = waiting.pop(), values.pop(), values.pop()
        values.append(binary(str(operator), left, right, join(left.span, right.span), self._span(operator)))

    def pooled(self, parts: list[Any]) -> Pooled:
        return pooled(parts[1], join(self._span(parts[0]), parts[1].span))

    def text(self, parts: list[Token]) -> Text:
        span = self._span(parts[0])
        pieces = _unescape(str(parts[0])[1:-1], span)
        try:
            data = b"".join(p.encode() if isinstance(p, str) else bytes([p]) for p in pieces)
        except UnicodeEncodeError:
            raise SyntaxProblem("a character here has no UTF-8 encoding", span) from None
        return Text(span, data)

    def labels(self, parts: list[Token]) -> tuple[Label, ...]:
        return tuple(Label(self._label_span(token), str(token)[:-1].rstrip()) for token in parts)

    def _label_span(self, token: Token) -> Span:
        return Span(self.file, self.line, (token.start_pos or 0) + 1, len(str(token)[:-1].rstrip()))

    def cell(self, parts: list[Any]) -> Cell:
        return Cell(parts[0], parts[1])

    def bare(self, parts: list[Any]) -> Cell:
        return Cell((), parts[0])

    def plain(self, parts: list[Any]) -> Plain:
        return Plain(join(parts[0].value.span, parts[-1].value.span), tuple(parts))

    def data(self, parts: list[Any]) -> Data:
        return Data(join(self._span(parts[0]), parts[-1].value.span), tuple(parts[1:]))

    def directive(self, parts: list[Any]) -> Directive:
        return Directive(self._span(parts[0]), str(parts[0])[1:].lower(), tuple(parts[1:]))

    def statement(self, parts: list[Any]) -> Statement:
        labels: tuple[Label, ...] = parts[0]
        body = parts[1] if len(parts) > 1 else None
        first = labels[0].span if labels else body.span if body else Span(self.file, self.line, 1)
        return Statement(first, labels, body)

    def start(self, parts: list[Any]) -> list[Statement]:
        return parts


def read_number(text: str, span: Span) -> int | float:
    """The number written as `text`. Raises SyntaxProblem on a malformed or an oversized one."""
    if len(text) > MAX_DIGITS:
        raise SyntaxProblem(f"a number of {len(text):,} characters; at most {MAX_DIGITS} are allowed", span)
    malformed = SyntaxProblem(f"malformed number {text!r}", span, "numbers look like 12, 0xff, 0b101, 0o17, 1.5, 1e-3")
    prefixed = text[:2].lower() in ("0x", "0b", "0o")
    real = not prefixed and any(ch in text for ch in ".eE")
    if real and not _REAL.fullmatch(text):
        raise malformed
    try:
        value = float(text) if real else int(text, 0 if prefixed else 10)
    except ValueError:
        raise malformed from None
    if isinstance(value, int) and value > MAX_INTEGER:
        raise SyntaxProblem("integer above 2**53", span, f"as a real it would be written {float(value)!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise SyntaxProblem("real number too large for a double", span)
    return value


def _unescape(text: str, span: Span) -> list[str | int]:
    """Runs of plain characters, and the codes of the escapes between them."""
    pieces: list[str | int] = []
    for match in _ESCAPE.finditer(text):
        code = match.group(1)
        if code is None:
            pieces.append(match.group(0))
        elif len(code) == 3:
            pieces.append(int(code[1:], 16))
        elif code in _ESCAPES:
            pieces.append(_ESCAPES[code])
        else:
            place = Span(span.file, span.line, span.column + 1 + match.start(), 2)
            raise SyntaxProblem(f"unknown escape '\\{code}'", place, "known: \\n \\t \\r \\0 \\\\ \\' \\\" \\xHH")
    return pieces


_WORDS = {
    "RPAR": "')'",
    "COMMA": "','",
    "SEMICOLON": "';'",
    "STRING": "a string",
    "LABEL": "a label",
    "$END": "the end of the line",
    "DIRECTIVE": "a directive",
}


def _expected(terminals: set[str]) -> str:
    """lark's terminals in words, the most useful first."""
    words = []
    if {"NUMBER", "NAME"} <= terminals:
        words.append("an expression")
    if "OPERATOR" in terminals:
        words.append("an operator")
    plain = [word for name, word in _WORDS.items() if name in terminals]
    if "$END" in terminals and "an expression" in words:  # anything goes: the short list says it all
        plain = []
    return " or ".join([*words, *plain]) or "the end of the line"


def _unexpected(text: str, error: Any, file: str, line: int) -> SyntaxProblem:
    token = getattr(error, "token", None)
    expected = _expected(set(getattr(error, "accepts", None) or getattr(error, "expected", None) or ()))
    if token is None or token.type == "$END":
        end = Span(file, line, 1 + (token.end_pos if token is not None and token.end_pos else len(text.rstrip())))
        return SyntaxProblem(f"expected {expected}, found the end of the line", end)
    place = token.start_pos
    span = Span(file, line, place + 1, max(1, len(token)))
    hint = ""
    if token.type == "NEGATE":
        hint = "a '-' with a blank before it and none after it starts a new item; write `a - b` or `a-b`"
    elif token.type == "RPAR":
        hint = "no '(' before it is open"
    elif text[place - 1 : place + 1] == "//":
        hint = "a comment begins with '#'"
    elif token.type in ("DIRECTIVE", "DOT"):
        hint = "a directive starts a statement; ';' or a new line ends the one before"
    return SyntaxProblem(f"expected {expected}, found '{str(token).rstrip()}'", span, hint)


def _bad_character(text: str, place: int, span: Span) -> SyntaxProblem:
    char = text[place]
    if char == '"':
        rest = Span(span.file, span.line, span.column, len(text) - place)
        return SyntaxProblem("this string has no closing quote", rest)
    if char == "'":
        return SyntaxProblem("this character literal is empty or has no closing quote", span)
    if char == ".":
        hint = "data begins with '.' and a blank; a real begins with a digit, as in 0.5"
        return SyntaxProblem("unexpected '.'", span, hint)
    if char == ":":
        return SyntaxProblem("unexpected ':'", span, "a label is a name directly before the ':'")
    if char == "@":
        return SyntaxProblem("unexpected '@'", span, "a local label is '@' and a name, as in @loop")
    return SyntaxProblem(f"unexpected character {char!r}", span)
