"""What each instruction means for kinds and tangents: the rules of forward-mode differentiation, one by one."""

from __future__ import annotations

from ccc.assembler.syntax import SyntaxProblem
from ccc.isa import BY_MNEMONIC, Family, Operand
from ccc.skills.derive.code import Code, Fixed, Line, Place, check_form
from ccc.skills.derive.kinds import Kind, State
from ccc.skills.derive.names import Cells
from ccc.skills.derive.types import Types

_HINTS = {
    "add": "fadd adds reals",
    "sub": "fsub subtracts reals",
    "mul": "fmul multiplies reals",
    "neg": "multiply by =-1 with fmul",
    "min": "compare with fcmp, and jump",
    "max": "compare with fcmp, and jump",
    "lds": "use .scratch for what the skill keeps",
    "sts": "use .scratch for what the skill keeps",
    "leas": "use .scratch, and hand it to other skills by name",
    "addsp": "use .scratch for what the skill keeps",
    "jmpi": "where it goes is not known before it runs",
    "exec": ".invoke says which skill is called, and with what",
    "ftoi": "its steps have no derivative; where it must be, hide it in a skill with Jacobian code of its own",
}


class UnwrittenError(SyntaxProblem):
    """Scratch is read before it is written, as far as the ways to the instruction are known."""


class Rules:
    """Takes the instructions of one skill. Each takes the kinds before it to those after it, and writes its tangent
    code, then itself, to `out`. Raises SyntaxProblem where there is no derivative.
    """

    def __init__(self, code: Code, types: Types, cells: Cells) -> None:
        self.code, self.types, self.cells = code, types, cells

    def take(self, line: Line, state: State, out: list[str]) -> None:
        """One instruction."""
        check_form(line)
        if line.head in ("movi", "addi") and self.code.names_a_cell(line.operands[1]):
            raise SyntaxProblem(f"{line.head} takes a number, and this names a cell", line.operands[1].span)
        if line.head in ("fadd", "fsub", "add", "sub", "addi") and self._moves_pointer(line, state, out):
            pass
        elif line.head in _RULES:
            _RULES[line.head](self, line, state, out)
        elif line.head in BY_MNEMONIC and BY_MNEMONIC[line.head].family in _PASSIVE_FAMILIES:
            self._passive(line, state, out)
        else:
            raise SyntaxProblem(f"{line.head} cannot be differentiated", line.span, _HINTS.get(line.head, ""))
        if line.head != "pop":
            out.append(self.text(line))

    def text(self, line: Line) -> str:
        """The instruction itself."""
        return f"{line.head:<4} {', '.join(map(self.code.text, line.operands))}".rstrip()

    # Reading and writing cells

    def kind(self, operand: Place | Fixed, state: State) -> Kind:
        """What an operand holds. Raises SyntaxProblem where that is not known."""
        if isinstance(operand, Fixed):
            return Kind.PASSIVE
        slot, _, stride = operand.name.partition(".")
        if slot in self.types:
            return Kind.PASSIVE if stride else self.pointer_to(slot)
        kind = state.cells.get(operand.offset)
        if kind is None:
            raise UnwrittenError(f"'{operand.text}' is read, and nothing was written there", operand.span)
        if kind is Kind.MIXED:
            raise SyntaxProblem(f"'{operand.text}' holds {kind.value}", operand.span, "use a cell for each")
        return kind

    def pointer_to(self, slot: str) -> Kind:
        """What the address in a slot is."""
        return Kind.POINTER if self.types[slot].differentiable else Kind.PLAIN

    def number(self, operand: Place | Fixed, state: State) -> Kind:
        """The kind of a number. Raises SyntaxProblem for an address."""
        kind = self.kind(operand, state)
        if kind.is_address:
            raise SyntaxProblem(f"'{operand.text}' holds {kind.value}, and no number", operand.span)
        return kind

    def slots_of(self, operand: Place | Fixed, state: State) -> frozenset[str]:
        """The slots that an address may have come from: what was popped may have come from any."""
        assert isinstance(operand, Place)
        if operand.name in self.types:
            return frozenset([operand.name])
        return state.slots.get(operand.offset, frozenset(self.types))

    def target(self, line: Line, index: int = 0) -> Place:
        """The cell that an instruction writes. Raises SyntaxProblem where it is no scratch."""
        place = self.code.operand(line.operands[index])
        if isinstance(place, Fixed):
            raise SyntaxProblem("a skill writes its outputs and its scratch only", place.span)
        if place.name not in self.code.scratch:
            hint = "copy the address to scratch and move that" if place.name in self.types else ""
            raise SyntaxProblem("a slot itself cannot be written", place.span, hint)
        return place

    def source(self, line: Line, index: int = 1) -> Place | Fixed:
        return self.code.operand(line.operands[index])

    def write(self, place: Place, kind: Kind, state: State, out: list[str]) -> None:
        """A cell gets a value of this kind; where it is none with a derivative, its tangent becomes 0."""
        state.cells[place.offset] = kind
        if not kind.is_address:
            state.slots.pop(place.offset, None)
        if kind is Kind.ACTIVE:
            self.cells.active.add(place.offset)
        elif kind is Kind.PASSIVE and place.offset in self.cells.active:
            out.append(f"movi {self.cells.tangent(place)}, 0")

    def tangent(self, operand: Place | Fixed) -> str:
        """The tangent of a cell that is active."""
        assert isinstance(operand, Place)
        return self.cells.tangent(operand)

    def beyond(self, pointer: Place, out: list[str], index: Place | None = None) -> str:
        """A cell with the address of the tangent of what `pointer` points to."""
        at = self.cells.temporary("at")
        out.append(f"mov  {at}, {pointer.text}")
        if index is not None:
            out.append(f"fadd {at}, {index.text}")
        out.append(f"fadd {at}, {self.cells.away(pointer)}")
        return at

    # The rules

    def _moves_pointer(self, line: Line, state: State, out: list[str]) -> bool:
        """A sum of an address and a number is an address as far away from the tangents."""
        into = self.code.operand(line.operands[0])
        mine = self.kind(into, state)
        given = Kind.PASSIVE if line.head == "addi" else self.kind(self.source(line), state)
        if not mine.is_address and not given.is_address:
            return False
        place = self.target(line)
        if Kind.ACTIVE in (mine, given):
            raise SyntaxProblem("an address moved by a number that has a derivative", line.span)
        if mine.is_address and given.is_address:
            if line.head not in ("sub", "fsub"):
                raise SyntaxProblem("the sum of two addresses is none", line.span)
            self._distance(place, self.source(line), line, state, out)
        elif given.is_address:
            if line.head not in ("add", "fadd"):
                raise SyntaxProblem("a number less an address is none", line.span)
            self._point(place, given, self.source(line), state, out)
        else:
            self.write(place, mine, state, out)
        return True

    def _distance(self, place: Place, other: Place | Fixed, line: Line, state: State, out: list[str]) -> None:
        """The distance of two addresses is a number where it leads to data whose tangents are as far away."""
        slots = self.slots_of(place, state) | self.slots_of(other, state)
        self.write(place, Kind.PASSIVE, state, out)
        if len(slots) > 1:
            message = f"the distance between data of different slots: {', '.join(sorted(slots))}"
            raise SyntaxProblem(message, line.span, "they stand elsewhere in derived code; fcmp compares addresses")

    def _point(self, place: Place, kind: Kind, source: Place | Fixed, state: State, out: list[str]) -> None:
        assert isinstance(source, Place)
        state.slots[place.offset] = self.slots_of(source, state)
        self.write(place, kind, state, out)
        if kind is Kind.POINTER and place.offset != source.offset:
            out.append(f"mov  {self.cells.away(place)}, {self.cells.away(source)}")

    def _mov(self, line: Line, state: State, out: list[str]) -> None:
        place, source = self.target(line), self.source(line)
        kind = self.kind(source, state)
        if kind.is_address:
            self._point(place, kind, source, state, out)
            return
        self.write(place, kind, state, out)
        if kind is Kind.ACTIVE:
            out.append(f"mov  {self.tangent(place)}, {self.tangent(source)}")

    def _movi(self, line: Line, state: State, out: list[str]) -> None:
        place = self.target(line)
        self.write(place, Kind.PASSIVE, state, out)

    def _load(self, line: Line, state: State, out: list[str]) -> None:
        place = self.target(line)
        try:
            pointer, index = self._address(line, 1, state)
        except SyntaxProblem:
            self.write(place, Kind.ACTIVE, state, out)  # what follows is looked at all the same
            raise
        kind = Kind.ACTIVE if self.kind(pointer, state) is Kind.POINTER else Kind.PASSIVE
        if kind is Kind.ACTIVE:
            at = self.beyond(pointer, out, index)
            out.append(f"ld   {self.cells.tangent(place)}, {at}")
        self.write(place, kind, state, out)

    def _store(self, line: Line, state: State, out: list[str]) -> None:
        pointer, index = self._address(line, 0, state)
        source = self.source(line)
        kind = self.number(source, state)
        if self.kind(pointer, state) is Kind.PLAIN:
            if kind is Kind.ACTIVE:
                raise SyntaxProblem("a number with a derivative goes to a slot of integers, which has none", line.span)
            return
        at = self.beyond(pointer, out, index)
        out.append(f"st   {at}, {self.tangent(source) if kind is Kind.ACTIVE else '=0'}")

    def _address(self, line: Line, index: int, state: State) -> tuple[Place, Place | None]:
        """The pointer that an instruction goes through, and the index that `ldx` and `stx` add."""
        pointer = self.code.operand(line.operands[index])
        if isinstance(pointer, Fixed):
            raise SyntaxProblem("code reaches data only through slots", pointer.span)
        kind = self.kind(pointer, state)
        beside = None
        if line.head in ("ldx", "stx"):
            beside = self.code.beside(pointer)
            if pointer.name in self.cells.wide:
                raise SyntaxProblem(f"'{pointer.name}' is handed to a skill as data", pointer.span)
            other = self.kind(beside, state)
            if other.is_address and not kind.is_address:
                pointer, beside, kind, other = beside, pointer, other, kind
            if other is not Kind.PASSIVE:
                raise SyntaxProblem(f"the index '{beside.text}' holds {other.value}", line.span)
        if not kind.is_address:
            raise SyntaxProblem(f"the address in '{pointer.text}' comes from no slot", pointer.span)
        return pointer, beside

    def _passive(self, line: Line, state: State, out: list[str]) -> None:
        """Integer arithmetic and conversions: on numbers without derivative only."""
        row = BY_MNEMONIC[line.head]
        for number, kind in enumerate(row.operands):
            writes_only = number == 0 and line.head in ("neg", "not", "itof", "ftoi")
            if kind is not Operand.CELL or writes_only:
                continue
            operand = self.code.operand(line.operands[number])
            if self.number(operand, state) is Kind.ACTIVE:
                self.write(self.target(line), Kind.PASSIVE, state, out)  # what follows is looked at all the same
                message = f"{line.head} has no derivative, and '{operand.text}' depends on what is differentiated"
                raise SyntaxProblem(message, operand.span, _HINTS.get(line.head, ""))
        self.write(self.target(line), Kind.PASSIVE, state, out)

    def _fadd(self, line: Line, state: State, out: list[str]) -> None:
        place, source = self.target(line), self.source(line)
        mine, given = self.number(place, state), self.number(source, state)
        if given is Kind.PASSIVE:
            return
        if mine is Kind.PASSIVE:
            self.write(place, Kind.ACTIVE, state, out)
            if line.head == "fadd":
                out.append(f"mov  {self.tangent(place)}, {self.tangent(source)}")
                return
            out.append(f"movi {self.tangent(place)}, 0")
        out.append(f"{line.head} {self.tangent(place)}, {self.tangent(source)}")

    def _fmul(self, line: Line, state: State, out: list[str]) -> None:
        """(b c)' = b' c + b c'; what b holds is still needed for its tangent, so that comes first."""
        place, source = self.target(line), self.source(line)
        mine, given = self.number(place, state), self.number(source, state)
        if given is Kind.PASSIVE:
            if mine is Kind.ACTIVE:
                out.append(f"fmul {self.tangent(place)}, {source.text}")
            return
        if mine is Kind.PASSIVE:
            self.write(place, Kind.ACTIVE, state, out)
            out.append(f"mov  {self.tangent(place)}, {place.text}")
            out.append(f"fmul {self.tangent(place)}, {self.tangent(source)}")
            return
        term = self.cells.temporary("term")
        out.append(f"mov  {term}, {place.text}")
        out.append(f"fmul {term}, {self.tangent(source)}")
        out.append(f"fmul {self.tangent(place)}, {source.text}")
        out.append(f"fadd {self.tangent(place)}, {term}")

    def _fcmp(self, line: Line, state: State, out: list[str]) -> None:
        """-1, 0 or 1: constant but where it jumps, and there the values decide."""
        place = self.target(line)
        self.kind(place, state)
        self.kind(self.source(line), state)
        self.write(place, Kind.PASSIVE, state, out)

    def _jump(self, line: Line, state: State, out: list[str]) -> None:
        if line.head != "jmp":
            self.kind(self.code.operand(line.operands[0]), state)
        self.code.target(line)

    # The stack: each number on it has a cell more there, below it, for its tangent or the way to it

    def _push(self, line: Line, state: State, out: list[str]) -> None:
        source = self.code.operand(line.operands[0])
        kind = self.kind(source, state)
        if kind is Kind.ACTIVE:
            out.append(f"push {self.tangent(source)}")
        elif kind is Kind.POINTER:
            assert isinstance(source, Place)
            out.append(f"push {self.cells.away(source)}")
        else:
            out.append("push =0")
        state.stack = (*state.stack, kind)

    def _pop(self, line: Line, state: State, out: list[str]) -> None:
        place = self.target(line)
        kind = state.stack[-1] if state.stack else None
        if not isinstance(kind, Kind):
            raise SyntaxProblem("nothing was pushed that this could take", line.span)
        if kind is Kind.MIXED:
            raise SyntaxProblem(f"the top of the stack holds {kind.value}", line.span)
        state.stack = state.stack[:-1]
        state.slots.pop(place.offset, None)
        self.write(place, kind, state, [])
        out.append(f"pop  {place.text}")
        # A tangent of 0 was pushed beside a number without one: where the cell has one, it takes that.
        if kind is Kind.POINTER:
            out.append(f"pop  {self.cells.away(place)}")
        elif place.offset in self.cells.active and kind.is_number:
            out.append(f"pop  {self.cells.tangent(place)}")
        else:
            out.append("addsp 1")

    def _call(self, line: Line, state: State, out: list[str]) -> None:
        self.code.target(line)
        state.stack = (*state.stack, frozenset([line.index]))

    def _ret(self, line: Line, state: State, out: list[str]) -> None:
        if not state.stack or isinstance(state.stack[-1], Kind):
            hint = "a skill ends with `return`; what a local routine pushes, it pops"
            raise SyntaxProblem("ret is not at the end of a local routine here", line.span, hint)
        state.stack = state.stack[:-1]

    def _halt(self, line: Line, state: State, out: list[str]) -> None:
        """Nothing is left to differentiate."""


_PASSIVE_FAMILIES = (Family.INTEGER, Family.BITS, Family.CONVERT)
_RULES = {
    "mov": Rules._mov,
    "movi": Rules._movi,
    "ld": Rules._load,
    "ldx": Rules._load,
    "st": Rules._store,
    "stx": Rules._store,
    "fadd": Rules._fadd,
    "fsub": Rules._fadd,
    "fmul": Rules._fmul,
    "fcmp": Rules._fcmp,
    "jle": Rules._jump,
    "jeq": Rules._jump,
    "jlt": Rules._jump,
    "jmp": Rules._jump,
    "push": Rules._push,
    "pop": Rules._pop,
    "call": Rules._call,
    "ret": Rules._ret,
    "halt": Rules._halt,
}
