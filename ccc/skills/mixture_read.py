"""Reading mixtures: a YAML file with pieces of data and steps. docs/composition.md says what it holds."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from ccc.errors import Span, nearest
from ccc.machine import FRAME_WINDOWS
from ccc.skills.cards_examples import read_examples
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.known import Known
from ccc.skills.mixture import LOCAL, NOTHING, NUMBER, SIMPLEX, TURNED, Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_check import check_mixture
from ccc.skills.model import Kind, Shape, Type
from ccc.skills.names import NAME, read_type

SECTIONS = {"inputs": "input", "outputs": "output", "constants": "constant", "weights": "weight", "locals": LOCAL}
_KEYS = ("mixture", "kind", "description", *SECTIONS, "numbers", "turned", "count", "until", "steps", "tests")
_IN_STEP = ("guard", "mix")
_PLACE = re.compile(rf"({NAME.pattern})([+-][0-9]{{0,9}})?")
MAX_COUNT = 1 << 30
LARGEST = sys.float_info.max


def read_mixture(path: str | Path, library: Known) -> Mixture:
    """The mixture in `path`, checked against the cards of its skills. Raises CardError with every mistake found,
    FileError when it cannot be read, and what `Library.card` raises of a skill whose card is no good.
    """
    return _Reader(Document.open(path), Path(path), library).mixture()


def parse_mixture(text: str, library: Known, name: str = "<mixture>") -> Mixture:
    """The mixture in a text, called `name` in messages. Raises what `read_mixture` does."""
    return _Reader(Document(text, name), Path(name), library).mixture()


class _Reader:
    def __init__(self, document: Document, path: Path, library: Known) -> None:
        self._document, self._path, self._library = document, path, library
        self._problem = document.problem
        root = document.root
        if not isinstance(root.value, dict):
            self._problem(root.span, f"a mixture is a mapping that starts with `mixture: NAME`; found {root.what}")
        document.stop_if_any()
        assert isinstance(root.value, dict)
        self._root, self._keys, self._start = root.value, root.keys, root.span
        self._pieces: dict[str, Piece] = {}

    def mixture(self) -> Mixture:
        for key, span in self._keys.items():
            if key not in _KEYS:
                self._problem(span, f"no key {key!r} in a mixture", nearest(key, _KEYS) or f"known: {', '.join(_KEYS)}")
        name = self._name()
        kind = self._kind()
        description = self._words("description") or f"The mixture {name}."
        for section, role in SECTIONS.items():
            for piece, node, span in self._entries(section):
                self._add(self._typed(piece, role, node, span))
        for piece, node, span in self._entries("numbers"):
            self._add(self._number(piece, node, span))
        for piece, node, span in self._entries("turned"):
            self._add(self._turned(piece, node, span))
        self._check_pieces()
        steps = tuple(self._steps())
        count, until = self._count(), self._words("until")
        self._document.stop_if_any()
        pieces = tuple(self._pieces.values())
        span = self._root["mixture"].span
        bare = Mixture(name, kind, description, pieces, steps, count, until, (), self._path, span)
        check_mixture(bare, self._library, self._problem)
        examples = read_examples(self._document, self._root.get("tests"), bare.card(), None)
        self._document.stop_if_any()
        return Mixture(name, kind, description, pieces, steps, count, until, examples, self._path, span)

    # Keys

    def _name(self) -> str:
        node = self._root.get("mixture")
        if node is None:
            self._problem(self._start, "the key 'mixture' is missing", "it says the name")
            return ""
        if not isinstance(node.value, str) or not NAME.fullmatch(node.value):
            self._problem(node.span, f"mixture: expected a name of up to 128 letters, digits and _, found {node.what}")
        return str(node.value)

    def _kind(self) -> Kind:
        node = self._root.get("kind")
        known = [kind.value for kind in Kind]
        if node is None or node.value not in known:
            place, what = (self._start, "nothing") if node is None else (node.span, node.what)
            self._problem(place, f"kind: expected {' or '.join(known)}, found {what}")
            return Kind.REAL
        return Kind(str(node.value))

    def _words(self, key: str) -> str:
        node = self._root.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not node.value.strip():
            self._problem(node.span, f"{key}: expected a text, found {node.what}")
            return ""
        return " ".join("".join(ch if ch.isprintable() else " " for ch in node.value).split())

    def _count(self) -> int | str:
        node = self._root.get("count")
        if node is None:
            return MAX_COUNT if "until" in self._root else 1
        if isinstance(node.value, str) or (type(node.value) is int and 0 <= node.value <= MAX_COUNT):
            return node.value
        self._problem(node.span, f"count: expected a number of rounds, or the name of a piece, found {node.what}")
        return 1

    def _entries(self, section: str) -> Iterable[tuple[str, Node, Span]]:
        node = self._root.get(section)
        if node is None or node.value is None:
            return
        if not isinstance(node.value, dict):
            self._problem(node.span, f"{section}: expected names, as in `{{x: int}}`, found {node.what}")
            return
        for name, value in node.value.items():
            yield name, value, node.keys[name]

    # Pieces

    def _add(self, piece: Piece) -> None:
        if not NAME.fullmatch(piece.name) or piece.name == "jacobian":
            self._problem(piece.span, f"{piece.name!r} is no name for a piece", "letters, digits and _")
        if piece.name in self._pieces:
            line = self._pieces[piece.name].span.line
            self._problem(piece.span, f"piece '{piece.name}' is there already", f"first at line {line}")
        self._pieces[piece.name] = piece

    def _typed(self, name: str, role: str, node: Node, span: Span) -> Piece:
        found = read_type(self._document, node, f"piece '{name}'", [kind.value for kind in Type])
        word, shape = found or (Type.REAL.value, Shape())
        return Piece(name, role, Type(word), shape, span=span)

    def _number(self, name: str, node: Node, span: Span) -> Piece:
        nodes = node.value if isinstance(node.value, list) else [node]
        values = [leaf.value for leaf in nodes]
        if not values or any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
            self._problem(node.span, f"numbers: '{name}' is a number or a list of numbers, not {node.what}")
            values = [0]
        if any(isinstance(value, int | float) and abs(value) > LARGEST for value in values):
            self._problem(node.span, f"numbers: '{name}' is larger than a double holds")
            values = [0]
        whole = all(isinstance(value, int) for value in values)
        shape = Shape((len(values),)) if isinstance(node.value, list) else Shape()
        numbers = tuple(float(value) + 0.0 for value in values if isinstance(value, int | float))
        return Piece(name, NUMBER, Type.INT if whole else Type.REAL, shape, numbers, span=span)

    def _turned(self, name: str, node: Node, span: Span) -> Piece:
        matrix = self._pieces.get(str(node.value))
        if matrix is None or len(matrix.shape.dimensions) != 2:
            self._problem(node.span, f"turned: '{name}' is another matrix with rows and columns exchanged")
            return Piece(name, TURNED, Type.REAL, span=span)
        dimensions = Shape(matrix.shape.dimensions[::-1])
        return Piece(name, TURNED, matrix.type, dimensions, of=matrix.name, span=span)

    def _check_pieces(self) -> None:
        outputs = [piece for piece in self._pieces.values() if piece.role == "output"]
        if not 1 <= len(outputs) <= FRAME_WINDOWS:
            self._problem(self._keys.get("outputs", self._start), f"a mixture has 1 to {FRAME_WINDOWS} outputs")
        for piece in self._pieces.values():
            for part in piece.shape.dimensions:
                of = self._pieces.get(part) if isinstance(part, str) else None
                if isinstance(part, str) and (of is None or of.role != "constant" or of.type is not Type.INT):
                    self._problem(piece.span, f"'{part}' is no dimension", f"it would be a constant `{part}: int`")

    # Steps

    def _steps(self) -> Iterable[Step]:
        node = self._root.get("steps")
        if node is None or not isinstance(node.value, list) or not node.value:
            place = self._start if node is None else node.span
            self._problem(place, "steps: expected a list of steps, as in `- times: {a: x, b: y, y: t}`")
            return
        for step in node.value:
            found = self._step(step)
            if found is not None:
                yield found

    def _step(self, node: Node) -> Step | None:
        entries = node.value if isinstance(node.value, dict) else {}
        guard = self._choice(entries["guard"]) if "guard" in entries else None
        if "mix" not in entries:
            term = self._term(node, ("guard",))
            return None if term is None else Step((term,), guard, node.span)
        for key in entries:
            if key not in _IN_STEP:
                self._problem(node.keys[key], f"'{key}' beside 'mix'", "its terms stand in the list below `mix:`")
        mix = entries["mix"]
        if not isinstance(mix.value, list) or not mix.value:
            self._problem(mix.span, "mix: expected a list of terms, each with a weight")
            return None
        known = self._document.count
        terms = [self._term(inner, ("weight",)) for inner in mix.value]
        found = tuple(term for term in terms if term is not None)
        if self._document.count == known:  # what follows from a mistake is none of its own
            self._simplex([term.weight for term in found], mix.span, "the weights of the terms")
        kept = tuple(term for term in found if term.weight == 1) or tuple(term for term in found if term.weight)
        return Step(kept, guard, node.span)

    def _term(self, node: Node, others: tuple[str, ...]) -> Term | None:
        entries = node.value if isinstance(node.value, dict) else {}
        names = [key for key in entries if key not in others]
        if len(names) != 1:
            self._problem(node.span, "expected one skill, as in `- times: {a: x, b: y, y: t}`")
            return None
        (name,) = names
        weight = 1.0
        if "weight" in others:
            weight = self._weight(entries.get("weight"), node.span)
        slots = entries[name]
        if name == NOTHING:
            if slots.value not in (None, {}):
                self._problem(slots.span, f"'{NOTHING}' has no slots")
            return Term(name, {}, weight, node.keys[name])
        if isinstance(slots.value, list):
            given = self._in_order(name, slots, node.keys[name])
        elif isinstance(slots.value, dict):
            given = slots.value
        else:
            hint = f"what leaves everything as it is, is written `{NOTHING}:`" if name.lower().endswith(NOTHING) else ""
            self._problem(slots.span, f"{name}: expected what its slots point to, found {slots.what}", hint)
            return None
        return Term(name, {slot: self._choice(inner) for slot, inner in given.items()}, weight, node.keys[name])

    def _in_order(self, name: str, node: Node, span: Span) -> dict[str, Node]:
        """A list gives the slots in the order of the frame."""
        assert isinstance(node.value, list)
        if name not in self._library:
            hint = nearest(name, [*self._library.names, NOTHING])
            self._problem(span, f"no skill '{name}'", hint)
            return {}
        names = [slot.name for slot in self._library.card(name).slots]
        if len(names) != len(node.value):
            self._problem(
                node.span, f"skill '{name}' has slots {', '.join(names)}: {len(names)}, not {len(node.value)}"
            )
        return dict(zip(names, node.value, strict=False))

    def _choice(self, node: Node) -> Choice:
        """A row of P: `x`, `x+`, or `{x: 0.5, y: 0.5}`."""
        if isinstance(node.value, str):
            name, advance = self._place(node.value, node.span)
            return Choice(((name, 1.0),), advance, node.span)
        if not isinstance(node.value, dict) or not node.value:
            self._problem(node.span, f"expected a piece, as in `x` or `x+`, or pieces with weights; found {node.what}")
            return Choice((("", 1.0),), 0, node.span)
        places = [self._place(text, node.keys[text]) for text in node.value]
        known = self._document.count
        weights = [self._weight(inner, node.span) for inner in node.value.values()]
        if self._document.count == known:
            self._simplex(weights, node.span, "the weights of pieces")
        if len({advance for _, advance in places}) > 1:
            self._problem(node.span, "the pieces of one slot advance alike", "as in `{x+: 0.5, y+: 0.5}`")
        named = [(name, weight) for (name, _), weight in zip(places, weights, strict=True)]
        pairs = tuple(pair for pair in named if pair[1] == 1) or tuple(pair for pair in named if pair[1])
        return Choice(pairs or (("", 1.0),), places[0][1], node.span)

    def _place(self, text: str, span: Span) -> tuple[str, int]:
        found = _PLACE.fullmatch(text)
        name, moved = found.groups() if found else (text, None)
        if name not in self._pieces:
            self._problem(span, f"no piece '{name}'", nearest(name, self._pieces))
        return name, int(moved + "1" if moved in ("+", "-") else moved or 0)

    def _weight(self, node: Node | None, span: Span) -> float:
        if node is None or isinstance(node.value, bool) or not isinstance(node.value, int | float) or node.value < 0:
            what = "nothing" if node is None else node.what
            self._problem(span if node is None else node.span, f"expected a weight from 0 to 1, found {what}")
            return 1.0
        return float(node.value)

    def _simplex(self, weights: list[float], span: Span, what: str) -> None:
        if abs(sum(weights) - 1) > SIMPLEX:
            self._problem(span, f"{what} sum to {sum(weights):g}, not to 1")
