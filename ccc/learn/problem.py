"""The problem that a spec poses to a search over a library: which skills may be parts, and how likely each is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from ccc.errors import CardError, Diagnostic, SkillError, nearest
from ccc.learn.guides import Guide, Question, ordered
from ccc.learn.model import Place, Problem, Spec
from ccc.skills import Library

NEVER = ("compose",)
"""Skills that are no parts of a program: the composition skill takes addresses of tables, not data."""


def base_parts(library: Library) -> tuple[str, ...]:
    """The skills of generation 0: instructions, and what else nobody has to learn."""
    return tuple(card.name for card in library.cards() if card.generation == 0)


def allowed_parts(spec: Spec, library: Library, among: Collection[str] | None = None) -> tuple[str, ...]:
    """The skills that may be parts, by name: what the spec says, of those in `among`, or of all of the library.

    A skill of the name that is looked for, and one that rests on such a skill, would be a part of itself. Raises
    CardError where the spec names some that the library does not have.
    """
    if missing := missing_parts(spec, library):
        raise CardError(_unknown(name, spec, library) for name in missing)
    names: Iterable[str] = _known(library) if spec.use is None else spec.use
    found = [name for name in names if name not in NEVER and (among is None or name in among)]
    if spec.atoms is not None:
        base, atoms = {*base_parts(library)}, {*spec.atoms}
        bases = {name: base.intersection((name, *library.find(name).rests_on)) for name in found}
        found = [name for name in found if bases[name] and bases[name] <= atoms]
    return tuple(name for name in found if name != spec.name and spec.name not in library.find(name).rests_on)


def _unknown(name: str, spec: Spec, library: Library) -> Diagnostic:
    key = "use" if name in (spec.use or ()) else "atoms"
    place = spec.places.get(name, Place(spec.span))
    return place.mistake(f"{key}: no skill '{name}' in the libraries", nearest(name, library.names))


def missing_parts(spec: Spec, library: Library, among: Collection[str] | None = None) -> tuple[str, ...]:
    """The skills that the spec names, as parts or atoms, and that are not known, or not in `among`."""
    named = (*(spec.use or ()), *(spec.atoms or ()))
    return tuple(name for name in named if name not in library or (among is not None and name not in among))


def _known(library: Library) -> list[str]:
    """All skills but those that were learnt as helpers of others."""
    records = (skill.record for skill in library)
    helpers = {name for record in records if record is not None for name in record.helpers}
    return [name for name in library.names if name not in helpers]


def pose(spec: Spec, library: Library, guide: Guide, among: Collection[str] | None = None) -> Problem:
    """The problem of a spec, its parts ordered and weighed by the guide.

    Raises SkillError where there are no parts, CardError where the spec names some that are not known, or none that may
    be parts.
    """
    parts = allowed_parts(spec, library, among)
    if not parts and spec.use:
        place = spec.places.get(spec.use[0], Place(spec.span))
        hint = "nothing is a part of itself; `atoms` and --base leave skills out, too"
        raise CardError([place.mistake("use: none of these skills may be a part of what is searched for", hint)])
    if not parts:
        raise SkillError(f"spec '{spec.name}': no skill may be used", "the key `use` names some, or --library a folder")
    question = Question(spec.card, spec.examples.train, parts, library)
    weights = guide.weigh(question)
    advise = (lambda reached: guide.weigh(replace(question, reached=reached))) if guide.per_step else None
    given = (spec.card, spec.examples.train, library, ordered(weights), spec.numbers, weights, spec.width)
    return Problem(*given, advise=advise, named=spec.use or (), places=spec.places)
