"""Statements that the assembler writes itself, with the place of the one that they stand for."""

from __future__ import annotations

from ccc.assembler.macros import Step
from ccc.assembler.syntax import Cell, Directive, Expr, Label, Name, Number, Plain, Pooled, Statement, pooled
from ccc.errors import Span


class Writer:
    """Collects statements in `steps`; all of them stand at `span`, and came about as `origin` did."""

    def __init__(self, origin: Step, span: Span) -> None:
        self.steps: list[Step] = []
        self._origin, self.span = origin, span

    def label(self, name: str) -> None:
        """A label before the next statement."""
        self.labels((Label(self.span, name),))

    def labels(self, labels: tuple[Label, ...]) -> None:
        """Labels as they were written."""
        if labels:
            self._add(Statement(self.span, labels, None))

    def plain(self, mnemonic: str, *operands: Expr) -> None:
        """An instruction."""
        cells = (Cell((), self.name(mnemonic)), *(Cell((), operand) for operand in operands))
        self._add(Statement(self.span, (), Plain(self.span, cells)))

    def directive(self, name: str, *items: Expr) -> None:
        """A directive."""
        self._add(Statement(self.span, (), Directive(self.span, name, tuple(Cell((), item) for item in items))))

    def name(self, name: str) -> Name:
        """A name as an expression."""
        return Name(self.span, name)

    def number(self, value: int | float) -> Number:
        """A number as an expression, a negative one too."""
        return Number(self.span, value)

    def pooled(self, value: Expr) -> Pooled:
        """The address of a cell that holds `value`, an address."""
        return pooled(value, self.span, address=True)

    def _add(self, statement: Statement) -> None:
        self.steps.append(Step(statement, self._origin.uses))
