"""A mixture as the YAML text that it is read from: `parse_mixture(mixture_text(mixture))` is the same mixture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccc.skills.cards_write import example_text, quoted
from ccc.skills.mixture import MANY_ROUNDS, NUMBER, TURNED, Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_read import SECTIONS
from ccc.skills.model import Type


def mixture_text(mixture: Mixture) -> str:
    """YAML text. Pieces are read back in the order of the sections."""
    lines = [f"mixture: {quoted(mixture.name)}", f"kind: {mixture.kind}"]
    if mixture.description:
        lines.append(f"description: {quoted(mixture.description)}")
    for section, role in SECTIONS.items():
        types = {piece.name: quoted(f"{piece.type}{piece.shape}") for piece in mixture.pieces if piece.role == role}
        lines += _section(section, types)
    for section, role in (("numbers", NUMBER), ("turned", TURNED)):
        lines += _section(section, {piece.name: _value(piece) for piece in mixture.pieces if piece.role == role})
    if mixture.count != (MANY_ROUNDS if mixture.until else 1):
        lines.append(f"count: {quoted(mixture.count) if isinstance(mixture.count, str) else mixture.count}")
    if mixture.until:
        lines.append(f"until: {quoted(mixture.until)}")
    lines.append("steps:")
    for step in mixture.steps:
        lines += _step_lines(step)
    if mixture.examples:
        lines.append("tests:")
        lines += [f"  - {{{example_text(example)}}}" for example in mixture.examples]
    return "\n".join([*lines, ""])


def _section(name: str, entries: Mapping[str, str]) -> list[str]:
    return [f"{name}: {{{', '.join(f'{key}: {text}' for key, text in entries.items())}}}"] if entries else []


def _value(piece: Piece) -> str:
    if piece.role == TURNED:
        return quoted(piece.of)
    numbers = [_number(value, piece.type) for value in piece.values]
    return f"[{', '.join(numbers)}]" if piece.shape.dimensions else numbers[0]


def _number(value: float, kind: Type) -> str:
    """A number that is read as one of this type: what has a point is real."""
    return str(int(value)) if kind is not Type.REAL else repr(float(value))


def _step_lines(step: Step) -> Iterator[str]:
    guard = [f"    guard: {_choice(step.guard)}"] if step.guard is not None else []
    if len(step.terms) == 1 and step.terms[0].weight == 1:
        yield f"  - {_term(step.terms[0])}"
        yield from guard
        return
    yield "  - mix:"
    for term in step.terms:
        yield f"      - {_term(term)}"
        yield f"        weight: {term.weight!r}"
    yield from guard


def _term(term: Term) -> str:
    slots = ", ".join(f"{name}: {_choice(choice)}" for name, choice in term.slots.items())
    return f"{quoted(term.skill)}: {{{slots}}}"


def _choice(choice: Choice) -> str:
    moved = f"{choice.advance:+d}" if choice.advance else ""
    moved = {"+1": "+", "-1": "-"}.get(moved, moved)
    if choice.hard and choice.weights[0][1] == 1:
        return quoted(choice.piece + moved)
    return f"{{{', '.join(f'{quoted(name + moved)}: {weight!r}' for name, weight in choice.weights)}}}"
