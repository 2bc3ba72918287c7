"""Reading specs: a YAML file that says what is to be learnt. docs/specs.md says what it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ccc.errors import CardError, CccError, Diagnostic, SourceError, Span, nearest
from ccc.learn.cases import PARTS, Signature, checksum_of, contradiction, key_of, nothing_to_learn, without_repeated
from ccc.learn.iterating import iterable_problem
from ccc.learn.methods import methods
from ccc.learn.model import DEFAULT_MEMORY, DEFAULT_NUMBERS, DEFAULT_SECONDS, Budget, Case, Examples, Place, Spec
from ccc.learn.showing import case_text
from ccc.learn.spec_drawn import remembered
from ccc.learn.spec_parts import NO_OUTPUTS, STEPS, read_symbols
from ccc.learn.spec_reference import Reference, at_place, drawn_cases, read_reference
from ccc.learn.spec_values import read_values
from ccc.learn.tables import Placed, read_table
from ccc.machine import word_range
from ccc.skills.cards_header import HEADER_KEYS, Header
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.folders import libraries
from ccc.skills.model import Card, Kind
from ccc.skills.names import NAME

FORMAT = 1
"""Of the checksum: another one where the same spec would mean something else."""
SOURCES = ("examples", "file", "reference")
"""The keys that say where cases come from."""
KEYS = (
    *("spec", *HEADER_KEYS, "symbols", "numbers", "use", "atoms", "budget", "seed", "method"),
    *(*SOURCES, "split", "iterate"),
)
DEFAULT_WIDTH = 32
MAX_SECONDS = 30 * 86_400
MAX_MEMORY = 1 << 44
MAX_SEED = (1 << 63) - 1
MAX_NUMBERS = 256
MAX_TIMES = 100_000
_SIZE = re.compile(r"([0-9]{1,15})\s*([KMGT]?)i?B?", re.IGNORECASE)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_BUDGET = ("seconds", "candidates", "memory")


def read_spec(path: str | Path, folders: Sequence[Path] | None = None) -> Spec:
    """The spec in `path`, with its cases read or drawn.

    folders: the libraries in which a reference looks for what it requires; those of `libraries()` unless told.
    Raises CardError with every mistake found, FileError when it or one of its files cannot be read.
    """
    return _read(Document.open(path), Path(path), folders)


def parse_spec(text: str, path: str | Path = "<spec>", folders: Sequence[Path] | None = None) -> Spec:
    """The spec in a text, as if it stood in `path`. Raises what `read_spec` does."""
    return _read(Document(text, str(path)), Path(path), folders)


def _read(document: Document, path: Path, folders: Sequence[Path] | None) -> Spec:
    root = document.root
    if not isinstance(root.value, dict):
        document.problem(root.span, f"a spec is a mapping that starts with `spec: NAME`; found {root.what}")
    elif STEPS in root.value:
        hint = "`ccc train` and `ccc learn-skill` train them"
        document.problem(root.keys[STEPS], "the program is given, and its weights are to be found", hint)
    document.stop_if_any()
    return _Reader(document, path).spec(folders)


class _Reader:
    def __init__(self, document: Document, path: Path) -> None:
        self._document, self._path = document, path
        self._problem = document.problem
        root = document.root
        assert isinstance(root.value, dict)
        self._root, self._keys = root.value, root.keys
        self._places: dict[str, Place] = {}

    def spec(self, folders: Sequence[Path] | None) -> Spec:
        for key, span in self._keys.items():
            if key not in KEYS:
                self._problem(span, f"no key {key!r} in a spec", nearest(key, KEYS) or f"known: {', '.join(KEYS)}")
        signature = self._signature()
        numbers, use, atoms = self._numbers(signature), self._skills("use"), self._skills("atoms")
        budget, seed, method = self._budget(), self._seed(), self._method()
        node, times = self._source(), self._times(signature)
        if not signature.card.outputs and not self._document.count:
            self._problem(self._keys["outputs"], NO_OUTPUTS)
        self._document.stop_if_any()
        found = self._examples(node, signature, seed, folders, times)
        nothing = nothing_to_learn(found.train)
        if nothing:
            self._problem(self._keys[node], f"{node}: {nothing}")
        self._document.stop_if_any()
        card = signature.card
        header = self._header(signature, numbers, use) | ({"iterate": times} if times else {})
        header |= {} if atoms is None else {"atoms": sorted(atoms)}
        return Spec(
            card,
            found,
            numbers,
            use,
            budget,
            signature.width,
            seed,
            checksum_of(header, found),
            self._path,
            card.span,
            method,
            atoms,
            self._places,
        )

    def _header(self, signature: Signature, numbers: Sequence[float], use: Sequence[str] | None) -> dict[str, object]:
        """What the checksum covers besides the cases: all that says what is to be learnt, not how long to try."""
        card = signature.card
        slots = [[slot.name, slot.role, str(slot.type), list(slot.shape.dimensions)] for slot in card.slots]
        return {
            "format": FORMAT,
            "name": card.name,
            "kind": str(card.kind),
            "description": card.description,
            "slots": slots,
            "symbols": {name: list(words) for name, words in signature.alphabets.items()},
            "numbers": list(numbers),
            "use": None if use is None else sorted(use),
            "width": signature.width,
            "tolerance": card.tolerance,
        }

    # What is learnt

    def _signature(self) -> Signature:
        header = Header(self._document, read_symbols(self._document))
        name = header.name("spec")
        kind, description, slots = header.kind(), header.text("description"), header.slots()
        width, tolerance = header.width() or DEFAULT_WIDTH, header.tolerance(kind)
        header.check(kind, slots)
        card = Card(name, kind or Kind.REAL, description, slots, tolerance=tolerance, path=self._path)
        span = self._keys.get("spec")
        return Signature(card if span is None else replace(card, span=span), width, header.alphabets)

    def _entries(self, key: str, hint: str) -> list[tuple[str, Node]]:
        node = self._root.get(key)
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, dict):
            self._problem(node.span, f"{key}: expected a mapping, found {node.what}", hint)
            return []
        return list(node.value.items())

    # What programs may contain

    def _numbers(self, signature: Signature) -> tuple[float, ...]:
        node = self._root.get("numbers")
        if node is None:
            return DEFAULT_NUMBERS
        if not isinstance(node.value, list) or len(node.value) > MAX_NUMBERS:
            self._problem(node.span, f"numbers: expected a list of up to {MAX_NUMBERS} numbers, found {node.what}")
            return ()
        whole = signature.card.kind is Kind.INTEGER
        low, high = word_range(signature.width)
        found = []
        for inner in node.value:
            value = inner.value
            if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e308:
                self._problem(inner.span, f"numbers: expected a number, found {inner.what}")
            elif whole and (value != int(value) or not low <= value <= high):
                self._problem(inner.span, f"numbers: expected an integer from {low} to {high}, found {inner.what}")
            else:
                found.append(float(value) + 0.0)
        return tuple(dict.fromkeys(found))

    def _skills(self, key: str) -> tuple[str, ...] | None:
        node = self._root.get(key)
        if node is None or node.value is None:
            return None
        if not isinstance(node.value, list) or not node.value:
            what = "an empty list" if node.value == [] else node.what
            self._problem(node.span, f"{key}: expected a list of skills, found {what}", "as in `[add, sub]`")
            return None
        for inner in node.value:
            if not isinstance(inner.value, str) or not NAME.fullmatch(inner.value):
                self._problem(inner.span, f"{key}: expected the name of a skill, found {inner.what}")
            self._places.setdefault(str(inner.value), Place(inner.span, self._document.line(inner.span)))
        return tuple(dict.fromkeys(str(inner.value) for inner in node.value))

    # What a search may spend

    def _budget(self) -> Budget:
        seconds, candidates, memory = DEFAULT_SECONDS, None, DEFAULT_MEMORY
        for key, node in self._entries("budget", "as in `{seconds: 60, candidates: 1_000_000, memory: 1 GiB}`"):
            value = node.value
            if key not in _BUDGET:
                hint = nearest(key, _BUDGET) or f"known: {', '.join(_BUDGET)}"
                self._problem(self._root["budget"].keys[key], f"budget: no key {key!r}", hint)
            elif key == "memory":
                memory = self._memory(node)
            elif isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                self._problem(node.span, f"{key}: expected a number above 0, found {node.what}")
            elif key == "seconds":
                if value > MAX_SECONDS:
                    self._problem(node.span, f"seconds: {MAX_SECONDS:,} is the most")
                seconds = float(min(value, MAX_SECONDS))
            elif isinstance(value, float) or value > MAX_SEED:
                self._problem(node.span, f"candidates: expected a whole number, found {node.what}")
            else:
                candidates = value
        return Budget(seconds, candidates, memory)

    def _method(self) -> str:
        node = self._root.get("method")
        if node is None:
            return ""
        if not isinstance(node.value, str) or node.value not in methods():
            hint = nearest(str(node.plain), methods()) or f"known: {', '.join(methods())}"
            self._problem(node.span, f"method: expected a method of search, found {node.what}", hint)
        return str(node.plain)

    def _memory(self, node: Node) -> int:
        found = _SIZE.fullmatch(str(node.plain)) if not isinstance(node.value, bool | float) else None
        size = int(found[1]) << _UNITS[found[2].upper()] if found else 0
        if not 0 < size <= MAX_MEMORY:
            self._problem(node.span, f"memory: expected a size, found {node.what}", "as in `512 MiB` or `1 GiB`")
            return DEFAULT_MEMORY
        return size

    def _seed(self) -> int:
        node = self._root.get("seed")
        if node is None:
            return 0
        if type(node.value) is not int or not 0 <= node.value <= MAX_SEED:
            self._problem(node.span, f"seed: expected a number from 0 on, found {node.what}")
            return 0
        return node.value

    # Where cases come from

    def _source(self) -> str:
        """The one key that says it."""
        said = [key for key in SOURCES if key in self._root]
        if not said:
            self._problem(Span(self._document.name, 1, 1), f"no cases: one of {', '.join(SOURCES)} says them")
            return ""
        for other in said[1:]:
            self._problem(self._keys[other], f"'{other}' beside '{said[0]}'", "cases come from one place")
        if "split" in self._root and said[0] == "reference":
            self._problem(
                self._keys["split"], "split: the parts are drawn already", "`draw` says how many cases each has"
            )
        return said[0]

    def _times(self, signature: Signature) -> dict[str, int]:
        """How often the function is applied to the cases of a part, where that is not once."""
        found: dict[str, int] = {}
        for part, node in self._entries("iterate", "as in `{longer: 1000}`"):
            if part not in PARTS[1:]:
                hint = nearest(part, PARTS[1:]) or f"parts are {', '.join(PARTS[1:])}: training cases show one step"
                self._problem(self._root["iterate"].keys[part], f"iterate: no part {part!r} here", hint)
            elif type(node.value) is not int or not 1 <= node.value <= MAX_TIMES:
                self._problem(node.span, f"iterate: expected a number from 1 to {MAX_TIMES:,}, found {node.what}")
            else:
                found[part] = node.value
        expected = iterable_problem(signature.card)
        if "iterate" in self._root and not self._document.count and expected:
            self._problem(self._keys["iterate"], f"iterate: expected {expected}")
        return found

    def _examples(
        self, key: str, signature: Signature, seed: int, folders: Sequence[Path] | None, times: Mapping[str, int]
    ) -> Examples:
        node = self._root[key]
        if key == "reference":
            reference = read_reference(self._document, node, signature, self._path.parent)
            self._document.stop_if_any()
            assert reference is not None
            return self._drawn(reference, signature, seed, libraries() if folders is None else folders, times)
        placed = read_values(self._document, node, signature) if key == "examples" else self._files(node, signature)
        self._document.stop_if_any()
        parts = {
            part: [replace(one, case=replace(one.case, times=times.get(part, 1))) for one in cases]
            for part, cases in self._split(placed, self._keys[key]).items()
        }
        self._document.stop_if_any()
        _check_contradictions(signature.card, parts)
        return without_repeated({part: [one.case for one in cases] for part, cases in parts.items()})

    def _drawn(
        self, reference: Reference, signature: Signature, seed: int, folders: Sequence[Path], times: Mapping[str, int]
    ) -> Examples:
        try:
            cases, repeated = remembered(
                *(self._document.text, reference.program, folders),
                lambda: drawn_cases(reference, signature, seed, folders, times),
            )
        except SourceError:
            raise
        except CccError as error:
            raise at_place(self._document, reference.span, error) from None
        found: dict[str, tuple[Case, ...]] = {part: tuple(cases.get(part, ())) for part in PARTS}
        return Examples(found["train"], found["held_out"], found["longer"], repeated)

    def _files(self, node: Node, signature: Signature) -> Mapping[str, Sequence[Placed]]:
        if isinstance(node.value, str):
            return {PARTS[0]: self._file(node, signature)}
        found = {}
        if not isinstance(node.value, dict):
            self._problem(node.span, f"file: expected a name, or a name for each part, found {node.what}")
        for part, inner in node.value.items() if isinstance(node.value, dict) else ():
            if part not in PARTS:
                hint = nearest(part, PARTS) or f"parts are {', '.join(PARTS)}"
                self._problem(node.keys[part], f"file: no part {part!r}", hint)
            elif not isinstance(inner.value, str):
                self._problem(inner.span, f"file: expected a name, found {inner.what}")
            else:
                found[part] = self._file(inner, signature)
        return found

    def _file(self, node: Node, signature: Signature) -> Sequence[Placed]:
        try:
            return read_table(self._path.parent / str(node.value), signature)
        except CardError:
            raise
        except CccError as error:
            self._problem(node.span, error.message, error.hint)
            return ()

    def _split(self, placed: Mapping[str, Sequence[Placed]], span: Span) -> Mapping[str, Sequence[Placed]]:
        """The parts, of one list by the numbers of cases under `split`, in order."""
        if "split" not in self._root:
            return placed
        if set(placed) != {PARTS[0]}:
            self._problem(self._keys["split"], "split: there are parts already", "it divides one list or file")
            return placed
        cases, found, start = placed[PARTS[0]], {}, 0
        for part, node in self._entries("split", "as in `{train: 16, held_out: 200}`"):
            if part not in PARTS:
                hint = nearest(part, PARTS) or f"parts are {', '.join(PARTS)}"
                self._problem(self._root["split"].keys[part], f"split: no part {part!r}", hint)
            elif type(node.value) is not int or node.value < 0:
                self._problem(node.span, f"split: expected a number of cases, found {node.what}")
            else:
                found[part] = cases[start : start + node.value]
                start += node.value
        if start > len(cases):
            self._problem(self._keys["split"], f"split: {start:,} cases in all, and there are {len(cases):,}")
        return found


def _check_contradictions(card: Card, parts: Mapping[str, Sequence[Placed]]) -> None:
    """Raises CardError where cases with the same inputs have different outputs."""
    first: dict[bytes, Placed] = {}
    found = []
    for cases in parts.values():
        for placed in cases:
            other = first.setdefault(key_of(placed.case), placed)
            output = contradiction(card, other.case, placed.case)
            if output:
                message = f"another '{output}' than the case at {other.span}, which gives {case_text(other.case)} too"
                found.append(Diagnostic(message, placed.span))
    if found:
        raise CardError(found[:20])
