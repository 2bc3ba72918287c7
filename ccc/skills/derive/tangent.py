"""The tangent version of a skill: its forward code with, before each instruction, what that does to the tangents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ccc.assembler.report import Reporter, Sources
from ccc.assembler.skill_syntax import Skill
from ccc.assembler.syntax import SyntaxProblem
from ccc.errors import Note, Span
from ccc.machine import SLOT_KINDS
from ccc.skills.derive.calls import Callee, Calls
from ccc.skills.derive.code import Code, Line
from ccc.skills.derive.kinds import State
from ccc.skills.derive.names import Cells
from ccc.skills.derive.rules import Rules, UnwrittenError
from ccc.skills.derive.types import Types

_MARGIN = 44
"""The column of the source lines beside the code."""


@dataclass(frozen=True)
class Origin:
    """Where a derivation was asked for. texts: for the source lines. notes: the calls that led here."""

    texts: Sources
    reporter: Reporter
    notes: tuple[Note, ...] = ()


class Tangent:
    """Derives the tangent version of one skill, as lines of assembly. away: for each slot with tangents, the constant
    slot that says how far away they are.
    """

    def __init__(
        self,
        name: str,
        skill: Skill,
        types: Types,
        skills: Mapping[str, Skill],
        find: Callable[[str, Line], Callee],
        origin: Origin,
    ) -> None:
        self.name, self.skill, self._types, self._origin = name, skill, types, origin
        self._code = Code(skill)
        self._cells = Cells(self._code.scratch, self._code.words)
        self._rules = Rules(self._code, types, self._cells)
        self._calls = Calls(self._rules, skills, find)
        self.away = {
            slot.name: self._cells.slot(f"{slot.name}_tangents") for slot in types.values() if slot.differentiable
        }

    def lines(self) -> list[str]:
        """The skill, from .skill to .endskill. Mistakes go to the reporter."""
        before = self._kinds()
        self._cells.forget()
        body: list[str] = []
        for index, line in enumerate(self._code.lines):
            body += self._piece(line, before.get(index))
        head = [f".skill {self.name}"]
        for kind in SLOT_KINDS:
            names = [*self.skill.slots[kind], *(self.away.values() if kind == "constant" else ())]
            head += [f"    .{kind} {', '.join(names)}"] if names else []
        loads = [
            _row(f"ld   {cell}, {slot}", "how far away the tangents are" if not index else "")
            for index, (cell, slot) in enumerate(self._used_distances())
        ]
        return [*head, *(f"    {line}" for line in self._cells.declarations()), *loads, *body, ".endskill"]

    def _used_distances(self) -> list[tuple[str, str]]:
        cells = [(self._cells.known(f"{name}_away"), slot) for name, slot in self.away.items()]
        return [(cell, slot) for cell, slot in cells if cell]

    def _kinds(self) -> dict[int, State]:
        """What cells hold before each line that can be reached: the least solution, by a worklist."""
        before = {0: State()}
        waiting = [0]
        while waiting:
            index = waiting.pop()
            for successor, state in self._after(index, before):
                if successor not in before:
                    before[successor] = state.copy()
                    waiting.append(successor)
                elif len(before[successor].stack) == len(state.stack) and before[successor].merge(state):
                    waiting.append(successor)
        for index in sorted(before):
            if any(len(before[successor].stack) != len(state.stack) for successor, state in self._after(index, before)):
                message = "the stack is not as high on every way to the next instruction"
                self._report(SyntaxProblem(message, self._code.lines[index].span), self._code.lines[index])
        return before

    def _after(self, index: int, before: dict[int, State]) -> list[tuple[int, State]]:
        """The lines that may follow a line, with what cells hold then. Mistakes are told when the code is written."""
        if index == len(self._code.lines):
            return []
        state, line = before[index].copy(), self._code.lines[index]
        calls = state.stack[-1] if state.stack else None
        try:
            self._take(line, state, [])
        except UnwrittenError:
            return []  # perhaps another way here, which is still to come, has written it
        except SyntaxProblem:
            pass
        try:
            returns = calls if isinstance(calls, frozenset) else ()
            return [(successor, state) for successor in self._code.successors(line, returns)]
        except SyntaxProblem:
            return []

    def _take(self, line: Line, state: State, out: list[str]) -> None:
        """One line: the kinds after it, and its code. Raises SyntaxProblem."""
        if line.head == ".invoke":
            self._calls.take(line, state, out)
        elif line.head == "return":
            out.append("return")
        elif line.runs:
            self._rules.take(line, state, out)
        # Anything else makes no code: labels, and constants, which are defined once, in the forward code.

    def _piece(self, line: Line, state: State | None) -> list[str]:
        """The code for one line, with the source line beside it."""
        labels = [f"{label}:" for label in line.labels]
        if line.head.startswith(".") and not line.runs and line.head not in (".const", ".equ"):
            if state is not None:
                self._report(SyntaxProblem("data where code runs on", line.span, "jump over it"), line)
            operands = ", ".join(map(self._code.text, line.operands))
            return [*labels, _row(f"{line.head} {operands}", self._source(line))]
        out: list[str] = []
        if state is not None:
            try:
                self._take(line, state.copy(), out)
            except SyntaxProblem as problem:
                self._report(problem, line)
        if not out:
            return labels
        return [*labels, _row(out[0], self._source(line)), *(_row(text) for text in out[1:])]

    def _source(self, line: Line) -> str:
        """The line of the source that an instruction comes from, that of the macro's use where it is from a macro."""
        span: Span = line.step.uses[0].span if line.step.uses else line.span
        text = " ".join(self._origin.texts.line(span).split("#")[0].split())
        return f"{span.line}: {text}"

    def _report(self, problem: SyntaxProblem, line: Line) -> None:
        self._origin.reporter.add(problem, (*line.step.notes, *self._origin.notes))


def _row(code: str, comment: str = "") -> str:
    """One line of code, a comment beside it."""
    text = f"        {code}"
    return f"{text:<{_MARGIN}} # {comment}" if comment else text
