"""The code of a skill written out where it is called: scratch and labels renamed, slots replaced by cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from ccc.assembler.macros import Expander, Step
from ccc.assembler.report import Reporter, Sources
from ccc.assembler.skill_syntax import Skill, gather_skills, is_head
from ccc.assembler.syntax import (
    Cell,
    Data,
    Directive,
    Expr,
    Item,
    Label,
    Name,
    Plain,
    Statement,
    Text,
    with_parts,
)
from ccc.assembler.unparse import item_text, statement_text
from ccc.isa import BY_MNEMONIC
from ccc.skills.library import Library
from ccc.skills.lower_frame import Frame, Place
from ccc.skills.mixture_tables import set_line

_BY_DISTANCE = ("leas", "lds", "sts", "addsp", "enter", "leave")
"""Instructions that count cells from the stack pointer: in another frame they would find others."""


class CannotInlineError(Exception):
    """A skill whose code does not work in another frame. Never leaves the lowering."""


class Inliner:
    """Writes out calls in one frame. required: the skills whose sources define names that the code uses."""

    def __init__(self, library: Library, frame: Frame) -> None:
        self.required: list[str] = []
        self.library, self._frame = library, frame
        self._sources: dict[Path, dict[str, Skill]] = {}
        self._serial = 0

    def call(self, name: str, places: list[Place], inside: tuple[str, ...] = ()) -> list[str]:
        """The lines of a call. places: one a slot. Raises CannotInlineError before anything is written."""
        if name in inside:
            raise CannotInlineError(f"'{name}' calls itself")
        self._serial += 1
        skill = self._skill(name)
        body = _Body(self, skill, dict(zip(skill.ordered, places, strict=True)), self._frame, self._serial)
        return list(body.lines((*inside, name)))

    def require(self, name: str) -> None:
        if name not in self.required:
            self.required.append(name)

    def _skill(self, name: str) -> Skill:
        source = self.library.find(name).source
        if source not in self._sources:
            sources = Sources()
            reporter = Reporter(sources)
            expander = Expander(sources, reporter, self.library.folders)
            expander.file(source)
            self._sources[source] = gather_skills(expander.steps, reporter.add).skills
            reporter.stop_if_any()
        return self._sources[source][name]


class _Body:
    """One skill being written out at one place."""

    def __init__(self, inliner: Inliner, skill: Skill, places: Mapping[str, Place], frame: Frame, serial: int) -> None:
        self._inliner, self._skill, self._places, self._frame, self._serial = inliner, skill, places, frame, serial
        steps = skill.forward.steps
        written = [label.name for step in steps for label in _labels(step.statement)]
        self._labels = {name: f"@{name.rpartition('@')[2]}_{serial}" for name in written}
        for name in [name for name in written if written.count(name) == 1]:
            if list(self._labels.values()).count(self._labels[name]) > 1:
                self._labels[name] = f"@{name.replace('@', '_').replace('.', '_')}_{serial}"
        self._end = f"@return_{serial}"
        while self._end in self._labels.values():
            self._end += "_"

    def lines(self, inside: tuple[str, ...]) -> Iterator[str]:
        steps = self._skill.forward.steps
        self._check(steps)
        names = {name: self._scratch(name, size) for name, (_, size) in self._skill.forward.scratch.items()}
        self._names = names
        jumps = False
        for number, step in enumerate(steps):
            body = step.statement.body
            labels = "".join(f"{self._labels[label.name]}: " for label in step.statement.labels)
            if is_head(body, "return"):
                last = number == len(steps) - 1
                jumps = jumps or not last or bool(labels)
                yield f"{labels or '        '}jmp  {self._end}" if not last else f"{labels.rstrip()}"
            elif isinstance(body, Directive) and body.name == "invoke":
                if labels:
                    yield labels.rstrip()
                yield from self._invoke(body, inside)
            else:
                text = self._text(step.statement)
                yield f"{labels:<8}{text}"
        if jumps:
            yield f"{self._end}:"

    def _scratch(self, name: str, size: int) -> str:
        """The frame's scratch for that of this skill, which uses of the same skill share."""
        return self._frame.own(f"{self._skill.name}_{name}", size)

    def _check(self, steps: list[Step]) -> None:
        for step in steps:
            body = step.statement.body
            head = body.cells[0].value if isinstance(body, Plain) else None
            if isinstance(head, Name) and head.name.lower() in _BY_DISTANCE:
                raise CannotInlineError(f"'{self._skill.name}' uses {head.name}")

    # Calls inside

    def _invoke(self, body: Directive, inside: tuple[str, ...]) -> Iterator[str]:
        head, *given = body.cells
        if not isinstance(head.value, Name) or head.value.name not in self._inliner.library:
            raise CannotInlineError(f"'{self._skill.name}' calls what no library has")
        places = [self._argument(cell) for cell in given]
        yield from self._inliner.call(head.value.name, places, inside)

    def _argument(self, cell: Cell) -> Place:
        value = cell.value
        if isinstance(value, Text):
            raise CannotInlineError("a string as an argument")
        if cell.labels:
            slot = self._places[cell.labels[0].name]
            return Place(partial(item_text, self._item(value)), slot.stride, written=slot.written)
        if isinstance(value, Name) and value.name in self._places:
            return self._places[value.name]
        if isinstance(value, Name) and value.name in self._names:
            own = self._names[value.name]
            local = own if self._frame.scratch[own] == 1 else ""
            return Place(partial(self._frame.address_of, own), "=1", local=local)
        return Place(partial(str, f"={item_text(self._item(value), tight=True)}"), "=1")

    # Statements

    def _text(self, statement: Statement) -> str:
        body = statement.body
        if isinstance(body, Plain):
            return self._plain(body)
        if isinstance(body, Data | Directive):
            cells = tuple(Cell(self._renamed(cell.labels), self._item(cell.value)) for cell in body.cells)
            made = Data(body.span, cells) if isinstance(body, Data) else Directive(body.span, body.name, cells)
            return statement_text(Statement(statement.span, (), made))
        return ""

    def _plain(self, body: Plain) -> str:
        head, *rest = body.cells
        mnemonic = head.value.name.lower() if isinstance(head.value, Name) else ""
        operands = [cell.value for cell in rest]
        if mnemonic == "ld" and len(operands) == 2 and isinstance(operands[1], Name):
            place = self._places.get(operands[1].name)
            target = item_text(self._item(operands[0]))
            if place is not None and place.local:
                return f"mov  {target}, {place.local}"
            if place is not None and place.number is not None:
                return set_line(target, place.number)
        if mnemonic == "st" and len(operands) == 2 and isinstance(operands[0], Name):
            place = self._places.get(operands[0].name)
            if place is not None and place.local:
                return f"mov  {place.local}, {item_text(self._item(operands[1]))}"
        first = head if mnemonic in BY_MNEMONIC or mnemonic == "subleq" else Cell((), self._item(head.value))
        cells = (first, *(Cell(self._renamed(cell.labels), self._item(cell.value)) for cell in rest))
        return statement_text(Statement(body.span, (), Plain(body.span, cells)))

    def _renamed(self, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        return tuple(Label(label.span, self._labels[label.name]) for label in labels)

    def _item(self, item: Item) -> Item:
        return item if isinstance(item, Text) else self._expr(item)

    def _expr(self, expr: Expr) -> Expr:
        return Name(expr.span, self._name(expr.name)) if isinstance(expr, Name) else with_parts(expr, self._expr)

    def _name(self, name: str) -> str:
        slot, _, last = name.rpartition(".")
        if name in self._names:
            return self._names[name]
        if name in self._places:
            return self._places[name].address
        if last == "stride" and slot in self._places:
            return self._places[slot].stride
        if name in self._labels:
            return self._labels[name]
        self._inliner.require(self._skill.name)  # a constant or data of its source
        return name


def _labels(statement: Statement) -> Iterator[Label]:
    yield from statement.labels
    if isinstance(statement.body, Plain | Data | Directive):
        for cell in statement.body.cells:
            if not (isinstance(statement.body, Directive) and statement.body.name == "invoke"):
                yield from cell.labels
