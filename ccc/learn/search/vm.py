"""Hard mixtures in native code: steps, pieces that advance, guards, counts, early stops, calls of mixtures by mixtures.

`ccc.learn.search.codes` writes the code that is run here: int64 numbers. Memory is float64 cells; slots point to cells,
so that what several slots share is shared here as it is in the state.
"""

from __future__ import annotations

import numpy as np

from ccc.learn.search.flat import FLAT, flat_lanes, flat_value
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints, lanes, one

DONE, FAULT, TOO_LONG, TOO_LARGE = 0, 1, 2, 3
"""What a run comes to."""
HEADER, PIECE, FRAME, RECORD = 7, 6, 4, 6
PIECES, SLOTS, COUNT, ROUNDS, UNTIL, STEPS, STEPS_AT = 0, 1, 2, 3, 4, 5, 6
SLOT, LOCAL, NUMBER, TURNED = 0, 1, 2, 3
"""The roles of pieces."""
NOTHING, ATOM, CALL = 0, 1, 2
"""The kinds of steps."""
MOST_SLOTS = 12
STEP = 5 + 2 * MOST_SLOTS
CALL_WORK, STEP_WORK = 24, 8
"""How long a call of a mixture takes, and a step of it, compared with a comparison of a number."""
VM = 1 << 10
"""Kernels from this number on are plans of calls: VM + where the plan stands in the code; from FLAT on flat ones."""


@native
def dimension(code: Ints, at: int, s: Ints, fp: int, m: Floats) -> int:
    """A number of rows or columns: given, or in the cell of a piece; -1 where that holds none."""
    if code[at] == 0:
        return int(code[at + 1])
    value = m[s[fp + FRAME * code[at + 1]]]
    if value < 0 or value != np.floor(value) or value > 1e9:
        return -1
    return int(value)


@native
def open_pieces(code: Ints, at: int, s: Ints, ap: int, fp: int, m: Floats, top: int) -> int:
    """Fill in the frame: address, stride, pitch, rows of each piece. The first cell that is free then, or -1."""
    pieces = code[at + PIECES]
    slot = 0
    for p in range(pieces):
        if code[at + HEADER + PIECE * p] == SLOT:
            s[fp + FRAME * p] = s[ap + 2 * slot]
            s[fp + FRAME * p + 1] = s[ap + 2 * slot + 1]
            slot += 1
    for p in range(pieces):
        row, f = at + HEADER + PIECE * p, fp + FRAME * p
        rows, columns = dimension(code, row + 2, s, fp, m), dimension(code, row + 4, s, fp, m)
        if rows < 0 or columns < 0:
            return -1
        role = code[row]
        if role == TURNED:
            of = fp + FRAME * code[row + 1]
            s[f], s[f + 1], s[f + 2] = s[of], s[of + 1] * rows, s[of + 1]
        else:
            if role == LOCAL:
                if top + rows * columns > len(m):
                    return -2
                s[f], s[f + 1] = top, 1
                for i in range(top, top + rows * columns):
                    m[i] = 0.0
                top += rows * columns
            elif role == NUMBER:
                s[f], s[f + 1] = code[row + 1], 1
            s[f + 2] = s[f + 1] * columns
        s[f + 3] = rows
    return top


@native
def place(s: Ints, f: int, advance: int, number: int) -> int:
    """The address that a slot has in round `number`, or -1 outside of the piece."""
    if advance == 0:
        return int(s[f])
    row = advance * number + (s[f + 3] - 1 if advance < 0 else 0)
    if row < 0 or row >= s[f + 3]:
        return -1
    return int(s[f] + row * s[f + 2])


@native
def enter(code: Ints, at: int, s: Ints, ap: int, b: int, m: Floats, top: int, caller: int) -> int:
    """Open the record at `b` of a call of the mixture at `at`, whose slots stand at `ap`; what that comes to."""
    if b + RECORD + FRAME * code[at + PIECES] + 2 * MOST_SLOTS > len(s):
        return TOO_LARGE
    fp = b + RECORD
    top = open_pieces(code, at, s, ap, fp, m, top)
    if top < 0:
        return FAULT if top == -1 else TOO_LARGE
    rounds = code[at + ROUNDS]
    if code[at + COUNT] >= 0:
        count = m[s[fp + FRAME * code[at + COUNT]]]
        if count != np.floor(count):
            return FAULT
        rounds = np.int64(count)
    s[b], s[b + 1], s[b + 2], s[b + 3], s[b + 4], s[b + 5] = at, 0, 0, rounds, top, caller
    return DONE


@native
def run(  # noqa: C901 (the interpreter's one loop)
    code: Ints, at: int, s: Ints, ap: int, sp: int, m: Floats, top: int, fuel: Ints, low: float, high: float
) -> int:
    """Run the mixture at `at`. s: a stack of integers, the addresses and strides of the slots at `ap`, free from `sp`.
    m: cells, free from `top`. fuel: how many steps may still be run, shape [1].

    A call has a record on the stack: mixture, round, step, rounds, free memory, the record of the caller; then its
    pieces. No recursion: numba cannot keep the machine code of what calls itself.
    """
    b = sp
    status = enter(code, at, s, ap, b, m, top, -1)
    while status == DONE:
        at, number, t = s[b], s[b + 1], s[b + 2]
        fp = b + RECORD
        if number >= s[b + 3]:
            b = s[b + 5]
            if b < 0:
                return DONE
            continue
        if t == code[at + STEPS]:
            until = code[at + UNTIL]
            ends = until >= 0 and m[s[fp + FRAME * until]] <= 0
            s[b + 1], s[b + 2] = s[b + 3] if ends else number + 1, 0
            continue
        s[b + 2] = t + 1
        step = code[at + STEPS_AT] + STEP * t
        fuel[0] -= 1
        if fuel[0] < 0:
            return TOO_LONG
        guard = code[step + 2]
        if guard >= 0:
            cell = place(s, fp + FRAME * guard, code[step + 3], number)
            if cell < 0:
                return FAULT
            if m[cell] > 0:
                continue
        kind, slots, sp = code[step], code[step + 4], fp + FRAME * code[at + PIECES]
        for i in range(slots):
            f = fp + FRAME * code[step + 5 + 2 * i]
            cell = place(s, f, code[step + 6 + 2 * i], number)
            if cell < 0:
                return FAULT
            s[sp + 2 * i], s[sp + 2 * i + 1] = cell, s[f + 1]
        if kind == ATOM:
            if not atom(code[step + 1], slots, s, sp, m, low, high):
                return FAULT
        elif kind == CALL:
            inner = sp + 2 * slots
            status = enter(code, code[step + 1], s, sp, inner, m, s[b + 4], b)
            b = inner
    return status


@native
def atom(k: int, slots: int, s: Ints, sp: int, m: Floats, low: float, high: float) -> bool:
    """Run a kernel on the cells that its slots point to; whether it did not fault."""
    for i in range(slots):
        if s[sp + 2 * i] >= len(m):
            return False
    a = m[s[sp]]
    b = m[s[sp + 2]] if slots > 1 else 0.0
    c = m[s[sp + 4]] if slots > 2 else 0.0
    d = m[s[sp + 6]] if slots > 3 else 0.0
    value = one(k, a, b, c, d, low, high)
    if np.isnan(value):
        return False
    m[s[sp + 2 * slots - 2]] = value
    return True


# Calls on single cells, as the enumeration makes them. A plan: where the mixture stands, how many slots, which of them
# is the result, steps allowed, then for each slot which argument it gets, or -1.


@native
def planned(
    code: Ints, k: int, a: float, b: float, c: float, d: float, s: Ints, m: Floats, low: float, high: float
) -> float:
    """The result of a plan, NaN for a fault. s: a stack; the last cell says how many steps may still be taken, the one
    before it what all calls took.
    """
    at = k - VM
    slots, top = code[at + 1], code[at + 4]
    for i in range(slots):
        argument = code[at + 5 + i]
        value = 0.0
        if argument == 0:
            value = a
        elif argument == 1:
            value = b
        elif argument == 2:
            value = c
        elif argument == 3:
            value = d
        m[top + i] = value
        s[2 * i], s[2 * i + 1] = top + i, 1
    fuel = s[len(s) - 1 :]
    fuel[0] = code[at + 3]
    status = run(code, code[at], s[: len(s) - 2], 0, 2 * slots, m, top + slots, fuel, low, high)
    s[len(s) - 2] += CALL_WORK + STEP_WORK * (code[at + 3] - max(fuel[0], 0))
    return m[top + code[at + 2]] if status == DONE else np.nan


@native
def steps_of(code: Ints, k: int, arguments: Floats, s: Ints, m: Floats, low: float, high: float) -> int:
    """How many steps a plan takes with four arguments, one that is not flat."""
    planned(code, k, arguments[0], arguments[1], arguments[2], arguments[3], s, m, low, high)
    return int(code[k - VM + 3] - max(s[len(s) - 1], 0))


@native
def value_of(
    code: Ints, k: int, a: float, b: float, c: float, d: float, s: Ints, m: Floats, low: float, high: float
) -> float:
    """One result of a kernel or a plan."""
    if k >= FLAT:
        return flat_value(code, k, a, b, c, d, m, low, high)
    if k >= VM:
        return planned(code, k, a, b, c, d, s, m, low, high)
    return one(k, a, b, c, d, low, high)


@native
def values_of(
    code: Ints,
    k: int,
    a: Floats,
    b: Floats,
    c: Floats,
    d: Floats,
    out: Floats,
    n: int,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> None:
    """The results of a kernel or a plan on n lanes, NaN where it faults."""
    if k >= FLAT:
        flat_lanes(code, k, a, b, c, d, out, n, m, low, high)
    elif k >= VM:
        for i in range(n):
            out[i] = planned(code, k, a[i], b[i], c[i], d[i], s, m, low, high)
    else:
        lanes(k, a, b, c, d, out, n, low, high)
