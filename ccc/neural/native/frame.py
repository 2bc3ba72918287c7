"""The frame of the function that runs a network: its variables, its blocks, how it begins and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from ccc.machine import Register
from ccc.neural.native.abi import GUESS_BITS, Counter, Slot, Status, fresh_rows
from ccc.neural.native.emitter import DOUBLE, WORD, Emitter
from ccc.neural.native.step import Expected
from ccc.neural.native.tensors import Sublayer
from ccc.neural.native.tokens import MOST_CELLS, Row, Token
from ccc.neural.native.values import Number
from ccc.neural.patterns import END, SIZE, VALUE

_GUESS_FACTOR = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Plan:
    """What the function is built from. carried: slots whose value passes from step to step; every other slot is the
    constant that a fresh stream has. cell_limit: the largest magnitude that cells may hold. expected: what gates
    usually do (`Profile.expected`), or None to build no shorter way; framed: the same while a frame of the stack is
    open, in machines that have them."""

    layers: Sequence[Sublayer]
    places: Mapping[str, int]
    width: int
    carried: tuple[Slot, ...]
    cell_limit: float
    checksum: bool
    expected: Expected | None = None
    framed: Expected | None = None


class Frame:
    """The function, its variables and its blocks. b: the builder that everything is written with."""

    def __init__(self, module: ir.Module, plan: Plan) -> None:
        self.plan = plan
        pointer = DOUBLE.as_pointer()
        kinds = [pointer, WORD, pointer, pointer, pointer, pointer, WORD.as_pointer()]
        self.function = ir.Function(module, ir.FunctionType(WORD, kinds), "run")
        for argument in (a for a in self.function.args if isinstance(a.type, ir.PointerType)):
            argument.add_attribute("noalias")
        self.cells, self.size, self._rows, self._inputs, self.outputs, self._guesses, self._counters = (
            self.function.args
        )
        names = ("entry", "after_output", "header", "short", "framed", "whole", "latch", "exit", "abandon")
        self.blocks = {name: self.function.append_basic_block(name) for name in names}
        self.b = ir.IRBuilder(self.blocks["entry"])
        self.whole = Emitter(self.function, self.b, self.blocks["abandon"])
        self.short = Emitter(self.function, self.b, self.blocks["whole"], speculative=True)

    def enter(self) -> None:
        """Copy what is carried into variables."""
        b = self.b
        self._slots = {slot: b.alloca(DOUBLE) for slot in self.plan.carried}
        self._counter = {counter: b.alloca(WORD) for counter in Counter}
        self._status = b.alloca(WORD)
        self.wrote = (b.alloca(DOUBLE), b.alloca(DOUBLE))
        self.guess = b.alloca(DOUBLE)
        for slot, place in self._slots.items():
            b.store(b.load(self._row_pointer(slot)), place)
        for counter, place in self._counter.items():
            b.store(b.load(b.gep(self._counters, [ir.Constant(WORD, counter)])), place)
        b.branch(self.blocks["after_output"])

    def exit(self) -> None:
        """Copy everything back."""
        b = self.b
        b.position_at_end(self.blocks["abandon"])
        self._leave(Status.ABANDONED)
        b.position_at_end(self.blocks["exit"])
        for slot, place in self._slots.items():
            b.store(b.load(place), self._row_pointer(slot))
        for counter, place in self._counter.items():
            b.store(b.load(place), b.gep(self._counters, [ir.Constant(WORD, counter)]))
        b.ret(b.load(self._status))

    def header(self) -> list[Row]:
        """The checks before a step, and the rows that it starts from."""
        b, places = self.b, self.plan.places
        b.position_at_end(self.blocks["after_output"])
        self.stop_if(b.icmp_signed(">=", self.get(Counter.PRODUCED), self.get(Counter.ROOM)), Status.FULL)
        b.branch(self.blocks["header"])
        b.position_at_end(self.blocks["header"])
        pc = b.load(self.variable(self.slot(Token.CPU, Register.PC.label)))
        self.stop_if(b.icmp_signed(">=", self.get(Counter.EXECUTED), self.get(Counter.LIMIT)), Status.LIMIT)
        self.stop_if(b.fcmp_ordered("<", pc, ir.Constant(DOUBLE, 0.0)), Status.STOPPED)
        hashed = b.mul(b.bitcast(pc, WORD), ir.Constant(WORD, _GUESS_FACTOR))
        self.guess_place = b.gep(self._guesses, [b.lshr(hashed, ir.Constant(WORD, 64 - GUESS_BITS))])
        b.store(b.load(self.guess_place), self.guess)
        rows: list[Row] = [list(row) for row in fresh_rows(places, self.plan.width)]
        for (token, place), slot in self._slots.items():
            rows[token][place] = Number(b.load(slot))
        rows[Token.CPU][places[Register.FAULT.label]] = 0.0  # the loop ends where it is anything else
        rows[Token.CPU][places[SIZE]] = Number(b.sitofp(self.size, DOUBLE), 1.0, MOST_CELLS)
        self._offer_input(rows[Token.INPUT])
        return rows

    def _offer_input(self, row: Row) -> None:
        b, places, limit = self.b, self.plan.places, self.plan.cell_limit
        consumed = self.get(Counter.CONSUMED)
        waiting = b.icmp_signed("<", consumed, self.get(Counter.INPUTS))
        value = b.load(b.gep(self._inputs, [consumed]))
        zero, one = ir.Constant(DOUBLE, 0.0), ir.Constant(DOUBLE, 1.0)
        row[places[VALUE]] = Number(b.select(waiting, value, zero), -limit, limit)
        row[places[END]] = Number(b.select(waiting, zero, one), 0.0, 1.0)

    def _row_pointer(self, slot: Slot) -> Any:
        return self.b.gep(self._rows, [ir.Constant(WORD, slot[0] * self.plan.width + slot[1])])

    def slot(self, token: Token, name: str) -> Slot:
        """The slot of a direction in a token's row."""
        return int(token), self.plan.places[name]

    def is_carried(self, slot: Slot) -> bool:
        """Whether the slot has a variable."""
        return slot in self._slots

    def variable(self, slot: Slot) -> Any:
        """The variable of a carried slot."""
        return self._slots[slot]

    def get(self, counter: Counter) -> Any:
        """The value of a counter."""
        return self.b.load(self._counter[counter])

    def set(self, counter: Counter, value: Any) -> None:
        """Give a counter a value."""
        self.b.store(value, self._counter[counter])

    def stop_if(self, condition: Any, status: Status) -> None:
        """Leave the function where the condition holds, which is rare."""
        leave, go_on = self.b.append_basic_block("stop"), self.b.append_basic_block("go_on")
        self.b.cbranch(self.whole.likely(condition, expected=False), leave, go_on)
        self.b.position_at_end(leave)
        self._leave(status)
        self.b.position_at_end(go_on)

    def _leave(self, status: Status) -> None:
        self.b.store(ir.Constant(WORD, status), self._status)
        self.b.branch(self.blocks["exit"])
