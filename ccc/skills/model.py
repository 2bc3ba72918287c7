"""What a card says of a skill: its slots with types and shapes, and examples of what it does."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ccc.errors import SkillError, Span
from ccc.isa import Fault
from ccc.machine import Cells


class Kind(enum.StrEnum):
    """What the numbers of a skill are."""

    INTEGER = "integer"
    REAL = "real"
    SOFT = "soft"  # real, with weights


class Type(enum.StrEnum):
    """What the cells of a slot hold."""

    INT = "int"
    REAL = "real"
    BIT = "bit"  # the integers 0 and 1


@dataclass(frozen=True, slots=True)
class Shape:
    """How many elements a slot has: a scalar, a vector or a matrix. A dimension is a number, or the name of a constant
    slot that holds it.
    """

    dimensions: tuple[int | str, ...] = ()

    def sizes(self, constants: Mapping[str, int]) -> tuple[int, ...]:
        """The dimensions as numbers. constants: the value of each name that occurs in one."""
        return tuple(constants[part] if isinstance(part, str) else part for part in self.dimensions)

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.dimensions))}]" if self.dimensions else ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a skill. role: `input`, `output`, `constant` or `weight`."""

    name: str
    role: str
    type: Type
    shape: Shape = Shape()

    @property
    def differentiable(self) -> bool:
        """Whether the Jacobian has rows (of an output) or columns (of an input or weight) for this slot."""
        return self.type is Type.REAL and self.role != "constant"

    def __str__(self) -> str:
        return f"{self.name}: {self.type}{self.shape}"


@dataclass(frozen=True, slots=True)
class Example:
    """One test of a card: values of all slots but the outputs, the outputs' values before and after the call, or the
    fault that the call ends with. All arrays have the shapes of their slots.
    """

    given: Mapping[str, Cells]
    before: Mapping[str, Cells]
    expected: Mapping[str, Cells]
    fault: Fault | None
    width: int
    span: Span


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a skill besides its code.

    slots: in the order of the frame. width: the only word width that it works at, or None. tolerance: how far real
    outputs may be from those of the examples, relative to the larger of those and 1.
    """

    name: str
    kind: Kind
    description: str
    slots: tuple[Slot, ...]
    generation: int = 0
    twin: str | None = None
    differentiable: bool = False
    width: int | None = None
    tolerance: float = 0.0
    examples: tuple[Example, ...] = ()
    path: Path = Path()
    span: Span = field(default=Span("", 1, 1))

    def of(self, *roles: str) -> tuple[Slot, ...]:
        """The slots of these roles, in the order of the frame."""
        return tuple(slot for slot in self.slots if slot.role in roles)

    @property
    def inputs(self) -> tuple[Slot, ...]:
        return self.of("input")

    @property
    def outputs(self) -> tuple[Slot, ...]:
        return self.of("output")

    @property
    def constants(self) -> tuple[Slot, ...]:
        return self.of("constant")

    @property
    def weights(self) -> tuple[Slot, ...]:
        return self.of("weight")

    @property
    def given(self) -> tuple[Slot, ...]:
        """What a caller gives values for: all slots but the outputs."""
        return self.of("input", "constant", "weight")

    def slot(self, name: str) -> Slot | None:
        """The slot called `name`, or None."""
        return next((slot for slot in self.slots if slot.name == name), None)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The constants that are dimensions of slots."""
        names = (part for slot in self.slots for part in slot.shape.dimensions if isinstance(part, str))
        return tuple(dict.fromkeys(names))

    def row_slots(self) -> tuple[Slot, ...]:
        """The outputs that the Jacobian has rows for."""
        return tuple(slot for slot in self.outputs if slot.differentiable)

    def column_slots(self) -> tuple[Slot, ...]:
        """The inputs, then the weights, that the Jacobian has columns for."""
        return tuple(slot for slot in (*self.inputs, *self.weights) if slot.differentiable)


def sizes_of(card: Card, values: Mapping[str, Cells]) -> dict[str, int]:
    """The dimensions of a call with these values, the shapes of slots where a constant is not among them.

    Raises SkillError where values contradict each other, or a dimension is not known.
    """
    sizes: dict[str, int] = {}
    for slot in card.constants:
        if slot.name in card.dimensions and slot.name in values:
            sizes[slot.name] = _dimension(card, slot.name, values[slot.name])
    for slot in card.slots:
        value = values.get(slot.name)
        if value is None or not slot.shape.dimensions:
            continue
        if value.ndim != len(slot.shape.dimensions):
            continue
        for part, size in zip(slot.shape.dimensions, value.shape, strict=True):
            if isinstance(part, str):
                sizes.setdefault(part, size)
    missing = [name for name in card.dimensions if name not in sizes]
    if missing:
        raise SkillError(f"skill '{card.name}': nothing says what '{missing[0]}' is", f"give {missing[0]} a value")
    return sizes


def _dimension(card: Card, name: str, value: Cells) -> int:
    if value.size != 1 or not float(value.flat[0]).is_integer() or value.flat[0] < 0:
        raise SkillError(f"skill '{card.name}': '{name}' is a dimension, so it must be a whole number from 0 on")
    return int(value.flat[0])


def shaped(card: Card, slot: Slot, value: Cells, sizes: Mapping[str, int]) -> Cells:
    """`value` in the shape of the slot; a flat one is taken in row-major order. Raises SkillError."""
    wanted = slot.shape.sizes(sizes)
    if value.shape == wanted:
        return value
    if value.ndim <= 1 and value.size == int(np.prod(wanted)):
        return value.reshape(wanted)
    expected = f"shape {list(wanted)}" if wanted else "one number"
    found = f"shape {list(value.shape)}" if value.ndim else "one number"
    raise SkillError(f"skill '{card.name}', slot '{slot.name}': expected {expected}, found {found}", f"{slot}")
