"""A trained program as assembly: calls of skills, and its weights as numbers in static memory."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from ccc.learn.soft.program import INNER, Call, Program
from ccc.machine import Cells, format_cell
from ccc.skills import Slot

_WIDTH = 112
_LEFT, _STEP = f"rows{INNER}left", f"one{INNER}row"


def program_source(program: Program, weights: Mapping[str, Cells]) -> str:
    """The source of the skill. weights: by name, in the shapes of `program.trained`."""
    body = _Body(program)
    skills = dict.fromkeys([*(call.step.skill for call in program.calls), *(["fcopy"] if body.copies else [])])
    slots = (("input", program.card.inputs), ("output", program.card.outputs), ("constant", program.card.constants))
    lines = ["# Written by ccc train.", f".require {', '.join(skills)}", "", f".skill {program.name}"]
    lines += [f"    .{role} {', '.join(slot.name for slot in some)}" for role, some in slots if some]
    lines += [f"    .scratch {', '.join(part)}" for part in _in_lines(body.scratch())]
    lines += [*body.lines(), ".endskill", ""]
    for slot in program.trained:
        lines += _data(program, slot, weights[slot.name])
    return "\n".join([*lines, ""])


def _data(program: Program, slot: Slot, values: Cells) -> Iterator[str]:
    """The numbers of a weight, in row-major order, behind its label. They are exact."""
    yield ".data"
    yield f"{_label(program, slot)}:    # {slot.type}{slot.shape}"
    numbers = ", ".join(format_cell(float(value)) for value in values.reshape(-1) + 0.0)
    for line in textwrap.wrap(numbers, _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"    .reals {line.rstrip(',')}"
    yield ".code"


def _label(program: Program, slot: Slot) -> str:
    return f"{program.name}.{slot.name}"


def _in_lines(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), 8):
        yield items[start : start + 8]


class _Body:
    """The code of a program's steps. In a loop, pointers go from row to row (`x__at`), outputs are made in cells of
    one's own (`y__new`), and what is carried stands in another one (`y__now`), as the same steps read it.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        card = program.card
        self._trained = {slot.name: slot for slot in program.trained}
        self._outputs = [slot.name for slot in card.outputs]
        self._moving = [slot for slot in (*card.inputs, *card.outputs) if program.moves(slot)]
        self._rows = [slot.name for slot in card.inputs if program.moves(slot)]
        self._sizes: dict[str, int] = {}
        for call in program.calls:
            self._sizes |= {name: math.prod(slot.shape.sizes(call.sizes)) for slot, name in call.results}
        self._done: set[str] = set()

    def scratch(self) -> list[str]:
        """Names with how many cells they take, as `.scratch` has them."""
        each = bool(self._program.each)
        found = [
            self._made(name) + (f", {size}" if size != 1 else "")
            for name, size in self._sizes.items()
            if each or name not in self._outputs
        ]
        if each:
            found += [_LEFT, _STEP, *(f"{name}{INNER}now" for name in self._program.carried)]
            found += [f"{slot.name}{INNER}at" for slot in self._moving]
        return found

    def lines(self) -> list[str]:
        """The code."""
        calls = [self._invoke(call) for call in self._program.calls]
        return self._loop(calls) if self._program.each else calls

    @property
    def copies(self) -> bool:
        """Whether rows of outputs have several elements, which `fcopy` copies."""
        return any(self._sizes[slot.name] != 1 for slot in self._moving if slot.name in self._outputs)

    def _loop(self, calls: Sequence[str]) -> list[str]:
        program = self._program
        lines = [f"ld   {_LEFT}, {program.each}"]
        lines += [f"mov  {slot.name}{INNER}at, {slot.name}" for slot in self._moving]
        lines += [f"mov  {name}{INNER}now, ={format_cell(start)}" for name, start in program.carried.items()]
        lines = [f"        {line}" for line in lines]
        lines += [f"@next:  jle  {_LEFT}, @done", *calls]
        after = [line for slot in self._moving for line in self._after(slot)]
        after += [f"mov  {name}{INNER}now, {name}{INNER}new" for name in program.carried]
        after += [f"addi {_LEFT}, -1", "jmp  @next"]
        lines += [f"        {line}" for line in after]
        ends = [f"st   {name}, {name}{INNER}now" for name in program.carried] + ["return"]
        return [*lines, f"@done:  {ends[0]}", *(f"        {line}" for line in ends[1:])]

    def _after(self, slot: Slot) -> Iterator[str]:
        """What is done with a row at the end of a round."""
        name, at = slot.name, f"{slot.name}{INNER}at"
        size = math.prod(part for part in slot.shape.dimensions[1:] if isinstance(part, int))
        if name in self._outputs:
            made = f"{name}{INNER}new"
            yield f"st   {at}, {made}" if size == 1 else f".invoke fcopy, {made}, {name}:{at}, ={size}"
        if size == 1:
            yield f"fadd {at}, {name}.stride"
        else:
            yield from (f"mov  {_STEP}, {name}.stride", f"fmul {_STEP}, ={size}", f"fadd {at}, {_STEP}")

    def _made(self, name: str) -> str:
        """Where a step puts a result."""
        return f"{name}{INNER}new" if self._program.each and name in self._outputs else name

    def _given(self, argument: str | float) -> str:
        if isinstance(argument, float):
            return f"={format_cell(argument)}"
        if argument in self._trained:
            return _label(self._program, self._trained[argument])
        if argument in self._rows:
            return f"{argument}:{argument}{INNER}at"
        if argument in self._program.carried and argument not in self._done:
            return f"{argument}{INNER}now"
        return self._made(argument)

    def _invoke(self, call: Call) -> str:
        """A call with its arguments in the order of the frame: inputs, outputs, constants, weights."""
        arguments = [(slot.role, self._given(argument)) for slot, argument in call.arguments]
        parts = [text for role, text in arguments if role == "input"]
        parts += [self._made(name) for _, name in call.results]
        parts += [f"={call.sizes[slot.name]}" for slot in call.card.constants]
        parts += [text for role, text in arguments if role == "weight"]
        self._done |= {name for _, name in call.results}
        return f"        .invoke {', '.join([call.step.skill, *parts])}"
