"""What cards and specs have in common: name, kind, description, slots, word width, tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ccc.errors import Span, nearest
from ccc.machine import FRAME_WINDOWS, SLOT_KINDS, WIDTHS
from ccc.skills.cards_examples import RESERVED
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Kind, Slot, Type
from ccc.skills.names import NAME, read_type

REAL_TOLERANCE = 1e-12
_SECTIONS = {"inputs": "input", "outputs": "output", "constants": "constant", "weights": "weight"}
assert tuple(_SECTIONS.values()) == SLOT_KINDS, "slots stand in the order of the frame"
HEADER_KEYS = ("kind", "description", *_SECTIONS, "width", "tolerance")
"""The keys that are read here, besides that of the name."""
_MOST = 1_000_000
_NO_SYMBOLS: Mapping[str, Sequence[str]] = MappingProxyType({})


class Header:
    """Reads the keys of a mapping, the root of a document unless told; mistakes go to the document.

    symbols: alphabets by name, which are then types: a symbol is an int, its place in the alphabet. After `slots`,
    `alphabets` has those of the slots that have one.
    """

    def __init__(
        self, document: Document, symbols: Mapping[str, Sequence[str]] = _NO_SYMBOLS, root: Node | None = None
    ) -> None:
        self._document, self._symbols = document, symbols
        self._problem = document.problem
        root = root or document.root
        assert isinstance(root.value, dict)
        self._root, self._keys = root.value, root.keys
        self.alphabets: dict[str, tuple[str, ...]] = {}

    def get(self, key: str, *, needed: bool = False) -> Node | None:
        """What stands under a key, or None."""
        node = self._root.get(key)
        if node is None and needed:
            self._problem(Span(self._document.name, 1, 1), f"the key '{key}' is missing")
        return node

    def name(self, key: str) -> str:
        """The name under this key, which must be there."""
        node = self.get(key, needed=True)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not NAME.fullmatch(node.value):
            self._problem(node.span, f"{key}: expected a name of up to 128 letters, digits and _, found {node.what}")
            return ""
        return node.value

    def optional_name(self, key: str) -> str | None:
        node = self.get(key)
        if node is None or node.value is None:
            return None
        if not isinstance(node.value, str) or not NAME.fullmatch(node.value):
            self._problem(node.span, f"{key}: expected the name of a skill, found {node.what}")
            return None
        return node.value

    def text(self, key: str) -> str:
        """The text under this key, which must be there, as one line."""
        node = self.get(key, needed=True)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not node.value.strip():
            self._problem(node.span, f"{key}: expected a text, found {node.what}")
            return ""
        return " ".join("".join(ch if ch.isprintable() else " " for ch in node.value).split())

    def kind(self) -> Kind | None:
        node = self.get("kind", needed=True)
        if node is None:
            return None
        known = [choice.value for choice in Kind]
        if node.value not in known:
            self._problem(node.span, f"kind: expected {' or '.join(known)}, found {node.what}")
            return None
        return Kind(str(node.value))

    def flag(self, key: str) -> bool:
        node = self.get(key)
        if node is None:
            return False
        if not isinstance(node.value, bool):
            self._problem(node.span, f"{key}: expected true or false, found {node.what}")
        return node.value is True

    def whole(self, key: str, most: int = _MOST) -> int:
        """A number from 0 on, 0 where there is none."""
        node = self.get(key)
        if node is None:
            return 0
        if type(node.value) is not int or not 0 <= node.value <= most:
            self._problem(node.span, f"{key}: expected a number from 0 on, found {node.what}")
            return 0
        return node.value

    def width(self) -> int | None:
        """The word width, None where nothing is said."""
        node = self.get("width")
        if node is None:
            return None
        if node.value not in WIDTHS or type(node.value) is not int:
            self._problem(node.span, f"width: expected {' or '.join(map(str, WIDTHS))}, found {node.what}")
            return None
        return node.value

    def tolerance(self, kind: Kind | None) -> float:
        """How far real outputs may be off, relative to the larger of them and 1."""
        node = self.get("tolerance")
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

    def slots(self) -> tuple[Slot, ...]:
        """All slots in the order of the frame."""
        slots: list[Slot] = []
        places: dict[str, Span] = {}
        for section, role in _SECTIONS.items():
            node = self.get(section, needed=section == "outputs")
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
        if not NAME.fullmatch(name):
            self._problem(span, f"{name!r} is no name for a slot", "letters, digits and _, a letter first")
        if name in (*RESERVED, "jacobian"):
            self._problem(span, f"a slot cannot be called '{name}'")

    def _slot(self, name: str, role: str, node: Node) -> Slot:
        wrong = Slot(name, role, Type.REAL)
        found = read_type(self._document, node, f"slot '{name}'", [*(kind.value for kind in Type), *self._symbols])
        if found is None:
            return wrong
        word, shape = found
        if word in self._symbols:
            self.alphabets[name] = tuple(self._symbols[word])
            return Slot(name, role, Type.INT, shape)
        return Slot(name, role, Type(word), shape)

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

    def check(self, kind: Kind | None, slots: tuple[Slot, ...]) -> None:
        """Note what does not go together; asked after all keys."""
        outputs = [slot for slot in slots if slot.role == "output"]
        if self._document.count:
            return  # what follows from a mistake is none of its own
        node = self.get("outputs")
        if node is not None and len(outputs) > FRAME_WINDOWS:
            self._problem(node.span, f"a skill has at most {FRAME_WINDOWS} outputs, not {len(outputs)}")
        reals = [slot.name for slot in slots if slot.type is Type.REAL]
        if kind is Kind.INTEGER and reals:
            self._problem(self._keys["kind"], f"kind: an integer skill has no real slot like '{reals[0]}'")
        has_weights = any(slot.role == "weight" for slot in slots)
        if kind in (Kind.INTEGER, Kind.REAL) and has_weights:
            self._problem(self._keys["kind"], f"kind: expected soft, found {kind}: the skill has weights")
