"""The tests of a card: values for its slots, checked against types and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ccc.errors import SkillError, nearest
from ccc.isa import Fault
from ccc.machine import WIDTHS, Cells, word_range
from ccc.skills.cards_data import array_of
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Card, Example, Slot, Type, shaped, sizes_of

RESERVED = ("before", "fault", "width")
"""The keys of a test that are no slots."""
DEFAULT_WIDTH = 32


def read_examples(document: Document, node: Node | None, card: Card, width: int | None) -> tuple[Example, ...]:
    """The tests under `node`; mistakes go to the document. width: the only one that the skill works at, or None."""
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list):
        document.problem(node.span, f"tests: expected a list, found {node.what}")
        return ()
    found = (_Reader(document, test, card, width).example() for test in node.value)
    return tuple(example for example in found if example is not None)


class _Reader:
    def __init__(self, document: Document, node: Node, card: Card, width: int | None) -> None:
        self._document, self._node, self._card, self._only = document, node, card, width
        self._values: dict[str, Node] = node.value if isinstance(node.value, dict) else {}
        self._width = DEFAULT_WIDTH
        self._faults = False

    def example(self) -> Example | None:
        """One test, or None where it has mistakes."""
        node, card = self._node, self._card
        if not isinstance(node.value, dict):
            hint = "as in `- {x: 1, y: 2, sum: 3}`"
            self._document.problem(node.span, f"a test gives values for slots, found {node.what}", hint)
            return None
        before = self._document.count
        self._check_keys()
        self._width = self._read_width()
        fault = self._read_fault()
        self._faults = fault is not None
        wanted = card.given if self._faults else card.slots
        missing = [slot.name for slot in wanted if slot.name not in self._values]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            self._document.problem(node.span, f"this test has no value for {names}")
        values = self._numbers(self._values, wanted)
        starts = self._starts()
        if self._document.count > before:
            return None
        try:
            sizes = sizes_of(card, values)
        except SkillError as error:
            self._document.problem(node.span, error.message, error.hint)
            return None
        values, starts = self._fit(values, self._values, sizes), self._fit(starts, self._before, sizes)
        if self._document.count > before:
            return None
        given = {slot.name: values[slot.name] for slot in card.given}
        expected = {} if self._faults else {slot.name: values[slot.name] for slot in card.outputs}
        return Example(given, starts, expected, fault, self._width, node.span)

    def _check_keys(self) -> None:
        known = [*(slot.name for slot in self._card.slots), *RESERVED]
        for key, span in self._node.keys.items():
            if key not in known:
                hint = nearest(key, known) or f"known: {', '.join(known)}"
                self._document.problem(span, f"no slot {key!r} of this skill", hint)

    def _read_width(self) -> int:
        node = self._values.get("width")
        if node is None:
            return self._only or DEFAULT_WIDTH
        if type(node.value) is not int or node.value not in WIDTHS:
            expected = " or ".join(map(str, WIDTHS))
            self._document.problem(node.span, f"width: expected {expected}, found {node.what}")
            return DEFAULT_WIDTH
        if self._only not in (None, node.value):
            self._document.problem(node.span, f"width: this skill works at {self._only} bits only")
        return node.value

    def _read_fault(self) -> Fault | None:
        node = self._values.get("fault")
        if node is None:
            return None
        faults = {fault.label: fault for fault in Fault if fault}
        if node.value not in faults:
            hint = nearest(str(node.value), faults) or f"faults are {', '.join(faults)}"
            self._document.problem(node.span, f"fault: no fault is called {node.what}", hint)
            return None
        for slot in self._card.outputs:
            if slot.name in self._values:
                span = self._node.keys[slot.name]
                self._document.problem(span, f"a call that faults has no output '{slot.name}'")
        return faults[str(node.value)]

    @property
    def _before(self) -> Mapping[str, Node]:
        node = self._values.get("before")
        return node.value if node is not None and isinstance(node.value, dict) else {}

    def _starts(self) -> dict[str, Cells]:
        """What the outputs hold before the call, where the test says it."""
        node = self._values.get("before")
        if node is not None and not isinstance(node.value, dict):
            self._document.problem(node.span, f"before: expected values of outputs, found {node.what}")
        outputs = [slot.name for slot in self._card.outputs]
        for name in self._before:
            if name not in outputs and node is not None:
                span = node.keys[name]
                self._document.problem(span, f"before: no output {name!r} of this skill", nearest(name, outputs))
        return self._numbers(self._before, self._card.outputs)

    # Values

    def _numbers(self, nodes: Mapping[str, Node], slots: tuple[Slot, ...]) -> dict[str, Cells]:
        found = {}
        for slot in slots:
            if slot.name in nodes:
                value = self._array(nodes[slot.name], slot)
                if value is not None:
                    found[slot.name] = value
        return found

    def _array(self, node: Node, slot: Slot) -> Cells | None:
        """The numbers under `node`, in its own shape."""
        return array_of(self._document, node, f"slot '{slot.name}'", _expected(slot), partial(self._expected, slot))

    def _expected(self, slot: Slot, value: float) -> str:
        """What was expected, where the number is not of the slot's type; a call that faults may be given any."""
        if self._faults or slot.type is Type.REAL:
            return ""
        low, high = (0, 1) if slot.type is Type.BIT else word_range(self._width)
        if value != int(value) or not low <= value <= high:
            return f"an integer from {low} to {high}"
        return ""

    def _fit(self, values: dict[str, Cells], nodes: Mapping[str, Node], sizes: Mapping[str, int]) -> dict[str, Cells]:
        fitted = {}
        for name, value in values.items():
            slot = self._card.slot(name)
            assert slot is not None
            try:
                fitted[name] = shaped(self._card, slot, value, sizes)
            except SkillError as error:
                self._document.problem(nodes[name].span, error.message, error.hint)
        return fitted


def _expected(slot: Slot) -> str:
    return ("a number", "a list of numbers", "a list of rows")[len(slot.shape.dimensions)]
