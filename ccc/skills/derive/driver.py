"""The Jacobian code of a skill: it calls the tangent version once for each column of the matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccc.assembler.skill_syntax import JACOBIAN, Skill
from ccc.machine import FRAME_WINDOWS, SLOT_KINDS
from ccc.skills.derive.names import Fresh
from ccc.skills.derive.types import SlotType, Types


class Driver:
    """Writes the Jacobian code. tangent: the name of the tangent version. away: its slots for distances, by slot."""

    def __init__(self, skill: Skill, types: Types, tangent: str, away: Mapping[str, str]) -> None:
        self._skill, self._types, self._tangent, self._away = skill, types, tangent, away
        self._fresh = Fresh([*types, JACOBIAN])
        self._names: dict[str, str] = {}
        self._out: list[str] = []
        slots = list(types.values())
        self._columns = [slot for slot in slots if slot.differentiable and slot.role != "output"]
        self._outputs = [slot for slot in slots if slot.role == "output"]

    def lines(self) -> list[str]:
        """From .jacobian up to what stands before .endskill."""
        for slot in [*self._columns, *self._outputs]:
            self._make_room(slot)
        self._note("One row of the matrix to the next: as many cells as there are columns.")
        self._code("movi", "columns", "0")
        for slot in self._columns:
            self._code("fadd", "columns", self._cell(slot, "size"))
        self._code("mov", "row", "columns")
        self._code("fmul", "row", ":jacobian.stride")
        self._code("mov", "column", ":jacobian")
        for slot in self._columns:
            self._seed(slot)
        self._row("return")
        self._column()
        names = ", ".join(self._names.values())
        head = [
            "    .jacobian",
            "    # Derived: a column of the matrix for each element that has a tangent of 1 in turn.",
        ]
        return [*head, f"    .scratch {names}", *self._out]

    # Parts

    def _make_room(self, slot: SlotType) -> None:
        """Push cells for the values of a slot and for the tangents behind them; copy the values of what is read."""
        size, at = self._cell(slot, "size"), self._cell(slot, "at")
        tangents = ", and for its tangents behind them" if slot.differentiable else ""
        self._note(f"{slot.name}: room on the stack for a copy of its elements{tangents}.")
        fixed = 1
        for part in slot.dimensions:
            fixed *= part if isinstance(part, int) else 1
        self._code("movi", size, str(fixed))
        for part in slot.dimensions:
            if isinstance(part, str):
                self._code("ld", "value", f":{part}")
                self._code("fmul", size, "value")
        if slot.differentiable:
            self._code("push", size)
            self._code("leas", self._cell(slot, "far"), "0")
        cells = 2 if slot.differentiable else 1
        self._each(slot, f"{slot.name}_room", [("push", "=0")] * cells)
        self._code("leas", at, "0")
        if slot.role == "output":
            self._code("mov", self._cell(slot, "end"), at)
            for _ in range(cells):
                self._code("fadd", self._cell(slot, "end"), size)
        else:
            self._copy(slot, f"{slot.name}_copy")

    def _copy(self, slot: SlotType, label: str) -> None:
        """The elements of a slot to the copy; `to` is left behind the last."""
        self._code("mov", "from", f":{slot.name}")
        self._code("mov", "to", self._cell(slot, "at"))
        body = [("ld", "value", "from"), ("st", "to", "value"), ("fadd", "from", f":{slot.name}.stride")]
        self._each(slot, label, [*body, ("fadd", "to", "=1")])

    def _seed(self, slot: SlotType) -> None:
        self._note(f"The columns of {slot.name}.")
        self._code("mov", "seed", self._cell(slot, "at"))
        self._code("fadd", "seed", self._cell(slot, "size"))
        body = [("st", "seed", "=1"), ("call", "@column"), ("st", "seed", "=0"), ("fadd", "seed", "=1")]
        self._each(slot, f"{slot.name}_columns", body, "left")

    def _column(self) -> None:
        """The local routine that computes one column."""
        self._note(
            "One column: outputs as they were before the call, with tangents of 0; the call; tangents to the matrix."
        )
        self._out.append("@column:")
        for slot in self._outputs:
            self._copy(slot, f"{slot.name}_reset")
            if slot.differentiable:
                self._each(slot, f"{slot.name}_clear", [("st", "to", "=0"), ("fadd", "to", "=1")])
        self._call()
        self._code("mov", "to", "column")
        for slot in self._outputs:
            if not slot.differentiable:
                continue
            self._code("mov", "from", self._cell(slot, "at"))
            self._code("fadd", "from", self._cell(slot, "size"))
            body = [("ld", "value", "from"), ("st", "to", "value"), ("fadd", "from", "=1"), ("fadd", "to", "row")]
            self._each(slot, f"{slot.name}_rows", body)
        self._code("fadd", "column", ":jacobian.stride")
        self._row("ret")
        self._note("A cell of its own, as an address may be too large for a literal of short words.")
        self._out.append(f"@tangent: .reals {self._tangent}")

    def _call(self) -> None:
        """The frame of the tangent version, the last cell first: slots, then windows on the copies of the outputs."""
        slots: list[tuple[str, str]] = []
        for kind in SLOT_KINDS:
            for name in self._skill.slots[kind]:
                slot = self._types[name]
                copied = slot.differentiable or slot.role == "output"
                slots.append((self._cell(slot, "at"), "=1") if copied else (f":{name}", f":{name}.stride"))
            if kind == "constant":
                slots += [(self._cell(self._types[name], "far"), "=1") for name in self._away]
        for address, stride in reversed(slots):
            self._code("push", stride)
            self._code("push", address)
        for _ in range(FRAME_WINDOWS - len(self._outputs)):
            self._code("push", "=0")
            self._code("push", "=0")
        for slot in reversed(self._outputs):
            self._code("push", self._cell(slot, "end"))
            self._code("push", self._cell(slot, "at"))
        self._row("exec @tangent")
        self._row(f"addsp {2 * (FRAME_WINDOWS + len(slots))}")

    # Lines

    def _each(self, slot: SlotType, label: str, body: Sequence[tuple[str, ...]], counter: str = "count") -> None:
        """`body` for each element of a slot. Counted in reals, which do not wrap at any width."""
        if slot.scalar:
            for code in body:
                self._code(*code)
            return
        self._code("mov", counter, self._cell(slot, "size"))
        self._out.append(f"@{label}:")
        self._code("jle", counter, f"@{label}_end")
        for code in body:
            self._code(*code)
        self._code("fadd", counter, "=-1")
        self._row(f"jmp  @{label}")
        self._out.append(f"@{label}_end:")

    def _code(self, head: str, *operands: str) -> None:
        self._row(f"{head:<4} {', '.join(map(self._operand, operands))}")

    def _operand(self, text: str) -> str:
        """`:x` is a slot, `=1`, numbers and `@label` stand for themselves, and anything else is scratch."""
        if text.startswith(":"):
            return text[1:]
        if text[0] in "=@" or text.isdecimal() or text in self._names.values():
            return text
        return self._scratch(text)

    def _cell(self, slot: SlotType, what: str) -> str:
        return self._scratch(f"{slot.name}_{what}")

    def _scratch(self, wish: str) -> str:
        if wish not in self._names:
            self._names[wish] = self._fresh.name(wish)
        return self._names[wish]

    def _row(self, text: str) -> None:
        self._out.append(f"        {text}")

    def _note(self, text: str) -> None:
        self._out.append(f"        # {text}")
