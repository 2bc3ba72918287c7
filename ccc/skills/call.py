"""Calling one skill, or its Jacobian code, on data: a self-contained image, and what a run of it comes to.

    library = Library.default()
    result = call_skill(library, "dot", {"x": [1, 2, 3], "y": [4, 5, 6]})
    result.outputs["s"]                                   # array(32.)

A `Call` is made once for data of one shape; after that, other data of the same shape cost no assembly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ccc.assembler import assemble_text
from ccc.errors import SkillError, nearest
from ccc.isa import INSTRUCTION_CELLS, Fault
from ccc.machine import Cells, Executor, Image, Reason, State, reason_of
from ccc.skills.library import Library, Skill
from ccc.skills.model import Card, Slot, shaped, sizes_of
from ccc.skills.writing import Piece, call_line, data_lines, source_line, stack_line
from ccc.trace import make_batch_executor, make_executor

MAX_STEPS = 100_000_000
JACOBIAN = "jacobian"
_AFTER = 2  # instructions after the return: the frame is given back, and the program halts
PREFIX = "call.slot."
"""What the names of a call's data begin with: no skill has names with two points."""

Values = Mapping[str, ArrayLike]
Calls = dict[tuple[tuple[str, int], ...], "Call"]
"""Calls of one skill by the dimensions of the data."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came to.

    outputs: float64 arrays in the shapes of the slots. jacobian: shape [rows, columns], where it was asked for. fault:
    the fault that ended it, or Fault.NONE. instructions: executed from `exec` to the skill's return.
    """

    outputs: dict[str, Cells]
    jacobian: Cells | None
    fault: Fault
    instructions: int
    state: State

    @property
    def same_as(self) -> tuple[bytes, bytes, int]:
        """Equal for two results that are equal bit for bit, all of the state included."""
        return self.state.cells.tobytes(), self.state.registers.tobytes(), self.instructions


class Call:
    """A skill with data of one shape, assembled: `image` fills in data, `result` reads what a run left."""

    def __init__(
        self,
        skill: Skill,
        sizes: Mapping[str, int],
        *,
        jacobian: bool = False,
        width: int = 32,
        small: bool = False,
    ) -> None:
        """sizes: the dimensions of the data. small: a stack that may be too small for recursion, for work whose cost
        grows with memory. Raises SkillError, CardError, SourceError or FileError.
        """
        self.skill, self.card, self.jacobian = skill, skill.card, jacobian
        self.sizes = dict(sizes)
        if jacobian and not skill.declared.has_jacobian:
            raise SkillError(f"skill '{skill.name}' has no Jacobian code")
        callee = skill.name + (".jacobian" if jacobian else "")
        self._pieces = call_pieces(self.card, sizes, jacobian=jacobian)
        pieces = self._pieces.values()
        lines = [source_line(skill.source), call_line(callee, pieces), "halt", *data_lines(pieces)]
        copied = list(pieces)[:-1] if jacobian else ()
        self._image = assemble_text(
            "\n".join([*lines, stack_line([skill.outline], copied, small=small), ""]),
            f"<call of {skill.name}>",
            base=Path(),
            libraries=skill.folders,
            width=width,
        )
        symbols = self._image.info.symbols
        self.addresses = {name: symbols[piece.place] for name, piece in self._pieces.items()}

    def image(self, values: Mapping[str, Cells], before: Mapping[str, Cells] | None = None) -> Image:
        """The program with these data. values: of all slots but the outputs, in their shapes. before: of outputs."""
        state = self._image.state.copy()
        for name, value in {**values, **(before or {})}.items():
            at = self.addresses[name]
            state.cells[at : at + value.size] = value.reshape(-1) + 0.0
        return self._image.with_state(state)

    def size(self, name: str) -> int:
        """How many elements a slot has."""
        return self._pieces[name].size

    def result(self, state: State, steps: int) -> Result:
        """What a run of the image that ended in `state` came to. Raises SkillError where it did not end."""
        if reason_of(state) is Reason.STEP_LIMIT:
            raise SkillError(f"skill '{self.card.name}' did not return within {steps:,} instructions")
        outputs = {slot.name: self._read(state, slot.name) for slot in self.card.outputs}
        matrix = self._read(state, JACOBIAN) if self.jacobian else None
        around = self._around - (_AFTER if state.fault else 0)
        return Result(outputs, matrix, state.fault, max(0, steps - around), state)

    @property
    def _around(self) -> int:
        """The instructions before `exec` and after the return: nothing in the main program branches."""
        code = self._image.info.layout.find("code")
        return (code.size if code else 0) // INSTRUCTION_CELLS - 1

    def _read(self, state: State, name: str) -> Cells:
        at, piece = self.addresses[name], self._pieces[name]
        return state.cells[at : at + piece.size].reshape(piece.shape).copy()


def call_pieces(card: Card, sizes: Mapping[str, int], *, jacobian: bool = False) -> dict[str, Piece]:
    """The data that a call is given, by slot, in the order of the frame."""
    shapes = {slot.name: slot.shape.sizes(sizes) for slot in card.slots}
    if jacobian:
        shapes[JACOBIAN] = (jacobian_rows(card, sizes), jacobian_columns(card, sizes))
    return {name: Piece(PREFIX + name, shape) for name, shape in shapes.items()}


def call_skill(
    library: Library,
    name: str,
    values: Values,
    *,
    before: Values | None = None,
    jacobian: bool = False,
    width: int | None = None,
    executor: Executor | None = None,
    max_steps: int = MAX_STEPS,
) -> Result:
    """Call one skill of the library, on the emulator unless an executor is given.

    values: of inputs, constants and weights; constants that are dimensions may be left out. before: what outputs hold
    at first, 0 unless told. jacobian: call the Jacobian code; the outputs then stay as they were.
    Raises SkillError on data that do not fit, or where the call does not end; and what `Library.find` raises.
    """
    skill = library.find(name)
    given, starts = fit(skill.card, values, before)
    call = Call(skill, sizes_of(skill.card, given), jacobian=jacobian, width=width or skill.card.width or 32)
    image = call.image(given, starts)
    if executor is None:
        executor = make_executor("emulator", image)
    executor.start(image, ())
    return call.result(*_run(executor, max_steps))


def call_batch(
    library: Library,
    name: str,
    batch: Sequence[Values],
    *,
    jacobian: bool = False,
    width: int | None = None,
    engine: str = "emulator",
    max_steps: int = MAX_STEPS,
) -> list[Result]:
    """Call one skill on several data, which may differ in shape, side by side. engine: a name from `ENGINES`.

    Raises what `call_skill` raises.
    """
    pairs = [(values, None) for values in batch]
    return run_skill(library.find(name), pairs, jacobian=jacobian, width=width, engine=engine, max_steps=max_steps)


def run_skill(
    skill: Skill,
    batch: Sequence[tuple[Values, Values | None]],
    *,
    jacobian: bool = False,
    width: int | None = None,
    engine: str = "emulator",
    max_steps: int = MAX_STEPS,
    calls: Calls | None = None,
) -> list[Result]:
    """Call a skill, which may be in no library, on several data: values, and what outputs hold before.

    calls: of the same skill, width and `jacobian`, made by earlier batches; those made here are put in. Raises what
    `call_skill` raises.
    """
    bits = width or skill.card.width or 32
    calls = {} if calls is None else calls
    chosen, images = [], []
    for values, before in batch:
        given, starts = fit(skill.card, values, before)
        sizes = sizes_of(skill.card, given)
        key = tuple(sorted(sizes.items()))
        if key not in calls:
            calls[key] = Call(skill, sizes, jacobian=jacobian, width=bits)
        chosen.append(calls[key])
        images.append(calls[key].image(given, starts))
    if not images:
        return []
    executor = make_batch_executor(engine, images)
    executor.start(images, [()] * len(images))
    steps = executor.run(max_steps)
    return [call.result(state, count) for call, state, count in zip(chosen, executor.states(), steps, strict=True)]


def _run(executor: Executor, max_steps: int) -> tuple[State, int]:
    steps = executor.run(max_steps)
    return executor.state(), steps


# Data


def given_and_before(card: Card, values: Mapping[str, Cells]) -> tuple[dict[str, Cells], dict[str, Cells]]:
    """Values by the names of slots, parted: those of a call, and those that its outputs have before it."""
    outputs = {slot.name for slot in card.outputs}
    before = {name: value for name, value in values.items() if name in outputs}
    return {name: value for name, value in values.items() if name not in outputs}, before


def fit(card: Card, values: Values, before: Values | None) -> tuple[dict[str, Cells], dict[str, Cells]]:
    """The values of a call, and those that its outputs have before it, in the shapes of the slots.

    Raises SkillError where a slot has no value, a value no slot, or a value does not fit its slot.
    """
    known = [slot.name for slot in card.given]
    arrays = {name: _array(card, name, value, known) for name, value in values.items()}
    sizes = sizes_of(card, arrays)
    for name in card.dimensions:
        arrays.setdefault(name, np.asarray(float(sizes[name])))
    missing = [name for name in known if name not in arrays]
    if missing:
        raise SkillError(f"skill '{card.name}': no value for {', '.join(missing)}")
    outputs = [slot.name for slot in card.outputs]
    starts = {name: _array(card, name, value, outputs) for name, value in (before or {}).items()}
    return _shaped(card, arrays, card.given, sizes), _shaped(card, starts, card.outputs, sizes)


def _shaped(
    card: Card, arrays: Mapping[str, Cells], slots: Sequence[Slot], sizes: Mapping[str, int]
) -> dict[str, Cells]:
    return {slot.name: shaped(card, slot, arrays[slot.name], sizes) for slot in slots if slot.name in arrays}


def _array(card: Card, name: str, value: ArrayLike, known: Sequence[str]) -> Cells:
    if name not in known:
        raise SkillError(
            f"skill '{card.name}' takes no value for '{name}'", nearest(name, known) or f"it takes {', '.join(known)}"
        )
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise SkillError(f"skill '{card.name}', slot '{name}': expected numbers, in rows of one length") from None
    if not np.isfinite(array).all():
        raise SkillError(f"skill '{card.name}', slot '{name}': every number must be finite")
    return np.asarray(array + 0.0)  # no -0.0; of a scalar, still an array


# The Jacobian


def jacobian_rows(card: Card, sizes: Mapping[str, int]) -> int:
    """How many rows the Jacobian has: one for each element of the real outputs."""
    return _elements(card.row_slots(), sizes)


def jacobian_columns(card: Card, sizes: Mapping[str, int]) -> int:
    """How many columns the Jacobian has: one for each element of the real inputs, then of the weights."""
    return _elements(card.column_slots(), sizes)


def _elements(slots: Sequence[Slot], sizes: Mapping[str, int]) -> int:
    return sum(int(np.prod(slot.shape.sizes(sizes))) for slot in slots)
