"""Expressions as rows of steps, written in native code from the values that they stand for."""

from __future__ import annotations

import numpy as np

from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Ints
from ccc.learn.search.trial import FRESH


@native
def masks_of(register: int, states: int) -> tuple[int, int]:
    """The states and the variables that are read where a register is."""
    if register < states:
        return 1 << register, 0
    known = 2 * states - 1
    if register < known:
        state = register - states + 1
        return (1 << state) | (1 << (FRESH + state)), 0
    return 0, 1 << (register - known)


@native
def write_steps(  # noqa: C901 (run for every expression)
    begin: int,
    end: int,
    numbers: Ints,
    arguments: Ints,
    kernels: Ints,
    arities: Ints,
    order: Ints,
    states: int,
    free: int,
    steps: Ints,
    sizes: Ints,
    roots: Ints,
    masks: Ints,
    given: Ints,
) -> None:
    """The steps, root and masks of values `begin` to `end`, each once, from what they come from. free: where the
    results of steps go. order: the register of each leaf.
    """
    moved = np.zeros(free + steps.shape[1] + 1, dtype=np.int64)
    row = np.zeros(5, dtype=np.int64)
    for index in range(begin, end):
        number = numbers[index]
        if number < 0:
            roots[index] = order[arguments[index, 0]]
            masks[index], given[index] = masks_of(roots[index], states)
            continue
        size = 0
        row[:] = 0
        row[0] = kernels[number]
        for place in range(arities[number]):
            part = arguments[index, place]
            masks[index] |= masks[part]
            given[index] |= given[part]
            for register in range(free):
                moved[register] = register
            for n in range(sizes[part]):
                at = size
                for other in range(size):
                    same = steps[index, other, 0] == steps[part, n, 0]
                    for column in range(1, 5):
                        same &= steps[index, other, column] == moved[steps[part, n, column]]
                    if same:
                        at = other
                if at == size:
                    if size == steps.shape[1]:
                        break
                    steps[index, size, 0] = steps[part, n, 0]
                    for column in range(1, 5):
                        steps[index, size, column] = moved[steps[part, n, column]]
                    size += 1
                moved[free + n] = free + at
            row[1 + place] = moved[roots[part]]
        if size < steps.shape[1]:
            steps[index, size] = row
            size += 1
        sizes[index], roots[index] = size, free + size - 1
