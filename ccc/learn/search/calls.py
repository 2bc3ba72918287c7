"""Skills called on known values of any shape, in native code: all results of a call on ranges of values; folds.

Cells are float64, in one memory with the numbers of the mixtures. A value has an address, and a layout: a row of
`offsets`, shape [layouts, lanes], that says how far from there each lane's elements begin. The layout of what is
computed is the number of its class; `sizes`, shape [classes, lanes], says how many elements a lane has. A number -1 - x
in place of a value is what stands x cells behind the start of the scratch memory.
"""

from __future__ import annotations

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


@native
def where(value: int, lane: int, address: Ints, layout: Ints, offsets: Ints, scratch: int) -> int:
    """Where the elements of a value begin on a lane."""
    if value < 0:
        return scratch - 1 - value
    return int(address[value] + offsets[layout[value], lane])


@native
def call(
    code: Ints,
    form: Ints,
    sources: Ints,
    index: Ints,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    lane: int,
    scratch: int,
    s: Ints,
    m: Floats,
    top: int,
    low: float,
    high: float,
) -> bool:
    """Call a skill on one lane; whether it came to an end without a fault. index: the values of the arguments."""
    slots = form[SLOTS]
    for i in range(slots):
        number = sources[i, 1]
        if sources[i, 0] == ARGUMENT:
            at = where(index[number], lane, address, layout, offsets, scratch)
        else:
            at = scratch + number
            if sources[i, 0] == RESULT:
                at += offsets[sources[i, 2], lane]
            size, old = sizes[sources[i, 2], lane], sources[i, 3]
            if old >= 0:
                before = where(index[old], lane, address, layout, offsets, scratch)
                for n in range(size):
                    m[at + n] = m[before + n]
            else:
                m[at : at + size] = 0.0
        s[2 * i], s[2 * i + 1] = at, 1
    if form[KERNEL] >= 0:
        return bool(vm.atom(form[KERNEL], slots, s, 0, m, low, high))
    fuel = s[len(s) - 1 :]
    fuel[0] = MOST_STEPS
    return bool(vm.run(code, form[ENTRY], s[: len(s) - 1], 0, 2 * slots, m, top, fuel, low, high) == vm.DONE)


@native
def advance(index: Ints, lows: Ints, highs: Ints) -> bool:
    """The next arguments, the last moving first; whether there are any."""
    for place in range(len(index) - 1, -1, -1):
        index[place] += 1
        if index[place] < highs[place]:
            return True
        index[place] = lows[place]
    return False


@native
def result(
    code: Ints,
    form: Ints,
    sources: Ints,
    index: Ints,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    scratch: int,
    s: Ints,
    m: Floats,
    top: int,
    low: float,
    high: float,
) -> bool:
    """A call on all lanes; whether none faults."""
    for lane in range(sizes.shape[1]):
        if not call(code, form, sources, index, address, layout, offsets, sizes, lane, scratch, s, m, top, low, high):
            return False
    return True


@native
def expand(
    code: Ints,
    form: Ints,
    sources: Ints,
    lows: Ints,
    highs: Ints,
    ordered: bool,
    at: int,
    width: int,
    kind: int,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    table: Hashes,
    keys: Hashes,
    found: Hashes,
    places: NDArray[np.int32],
    scratch: int,
    s: Ints,
    m: Floats,
    bits: Hashes,
    top: int,
    low: float,
    high: float,
) -> int:
    """The results whose hash is not in the table: hashes to `found`, arguments to `places`; how many.

    at, width, kind: where in the scratch memory the result stands, its cells, its class. bits: the memory of `m`.
    ordered: leave out what only exchanges the first two arguments.
    """
    index = lows.copy()
    begin, end = scratch + at, scratch + at + width
    count, last = 0, np.uint64(0)
    more = True
    while more:
        if not (ordered and index[1] < index[0]) and result(
            code, form, sources, index, address, layout, offsets, sizes, scratch, s, m, top, low, high
        ):
            key = hash_row(m[begin:end], bits[begin:end], keys, kind)
            if key != last and find(table, key) < 0:
                last = key
                found[count] = key
                for place in range(len(index)):
                    places[count, place] = index[place]
                count += 1
        more = advance(index, lows, highs)
    return count


@native
def commit(
    code: Ints,
    form: Ints,
    sources: Ints,
    at: int,
    width: int,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    table: Hashes,
    indices: NDArray[np.int32],
    found: Hashes,
    places: NDArray[np.int32],
    arity: int,
    count: int,
    used: int,
    room: int,
    cell: int,
    last: int,
    arguments: NDArray[np.int32],
    scratch: int,
    s: Ints,
    m: Floats,
    top: int,
    low: float,
    high: float,
) -> int:
    """Keep what `expand` found and is still new, as long as there are room for values and cells up to `last`: how many
    values are used then. cell: the first free one. arity: how many
    arguments there are.
    """
    index = np.zeros(arity, dtype=np.int64)
    for n in range(count):
        slot = find(table, found[n])
        if slot >= 0:
            continue
        if used == room or cell + width > last:
            break
        for place in range(len(index)):
            index[place] = places[n, place]
        result(code, form, sources, index, address, layout, offsets, sizes, scratch, s, m, top, low, high)
        for x in range(width):
            m[cell + x] = m[scratch + at + x] + 0.0
        table[-1 - slot], indices[-1 - slot] = found[n], used
        address[used] = cell
        arguments[used, :arity] = index
        used += 1
        cell += width
    return used


@native
def close_to(found: float, wanted: float, tolerance: float) -> bool:
    """Equal, or as near as it need be."""
    return bool(found == wanted or abs(found - wanted) <= tolerance * max(1.0, abs(wanted)))


@native
def check(
    code: Ints,
    form: Ints,
    sources: Ints,
    lows: Ints,
    highs: Ints,
    ordered: bool,
    at: int,
    kind: int,
    address: Ints,
    layout: Ints,
    offsets: Ints,
    sizes: Ints,
    lanes: Ints,
    starts: Ints,
    wanted: Floats,
    tolerance: float,
    hits: Ints,
    scratch: int,
    s: Ints,
    m: Floats,
    top: int,
    low: float,
    high: float,
) -> int:
    """Find results that are `wanted` on `lanes`, where the elements of each begin at `starts`, and fault on no lane:
    their arguments go to `hits`; how many.
    """
    index = lows.copy()
    count = 0
    more = True
    while more and count < len(hits):
        right = not (ordered and index[1] < index[0])
        for n in range(len(lanes)):
            if not right:
                break
            lane = lanes[n]
            right = call(
                code, form, sources, index, address, layout, offsets, sizes, lane, scratch, s, m, top, low, high
            )
            begin = scratch + at + offsets[kind, lane]
            for x in range(sizes[kind, lane] if right else 0):
                right = close_to(m[begin + x], wanted[starts[n] + x], tolerance)
                if not right:
                    break
        if right and result(code, form, sources, index, address, layout, offsets, sizes, scratch, s, m, top, low, high):
            for place in range(len(index)):
                hits[count, place] = index[place]
            count += 1
        more = advance(index, lows, highs)
    return count


@native
def agreement(
    m: Floats, address: Ints, begin: int, end: int, offset: Ints, size: Ints, lanes: Ints, starts: Ints, wanted: Floats
) -> tuple[int, int]:
    """The value among `begin` to `end`, all of one class, that is right on most of the wanted elements; on how many.

    offset, size: of the class, shape [lanes].
    """
    best, most = begin, -1
    for value in range(begin, end):
        right = 0
        for n in range(len(lanes)):
            at = address[value] + offset[lanes[n]]
            for x in range(size[lanes[n]]):
                right += m[at + x] == wanted[starts[n] + x]
        if right > most:
            best, most = value, right
    return best, most
