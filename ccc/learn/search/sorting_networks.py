"""The inner loops of the search for sorting networks.

A state is the set of vectors of 0 and 1 that a network can put out, bit i of a vector being channel i. Set s is
`vectors[starts[s] : starts[s + 1]]`, and `members[s]` the same as bits of words of 64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.jit import native

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint64]


class Sets(NamedTuple):
    """Sets of vectors on n channels. weights: [N, n + 1] how many vectors have so many ones; ones: [N, n + 1, n] how
    many of these have a one in each channel.
    """

    vectors: Ints
    starts: Longs
    members: Words
    weights: Ints
    ones: Ints


@native
def compared(sets: Sets, state: int, low: int, high: int, members: Words) -> bool:
    """Write to `members` what a comparator makes of a set: the smaller value to `low`. Whether that is another set."""
    members[:] = 0
    changed = False
    for at in range(sets.starts[state], sets.starts[state + 1]):
        vector = sets.vectors[at]
        if (vector >> low) & 1 and not (vector >> high) & 1:
            vector ^= (1 << low) | (1 << high)
            changed = True
        members[vector >> 6] |= np.uint64(1) << np.uint64(vector & 63)
    return changed


@native
def all_compared(sets: Sets, pairs: Ints, members: Words, parents: Longs, used: Ints) -> int:
    """Every comparator of `pairs` on every set, where it changes something. Gives back how many sets that makes."""
    count = 0
    for state in range(len(sets.starts) - 1):
        for pair in range(len(pairs)):
            if compared(sets, state, pairs[pair, 0], pairs[pair, 1], members[count]):
                parents[count] = state
                used[count] = pair
                count += 1
    return count


@native
def described(members: Words, channels: int) -> Sets:
    """Sets with their vectors and counts, from their members alone: [N, W]."""
    number = len(members)
    starts = np.zeros(number + 1, np.int64)
    weights = np.zeros((number, channels + 1), np.int32)
    ones = np.zeros((number, channels + 1, channels), np.int32)
    vectors = np.empty(number * 64 * members.shape[1], np.int32)
    end = 0
    for state in range(number):
        for vector in range(1 << channels):
            if (members[state, vector >> 6] >> np.uint64(vector & 63)) & np.uint64(1):
                vectors[end] = vector
                end += 1
                weight = 0
                for channel in range(channels):
                    weight += (vector >> channel) & 1
                weights[state, weight] += 1
                for channel in range(channels):
                    ones[state, weight, channel] += (vector >> channel) & 1
        starts[state + 1] = end
    return Sets(vectors[:end].copy(), starts, members, weights, ones)


@native
def prune(sets: Sets, kept: Longs, count: int, begin: int, end: int) -> int:
    """Append to the `count` sets `kept` those of begin .. end - 1 that none of them subsumes. Gives back the count.

    The sets are in order of size: a set cannot subsume a smaller one.
    """
    for state in range(begin, end):
        found = False
        for at in range(count):
            if subsumes(sets, kept[at], state, False) or subsumes(sets, kept[at], state, True):
                found = True
                break
        if not found:
            kept[count] = state
            count += 1
    return count


@native
def subsumes(sets: Sets, a: int, b: int, reflected: bool) -> bool:
    """Whether some order of the channels makes the set `a` a part of `b`: what sorts b then sorts a, with as many
    comparators. reflected: 0 and 1 exchanged in `a` first, as if its network stood upside down.
    """
    channels = sets.ones.shape[2]
    for weight in range(channels + 1):
        if sets.weights[a, channels - weight if reflected else weight] > sets.weights[b, weight]:
            return False
    fits = np.zeros(channels, np.int64)
    for here in range(channels):
        for there in range(channels):
            if _channel_fits(sets, a, here, b, there, reflected):
                fits[here] |= 1 << there
        if fits[here] == 0:
            return False
    return _some_order(sets, a, b, reflected, fits)


@native
def _channel_fits(sets: Sets, a: int, here: int, b: int, there: int, reflected: bool) -> bool:
    """Whether channel `here` of `a` could be `there` of `b`, by how many vectors have ones and zeros in it."""
    channels = sets.ones.shape[2]
    for weight in range(channels + 1):
        mirror = channels - weight if reflected else weight
        many, ones = sets.weights[a, mirror], sets.ones[a, mirror, here]
        if reflected:
            ones = many - ones
        room = sets.ones[b, weight, there]
        if ones > room or many - ones > sets.weights[b, weight] - room:
            return False
    return True


@native
def _some_order(sets: Sets, a: int, b: int, reflected: bool, fits: Longs) -> bool:
    """Whether an order of the channels that `fits` allows makes `a` a part of `b`: depth first."""
    channels = len(fits)
    order = np.empty(channels, np.int64)  # the most constrained channel first
    used = np.int64(0)
    for depth in range(channels):
        best = -1
        for channel in range(channels):
            if not (used >> channel) & 1 and (best < 0 or _ones(fits[channel]) < _ones(fits[best])):
                best = channel
        order[depth] = best
        used |= 1 << best
    target = np.zeros(channels, np.int64)
    choice = np.full(channels + 1, -1, np.int64)
    taken = np.zeros(channels + 1, np.int64)
    depth = 0
    while depth >= 0:
        if depth == channels:
            if _is_part(sets, a, b, reflected, target):
                return True
            depth -= 1
            continue
        choice[depth] += 1
        there = choice[depth]
        if there == channels:
            choice[depth] = -1
            depth -= 1
        elif (fits[order[depth]] >> there) & 1 and not (taken[depth] >> there) & 1:
            target[order[depth]] = there
            taken[depth + 1] = taken[depth] | (1 << there)
            depth += 1
    return False


@native
def _ones(bits: int) -> int:
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@native
def _is_part(sets: Sets, a: int, b: int, reflected: bool, target: Longs) -> bool:
    channels = len(target)
    flip = (1 << channels) - 1 if reflected else 0
    for at in range(sets.starts[a], sets.starts[a + 1]):
        vector = sets.vectors[at] ^ flip
        moved = 0
        for channel in range(channels):
            moved |= ((vector >> channel) & 1) << target[channel]
        if not (sets.members[b, moved >> 6] >> np.uint64(moved & 63)) & np.uint64(1):
            return False
    return True
