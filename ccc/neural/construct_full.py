"""The whole instruction set as a Transformer: the stages of one step, in order.

Status -> fetch -> decode -> operand addresses (experts) -> read -> pointers (experts) -> indirect read -> execute
(experts) -> judge faults -> commit -> write back. The experts of one opcode stand in `experts_*.py`.
"""

from __future__ import annotations

from ccc.isa import LOWEST_OPCODE, Dialect, Fault
from ccc.machine import FRAME_ORIGIN, FRAME_SLOTS_AT, FRAME_WINDOWS_AT, REGISTERS, word_range
from ccc.neural.basis import Affine, Basis, constant, d
from ccc.neural.experts import ExpertBuilder, build_experts
from ccc.neural.patterns import (
    SIZE,
    TOKEN_DIRECTIONS,
    accept_hit,
    clear_output,
    erase_hit,
    input_head,
    inside_memory,
    read_head,
    round_to,
    unequal,
    write_head,
)
from ccc.neural.spec import Attention, Experts, FeedForward, Network, Sublayer
from ccc.neural.windows import ALLOWED, WINDOWS

FAULTS = [fault for fault in Fault if fault is not Fault.NONE]

READS = ("1", "2", "3")
"""Operands read from memory: operand1..operand3 from the addresses read1..read3, where use1..use3 is 1."""

POINTERS = ("pointer", "pointer_end")
"""Addresses of the second read: `pointer` and, for EXEC, the last cell of the block's header."""

_TEMPORARY = (
    "stopped", "pc_inside", "pc_address",
    "has_frame", "framed", "framed_fp", "frame", "frame_top",
    "a", "b", "c", "b_cell", "c_cell", "fallthrough",
    *(bound + n for bound in ("low", "high") for n in WINDOWS),
    *(side + end for side in ("before_", "below_") for end, _ in ALLOWED), "allowed", "guarded",
    "sets_fp", "fp_next",
    "extended", "opcode_inside", "opcode", "from_port", "to_port",
    *(stem + n for n in READS for stem in ("read", "use", "inside", "address", "operand")),
    "input", "stack_delta", "sp_next",
    *(stem + p for p in POINTERS for stem in ("", "use_", "inside_", "address_")),
    "indirect1", "indirect2", "indirect3",
    "target_cell", "writes", "inside_target", "address_target", "outputs", "takes",
    "rounded1", "rounded2", "nonword1", "nonword2", "x", "y",
    *("fault_" + fault.label for fault in FAULTS),
    "result", "jump", "goto",
    "new_fault", "ok", "pc_next", "place", "place_part", "address", "address_squared",
)  # fmt: skip


def construct_full(dialect: Dialect, width: int) -> Network:
    """The network for the extended dialect at `width` bits. Raises ValueError for a plain dialect."""
    if not dialect.extended:
        raise ValueError(f"dialect {dialect.name} has no extended instructions")
    basis = Basis((*TOKEN_DIRECTIONS, *REGISTERS, SIZE, "taken", *_TEMPORARY))
    builders: list[ExpertBuilder] = []
    stages: list[Sublayer] = [
        *_fetch(),
        *_decode(),
        _mixture("operands", width, builders),
        *_read(),
        *_inspect(width),
        _mixture("pointers", width, builders),
        *_follow(),
        *_gate_operands(),
        _mixture("execute", width, builders),
        *_judge(),
        *_write_back(),
    ]
    for builder in builders:
        basis.overlay(builder.private)
    stages.append(_accept(basis))
    return Network(basis, stages, dialect.name, width, "full")


def _mixture(stage: str, width: int, builders: list[ExpertBuilder]) -> Experts:
    """Expert k is opcode -k: 0 for no instruction, 1 for SUBLEQ, then the extended ones."""
    layer = Experts(stage, "opcode")
    for builder in build_experts(stage, width):
        builders.append(builder)
        layer.experts.append(builder.expert)
    return layer


def _fetch() -> list[Sublayer]:
    """Is the machine running, is pc an address; then the three cells there, and the windows of the open frame."""
    status = FeedForward("status")
    clear_output(status)
    status.add({"taken": -1.0}, d("taken"))
    status.when("stopped", -d("pc"))
    status.when("stopped", d("fault"))
    status.when("pc_inside", d(SIZE) - 2 - d("pc"))
    status.when({"pc_inside": -1.0}, -d("pc"))
    status.when("has_frame", d("fp"))
    locate = FeedForward("locate")
    round_to(locate, "pc_address", "pc", 0, d("pc_inside"))
    inside = d(SIZE) - d("fp") - (FRAME_SLOTS_AT - 1)
    locate.when("framed", inside, d("has_frame"))
    locate.when("framed_fp", inside, d("fp"))
    locate.add("frame", d("fp") + FRAME_ORIGIN, d("has_frame"))
    locate.add("frame_top", d("stack_high") - FRAME_SLOTS_AT)
    fetch = Attention("fetch")
    for offset, name in enumerate("abc"):
        fetch.heads.append(read_head(name, d("pc_address") + d("pc_inside") * offset, name, d("pc_inside")))
    for offset, bound in enumerate(bound + n for n in WINDOWS for bound in ("low", "high")):
        address = d("framed_fp") + d("framed") * (FRAME_WINDOWS_AT + offset)
        fetch.heads.append(read_head(bound, address, bound, d("framed")))
    return [status, locate, fetch]


def _decode() -> list[Sublayer]:
    """From the first cell: SUBLEQ or an opcode, which becomes an integer that the router can peak at."""
    decode = FeedForward("decode")
    unequal(decode, "fault_fetch", d("pc"), d("pc_address"))
    decode.add("fault_fetch", constant(1) - d("pc_inside"))
    decode.add("fallthrough", d("pc_address") + 3)
    for cell in "bc":  # an address below -1 is that of a cell of the open frame
        decode.add(cell + "_cell", d(cell))
        decode.when(cell + "_cell", -d(cell) - 1, d("frame"))
    beyond = -d("a") + (LOWEST_OPCODE - 0.5)
    decode.when("extended", -d("a") - 1)
    decode.when("opcode_inside", -d("a") - 1)
    decode.when({"opcode_inside": -1.0}, beyond)
    for cell, port in (("a", "from_port"), ("b", "to_port")):
        decode.add(port, constant(1))
        unequal(decode, port, d(cell), constant(-1), -1)
    opcode = FeedForward("opcode")
    opcode.add("opcode", constant(1) - d("extended"))
    round_to(opcode, "opcode", "a", 0, d("opcode_inside"), scale=-1.0)
    return [decode, opcode]


def _read() -> list[Sublayer]:
    """Check and round the operand addresses, then read them and the input port."""
    locate, align, read = FeedForward("operand range"), FeedForward("operand address"), Attention("read")
    unequal(locate, "fault_opcode", d("opcode"), -d("a"), d("extended"))
    locate.add("sp_next", d("sp") + d("stack_delta"))
    for n in READS:
        inside_memory(locate, "inside" + n, d("use" + n), d("read" + n))
        round_to(align, "address" + n, "read" + n, 0, d("inside" + n))
        read.heads.append(read_head("operand" + n, d("address" + n), "operand" + n, d("inside" + n)))
    read.heads.append(input_head("input", "input"))
    return [locate, align, read]


def _inspect(width: int) -> list[Sublayer]:
    """Bad addresses, the stack's bounds, and whether the operands are integers of the word."""
    low, high = word_range(width)
    inspect, compare = FeedForward("inspect"), FeedForward("compare")
    for n in READS:
        unequal(inspect, "fault_address", d("read" + n), d("address" + n), d("use" + n))
    inspect.when("fault_stack-overflow", d("stack_low") - d("sp_next"))
    inspect.when("fault_stack-underflow", d("sp_next") - d("stack_high"))
    for n in ("1", "2"):
        operand, rounded = "operand" + n, "rounded" + n
        round_to(inspect, rounded, operand, 0)
        inspect.when("nonword" + n, d(operand) - high)
        inspect.when("nonword" + n, -d(operand) + low)
        unequal(compare, "nonword" + n, d(operand), d(rounded))
    return [inspect, compare]


def _follow() -> list[Sublayer]:
    """The second read, through pointers; and whether the target of the write is allowed."""
    locate, align, follow = FeedForward("pointer range"), FeedForward("pointer address"), Attention("follow")
    targets = (("pointer", "use_pointer", "inside_pointer"), ("pointer_end", "use_pointer_end", "inside_pointer_end"))
    for address, used, inside in (*targets, ("target_cell", "writes", "inside_target")):
        inside_memory(locate, inside, d(used), d(address))
    locate.when("fault_protected", d("write_low") - d("target_cell"), d("writes"))
    locate.add("fault_protected", d("writes"))
    locate.when({"fault_protected": -1.0}, d("write_high") - d("target_cell"), d("writes"))
    _judge_frame(locate, align)
    for name in (*POINTERS, "target"):
        source = "target_cell" if name == "target" else name
        round_to(align, "address_" + name, source, 0, d("inside_" + name))
    header = d("address_pointer_end")
    block = d("inside_pointer_end")
    follow.heads = [
        read_head("indirect1", d("address_pointer"), "indirect1", d("inside_pointer")),
        read_head("indirect2", header - block, "indirect2", block),
        read_head("indirect3", header, "indirect3", block),
    ]
    return [locate, align, follow]


def _judge_frame(locate: FeedForward, align: FeedForward) -> None:
    """allowed: in how many of the areas that an open frame lets be written the target lies."""
    locate.add("guarded", d("writes"), d("framed"))
    for end, start in ALLOWED:
        locate.when("before_" + end, d(end) - d("target_cell"))
        locate.when("below_" + end, d(start) - d("target_cell"))
        align.add("allowed", d("before_" + end), constant(1) - d("below_" + end))


def _gate_operands() -> list[Sublayer]:
    """x and y: the operands as integers of the word, 0 where they are not. Where the write goes, if it goes."""
    gate = FeedForward("gate")
    for pointer in POINTERS:
        unequal(gate, "fault_address", d(pointer), d("address_" + pointer), d("use_" + pointer))
    unequal(gate, "fault_address", d("target_cell"), d("address_target"), d("writes"))
    gate.when("fault_protected", constant(0.5) - d("allowed"), d("guarded"))
    for n, name in (("1", "x"), ("2", "y")):
        gate.when(name, -d("nonword" + n) + 0.5, d("operand" + n))
    gate.add("place", d("address_target") + 2, d("writes"))
    gate.add("place", d("outputs"))
    return [gate]


def _judge() -> list[Sublayer]:
    """The lowest fault wins; without one, `ok`. And the next program counter."""
    judge = FeedForward("judge")
    none_so_far = constant(0.5) - d("stopped")
    judge.when("new_fault", none_so_far)
    for fault in FAULTS[:-1]:
        none_so_far = none_so_far - d("fault_" + fault.label)
        judge.when("new_fault", none_so_far)
    none_so_far = none_so_far - d("fault_" + FAULTS[-1].label)
    judge.when({"new_fault": -float(len(FAULTS)), "ok": 1.0}, none_so_far)
    judge.add("fp_next", d("fp"), constant(1) - d("sets_fp"))
    judge.add("pc_next", d("goto"), d("jump"))
    judge.add("pc_next", d("fallthrough"), constant(1) - d("jump"))
    # (place - 2)^2 = place (place - 4) + 4: the write head needs the square of the address.
    judge.add("place_part", d("place"), d("place") - 4)
    return [judge]


def _write_back() -> list[Sublayer]:
    """Registers and the addressed cell: erase in one sublayer, add in the next, as x + (-1) x is exactly 0."""
    commit, erase = FeedForward("commit"), FeedForward("erase")
    commit.add("fault", d("new_fault"))
    commit.add("taken", d("takes"), d("ok"))
    commit.add("address", constant(-2))
    commit.add("address", d("place"), d("ok"))
    commit.add("address_squared", constant(4))
    commit.add("address_squared", d("place_part"), d("ok"))
    for register in ("pc", "sp", "fp"):
        commit.add({register: -1.0}, d(register), d("ok"))
        erase.add(register, d(register + "_next"), d("ok"))
    erase_hit(erase)
    return [commit, Attention("write", [write_head("write", "address", "address_squared", "result")]), erase]


def _accept(basis: Basis) -> FeedForward:
    """The addressed cell takes its value; everything temporary is cleared for the next step."""
    accept = FeedForward("accept")
    accept_hit(accept)
    shared: dict[int, Affine] = {basis[name]: d(name) for name in basis.names if basis[name] in basis.shared}
    for name in _TEMPORARY:
        accept.add({name: -1.0}, d(name))
    for form in shared.values():
        accept.add({next(iter(form.terms)): -1.0}, form)
    return accept
