"""Mixtures written as text and read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.skills.cards import parse_card
from ccc.skills.cards_write import card_source, quoted
from ccc.skills.cards_yaml import Document
from ccc.skills.mixture import NOWHERE, Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_read import SECTIONS, parse_mixture
from ccc.skills.mixture_write import mixture_text
from ccc.skills.model import Kind, Shape, Type
from tests.skills.mixtures import HARD, SOFT, library, random_mixture, read

LIBRARY = library()


def bare(mixture: Mixture) -> Mixture:
    """Without places, and without tests, which hold arrays."""

    def choice(given: Choice) -> Choice:
        return replace(given, span=NOWHERE)

    def step(given: Step) -> Step:
        terms = tuple(
            replace(term, slots={name: choice(row) for name, row in term.slots.items()}, span=NOWHERE)
            for term in given.terms
        )
        return Step(terms, choice(given.guard) if given.guard is not None else None)

    pieces = tuple(replace(piece, span=NOWHERE) for piece in mixture.pieces)
    steps = tuple(map(step, mixture.steps))
    return replace(mixture, pieces=pieces, steps=steps, examples=(), path=NOWHERE, span=NOWHERE)


def in_order(mixture: Mixture) -> Mixture:
    roles = [*SECTIONS.values(), "number", "turned"]
    return replace(mixture, pieces=tuple(sorted(mixture.pieces, key=lambda piece: roles.index(piece.role))))


@pytest.mark.parametrize("text", [*HARD, SOFT])
def test_what_was_read_is_written_as_it_was(text: str) -> None:
    mixture = read(text)
    again = parse_mixture(mixture_text(mixture), LIBRARY)
    assert bare(again) == bare(mixture)
    for one, other in zip(mixture.examples, again.examples, strict=True):
        assert (one.width, one.fault) == (other.width, other.fault)
        for left, right in ((one.given, other.given), (one.before, other.before), (one.expected, other.expected)):
            assert left.keys() == right.keys()
            assert all(np.array_equal(left[name], right[name]) for name in left)


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=100, deadline=None)
def test_random_mixtures(seed: int, soft: bool) -> None:
    mixture = random_mixture(np.random.default_rng(seed), soft=soft, steps=4)
    assert bare(parse_mixture(mixture_text(mixture), LIBRARY)) == bare(in_order(mixture))


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,4}", fullmatch=True).filter(lambda name: name != "jacobian")
FINITE = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)
WORD = st.integers(-(2**31), 2**31 - 1)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_names_numbers_counts_and_words(data: st.DataObject) -> None:
    names = data.draw(
        st.lists(NAMES | st.sampled_from(["true", "null", "n", "yes", "e1", "_0"]), min_size=6, unique=True)
    )
    x, y, left, real, row, whole = names[:6]
    values = tuple(data.draw(st.lists(FINITE, min_size=1, max_size=3)))
    pieces = (
        Piece(x, "input", Type.REAL, Shape((3,))),
        Piece(y, "output", Type.REAL),
        Piece(left, "local", Type.REAL),
        Piece(real, "number", Type.REAL, Shape(), values[:1]),
        Piece(row, "number", Type.REAL, Shape((len(values),)), values),
        Piece(whole, "number", Type.INT, Shape(), (float(data.draw(WORD)),)),
    )
    advance = data.draw(st.integers(-3, 3).filter(bool))
    until = data.draw(st.sampled_from(["", left]))
    count = data.draw(st.integers(0, 1) | (st.sampled_from([whole, 1 << 30]) if until else st.integers(0, 1)))
    slots = {"a": Choice.of(x, advance), "b": Choice.of(real), "y": Choice.of(y)}
    guard = data.draw(st.none() | st.just(Choice.of(left)) | st.just(Choice.of(row, advance)))
    description = " ".join(data.draw(st.text(min_size=1)).split())
    description = "".join(ch for ch in description if ch.isprintable()) or "none"
    steps = (Step((Term("radd", slots),), guard), Step((Term("nop"),)))
    mixture = Mixture("m", Kind.REAL, " ".join(description.split()) or "none", pieces, steps, count, until)
    assert bare(parse_mixture(mixture_text(mixture), LIBRARY)) == bare(mixture)


@given(st.text())
def test_quoted_text_is_read_back(text: str) -> None:
    cleaned = "".join(ch if ch.isprintable() else " " for ch in text)
    assert Document(quoted(text), "t").root.value == cleaned


def test_a_card_is_read_back() -> None:
    text = (
        'skill: f\ngeneration: 2\nkind: soft\ndescription: "A: b."\ninputs: {x: "real[n]"}\noutputs: {y: real}\n'
        "constants: {n: int}\nweights: {w: real}\ntwin: g\ndifferentiable: true\nwidth: 16\ntolerance: 0.001\ntests:\n"
        "  - {x: [0.1, 2], w: 1e300, n: 2, y: -5, before: {y: 3}}\n  - {x: [], w: 1, n: 0, fault: overflow}\n"
    )
    card = parse_card(text)
    again = parse_card(card_source(card))
    places = {"span": NOWHERE, "path": NOWHERE, "examples": ()}
    assert replace(again, **places) == replace(card, **places)
    assert [str(example.given) for example in again.examples] == [str(example.given) for example in card.examples]
    assert [example.fault for example in again.examples] == [example.fault for example in card.examples]
    assert again.examples[0].before == card.examples[0].before
