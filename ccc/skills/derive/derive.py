"""A skill's source with Jacobian code: the driver in the skill itself, and behind it the tangent versions it calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ccc.assembler.skill_syntax import Skill
from ccc.assembler.syntax import SyntaxProblem
from ccc.errors import Note, Span
from ccc.skills.derive.calls import Callee
from ccc.skills.derive.code import Line
from ccc.skills.derive.driver import Driver
from ccc.skills.derive.names import Fresh
from ccc.skills.derive.purity import is_function
from ccc.skills.derive.source import Source, read_source
from ccc.skills.derive.tangent import Origin, Tangent
from ccc.skills.derive.types import Types, slot_types

_EMPTY = [
    "    .jacobian",
    "        # Derived: no real outputs, or nothing that they depend on. The matrix is empty.",
]


@dataclass(frozen=True, slots=True)
class Derived:
    """The result. text: the source with the Jacobian code. tangents: the skills that were derived beside it."""

    skill: str
    text: str
    tangents: tuple[str, ...]


def derive_file(
    path: str | Path, *, card: str | Path | None = None, libraries: Sequence[Path] = (), replace: bool = False
) -> Derived:
    """Derive the Jacobian code of the skill in `path` from its forward code.

    card: where its slots' types are; beside the source unless told. libraries: where `.require` looks. replace: derive
    again what has Jacobian code already. Raises SourceError with every mistake found and every instruction that has no
    derivative, FileError when a file cannot be read.
    """
    source = read_source(Path(path), libraries)
    return _Derivation(source, Path(card) if card else None, replace=replace).result()


class _Derivation:
    def __init__(self, source: Source, card: Path | None, *, replace: bool) -> None:
        self._source, self._reporter = source, source.reporter
        self._skill = self._find_skill()
        self._types_of: dict[str, Types] = {}
        self._types_of[self._skill.name] = slot_types(self._skill, card or source.path.with_suffix(".yaml"))
        earlier = self._check_jacobian(replace=replace)
        self._skills = {name: skill for name, skill in source.skills.items() if name not in earlier}
        self._dropped = [self._extent(source.skills[name]) for name in earlier]
        self._fresh = Fresh(self._skills)
        self._names: dict[str, str] = {}
        self._waiting: list[tuple[Skill, tuple[Note, ...]]] = []
        self._functions: dict[str, bool] = {}

    def result(self) -> Derived:
        types = self._types(self._skill)
        active = [slot for slot in types.values() if slot.differentiable]
        if types and not active:
            message = f"every slot of skill '{self._skill.name}' holds integers"
            self._stop(SyntaxProblem(message, self._skill.span, "there is nothing to differentiate"))
        if len({slot.role == "output" for slot in active}) < 2:
            return Derived(self._skill.name, self._compose(_EMPTY, []), ())
        blocks: list[list[str]] = []
        name = self._tangent_of(self._skill, ())
        driver: list[str] = []
        while self._waiting:
            skill, notes = self._waiting.pop(0)
            origin = Origin(self._source.texts, self._reporter, notes)
            tangent = Tangent(self._names[skill.name], skill, self._types(skill), self._skills, self._callee, origin)
            lines = tangent.lines()
            comment = f"    # Derived from {skill.name}: the same, with the tangent of each real number beside it."
            blocks.append([lines[0], comment, *lines[1:]])
            if skill is self._skill:
                driver = Driver(skill, types, name, tangent.away).lines()
        self._reporter.stop_if_any()
        return Derived(self._skill.name, self._compose(driver, blocks), tuple(self._names.values()))

    # Which skills

    def _find_skill(self) -> Skill:
        """The skill named like the file, or the only one in it."""
        own = [skill for skill in self._source.skills.values() if skill.span.file == str(self._source.path)]
        named = [skill for skill in own if skill.name == self._source.path.stem]
        if named or len(own) == 1:
            return (named or own)[0]
        hint = f"it has {', '.join(skill.name for skill in own)}" if own else ""
        message = f"no `.skill {self._source.path.stem}` here: a skill stands in a file of its name"
        self._stop(SyntaxProblem(message, Span(str(self._source.path), 1, 1), hint))
        raise AssertionError("unreachable")

    def _check_jacobian(self, *, replace: bool) -> list[str]:
        """The names of tangent versions that an earlier derivation left in the source."""
        name = self._skill.name
        if self._skill.derivative is None:
            return []
        if not replace:
            message = f"skill '{name}' has Jacobian code already"
            self._stop(SyntaxProblem(message, self._source.jacobians[name], "--replace derives it again"))
        mine = [skill for skill in self._source.skills.values() if skill.span.file == str(self._source.path)]
        return [skill.name for skill in mine if skill.name.startswith(f"{name}_tangent")]

    def _types(self, skill: Skill) -> Types:
        if skill.name not in self._types_of:
            card = Path(skill.span.file).with_name(f"{skill.name}.yaml")
            self._types_of[skill.name] = slot_types(skill, card)
        return self._types_of[skill.name]

    def _callee(self, name: str, line: Line) -> Callee:
        """How a skill is called: by its Jacobian code where that says all, else by a tangent version."""
        skill = self._skills[name]
        types = self._types(skill)
        if not any(slot.differentiable for slot in types.values()):
            return Callee(skill, types, None)
        if skill.derivative is not None and skill is not self._skill:
            if name not in self._functions:
                self._functions[name] = is_function(skill, types, self._skills, self._types)
            if self._functions[name]:
                return Callee(skill, types, None)
        message = f"derived as it is called here: {self._how(skill)}"
        return Callee(skill, types, self._tangent_of(skill, (Note(message, line.span),)))

    @staticmethod
    def _how(skill: Skill) -> str:
        if skill.derivative is None:
            return f"'{skill.name}' has no Jacobian code"
        return (
            f"the Jacobian code of '{skill.name}' would be called if its real slots were scalars, and its real outputs "
            "written on every way, never read, and last of all"
        )

    def _tangent_of(self, skill: Skill, notes: tuple[Note, ...]) -> str:
        """The name of the tangent version, which is derived once."""
        if skill.name not in self._names:
            own = f"{self._skill.name}_tangent"
            self._names[skill.name] = self._fresh.name(own if skill is self._skill else f"{own}_{skill.name}")
            self._waiting.append((skill, notes))
        return self._names[skill.name]

    # The text

    def _compose(self, driver: list[str], blocks: list[list[str]]) -> str:
        lines = list(self._source.lines)
        insert_at = self._extent(self._skill)[1] - 1
        jacobian = self._source.jacobians.get(self._skill.name)
        edits: list[tuple[int, int, list[str]]] = [(insert_at, insert_at, driver)]
        if jacobian is not None:
            self._alone(jacobian)
            edits = [(jacobian.line - 1, insert_at, driver)]
        edits += [(start - 1, end, []) for start, end in self._dropped]
        for start, end, new in sorted(edits, reverse=True):
            lines[start:end] = new
        while lines and not lines[-1].strip():
            lines.pop()
        for block in blocks:
            lines += ["", *block]
        return "\n".join(lines) + "\n"

    def _extent(self, skill: Skill) -> tuple[int, int]:
        """The first and the last line of a skill in the source that is changed."""
        end = self._source.ends[skill.name]
        self._alone(end)
        return skill.opening.statement.span.line, end.line

    def _alone(self, span: Span) -> None:
        """Lines are put in before `span`, so nothing else may stand on its line, and it may come from no macro."""
        text = self._source.texts.line(span)
        if span.file != str(self._source.path) or text[: span.column - 1].strip():
            self._stop(SyntaxProblem("this must stand on a line of its own, in this file", span))

    def _stop(self, problem: SyntaxProblem) -> None:
        self._reporter.add(problem)
        self._reporter.stop_if_any()
