"""Cards, and values in them, as YAML text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from ccc.skills.cards_header import REAL_TOLERANCE
from ccc.skills.model import Card, Example, Kind
from ccc.skills.names import NAME

WIDTH = 32
"""The word width of a test that says nothing of it."""
_WORDS = ("true", "false", "null")
_WHOLE = 1 << 53


def card_source(card: Card) -> str:
    """The text of a card, read back as the same card."""
    lines = [f"skill: {card.name}", f"generation: {card.generation}", f"kind: {card.kind}"]
    lines.append(f"description: {quoted(card.description)}")
    for section, slots in (
        ("inputs", card.inputs),
        ("outputs", card.outputs),
        ("constants", card.constants),
        ("weights", card.weights),
    ):
        if slots:
            types = (f"{slot.name}: {quoted(str(slot.type) + str(slot.shape))}" for slot in slots)
            lines.append(f"{section}: {{{', '.join(types)}}}")
    lines += [f"twin: {card.twin}"] if card.twin else []
    lines += ["differentiable: true"] if card.differentiable else []
    lines += [f"width: {card.width}"] if card.width else []
    if card.kind is not Kind.INTEGER and card.tolerance != REAL_TOLERANCE:
        lines.append(f"tolerance: {card.tolerance!r}")
    if card.examples:
        lines.append("tests:")
        lines += [f"  - {{{example_text(example, card.width or WIDTH)}}}" for example in card.examples]
    return "\n".join([*lines, ""])


def quoted(text: str) -> str:
    """A text as YAML reads it back; in quotes unless it is a word that means nothing else."""
    if NAME.fullmatch(text) and text.lower() not in _WORDS:
        return text
    text = "".join(ch if ch.isprintable() else " " for ch in text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def example_text(example: Example, usual_width: int = WIDTH) -> str:
    """A test of a card, without the braces. usual_width: what a test that says nothing is run at."""
    parts = list(_values({**example.given, **example.expected}.items()))
    if example.before:
        parts.append(f"before: {{{', '.join(_values(example.before.items()))}}}")
    if example.fault is not None:
        parts.append(f"fault: {example.fault.label}")
    if example.width != usual_width:
        parts.append(f"width: {example.width}")
    return ", ".join(parts)


def _values(values: Iterable[tuple[str, ArrayLike]]) -> Iterator[str]:
    return (f"{name}: {_exact(np.asarray(value, dtype=np.float64).tolist())}" for name, value in values)


def _exact(item: object) -> str:
    if isinstance(item, list):
        return f"[{', '.join(_exact(inner) for inner in item)}]"
    assert isinstance(item, float)
    return str(int(item)) if item == int(item) and abs(item) < _WHOLE else repr(item)
