"""What `.skill ... .endskill` says: slots, scratch, and the statements of the forward and the Jacobian code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ccc.assembler.macros import Step
from ccc.assembler.syntax import Cell, Directive, Name, Number, Plain, SyntaxProblem
from ccc.errors import Note, Span
from ccc.machine import FRAME_SLOTS_AT, FRAME_WINDOWS, SLOT_CELLS, SLOT_KINDS

JACOBIAN = "jacobian"
"""The slot that only Jacobian code has: where the matrix is written."""
MAX_SCRATCH = 1 << 14


Report = Callable[[SyntaxProblem, tuple[Note, ...]], None]


@dataclass(slots=True)
class Part:
    """Forward or Jacobian code. label: what its entry is called. scratch: (offset from fp, cells) by name."""

    label: str
    steps: list[Step] = field(default_factory=list)
    scratch: dict[str, tuple[int, int]] = field(default_factory=dict)
    room: int = 0

    def add_scratch(self, name: str, cells: int) -> None:
        """Cells below fp, the lowest address of which the name stands for."""
        self.room += cells
        self.scratch[name] = (-self.room, cells)


@dataclass(slots=True)
class Skill:
    """One skill as declared. slots: names by kind, in order of `SLOT_KINDS`."""

    name: str
    span: Span
    opening: Step
    slots: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in SLOT_KINDS})
    forward: Part = field(default_factory=lambda: Part("forward"))
    derivative: Part | None = None

    @property
    def ordered(self) -> list[str]:
        """The slots in the order of the frame."""
        return [name for kind in SLOT_KINDS for name in self.slots[kind]]

    def arguments(self, part: Part) -> list[str]:
        """The slots that a caller of `part` gives."""
        return [*self.ordered, *([JACOBIAN] if part is self.derivative else [])]

    def outputs(self, part: Part) -> list[str]:
        """The slots that `part` may write, in the order of the windows."""
        return [JACOBIAN] if part is self.derivative else self.slots["output"]

    def cells(self, part: Part) -> dict[str, int]:
        """Every name of a cell in the frame, with its distance from fp."""
        found = {name: offset for name, (offset, _) in part.scratch.items()}
        for index, name in enumerate(self.arguments(part)):
            found[name] = FRAME_SLOTS_AT + SLOT_CELLS * index
            found[f"{name}.stride"] = found[name] + 1
        return found


@dataclass(slots=True)
class Gathered:
    """The steps of a program without its skills, and the skills by name."""

    steps: list[Step] = field(default_factory=list)
    skills: dict[str, Skill] = field(default_factory=dict)


def gather_skills(steps: list[Step], report: Report) -> Gathered:
    """Take the skills out of a program. report: takes a SyntaxProblem and the notes of a step."""
    found, open_skill, part = Gathered(), None, None
    for step in steps:
        body = step.statement.body
        name = body.name if isinstance(body, Directive) else ""
        try:
            if name == "skill":
                assert isinstance(body, Directive)
                if open_skill is not None:
                    raise SyntaxProblem("a skill inside a skill", body.span, "end the first with .endskill")
                open_skill = _open(body, step, found)
                part = open_skill.forward
            elif name == "endskill":
                assert isinstance(body, Directive)
                _close(body, open_skill)
                open_skill = part = None
            elif open_skill is not None and part is not None:
                part = _inside(step, open_skill, part)
            elif name in (*SLOT_KINDS, "scratch", JACOBIAN):
                assert isinstance(body, Directive)
                raise SyntaxProblem(f".{name} stands in a skill, between .skill and .endskill", body.span)
            else:
                found.steps.append(step)
        except SyntaxProblem as problem:
            report(problem, step.notes)
    if open_skill is not None:
        report(SyntaxProblem("this .skill has no .endskill", open_skill.span), open_skill.opening.notes)
    return found


def _open(body: Directive, step: Step, found: Gathered) -> Skill:
    names = list(_names(body))
    if len(names) != 1:
        raise SyntaxProblem(".skill takes one name", body.span)
    ((name, span),) = names
    skill = Skill(name, span, step)
    if name in found.skills:
        raise SyntaxProblem(f"skill '{name}' is defined twice", span, f"first defined at {found.skills[name].span}")
    found.skills[name] = skill
    return skill


def _close(body: Directive, skill: Skill | None) -> None:
    if skill is None:
        raise SyntaxProblem(".endskill without .skill", body.span)
    given = [name for name, _ in _names(body)]
    if given and given != [skill.name]:
        raise SyntaxProblem(f".endskill of another skill than '{skill.name}'", body.cells[0].value.span)


def _inside(step: Step, skill: Skill, part: Part) -> Part:
    """Take one statement of a skill; returns the part that the next belongs to."""
    body = step.statement.body
    if not isinstance(body, Directive):
        part.steps.append(step)
    elif body.name in SLOT_KINDS:
        if skill.derivative is not None or part.steps:
            raise SyntaxProblem("slots come before the code", body.span)
        for name, span in _names(body):
            _free(name, span, skill, part)
            skill.slots[body.name].append(name)
        if len(skill.slots["output"]) > FRAME_WINDOWS:
            raise SyntaxProblem(f"a skill has at most {FRAME_WINDOWS} outputs", body.span)
    elif body.name == "scratch":
        _scratch(body, skill, part)
    elif body.name == JACOBIAN:
        if body.cells:
            raise SyntaxProblem(".jacobian takes nothing", body.span)
        if skill.derivative is not None:
            raise SyntaxProblem(f"skill '{skill.name}' has Jacobian code already", body.span)
        skill.derivative = Part("derivative")
        return skill.derivative
    elif body.name in _IN_CODE:
        part.steps.append(step)
    else:
        raise SyntaxProblem(f".{body.name} cannot stand in a skill", body.span, "end the skill first, with .endskill")
    return part


_IN_CODE = ("invoke", "cells", "reals", "string", "stringz", "fill", "align", "const", "equ")


def _free(name: str, span: Span, skill: Skill, part: Part) -> None:
    if name == JACOBIAN:
        raise SyntaxProblem(f"'{JACOBIAN}' is the slot that Jacobian code gets by itself", span)
    if name in skill.cells(part):
        raise SyntaxProblem(f"skill '{skill.name}' has a cell '{name}' already", span)


def _scratch(body: Directive, skill: Skill, part: Part) -> None:
    """`.scratch p, buffer, 8, q`: a number says how many cells the name before it stands for."""
    waiting: Name | None = None
    for cell in body.cells:
        value = cell.value
        if isinstance(value, Number) and waiting is not None:
            if not isinstance(value.value, int) or not 1 <= value.value <= MAX_SCRATCH - part.room:
                raise SyntaxProblem(f"scratch takes 1 to {MAX_SCRATCH:,} cells in all", value.span)
            part.add_scratch(waiting.name, value.value)
            waiting = None
            continue
        if waiting is not None:
            part.add_scratch(waiting.name, 1)
        waiting = _plain_name(cell)
        _free(waiting.name, waiting.span, skill, part)
    if waiting is not None:
        part.add_scratch(waiting.name, 1)


def _names(body: Directive) -> Iterator[tuple[str, Span]]:
    for cell in body.cells:
        name = _plain_name(cell)
        yield name.name, name.span


def _plain_name(cell: Cell) -> Name:
    if isinstance(cell.value, Name) and not cell.labels and "." not in cell.value.name and "@" not in cell.value.name:
        return cell.value
    raise SyntaxProblem("expected a name without points", cell.value.span)


def is_head(body: object, name: str) -> bool:
    """Whether a statement is `name`, without operands."""
    if not isinstance(body, Plain) or len(body.cells) != 1:
        return False
    head: object = body.cells[0].value
    return isinstance(head, Name) and head.name.lower() == name
