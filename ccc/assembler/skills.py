"""Skills as ordinary statements: names of slots become cells of the frame, and `.invoke` the instructions of a call.

The skills come out as two blocks, a table with a row for each (`skills`) and their code (`skill_code`).
"""

from __future__ import annotations

from collections.abc import Mapping

from ccc.assembler.depth import Depth
from ccc.assembler.invoke import Caller, call
from ccc.assembler.macros import Step
from ccc.assembler.pointers import pointers_in
from ccc.assembler.skill_syntax import Gathered, Part, Report, Skill, gather_skills, is_head
from ccc.assembler.statements import Writer
from ccc.assembler.syntax import (
    Cell,
    Data,
    Directive,
    Expr,
    Item,
    Name,
    Number,
    Plain,
    Statement,
    SyntaxProblem,
    Text,
    with_parts,
)
from ccc.isa import Dialect
from ccc.machine import FRAME_ORIGIN, NO_ENTRY, SKILL_HEADER, SLOT_KINDS, SkillBlock

TABLE = "skills"
"""The label of the first row."""


def expand_skills(steps: list[Step], dialect: Dialect, report: Report) -> tuple[list[Step], dict[str, Skill]]:
    """The program with its skills and calls written out, and the skills. Mistakes go to `report`."""
    if not any(_is_of_skills(step) for step in steps):
        return steps, {}
    found = gather_skills(steps, report)
    if found.skills and not dialect.extended:
        skill = next(iter(found.skills.values()))
        problem = SyntaxProblem(f"dialect {dialect.name} has no skills", skill.span)
        report(problem, skill.opening.notes)
        return found.steps, {}
    return _Expansion(found, report).steps(), found.skills


def skill_blocks(skills: Mapping[str, Skill], addresses: Mapping[str, int]) -> tuple[SkillBlock, ...]:
    """What an image says of its skills."""
    return tuple(
        SkillBlock(name, addresses[name], tuple(map(tuple, skill.slots.values())), skill.forward.room)
        for name, skill in skills.items()
    )


def _is_of_skills(step: Step) -> bool:
    body = step.statement.body
    words = ("skill", "endskill", "invoke", "scratch", "jacobian", *SLOT_KINDS)
    return isinstance(body, Directive) and body.name in words


class _Expansion:
    def __init__(self, found: Gathered, report: Report) -> None:
        self._found, self._report = found, report

    def steps(self) -> list[Step]:
        """The main program, then the rows of the table, then the code of the skills."""
        result: list[Step] = []
        outside = Caller(self._found.skills, pointers=pointers_in(self._found.steps))
        for step in self._found.steps:
            self._take(step, outside, result)
        skills = self._found.skills.values()
        for number, skill in enumerate(skills):
            writer = Writer(skill.opening, skill.span)
            if number == 0:
                writer.directive("block", writer.name("skills"))
                writer.label(TABLE)
            self._row(skill, writer)
            result += writer.steps
        for number, skill in enumerate(skills):
            if number == 0:
                writer = Writer(skill.opening, skill.span)
                writer.directive("block", writer.name("skill_code"))
                result += writer.steps
            for part in (skill.forward, skill.derivative):
                if part is not None:
                    result += self._part(skill, part)
        return result

    def _row(self, skill: Skill, writer: Writer) -> None:
        """The header twice, with the flag 0 and 1, then the counts."""
        forward = writer.name(f"{skill.name}.forward")
        derivative = writer.name(f"{skill.name}.derivative") if skill.derivative else writer.number(NO_ENTRY)
        for flag, label in ((0, skill.name), (1, f"{skill.name}.jacobian")):
            writer.label(label)
            writer.directive("reals", writer.number(flag), forward, derivative)
        writer.directive("cells", *(writer.number(len(skill.slots[kind])) for kind in SLOT_KINDS))

    def _part(self, skill: Skill, part: Part) -> list[Step]:
        """One entry: open the frame, make room for scratch; the code; give both back."""
        writer = Writer(skill.opening, skill.span)
        writer.label(f"{skill.name}.{part.label}")
        writer.plain("enter")
        if part.room:
            writer.plain("addsp", writer.number(-part.room))
        result = writer.steps
        caller, depth = Caller(self._found.skills, skill, part), Depth(part.steps)
        for step in part.steps:
            depth.take(step)
            self._take(step, caller, result, depth)
        if not part.steps or not is_head(part.steps[-1].statement.body, "return"):
            result += _return(Writer(skill.opening, skill.span))
        return result

    def _take(self, step: Step, caller: Caller, result: list[Step], depth: Depth | None = None) -> None:
        body = step.statement.body
        writer = Writer(step, step.statement.span)
        try:
            if isinstance(body, Directive) and body.name == "invoke":
                if depth is not None:
                    depth.check(body.span)
                writer.labels(step.statement.labels)
                call(body, caller, writer)
                result += writer.steps
            elif caller.skill is not None and is_head(body, "return"):
                writer.labels(step.statement.labels)
                result += _return(writer)
            elif caller.skill is not None:
                result.append(Step(_with_cells(step.statement, caller.cells), step.uses))
            else:
                result.append(step)
        except SyntaxProblem as problem:
            self._report(problem, step.notes)


def _return(writer: Writer) -> list[Step]:
    writer.plain("leave")
    return writer.steps


# Names of the frame's cells


def _with_cells(statement: Statement, cells: dict[str, int]) -> Statement:
    """The statement with the names of slots and scratch replaced by operands that stand for cells of the frame."""
    body = statement.body
    if isinstance(body, Plain):
        head, *rest = body.cells
        body = Plain(body.span, (head, *_replaced(rest, cells)))
    elif isinstance(body, Data):
        body = Data(body.span, _replaced(body.cells, cells))
    elif isinstance(body, Directive):
        body = Directive(body.span, body.name, _replaced(body.cells, cells))
    return Statement(statement.span, statement.labels, body)


def _replaced(given: list[Cell] | tuple[Cell, ...], cells: dict[str, int]) -> tuple[Cell, ...]:
    return tuple(Cell(cell.labels, _item(cell.value, cells)) for cell in given)


def _item(item: Item, cells: dict[str, int]) -> Item:
    return item if isinstance(item, Text) else _expr(item, cells)


def _expr(expr: Expr, cells: dict[str, int]) -> Expr:
    if isinstance(expr, Name) and expr.name in cells:
        return Number(expr.span, cells[expr.name] - FRAME_ORIGIN)
    return with_parts(expr, lambda part: _expr(part, cells))


assert SKILL_HEADER == 3, "a row is written as flag, forward, derivative"
