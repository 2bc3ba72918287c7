"""Cases from a reference: inputs drawn from distributions, outputs from a skill that says what is right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ccc.errors import CardError, CccError, Diagnostic, SkillError, Span, nearest
from ccc.learn.cases import BEFORE, MAX_ELEMENTS, PARTS, Signature, key_of, with_outputs
from ccc.learn.distributions import Distribution, Source, read_distribution, usual
from ccc.learn.iterating import run_cases
from ccc.learn.model import Case
from ccc.learn.showing import case_text
from ccc.machine import Cells, format_cell
from ccc.skills.call import Calls
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.library import Skill
from ccc.skills.model import Slot

MAX_CASES = 100_000
MAX_STEPS = 10_000_000
_CASES = "cases"
_AT_ONCE = 256  # images in memory
_PATIENCE = 8  # draws for a case that is wanted, where many are repeated


@dataclass(frozen=True, slots=True)
class Part:
    """How many cases a part has, and what their slots, and their outputs before the call, are drawn from."""

    cases: int
    values: Mapping[str, Distribution]
    before: Mapping[str, Distribution]


@dataclass(frozen=True, slots=True)
class Reference:
    """A program that says what is right, and how its inputs are drawn."""

    program: Path
    parts: Mapping[str, Part]
    span: Span


# Reading


def read_reference(document: Document, node: Node, signature: Signature, folder: Path) -> Reference | None:
    """What stands under `reference`; mistakes go to the document. folder: what paths are relative to."""
    if not isinstance(node.value, dict):
        hint = "as in `{program: gcd.s, draw: {train: {cases: 16, ...}}}`"
        document.problem(node.span, f"reference: expected a program and draws, found {node.what}", hint)
        return None
    keys = ("program", "draw")
    for key in node.value:
        if key not in keys:
            document.problem(node.keys[key], f"reference: no key {key!r}", nearest(key, keys) or "program, draw")
    missing = [key for key in keys if key not in node.value]
    for key in missing:
        document.problem(node.span, f"reference: the key '{key}' is missing")
    if missing:
        return None
    program, draw = (node.value[key] for key in keys)
    if not isinstance(program.value, str) or not program.value.strip():
        document.problem(program.span, f"program: expected the name of a file, found {program.what}")
        return None
    return Reference(folder / program.value, _parts(document, draw, signature), program.span)


def _parts(document: Document, node: Node, signature: Signature) -> Mapping[str, Part]:
    entries = node.value if isinstance(node.value, dict) else {}
    if PARTS[0] not in entries:
        document.problem(node.span, "draw: expected parts, `train` among them", "as in `train: {cases: 16, ...}`")
        return {}
    for part in entries:
        if part not in PARTS:
            hint = nearest(part, PARTS) or f"parts are {', '.join(PARTS)}"
            document.problem(node.keys[part], f"draw: no part {part!r}", hint)
    first = _part(document, entries[PARTS[0]], signature, None)
    rest = {part: _part(document, entries[part], signature, first) for part in PARTS[1:] if part in entries}
    return {PARTS[0]: first} | rest


def _part(document: Document, node: Node, signature: Signature, first: Part | None) -> Part:
    """One part; where it says nothing it is as the first."""
    entries = node.value if isinstance(node.value, dict) else {}
    if not isinstance(node.value, dict | None):
        document.problem(node.span, f"draw: expected distributions of slots, found {node.what}")
    card = signature.card
    values = dict(first.values if first else {})
    for name, inner in entries.items():
        if name in (_CASES, BEFORE):
            continue
        slot = card.slot(name)
        if slot is None or slot.role == "output":
            known = [given.name for given in card.given]
            hint = nearest(name, known) or f"known: {', '.join(known)}, {_CASES}, {BEFORE}"
            document.problem(node.keys[name], f"draw: no slot {name!r} that is given a value", hint)
            continue
        found = read_distribution(document, inner, signature, slot)
        if found is not None:
            values[name] = found
    if first is None:
        for slot in card.given:
            found = usual(signature, slot)
            if slot.name not in values and found is not None:
                values[slot.name] = found
            elif slot.name not in values and slot.name not in entries:
                document.problem(node.span, f"draw: no distribution for '{slot.name}'")
    before = dict(first.before if first else {}) | _before(document, entries.get(BEFORE), signature)
    return Part(_count(document, node, entries.get(_CASES), first), values, before)


def _before(document: Document, node: Node | None, signature: Signature) -> dict[str, Distribution]:
    if node is None:
        return {}
    outputs = {slot.name: slot for slot in signature.card.outputs}
    if not isinstance(node.value, dict):
        document.problem(node.span, f"{BEFORE}: expected distributions of outputs, found {node.what}")
        return {}
    drawn = {}
    for name, inner in node.value.items():
        if name not in outputs:
            document.problem(node.keys[name], f"{BEFORE}: no output {name!r}", nearest(name, outputs))
            continue
        found = read_distribution(document, inner, signature, outputs[name])
        if found is not None:
            drawn[name] = found
    return drawn


def _count(document: Document, part: Node, node: Node | None, first: Part | None) -> int:
    if node is None:
        if first is None:
            document.problem(part.span, f"draw: the key '{_CASES}' is missing", "it says how many cases are drawn")
        return first.cases if first else 1
    if type(node.value) is not int or not 1 <= node.value <= MAX_CASES:
        document.problem(node.span, f"{_CASES}: expected a number from 1 to {MAX_CASES:,}, found {node.what}")
        return 1
    return node.value


# Drawing and running


def drawn_cases(
    reference: Reference,
    signature: Signature,
    seed: int,
    folders: Sequence[Path],
    times: Mapping[str, int],
) -> tuple[dict[str, list[Case]], int]:
    """Cases by part, all different and none of a later part a training case; and how many were drawn in vain for that.

    times: how often the function is applied to the cases of a part, 1 unless told.
    folders: the libraries in which the program looks for what it requires. Raises SkillError, SourceError, FileError.
    """
    skill = reference_skill(reference, signature, folders)
    train: set[bytes] = set()
    parts: dict[str, list[Case]] = {}
    repeated = 0
    room = MAX_ELEMENTS
    calls: Calls = {}
    for number, (name, part) in enumerate(reference.parts.items()):
        source = Source(seed, number)
        cases: dict[bytes, Case] = {}
        for _ in range(_PATIENCE * part.cases):
            case, room = _draw(part, signature, source, room)
            case = replace(case, times=times.get(name, 1))
            key = key_of(case)
            if key in train:
                repeated += 1
            else:
                cases.setdefault(key, case)
            if len(cases) == part.cases:
                break
        if name == PARTS[0]:
            train.update(cases)
        parts[name] = list(_answered(skill, list(cases.values()), signature, reference, calls))
    return parts, repeated


def _draw(part: Part, signature: Signature, source: Source, room: int) -> tuple[Case, int]:
    """A case, and how many more numbers may be drawn. Dimensions come first, then slots in their order."""
    card = signature.card
    sizes: dict[str, int] = {}
    values: dict[str, Cells] = {}
    for name in card.dimensions:
        values[name] = part.values[name].draw(source, ())
        if values[name] < 0:
            raise SkillError(
                f"dimension '{name}': expected a number from 0 on, drew {format_cell(float(values[name]))}"
            )
        sizes[name] = int(values[name])
    drawn: list[tuple[dict[str, Cells], Slot, Distribution]] = []
    before: dict[str, Cells] = {}
    drawn += [(values, slot, part.values[slot.name]) for slot in card.given if slot.name not in sizes]
    drawn += [(before, slot, part.before[slot.name]) for slot in card.outputs if slot.name in part.before]
    for into, slot, distribution in drawn:
        shape = slot.shape.sizes(sizes)
        room -= math.prod(shape)
        if room < 0:
            raise SkillError(f"more than {MAX_ELEMENTS:,} numbers would be drawn", "fewer cases, or smaller dimensions")
        into[slot.name] = distribution.draw(source, shape)
    return signature.case(values, before, expected=False), room


def reference_skill(reference: Reference, signature: Signature, folders: Sequence[Path]) -> Skill:
    """The one skill that stands in the program itself, under the card of the spec. Raises SkillError, SourceError."""
    path = reference.program
    bare = Skill("", path, path.parent, tuple(folders))
    here = [name for name, outline in bare.outline.skills.items() if Path(outline.span.file) == path]
    if len(here) != 1:
        found = f"it has {', '.join(here)}" if here else "it has none"
        raise SkillError(f"{path}: a reference has one `.skill`", found)
    skill = replace(bare, name=here[0], said=replace(signature.card, name=here[0]))
    for kind, wanted, found_names in zip(
        ("inputs", "outputs", "constants", "weights"),
        (signature.card.inputs, signature.card.outputs, signature.card.constants, signature.card.weights),
        skill.declared.slots,
        strict=True,
    ):
        names = tuple(slot.name for slot in wanted)
        if names != found_names:
            there, said = (", ".join(part) or "none" for part in (found_names, names))
            raise SkillError(f"{skill.declared.span}: {kind} differ: the spec has {said}; the reference has {there}")
    return skill


def _answered(
    skill: Skill, cases: Sequence[Case], signature: Signature, reference: Reference, calls: Calls
) -> Iterator[Case]:
    for start in range(0, len(cases), _AT_ONCE):
        part = cases[start : start + _AT_ONCE]
        try:
            results = run_cases(skill, part, width=signature.width, max_steps=MAX_STEPS, calls=calls)
        except SkillError as error:
            raise SkillError(f"reference {reference.program}: {error.message}", error.hint) from None
        for case, result in zip(part, results, strict=True):
            if result.fault:
                message = f"reference {reference.program}: fault {result.fault.label} on {case_text(case)}"
                raise SkillError(message, "draw inputs that it has an answer for")
            _check_outputs(result.outputs, case, signature, reference)
            yield with_outputs(case, result.outputs)


def _check_outputs(outputs: Mapping[str, Cells], case: Case, signature: Signature, reference: Reference) -> None:
    for slot in signature.card.outputs:
        for value in outputs[slot.name].reshape(-1).tolist():
            wanted = "a finite number" if not np.isfinite(value) else signature.wrong(slot, value)
            if wanted:
                raise SkillError(
                    f"reference {reference.program}: output '{slot.name}' must be {wanted}, and is "
                    f"{format_cell(value)} on {case_text(case)}"
                )


def at_place(document: Document, span: Span, error: CccError) -> CardError:
    """The error as one of the spec, at the line that names the program."""
    return CardError([Diagnostic(error.message, span, document.line(span), error.hint)])
