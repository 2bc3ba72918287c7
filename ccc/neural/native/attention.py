"""Lowering attention asked by one token: who wins the softmax, and what the winner's value is.

Attention is lowered where it is one-hot. Which keys can win is shown from the weights as far as that goes; between the
rest the scores are compared as the program runs, and a lead too small for the others' weights to underflow abandons the
step. Among the cells the winner is found by index, where the quadratic score peaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from ccc.neural.native.emitter import BIT, DOUBLE, WORD, Emitter
from ccc.neural.native.scores import (
    Peak,
    Scores,
    least_lead,
    least_lead_of_cell,
    most_of_cells,
    peak_of,
    scores_of,
)
from ccc.neural.native.tensors import Head
from ccc.neural.native.tokens import MARGIN, MOST_CELLS, Machine, NotLowered, Path, Token, form
from ccc.neural.native.values import Number, Value, join_bounds


def attend(emitter: Emitter, head: Head, token: Token, path: Path, machine: Machine) -> list[Value]:
    """The value components that `token` receives from this head."""
    scores = scores_of(emitter, head, path.rows[token], path.rows, machine.quiet)
    values = [[form(emitter, terms, row) for terms in head.value] for row in path.rows]
    tokens = _undominated(emitter, scores.tokens)
    if any(
        emitter.bounds(scores.tokens[token])[0] - most_of_cells(emitter, scores.cells) >= MARGIN for token in tokens
    ):
        if token is Token.INPUT:
            tokens = _silent_winner(emitter, tokens, scores, values)
        return _best_token(emitter, tokens, scores, values)[1]
    if scores.cells.square > -MARGIN:
        raise NotLowered("attention that spreads over several cells")
    return _read(emitter, head, scores, values, path, machine)


def _undominated(emitter: Emitter, scores: Sequence[Value]) -> list[Token]:
    """The tokens that no other token always beats."""
    return [
        token
        for token in Token
        if not any(least_lead(emitter, scores[other], scores[token]) >= MARGIN for other in Token if other is not token)
    ]


def _silent_winner(emitter: Emitter, tokens: list[Token], scores: Scores, values: list[list[Value]]) -> list[Token]:
    """The input port receives nothing in any sound network: where that can't be shown, it is a guard."""
    silent = [token for token in tokens if all(not isinstance(v, Number) and v == 0.0 for v in values[token])]
    if len(tokens) == 1 or len(silent) != 1:
        return tokens
    for token in tokens:
        if token is not silent[0]:
            emitter.require_at_least(emitter.subtract(scores.tokens[silent[0]], scores.tokens[token]), MARGIN)
    return silent


def _best_token(
    emitter: Emitter, tokens: Sequence[Token], scores: Scores, values: list[list[Value]]
) -> tuple[Value, list[Value]]:
    """Score and value of the best of `tokens`."""
    best, value = scores.tokens[tokens[0]], values[tokens[0]]
    for token in tokens[1:]:
        best, value = _better(emitter, (best, value), (scores.tokens[token], values[token]))
    return best, value


def _better(
    emitter: Emitter, left: tuple[Value, list[Value]], right: tuple[Value, list[Value]]
) -> tuple[Value, list[Value]]:
    """The one of two (score, value) whose score is higher, by enough to leave the other nothing."""
    lead = emitter.subtract(left[0], right[0])
    if not isinstance(lead, Number):
        if abs(lead) < MARGIN:
            raise NotLowered("two keys with scores too close to each other")
        return left if lead > 0 else right
    builder = emitter.builder
    emitter.require(builder.fcmp_ordered(">=", emitter.magnitude(lead), ir.Constant(DOUBLE, MARGIN)))
    first = emitter.positive(lead)
    if isinstance(first, bool):
        return left if first else right
    chosen = [emitter.choose(first, x, y) for x, y in zip(left[1], right[1], strict=True)]
    return emitter.choose(first, left[0], right[0]), chosen


def whole_of(emitter: Emitter, base: Number, path: Path) -> tuple[Any, Any]:
    """`base` as an integer, and whether it is one; computed once on a path."""
    if (id(base.ir), base.negative) not in path.whole:
        path.whole[id(base.ir), base.negative] = emitter.whole(base)
    return path.whole[id(base.ir), base.negative]


def _read(
    emitter: Emitter, head: Head, scores: Scores, values: list[list[Value]], path: Path, machine: Machine
) -> list[Value]:
    """The cell at the peak is read at once where the peak is an address; else all keys compete, out of line."""
    builder = emitter.builder
    peak = peak_of(emitter, scores.cells)
    index, address, inside = _address(emitter, peak, path, machine)
    if inside is False:
        return _compete(emitter, head, scores, values, machine)
    if emitter.speculative:
        emitter.require(inside)
        return _read_cell(emitter, head, scores, values, machine, (peak, index, address))
    fast, slow, joined = (builder.append_basic_block(name) for name in ("read", "compete", "joined"))
    builder.cbranch(emitter.likely(inside), fast, slow)
    ways = []
    for block in (slow, fast):
        builder.position_at_end(block)
        with emitter.scope():
            if block is slow:
                received = _compete(emitter, head, scores, values, machine)
            else:
                received = _read_cell(emitter, head, scores, values, machine, (peak, index, address))
            limits = [emitter.bounds(value) for value in received]
            ways.append(([emitter.raw(value) for value in received], limits, builder.block))
        builder.branch(joined)
    builder.position_at_end(joined)
    (late, late_limits, late_end), (quick, quick_limits, quick_end) = ways
    result: list[Value] = []
    for part in range(len(quick)):
        phi = builder.phi(DOUBLE)
        phi.add_incoming(quick[part], quick_end)
        phi.add_incoming(late[part], late_end)
        result.append(Number(phi, *join_bounds(quick_limits[part], late_limits[part])))
    return result


def _read_cell(
    emitter: Emitter,
    head: Head,
    scores: Scores,
    values: list[list[Value]],
    machine: Machine,
    place: tuple[Peak, Any, Value],
) -> list[Value]:
    """What is received where the peak is the address of a cell: its value, unless one of the tokens scores higher."""
    peak, index, address = place
    if peak.base is not None:
        emitter.learn(peak.base, -peak.offset, MOST_CELLS - peak.offset)
    received = _cell_values(emitter, head, index, address, machine)
    others = scores.tokens
    rivals = [token for token in Token if least_lead_of_cell(emitter, scores.cells, peak, others[token]) < MARGIN]
    if not rivals:
        return received
    square = emitter.multiply(emitter.multiply(address, address), scores.cells.square)
    score = emitter.add(emitter.add(scores.cells.constant, emitter.multiply(scores.cells.linear, address)), square)
    best = (score, received)
    for token in rivals:
        best = _better(emitter, best, (others[token], values[token]))
    return best[1]


def _address(emitter: Emitter, peak: Peak, path: Path, machine: Machine) -> tuple[Any, Value, Any]:
    """The peak as an index and as a number, and the bit whether it is an address of a cell."""
    if peak.base is None:
        if not peak.offset.is_integer() or not 0 <= peak.offset < 2**53:
            return None, 0.0, False
        index = ir.Constant(WORD, int(peak.offset))
        return index, peak.offset, emitter.builder.icmp_unsigned("<", index, machine.size)
    number, is_whole = whole_of(emitter, peak.base, path)
    index = emitter.builder.add(number, ir.Constant(WORD, int(peak.offset)))
    inside = emitter.builder.icmp_unsigned("<", index, machine.size)
    address = emitter.add(peak.base, peak.offset)
    return index, address, emitter.builder.and_(is_whole, inside)


def _cell_values(emitter: Emitter, head: Head, index: Any, address: Value, machine: Machine) -> list[Value]:
    row = machine.quiet.row(machine.width, address, emitter.multiply(address, address), machine.load(emitter, index))
    return [form(emitter, terms, row) for terms in head.value]


def _compete(emitter: Emitter, head: Head, scores: Scores, values: list[list[Value]], machine: Machine) -> list[Value]:
    """All keys compete: the nearest cell to the peak, the CPU, the ports. The slow way, for addresses out of memory."""
    builder = emitter.builder
    cells = scores.cells
    numbers = [cells.constant, cells.linear, cells.square, *scores.tokens]
    found = builder.call(machine.locate, [machine.size, *(emitter.raw(number) for number in numbers)])
    index, winner = builder.extract_value(found, 0), builder.extract_value(found, 1)
    emitter.require(builder.icmp_signed(">=", winner, ir.Constant(WORD, 0)))
    address = Number(builder.sitofp(index, DOUBLE), 0.0, MOST_CELLS)
    received = _cell_values(emitter, head, index, address, machine)
    for token in Token:
        wins = builder.icmp_signed("==", winner, ir.Constant(WORD, token + 1))
        received = [emitter.choose(wins, mine, its) for mine, its in zip(values[token], received, strict=True)]
    return received


def build_locate(module: ir.Module) -> ir.Function:
    """(n, S0, S1, S2, scores of CPU, input, output) -> (nearest cell to the peak, winner).

    The winner is 0 for that cell, 1..3 for the tokens, -1 where none leads by enough; cells must number at least one.
    """
    pair = ir.LiteralStructType([WORD, WORD])
    function = ir.Function(module, ir.FunctionType(pair, [WORD] + [DOUBLE] * 6), "locate")
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    size, constant, linear, square, *others = function.args
    rint = module.declare_intrinsic("llvm.rint", [DOUBLE])
    zero, margin = ir.Constant(DOUBLE, 0.0), ir.Constant(DOUBLE, MARGIN)
    last = builder.fsub(builder.sitofp(size, DOUBLE), ir.Constant(DOUBLE, 1.0))
    peak = builder.fdiv(linear, builder.fmul(ir.Constant(DOUBLE, -2.0), square))
    low = builder.select(builder.fcmp_ordered(">", peak, zero), peak, zero)
    position = builder.call(rint, [builder.select(builder.fcmp_ordered("<", low, last), low, last)])

    def score(at: Any) -> Any:
        bent = builder.fmul(builder.fmul(at, at), square)
        return builder.fadd(builder.fadd(constant, builder.fmul(linear, at)), bent)

    best = score(position)
    sound = ir.Constant(BIT, 1)
    for step in (-1.0, 1.0):
        neighbour = builder.fadd(position, ir.Constant(DOUBLE, step))
        outside = builder.or_(builder.fcmp_ordered("<", neighbour, zero), builder.fcmp_ordered(">", neighbour, last))
        clear = builder.fcmp_ordered(">=", builder.fsub(best, score(neighbour)), margin)
        sound = builder.and_(sound, builder.or_(outside, clear))
    winner: Any = ir.Constant(WORD, 0)
    for number, other in enumerate(others, 1):
        lead = builder.fsub(best, other)
        ahead = builder.fcmp_ordered(">=", lead, margin)
        behind = builder.fcmp_ordered("<=", lead, ir.Constant(DOUBLE, -MARGIN))
        sound = builder.and_(sound, builder.or_(ahead, behind))
        winner = builder.select(behind, ir.Constant(WORD, number), winner)
        best = builder.select(behind, other, best)
    winner = builder.select(sound, winner, ir.Constant(WORD, -1))
    index = builder.fptosi(builder.select(builder.fcmp_ordered(">=", position, zero), position, zero), WORD)
    builder.ret(builder.insert_value(builder.insert_value(ir.Constant(pair, ir.Undefined), index, 0), winner, 1))
    return function
