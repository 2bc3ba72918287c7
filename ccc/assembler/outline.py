"""What a source says of its skills, without assembling it: slots, scratch, Jacobian code, and what it requires."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccc.assembler.macros import Expander
from ccc.assembler.report import Reporter, Sources
from ccc.assembler.skill_syntax import gather_skills
from ccc.assembler.syntax import Directive
from ccc.errors import Span
from ccc.files import Memo


@dataclass(frozen=True, slots=True)
class SkillOutline:
    """One skill as declared. slots: names by kind, in order of `SLOT_KINDS`. room: cells of scratch, the larger of
    forward and Jacobian code.
    """

    name: str
    span: Span
    slots: tuple[tuple[str, ...], ...]
    has_jacobian: bool
    room: int

    @property
    def names(self) -> tuple[str, ...]:
        """The slots in the order of the frame."""
        return tuple(name for kind in self.slots for name in kind)


@dataclass(frozen=True, slots=True)
class Outline:
    """The skills of a source and of all that it takes in, by name, in order; the names that the `.require` lines of the
    source itself give; the directives outside skills.
    """

    skills: dict[str, SkillOutline]
    requires: tuple[str, ...]
    directives: frozenset[str]


_known: Memo[Outline] = Memo()


def outline_file(
    path: str | Path, libraries: Sequence[Path] = (), still: Callable[[Outline], bool] | None = None
) -> Outline:
    """Raises SourceError with the mistakes found so far in the source, FileError when it cannot be read.

    still: whether what it requires is still found where it was: with it, what was read before is not read again as long
    as no file has changed.
    """
    key = str(path), tuple(map(str, libraries))
    known = _known.get(key) if still is not None else None
    if known is not None and still is not None and still(known):
        return known
    sources = Sources()
    found = _outline(path, libraries, sources)
    _known.keep(key, sources.stamps, found)
    return found


def _outline(path: str | Path, libraries: Sequence[Path], sources: Sources) -> Outline:
    reporter = Reporter(sources)
    expander = Expander(sources, reporter, libraries)
    expander.file(Path(path))
    found = gather_skills(expander.steps, reporter.add)
    reporter.stop_if_any()
    skills = {}
    for name, skill in found.skills.items():
        rooms = [part.room for part in (skill.forward, skill.derivative) if part is not None]
        slots = tuple(map(tuple, skill.slots.values()))
        skills[name] = SkillOutline(name, skill.span, slots, skill.derivative is not None, max(rooms))
    bodies = (step.statement.body for step in found.steps)
    directives = frozenset(body.name for body in bodies if isinstance(body, Directive))
    return Outline(skills, tuple(expander.required), directives)


def source_files(path: str | Path, libraries: Sequence[Path] = ()) -> list[Path]:
    """The source and every file that it takes in, in order. Raises what `outline_file` does."""
    sources = Sources()
    reporter = Reporter(sources)
    expander = Expander(sources, reporter, libraries)
    expander.file(Path(path))
    reporter.stop_if_any()
    return [Path(name) for name in sources.names()]
