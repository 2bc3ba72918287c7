"""The running checksum of a run (`ccc.machine.checksum` defines it), and how often each opcode was executed.

Both stand in one array, `sums`: [1 + opcodes] unsigned 64-bit integers, the checksum first. Rules that take `sums`
accept None as well, for which numba compiles them a second time without what concerns it: nothing is paid for what
nobody asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccc.emulator.core import Memory, bad_address, inlined, rule
from ccc.isa import IO_ADDRESS, LOWEST_OPCODE
from ccc.machine import checksum as definition

Sums = NDArray[np.uint64]

CHECKSUM = 0
COUNTS = 1
"""Where the counters begin: SUBLEQ's, then those of opcodes -2, -3, ..."""
NO_ADDRESS, NO_VALUE = definition.NO_WRITE

_PC, _SP, _ADDRESS, _VALUE = (np.uint64(term) for term in definition.TERMS)
_FACTOR = np.uint64(definition.FACTOR)
_LEFT, _RIGHT = np.uint64(definition.ROTATION), np.uint64(64 - definition.ROTATION)


def fresh_sums() -> Sums:
    """The checksum before the first instruction, and counters at 0."""
    sums = np.zeros(COUNTS - LOWEST_OPCODE, dtype=np.uint64)
    sums[CHECKSUM] = definition.START
    return sums


@inlined
def bits(value: float) -> Any:
    """The 64 bits of a double."""
    return np.float64(value).view(np.uint64)


@rule
def fold(checksum: Any, pc: float, sp: float, address: float, value: float) -> Any:
    """The checksum after an instruction that left pc and sp so and wrote `value` at `address`."""
    mixed = _PC * bits(pc) + _SP * bits(sp) + _ADDRESS * bits(address) + _VALUE * bits(value)
    return ((checksum << _LEFT | checksum >> _RIGHT) ^ mixed) * _FACTOR


@rule
def counter_of(m: Memory, pc: float) -> int:
    """The place in `sums` of the instruction at `pc`; SUBLEQ's where there is none, as that will not be executed."""
    if bad_address(m, pc):
        return COUNTS
    a = m[int(pc)]
    return COUNTS if not LOWEST_OPCODE <= a < IO_ADDRESS else COUNTS - 1 - int(a)
