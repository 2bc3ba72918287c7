"""The forward code of a skill as a list of items, with its labels and where each item leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ccc.assembler.macros import Step
from ccc.assembler.skill_syntax import Skill, is_head
from ccc.assembler.syntax import Binary, Data, Item, Name, Number, Plain, Pooled, SyntaxProblem, Unary
from ccc.errors import Span
from ccc.isa import BY_MNEMONIC, SUBLEQ
from ccc.skills.derive.source import format_item

JUMPS = ("jle", "jeq", "jlt", "jmp")


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the frame that an operand names: the slot or scratch, and which of its cells. text: the operand."""

    name: str
    index: int
    offset: int
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fixed:
    """An operand that stands for a cell outside the frame, such as `=0.5`: it can only be read."""

    text: str
    span: Span


@dataclass(frozen=True)
class Line:
    """One statement. head: the mnemonic, `.invoke`, `return`, or the directive that makes data; empty for labels."""

    index: int
    step: Step
    head: str
    operands: tuple[Item, ...]
    labels: tuple[str, ...]
    span: Span

    @property
    def runs(self) -> bool:
        """Whether the statement is an instruction or a call, and no data."""
        return bool(self.head) and (self.head == ".invoke" or not self.head.startswith("."))


class Code:
    """The forward code of a skill. Every label of it becomes a local one, as derived code is a copy elsewhere."""

    def __init__(self, skill: Skill) -> None:
        self.skill = skill
        self.cells = skill.cells(skill.forward)
        self.scratch = skill.forward.scratch
        self._local: dict[str, str] = {}
        for step in skill.forward.steps:
            for label in step.statement.labels:
                self._local[label.name] = _local_name(label.name, skill.name, set(self._local.values()))
        self.lines = [self._line(index, step) for index, step in enumerate(skill.forward.steps)]
        self.targets = {label: index for index, line in enumerate(self.lines) for label in line.labels}
        self._owners = {
            offset + index: (name, index) for name, (offset, size) in self.scratch.items() for index in range(size)
        }

    def _line(self, index: int, step: Step) -> Line:
        body = step.statement.body
        labels = tuple(self._local[label.name] for label in step.statement.labels)
        span = step.statement.span
        if body is None:
            return Line(index, step, "", (), labels, span)
        if isinstance(body, Plain):
            if is_head(body, "return"):
                return Line(index, step, "return", (), labels, body.span)
            head, *rest = body.cells
            name = head.value.name.lower() if isinstance(head.value, Name) else ""
            known = name if name in BY_MNEMONIC else SUBLEQ.mnemonic
            return Line(index, step, known, tuple(cell.value for cell in rest), labels, body.span)
        head_text = "." if isinstance(body, Data) else f".{body.name}"
        return Line(index, step, head_text, tuple(cell.value for cell in body.cells), labels, body.span)

    @property
    def words(self) -> set[str]:
        """Every name that the code uses, of cells and of constants."""
        found: set[str] = set(self.cells)
        waiting: list[Item] = [item for line in self.lines for item in line.operands]
        while waiting:
            match waiting.pop():
                case Name(_, name):
                    found.add(name)
                case Unary(_, _, value) | Pooled(_, value):
                    waiting.append(value)
                case Binary(_, _, _, left, right):
                    waiting += [left, right]
        return found

    # Operands

    def rename(self, name: Name) -> str:
        """How a name of this code is written in code derived from it. Raises SyntaxProblem for an unknown label."""
        if name.name in self._local:
            return self._local[name.name]
        if name.bound:
            raise SyntaxProblem("no such label in this skill", name.span)
        return name.name

    def text(self, item: Item) -> str:
        """The text of an operand."""
        return format_item(item, self.rename)

    def operand(self, item: Item) -> Place | Fixed:
        """What an operand for a cell stands for. Raises SyntaxProblem where it cannot be followed."""
        base, distance = _sum(item)
        if base is None or base.name not in self.cells:
            if _is_negative(item) or self.names_a_cell(item):
                hint = "cells of the frame are named, as in `value` or `buffer + 2`"
                raise SyntaxProblem("this cell cannot be followed", item.span, hint)
            return Fixed(self.text(item), item.span)
        offset = self.cells[base.name]
        size = self.scratch.get(base.name, (0, 1))[1]
        if not 0 <= distance < size:
            raise SyntaxProblem(f"'{base.name}' has {size} cell{'' if size == 1 else 's'}", item.span)
        return Place(base.name, distance, offset + distance, self.text(item), item.span)

    def names_a_cell(self, item: Item) -> bool:
        """Whether an expression has the name of a slot or of scratch in it."""
        match item:
            case Name(_, name):
                return name in self.cells
            case Unary(_, _, value) | Pooled(_, value):
                return self.names_a_cell(value)
            case Binary(_, _, _, left, right):
                return self.names_a_cell(left) or self.names_a_cell(right)
            case _:
                return False

    def beside(self, place: Place) -> Place:
        """The cell after `place`, which `ldx` and `stx` read too. Raises SyntaxProblem where it has no name."""
        offset = place.offset + 1
        if offset in self._owners:
            name, index = self._owners[offset]
            return Place(name, index, offset, f"{name} + {index}" if index else name, place.span)
        for name, at in self.cells.items():
            if at == offset:
                return Place(name, 0, offset, name, place.span)
        raise SyntaxProblem("the cell behind this one holds no index", place.span)

    # Ways

    def target(self, line: Line) -> int:
        """The line that a jump or call leads to. Raises SyntaxProblem where it leaves the skill."""
        item = line.operands[-1]
        name = self._local.get(item.name) if isinstance(item, Name) else None
        if name is None:
            hint = "a routine outside works on cells of its own: make a skill of it and .invoke that"
            raise SyntaxProblem(f"{line.head} to a place outside of this skill", item.span, hint)
        return self.targets[name]

    def successors(self, line: Line, returns: Iterable[int]) -> list[int]:
        """The lines that may run after one; len(lines) stands for the end. returns: the calls that `ret` goes back to.

        Raises SyntaxProblem where it leaves the skill.
        """
        if line.head in ("return", "halt") or self._always_faults(line):
            return []
        if line.head == "ret":
            return [call + 1 for call in sorted(returns)]
        if line.head in ("jmp", "call"):
            return [self.target(line)]
        return [line.index + 1, *([self.target(line)] if line.head in JUMPS else [])]

    def _always_faults(self, line: Line) -> bool:
        """`movi t, 0; div t, t`: how code says that there is no result. No way leads on from there."""
        if line.head not in ("div", "mod") or line.labels or line.index == 0:
            return False
        before = self.lines[line.index - 1]
        if before.head != "movi" or len(before.operands) != 2:
            return False
        cell, value = before.operands
        zero = isinstance(value, Number) and value.value == 0
        return zero and {self.text(operand) for operand in line.operands} == {self.text(cell)}


def check_form(line: Line) -> None:
    """Raises SyntaxProblem where an instruction has not the operands it takes, or labels in them."""
    if line.head == SUBLEQ.mnemonic:
        raise SyntaxProblem("subleq cannot be differentiated", line.span, "it is integer arithmetic, and a jump")
    row = BY_MNEMONIC.get(line.head)
    body = line.step.statement.body
    if row is None or not isinstance(body, Plain):
        return
    for cell in body.cells:
        if cell.labels:
            raise SyntaxProblem("code that changes itself cannot be differentiated", cell.labels[0].span)
    if len(line.operands) != len(row.operands):
        raise SyntaxProblem(f"{line.head} takes {len(row.operands)} operands, not {len(line.operands)}", line.span)


def _is_negative(item: Item) -> bool:
    """Whether an operand is a number that stands for a cell of the frame."""
    return isinstance(item, Unary) or (isinstance(item, Number) and item.value < 0)


def _sum(item: Item) -> tuple[Name | None, int]:
    """`name + number` as its two parts; (None, 0) for anything else."""
    match item:
        case Name():
            return item, 0
        case Binary(_, "+", _, Name() as name, Number(_, int(value))) | Binary(
            _, "+", _, Number(_, int(value)), Name() as name
        ):
            return name, value
        case Binary(_, "-", _, Name() as name, Number(_, int(value))):
            return name, -value
        case _:
            return None, 0


def _local_name(name: str, skill: str, taken: set[str]) -> str:
    """A label as a local one: `dot@loop` is @loop, `bump.3@done` is @bump_3_done."""
    scope, _, last = name.rpartition("@")
    text = last if scope in ("", skill) else f"{scope}_{last}".replace(".", "_").replace("@", "_")
    text = text.replace(".", "_")
    while f"@{text}" in taken:
        text += "_"
    return f"@{text}"
