"""Libraries: folders of skills, each a source NAME.s with a card NAME.yaml beside it, anywhere below the folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ccc.assembler import Outline, SkillOutline, outline_file
from ccc.errors import CardError, Diagnostic, SkillError, nearest
from ccc.files import library_files, read_bytes
from ccc.machine import SLOT_KINDS
from ccc.skills.cards import read_card
from ccc.skills.folders import libraries
from ccc.skills.known import Known
from ccc.skills.mixture import Mixture
from ccc.skills.mixture_read import read_mixture
from ccc.skills.model import Card
from ccc.skills.records import Record, read_record

MIXTURE_SUFFIX = ".mixture"
RECORD_SUFFIX = ".record.json"
_MAX_SOURCE = 1 << 26


@dataclass(frozen=True)
class Skill:
    """One skill of a library. folders: the libraries in which what it requires is looked for, in order. said: its card,
    where that stands in no file beside the source. known: the library that it is one of.
    """

    name: str
    source: Path
    folder: Path
    folders: tuple[Path, ...]
    said: Card | None = None
    known: Known | None = field(default=None, compare=False, repr=False)

    @cached_property
    def card(self) -> Card:
        """Raises CardError where the card has mistakes, or does not agree with the source; SourceError, FileError."""
        if self.said is not None:
            return self.said
        card = read_card(self.source.with_suffix(".yaml"))
        _compare(card, self)
        return card

    @cached_property
    def outline(self) -> Outline:
        """What the source says. Raises SourceError, FileError."""
        return outline_file(self.source, self.folders, self._still)

    def _still(self, outline: Outline) -> bool:
        """Whether the library finds the skills of an outline in the files from which it was made."""
        library = self.known
        return isinstance(library, Library) and all(
            name in library and library.find(name).source == Path(skill.span.file)
            for name, skill in outline.skills.items()
        )

    @property
    def declared(self) -> SkillOutline:
        """This skill's slots as the source declares them. Raises SourceError, or SkillError where there are none."""
        found = self.outline.skills.get(self.name)
        if found is None:
            others = ", ".join(self.outline.skills)
            hint = f"it has .skill {others}" if others else ""
            raise SkillError(f"{self.source} has no `.skill {self.name}`", hint)
        return found

    @property
    def requires(self) -> tuple[str, ...]:
        """The skills that the `.require` lines of the source name."""
        return self.outline.requires

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The skills that it requires, and those that they require in turn, each after those that it rests on."""
        return tuple(name for name in self.outline.skills if name != self.name)

    @cached_property
    def mixture(self) -> Mixture | None:
        """The mixture that it was learnt as, None where none stands beside the source. Raises CardError, FileError."""
        path = self.source.with_suffix(MIXTURE_SUFFIX)
        return read_mixture(path, self.known) if self.known is not None and path.is_file() else None

    @cached_property
    def record(self) -> Record | None:
        """How it was learnt, None where nothing says that. Raises FileError."""
        path = self.source.with_suffix(RECORD_SUFFIX)
        return read_record(path) if path.is_file() else None

    @property
    def text(self) -> str:
        """The source. Raises FileError."""
        return read_bytes(self.source, _MAX_SOURCE).decode("utf-8-sig", "replace")


class Library:
    """Skills by name, from several folders: the first that has a skill of a name wins."""

    def __init__(self, folders: Iterable[str | Path]) -> None:
        """folders: in the order in which they are searched. Raises SkillError where one is missing, or has two skills
        of one name.
        """
        self.folders = tuple(Path(folder) for folder in folders)
        self._skills: dict[str, Skill] = {}
        self._incomplete: dict[str, str] = {}
        for folder in self.folders:
            if not folder.is_dir():
                raise SkillError(f"library {folder} is no folder")
            for name, skill in self._skills_in(folder).items():
                self._skills.setdefault(name, skill)

    @classmethod
    def default(cls, first: Iterable[str | Path] = ()) -> Library:
        """The folders `first`, then $CCC_LIBRARY, then the skills that come with ccc. Raises SkillError."""
        return cls(libraries(tuple(first)))

    def __iter__(self) -> Iterator[Skill]:
        """Every skill, in order of name."""
        return iter(self._skills[name] for name in sorted(self._skills))

    def __len__(self) -> int:
        return len(self._skills)

    def __contains__(self, name: object) -> bool:
        return name in self._skills

    @property
    def names(self) -> list[str]:
        """The names of all skills, sorted."""
        return sorted(self._skills)

    def find(self, name: str) -> Skill:
        """The skill called `name`. Raises SkillError, with the nearest name, where there is none."""
        if name in self._skills:
            return self._skills[name]
        if name in self._incomplete:
            raise SkillError(f"skill '{name}' is incomplete: {self._incomplete[name]}")
        where = ", ".join(map(str, self.folders))
        searched = f"searched {where}" if where else "no library: give one with --library"
        raise SkillError(f"no skill '{name}'", nearest(name, self._skills) or searched)

    def card(self, name: str) -> Card:
        """The card of the skill called `name`. Raises SkillError, CardError, SourceError, FileError."""
        return self.find(name).card

    def rests_on(self, name: str) -> tuple[str, ...]:
        """The skills that a skill requires, and those that they require in turn. Raises what `card` does."""
        return self.find(name).rests_on

    def cards(self) -> list[Card]:
        """Every card, in order of generation and name. Raises what `card` does."""
        return sorted((skill.card for skill in self), key=lambda card: (card.generation, card.name))

    def _skills_in(self, folder: Path) -> dict[str, Skill]:
        found: dict[str, Skill] = {}
        sources, cards = _files_in(folder)
        for source in sources:
            if source.with_suffix(".yaml") not in cards:
                self._incomplete.setdefault(source.stem, f"{source} has no card {source.stem}.yaml beside it")
                continue
            name = source.stem
            if name in found:
                raise SkillError(f"two skills '{name}' in library {folder}: {found[name].source} and {source}")
            found[name] = Skill(name, source, folder, self.folders, known=self)
        for card in sorted(cards):
            if card.with_suffix(".s") not in sources:
                self._incomplete.setdefault(card.stem, f"{card} has no source {card.stem}.s beside it")
        return found


def _files_in(folder: Path) -> tuple[dict[Path, None], set[Path]]:
    """The sources, in order, and the cards in and below a folder."""
    files = library_files(folder, "*.[sy]*")
    sources = dict.fromkeys(path for path in files if path.suffix == ".s")
    return sources, {path for path in files if path.suffix == ".yaml" and path.is_file()}


def _compare(card: Card, skill: Skill) -> None:
    """Raises CardError where card and source do not agree."""
    if card.name != skill.name:
        _disagree(card, f"the card of '{card.name}' stands in {card.path.name}: it must be {card.name}.yaml")
    declared = skill.declared
    for kind, names in zip(SLOT_KINDS, declared.slots, strict=True):
        said = tuple(slot.name for slot in card.of(kind))
        if said != names:
            there, here = (", ".join(part) or "none" for part in (names, said))
            _disagree(card, f"{kind}s differ: the card has {here}; the source, at {declared.span}, has {there}")
    if card.differentiable and not declared.has_jacobian:
        _disagree(card, f"the card says differentiable, but the source, at {declared.span}, has no .jacobian")


def _disagree(card: Card, message: str) -> None:
    raise CardError([Diagnostic(message, card.span)])
