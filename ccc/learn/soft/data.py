"""Where the cases of a soft skill come from: a file, or draws from a pool of labelled things, anew in each epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccc.errors import FileError, SkillError, Span
from ccc.files import read_bytes
from ccc.isa import Fault
from ccc.learn.arrays import read_arrays
from ccc.learn.cases import MAX_ELEMENTS, PARTS, Signature
from ccc.learn.distributions import Source as Random
from ccc.learn.model import Case
from ccc.learn.soft.program import Program
from ccc.learn.spec_reference import MAX_STEPS, Reference, reference_skill
from ccc.learn.tables import MAX_BYTES
from ccc.machine import Cells
from ccc.skills import Skill, Slot, Type
from ccc.skills.call import Calls, run_skill
from ccc.skills.cards_yaml import Document, Node
from ccc.skills.model import Shape

MOST_ROUNDS = 10_000
_LATER = 1 << 32
"""The number of the first draw that is for no epoch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases of one shape. given: of each input, shape [cases, *shape]. expected: of each output. rounds: of a program
    that runs for each row, else 1.
    """

    given: Mapping[str, Cells]
    expected: Mapping[str, Cells]
    rounds: int = 1

    def __len__(self) -> int:
        return len(next(iter(self.expected.values())))

    def rows(self, which: NDArray[np.int64] | slice) -> Batch:
        """Some of the cases."""
        given, expected = ({name: value[which] for name, value in part.items()} for part in (self.given, self.expected))
        return Batch(given, expected, self.rounds)

    def cases(self, program: Program) -> Iterator[Case]:
        """The cases as those of the skill."""
        constants = {program.each: np.asarray(float(self.rounds))} if program.each else {}
        for number in range(len(self)):
            given = {name: value[number] for name, value in self.given.items()}
            yield Case({**given, **constants}, {name: value[number] for name, value in self.expected.items()})


class Source(Protocol):
    """Cases by part."""

    def epoch(self, seed: int, number: int) -> list[Batch]:
        """The training cases of an epoch, all of one shape together."""
        ...

    def part(self, name: str, seed: int) -> list[Batch]:
        """Those of another part, the same every time."""
        ...


class TableSource:
    """Cases of a list, in order: so many for each part."""

    def __init__(self, cases: Sequence[Case], counts: Mapping[str, int], program: Program) -> None:
        self._parts: dict[str, list[Batch]] = {}
        start = 0
        for part in PARTS:
            end = start + counts.get(part, 0)
            self._parts[part] = list(_together(cases[start:end], program))
            start = end

    def epoch(self, seed: int, number: int) -> list[Batch]:
        """As `Source.epoch`: all there are."""
        return self._parts[PARTS[0]]

    def part(self, name: str, seed: int) -> list[Batch]:
        """As `Source.part`."""
        return self._parts[name]


def _together(cases: Sequence[Case], program: Program) -> Iterator[Batch]:
    """The cases in batches of one number of rounds."""
    groups: dict[int, list[Case]] = {}
    for case in cases:
        rounds = int(case.given[program.each]) if program.each else 1
        groups.setdefault(rounds, []).append(case)
    for rounds, some in sorted(groups.items()):
        given = {slot.name: np.array([case.given[slot.name] for case in some]) for slot in program.card.inputs}
        expected = {slot.name: np.array([case.expected[slot.name] for case in some]) for slot in program.card.outputs}
        yield Batch(given, expected, rounds)


# Pools


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """What a pool says. things, labels: by part, arrays of one length: the first are for training, the last held out.
    draw: which inputs are drawn. expected: a source with one `.skill`, which makes the expected outputs of the labels.
    cases: how many, by part, of training cases in an epoch. rounds: by part, how many rows an input has.
    """

    things: Mapping[str, Cells]
    labels: Mapping[str, Cells]
    draw: tuple[str, ...]
    expected: Path
    cases: Mapping[str, int]
    rounds: Mapping[str, tuple[int, ...]]


def read_pool(document: Document, node: Node, folder: Path) -> PoolSpec:
    """What stands under `pool`. Raises CardError with every mistake found."""
    keys = ("file", "split", "things", "labels", "draw", "expected", "cases", "rounds")
    body = node.value if isinstance(node.value, dict) else {}
    for key in body:
        if key not in keys:
            document.problem(node.keys[key], f"no key {key!r} in a pool", f"known: {', '.join(keys)}")
    for key in keys[:-1]:
        if key not in body:
            document.problem(node.span, f"pool: the key '{key}' is missing")
    document.stop_if_any()
    names = {key: str(body[key].plain) for key in ("file", "things", "labels", "expected")}
    draw = body["draw"].plain
    if not isinstance(draw, list) or not draw:
        document.problem(body["draw"].span, "draw: expected a list of inputs", "as in `[left, right]`")
    counts = {key: _counts(document, body[key], key) for key in ("split", "cases")}
    rounds = _rounds(document, body["rounds"]) if "rounds" in body else {}
    document.stop_if_any()
    try:
        arrays = read_arrays(read_bytes(folder / names["file"], MAX_BYTES))
        things, labels = (_array(arrays, names[key]) for key in ("things", "labels"))
    except (SkillError, FileError) as error:
        message = error.message if isinstance(error, FileError) else f"{names['file']}: {error.message}"
        document.problem(body["file"].span, message, error.hint)
        document.stop_if_any()
    if labels.ndim != 1 or not np.array_equal(labels, np.round(labels)):
        document.problem(body["labels"].span, "labels: expected one whole number for each thing")
        document.stop_if_any()
    if len(things) != len(labels) or sum(counts["split"].values()) > len(things):
        document.problem(body["split"].span, f"split: there are {len(things):,} things and {len(labels):,} labels")
        document.stop_if_any()
    middle = counts["split"]["train"]
    last = slice(len(things) - counts["split"]["held_out"], None)
    parts = {"train": slice(0, middle), "held_out": last, "longer": last}
    return PoolSpec(
        {part: things[which] for part, which in parts.items()},
        {part: labels[which] for part, which in parts.items()},
        tuple(map(str, draw)),
        folder / names["expected"],
        counts["cases"],
        rounds,
    )


def _array(arrays: Mapping[str, Cells], name: str) -> Cells:
    if name not in arrays:
        raise SkillError(f"no array '{name}'", f"it has {', '.join(arrays)}")
    return arrays[name]


def _counts(document: Document, node: Node, key: str) -> dict[str, int]:
    found = {}
    for part, inner in (node.value if isinstance(node.value, dict) else {}).items():
        if part not in PARTS or type(inner.value) is not int or inner.value < 1:
            document.problem(inner.span, f"{key}: expected numbers of cases by part", f"parts are {', '.join(PARTS)}")
        else:
            found[part] = inner.value
    if "train" not in found or "held_out" not in found:
        document.problem(node.span, f"{key}: says a number for train and for held_out")
    return found


def _rounds(document: Document, node: Node) -> dict[str, tuple[int, ...]]:
    found = {}
    for part, inner in (node.value if isinstance(node.value, dict) else {}).items():
        counts = inner.plain if isinstance(inner.value, list) else [inner.plain]
        if part not in PARTS or not counts or not all(type(one) is int and 1 <= one <= MOST_ROUNDS for one in counts):
            document.problem(inner.span, f"rounds: expected numbers from 1 to {MOST_ROUNDS:,} by part")
        else:
            found[part] = tuple(counts)
    if not found:
        document.problem(node.span, "rounds: expected numbers of rows by part", "as in `{train: [1, 2], held_out: 2}`")
    return found


class Pool:
    """Cases whose inputs are drawn from labelled things, with what a reference makes of the labels as outputs."""

    def __init__(self, said: PoolSpec, signature: Signature, program: Program, folders: Sequence[Path]) -> None:
        """Raises SkillError where the inputs of the program are not what is drawn, or more would be drawn than fits."""
        self.said, self._program = said, program
        inputs = [slot.name for slot in program.card.inputs]
        if sorted(inputs) != sorted(said.draw):
            raise SkillError(f"pool: draws {', '.join(said.draw)}; the inputs are {', '.join(inputs)}")
        _check_things(said, program)
        for part, count in said.cases.items():
            size = count * max(said.rounds.get(part, (1,))) * len(said.draw) * math.prod(said.things[part].shape[1:])
            if size > MAX_ELEMENTS:
                raise SkillError(f"{part}: {size:,} numbers would be drawn; {MAX_ELEMENTS:,} are the most")
        self._skill = _reference(said.expected, program, signature, folders)
        self._known: dict[tuple[tuple[int, ...], ...], dict[str, Cells]] = {}
        self._calls: Calls = {}

    def epoch(self, seed: int, number: int) -> list[Batch]:
        """As `Source.epoch`: other ones each time."""
        return self._drawn("train", Random(seed, number))

    def part(self, name: str, seed: int) -> list[Batch]:
        """As `Source.part`."""
        return self._drawn(name, Random(seed, _LATER + PARTS.index(name))) if self.said.cases.get(name) else []

    def _drawn(self, part: str, random: Random) -> list[Batch]:
        said = self.said
        rounds = said.rounds.get(part, (1,)) if self._program.each else (1,)
        share = -(-said.cases[part] // len(rounds))
        return [self._batch(part, random, share, count) for count in rounds]

    def _batch(self, part: str, random: Random, cases: int, rounds: int) -> Batch:
        things, labels = self.said.things[part], self.said.labels[part]
        shape = (cases, rounds) if self._program.each else (cases,)
        places = {
            name: np.floor(random.uniform(int(np.prod(shape))) * len(things)).astype(np.int64).reshape(shape)
            for name in self.said.draw
        }
        shapes = {
            slot.name: slot.shape.sizes({self._program.each: rounds} if self._program.each else {})
            for slot in self._program.card.inputs
        }
        given = {name: things[place].reshape(cases, *shapes[name]) for name, place in places.items()}
        expected = self._expected([labels[places[name]] for name in self.said.draw], rounds)
        return Batch(given, expected, rounds)

    def _expected(self, labels: Sequence[Cells], rounds: int) -> dict[str, Cells]:
        """Of each output, what the reference makes of the labels; each combination is run once."""
        count = len(labels[0])
        flat = np.stack([label.reshape(count, -1) for label in labels], 1).astype(np.int64)
        keys = [tuple(map(tuple, rows.tolist())) for rows in flat]
        new = sorted({key for key in keys if key not in self._known})
        constants = {self._program.each: rounds} if self._program.each else {}
        batch = [(dict(zip(self.said.draw, map(self._value, key), strict=True)) | constants, None) for key in new]
        for key, result in zip(new, run_skill(self._skill, batch, max_steps=MAX_STEPS, calls=self._calls), strict=True):
            if result.fault is not Fault.NONE:
                shown = " ".join(f"{name}={list(one)}" for name, one in zip(self.said.draw, key, strict=True))
                raise SkillError(f"{self.said.expected} faults on {shown}: {result.fault.label}")
            self._known[key] = result.outputs
        return {
            slot.name: np.array([self._known[key][slot.name] for key in keys]) for slot in self._program.card.outputs
        }

    def _value(self, labels: tuple[int, ...]) -> Cells:
        found = np.array(labels, dtype=np.float64)
        return found if self._program.each else found.reshape(())


def _check_things(said: PoolSpec, program: Program) -> None:
    """Raises SkillError where things are not what the inputs take, or rows are not said."""
    held = math.prod(said.things["train"].shape[1:])
    for slot in program.card.inputs:
        if program.each and not program.moves(slot):
            raise SkillError(f"pool: with `each` all inputs have rows, as in `real[{program.each}, 64]`; found {slot}")
        dimensions = slot.shape.dimensions[1:] if program.each else slot.shape.dimensions
        size = math.prod(part for part in dimensions if isinstance(part, int))
        if size != held:
            raise SkillError(f"pool: a thing has {held:,} numbers, and '{slot.name}' takes {size:,}")
    missing = [part for part in said.cases if part not in said.rounds]
    if program.each and missing:
        raise SkillError(f"pool: `rounds` says nothing of {missing[0]}", "as in `{train: [1, 2], held_out: 2}`")
    if said.rounds and not program.each:
        raise SkillError("pool: `rounds` goes with `each`")


def _reference(path: Path, program: Program, signature: Signature, folders: Sequence[Path]) -> Skill:
    """The skill that makes the outputs of labels: of the same slots, where an input is a label, or one for each row.

    Raises SkillError, SourceError, FileError.
    """
    shape = Shape((program.each,) if program.each else ())
    slots = tuple(
        Slot(slot.name, slot.role, Type.INT, shape) if slot.role == "input" else slot for slot in program.card.slots
    )
    asked = replace(signature, card=replace(program.card, slots=slots))
    return reference_skill(Reference(path, {}, Span(str(path), 1, 1)), asked, folders)
