"""Cases that stand in a spec itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ccc.errors import SkillError, nearest
from ccc.learn.cases import BEFORE, MAX_ELEMENTS, PARTS, UNKNOWN, UNSIZED, Signature, elements_of
from ccc.learn.tables import Placed
from ccc.machine import Cells
from ccc.skills.cards_data import array_of
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Slot


def read_values(document: Document, node: Node, signature: Signature) -> dict[str, list[Placed]]:
    """The cases under `examples`, by part; a plain list is all training. Mistakes go to the document."""
    if isinstance(node.value, dict):
        found = {}
        for part, inner in node.value.items():
            if part not in PARTS:
                hint = nearest(part, PARTS) or f"parts are {', '.join(PARTS)}"
                document.problem(node.keys[part], f"examples: no part {part!r}", hint)
            found[part] = _cases(document, inner, signature)
        return found
    return {PARTS[0]: _cases(document, node, signature)}


def _cases(document: Document, node: Node, signature: Signature) -> list[Placed]:
    if not isinstance(node.value, list):
        hint = "as in `[{x: 1, y: 2}, {x: 3, y: 4}]`"
        document.problem(node.span, f"examples: expected a list of cases, found {node.what}", hint)
        return []
    found: list[Placed] = []
    total = 0
    for inner in node.value:
        placed = _case(document, inner, signature)
        if placed is None:
            continue
        found.append(placed)
        total += elements_of(placed.case)  # more than stand there, where an output is not known
        if total > MAX_ELEMENTS:
            document.problem(inner.span, f"examples: more than {MAX_ELEMENTS:,} numbers in all")
            break
    return found


def _case(document: Document, node: Node, signature: Signature) -> Placed | None:
    if not isinstance(node.value, dict):
        document.problem(node.span, f"a case gives values for slots, found {node.what}", "as in `{x: 1, y: 2}`")
        return None
    known = document.count
    starts = node.value.get(BEFORE)
    if starts is not None and not isinstance(starts.value, dict):
        document.problem(starts.span, f"{BEFORE}: expected values of outputs, found {starts.what}")
        return None
    values = _arrays(document, node, signature, signature.card.slots)
    before = _arrays(document, starts, signature, signature.card.outputs) if starts is not None else {}
    for name, problem in signature.unsized(values, before).items():
        document.problem(node.value[name].span, problem, UNSIZED)
    if document.count > known:
        return None
    try:
        return Placed(signature.case(values, before), node.span)
    except SkillError as error:
        document.problem(node.span, error.message, error.hint)
        return None


def _arrays(document: Document, node: Node, signature: Signature, slots: tuple[Slot, ...]) -> Mapping[str, Cells]:
    assert isinstance(node.value, dict)
    by_name = {slot.name: slot for slot in slots}
    found = {}
    for name, inner in node.value.items():
        if name == BEFORE and slots is signature.card.slots:
            continue
        if name not in by_name:
            hint = nearest(name, by_name) or f"known: {', '.join(by_name)}"
            document.problem(node.keys[name], f"no slot {name!r}", hint)
            continue
        slot = by_name[name]
        numbers = _numbered(inner, signature, slot)
        wrong = partial(signature.wrong, slot)
        value = array_of(document, numbers, f"slot '{name}'", signature.expected(slot), wrong)
        if value is not None:
            found[name] = value
    return found


def _numbered(node: Node, signature: Signature, slot: Slot) -> Node:
    """The node with numbers for the symbols of the slot."""
    if isinstance(node.value, list):
        return replace(node, value=[_numbered(inner, signature, slot) for inner in node.value])
    word = UNKNOWN if node.value is None else node.value
    number = signature.symbol(slot, word) if isinstance(word, str) else None
    return node if number is None else replace(node, value=number)
