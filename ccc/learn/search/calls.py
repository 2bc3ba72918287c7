"""Skills called on known values of any shape, in native code: all results of a call on ranges of values; folds.

Cells are float64, in one memory with the numbers of the mixtures. A value has an address, and a layout: a row of
`offsets`, shape [layouts, lanes], that says how far from there each lane's elements begin. The layout of what is
computed is the number of its class; `sizes`, shape [classes, lanes], says how many elements a lane has. A number -1 - x
in place of a value is what stands x cells behind the start of the scratch memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search import vm
from ccc.learn.search.expand import Hashes, find, hash_row
from ccc.learn.search.jit import native
from ccc.learn.search.kernels import Floats, Ints

ARGUMENT, RESULT, AREA = 0, 1, 2
"""What a slot of a call gets: an argument; room for the results of all lanes; room for that of one lane."""
MOST_STEPS = 1 << 12
"""Steps of mixtures that one call may take."""
SOURCE = 4
"""Numbers that say what a slot gets: role, number (of the argument, or cells from the scratch memory on), class, and
for what is written the argument with its old value, or -1.
"""
KERNEL, ENTRY, SLOTS = 0, 1, 2
"""What says which skill is called: its kernel or -1, where its mixture stands, how many slots it has."""


class Values(NamedTuple):
    """Where values stand. address, layout: of each. offsets: shape [layouts, lanes]. sizes: shape [classes, lanes]."""

    address: Ints
    layout: Ints
    offsets: Ints
    sizes: Ints


class Machine(NamedTuple):
    """What runs a call. m: all cells, of which scratch memory begins at `scratch` and locals of what is called at
    `top`. bits: the memory of `m`. s: a stack of integers; the last says how many steps a call may still take, the one
    before it what all calls took, in comparisons of a number.
    """

    code: Ints
    s: Ints
    m: Floats
    bits: Hashes
    scratch: int
    top: int
    low: float
    high: float


def work_of(machine: Machine) -> float:
    """What calls took since this was asked last."""
    found, machine.s[-2] = float(machine.s[-2]), 0
    return found


class Ranges(NamedTuple):
    """The arguments of calls. ordered: leave out what only exchanges the first two."""

    lows: Ints
    highs: Ints
    ordered: bool


@native
def where(value: int, lane: int, values: Values, scratch: int) -> int:
    """Where the elements of a value begin on a lane."""
    if value < 0:
        return scratch - 1 - value
    return int(values.address[value] + values.offsets[values.layout[value], lane])


@native
def call(machine: Machine, values: Values, form: Ints, sources: Ints, index: Ints, lane: int) -> bool:
    """Call a skill on one lane; whether it came to an end without a fault. index: the values of the arguments."""
    slots, s, m = form[SLOTS], machine.s, machine.m
    s[len(s) - 2] += vm.CALL_WORK
    for i in range(slots):
        number = sources[i, 1]
        if sources[i, 0] == ARGUMENT:
            at = where(index[number], lane, values, machine.scratch)
        else:
            at = machine.scratch + number
            if sources[i, 0] == RESULT:
                at += values.offsets[sources[i, 2], lane]
            size, old = values.sizes[sources[i, 2], lane], sources[i, 3]
            if old >= 0:
                before = where(index[old], lane, values, machine.scratch)
                for n in range(size):
                    m[at + n] = m[before + n]
            else:
                m[at : at + size] = 0.0
        s[2 * i], s[2 * i + 1] = at, 1
    if form[KERNEL] >= 0:
        return bool(vm.atom(form[KERNEL], slots, s, 0, m, machine.low, machine.high))
    fuel = s[len(s) - 1 :]
    fuel[0] = MOST_STEPS
    free = s[: len(s) - 2]
    code, top, low, high = machine.code, machine.top, machine.low, machine.high
    status = vm.run(code, form[ENTRY], free, 0, 2 * slots, m, top, fuel, low, high)
    s[len(s) - 2] += vm.STEP_WORK * (MOST_STEPS - max(fuel[0], 0))
    return bool(status == vm.DONE)


@native
def advance(index: Ints, ranges: Ranges) -> bool:
    """The next arguments, the last moving first; whether there are any."""
    for place in range(len(index) - 1, -1, -1):
        index[place] += 1
        if index[place] < ranges.highs[place]:
            return True
        index[place] = ranges.lows[place]
    return False


@native
def result(machine: Machine, values: Values, form: Ints, sources: Ints, index: Ints) -> bool:
    """A call on all lanes; whether none faults."""
    for lane in range(values.sizes.shape[1]):  # noqa: SIM110 (numba knows no `all`)
        if not call(machine, values, form, sources, index, lane):
            return False
    return True


@native
def expand(
    machine: Machine,
    values: Values,
    form: Ints,
    sources: Ints,
    ranges: Ranges,
    place_of: tuple[int, int, int],
    table: Hashes,
    keys: Hashes,
    found: Hashes,
    places: NDArray[np.int32],
) -> int:
    """The results whose hash is not in the table: hashes to `found`, arguments to `places`; how many.

    place_of: where in the scratch memory the result stands, its cells, its class.
    """
    index = ranges.lows.copy()
    at, width, kind = place_of
    begin, end = machine.scratch + at, machine.scratch + at + width
    count, last = 0, np.uint64(0)
    more = True
    while more:
        exchanged = ranges.ordered and index[1] < index[0]
        if not exchanged and result(machine, values, form, sources, index):
            key = hash_row(machine.m[begin:end], machine.bits[begin:end], keys, kind)
            if key != last and find(table, key) < 0:
                last = key
                found[count] = key
                for place in range(len(index)):
                    places[count, place] = index[place]
                count += 1
        more = advance(index, ranges)
    return count


@native
def commit(
    machine: Machine,
    values: Values,
    form: Ints,
    sources: Ints,
    place_of: tuple[int, int, int],
    table: Hashes,
    indices: NDArray[np.int32],
    found: Hashes,
    places: NDArray[np.int32],
    arity: int,
    count: int,
    used: int,
    cells: tuple[int, int],
    arguments: NDArray[np.int32],
) -> int:
    """Keep what `expand` found and is still new, as long as there is room: how many values are used then. cells: the
    first free one, and the end of all. arity: how many arguments there are.
    """
    index = np.zeros(arity, dtype=np.int64)
    at, width, _ = place_of
    cell, last = cells
    for n in range(count):
        slot = find(table, found[n])
        if slot >= 0:
            continue
        if used == len(values.address) or cell + width > last:
            break
        for place in range(arity):
            index[place] = places[n, place]
        result(machine, values, form, sources, index)
        for x in range(width):
            machine.m[cell + x] = machine.m[machine.scratch + at + x] + 0.0
        table[-1 - slot], indices[-1 - slot] = found[n], used
        values.address[used] = cell
        arguments[used, :arity] = index
        used += 1
        cell += width
    return used


@native
def close_to(found: float, wanted: float, tolerance: float) -> bool:
    """Equal, or as near as it need be."""
    return bool(found == wanted or abs(found - wanted) <= tolerance * max(1.0, abs(wanted)))


@native
def is_wanted(m: Floats, at: int, size: int, wanted: Floats, start: int, tolerance: float) -> bool:
    """Whether cells are what is wanted."""
    for x in range(size):  # noqa: SIM110 (numba knows no `all`)
        if not close_to(m[at + x], wanted[start + x], tolerance):
            return False
    return True


@native
def check(
    machine: Machine,
    values: Values,
    form: Ints,
    sources: Ints,
    ranges: Ranges,
    place_of: tuple[int, int, int],
    lanes: Ints,
    starts: Ints,
    wanted: Floats,
    tolerance: float,
    hits: Ints,
) -> int:
    """Find results that are `wanted` on `lanes`, where the elements of each begin at `starts`, and fault on no lane:
    their arguments go to `hits`; how many. place_of: as for `expand`.
    """
    index = ranges.lows.copy()
    at, _, kind = place_of
    count = 0
    more = True
    while more and count < len(hits):
        right = not (ranges.ordered and index[1] < index[0])
        for n in range(len(lanes)):
            lane = lanes[n]
            if not (right and call(machine, values, form, sources, index, lane)):
                right = False
                break
            begin = machine.scratch + at + values.offsets[kind, lane]
            right = is_wanted(machine.m, begin, values.sizes[kind, lane], wanted, starts[n], tolerance)
        if right and result(machine, values, form, sources, index):
            for place in range(len(index)):
                hits[count, place] = index[place]
            count += 1
        more = advance(index, ranges)
    return count


@native
def agreement(
    m: Floats, values: Values, begin: int, end: int, kind: int, lanes: Ints, starts: Ints, wanted: Floats
) -> tuple[int, int]:
    """The value among `begin` to `end`, all of one class, that is right on most of the wanted elements; on how many."""
    best, most = begin, -1
    for value in range(begin, end):
        right = 0
        for n in range(len(lanes)):
            at = values.address[value] + values.offsets[kind, lanes[n]]
            for x in range(values.sizes[kind, lanes[n]]):
                right += m[at + x] == wanted[starts[n] + x]
        if right > most:
            best, most = value, right
    return best, most
