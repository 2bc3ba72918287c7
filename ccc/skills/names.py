"""Names, and types with shapes, as cards, specs and mixtures write them."""

from __future__ import annotations

import re
from collections.abc import Collection

from ccc.errors import Span, nearest
from ccc.machine import MAX_CELLS
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Shape

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
"""Names are parts of file names, which have an end."""
_TYPE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[([^\[\]]*)\])?\s*")
_DIGITS = 8


def read_type(document: Document, node: Node, whose: str, known: Collection[str]) -> tuple[str, Shape] | None:
    """The word for a type, and the shape behind it, as in `real[rows, columns]`; mistakes go to the document, and there
    is nothing then. whose: what has the type, for messages. known: the words.
    """
    found = _TYPE.fullmatch(node.value) if isinstance(node.value, str) else None
    if found is None:
        hint = 'as in `x: int`, or `x: "real[rows, columns]"`: quotes are needed inside braces'
        document.problem(node.span, f"{whose}: expected a type, found {node.what}", hint)
        return None
    word, inner = found.groups()
    if word not in known:
        hint = nearest(word, known) or f"types are {', '.join(known)}"
        document.problem(node.span, f"{whose}: no type {word!r}", hint)
        return None
    return word, Shape() if inner is None else _shape(document, inner, whose, node.span)


def _shape(document: Document, inner: str, whose: str, span: Span) -> Shape:
    parts = [part.strip() for part in inner.split(",")]
    if len(parts) > 2 or not all(part.isdecimal() or NAME.fullmatch(part) for part in parts):
        hint = "a shape is [n] or [rows, columns], of numbers or names of constants"
        document.problem(span, f"{whose}: [{inner}] is no shape", hint)
        return Shape()
    if any(part.isdecimal() and (len(part) > _DIGITS or int(part) > MAX_CELLS) for part in parts):
        document.problem(span, f"{whose}: [{inner[:40]}] is larger than a memory of {MAX_CELLS:,} cells")
        return Shape()
    return Shape(tuple(int(part) if part.isdecimal() else part for part in parts))
