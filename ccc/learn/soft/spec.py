"""Reading specs of soft skills: a program whose weights are to be trained, the data, and how. docs/training.md says
what they hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ccc.errors import FileError, SkillError, Span, nearest
from ccc.files import read_bytes
from ccc.learn.cases import PARTS, Signature, is_partial, nothing_to_learn
from ccc.learn.model import Place
from ccc.learn.soft.data import Pool, Source, TableSource, read_pool
from ccc.learn.soft.program import Program, Step, Value, Wiring, check_name, check_outputs, parse_step
from ccc.learn.spec import MAX_SEED
from ccc.learn.spec_parts import NO_OUTPUTS, STEPS, files_of, read_symbols
from ccc.learn.tables import MAX_BYTES, read_table
from ccc.skills import Card, Kind, Library, Slot, Type
from ccc.skills.cards_header import HEADER_KEYS, Header
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.names import read_type

_BODY = ("description", "inputs", "outputs", "constants", "trained", "values", STEPS)
_KEYS = (
    *("spec", *HEADER_KEYS, "symbols", "trained", "values", STEPS, "each", "carried", "parts"),
    *("file", "split", "pool", "loss", "aim", "training", "seed"),
)
LOSSES: Mapping[str, frozenset[Type]] = {
    "likelihood": frozenset({Type.INT, Type.BIT}),
    "squared": frozenset({Type.REAL}),
    "perceptron": frozenset({Type.BIT}),
}
"""For which outputs they are."""
SCORES = ("accuracy", "r2")


@dataclass(frozen=True, slots=True)
class Training:
    """How weights are trained.

    restarts: beginnings, each trained for a tenth of the epochs; the one of the least loss goes on. epochs: times that
    all cases are gone through. batch: cases of one step. rate: of Adam at first; it falls to 0 as a
    cosine does. decay: of weights, in each step times the rate.
    """

    restarts: int = 1
    epochs: int = 100
    batch: int = 32
    rate: float = 0.01
    decay: float = 0.0


@dataclass(frozen=True)
class SoftSpec:
    """A soft skill to be trained. place: of the data. loss: one of LOSSES, or nothing for what fits the outputs. aim:
    the score that must be reached on held-out cases, by its name.
    """

    program: Program
    source: Source
    path: Path
    place: Place
    loss: str = ""
    aim: Mapping[str, float] = field(default_factory=dict)
    training: Training = Training()
    seed: int = 0
    checksum: str = ""

    @property
    def name(self) -> str:
        return self.program.name


def missing_skills(path: str | Path, library: Library) -> tuple[str, ...]:
    """The skills that the steps of a spec name and no library has. Raises CardError, FileError."""
    root = Document.open(path).root.plain
    parts = root.get("parts") if isinstance(root.get("parts"), dict) else {}
    found: dict[str, None] = {}
    for body in (root, *parts.values()):
        steps = body.get(STEPS) if isinstance(body, dict) else None
        for text in steps if isinstance(steps, list) else ():
            with suppress(SkillError):
                found[parse_step(str(text), Span("", 1, 1)).skill] = None
    return tuple(name for name in found if name not in library and name not in parts)


def read_soft_spec(path: str | Path, library: Library) -> SoftSpec:
    """The spec in `path`, with its data. Raises CardError with every mistake found, FileError."""
    document = Document.open(path)
    root = document.root
    if not isinstance(root.value, dict):
        document.problem(root.span, f"a spec is a mapping that starts with `spec: NAME`; found {root.what}")
    document.stop_if_any()
    return _Reader(document, Path(path), library).spec()


class _Reader:
    def __init__(self, document: Document, path: Path, library: Library) -> None:
        self._document, self._path, self._library = document, path, library
        root = document.root
        assert isinstance(root.value, dict)
        self._root, self._keys = root.value, root.keys

    def spec(self) -> SoftSpec:
        document = self._document
        self._check_keys(document.root, _KEYS, "a spec of a soft skill")
        header = Header(document, read_symbols(document))
        card = self._card(header, "spec")
        document.stop_if_any()
        parts: dict[str, Program] = {}
        for name, node in self._mapping(self._root.get("parts"), "parts").items():
            part = self._part(name, node, parts)
            if part is not None:
                parts[name] = part
        document.stop_if_any()
        program = self._program(document.root, card, self._each(card), parts)
        if not card.outputs:
            self._problem(self._keys["outputs"], NO_OUTPUTS)
        loss, aim = self._loss(card), self._aim(card)
        training, seed = self._training(), self._seed()
        document.stop_if_any()
        signature = Signature(card, header.width() or 32, header.alphabets)
        source = self._source(signature, program)
        document.stop_if_any()
        data = self._keys["pool" if "pool" in self._root else "file"]
        place = Place(data, document.line(data))
        return SoftSpec(*(program, source, self._path, place, loss, aim, training, seed, self._checksum()))

    # The program

    def _card(self, header: Header, key: str) -> Card:
        name, kind, description, slots = header.name(key), header.kind(), header.text("description"), header.slots()
        header.check(kind, slots)
        if kind is not None and kind is not Kind.SOFT:
            self._problem(
                self._keys["kind"], f"kind: expected soft, found {kind}: the program is given, its weights are not"
            )
        if name in self._library and self._library.find(name).record is None:
            self._problem(self._keys[key], f"there is a skill '{name}' already", "it would take its place")
        if any(slot.role == "weight" for slot in slots):
            self._problem(self._keys["weights"], "weights that are learnt stand under `trained`")
        return Card(name, Kind.SOFT, description, slots, tolerance=header.tolerance(Kind.SOFT), path=self._path)

    def _part(self, name: str, node: Node, parts: Mapping[str, Program]) -> Program | None:
        """parts: the ones before it, which it may call."""
        self._named(node.span, name)
        own = self._root["spec"].plain
        if name == own or (name in self._library and own not in self._library):
            self._problem(node.span, f"parts: there is another skill '{name}'", "it would take its place")
        if not isinstance(node.value, dict):
            self._problem(node.span, f"parts: expected a program, found {node.what}")
            return None
        self._check_keys(node, _BODY, "a part")
        header = Header(self._document, root=node)
        card = Card(name, Kind.SOFT, header.text("description"), header.slots(), path=self._path)
        return self._program(node, card, "", parts)

    def _program(self, node: Node, card: Card, each: str, parts: Mapping[str, Program]) -> Program:
        body = node.value if isinstance(node.value, dict) else {}
        trained = self._slots(body.get("trained"), "trained")
        said = {slot.name: Value(slot.type, slot.shape.sizes({})) for slot in self._slots(body.get("values"), "values")}
        steps = self._steps(body.get(STEPS), node.span)
        carried = self._carried(body.get("carried")) if each else {}
        try:
            wiring = Wiring(card, trained, said, each, carried, self._library, parts)
            program = wiring.program(steps, lambda span, error: self._problem(span, error.message, error.hint))
            if not self._document.count:
                check_outputs(program, wiring.values)
                self._check_used(program, said, wiring.values, body)
            return program
        except SkillError as error:
            self._problem(node.keys.get("outputs", node.span), error.message, error.hint)
            return Program(card, (), ())

    def _check_used(
        self, program: Program, said: Mapping[str, Value], made: Mapping[str, Value], body: Mapping[str, Node]
    ) -> None:
        """Note weights that no step takes, and shapes of what no step makes, or that it makes in another one."""
        used = {argument for call in program.calls for argument in call.step.arguments}
        for slot in program.trained:
            if slot.name not in used:
                self._problem(body["trained"].span, f"trained: no step takes '{slot.name}'")
        results = {name for call in program.calls for name in call.step.results}
        for name, value in said.items():
            if name not in results:
                self._problem(body["values"].span, f"values: no step makes '{name}'", nearest(name, results))
            elif made[name].shape != value.shape:
                self._problem(body["values"].span, f"values: '{name}' is made as {made[name]}")

    def _steps(self, node: Node | None, span: Span) -> list[Step]:
        if node is None or not isinstance(node.value, list) or not node.value:
            self._problem(node.span if node else span, "steps: expected a list, as in `- linear(x, w, b) -> y`")
            return []
        found = []
        for inner in node.value:
            try:
                found.append(parse_step(str(inner.plain), inner.span))
            except SkillError as error:
                self._problem(inner.span, error.message, error.hint)
        return found

    def _slots(self, node: Node | None, key: str) -> list[Slot]:
        """Names with types and shapes of numbers."""
        found = []
        for name, inner in self._mapping(node, key).items():
            self._named(inner.span, name)
            read = read_type(self._document, inner, f"'{name}'", [kind.value for kind in Type])
            if read is None:
                continue
            if not all(isinstance(part, int) for part in read[1].dimensions):
                self._problem(inner.span, f"{key}: the sizes of '{name}' are numbers")
                continue
            if key == "trained" and read[0] != Type.REAL:
                self._problem(inner.span, f"trained: weights are real, found {read[0]}")
                continue
            found.append(Slot(name, "weight", Type(read[0]), read[1]))
        return found

    def _each(self, card: Card) -> str:
        node = self._root.get("each")
        if node is None:
            return ""
        known = [slot.name for slot in card.constants if slot.type is Type.INT]
        if node.value not in known:
            self._problem(node.span, f"each: expected a constant of the program, found {node.what}")
        return str(node.plain)

    def _carried(self, node: Node | None) -> dict[str, float]:
        found = {}
        for name, inner in self._mapping(node, "carried").items():
            if isinstance(inner.value, bool) or not isinstance(inner.value, int | float):
                self._problem(inner.span, f"carried: '{name}' begins as a number, found {inner.what}")
            else:
                found[name] = float(inner.value)
        return found

    # Data

    def _source(self, signature: Signature, program: Program) -> Source:
        said = [key for key in ("file", "pool") if key in self._root]
        if len(said) != 1:
            self._problem(Span(self._document.name, 1, 1), "the data come from one of `file`, `pool`")
            self._document.stop_if_any()
        node = self._root[said[0]]
        if said[0] == "pool":
            pool = read_pool(self._document, node, self._path.parent)
            try:
                return Pool(pool, signature, program, self._library.folders)
            except (SkillError, FileError) as error:
                self._problem(node.span, error.message, error.hint)
                self._document.stop_if_any()
        if not isinstance(node.value, str):
            self._problem(node.span, f"file: expected the name of a file, found {node.what}")
            self._document.stop_if_any()
        try:
            placed = read_table(self._path.parent / str(node.value), signature)
        except FileError as error:
            self._problem(node.span, error.message, error.hint)
            self._document.stop_if_any()
        partial = next((one.span for one in placed if is_partial(one.case)), None)
        if partial is not None:
            hint = "weights are learnt from whole cases"
            self._problem(node.span, f"file: some of the outputs at {partial} are not known", hint)
        cases = [one.case for one in placed]
        counts = self._split(len(cases))
        nothing = nothing_to_learn(cases[: counts["train"]])
        if nothing:
            self._problem(node.span, f"file: {nothing}")
            self._document.stop_if_any()
        return TableSource(cases, counts, program)

    def _split(self, count: int) -> dict[str, int]:
        found = {}
        for part, node in self._mapping(self._root.get("split"), "split").items():
            if part not in PARTS:
                self._problem(node.span, f"split: no part {part!r}", f"parts are {', '.join(PARTS)}")
            elif type(node.value) is not int or node.value < 0:
                self._problem(node.span, f"split: expected a number of cases, found {node.what}")
            else:
                found[part] = node.value
        if sum(found.values()) > count:
            self._problem(self._keys["split"], f"split: {sum(found.values()):,} cases in all, and there are {count:,}")
        if not found.get("train") or not found.get("held_out"):
            span = self._keys.get("split", Span(self._document.name, 1, 1))
            self._problem(
                span,
                "split: says how many cases are for training, and how many are held out",
                "as in `{train: 100, held_out: 50}`",
            )
        self._document.stop_if_any()
        return found

    def _checksum(self) -> str:
        """Of the text, and of the files that it names."""
        digest = hashlib.sha256(self._document.text.encode())
        for name in files_of(self._document.root):
            digest.update(read_bytes(self._path.parent / name, MAX_BYTES))
        return digest.hexdigest()

    # How to train

    def _aim(self, card: Card) -> dict[str, float]:
        found = {}
        reals = [slot.type is Type.REAL for slot in card.outputs]
        for name, node in self._mapping(self._root.get("aim"), "aim").items():
            if name not in SCORES:
                self._problem(node.span, f"aim: no score {name!r}", f"known: {', '.join(SCORES)}")
            elif not (any(reals) if name == "r2" else not all(reals)):
                self._problem(node.span, f"aim: {name} is a score of {'reals' if name == 'r2' else 'labels'}")
            elif isinstance(node.value, bool) or not isinstance(node.value, int | float) or node.value > 1:
                self._problem(node.span, f"aim: expected a number up to 1, found {node.what}")
            else:
                found[name] = float(node.value)
        return found

    def _training(self) -> Training:
        said: dict[str, Any] = {}
        types = {one.name: type(one.default) for one in fields(Training)}
        for name, node in self._mapping(self._root.get("training"), "training").items():
            whole = types.get(name) is int
            if name not in types:
                self._problem(
                    node.span, f"training: no key {name!r}", nearest(name, types) or f"known: {', '.join(types)}"
                )
            elif type(node.value) not in ((int,) if whole else (int, float)) or node.value < (1 if whole else 0):  # type: ignore[operator]
                wanted = "a whole number from 1 on" if whole else "a number from 0 on"
                self._problem(node.span, f"training: {name} is {wanted}, found {node.what}")
            else:
                said[name] = node.value if whole else float(node.value)  # type: ignore[arg-type]
        return Training(**said)

    def _seed(self) -> int:
        node = self._root.get("seed")
        if node is not None and (type(node.value) is not int or not 0 <= node.value <= MAX_SEED):
            self._problem(node.span, f"seed: expected a number from 0 on, found {node.what}")
            return 0
        return int(node.value) if node is not None and isinstance(node.value, int) else 0

    def _loss(self, card: Card) -> str:
        node = self._root.get("loss")
        if node is None:
            return ""
        types = {slot.type for slot in card.outputs}
        if node.value not in LOSSES:
            self._problem(node.span, f"loss: expected {' or '.join(LOSSES)}, found {node.what}")
        elif not types <= LOSSES[str(node.value)]:
            words = ", ".join(sorted(LOSSES[str(node.value)]))
            self._problem(node.span, f"loss: {node.value} is for outputs of type {words}")
        return str(node.plain)

    # Nodes

    @property
    def _problem(self) -> Callable[..., None]:
        return self._document.problem

    def _named(self, span: Span, name: str) -> None:
        try:
            check_name(name)
        except SkillError as error:
            self._problem(span, error.message, error.hint)

    def _mapping(self, node: Node | None, key: str) -> dict[str, Node]:
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._problem(node.span, f"{key}: expected a mapping, found {node.what}")
            return {}
        return node.value

    def _check_keys(self, node: Node, known: Sequence[str], what: str) -> None:
        for key, span in node.keys.items():
            if key not in known:
                self._problem(span, f"no key {key!r} in {what}", nearest(key, known) or f"known: {', '.join(known)}")
