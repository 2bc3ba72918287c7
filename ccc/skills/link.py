"""Linking: skills, all that they rest on, and data in one image that runs without any library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ccc.assembler import assemble_text, outline_file
from ccc.errors import SkillError
from ccc.isa import INSTRUCTION_CELLS
from ccc.machine import MAX_CELLS, Cells, Image
from ccc.skills.call import Values, call_pieces, fit
from ccc.skills.library import Library
from ccc.skills.model import sizes_of
from ccc.skills.names import NAME
from ccc.skills.writing import Piece, call_line, data_lines, output_lines, source_line, stack_line


def link_skills(
    library: Library,
    names: Sequence[str],
    *,
    main: str | Path | None = None,
    data: Mapping[str, ArrayLike] | None = None,
    width: int | None = None,
) -> Image:
    """The skills `names`, and what they rest on, in one image, in the order given.

    main: the source of a program that may call them. Without it the program halts at once. data: pieces of static
    memory, each with a data pointer of its name. width: of words, 32 unless `main` says otherwise.
    Raises SkillError, CardError, SourceError, FileError.
    """
    skills = [library.find(name) for name in names]
    arrays = {name: _array(name, value) for name, value in (data or {}).items()}
    pieces = {name: Piece(name, value.shape) for name, value in arrays.items()}
    lines = [source_line(skill.source) for skill in skills]
    outlines = [skill.outline for skill in skills]
    if main is None:
        lines.append("halt")
    else:
        program = outline_file(main, library.folders)
        outlines.append(program)
        lines.append(source_line(Path(main)))
    if main is None or "stack" not in program.directives:
        lines.append(stack_line(outlines, pieces.values()))
    lines += data_lines(pieces.values())
    return _filled(library, lines, pieces, arrays, width)


def link_call(
    library: Library,
    name: str,
    values: Values,
    *,
    others: Sequence[str] = (),
    jacobian: bool = False,
    before: Values | None = None,
    width: int | None = None,
) -> Image:
    """An image that calls one skill, or its Jacobian code, on `values`, puts out what it has written, and halts.

    values, before: as in `call_skill`. others: more skills to put in. Raises what `call_skill` raises.
    """
    skill = library.find(name)
    card = skill.card
    given, starts = fit(card, values, before)
    if jacobian and not skill.declared.has_jacobian:
        raise SkillError(f"skill '{name}' has no Jacobian code")
    pieces = call_pieces(card, sizes_of(card, given), jacobian=jacobian)
    written = [pieces[slot.name] for slot in card.outputs] if not jacobian else list(pieces.values())[-1:]
    _check_room(pieces.values(), written)
    skills = [skill, *(library.find(other) for other in others)]
    lines = [source_line(found.source) for found in skills]
    lines += [call_line(name + (".jacobian" if jacobian else ""), pieces.values()), *output_lines(written), "halt"]
    copied = list(pieces.values())[:-1] if jacobian else ()
    lines += [*data_lines(pieces.values()), stack_line((found.outline for found in skills), copied)]
    return _filled(library, lines, pieces, {**given, **starts}, width or card.width)


def _check_room(pieces: Iterable[Piece], written: Iterable[Piece] = ()) -> None:
    """Raises SkillError where data, and the instructions that put out what is written, are more than a memory holds."""
    cells = sum(piece.size for piece in pieces) + INSTRUCTION_CELLS * sum(piece.size for piece in written)
    if cells > MAX_CELLS:
        raise SkillError(f"the data need {cells:,} cells; a memory has at most {MAX_CELLS:,}")


def _filled(
    library: Library,
    lines: Sequence[str],
    pieces: Mapping[str, Piece],
    values: Mapping[str, Cells],
    width: int | None,
) -> Image:
    """The program in these lines, with the values in their places."""
    text = "\n".join([*lines, ""])
    image = assemble_text(text, "<link>", base=Path(), libraries=library.folders, width=width)
    state = image.state.copy()
    for name, value in values.items():
        at = image.info.symbols[pieces[name].place]
        state.cells[at : at + value.size] = value.reshape(-1)
    return image.with_state(state)


def _array(name: str, value: ArrayLike) -> Cells:
    if not NAME.fullmatch(name):
        raise SkillError(f"{name!r} is no name for data", "letters, digits and _, a letter first")
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise SkillError(f"data '{name}': expected numbers, in rows of one length") from None
    if array.ndim > 2 or not np.isfinite(array).all():
        raise SkillError(f"data '{name}': expected finite numbers: one, a list, or a list of rows")
    return np.asarray(array + 0.0)
