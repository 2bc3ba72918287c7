"""Whether the pieces of a mixture fit the slots of its skills, by type and by shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ccc.errors import Span, nearest
from ccc.skills.known import Known
from ccc.skills.mixture import NOTHING, NUMBER, TURNED, Choice, Mixture, Piece, Step, Term, stays_inside
from ccc.skills.mixture_tables import COMPOSE
from ccc.skills.model import Card, Kind, Slot, Type

Report = Callable[[Span, str, str], None]
_INNER = {Type.BIT: 0, Type.INT: 1, Type.REAL: 2}
RESERVED = {
    COMPOSE: "that is the composition skill, which runs it",
    NOTHING: "that stands for the skill that does nothing",
    "skills": "that is the block table of an image",
}
READ_ONLY = ("input", "constant", "weight", NUMBER)


def check_mixture(mixture: Mixture, library: Known, report: Report) -> None:
    """Mistakes go to `report`: span, message, hint. Raises what `Library.card` does of a card that is no good."""
    _check_name(mixture, library, report)
    if isinstance(mixture.count, str):
        _check_cell(mixture, mixture.count, "count", report)
    if mixture.until:
        _check_cell(mixture, mixture.until, "until", report)
    for step in mixture.steps:
        _check_step(mixture, step, library, report)


def _check_name(mixture: Mixture, library: Known, report: Report) -> None:
    """A mixture is called unlike the skills that it rests on."""
    name = mixture.name
    if name in RESERVED:
        report(mixture.span, f"a mixture cannot be called '{name}'", RESERVED[name])
    for skill in mixture.skills if name in library else ():
        if skill == name:
            report(mixture.span, f"mixture '{name}' uses a skill of the same name", "give the mixture another name")
        elif skill in library:
            cards = [skill, *filter(None, [library.card(skill).twin if not mixture.hard else None])]
            for used in cards:
                if used == name or (used in library and name in library.rests_on(used)):
                    message = f"mixture '{name}' uses skill '{skill}', which rests on a skill of the same name"
                    report(mixture.span, message, "give the mixture another name")


def _check_cell(mixture: Mixture, name: str, key: str, report: Report) -> None:
    piece = mixture.piece(name)
    if piece is None:
        report(mixture.span, f"{key}: no piece '{name}'", nearest(name, [piece.name for piece in mixture.pieces]))
    elif piece.shape.dimensions:
        report(mixture.span, f"{key}: expected one cell; {piece} is more", "")


def _check_step(mixture: Mixture, step: Step, library: Known, report: Report) -> None:
    if step.guard is not None:
        if not step.guard.hard:
            report(step.guard.span, "a guard is one piece", "a step is run or not, nothing between")
        else:
            _check_rows(mixture, step.guard, report)
            piece = mixture.piece(step.guard.piece)
            if piece is not None and len(piece.shape.dimensions) != (1 if step.guard.advance else 0):
                report(step.guard.span, f"a guard is one cell; {piece} is more", "`x+` is the next one each round")
    for term in step.terms:
        if term.skill == NOTHING:
            continue
        if term.skill not in library:
            hint = nearest(term.skill, [*library.names, NOTHING])
            report(term.span, f"no skill '{term.skill}'", hint)
            continue
        card = library.card(term.skill)
        _check_term(mixture, term, card, report)
        if step.guard is None:
            for choice in term.slots.values():
                _check_rows(mixture, choice, report)
        if not mixture.hard and card.kind is Kind.INTEGER and card.twin is None:
            hint = "integer instructions fault on fractions, so its card must name a real twin"
            report(term.span, f"skill '{term.skill}' cannot stand in a soft mixture", hint)
        if mixture.kind is Kind.INTEGER and card.kind is not Kind.INTEGER and mixture.hard:
            report(term.span, f"skill '{term.skill}' is {card.kind}, the mixture says kind: integer", "")


def _check_rows(mixture: Mixture, choice: Choice, report: Report) -> None:
    """Report a slot that is sure to move on beyond its piece. Where only the run knows, it is a fault of the run."""
    rounds = mixture.rounds
    if not choice.advance or rounds is None or mixture.until:
        return
    for name, _ in choice.weights:
        piece = mixture.piece(name)
        rows = piece.shape.dimensions[0] if piece is not None and piece.shape.dimensions else ""
        if piece is not None and isinstance(rows, int) and not stays_inside(mixture, piece, choice.advance):
            first = -(-rows // abs(choice.advance)) + 1
            message = f"'{choice}' leaves piece {piece} in round {first} of {rounds}"
            report(choice.span, message, f"it has {rows} rows, and moves on by {abs(choice.advance)} with each round")


def _check_term(mixture: Mixture, term: Term, card: Card, report: Report) -> None:
    names = [slot.name for slot in card.slots]
    for name, choice in term.slots.items():
        if name not in names:
            hint = nearest(name, names) or f"it has {', '.join(names)}"
            report(choice.span, f"skill '{card.name}' has no slot '{name}'", hint)
    missing = [name for name in names if name not in term.slots]
    if missing:
        report(term.span, f"skill '{card.name}': nothing for slot '{missing[0]}'", f"it has {', '.join(names)}")
        return
    sizes = _dimensions(mixture, term, card)
    for slot in card.slots:
        choice = term.slots[slot.name]
        for name, _ in choice.weights:
            piece = mixture.piece(name)
            if piece is not None:
                role = piece.role if piece.role != TURNED else getattr(mixture.piece(piece.of), "role", "")
                if slot.role == "output" and role in READ_ONLY:
                    message = f"slot '{slot.name}' is an output, and '{piece.name}' is not written"
                    report(choice.span, message, f"it is {role}")
                _check_fit(piece, choice, slot, sizes, report)


def _dimensions(mixture: Mixture, term: Term, card: Card) -> dict[str, int | str | None]:
    """What each dimension of the skill is here: a number, a constant of the mixture, or None where it is not known."""
    found: dict[str, int | str | None] = {}
    for name in card.dimensions:
        choice = term.slots[name]
        piece = mixture.piece(choice.piece) if choice.hard and not choice.advance else None
        if piece is None:
            found[name] = None
        elif piece.role == NUMBER and len(piece.values) == 1:
            found[name] = int(piece.values[0])
        else:
            found[name] = piece.name if piece.role == "constant" else None
    return found


def _check_fit(piece: Piece, choice: Choice, slot: Slot, sizes: Mapping[str, int | str | None], report: Report) -> None:
    writes = slot.role == "output"
    narrow, wide = (slot.type, piece.type) if writes else (piece.type, slot.type)
    if _INNER[narrow] > _INNER[wide]:
        report(choice.span, f"piece {piece} does not fit slot {slot}: {narrow} is no {wide}", "")
    shape = piece.shape.dimensions
    if piece.role == TURNED and not choice.advance:
        hint = f"`{piece.name}+` is the next row of it each round"
        report(choice.span, f"piece '{piece.name}' is turned, so a slot takes one row of it at a time", hint)
    if choice.advance:
        if not shape:
            report(choice.span, f"piece {piece} is one cell: it has no rows to advance over", "")
            return
        shape = shape[1:]
    wanted = tuple(sizes.get(part) if isinstance(part, str) else part for part in slot.shape.dimensions)
    fits = len(shape) == len(wanted) and all(
        want is None or want == have for want, have in zip(wanted, shape, strict=True)
    )
    if not fits:
        expected = f"[{', '.join('?' if part is None else str(part) for part in wanted)}]" if wanted else "one cell"
        found = f"[{', '.join(map(str, shape))}]" if shape else "one cell"
        hint = f"`{piece.name}+` is one row of it a round" if len(shape) > len(wanted) else ""
        report(choice.span, f"piece {piece} does not fit slot {slot}: expected {expected}, found {found}", hint)
