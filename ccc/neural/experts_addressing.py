"""Where each opcode reads and writes: the experts of the stages `operands` and `pointers`.

`operands` sets the addresses read1..read3 with use1..use3, and how far the stack pointer moves. `pointers` sets the
addresses read through a pointer, and target_cell with writes = 1. An address that is not used is never judged.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccc.machine import FRAME_RETURN, FRAME_WINDOWS_AT
from ccc.neural.basis import Affine, Number, constant, d
from ccc.neural.expert_builder import Build, ExpertBuilder
from ccc.neural.spec import FeedForward

_POINTER_LIMIT = 2.0**31

_PAIRS = (
    "add", "sub", "mul", "div", "mod", "min", "max", "and", "or", "xor", "shl", "shr", "sar",
    "fadd", "fsub", "fmul", "fcmp",
)  # fmt: skip
"""M[b] <- M[b] op M[c]."""
_SINGLES = ("mov", "neg", "not", "itof", "ftoi")
"""M[b] <- op M[c]. Their operand is operand 2, as in the pairs."""
_TESTS = ("jle", "jeq", "jlt", "jmpi", "push", "exec", "out")
"""They read M[b] as operand 1."""


B, C = d("b_cell"), d("c_cell")
"""The operands where they are addresses of cells, those of the open frame included."""


def _reads(**addresses: Affine) -> Build:
    """An expert that reads operand n at addresses[f"operand{n}"]."""

    def build(e: ExpertBuilder) -> None:
        _read(e.layer(), addresses)

    return build


def _read(ff: FeedForward, addresses: Mapping[str, Affine]) -> None:
    for name, address in addresses.items():
        n = name.removeprefix("operand")
        ff.add("read" + n, address)
        ff.add("use" + n, constant(1))


def _stack(delta: Affine | Number, **addresses: Affine) -> Build:
    """An expert that moves the stack pointer by `delta`, and reads."""

    def build(e: ExpertBuilder) -> None:
        ff = e.layer()
        ff.add("stack_delta", delta)
        _read(ff, addresses)

    return build


def _subleq_operands(e: ExpertBuilder) -> None:
    """M[b] unless a port is involved; M[a] unless that is the port."""
    ff = e.layer()
    ff.add("read1", d("b"))
    ff.add("use1", constant(1) - d("from_port"), constant(1) - d("to_port"))
    ff.add("read2", d("a"))
    ff.add("use2", constant(1) - d("from_port"))


def _addi_operands(e: ExpertBuilder) -> None:
    """The immediate takes the place of operand 2."""
    ff = e.layer()
    _read(ff, {"operand1": B})
    ff.add("operand2", d("c"))


def _addsp_operands(e: ExpertBuilder) -> None:
    ff = e.layer()
    ff.add("operand2", d("c"))
    ff.add("stack_delta", d("c"))


def _leave_operands(e: ExpertBuilder) -> None:
    """sp = fp + 2, and the caller's fp and the return address are read; a stack underflow where no frame is open."""
    ff = e.layer()
    _read(ff, {"operand1": d("fp"), "operand2": d("fp") + FRAME_RETURN})
    ff.add("stack_delta", d("fp") + FRAME_WINDOWS_AT - d("sp"), d("has_frame"))
    ff.add("fault_stack-underflow", constant(1) - d("has_frame"))


OPERANDS: dict[str, Build] = {
    "subleq": _subleq_operands,
    "addi": _addi_operands,
    "addsp": _addsp_operands,
    **{name: _reads(operand1=B, operand2=C) for name in _PAIRS},
    **{name: _reads(operand2=C) for name in _SINGLES},
    **{name: _reads(operand1=B) for name in _TESTS},
    "ld": _reads(operand1=C),
    "st": _reads(operand1=B, operand2=C),
    "ldx": _reads(operand1=C, operand2=C + 1),
    "stx": _reads(operand1=B, operand2=B + 1, operand3=C),
    "lds": _reads(operand1=d("sp") + d("c")),
    "sts": _reads(operand2=C),
    "push": _stack(-1, operand1=B),
    "exec": _stack(-1, operand1=B),
    "call": _stack(-1),
    "pop": _stack(1, operand1=d("sp")),
    "ret": _stack(1, operand1=d("sp")),
    "enter": _stack(-1, **{f"operand{n}": d("sp") + (FRAME_WINDOWS_AT - 2 + n) for n in (1, 2, 3)}),
    "leave": _leave_operands,
}


def _writes(ff: FeedForward, address: Affine) -> None:
    ff.add("target_cell", address)
    ff.add("writes", constant(1))


def _target(address: Affine) -> Build:
    """An expert that writes to `address`."""

    def build(e: ExpertBuilder) -> None:
        _writes(e.layer(), address)

    return build


def _follow(ff: FeedForward, pointer: Affine) -> None:
    ff.add("pointer", pointer)
    ff.add("use_pointer", constant(1))


def _ld(e: ExpertBuilder) -> None:
    ff = e.layer()
    _follow(ff, d("operand1"))
    _writes(ff, B)


def _indexed(e: ExpertBuilder, to: str) -> FeedForward:
    """to = M[at] + M[at+1], with a fault where a term is larger than an address can be."""
    large = e.local("large")
    ff = e.layer()
    for operand in ("operand1", "operand2"):
        ff.when(large, d(operand) - _POINTER_LIMIT)
        ff.when(large, -d(operand) - _POINTER_LIMIT)
    ff = e.layer()
    ff.add("fault_address", d(large))
    for operand in ("operand1", "operand2"):
        ff.when(to, -d(large) + 0.5, d(operand))
    return ff


def _ldx(e: ExpertBuilder) -> None:
    ff = _indexed(e, "pointer")
    ff.add("use_pointer", constant(1))
    _writes(ff, B)


def _stx(e: ExpertBuilder) -> None:
    ff = _indexed(e, "target_cell")
    ff.add("writes", constant(1))


def _exec(e: ExpertBuilder) -> None:
    """The block's header is three cells: flag, forward entry, Jacobian entry."""
    ff = e.layer()
    _follow(ff, d("operand1"))
    ff.add("pointer_end", d("operand1") + 2)
    ff.add("use_pointer_end", constant(1))
    _writes(ff, d("sp_next"))


def _subleq_target(e: ExpertBuilder) -> None:
    ff = e.layer()
    ff.add("target_cell", d("b"))
    ff.add("writes", constant(1) - d("to_port"))
    ff.add("outputs", d("to_port"))
    ff.add("takes", d("from_port"))


def _enter(e: ExpertBuilder) -> None:
    """The frame lies above address 0, and has its windows on the stack: six cells, of which three have been read."""
    ff = e.layer()
    _follow(ff, d("sp_next") + (FRAME_WINDOWS_AT + 3))
    ff.add("pointer_end", d("sp_next") + (FRAME_WINDOWS_AT + 5))
    ff.add("use_pointer_end", constant(1))
    _writes(ff, d("sp_next"))
    ff.when("fault_stack-overflow", constant(1) - d("sp_next"))
    ff.when("fault_stack-underflow", d("sp_next") - d("frame_top"))


def _in(e: ExpertBuilder) -> None:
    ff = e.layer()
    _writes(ff, B)
    ff.add("takes", constant(1))


def _out(e: ExpertBuilder) -> None:
    e.layer().add("outputs", constant(1))


POINTERS: dict[str, Build] = {
    "subleq": _subleq_target,
    **{name: _target(B) for name in (*_PAIRS, *_SINGLES, "movi", "addi", "lds", "leas", "pop")},
    "ld": _ld,
    "st": _target(d("operand1")),
    "ldx": _ldx,
    "stx": _stx,
    "sts": _target(d("sp") + d("b")),
    "push": _target(d("sp_next")),
    "call": _target(d("sp_next")),
    "exec": _exec,
    "enter": _enter,
    "in": _in,
    "out": _out,
}
