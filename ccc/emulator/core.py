"""What every rule of the emulator stands on: the machine's arrays, reading, writing, and the checks before both.

The functions are compiled by numba as they stand here; with NUMBA_DISABLE_JIT=1 the same text runs as plain Python.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from ccc.isa import BY_MNEMONIC, Fault
from ccc.machine import FRAME_WINDOWS, FRAME_WINDOWS_AT, Cells, Register

F = TypeVar("F", bound=Callable[..., Any])

NONE = int(Fault.NONE)
FETCH = int(Fault.FETCH)
OPCODE = int(Fault.OPCODE)
STACK_OVERFLOW = int(Fault.STACK_OVERFLOW)
STACK_UNDERFLOW = int(Fault.STACK_UNDERFLOW)
ADDRESS = int(Fault.ADDRESS)
PROTECTED = int(Fault.PROTECTED)
INTEGER = int(Fault.INTEGER)
DIVISION = int(Fault.DIVISION)
SHIFT = int(Fault.SHIFT)
OVERFLOW = int(Fault.OVERFLOW)

PC, SP = int(Register.PC), int(Register.SP)
STACK_LOW, STACK_HIGH = int(Register.STACK_LOW), int(Register.STACK_HIGH)
WRITE_LOW, WRITE_HIGH = int(Register.WRITE_LOW), int(Register.WRITE_HIGH)
FAULT = int(Register.FAULT)
FP = int(Register.FP)

POINTER_LIMIT = 2.0**31
"""Terms of an indexed address may not exceed this magnitude, so that their sum is exact where it matters."""

# The rules see three arrays. `m` is memory: [n] doubles (integers for plain SUBLEQ). `r` is the registers, followed by
# the range of the word and its width:
Memory = NDArray[Any]
LOW, HIGH, BITS = range(len(Register), len(Register) + 3)
# `p` is the ports: how many input values are consumed of how many, how many outputs are produced in how much room, then
# the reads and writes of the present instruction as far as RECORD says, then inputs, then outputs.
CONSUMED, INPUTS, PRODUCED, ROOM, RECORD, READS, WRITES, PORT_HEADER = range(8)
RECORD_NOTHING, RECORD_ALL, RECORD_WRITES = 0, 1, -1
MAX_ACCESSES = 8
READS_AT = PORT_HEADER
WRITES_AT = READS_AT + 2 * MAX_ACCESSES
INPUTS_AT = WRITES_AT + 2 * MAX_ACCESSES


def _place_cache() -> None:
    """Keep machine code per state of the sources: numba sees a change in a rule's own file, not in those it calls."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for folder in ("emulator", "isa", "machine"):
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    config: Any = numba.config
    config.CACHE_DIR = os.path.join(home, "ccc", f"emulator-{digest.hexdigest()[:16]}")


_place_cache()
_njit: Any = partial(numba.njit, cache=True, error_model="numpy", _nrt=False)
# `_nrt=False` drops reference counting: no rule creates an array, and counting costs ten times the work itself.


def rule(function: F) -> F:
    """Compile a rule with numba: IEEE arithmetic as written, machine code kept between runs."""
    return _njit(function)  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """Like `rule`, for the small functions that every rule is made of."""
    return _njit(function, inline="always")  # type: ignore[no-any-return]


def opcode(mnemonic: str) -> int:
    """The opcode of `mnemonic`, from the one table."""
    return BY_MNEMONIC[mnemonic].opcode


@rule
def record(p: Cells, counter: int, at: int, address: float, value: float) -> None:
    """Note an access of the present instruction, for the commit log or the checksum."""
    slot = at + 2 * int(p[counter])
    p[slot], p[slot + 1] = address, value
    p[counter] += 1


@inlined
def read(m: Memory, p: Cells, address: float) -> Any:
    """M[address]."""
    value = m[int(address)]
    if p[RECORD] > 0:
        record(p, READS, READS_AT, address, value)
    return value


@inlined
def write(m: Memory, p: Cells, address: float, value: float) -> None:
    """M[address] <- value; a zero is always +0.0."""
    m[int(address)] = value + 0.0
    if p[RECORD] != RECORD_NOTHING:
        record(p, WRITES, WRITES_AT, address, value + 0.0)


@inlined
def next_input(p: Cells) -> float:
    """The next input value, or -1 at the end."""
    if p[CONSUMED] == p[INPUTS]:
        return -1.0
    p[CONSUMED] += 1
    return float(p[INPUTS_AT - 1 + int(p[CONSUMED])])


@inlined
def output(p: Cells, value: float) -> None:
    """Hand `value` to the output port."""
    p[INPUTS_AT + int(p[INPUTS]) + int(p[PRODUCED])] = value
    p[PRODUCED] += 1


@inlined
def bad_address(m: Memory, address: float) -> bool:
    """Whether `address` is no integer or lies outside memory."""
    return not (0 <= address < len(m) and address == np.floor(address))


@rule
def outside_frame(m: Memory, r: Cells, address: float) -> bool:
    """Whether the open frame forbids writing at `address`: it allows its scratch, what lies below, and its windows."""
    if r[STACK_LOW] <= address < r[FP]:
        return False
    for window in range(FRAME_WINDOWS):
        at = int(r[FP]) + FRAME_WINDOWS_AT + 2 * window
        if m[at] <= address < m[at + 1]:
            return False
    return True


@inlined
def protected(m: Memory, r: Cells, address: float) -> bool:
    """Whether the state forbids writing at `address`."""
    if not (r[WRITE_LOW] <= address < r[WRITE_HIGH]):
        return True
    return r[FP] != 0 and outside_frame(m, r, address)


@inlined
def check_write(m: Memory, r: Cells, address: float) -> int:
    """The fault of writing at `address`, or NONE."""
    if bad_address(m, address):
        return ADDRESS
    return PROTECTED if protected(m, r, address) else NONE


@inlined
def check_move(m: Memory, r: Cells, target: float, source: float) -> int:
    """The fault of reading at `source` and writing at `target`, or NONE; a bad address comes before a protected one."""
    return ADDRESS if bad_address(m, source) else check_write(m, r, target)


@inlined
def no_word(r: Cells, value: float) -> bool:
    """Whether `value` is no integer of the word width."""
    return not (r[LOW] <= value <= r[HIGH] and value == np.floor(value))


@inlined
def wrapped(r: Cells, value: int) -> int:
    """`value` modulo 2**W, in two's complement."""
    low, high = int(r[LOW]), int(r[HIGH])
    return ((value - low) & (high - low)) + low
