"""Values of any shape: their classes, the lanes that they stand on, and how skills can be applied to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from ccc.learn.model import Case
from ccc.learn.search import calls
from ccc.learn.search.graph import Node, size_node
from ccc.learn.search.kernels import Ints, Kernel
from ccc.learn.search.ops import Op, rank
from ccc.learn.search.vm import MOST_SLOTS
from ccc.skills import Slot

Dimensions = tuple[int | str, ...]
FEW_ARGUMENTS = 5


@dataclass(frozen=True)
class Class:
    """What values of one kind have in common. rank: of the type. dimensions: in the terms of the problem's card."""

    rank: int
    dimensions: Dimensions = ()

    @property
    def order(self) -> tuple[int, int, str]:
        """Single cells first, narrow types first."""
        return len(self.dimensions), self.rank, str(self.dimensions)


def class_of(slot: Slot, moving: bool = False) -> Class:
    """The class of a slot's value, or of a row of it."""
    return Class(rank(slot.type), slot.shape.dimensions[1 if moving else 0 :])


@dataclass(frozen=True)
class Lanes:
    """What a value has an element, a vector or a matrix for: a case, or a round of a case.

    case: of each lane. round: of each lane.
    """

    cases: Sequence[Case]
    case: Ints
    round: Ints

    def __len__(self) -> int:
        return len(self.case)

    @cached_property
    def names(self) -> dict[str, Ints]:
        """What each whole number that is given is on the lanes."""
        cells = {name: [case.given[name] for case in self.cases] for name in self.cases[0].given}
        found = {
            name: np.array([float(value) for value in values])
            for name, values in cells.items()
            if all(value.ndim == 0 for value in values)
        }
        whole = {name: values for name, values in found.items() if (values == np.floor(values)).all()}
        return {name: values[self.case].astype(np.int64) for name, values in whole.items()}

    def sizes(self, dimensions: Dimensions) -> Ints:
        """How many elements a value of these dimensions has on each lane."""
        found = np.ones(len(self), dtype=np.int64)
        for part in dimensions:
            found *= self.names[part] if isinstance(part, str) else part
        return found


@dataclass(frozen=True, eq=False)
class Form:
    """A skill that gives one output, applied to values of given classes.

    free: the arguments of the op that are no dimensions; arguments: their classes. sizes: for each dimension of the
    skill what it is in the problem. result: the class of what it gives. outputs: that of each output.
    """

    op: Op
    free: tuple[Slot, ...]
    arguments: tuple[Class, ...]
    sizes: Mapping[str, int | str]
    result: Class
    outputs: tuple[Class, ...]

    @property
    def commutative(self) -> bool:
        return self.op.commutative and self.arguments[0].dimensions == self.arguments[1].dimensions

    @property
    def cost(self) -> int:
        """That of the operation; more where there are so many arguments that the results would be too many."""
        return self.op.cost + max(0, len(self.free) - FEW_ARGUMENTS)

    @cached_property
    def fixed(self) -> tuple[tuple[Slot, Node], ...]:
        """The arguments that are dimensions."""
        return tuple((slot, size_node(self.sizes[slot.name])) for slot in self.op.arguments if slot.name in self.sizes)

    def full(self, free: Iterable[Node]) -> tuple[Node, ...]:
        """All arguments of the operation, given the free ones."""
        nodes = {slot.name: node for slot, node in (*zip(self.free, free, strict=True), *self.fixed)}
        return tuple(nodes[slot.name] for slot in self.op.arguments)

    def code(self) -> Ints:
        """What `calls.call` takes as the form: see there."""
        kernel = int(self.op.kernel) if self.op.entry < 0 else int(Kernel.NONE)
        return np.array([kernel, self.op.entry, len(self.op.card.slots)], dtype=np.int64)

    def sources(self, numbers: Mapping[Class, int], rooms: Sequence[int], role: int, places: Mapping[str, int]) -> Ints:
        """What each slot of a call gets. numbers: of the classes. rooms: where in the scratch memory each output goes.
        places: the number of each argument.
        """
        found = np.zeros((MOST_SLOTS, calls.SOURCE), dtype=np.int64)
        outputs = iter(zip(self.outputs, rooms, strict=True))
        for row, slot in zip(found, self.op.card.slots, strict=False):
            if slot.role == "output":
                kind, room = next(outputs)
                row[:] = role, room, numbers[kind], places.get(slot.name, -1)
            else:
                row[:] = calls.ARGUMENT, places[slot.name], 0, -1
        return found


def forms_of(op: Op, classes: Iterable[Class], dimensions: Iterable[str]) -> Iterator[Form]:
    """The ways to apply an operation to values of these classes. dimensions: those that only an output may have."""
    names = set(op.card.dimensions)
    free = tuple(slot for slot in op.arguments if slot.name not in names)
    if len(op.card.slots) > MOST_SLOTS:
        return
    known = sorted(set(classes), key=lambda kind: kind.order)
    choices = [
        # What is of a narrower type can stand there too, so one form is enough for all types.
        dict.fromkeys(
            Class(rank(slot.type), kind.dimensions)
            for kind in known
            if kind.rank <= rank(slot.type) and len(kind.dimensions) == len(slot.shape.dimensions)
        )
        for slot in free
    ]
    for kinds in product(*choices):
        sizes: dict[str, int | str] = {}
        if all(_agree(slot.shape.dimensions, kind.dimensions, sizes) for slot, kind in zip(free, kinds, strict=True)):
            missing = [name for name in op.card.dimensions if name not in sizes]
            for parts in product(tuple(dimensions), repeat=len(missing)):
                yield _form(op, free, kinds, sizes | dict(zip(missing, parts, strict=True)))


def _agree(wanted: Dimensions, given: Dimensions, sizes: dict[str, int | str]) -> bool:
    """Whether an argument has the dimensions that a skill asks for. sizes: gains what its dimensions are."""
    return all(
        sizes.setdefault(part, size) == size if isinstance(part, str) else part == size
        for part, size in zip(wanted, given, strict=True)
    )


def _form(op: Op, free: tuple[Slot, ...], kinds: tuple[Class, ...], sizes: dict[str, int | str]) -> Form:
    def of(slot: Slot) -> Class:
        parts = (sizes[part] if isinstance(part, str) else part for part in slot.shape.dimensions)
        return Class(rank(slot.type), tuple(parts))

    return Form(op, free, kinds, sizes, of(op.result), tuple(of(slot) for slot in op.card.outputs))


def all_forms(ops: Iterable[Op], classes: Iterable[Class], dimensions: Sequence[str], most: int) -> list[Form]:
    """The forms whose arguments can be computed from values of these classes with the operations; at most so many."""
    known = set(classes)
    found: dict[tuple[Op, tuple[Class, ...], tuple[int | str, ...]], Form] = {}
    grown = True
    while grown and len(found) < most:
        grown = False
        for op in ops:
            for form in list(forms_of(op, known, dimensions)):
                key = op, form.arguments, tuple(form.sizes.values())
                if key not in found:
                    found[key], grown = form, True
                    known.add(form.result)
    return list(found.values())[:most]
