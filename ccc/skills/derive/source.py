"""The source of a skill and of the skills that it calls: statements with their places, and expressions back as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccc.assembler.macros import Expander, Step
from ccc.assembler.report import Reporter, Sources
from ccc.assembler.skill_syntax import Skill, gather_skills
from ccc.assembler.syntax import Binary, Directive, Here, Item, Local, Name, Number, Pooled, SyntaxProblem, Text, Unary
from ccc.errors import Span


@dataclass(frozen=True)
class Source:
    """One file with everything that it takes in. lines: its own. ends: the place of each `.endskill`, by skill."""

    path: Path
    lines: list[str]
    skills: dict[str, Skill]
    ends: dict[str, Span]
    jacobians: dict[str, Span]
    texts: Sources
    reporter: Reporter


def read_source(path: Path, libraries: Sequence[Path] = ()) -> Source:
    """Raises SourceError with every mistake found, FileError when `path` cannot be read."""
    texts = Sources()
    reporter = Reporter(texts)
    expander = Expander(texts, reporter, libraries)
    expander.file(path)
    reporter.stop_if_any()
    found = gather_skills(expander.steps, reporter.add)
    reporter.stop_if_any()
    ends, jacobians = _places(expander.steps)
    return Source(path, texts.lines(str(path)), found.skills, ends, jacobians, texts, reporter)


def _places(steps: Sequence[Step]) -> tuple[dict[str, Span], dict[str, Span]]:
    """Where `.endskill` and `.jacobian` of each skill stand."""
    ends: dict[str, Span] = {}
    jacobians: dict[str, Span] = {}
    name = ""
    for step in steps:
        body = step.statement.body
        if not isinstance(body, Directive):
            continue
        if body.name == "skill" and isinstance(body.cells[0].value, Name):
            name = body.cells[0].value.name
        elif body.name == "endskill":
            ends[name] = body.span
        elif body.name == "jacobian":
            jacobians[name] = body.span
    return ends, jacobians


def format_item(item: Item, rename: Callable[[Name], str], *, inner: bool = False) -> str:
    """The text of an expression. rename: how a name is written. Raises SyntaxProblem for what has no place there."""
    match item:
        case Number(_, value):
            return f"({value})" if inner and value < 0 else repr(value)
        case Name():
            return rename(item)
        case Unary(_, operator, operand):
            text = operator + format_item(operand, rename, inner=True)
            return f"({text})" if inner else text
        case Binary(_, operator, _, left, right):
            text = f"{format_item(left, rename, inner=True)} {operator} {format_item(right, rename, inner=True)}"
            return f"({text})" if inner else text
        case Pooled(_, value):
            compound = isinstance(value, Binary)
            text = format_item(value, rename, inner=compound)
            return f"(={text})" if inner else f"={text}"
        case Here(span):
            raise SyntaxProblem("'?' is another address in the derived code", span, "use a label")
        case Text(span) | Local(span):
            raise SyntaxProblem("expected an expression", span)
