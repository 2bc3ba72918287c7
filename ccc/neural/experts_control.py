"""Results of moves, jumps, the stack and the ports, and SUBLEQ itself: experts of the stage `execute`."""

from __future__ import annotations

from ccc.neural.basis import Affine, Number, constant, d
from ccc.neural.expert_builder import Build, ExpertBuilder
from ccc.neural.patterns import unequal, wrap_once
from ccc.neural.windows import ALLOWED, NEW_WINDOWS


def _result(value: Affine) -> Build:
    """An expert whose result is a direction that is there already."""

    def build(e: ExpertBuilder) -> None:
        e.layer().add("result", value)

    return build


def _goto(target: Affine | Number, *, result: Affine | None = None) -> Build:
    """An unconditional jump, which may write a result too."""

    def build(e: ExpertBuilder) -> None:
        ff = e.layer()
        ff.add("jump", constant(1))
        ff.add("goto", target)
        if result is not None:
            ff.add("result", result)

    return build


def _subleq(e: ExpertBuilder) -> None:
    """result = wrap(M[b] - M[a]), goto c if it is <= 0. use1 is 0 where a port is involved: then a plain copy."""
    ff = e.layer()
    difference, plain = d("x") - d("y"), d("use1")
    ff.add("result", difference, plain)
    wrap_once(ff, "result", difference, e.width, plain)
    ff.add("result", d("operand2"), constant(1) - plain)
    ff.add("result", d("input"), d("from_port"))
    ff.add("fault_integer", d("nonword1") + d("nonword2"), plain)
    ff.add("goto", d("c"))
    ff = e.layer()
    ff.add("jump", plain)
    ff.when({"jump": -1.0}, d("result"), plain)


def _jump_unless(*conditions: Affine) -> Build:
    """goto c unless one of the conditions, which exclude each other, is > 0."""

    def build(e: ExpertBuilder) -> None:
        ff = e.layer()
        ff.add("goto", d("c"))
        ff.add("jump", constant(1))
        for condition in conditions:
            ff.when({"jump": -1.0}, condition)

    return build


def _jump_if_negative(e: ExpertBuilder) -> None:
    ff = e.layer()
    ff.add("goto", d("c"))
    ff.when("jump", -d("operand1"))


def _exec(e: ExpertBuilder) -> None:
    """Flag 0 enters at the forward code, any other at the Jacobian code."""
    block = e.local("flag")
    ff = e.layer()
    for sign in (1, -1):
        ff.when(block, d("indirect1") * sign)
    ff.add("result", d("fallthrough"))
    ff.add("jump", constant(1))
    ff = e.layer()
    ff.add("goto", d("indirect2"), constant(1) - d(block))
    ff.add("goto", d("indirect3"), d(block))


def _addsp(e: ExpertBuilder) -> None:
    """The stack pointer has moved already; what is left is the test of the distance."""
    e.layer().add("fault_integer", d("nonword2"))


def _enter(e: ExpertBuilder) -> None:
    """Inside a frame, each new window that is not empty must lie in an area that the open frame may write to."""
    judge, count = e.layer(), e.layer()
    judge.add("result", d("fp"))
    judge.add("sets_fp", constant(1))
    judge.add("fp_next", d("sp_next"))
    for number, (low, high) in enumerate(NEW_WINDOWS):
        some, inside = e.local(f"some{number}"), e.local(f"inside{number}")
        judge.when(some, d(high) - d(low))
        for end, start in ALLOWED:
            before, beyond = e.local(f"before{number}.{start}"), e.local(f"beyond{number}.{end}")
            judge.when(before, d(start) - d(low))
            judge.when(beyond, d(high) - d(end))
            count.add(inside, constant(1) - d(before), constant(1) - d(beyond))
    verdict = e.layer()
    for number in range(len(NEW_WINDOWS)):
        inside = e.local(f"inside{number}")
        verdict.when("fault_protected", d("framed") - 0.5 - d(inside), d(e.local(f"some{number}")))


def _leave(e: ExpertBuilder) -> None:
    """Return; the caller's frame must be 0, or an integer above this frame that leaves room for windows."""
    further, is_some = e.local("further"), e.local("is_some")
    ff = e.layer()
    ff.add("sets_fp", constant(1))
    ff.add("fp_next", d("operand1"))
    ff.add("goto", d("operand2"))
    ff.add("jump", constant(1))
    unequal(ff, "fault_stack-underflow", d("operand1"), d("rounded1"))
    ff.when("fault_stack-underflow", d("operand1") - d("frame_top"))
    ff.when("fault_stack-underflow", -d("operand1"))
    ff.when(is_some, d("operand1"))
    ff.when(further, d("operand1") - d("fp"))
    e.layer().add("fault_stack-underflow", d(is_some), constant(1) - d(further))


EXECUTE: dict[str, Build] = {
    "subleq": _subleq,
    "mov": _result(d("operand2")),
    "movi": _result(d("c")),
    "ld": _result(d("indirect1")),
    "ldx": _result(d("indirect1")),
    "st": _result(d("operand2")),
    "stx": _result(d("operand3")),
    "lds": _result(d("operand1")),
    "sts": _result(d("operand2")),
    "leas": _result(d("sp") + d("c")),
    "jle": _jump_unless(d("operand1")),
    "jeq": _jump_unless(d("operand1"), -d("operand1")),
    "jlt": _jump_if_negative,
    "jmp": _goto(d("c")),
    "jmpi": _goto(d("operand1")),
    "push": _result(d("operand1")),
    "pop": _result(d("operand1")),
    "call": _goto(d("c"), result=d("fallthrough")),
    "ret": _goto(d("operand1")),
    "exec": _exec,
    "addsp": _addsp,
    "enter": _enter,
    "leave": _leave,
    "in": _result(d("input")),
    "out": _result(d("operand1")),
    "halt": _goto(-1),
}
