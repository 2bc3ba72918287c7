"""Mixtures and their lowered forms on data: a self-contained image that calls a skill given as source, and its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ccc.assembler import assemble_text
from ccc.errors import SkillError, nearest
from ccc.isa import INSTRUCTION_CELLS, Fault
from ccc.machine import Cells, Image, State
from ccc.skills.library import Library
from ccc.skills.mixture import LOCAL, Mixture
from ccc.skills.mixture_tables import Tables, mixture_source, reals_lines
from ccc.skills.model import Card, shaped, sizes_of
from ccc.skills.writing import GUARD
from ccc.trace import make_executor

DATA, POINTER = "call.data.", "call.slot."
"""What stands before a slot's name in the label of its data, and in that of the pointer to them: a slot may be called
like an instruction or a skill, which a label may not.
"""
MAX_STEPS = 1 << 40
_PIECE = 1 << 20
"""Instructions between which Ctrl-C is heard."""
_FRAMES = 2000
"""Stack for the frames of nested calls."""
_AFTER = 2  # instructions after the return: the frame is given back, and the program halts
_COPIES = 4
"""How often a run holds its pieces of data on the stack at most: a piece of one's own, its copy, its sum, a mixture."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a call came to. outputs: by name, in the shapes of the slots. steps: instructions executed, of all of the
    program.
    """

    outputs: Mapping[str, Cells]
    steps: int
    fault: Fault
    state: State
    image: Image

    @property
    def instructions(self) -> int:
        """From EXEC to the return, both counted: the program around them has no branches."""
        code = self.image.info.layout.find("code")
        around = (code.size if code else 0) // INSTRUCTION_CELLS - 1
        return self.steps - (around - _AFTER if self.fault else around)


def mixture_image(
    mixture: Mixture,
    library: Library,
    data: Mapping[str, ArrayLike],
    *,
    before: Mapping[str, ArrayLike] | None = None,
    tables: Tables | None = None,
    width: int = 32,
) -> Image:
    """A self-contained image that runs the mixture on `data` by the composition skill, and halts.

    data: values of all slots but the outputs. before: what outputs hold before. tables: others than the mixture says.
    Raises SkillError where data do not fit the slots.
    """
    source = mixture_source(mixture, library, tables)
    return call_image(source, mixture.card(), library, data, before=before, mixture=mixture, width=width)


def call_image(
    source: str,
    card: Card,
    library: Library,
    data: Mapping[str, ArrayLike],
    *,
    before: Mapping[str, ArrayLike] | None = None,
    mixture: Mixture | None = None,
    width: int = 32,
) -> Image:
    """A self-contained image that calls the skill of `card`, defined by `source`. mixture: what it comes from, whose
    pieces need room on the stack. Raises SkillError, SourceError.
    """
    values = _values(card, data, before or {})
    names = ", ".join(POINTER + slot.name for slot in card.slots)
    lines = [*_pointer_lines(card, values), f"        .invoke {card.name}, {names}", "        halt", ".data"]
    for slot in card.slots:
        lines += [f"{DATA}{slot.name}:", *reals_lines(values[slot.name]), f".fill {GUARD}"]
    room = _FRAMES + _COPIES * (sum(value.size for value in values.values()) + _own_cells(mixture, values))
    lines += [f".stack {room}", ".code", source]
    return assemble_text("\n".join(lines), f"<call of {card.name}>", width=width, libraries=library.folders)


def _values(card: Card, data: Mapping[str, ArrayLike], before: Mapping[str, ArrayLike]) -> dict[str, Cells]:
    """The first value of each slot in its shape; zeros for outputs that nothing is said of."""
    known = [slot.name for slot in card.slots]
    for name in (*data, *before):
        if name not in known:
            raise SkillError(
                f"'{card.name}' has no slot '{name}'", nearest(name, known) or f"it has {', '.join(known)}"
            )
    given = {name: np.asarray(value, dtype=np.float64) + 0.0 for name, value in {**before, **data}.items()}
    missing = [slot.name for slot in card.given if slot.name not in given and slot.name not in card.dimensions]
    if missing:
        raise SkillError(f"'{card.name}': no value for slot '{missing[0]}'", f"give {missing[0]} a value")
    sizes = sizes_of(card, given)
    for name, size in sizes.items():
        given.setdefault(name, np.asarray(float(size)))
    found = {}
    for slot in card.slots:
        value = given.get(slot.name)
        found[slot.name] = np.zeros(slot.shape.sizes(sizes)) if value is None else shaped(card, slot, value, sizes)
    return found


def _own_cells(mixture: Mixture | None, values: Mapping[str, Cells]) -> int:
    """The cells of the pieces that a mixture has of its own, and of temporaries as large as the largest piece."""
    if mixture is None:
        return 0
    sizes = {piece.name: int(values[piece.name]) for piece in mixture.slots if piece.name in mixture.card().dimensions}
    cells = {piece.name: int(np.prod(piece.shape.sizes(sizes))) for piece in mixture.pieces}
    slots = max((len(term.slots) for term in mixture.terms()), default=0)
    return sum(cells[piece.name] for piece in mixture.pieces if piece.role == LOCAL) + slots * max(cells.values())


def _pointer_lines(card: Card, values: Mapping[str, Cells]) -> Iterator[str]:
    for slot in card.slots:
        shape = (*values[slot.name].shape, 1, 1)[:2]
        yield f".pointer {POINTER}{slot.name}, {DATA}{slot.name}, {shape[0]}, {shape[1]}"


def run_image(
    image: Image,
    card: Card,
    shapes: Mapping[str, tuple[int, ...]],
    engine: str = "emulator",
    max_steps: int = MAX_STEPS,
) -> Run:
    """Run a call to its end. shapes: of the outputs. Raises UsageError on an unknown engine, SkillError where the call
    does not end within `max_steps` instructions.
    """
    executor = make_executor(engine, image)
    executor.start(image, ())
    steps = asked = 0
    while steps == asked and steps < max_steps:
        asked = min(steps + _PIECE, max_steps)
        steps += executor.run(asked - steps)
    state = executor.state()
    if not state.stopped:
        raise SkillError(f"'{card.name}' did not end within {max_steps:,} instructions")
    return Run(read_outputs(image, state, card, shapes), steps, state.fault, state, image)


def read_outputs(image: Image, state: State, card: Card, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Cells]:
    """What the outputs of the call hold in a state."""
    found = {}
    for slot in card.outputs:
        start, shape = image.info.symbols[DATA + slot.name], shapes[slot.name]
        found[slot.name] = state.cells[start : start + int(np.prod(shape))].reshape(shape).copy()
    return found


def run_source(
    source: str,
    mixture: Mixture,
    library: Library,
    data: Mapping[str, ArrayLike],
    *,
    before: Mapping[str, ArrayLike] | None = None,
    engine: str = "emulator",
    width: int = 32,
    max_steps: int = MAX_STEPS,
) -> Run:
    """Call the skill that `source` defines, a form of a mixture. Raises SkillError, SourceError, UsageError."""
    card = mixture.card()
    image = call_image(source, card, library, data, before=before, mixture=mixture, width=width)
    return run_image(image, card, output_shapes(card, data, before), engine, max_steps)


def run_mixture(
    mixture: Mixture,
    library: Library,
    data: Mapping[str, ArrayLike],
    *,
    before: Mapping[str, ArrayLike] | None = None,
    tables: Tables | None = None,
    engine: str = "emulator",
    width: int = 32,
) -> Run:
    """Run the mixture on data by the composition skill, in the state. Raises SkillError, SourceError, UsageError."""
    source = mixture_source(mixture, library, tables)
    return run_source(source, mixture, library, data, before=before, engine=engine, width=width)


def output_shapes(
    card: Card, data: Mapping[str, ArrayLike], before: Mapping[str, ArrayLike] | None = None
) -> dict[str, tuple[int, ...]]:
    """The shapes of the outputs of a call with these data. Raises SkillError."""
    values = _values(card, data, before or {})
    return {slot.name: values[slot.name].shape for slot in card.outputs}
