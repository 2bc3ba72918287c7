"""Hard programs in native code: the same operations on the same words as the search runs, faults included.

Many programs are run at once, on all cases. In each step those with the same operation are run together: a lane is one
case of one program. What faults is NaN, and so is what rests on it. Steps that nothing rests on are not run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.vm import values_of

Flags = NDArray[np.bool_]


@native
def mark_live(used: Flags, ops: Ints, arguments: Ints, nexts: Ints, outputs: Ints, arity: Ints) -> None:
    """Which values outputs and states of each program rest on. used: shape [N, values], the results of steps last."""
    steps = ops.shape[1]
    first = used.shape[1] - steps
    for p in range(len(ops)):
        for j in range(nexts.shape[1]):
            used[p, nexts[p, j]] = True
        for j in range(outputs.shape[1]):
            used[p, outputs[p, j]] = True
        for t in range(steps - 1, -1, -1):
            if used[p, first + t]:
                for s in range(arity[ops[p, t]]):
                    used[p, arguments[p, t, s]] = True


@native
def gather(loaded: Floats, bad: Flags, at: int, given: Floats, values: Floats, p: int, of: int, cases: int) -> None:
    """loaded[at ...] <- value `of` of program p, 0 where it is a fault, which `bad` says. given: shape [nodes, cases],
    the first values. values: [N, values, cases], the others.
    """
    nodes = len(given)
    for case in range(cases):
        value = given[of, case] if of < nodes else values[p, of - nodes, case]
        fault = value != value
        loaded[at + case] = 0.0 if fault else value
        bad[at + case] |= fault


@native
def by_operation(ops: Ints, used: Flags, order: Ints, begins: Ints) -> None:
    """order <- the programs that use a step, those with the same operation together; begins[k] <- where those with
    operation k stand in it. ops, used, order: shape [N].
    """
    begins[:] = 0
    for p in range(len(ops)):
        if used[p]:
            begins[ops[p] + 1] += 1
    for k in range(1, len(begins)):
        begins[k] += begins[k - 1]
    for k in range(len(begins) - 1):
        at = begins[k]
        if begins[k + 1] > at:
            for p in range(len(ops)):
                if used[p] and ops[p] == k:
                    order[at] = p
                    at += 1


@native
def run_step(
    kernel: int,
    arity: int,
    programs: Ints,
    arguments: Ints,
    given: Floats,
    values: Floats,
    to: int,
    cases: int,
    loaded: Floats,
    bad: Flags,
    out: Floats,
    code: Ints,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
) -> None:
    """values[:, to] <- an operation, in some programs. arguments: of all, shape [N, arguments]. given: [nodes, cases].
    values: [N, values, cases]. loaded: [4, lanes]. bad, out: [lanes].
    """
    lanes = len(programs) * cases
    bad[:lanes] = False
    for number, p in enumerate(programs):
        for place in range(arity):
            gather(loaded[place], bad, number * cases, given, values, p, arguments[p, place], cases)
    values_of(code, kernel, loaded[0], loaded[1], loaded[2], loaded[3], out, lanes, s, m, low, high)
    for number, p in enumerate(programs):
        at = number * cases
        for case in range(cases):
            values[p, to, case] = np.nan if bad[at + case] else out[at + case]


@native
def hand_on(pointed: Ints, given: Floats, values: Floats, cases: int, to: Floats) -> None:
    """to <- what programs point to. pointed: shape [N, pointers]. given: [nodes, cases]. values: [N, values, cases].
    to: [N, pointers, cases].
    """
    nodes = len(given)
    for p in range(len(pointed)):
        for j in range(pointed.shape[1]):
            of = pointed[p, j]
            for case in range(cases):
                to[p, j, case] = given[of, case] if of < nodes else values[p, of - nodes, case]


@native
def run_programs(
    ops: Ints,
    arguments: Ints,
    nexts: Ints,
    starts: Ints,
    outputs: Ints,
    kernels: Ints,
    arity: Ints,
    given: Floats,
    firsts: Floats,
    active: Ints,
    code: Ints,
    s: Ints,
    m: Floats,
    low: float,
    high: float,
    moving: Floats,
    ends: Floats,
) -> None:
    """Run N programs. ops: shape [N, steps]. arguments: [N, steps, most arguments]. nexts, starts: [N, states].
    outputs: [N, outputs]. kernels, arity: of each operation. given: [rounds, nodes, cases]. firsts: [starts, cases].
    active: how many cases have each round, [rounds]; those with more rounds come first. code, s, m: what plans need.
    moving: [rounds, N, outputs, cases], what outputs point to in each round. ends: [N, states, cases], what states hold
    in the end.
    """
    most, nodes, cases = given.shape
    count, steps = ops.shape
    states = nexts.shape[1]
    values = np.zeros((count, states + steps, cases))
    used = np.zeros((count, nodes + states + steps), dtype=np.bool_)
    mark_live(used, ops, arguments, nexts, outputs, arity)
    order, begins = np.zeros((steps, count), dtype=np.int64), np.zeros((steps, len(kernels) + 1), dtype=np.int64)
    for t in range(steps):
        by_operation(ops[:, t], used[:, nodes + states + t], order[t], begins[t])
    loaded, out = np.zeros((4, count * cases)), np.zeros(count * cases)
    bad = np.zeros(count * cases, dtype=np.bool_)
    for p in range(count):
        for j in range(states):
            ends[p, j] = firsts[starts[p, j]]
    for number in range(most):
        some = active[number]
        values[:, :states] = ends
        for t in range(steps):
            for k in range(len(kernels)):
                programs = order[t, begins[t, k] : begins[t, k + 1]]
                if len(programs):
                    run_step(
                        *(kernels[k], arity[k], programs, arguments[:, t], given[number], values, states + t, some),
                        *(loaded, bad, out, code, s, m, low, high),
                    )
        hand_on(outputs, given[number], values, some, moving[number])
        hand_on(nexts, given[number], values, some, ends)
