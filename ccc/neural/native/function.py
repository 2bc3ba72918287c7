"""The function that runs a network: the loop over steps around the lowered sublayers, with the host's part, the ports.

Each step is tried the short way first, in which the gates do what they usually do; where one does not, the step begins
again as a whole. Nothing is stored before every guard of a step has held.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from ccc.machine import Register
from ccc.machine.checksum import FACTOR, NO_WRITE, ROTATION, TERMS
from ccc.neural.native.abi import Counter, Slot, Status
from ccc.neural.native.attention import build_locate
from ccc.neural.native.emitter import DOUBLE, WORD, Emitter
from ccc.neural.native.frame import Frame, Plan
from ccc.neural.native.step import Expected, StepLowering, nothing_expected
from ccc.neural.native.tokens import MOST_CELLS, Hit, Machine, NotLowered, Path, Quiet, Row, Token
from ccc.neural.native.values import Number, Value
from ccc.neural.patterns import END, HIT, TAKEN, VALUE


def build_function(module: ir.Module, plan: Plan) -> set[Slot]:
    """Add `run` to the module. Returns the slots that must be carried too; where there are any, it is of no use.

    Raises NotLowered.
    """
    frame = Frame(module, plan)
    frame.enter()
    start = frame.header()
    machine = Machine(frame.cells, frame.size, Quiet.of(plan.places), plan.width, plan.cell_limit, build_locate(module))
    missing = _short_ways(frame, machine, start)
    frame.b.position_at_end(frame.blocks["whole"])
    whole = _Way(frame, frame.whole, machine, start, nothing_expected)
    missing |= whole.lower()
    frame.b.position_at_end(frame.blocks["latch"])
    whole.next_step({})
    frame.exit()
    return missing


def _short_ways(frame: Frame, machine: Machine, start: list[Row]) -> set[Slot]:
    """One short way for steps with no frame open, where the frame pointer is known, and one for the others."""
    b, plan = frame.b, frame.plan
    places = {register: plan.places[register.label] for register in (Register.PC, Register.FP)}
    closed = [list(row) for row in start]
    closed[Token.CPU][places[Register.FP]] = 0.0
    is_closed = b.fcmp_ordered("==", frame.short.raw(start[Token.CPU][places[Register.FP]]), ir.Constant(DOUBLE, 0.0))
    ways = (("short", closed, plan.expected), ("framed", start, plan.framed))
    blocks = [frame.blocks[name if expected else "whole"] for name, _, expected in ways]
    b.cbranch(frame.short.likely(is_closed), *blocks)
    missing: set[Slot] = set()
    for name, rows, expected in ways:
        b.position_at_end(frame.blocks[name])
        if expected:
            with frame.short.scope():
                frame.short.require_finite(start[Token.CPU][places[Register.PC]], MOST_CELLS)
                missing |= _Way(frame, frame.short, machine, rows, expected).lower()
        else:
            b.unreachable()
    return missing


class _Way:
    """One way through a step, from the rows `start` to what is stored at its end."""

    def __init__(self, frame: Frame, emitter: Emitter, machine: Machine, start: list[Row], expected: Expected) -> None:
        self._frame = frame
        self._b = frame.b
        self._emitter = emitter
        self._machine = machine
        self._start = start
        self._lowering = StepLowering(emitter, frame.plan.layers, machine, self._finish, expected)
        self._missing: set[Slot] = set()

    def lower(self) -> set[Slot]:
        """Write the step. Returns the slots that should be carried and are not."""
        self._lowering.lower(Path([list(row) for row in self._start]))
        return self._missing

    def _finish(self, path: Path) -> None:
        """The end of a path: guards first, then everything that is stored, then the next step."""
        changed = self._changes(path)
        for place, number in zip(self._frame.wrote, self._write(path), strict=True):
            self._b.store(number, place)
        for slot, value in changed.items():
            self._b.store(self._positive_zero(value), self._frame.variable(slot))
        if self._emitter.speculative:
            fault = self._frame.slot(Token.CPU, Register.FAULT.label)
            known: dict[Slot, Value] = {fault: 0.0}
            self.next_step(known | changed)
        else:
            self._b.branch(self._frame.blocks["latch"])

    def _positive_zero(self, value: Value) -> Any:
        if not isinstance(value, Number):
            return ir.Constant(DOUBLE, value + 0.0)
        return self._b.fadd(self._emitter.raw(value), ir.Constant(DOUBLE, 0.0))

    def _changes(self, path: Path) -> dict[Slot, Value]:
        """The carried slots that have changed. Notes those that are not carried and should be."""
        offered = {self._frame.slot(Token.INPUT, name) for name in (VALUE, END)}
        changed: dict[Slot, Value] = {}
        for token, (before, after) in enumerate(zip(self._start, path.rows, strict=True)):
            for place, (old, new) in enumerate(zip(before, after, strict=True)):
                slot = (token, place)
                if _known_same(new, old) or slot in offered:
                    continue
                if self._frame.is_carried(slot):
                    changed[slot] = self._emitter.require_finite(new)
                else:
                    self._missing.add(slot)
        return changed

    # -- The cell that is written -----------------------------------------------------------------------------------

    def _write(self, path: Path) -> tuple[Any, Any]:
        """Store the cell that was hit, if one was. Returns its address and value, or NO_WRITE."""
        nothing = (ir.Constant(DOUBLE, NO_WRITE[0]), ir.Constant(DOUBLE, NO_WRITE[1]))
        if not path.hits:
            return nothing
        (hit,) = path.hits
        b = self._b
        before, inside, after = b.block, b.append_basic_block("hit"), b.append_basic_block("missed")
        b.cbranch(hit.condition, inside, after)
        b.position_at_end(inside)
        with self._emitter.scope():
            written = self._settle(hit)
        end = b.block
        b.branch(after)
        b.position_at_end(after)
        result = []
        for none, number in zip(nothing, written, strict=True):
            phi = b.phi(DOUBLE)
            phi.add_incoming(none, before)
            phi.add_incoming(number, end)
            result.append(phi)
        return result[0], result[1]

    def _settle(self, hit: Hit) -> tuple[Any, Any]:
        """Take the cell that was hit through the rest of the sublayers; it must be an ordinary cell after them."""
        emitter, quiet = self._emitter, self._machine.quiet
        row = self._lowering.finish_hit(hit, self._machine.load(emitter, hit.index))
        ordinary = quiet.row(self._frame.plan.width, hit.address, hit.square, 0.0)
        for place, (value, expected) in enumerate(zip(row, ordinary, strict=True)):
            if place != quiet.value and not _known_same(value, expected) and not emitter.require_equal(value, expected):
                raise NotLowered("a written cell that is not an ordinary cell afterwards")
        value = emitter.require_finite(row[quiet.value], self._frame.plan.cell_limit)
        stored = self._positive_zero(value)
        self._b.store(stored, self._b.gep(self._machine.cells, [hit.index]))
        return emitter.raw(hit.address), stored

    # -- What the host does between steps ---------------------------------------------------------------------------

    def next_step(self, known: dict[Slot, Value]) -> None:
        """Collect the output, note the input taken, count, and go on. known: slots whose values are known here."""
        frame, b = self._frame, self._b
        put_out = self._collect_output(known)
        self._take_input(known)
        fault = self._load(frame.slot(Token.CPU, Register.FAULT.label), known)
        if not (isinstance(fault, float) and fault == 0.0):
            frame.stop_if(b.fcmp_unordered("!=", self._code(fault), ir.Constant(DOUBLE, 0.0)), Status.STOPPED)
        frame.set(Counter.EXECUTED, b.add(frame.get(Counter.EXECUTED), ir.Constant(WORD, 1)))
        if frame.plan.checksum:
            self._fold()
        self._foresee("after_output" if put_out else "header")

    def _load(self, slot: Slot, known: dict[Slot, Value]) -> Any:
        value = known.get(slot)
        return value if isinstance(value, float) else self._b.load(self._frame.variable(slot))

    @staticmethod
    def _code(value: Any) -> Any:
        return ir.Constant(DOUBLE, value) if isinstance(value, float) else value

    def _collect_output(self, known: dict[Slot, Value]) -> bool:
        """False where nothing can have been put out."""
        frame, b = self._frame, self._b
        hit = self._load(frame.slot(Token.OUTPUT, HIT), known)
        if isinstance(hit, float) and hit == 0.0:
            return False
        collect, go_on = b.append_basic_block("collect"), b.append_basic_block("go_on")
        has = b.fcmp_unordered("!=", self._code(hit), ir.Constant(DOUBLE, 0.0))
        b.cbranch(self._emitter.likely(has, expected=False), collect, go_on)
        b.position_at_end(collect)
        produced = frame.get(Counter.PRODUCED)
        b.store(b.load(frame.variable(frame.slot(Token.OUTPUT, VALUE))), b.gep(frame.outputs, [produced]))
        frame.set(Counter.PRODUCED, b.add(produced, ir.Constant(WORD, 1)))
        b.branch(go_on)
        b.position_at_end(go_on)
        return True

    def _take_input(self, known: dict[Slot, Value]) -> None:
        frame, b = self._frame, self._b
        taken = self._load(frame.slot(Token.CPU, TAKEN), known)
        if isinstance(taken, float) and taken == 0.0:
            return
        consumed = frame.get(Counter.CONSUMED)
        took = b.fcmp_unordered("!=", self._code(taken), ir.Constant(DOUBLE, 0.0))
        waiting = b.icmp_signed("<", consumed, frame.get(Counter.INPUTS))
        frame.set(Counter.CONSUMED, b.add(consumed, b.zext(b.and_(took, waiting), WORD)))

    def _fold(self) -> None:
        """The running checksum (ccc.machine.checksum)."""
        frame, b = self._frame, self._b
        slots = [frame.slot(Token.CPU, register.label) for register in (Register.PC, Register.SP)]
        numbers = [b.load(place) for place in (*map(frame.variable, slots), *frame.wrote)]
        mixed: Any = ir.Constant(WORD, 0)
        for number, factor in zip(numbers, TERMS, strict=True):
            mixed = b.add(mixed, b.mul(b.bitcast(number, WORD), ir.Constant(WORD, factor)))
        old = frame.get(Counter.CHECKSUM)
        turned = b.or_(b.shl(old, ir.Constant(WORD, ROTATION)), b.lshr(old, ir.Constant(WORD, 64 - ROTATION)))
        frame.set(Counter.CHECKSUM, b.mul(b.xor(turned, mixed), ir.Constant(WORD, FACTOR)))

    def _foresee(self, block: str) -> None:
        """Where the program counter is what followed last time, go on with that: the processor need not wait for it."""
        frame, b = self._frame, self._b
        variable = frame.variable(frame.slot(Token.CPU, Register.PC.label))
        pc, guess = b.load(variable), b.load(frame.guess)
        right, wrong = b.append_basic_block("foreseen"), b.append_basic_block("surprise")
        b.cbranch(self._emitter.likely(b.fcmp_ordered("==", pc, guess)), right, wrong)
        b.position_at_end(wrong)
        b.store(pc, frame.guess_place)
        b.branch(frame.blocks[block])
        b.position_at_end(right)
        b.store(guess, variable)
        b.branch(frame.blocks[block])


def _known_same(value: Value, expected: Value) -> bool:
    """Whether two values are equal by construction."""
    if isinstance(value, Number):
        return value.same(expected)
    return not isinstance(expected, Number) and value == expected
