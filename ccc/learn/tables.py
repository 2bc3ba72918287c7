"""Cases from data files: CSV, JSON lines, npz. docs/specs.md says what they hold; sizes are checked before memory is
taken, and nothing is unpickled.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ccc.errors import CardError, Diagnostic, SkillError, Span, nearest
from ccc.files import read_bytes
from ccc.learn.arrays import read_arrays
from ccc.learn.cases import BEFORE, MAX_ELEMENTS, UNKNOWN, UNSIZED, Signature, elements_of
from ccc.learn.model import Case
from ccc.machine import Cells
from ccc.skills.model import Slot

MAX_BYTES = 1 << 26
MAX_REPORTED = 20
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_LONGEST = 400  # characters of a number


@dataclass(frozen=True, slots=True)
class Placed:
    """A case and where it stands."""

    case: Case
    span: Span


class Mistakes:
    """The mistakes of one data file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: list[Diagnostic] = []

    def note(
        self, line: int, message: str, *, text: str = "", column: int = 1, length: int = 1, hint: str = ""
    ) -> None:
        """Note a mistake. Raises CardError with the twentieth."""
        self._found.append(Diagnostic(message, Span(self.name, line, column, length), text[:200], hint))
        if len(self._found) >= MAX_REPORTED:
            self.stop_if_any()

    def stop_if_any(self) -> None:
        """Raises CardError with every mistake noted, if there is one."""
        if self._found:
            raise CardError(self._found)


def read_table(path: Path, signature: Signature) -> list[Placed]:
    """The cases in a file. Raises CardError with every mistake found, FileError when it cannot be read."""
    mistakes = Mistakes(str(path))
    readers: dict[str, Callable[[bytes, Signature, Mistakes], Iterator[Placed]]] = {
        ".csv": _read_csv,
        ".jsonl": _read_jsonl,
        ".npz": _read_npz,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        mistakes.note(1, "no file of a kind that is read here", hint=f"the name ends in {', '.join(readers)}")
        mistakes.stop_if_any()
    assert reader is not None
    data = read_bytes(path, MAX_BYTES)
    found: list[Placed] = []
    total = 0
    for placed in reader(data, signature, mistakes):
        total += elements_of(placed.case)
        if total > MAX_ELEMENTS:
            mistakes.note(placed.span.line, f"more than {MAX_ELEMENTS:,} numbers in all")
            mistakes.stop_if_any()
        found.append(placed)
    mistakes.stop_if_any()
    return found


def _text(data: bytes, mistakes: Mistakes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mistakes.note(data.count(b"\n", 0, error.start) + 1, "not UTF-8 text")
        mistakes.stop_if_any()
        raise AssertionError from error


# CSV


def _read_csv(data: bytes, signature: Signature, mistakes: Mistakes) -> Iterator[Placed]:
    text = _text(data, mistakes)
    lines = text.splitlines()
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for row in rows:
            line, last = rows.line_num, line
            if not row:
                continue
            shown = lines[line - 1] if line <= len(lines) else ""
            if not header:
                header = [cell.strip() for cell in row]
                _check_header(header, signature, mistakes, line, shown)
                mistakes.stop_if_any()
                continue
            case = _csv_case(header, row, signature, mistakes, line, shown)
            if case is not None:
                yield Placed(case, Span(mistakes.name, max(line, last), 1, max(1, len(shown))))
    except csv.Error as error:
        mistakes.note(rows.line_num, f"no proper CSV: {error}")
        return
    if not header:
        mistakes.note(1, "no header with names of slots", hint=f"as in `{_names(signature)}`")


def _names(signature: Signature) -> str:
    return ",".join(slot.name for slot in signature.card.slots)


def _check_header(header: list[str], signature: Signature, mistakes: Mistakes, line: int, shown: str) -> None:
    known = [slot.name for slot in signature.card.slots]
    known += [f"{BEFORE}.{slot.name}" for slot in signature.card.outputs]
    for number, name in enumerate(header):
        column, length = _column(header, number, shown)
        if name not in known:
            hint = nearest(name, known) or f"known: {', '.join(known)}"
            mistakes.note(line, f"no slot {name!r}", text=shown, column=column, length=length, hint=hint)
        elif header.index(name) != number:
            mistakes.note(line, f"the column {name!r} is there twice", text=shown, column=column, length=length)


def _column(row: list[str], number: int, shown: str) -> tuple[int, int]:
    """Where a field stands in its line, and how long it is; the whole line where quotes make that hard to say."""
    if ",".join(row) != shown:
        return 1, max(1, len(shown))
    return sum(len(cell) + 1 for cell in row[:number]) + 1, max(1, len(row[number]))


def _csv_case(
    header: list[str], row: list[str], signature: Signature, mistakes: Mistakes, line: int, shown: str
) -> Case | None:
    if len(row) != len(header):
        mistakes.note(line, f"{len(row)} fields, and the header has {len(header)}", text=shown, length=len(shown))
        return None
    values: dict[str, Cells] = {}
    before: dict[str, Cells] = {}
    sound = True
    for number, (name, cell) in enumerate(zip(header, row, strict=True)):
        slot = signature.card.slot(name.removeprefix(f"{BEFORE}."))
        assert slot is not None
        try:
            (before if name != slot.name else values)[slot.name] = _csv_value(signature, slot, cell)
        except SkillError as error:
            column, length = _column(row, number, shown)
            mistakes.note(line, error.message, text=shown, column=column, length=length, hint=error.hint)
            sound = False
    for name, problem in signature.unsized(values, before).items() if sound else ():
        column, length = _column(row, header.index(name), shown)
        mistakes.note(line, problem, text=shown, column=column, length=length, hint=UNSIZED)
        sound = False
    return _case(values, before, signature, mistakes, line, shown) if sound else None


def _csv_value(signature: Signature, slot: Slot, cell: str) -> Cells:
    rank = len(slot.shape.dimensions)
    if cell.strip() == UNKNOWN:
        return _array(signature, slot, UNKNOWN)
    if rank == 2:
        rows = [_items(part) for part in cell.split(";")]
        return _array(signature, slot, rows if cell.strip() else [])
    words = _items(cell)
    if rank == 0:
        if len(words) != 1:
            raise SkillError(f"slot '{slot.name}': expected {signature.expected(slot)}, found {cell.strip()[:40]!r}")
        return _array(signature, slot, words[0])
    return _array(signature, slot, words)


def _items(text: str) -> list[object]:
    """Words between blanks or commas, numbers as such."""
    words = text.replace(",", " ").split()
    return [float(word) if _NUMBER.fullmatch(word) and len(word) <= _LONGEST else word for word in words]


# JSON lines


def _read_jsonl(data: bytes, signature: Signature, mistakes: Mistakes) -> Iterator[Placed]:
    for number, line in enumerate(_text(data, mistakes).split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            mistakes.note(number, f"no proper JSON: {error.msg}", text=line, column=error.colno)
            continue
        except (ValueError, RecursionError) as error:
            mistakes.note(number, f"no proper JSON: {error}"[:120], text=line)
            continue
        if not isinstance(found, dict):
            mistakes.note(number, "expected an object with a value for each slot", text=line)
            continue
        case = _json_case(found, signature, mistakes, number, line)
        if case is not None:
            yield Placed(case, Span(mistakes.name, number, 1, len(line)))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the key {name[:40]!r} stands here twice")
    return dict(pairs)


def _json_case(
    found: Mapping[str, object], signature: Signature, mistakes: Mistakes, number: int, line: str
) -> Case | None:
    starts = found.get(BEFORE, {})
    if not isinstance(starts, dict):
        mistakes.note(number, f"{BEFORE}: expected an object with values of outputs", text=line)
        return None
    values: dict[str, Cells] = {}
    before: dict[str, Cells] = {}
    sound = True
    entries = [(values, name, value) for name, value in found.items() if name != BEFORE]
    for into, name, value in [*entries, *((before, name, value) for name, value in starts.items())]:
        try:
            slots = signature.card.slots if into is values else signature.card.outputs
            into[name] = _array(signature, _slot(slots, name), value)
        except SkillError as error:
            _note_at_key(mistakes, number, line, name, error.message, error.hint)
            sound = False
    for name, problem in signature.unsized(values, before).items() if sound else ():
        _note_at_key(mistakes, number, line, name, problem, UNSIZED)
        sound = False
    return _case(values, before, signature, mistakes, number, line) if sound else None


def _note_at_key(mistakes: Mistakes, number: int, line: str, name: str, message: str, hint: str) -> None:
    column = line.find(f'"{name}"') + 1
    mistakes.note(number, message, text=line, column=max(1, column), length=len(name) + 2, hint=hint)


def _slot(slots: tuple[Slot, ...], name: str) -> Slot:
    for slot in slots:
        if slot.name == name:
            return slot
    known = [slot.name for slot in slots]
    raise SkillError(f"no slot {name!r}", nearest(name, known) or f"known: {', '.join(known)}")


# npz


def _read_npz(data: bytes, signature: Signature, mistakes: Mistakes) -> Iterator[Placed]:
    """Arrays by slot, the case in front. Where a file has a dimension, each case has so many elements of the arrays."""
    card = signature.card
    try:
        arrays = read_arrays(data)
    except SkillError as error:
        mistakes.note(1, error.message, hint=error.hint)
        return
    known = [slot.name for slot in card.slots] + [f"{BEFORE}.{slot.name}" for slot in card.outputs]
    for name, array in arrays.items():
        slot = card.slot(name.removeprefix(f"{BEFORE}."))
        if name not in known or slot is None:
            hint = nearest(name, known) or f"known: {', '.join(known)}"
            mistakes.note(1, f"array {name!r}: no slot of this name", hint=hint)
        elif array.ndim != 1 + len(slot.shape.dimensions):
            wanted = 1 + len(slot.shape.dimensions)
            mistakes.note(1, f"array {name!r}: expected {wanted} axes, the cases in front; found {array.ndim}")
        elif any(isinstance(a, int) and a != b for a, b in zip(slot.shape.dimensions, array.shape[1:], strict=True)):
            mistakes.note(1, f"array {name!r}: expected cases as {slot}, found shape {list(array.shape[1:])}")
    mistakes.stop_if_any()
    counts = {len(array) for array in arrays.values()}
    if len(counts) != 1:
        mistakes.note(1, f"arrays of {', '.join(map(str, sorted(counts))) or 'no'} cases: expected one number of cases")
        return
    for number in range(counts.pop()):
        values: dict[str, Cells] = {}
        before: dict[str, Cells] = {}
        for name, array in arrays.items():
            slot = _slot(card.slots, name.removeprefix(f"{BEFORE}."))
            into = values if name == slot.name else before
            into[slot.name] = _part(array[number], slot, arrays, number) + 0.0
        case = _case(values, before, signature, mistakes, 1, "", f"case {number + 1}: ")
        if case is not None:
            yield Placed(case, Span(f"{mistakes.name}", 1, 1))


def _part(value: Cells, slot: Slot, arrays: Mapping[str, Cells], number: int) -> Cells:
    """The elements that the dimensions of this case leave of an array, which is padded to one size for all cases."""
    for axis, dimension in enumerate(slot.shape.dimensions):
        if isinstance(dimension, str) and dimension in arrays:
            size = float(arrays[dimension][number])
            if size.is_integer() and 0 <= size < value.shape[axis]:
                value = np.take(value, range(int(size)), axis=axis)
    return value


# All


def _case(
    values: Mapping[str, Cells],
    before: Mapping[str, Cells],
    signature: Signature,
    mistakes: Mistakes,
    line: int,
    text: str,
    which: str = "",
) -> Case | None:
    try:
        return signature.case(values, before)
    except SkillError as error:
        mistakes.note(line, which + error.message, text=text, length=max(1, len(text)), hint=error.hint)
        return None


def _array(signature: Signature, slot: Slot, value: object) -> Cells:
    """Numbers, words and lists of them as an array, in its own shape; a single NaN for an output that is not known.
    Raises SkillError.
    """
    rank = len(slot.shape.dimensions)
    if slot.role == "output" and value in (None, UNKNOWN):
        return np.asarray(math.nan)
    depth = 0
    inner = value
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0] if inner else None
    flat = rank == 2 and depth == 1  # a flat matrix, in row-major order
    if depth != rank and not flat and not (rank > depth > 0 and inner is None):
        raise SkillError(f"slot '{slot.name}': expected {signature.expected(slot)}, found {_what(value)}")
    items: list[object] = value if isinstance(value, list) else [value]
    if depth < 2:
        numbers = np.asarray([_number(signature, slot, item) for item in items], dtype=np.float64)
        return numbers if depth else numbers.reshape(())
    rows = [item for item in items if isinstance(item, list)]
    if len(rows) != len(items) or len({len(row) for row in rows}) != 1:
        raise SkillError(f"slot '{slot.name}': expected rows of one length")
    matrix = [[_number(signature, slot, item) for item in row] for row in rows]
    return np.asarray(matrix, dtype=np.float64).reshape(len(rows), len(rows[0]))


def _number(signature: Signature, slot: Slot, item: object) -> float:
    value: float | None = None
    word = UNKNOWN if item is None else item
    if isinstance(word, str):
        value = signature.symbol(slot, word)
    elif isinstance(item, int | float) and not isinstance(item, bool):
        value = float(item) if abs(item) <= sys.float_info.max else math.inf
    if value is None or math.isinf(value) or (math.isnan(value) and slot.role != "output"):
        wanted = signature.expected(slot) if slot.name in signature.alphabets else "a finite number"
        raise SkillError(f"slot '{slot.name}': expected {wanted}, found {_what(item)}")
    wanted = signature.wrong(slot, value)
    if wanted:
        raise SkillError(f"slot '{slot.name}': expected {wanted}, found {_what(item)}")
    return value + 0.0


def _what(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return repr(value)[:60]
