"""Calls of library skills for tests: a program of one `.invoke`, its data as pointers, and what the outputs hold after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.isa import Fault
from ccc.machine import Executor, Image

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "skills"
GAP = 2
"""Cells left free after each piece of data, which no call may touch."""
STACK = 2000


@dataclass(frozen=True)
class Card:
    """What a card says, as far as tests need it."""

    name: str
    data: dict[str, Any]

    def slots(self, *kinds: str) -> dict[str, str]:
        return {name: type_ for kind in kinds for name, type_ in self.data[kind].items()}

    @property
    def all_slots(self) -> dict[str, str]:
        return self.slots("inputs", "outputs", "constants", "weights")

    @property
    def differentiable(self) -> bool:
        return bool(self.data["differentiable"])

    @property
    def tests(self) -> list[dict[str, Any]]:
        return list(self.data["tests"])


@cache
def card(name: str) -> Card:
    (path,) = LIBRARY.rglob(f"{name}.yaml")
    return Card(name, yaml.safe_load(path.read_text(encoding="utf-8")))


CARDS = sorted(path.stem for path in LIBRARY.rglob("*.yaml"))


def shape_of(type_: str, constants: Mapping[str, float]) -> tuple[int, ...]:
    """The shape that a type such as `real[rows, 3]` has where constants have these values."""
    _, _, rest = type_.partition("[")
    names = [part.strip() for part in rest.rstrip("]").split(",") if part.strip()]
    return tuple(int(name) if name.isdigit() else int(constants[name]) for name in names)


@dataclass(frozen=True)
class Outcome:
    """The outputs of a call (and `jacobian`), or the fault; instructions executed."""

    values: dict[str, np.ndarray]
    fault: Fault
    steps: int


def is_differentiable(card_: Card, slot: str) -> bool:
    """Whether a slot has rows or columns in the Jacobian."""
    return slot not in card_.data["constants"] and card_.all_slots[slot].startswith("real")


def sizes(card_: Card, arguments: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    constants = {name: arguments[name] for name in card_.data["constants"]}
    return {name: shape_of(type_, constants) for name, type_ in card_.all_slots.items()}


def program(name: str, arguments: Mapping[str, Any], *, jacobian: bool, stride: int, width: int) -> Image:
    """A program that calls the skill once and halts. Slots without a value start at a number unlike any result."""
    card_ = card(name)
    shapes = sizes(card_, arguments)
    data, pointers = [], []
    if jacobian:
        rows = sum(int(np.prod(shapes[s])) for s in card_.slots("outputs") if is_differentiable(card_, s))
        inputs = [s for s in card_.slots("inputs", "weights") if is_differentiable(card_, s)]
        shapes["jacobian"] = (rows, sum(int(np.prod(shapes[s])) for s in inputs))
    for slot, shape in shapes.items():
        count = int(np.prod(shape))
        values = np.full(count, 77.0)
        if slot in arguments:
            values = np.asarray(arguments[slot], dtype=float).reshape(-1)
            assert values.size == count, f"{name}: {slot}"
        spread = np.full((count + 1) * stride + GAP, -99.0)
        spread[: count * stride : stride] = values
        data.append(f"data.{slot}: .reals " + ", ".join(repr(float(x)) for x in spread))
        rows_columns = (1,) * (2 - len(shape)) + shape
        pointers.append(f".pointer d.{slot}, data.{slot}, {rows_columns[0]}, {rows_columns[1]}, {stride}")
    called = ".jacobian" if jacobian else ""
    call = ", ".join([name + called, *(f"d.{slot}" for slot in shapes)])
    text = "\n".join([f".width {width}", f".require {name}", f".invoke {call}", "halt", ".data", *data, *pointers])
    return assemble_text(f"{text}\n.stack {STACK}", libraries=[LIBRARY])


def run(image: Image, engine: Executor | None = None, *, most: int = 2_000_000) -> tuple[Executor, int]:
    executor = engine or Emulator()
    executor.start(image)
    steps = executor.run(most)
    assert executor.state().stopped, "did not stop"
    return executor, steps


def call(
    name: str,
    arguments: Mapping[str, Any],
    *,
    jacobian: bool = False,
    stride: int = 1,
    width: int = 32,
    engine: Executor | None = None,
) -> Outcome:
    """Call a skill, and check that nothing but its outputs changed."""
    image = program(name, arguments, jacobian=jacobian, stride=stride, width=width)
    executor, steps = run(image, engine)
    state = executor.state()
    shapes = sizes(card(name), arguments)
    written = ["jacobian"] if jacobian else list(card(name).slots("outputs"))
    values: dict[str, np.ndarray] = {}
    expected = image.state.cells.copy()
    for slot in written:
        address = image.info.symbols[f"data.{slot}"]
        row = image.info.symbols[f"d.{slot}"]
        rows, columns = (int(x) for x in image.state.cells[row + 2 : row + 4])
        cells = slice(address, address + rows * columns * stride, stride)
        shape = (rows, columns) if slot == "jacobian" else shapes[slot]
        values[slot] = state.cells[cells].reshape(shape)
        expected[cells] = state.cells[cells]
    stack = image.info.layout.find("stack")
    assert stack is not None
    expected[stack.start : stack.end] = state.cells[stack.start : stack.end]
    if not state.fault:
        assert np.array_equal(expected, state.cells), "something else was written"
        assert state.registers[1] == stack.end, "the stack is not empty"
    return Outcome(values, state.fault, steps)
