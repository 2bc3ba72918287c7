"""`.invoke` in code that is differentiated: the tangent version of the skill called, or its Jacobian code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ccc.assembler.skill_syntax import Skill
from ccc.assembler.syntax import Cell, Directive, Name, SyntaxProblem, Text
from ccc.errors import Span, nearest
from ccc.skills.derive.code import Line, Place
from ccc.skills.derive.kinds import Kind, State
from ccc.skills.derive.rules import Rules, UnwrittenError
from ccc.skills.derive.types import SlotType, Types


@dataclass(frozen=True, slots=True)
class Callee:
    """A skill to call. tangent: the name of its tangent version; None where its Jacobian code is called."""

    skill: Skill
    types: Types
    tangent: str | None


@dataclass(frozen=True, slots=True)
class _Argument:
    """What one slot of the callee gets. text: as it is written in a call.

    place: the scratch, or the cell with the address. away: what says in a call how far away the tangents are.
    """

    slot: SlotType
    text: str
    place: Place | None = None
    own: str = ""
    away: str = ""


class Calls:
    """Takes the calls of one skill. find: the callee of a name. Raises SyntaxProblem where there is no derivative."""

    def __init__(self, rules: Rules, skills: Mapping[str, Skill], find: Callable[[str, Line], Callee]) -> None:
        self._rules, self._code, self._cells = rules, rules.code, rules.cells
        self._skills, self._find = skills, find
        self._pairs = 0

    def take(self, line: Line, state: State, out: list[str]) -> None:
        """One `.invoke`."""
        body = line.step.statement.body
        assert isinstance(body, Directive)
        if not body.cells or not isinstance(body.cells[0].value, Name):
            raise SyntaxProblem(".invoke takes the name of a skill and its arguments", line.span)
        head, *given = body.cells
        assert isinstance(head.value, Name)
        name = head.value.name
        if name not in self._skills:
            wanted, _, last = name.rpartition(".")
            hint = "second derivatives are not derived" if wanted in self._skills and last else ""
            raise SyntaxProblem(
                f"no skill '{name}' to derive from", head.value.span, hint or nearest(name, self._skills)
            )
        if state.stack:
            what = "in a local routine" if isinstance(state.stack[-1], frozenset) else "while something is pushed"
            raise SyntaxProblem(f"a call {what}: its frame would not stand where the stack ends", line.span)
        callee = self._find(name, line)
        if len(given) != len(callee.types):
            raise SyntaxProblem(f"skill '{name}' takes {len(callee.types)} arguments, not {len(given)}", line.span)
        self._pairs = 0
        arguments = [
            self._argument(cell, slot, state, out) for cell, slot in zip(given, callee.types.values(), strict=True)
        ]
        if not any(slot.differentiable for slot in callee.types.values()):
            out.append(_invoke(name, [argument.text for argument in arguments]))
            self._outputs(arguments, state, out)
        elif callee.tangent is not None:
            out.append(_by_tangent(callee.tangent, arguments))
            self._outputs(arguments, state, out)
        else:
            self._by_jacobian(name, arguments, state, out)

    # Arguments

    def _argument(self, cell: Cell, slot: SlotType, state: State, out: list[str]) -> _Argument:
        value = cell.value
        if isinstance(value, Text):
            raise SyntaxProblem("an argument is an address, not a string", value.span)
        if cell.labels:
            place = self._code.operand(value)
            owner = cell.labels[0].name
            if owner not in self._rules.types or not isinstance(place, Place):
                raise SyntaxProblem(
                    "`x:p` is the slot x of this skill at the address in its cell p", cell.labels[0].span
                )
            return self._by_slot(_Argument(slot, f"{owner}:{place.text}", place, owner), state, out)
        operand = self._code.operand(value)
        if not isinstance(operand, Place):
            return self._by_value(_Argument(slot, operand.text), value.span, out)
        if operand.name in self._rules.types:
            return self._by_slot(_Argument(slot, operand.text, operand, operand.name), state, out)
        if operand.name not in self._code.scratch or operand.text != operand.name:
            raise SyntaxProblem("an argument is a slot or a scratch name", value.span)
        return self._by_scratch(slot, operand, state)

    def _by_slot(self, argument: _Argument, state: State, out: list[str]) -> _Argument:
        """A slot of one's own, perhaps at another address."""
        slot, place = argument.slot, argument.place
        assert place is not None
        own = self._rules.types[argument.own]
        kind = self._rules.kind(place, state)
        if not kind.is_address:
            raise SyntaxProblem(f"the address in '{place.text}' comes from no slot", place.span)
        if slot.differentiable == (kind is Kind.POINTER):
            away = self._cells.away(place) if slot.differentiable else ""
            return _Argument(slot, argument.text, place, argument.own, away)
        if not slot.differentiable:
            what = f"'{own.name}' has a derivative, and slot '{slot.name}' of the skill called has none"
            raise SyntaxProblem(what, place.span)
        if slot.role == "output" or not slot.scalar:
            what = f"'{own.name}' has no derivative, and slot '{slot.name}' of the skill called needs one"
            raise SyntaxProblem(what, place.span)
        pair = self._pair()
        out += [f"ld   {pair}, {place.text}", f"movi {pair} + 1, 0"]
        return _Argument(slot, pair, away="=1")

    def _by_value(self, argument: _Argument, span: Span, out: list[str]) -> _Argument:
        """The address of a constant: a copy has a tangent of 0 beside it."""
        slot = argument.slot
        if not slot.differentiable:
            return argument
        if slot.role == "output" or not slot.scalar:
            raise SyntaxProblem(f"slot '{slot.name}' takes a slot or scratch, as there are tangents to it", span)
        pair = self._pair()
        out += [f"mov  {pair}, {argument.text}", f"movi {pair} + 1, 0"]
        return _Argument(slot, pair, away="=1")

    def _by_scratch(self, slot: SlotType, place: Place, state: State) -> _Argument:
        size = self._cells.size(place.name)
        offsets = range(place.offset, place.offset + size)
        if slot.role != "output":
            if all(offset not in state.cells for offset in offsets):
                raise UnwrittenError(f"'{place.text}' is read, and nothing was written there", place.span)
            for offset in offsets:
                kind = state.cells.get(offset, Kind.PASSIVE)
                if not kind.is_number:
                    raise SyntaxProblem(f"'{place.text}' holds {kind.value}, and no number", place.span)
                if kind is Kind.ACTIVE and not slot.differentiable:
                    what = f"'{place.text}' has a derivative, and slot '{slot.name}' of the skill called has none"
                    raise SyntaxProblem(what, place.span)
        if slot.differentiable:
            self._cells.wide.add(place.name)
            self._cells.active.update(offsets)
        return _Argument(slot, place.text, place, away=f"={size}")

    def _pair(self) -> str:
        """Two cells for a number and a tangent of 0, of which each argument of a call needs its own."""
        self._pairs += 1
        return self._cells.temporary(f"pair{self._pairs}", 2)

    # Ways to call

    def _by_jacobian(self, name: str, arguments: list[_Argument], state: State, out: list[str]) -> None:
        """Tangents of the outputs = Jacobian times tangents of inputs and weights; all of them are scalars."""
        texts = [argument.text for argument in arguments]
        active = [argument for argument in arguments if argument.slot.differentiable]
        outputs = [argument for argument in active if argument.slot.role == "output"]
        columns = [argument for argument in active if argument.slot.role != "output"]
        matrix = self._cells.temporary("matrix", len(outputs) * len(columns))
        term = self._cells.temporary("term")
        out.append(_invoke(f"{name}.jacobian", [*texts, matrix]))
        sums = [self._cells.temporary(f"sum{row + 1}") for row in range(len(outputs))]
        for row, total in enumerate(sums):
            out.append(f"movi {total}, 0")
            for column, argument in enumerate(columns):
                index = row * len(columns) + column
                out.append(self._tangent_of(argument, term, out))
                out.append(f"fmul {term}, {matrix} + {index}" if index else f"fmul {term}, {matrix}")
                out.append(f"fadd {total}, {term}")
        out.append(_invoke(name, texts))
        self._outputs(arguments, state, out)
        for total, argument in zip(sums, outputs, strict=True):
            assert argument.place is not None
            if argument.own:
                out.append(f"st   {self._rules.beyond(argument.place, out)}, {total}")
            else:
                out.append(f"mov  {self._cells.tangent(argument.place)}, {total}")

    def _tangent_of(self, argument: _Argument, into: str, out: list[str]) -> str:
        """The instruction that takes the tangent of a scalar argument into a cell."""
        if argument.place is None:
            return f"movi {into}, 0"
        if argument.own:
            return f"ld   {into}, {self._rules.beyond(argument.place, out)}"
        return f"mov  {into}, {self._cells.tangent(argument.place)}"

    def _outputs(self, arguments: list[_Argument], state: State, out: list[str]) -> None:
        """What the outputs hold after the call."""
        for argument in arguments:
            if argument.slot.role != "output" or argument.own or argument.place is None:
                continue
            place = argument.place
            kind = Kind.ACTIVE if argument.slot.differentiable else Kind.PASSIVE
            for index in range(self._cells.size(place.name)):
                cell = Place(place.name, index, place.offset + index, place.text, place.span)
                self._rules.write(cell, kind, state, out)


def _invoke(name: str, arguments: list[str]) -> str:
    return f".invoke {name}, {', '.join(arguments)}"


def _by_tangent(tangent: str, arguments: list[_Argument]) -> str:
    """The tangent version takes, behind the constants, how far away the tangents of each slot are."""
    distances = [argument.away for argument in arguments if argument.slot.differentiable]
    texts = [argument.text for argument in arguments if argument.slot.role != "weight"]
    weights = [argument.text for argument in arguments if argument.slot.role == "weight"]
    return _invoke(tangent, [*texts, *distances, *weights])
