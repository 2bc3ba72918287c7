"""Programs with weights: calls of skills one after the other, once or for each row of what is given."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ccc.errors import SkillError, Span
from ccc.machine import Cells, counted
from ccc.skills import Card, Library, Slot, Type
from ccc.skills.model import sizes_of
from ccc.skills.names import NAME

INNER = "__"
"""Names of one's own in the code that is written have it, so those of a program have not."""
MOST_NUMBERS = 1 << 22
"""Of one value of a program."""
_STEP = re.compile(r"\s*(\w+)\s*\(([^()]*)\)\s*->\s*(.+?)\s*")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Step:
    """A call as it is written: `skill(argument, ...) -> result, ...`. Arguments are names or numbers, for the inputs
    and then the weights of the skill.
    """

    skill: str
    arguments: tuple[str | float, ...]
    results: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Value:
    """What a name stands for while the steps run once."""

    type: Type
    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        return f"{self.type}{list(self.shape)}" if self.shape else str(self.type)


@dataclass(frozen=True, slots=True)
class Call:
    """A step whose shapes are known. sizes: the constants of the skill. arguments: of its inputs and weights. part: the
    program that is called, where it is no skill of the library.
    """

    step: Step
    card: Card
    sizes: Mapping[str, int]
    arguments: tuple[tuple[Slot, str | float], ...]
    results: tuple[tuple[Slot, str], ...]
    part: Program | None = None


@dataclass(frozen=True)
class Program:
    """A skill with weights of its own.

    card: inputs, outputs, and the constant that counts rounds. trained: the weights, all sizes numbers. each: the
    constant that counts how often the steps run, or nothing where that is once; inputs and outputs whose first
    dimension it is go row by row. carried: what outputs are before the first round, which the steps then make anew.
    """

    card: Card
    trained: tuple[Slot, ...]
    calls: tuple[Call, ...]
    each: str = ""
    carried: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.card.name

    def moves(self, slot: Slot) -> bool:
        """Whether a slot has a row for each round."""
        return bool(self.each) and slot.shape.dimensions[:1] == (self.each,)

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills of the library that it and its parts call, each once."""
        own = {part.name for part in self.parts}
        calls = (call.step.skill for one in (*self.parts, self) for call in one.calls)
        return tuple(dict.fromkeys(name for name in calls if name not in own))

    @property
    def length(self) -> int:
        """Steps, those of its parts among them."""
        return sum(len(one.calls) for one in (*self.parts, self))

    @property
    def lines(self) -> tuple[str, ...]:
        """The program in words, its parts first."""
        found = []
        for one in (*self.parts, self):
            slots, outputs = (", ".join(slot.name for slot in some) for some in (one.card.inputs, one.card.outputs))
            found.append(f"{one.name}({slots}) -> {outputs}")
            for number, call in enumerate(one.calls, 1):
                arguments = ", ".join(f"{one:g}" if isinstance(one, float) else one for one in call.step.arguments)
                found.append(f"  {number}. {call.step.skill}({arguments}) -> {', '.join(call.step.results)}")
        return tuple(found)

    @property
    def parts(self) -> tuple[Program, ...]:
        """The programs that it calls, and those that they call, each once and after those that it calls itself."""
        found: dict[str, Program] = {}
        for call in self.calls:
            if call.part is not None:
                found |= {one.name: one for one in (*call.part.parts, call.part)}
        return tuple(found.values())


def parse_step(text: str, span: Span) -> Step:
    """Raises SkillError where the text is no step."""
    found = _STEP.fullmatch(text)
    if found is None:
        raise SkillError(f"{text[:60]!r} is no step", "as in `linear(x, w, b) -> scores`")
    skill, arguments, results = found.groups()
    given = [part.strip() for part in arguments.split(",")] if arguments.strip() else []
    made = [part.strip() for part in results.split(",")]
    for name in made:
        check_name(name)
    for part in given:
        if not NAME.fullmatch(part) and not _NUMBER.fullmatch(part):
            raise SkillError(f"{part[:40]!r} is neither a name nor a number")
    read = tuple(part if NAME.fullmatch(part) else float(part) for part in given)
    return Step(skill, read, tuple(made), span)


def check_name(name: str) -> None:
    """Raises SkillError where this is no name for a value of a program."""
    if not NAME.fullmatch(name) or INNER in name or name == "jacobian":
        raise SkillError(f"{name[:40]!r} is no name for a value", f"letters, digits and _, without {INNER}")


class Wiring:
    """Finds the shapes of all values of a program, step by step."""

    def __init__(
        self,
        card: Card,
        trained: Sequence[Slot],
        said: Mapping[str, Value],
        each: str,
        carried: Mapping[str, float],
        library: Library,
        parts: Mapping[str, Program],
    ) -> None:
        """said: shapes that nothing else tells. parts: programs that may be called."""
        self._program = Program(card, tuple(trained), (), each, carried)
        self._said, self._library, self._parts = said, library, parts
        outputs = {slot.name: slot.type for slot in card.outputs}
        self.values: dict[str, Value] = {name: Value(outputs.get(name, Type.REAL)) for name in carried}
        for slot in (*card.inputs, *trained):
            dimensions = slot.shape.dimensions[1:] if self._program.moves(slot) else slot.shape.dimensions
            if not all(isinstance(part, int) for part in dimensions):
                raise SkillError(f"'{slot.name}': sizes are numbers, but for the first, which `each` may name")
            value = Value(slot.type, tuple(part for part in dimensions if isinstance(part, int)))
            _check_size(slot.name, value)
            self.values[slot.name] = value

    def program(self, steps: Sequence[Step], problem: Callable[[Span, SkillError], None]) -> Program:
        """The program; mistakes are reported at their step."""
        calls = []
        for step in steps:
            try:
                call = self._call(step)
            except SkillError as error:
                problem(step.span, error)
                for name in step.results:
                    self.values.setdefault(name, Value(Type.REAL))
                continue
            calls.append(call)
        one = self._program
        return Program(one.card, one.trained, tuple(calls), one.each, one.carried)

    def _call(self, step: Step) -> Call:
        part = self._parts.get(step.skill)
        card = part.card if part is not None else self._library.card(step.skill)
        if part is not None and part.each:
            raise SkillError(f"'{step.skill}' runs for each row, and cannot be called here")
        slots = (*card.inputs, *card.weights)
        if len(step.arguments) != len(slots):
            names = ", ".join(slot.name for slot in slots)
            takes = counted(len(slots), "argument")
            raise SkillError(f"'{step.skill}' takes {takes} ({names}), not {len(step.arguments)}")
        if len(step.results) != len(card.outputs):
            names = ", ".join(slot.name for slot in card.outputs)
            has = counted(len(card.outputs), "result")
            raise SkillError(f"'{step.skill}' has {has} ({names}), not {len(step.results)}")
        given = {}
        for slot, argument in zip(slots, step.arguments, strict=True):
            given[slot.name] = _shape_for(slot, self._value(argument))
        sizes = self._sizes(step, card, given)
        for slot in slots:
            if slot.shape.sizes(sizes) != given[slot.name].shape:
                found = list(given[slot.name].shape) or "one number"
                raise SkillError(
                    f"'{slot.name}' of '{step.skill}' has shape {list(slot.shape.sizes(sizes))}, not {found}"
                )
        for slot, name in zip(card.outputs, step.results, strict=True):
            self._make(name, Value(slot.type, slot.shape.sizes(sizes)))
        arguments = tuple(zip(slots, step.arguments, strict=True))
        return Call(step, card, sizes, arguments, tuple(zip(card.outputs, step.results, strict=True)), part)

    def _sizes(self, step: Step, card: Card, given: Mapping[str, Cells]) -> dict[str, int]:
        others = [slot.name for slot in card.constants if slot.name not in card.dimensions]
        if others:
            raise SkillError(f"'{step.skill}' has the constant '{others[0]}', which no shape tells")
        said = {
            slot.name: _zeros(self._said[name].shape)
            for slot, name in zip(card.outputs, step.results, strict=True)
            if name in self._said
        }
        try:
            return sizes_of(card, {**given, **said})
        except SkillError as error:
            raise SkillError(error.message, "say the shape of a result under `values`") from None

    def _value(self, argument: str | float) -> Value:
        if isinstance(argument, float):
            return Value(Type.INT if argument.is_integer() else Type.REAL)
        if argument not in self.values:
            raise SkillError(f"nothing is called '{argument}' here", f"known: {', '.join(self.values)}")
        return self.values[argument]

    def _make(self, name: str, value: Value) -> None:
        """A result. A value that is carried may be made anew, as what it was."""
        program = self._program
        _check_size(name, value)
        known = self.values.get(name)
        if known is not None and (name not in program.carried or known.shape != value.shape):
            raise SkillError(f"'{name}' is there already, as {known}")
        self.values[name] = value


def _check_size(name: str, value: Value) -> None:
    if value.size > MOST_NUMBERS:
        raise SkillError(f"'{name}' has {value.size:,} numbers; {MOST_NUMBERS:,} are the most")


def _shape_for(slot: Slot, value: Value) -> Cells:
    """Zeros in the shape of an argument; a matrix stands for a vector of its rows too, a vector for a matrix of as many
    elements where its sizes are numbers.
    """
    if slot.type is not Type.REAL and value.type is Type.REAL:
        raise SkillError(f"'{slot.name}' is {slot.type}, and gets {value}")
    numbers = tuple(part for part in slot.shape.dimensions if isinstance(part, int))
    if len(numbers) == len(slot.shape.dimensions) and value.shape and math.prod(numbers) == value.size:
        return _zeros(numbers)
    flat = len(slot.shape.dimensions) == 1 and len(value.shape) == 2
    return _zeros((value.size,) if flat else value.shape)


def _zeros(shape: tuple[int, ...]) -> Cells:
    """They take no memory."""
    return np.broadcast_to(np.zeros(()), shape)


def check_outputs(program: Program, values: Mapping[str, Value]) -> None:
    """Raises SkillError where an output is not made, or is made as something else."""
    others = [name for name in program.carried if program.card.slot(name) not in program.card.outputs]
    if others:
        raise SkillError(f"carried: '{others[0]}' is no output")
    for slot in program.card.outputs:
        dimensions = slot.shape.dimensions[1:] if program.moves(slot) else slot.shape.dimensions
        if slot.name not in values:
            raise SkillError(f"no step makes the output '{slot.name}'")
        found = values[slot.name]
        if found.shape != dimensions or (found.type is Type.REAL) != (slot.type is Type.REAL):
            raise SkillError(f"the output {slot} is made as {found}")
        begins = program.carried.get(slot.name, 0.0)
        if slot.type is not Type.REAL and not begins.is_integer():
            raise SkillError(f"carried: '{slot.name}' is {slot.type}, and begins as {begins:g}")
        if program.each and not program.moves(slot) and slot.name not in program.carried:
            raise SkillError(
                f"the output '{slot.name}' has no row for each round", "say under `carried` what it begins as"
            )
