"""Mistakes in mixtures: each has its line, what was expected, and what was found."""

from __future__ import annotations

import pytest

from ccc.errors import CardError, SkillError
from ccc.skills.mixture_tables import step_lines, tables_of
from tests.skills.mixtures import COUNTDOWN, NEGATIVES, POLYNOMIAL, SOFT, library, read

MISTAKES = [
    ("mixture: polynomial", "mixtur: polynomial", 2, "no key 'mixtur'"),
    ("kind: integer", "kind: whole", 3, "kind: expected integer or real or soft"),
    ("{x: int, y: int}", "{x: int, y: ints}", 5, "piece 'y': no type 'ints'"),
    ("{x: int, y: int}", "{x: int, x: int}", 5, "the key 'x' stands here twice"),
    ("locals: {t: int}", "locals: {x: int}", 7, "piece 'x' is there already"),
    ("- times", "- timse", 9, "no skill 'timse'"),
    ("{a: x, b: y, y: t}", "{a: x, b: y}", 9, "nothing for slot 'y'"),
    ("{a: x, b: y, y: t}", "{a: x, b: y, y: t, z: x}", 9, "has no slot 'z'"),
    ("{a: x, b: y, y: t}", "{a: x, b: q, y: t}", 9, "no piece 'q'"),
    ("{a: x, b: y, y: t}", "{a: x, b: y, y: x}", 9, "slot 'y' is an output, and 'x' is not written"),
    ("{a: x, b: y, y: t}", "{a: x+, b: y, y: t}", 9, "it has no rows to advance over"),
    ("{a: x, b: y, y: t}", "{a: {x: 0.5, y: 0.4}, b: y, y: t}", 9, "the weights of pieces sum to 0.9, not to 1"),
    ("[t, x, z]", "[t, x]", 10, "skill 'plus' has slots a, b, y: 3, not 2"),
    ("locals: {t: int}", "locals: {t: real}", 10, "real is no int"),
    ("locals: {t: int}", 'locals: {t: "int[4]"}', 9, "expected one cell, found [4]"),
    ("locals: {t: int}", 'locals: {t: "int[99999999999]"}', 7, "is larger than a memory"),
    ("locals: {t: int}", "numbers: {t: 1" + "0" * 309 + "}", 7, "larger than a double holds"),
    ("locals: {t: int}", 'locals: {t: "int[n]"}', 7, "'n' is no dimension"),
    ("steps:", "count: q\nsteps:", 2, "count: no piece 'q'"),
    ("z: 40}", "z: 40, q: 1}", 11, "no slot 'q'"),
]


@pytest.mark.parametrize("term", ["fnop:", "fnop: 3", "- nop"])
def test_a_term_that_is_none_is_one_mistake(term: str) -> None:
    """No second one, of weights that do not sum to 1."""
    with pytest.raises(CardError) as raised:
        read(SOFT.replace("nop:", term, 1).replace("- - nop\n        weight: 0.1", "- - nop"))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.span.line == 12
    assert "written `nop:`" in diagnostic.hint or term == "- nop"


def test_a_weight_that_is_none_is_one_mistake() -> None:
    with pytest.raises(CardError) as raised:
        read(SOFT.replace("weight: 0.7", "weight: much").replace("{x: 0.25, y: 0.75}", "{x: 0.25, y: most}"))
    assert [found.message.partition(",")[0] for found in raised.value.diagnostics] == [
        "expected a weight from 0 to 1",
        "expected a weight from 0 to 1",
    ]


@pytest.mark.parametrize("name", ["plus", "times", "compose", "skills", "nop"])
def test_a_mixture_is_called_unlike_what_it_uses(name: str) -> None:
    with pytest.raises(CardError) as raised:
        read(POLYNOMIAL.replace("mixture: polynomial", f"mixture: {name}"))
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.span.line, diagnostic.span.column) == (2, 10)
    assert f"mixture '{name}' uses" in diagnostic.message or f"called '{name}'" in diagnostic.message


def test_a_soft_mixture_is_called_unlike_the_twins_that_it_uses() -> None:
    with pytest.raises(CardError, match="mixture 'rmul' uses skill 'times', which rests on a skill of the same name"):
        read(SOFT.replace("mixture: soft", "mixture: rmul"))


@pytest.mark.parametrize(("there", "instead", "line", "message"), MISTAKES)
def test_mistakes(there: str, instead: str, line: int, message: str) -> None:
    assert there in POLYNOMIAL
    with pytest.raises(CardError) as raised:
        read(POLYNOMIAL.replace(there, instead, 1))
    found = [(diagnostic.span.line, diagnostic.message) for diagnostic in raised.value.diagnostics]
    assert any(at == line and message in text for at, text in found), found


@pytest.mark.parametrize(
    ("steps", "where", "message"),
    [
        ("count: 4\nsteps:\n  - plus: [x-, s, s]", (7, 12), "'x-' leaves piece x: int[3] in round 4 of 4"),
        ("count: 3\nsteps:\n  - plus: [x+2, s, s]", (7, 12), "'x+2' leaves piece x: int[3] in round 3 of 3"),
        ("numbers: {k: 9}\ncount: k\nsteps:\n  - plus: [x+, s, s]", (8, 12), "in round 4 of 9"),
        ("count: 4\nsteps:\n  - plus: [s, s, s]\n    guard: x+", (8, 12), "in round 4 of 4"),
    ],
)
def test_a_slot_that_leaves_its_piece(steps: str, where: tuple[int, int], message: str) -> None:
    text = 'mixture: walk\nkind: integer\ninputs: {x: "int[3]"}\noutputs: {s: int}\n' + steps
    with pytest.raises(CardError) as raised:
        read(text)
    (diagnostic,) = raised.value.diagnostics
    assert ((diagnostic.span.line, diagnostic.span.column), message in diagnostic.message) == (where, True)


def test_a_slot_that_may_stay_in_its_piece() -> None:
    """An end or a guard may come before; that is known only to the run."""
    text = 'mixture: walk\nkind: integer\ninputs: {x: "int[3]"}\noutputs: {s: int}\ncount: 4\n'
    read(text + "until: s\nsteps:\n  - plus: [x+, s, s]")
    read(text + "steps:\n  - plus: [x+, s, s]\n    guard: s")
    read(text.replace("4", "3") + "steps:\n  - plus: [x+, s, s]\n    guard: x-")


def test_a_guard_is_one_cell() -> None:
    with pytest.raises(CardError, match="a guard is one cell"):
        read(NEGATIVES.replace("guard: x+", "guard: x"))


def test_what_is_turned_is_taken_row_by_row() -> None:
    text = """
mixture: m
kind: real
inputs: {x: "real[2,3]"}
outputs: {y: "real[3]"}
turned: {columns: x}
numbers: {n: 3}
steps:
  - copy: {x: columns, n: n, y: y}
"""
    with pytest.raises(CardError, match="one row of it at a time"):
        read(text)


def test_the_program_can_be_read_off() -> None:
    assert step_lines(read(POLYNOMIAL)) == ["1. times(a=x, b=y, y=t)", "2. plus(a=t, b=x, y=z)"]
    assert step_lines(read(NEGATIVES)) == ["n times:", "    1. if x+ <= 0: plus(a=x+, b=s, y=s)"]
    assert step_lines(read(COUNTDOWN))[0] == "repeat, until left <= 0:"
    assert step_lines(read(SOFT))[1] == (
        "    1. 0.7 times(a=x, b=(0.25 x + 0.75 y), y=t) + 0.1 nop"
        " + 0.2 plus(a=(0.3 t + 0.7 z), b=y, y=(0.9 t + 0.1 z))"
    )


def test_tables_have_a_limit() -> None:
    steps = "".join("  - plus: [t, x, z]\n" for _ in range(400))
    numbers = ", ".join(f"k{number}: {number}" for number in range(800))
    text = POLYNOMIAL.replace("steps:\n", "steps:\n" + steps).replace("locals:", f"numbers: {{{numbers}}}\nlocals:")
    with pytest.raises(SkillError, match="needs tables of 1,"):
        tables_of(read(text), library())
