"""Whether something is on the stack where a skill calls another: the frame of a call stands right below scratch."""

from __future__ import annotations

from collections.abc import Iterable

from ccc.assembler.macros import Step, count
from ccc.assembler.syntax import Name, Number, Plain, SyntaxProblem, Unary
from ccc.errors import Span

_PUSHES = {"push": 1, "pop": -1}
_ENDS = ("ret", "return")


class Depth:
    """How many cells the code of a skill has pushed, read from top to bottom; in a routine, the return address too."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._pushed = 0
        self._routines = {target for step in steps if (target := _called(step))}

    def take(self, step: Step) -> None:
        """Go past one statement."""
        if any(label.name in self._routines for label in step.statement.labels):
            self._pushed = 1
        body = step.statement.body
        head = _head(body)
        self._pushed += _PUSHES.get(head, 0)
        if head == "addsp" and isinstance(body, Plain):
            self._pushed -= _literal(body)
        if head in _ENDS:
            self._pushed = 0

    def check(self, span: Span) -> None:
        """Raises SyntaxProblem where a call cannot stand here."""
        if self._pushed:
            what = count(self._pushed, "cell") if self._pushed > 0 else "cells of the scratch taken away"
            hint = "keep it in scratch, or take it off before; a routine called by `call` has its return address there"
            raise SyntaxProblem(f"a skill cannot be called with {what} pushed on the stack", span, hint)


def _head(body: object) -> str:
    head = body.cells[0].value if isinstance(body, Plain) else None
    return head.name.lower() if isinstance(head, Name) else ""


def _called(step: Step) -> str:
    """The label of a routine that this statement calls, or the empty string."""
    body = step.statement.body
    if _head(body) == "call" and isinstance(body, Plain) and len(body.cells) == 2:
        target = body.cells[1].value
        return target.name if isinstance(target, Name) else ""
    return ""


def _literal(body: Plain) -> int:
    """The number that `addsp` is given; 0 where it is no number, which the skill then answers for."""
    value = body.cells[1].value if len(body.cells) == 2 else None
    sign = 1
    if isinstance(value, Unary) and value.operator == "-":
        value, sign = value.operand, -1
    return sign * value.value if isinstance(value, Number) and isinstance(value.value, int) else 0
