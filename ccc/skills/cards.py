"""Reading cards: the YAML file beside a skill's source. docs/skills.md says what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ccc.errors import Span, nearest
from ccc.machine import FRAME_WINDOWS, SLOT_KINDS, WIDTHS
from ccc.skills.cards_examples import RESERVED, read_examples
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Card, Kind, Shape, Slot, Type

REAL_TOLERANCE = 1e-12
_SECTIONS = {"inputs": "input", "outputs": "output", "constants": "constant", "weights": "weight"}
assert tuple(_SECTIONS.values()) == SLOT_KINDS, "slots stand in the order of the frame"
_KEYS = (
    *("skill", "generation", "kind", "description", *_SECTIONS),
    *("twin", "differentiable", "width", "tolerance", "tests"),
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPE = re.compile(r"\s*([A-Za-z]+)\s*(?:\[([^\[\]]*)\])?\s*")


def read_card(path: str | Path) -> Card:
    """The card in `path`. Raises CardError with every mistake found, FileError when it cannot be read."""
    return _Reader(Document.open(path), Path(path)).card()


def parse_card(text: str, name: str = "<card>") -> Card:
    """The card in a text, called `name` in messages. Raises CardError."""
    return _Reader(Document(text, name), Path(name)).card()


class _Reader:
    def __init__(self, document: Document, path: Path) -> None:
        self._document, self._path = document, path
        self._problem = document.problem
        root = document.root
        if not isinstance(root.value, dict):
            self._problem(root.span, f"a card is a mapping that starts with `skill: NAME`; found {root.what}")
        document.stop_if_any()
        assert isinstance(root.value, dict)
        self._root, self._keys = root.value, root.keys

    def card(self) -> Card:
        for key, span in self._keys.items():
            if key not in _KEYS:
                hint = nearest(key, _KEYS) or f"known: {', '.join(_KEYS)}"
                self._problem(span, f"no key {key!r} in a card", hint)
        name = self._name()
        kind = self._choice("kind", Kind)
        description = self._text("description")
        slots = self._slots()
        width = self._width()
        generation, differentiable = self._generation(), self._flag("differentiable")
        twin = self._optional_name("twin")
        tolerance = self._tolerance(kind)
        self._check(kind, slots, differentiable=differentiable)
        self._document.stop_if_any()
        partial = Card(name, kind or Kind.REAL, description, slots)
        examples = read_examples(self._document, self._root.get("tests"), partial, width)
        self._document.stop_if_any()
        return Card(
            *(name, partial.kind, description, slots, generation, twin, differentiable, width, tolerance),
            examples,
            self._path,
            self._keys["skill"],
        )

    # Keys

    def _get(self, key: str, *, needed: bool = False) -> Node | None:
        node = self._root.get(key)
        if node is None and needed:
            self._problem(Span(self._document.name, 1, 1), f"the key '{key}' is missing")
        return node

    def _name(self) -> str:
        node = self._get("skill", needed=True)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not _NAME.fullmatch(node.value):
            self._problem(node.span, f"skill: expected a name of letters, digits and _, found {node.what}")
            return ""
        return node.value

    def _optional_name(self, key: str) -> str | None:
        node = self._get(key)
        if node is None or node.value is None:
            return None
        if not isinstance(node.value, str) or not _NAME.fullmatch(node.value):
            self._problem(node.span, f"{key}: expected the name of a skill, found {node.what}")
            return None
        return node.value

    def _text(self, key: str) -> str:
        node = self._get(key, needed=True)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not node.value.strip():
            self._problem(node.span, f"{key}: expected a text, found {node.what}")
            return ""
        return " ".join("".join(ch if ch.isprintable() else " " for ch in node.value).split())

    def _choice(self, key: str, choices: type[Kind]) -> Kind | None:
        node = self._get(key, needed=True)
        if node is None:
            return None
        known = [choice.value for choice in choices]
        if node.value not in known:
            self._problem(node.span, f"{key}: expected {' or '.join(known)}, found {node.what}")
            return None
        return choices(str(node.value))

    def _flag(self, key: str) -> bool:
        node = self._get(key)
        if node is None:
            return False
        if not isinstance(node.value, bool):
            self._problem(node.span, f"{key}: expected true or false, found {node.what}")
        return node.value is True

    def _generation(self) -> int:
        node = self._get("generation")
        if node is None:
            return 0
        if type(node.value) is not int or not 0 <= node.value <= 1_000_000:
            self._problem(node.span, f"generation: expected a number from 0 on, found {node.what}")
            return 0
        return node.value

    def _width(self) -> int | None:
        node = self._get("width")
        if node is None:
            return None
        if node.value not in WIDTHS or type(node.value) is not int:
            self._problem(node.span, f"width: expected {' or '.join(map(str, WIDTHS))}, found {node.what}")
            return None
        return node.value

    def _tolerance(self, kind: Kind | None) -> float:
        node = self._get("tolerance")
        if node is None:
            return 0.0 if kind is Kind.INTEGER else REAL_TOLERANCE
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            self._problem(node.span, f"tolerance: expected a number from 0 to 1, found {node.what}")
            return 0.0
        if kind is Kind.INTEGER:
            self._problem(node.span, "tolerance: an integer skill is exact")
        return float(value)

    # Slots

    def _slots(self) -> tuple[Slot, ...]:
        slots: list[Slot] = []
        places: dict[str, Span] = {}
        for section, role in _SECTIONS.items():
            node = self._get(section, needed=section == "outputs")
            if node is None or node.value is None:
                continue
            if not isinstance(node.value, dict):
                self._problem(node.span, f"{section}: expected slots, as in `{{x: int}}`, found {node.what}")
                continue
            for name, value in node.value.items():
                span = node.keys[name]
                if name in places:
                    self._problem(span, f"slot '{name}' is there already", f"first at line {places[name].line}")
                    continue
                places[name] = span
                self._check_name(name, span)
                slots.append(self._slot(name, role, value))
        self._check_dimensions(slots, places)
        return tuple(slots)

    def _check_name(self, name: str, span: Span) -> None:
        if not _NAME.fullmatch(name):
            self._problem(span, f"{name!r} is no name for a slot", "letters, digits and _, a letter first")
        if name in (*RESERVED, "jacobian"):
            self._problem(span, f"a slot cannot be called '{name}'")

    def _slot(self, name: str, role: str, node: Node) -> Slot:
        wrong = Slot(name, role, Type.REAL)
        found = _TYPE.fullmatch(node.value) if isinstance(node.value, str) else None
        if found is None:
            hint = 'as in `x: int`, or `x: "real[rows, columns]"`: quotes are needed inside braces'
            self._problem(node.span, f"slot '{name}': expected a type, found {node.what}", hint)
            return wrong
        word, inner = found.groups()
        if word not in {kind.value for kind in Type}:
            hint = nearest(word, [kind.value for kind in Type]) or f"types are {', '.join(Type)}"
            self._problem(node.span, f"slot '{name}': no type {word!r}", hint)
            return wrong
        return Slot(name, role, Type(word), self._shape(name, inner, node.span))

    def _shape(self, name: str, inner: str | None, span: Span) -> Shape:
        if inner is None:
            return Shape()
        parts = [part.strip() for part in inner.split(",")]
        if len(parts) > 2 or not all(part.isdecimal() or _NAME.fullmatch(part) for part in parts):
            hint = "a shape is [n] or [rows, columns], of numbers or names of constants"
            self._problem(span, f"slot '{name}': [{inner}] is no shape", hint)
            return Shape()
        return Shape(tuple(int(part) if part.isdecimal() else part for part in parts))

    def _check_dimensions(self, slots: Iterable[Slot], places: Mapping[str, Span]) -> None:
        by_name = {slot.name: slot for slot in slots}
        constants = [slot.name for slot in by_name.values() if slot.role == "constant"]
        for slot in by_name.values():
            for part in slot.shape.dimensions:
                if not isinstance(part, str):
                    continue
                of = by_name.get(part)
                if of is None or of.role != "constant" or of.type is not Type.INT or of.shape.dimensions:
                    hint = nearest(part, constants) or f"a dimension is a constant `{part}: int`, or a number"
                    self._problem(places[slot.name], f"slot '{slot.name}': '{part}' is no dimension", hint)

    def _check(self, kind: Kind | None, slots: tuple[Slot, ...], *, differentiable: bool) -> None:
        outputs = [slot for slot in slots if slot.role == "output"]
        if self._document.count:
            return  # what follows from a mistake is none of its own
        node = self._get("outputs")
        if node is not None and len(outputs) > FRAME_WINDOWS:
            self._problem(node.span, f"a skill has at most {FRAME_WINDOWS} outputs, not {len(outputs)}")
        reals = [slot.name for slot in slots if slot.type is Type.REAL]
        if kind is Kind.INTEGER and reals:
            self._problem(self._keys["kind"], f"kind: an integer skill has no real slot like '{reals[0]}'")
        has_weights = any(slot.role == "weight" for slot in slots)
        if kind in (Kind.INTEGER, Kind.REAL) and has_weights:
            self._problem(self._keys["kind"], f"kind: expected soft, found {kind}: the skill has weights")
        if differentiable and kind is Kind.INTEGER:
            span = self._keys["differentiable"]
            self._problem(span, "differentiable: integers have no derivatives", "its real twin may have them")
