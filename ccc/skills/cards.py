"""Reading cards: the YAML file beside a skill's source. docs/skills.md says what it holds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ccc.errors import nearest
from ccc.files import Memo, stamp
from ccc.skills.cards_examples import read_examples
from ccc.skills.cards_header import HEADER_KEYS, Header
from ccc.skills.cards_yaml import Document
from ccc.skills.model import Card, Kind

_KEYS = ("skill", "generation", *HEADER_KEYS, "twin", "differentiable", "tests")


def read_card(path: str | Path) -> Card:
    """The card in `path`. Raises CardError with every mistake found, FileError when it cannot be read."""
    known = _known.get(str(path))
    if known is not None:
        return known
    stamps = []
    with suppress(OSError):  # opening it says what is wrong
        stamps.append(stamp(path))
    found = _read(Document.open(path), Path(path))
    if stamps:
        _known.keep(str(path), stamps, found)
    return found


_known: Memo[Card] = Memo()


def parse_card(text: str, name: str = "<card>") -> Card:
    """The card in a text, called `name` in messages. Raises CardError."""
    return _read(Document(text, name), Path(name))


def _read(document: Document, path: Path) -> Card:
    root = document.root
    if not isinstance(root.value, dict):
        document.problem(root.span, f"a card is a mapping that starts with `skill: NAME`; found {root.what}")
    document.stop_if_any()
    for key, span in root.keys.items():
        if key not in _KEYS:
            document.problem(span, f"no key {key!r} in a card", nearest(key, _KEYS) or f"known: {', '.join(_KEYS)}")
    header = Header(document)
    name = header.name("skill")
    kind, description, slots = header.kind(), header.text("description"), header.slots()
    width = header.width()
    generation, differentiable = header.whole("generation"), header.flag("differentiable")
    twin = header.optional_name("twin")
    tolerance = header.tolerance(kind)
    header.check(kind, slots)
    if differentiable and kind is Kind.INTEGER and not document.count:
        span = root.keys["differentiable"]
        document.problem(span, "differentiable: integers have no derivatives", "its real twin may have them")
    document.stop_if_any()
    partial = Card(name, kind or Kind.REAL, description, slots)
    examples = read_examples(document, header.get("tests"), partial, width)
    document.stop_if_any()
    return Card(
        *(name, partial.kind, description, slots, generation, twin, differentiable, width, tolerance),
        examples,
        path,
        root.keys["skill"],
    )
