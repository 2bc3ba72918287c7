"""Expressions against an evaluator written here, and against the text they print as."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.assembler import assemble_text
from ccc.assembler.expressions import evaluate, format_expression
from ccc.assembler.parse import parse_line
from ccc.assembler.symbols import Symbols
from ccc.assembler.syntax import Binary, Data, Expr, Here, Number, SyntaxProblem, binary, unary
from ccc.errors import SourceError, Span

SPAN = Span("x", 1, 1)
NUMBERS = st.one_of(st.integers(0, 20), st.integers(0, 2**53), st.sampled_from([0.5, 1.0, 3.25, 1e300, 1e-300, 0.0]))
OPERATORS = st.sampled_from(["|", "^", "&", "<<", ">>", "+", "-", "*", "/", "%"])


def trees() -> st.SearchStrategy[Expr]:
    leaves = st.one_of(NUMBERS.map(lambda value: Number(SPAN, value)), st.just(Here(SPAN)))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda op, x: unary(op, x, SPAN), st.sampled_from(["-", "~"]), inner),
            st.builds(lambda op, x, y: binary(op, x, y, SPAN, SPAN), OPERATORS, inner, inner),
        ),
        max_leaves=20,
    )


class Undefined(Exception):
    pass


def truncated(a: int, b: int) -> int:
    return math.trunc(Fraction(a, b))


BITS: dict[str, Callable[[int, int], int]] = {"|": operator.or_, "^": operator.xor, "&": operator.and_}
ANY: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def expected(tree: Expr) -> int | float:
    """The value, by the rules of docs/assembly.md; Undefined where they give none."""
    match tree:
        case Number(_, value):
            return value
        case Here():
            return 7
        case Binary(_, op, _, left, right):
            return expected_binary(op, expected(left), expected(right))
    value = expected(tree.operand)  # type: ignore[union-attr]
    if tree.operator == "-":  # type: ignore[union-attr]
        return 0 - value
    if isinstance(value, float):
        raise Undefined
    return -value - 1


def expected_binary(op: str, a: int | float, b: int | float) -> int | float:
    whole = isinstance(a, int) and isinstance(b, int)
    result: int | float
    if op in ("<<", ">>", "%", *BITS) and not whole:
        raise Undefined
    if op in ("/", "%") and b == 0:
        raise Undefined
    if op in BITS:
        result = BITS[op](a, b)  # type: ignore[arg-type]
    elif op in ("<<", ">>"):
        if not 0 <= b <= 64:
            raise Undefined
        result = math.floor(Fraction(a) * Fraction(2) ** (int(b) if op == "<<" else -int(b)))
    elif op == "%":
        result = a - truncated(a, b) * b  # type: ignore[arg-type]
    elif op == "/":
        result = truncated(a, b) if whole else float(a) / float(b)  # type: ignore[arg-type]
    else:
        result = ANY[op](a, b)
    if math.isinf(result) or (isinstance(result, int) and abs(result) > 2**53):
        raise Undefined
    return result


def outcome(work: Callable[[], int | float]) -> object:
    try:
        value = work()
    except (Undefined, SyntaxProblem):
        return "no value"
    return type(value), value


def no_symbols() -> Symbols:
    return Symbols(lambda problem, notes: None)


@settings(max_examples=400, deadline=None)
@given(trees())
def test_value(tree: Expr) -> None:
    found = outcome(lambda: evaluate(tree, no_symbols(), 7))
    assert found == outcome(lambda: expected(tree))
    if isinstance(found, tuple):
        assert math.copysign(1, found[1]) == 1 or found[1] != 0  # no -0.0


@settings(max_examples=400, deadline=None)
@given(trees())
def test_printed_and_read_again(tree: Expr) -> None:
    text = format_expression(tree)
    (statement,) = parse_line(f". {text}", "x", 1)
    assert isinstance(statement.body, Data)
    (cell,) = statement.body.cells
    again = cell.value
    assert format_expression(again) == text  # type: ignore[arg-type]
    assert outcome(lambda: evaluate(again, no_symbols(), 7)) == outcome(lambda: evaluate(tree, no_symbols(), 7))  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-(2**31), 2**32 - 1), min_size=1, max_size=20))
def test_cells_wrap(values: list[int]) -> None:
    image = assemble_text(".cells " + ", ".join(map(str, values)))
    assert image.state.cells.tolist() == [v - 2**32 if v >= 2**31 else v for v in values]


@pytest.mark.parametrize("text", ["1" + "+1" * 400, "-" * 400 + "1", "=(" * 400 + "1" + ")" * 400])
def test_too_large(text: str) -> None:
    with pytest.raises(SourceError, match="expression too large"):
        assemble_text(f". {text}")


def test_parentheses_cost_nothing() -> None:
    assert assemble_text(". " + "(" * 5000 + "1" + ")" * 5000).state.cells.tolist() == [1]


ROWS = st.lists(st.one_of(st.integers(-(2**31), 2**31), st.floats(allow_nan=False, allow_infinity=False)), min_size=1)


@settings(deadline=None)
@given(ROWS, st.sampled_from(["cells", "reals"]))
def test_rows_of_numbers_are_what_the_grammar_says(numbers: list[int | float], directive: str) -> None:
    text = f"  .{directive} {', '.join(map(repr, numbers))}  # comment"
    quick = parse_line(text, "x", 3)
    assert quick == parse_line(text.replace("# comment", "; # comment"), "x", 3)  # the ';' sends it through the grammar
