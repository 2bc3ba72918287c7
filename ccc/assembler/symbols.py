"""Names and their values: labels, whose addresses come with the layout, and constants, settled when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ccc.assembler.expressions import Value, evaluate, parts
from ccc.assembler.syntax import Expr, Here, Name, Pooled, SyntaxProblem
from ccc.errors import Note, Span


class Unsettled(Exception):
    """A value that depends on an address which is not known yet."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class AlreadyReported(Exception):
    """A value that depends on something whose mistake has been reported."""


@dataclass(slots=True)
class Constant:
    """A name given to an expression; `here` tells the address of its place once there is one."""

    name: str
    expr: Expr
    here: Callable[[], int]
    notes: tuple[Note, ...]


class Symbols:
    """All names of a program. `report` receives the mistakes in constants."""

    def __init__(self, report: Callable[[SyntaxProblem, tuple[Note, ...]], None]) -> None:
        self.places: dict[str, Span] = {}
        self.addresses: dict[str, int | None] = {}
        self.constants: dict[str, Constant] = {}
        self.pool: Callable[[Pooled], int | None] = lambda _: None
        self.undefined: Callable[[Name], SyntaxProblem] = lambda name: SyntaxProblem("undefined symbol", name.span)
        self._values: dict[str, Value] = {}
        self._failed: set[str] = set()
        self._report = report

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def define_label(self, name: str, span: Span) -> None:
        """Make `name` a label without an address yet. Raises SyntaxProblem where the name is taken."""
        self._claim(name, span)
        self.addresses[name] = None

    def define_constant(self, constant: Constant, span: Span) -> None:
        """Raises SyntaxProblem where the name is taken."""
        self._claim(constant.name, span)
        self.constants[constant.name] = constant

    def _claim(self, name: str, span: Span) -> None:
        if name in self.places:
            first = self.places[name]
            hint = f"first defined at {first}"
            raise SyntaxProblem(f"'{name}' is defined twice", span, hint)
        self.places[name] = span

    def place(self, name: str, address: int) -> None:
        """Give a label its address."""
        self.addresses[name] = self._values[name] = address

    def value(self, name: Name) -> Value:
        """The value of a symbol.

        Raises SyntaxProblem for an unknown one, Unsettled while its address is open, AlreadyReported for a bad one.
        """
        known = self._values.get(name.name)
        if known is not None:
            return known
        if name.name in self.constants:
            self._settle(name)
            return self._values[name.name]
        if name.name in self.addresses:
            raise Unsettled(f"the address of '{name.name}'")
        if name.name in self._failed:
            raise AlreadyReported
        self._failed.add(name.name)
        raise self.undefined(name)

    def pooled(self, literal: Pooled) -> int:
        """The address of a pooled literal. Raises Unsettled before the literals have their place."""
        address = self.pool(literal)
        if address is None:
            raise Unsettled("the address of a pooled literal")
        return address

    def _settle(self, wanted: Name) -> None:
        """Evaluate a constant and those it uses: with a stack of its own, as chains of constants may be long."""
        path = {wanted.name: None}
        while path:
            constant = self.constants[next(reversed(path))]
            if constant.name in self._failed:
                raise AlreadyReported
            try:
                following = self._next_needed(constant, path)
                if following is not None:
                    path[following] = None
                    continue
                here = constant.here() if any(isinstance(node, Here) for node in parts(constant.expr)) else None
                self._values[constant.name] = evaluate(constant.expr, self, here)
            except SyntaxProblem as problem:
                self._failed.update(path)
                self._report(problem, constant.notes)
                raise AlreadyReported from None
            except AlreadyReported:
                self._failed.update(path)
                raise
            path.popitem()

    def _next_needed(self, constant: Constant, path: dict[str, None]) -> str | None:
        """A constant that must be evaluated before this one."""
        for node in parts(constant.expr):
            if isinstance(node, Name) and node.name in self.constants and node.name not in self._values:
                if node.name in path:
                    raise SyntaxProblem(f"constant '{node.name}' is defined by itself", node.span)
                return node.name
        return None

    def constant(self, name: str) -> Value:
        """The value of the constant `name`. Raises as `value` does."""
        return self.value(Name(self.places[name], name))

    def is_address(self, expr: Expr) -> bool:
        """Whether `expr` refers to an address: a label, `?` or a pooled literal, also by way of constants."""
        seen: set[str] = set()
        waiting = [expr]
        while waiting:
            for node in parts(waiting.pop()):
                if isinstance(node, Here | Pooled) or (isinstance(node, Name) and node.name in self.addresses):
                    return True
                if isinstance(node, Name) and node.name in self.constants and node.name not in seen:
                    seen.add(node.name)
                    waiting.append(self.constants[node.name].expr)
        return False
