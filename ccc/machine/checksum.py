"""The running checksum of a run: what every instruction touched, in 64 bits that change with each of them.

Two engines that computed the same checksum after n instructions went through the same program counters, stack pointers
and writes on the way, so comparing one number stands for comparing every step. Engines state the formula in their own
code; `fold` is what they are tested against.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

START = 0x243F6A8885A308D3
"""The checksum before the first instruction."""

TERMS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)
"""Odd factors for the four doubles of an instruction: pc and sp after it, the address written, the value written."""

ROTATION = 23
FACTOR = 0xD6E8FEB86659FD93
"""checksum <- (rotate left(checksum, ROTATION) xor sum of TERMS * bits) * FACTOR, all modulo 2**64."""

NO_WRITE = (-2.0, 0.0)
"""Address and value of an instruction that writes no cell. What goes to the output port counts as no write."""

_MASK = (1 << 64) - 1


def bits(value: float) -> int:
    """The 64 bits of a double, as an unsigned integer."""
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def fold(checksum: int, pc: float, sp: float, writes: Iterable[tuple[float, float]] = ()) -> int:
    """The checksum after one executed instruction. writes: at most one (address, value). A fault changes nothing."""
    address, value = next(iter(writes), NO_WRITE)
    mixed = sum(factor * bits(number) for factor, number in zip(TERMS, (pc, sp, address, value), strict=True))
    turned = (checksum << ROTATION | checksum >> (64 - ROTATION)) & _MASK
    return ((turned ^ (mixed & _MASK)) * FACTOR) & _MASK
