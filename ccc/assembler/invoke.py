"""`.invoke skill, argument, ...`: the frame of a call written out (windows and slots), then EXEC.

Inside a skill, room is made at once and filled by operands of the frame. Outside there is no frame, so the cells are
pushed, the last first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccc.assembler.macros import count
from ccc.assembler.pointers import Pointer
from ccc.assembler.skill_syntax import JACOBIAN, Part, Skill
from ccc.assembler.statements import Writer
from ccc.assembler.syntax import Cell, Directive, Expr, Name, Number, SyntaxProblem, Text, binary
from ccc.errors import nearest
from ccc.machine import FRAME_ORIGIN, FRAME_WINDOWS, FRAME_WINDOWS_AT


@dataclass(slots=True)
class Caller:
    """Where a call stands: in the code of a skill, or outside. pointers: the data pointers of the program."""

    skills: Mapping[str, Skill]
    skill: Skill | None = None
    part: Part | None = None
    pointers: Mapping[str, Pointer] = field(default_factory=dict)
    cells: dict[str, int] = field(init=False, default_factory=dict)
    windows: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.skill is not None and self.part is not None:
            self.cells = self.skill.cells(self.part)
            self.windows = {
                name: FRAME_WINDOWS_AT + 2 * index for index, name in enumerate(self.skill.outputs(self.part))
            }


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a cell of the new frame comes from: a number, a cell of the caller's frame, or the address of one."""

    value: Expr | None = None
    cell: int | None = None
    address_of: int | None = None


_NOTHING = _Source(value=None)


def call(body: Directive, caller: Caller, writer: Writer) -> None:
    """Write one call. Raises SyntaxProblem."""
    if not body.cells or body.cells[0].labels or not isinstance(body.cells[0].value, Name):
        raise SyntaxProblem(".invoke takes the name of a skill and its arguments", body.span)
    head, *given = body.cells
    assert isinstance(head.value, Name)
    skill, part = _callee(head.value, caller)
    names = skill.arguments(part)
    if len(given) != len(names):
        place = given[len(names)].value.span if len(given) > len(names) else head.value.span
        takes = f"{count(len(names), 'argument')} ({', '.join(names)})"
        raise SyntaxProblem(f"skill '{head.value.name}' takes {takes}, not {len(given)}", place)
    outputs = skill.outputs(part)
    slots: list[_Source] = []
    windows: list[_Source] = [_Source(value=writer.number(0))] * (2 * FRAME_WINDOWS)
    for name, cell in zip(names, given, strict=True):
        argument = _argument(cell, caller, writer, writes=name in outputs)
        slots += argument[:2]
        if name in outputs:
            at = 2 * outputs.index(name)
            windows[at : at + 2] = argument[2:]
    _write_frame([*windows, *slots], caller, writer)
    writer.plain("exec", writer.pooled(writer.name(head.value.name)))
    writer.plain("addsp", writer.number(len(windows) + len(slots)))


def _callee(name: Name, caller: Caller) -> tuple[Skill, Part]:
    wanted, _, last = name.name.rpartition(".")
    if name.name in caller.skills:
        skill = caller.skills[name.name]
        return skill, skill.forward
    if last == JACOBIAN and wanted in caller.skills:
        skill = caller.skills[wanted]
        if skill.derivative is None:
            raise SyntaxProblem(f"skill '{wanted}' has no Jacobian code", name.span, f"it was defined at {skill.span}")
        return skill, skill.derivative
    raise SyntaxProblem(f"no skill '{name.name}'", name.span, nearest(name.name, list(caller.skills)))


def _argument(cell: Cell, caller: Caller, writer: Writer, *, writes: bool) -> list[_Source]:
    """Address, stride, and the two bounds of the window."""
    value = cell.value
    if isinstance(value, Text):
        raise SyntaxProblem("an argument is an address, not a string", value.span)
    if cell.labels:
        return _moved_slot(cell, caller, writes=writes)
    if isinstance(value, Name) and value.name in caller.cells and caller.skill is not None and caller.part is not None:
        if value.name in caller.part.scratch:
            offset, size = caller.part.scratch[value.name]
            ends = (_Source(address_of=offset), _Source(address_of=offset + size))
            return [_Source(address_of=offset), _Source(value=writer.number(1)), *ends]
        if value.name not in caller.skill.arguments(caller.part):
            raise SyntaxProblem("an argument is a slot, not its stride", value.span)
        return _slot(value, caller.cells[value.name], caller, writes=writes)
    if caller.skill is not None and writes:
        hint = "the caller of this skill gives it what may be written: an output slot, or scratch"
        raise SyntaxProblem("a skill can let others write only what it may write itself", value.span, hint)
    if isinstance(value, Name) and value.name in caller.pointers:
        return _pointer(caller.pointers[value.name], writer)
    end = binary("+", value, writer.number(1), value.span, value.span)
    return [_Source(value=value), _Source(value=writer.number(1)), _Source(value=value), _Source(value=end)]


def _slot(name: Name, cell: int, caller: Caller, *, writes: bool, address: int | None = None) -> list[_Source]:
    """A slot of the caller handed on."""
    window = caller.windows.get(name.name)
    if window is None and writes:
        raise SyntaxProblem(f"'{name.name}' is no output of this skill, so it cannot be another's", name.span)
    low = 0 if window is None else window
    pointer = cell if address is None else address
    return [_Source(cell=pointer), _Source(cell=cell + 1), _Source(cell=low), _Source(cell=low + 1)]


def _moved_slot(cell: Cell, caller: Caller, *, writes: bool) -> list[_Source]:
    """`x:p`: the slot x, at the address in cell p."""
    (label, *more), value = cell.labels, cell.value
    known = [] if caller.skill is None or caller.part is None else caller.skill.arguments(caller.part)
    if more or label.name not in known:
        raise SyntaxProblem("`x:p` is the slot x of this skill at the address in its cell p", label.span)
    if not isinstance(value, Name) or value.name not in caller.cells:
        raise SyntaxProblem("expected a cell of this skill after the ':'", value.span)
    slot = Name(label.span, label.name)
    return _slot(slot, caller.cells[label.name], caller, writes=writes, address=caller.cells[value.name])


def _pointer(pointer: Pointer, writer: Writer) -> list[_Source]:
    size: Expr = writer.number(1)
    for factor in (pointer.rows, pointer.columns, pointer.stride):
        if factor is not None:
            size = factor if size == writer.number(1) else binary("*", size, factor, writer.span, writer.span)
    stride = pointer.stride or writer.number(1)
    end = binary("+", pointer.address, size, writer.span, writer.span)
    values = (pointer.address, stride, pointer.address, end)
    return [_Source(value=value) for value in values]


def _write_frame(sources: list[_Source], caller: Caller, writer: Writer) -> None:
    """sources: the cells of the frame from the windows on, in order of address."""
    if caller.part is None:
        for source in reversed(sources):
            assert source.value is not None
            writer.plain("push", writer.pooled(source.value))
        return
    depth = caller.part.room + len(sources)
    writer.plain("addsp", writer.number(-len(sources)))
    for index, source in enumerate(sources):
        target: Expr = Number(writer.span, index - depth - FRAME_ORIGIN)
        if isinstance(source.value, Number):
            writer.plain("movi", target, source.value)
        elif source.value is not None:  # an address, which MOVI could not hold where words are short
            writer.plain("mov", target, writer.pooled(source.value))
        elif source.cell is not None:
            writer.plain("mov", target, writer.number(source.cell - FRAME_ORIGIN))
        else:
            assert source.address_of is not None
            writer.plain("leas", target, writer.number(source.address_of + depth))
