"""Plain SUBLEQ as a Transformer: 3 attention sublayers and 5 feed-forward ones.

The loader has checked that every cell is a W-bit integer, so no test for integers is needed, every sum below is exact
in any order, and results may be added to the program counter directly.
"""

from __future__ import annotations

from ccc.isa import Dialect, Fault
from ccc.machine import REGISTERS
from ccc.neural.basis import Affine, Basis, constant, d
from ccc.neural.patterns import (
    SIZE,
    TOKEN_DIRECTIONS,
    accept_hit,
    clear_output,
    erase_hit,
    read_head,
    wrap_once,
    write_head,
)
from ccc.neural.spec import Attention, FeedForward, Network, Sublayer

_TEMPORARY = (
    "a", "b", "c",  # the instruction
    "from", "to",  # the addresses that a and b stand for
    "from_port", "to_port",  # 1 where they are the port
    "stopped", "bad_fetch", "bad_address",
    "x", "y",  # M[b], M[a]
    "result", "step", "new_fault", "ok", "square",
    "address", "address_squared",
)  # fmt: skip
_OF_PORTS = ("from_port", "to_port")
_MUTE = 2.0**40
"""Added to a threshold to silence it: larger than any other term, and exact beside them."""


def construct_subleq(dialect: Dialect, width: int) -> Network:
    """The network for a plain dialect of SUBLEQ. Raises ValueError for an extended one."""
    if dialect.extended:
        raise ValueError(f"dialect {dialect.name} has extended instructions")
    temporary = [name for name in _TEMPORARY if dialect.io or name not in _OF_PORTS]
    basis = Basis((*TOKEN_DIRECTIONS, *REGISTERS, SIZE, "taken", *temporary))
    first, second = ("b", "a") if dialect.written_first else ("a", "b")
    fetch = Attention("fetch")
    for offset, name in enumerate((first, second, "c")):
        fetch.heads.append(read_head(name, d("pc") + offset, name))
    read = Attention("read")
    read.heads.append(read_head("source", d("from"), "y", ports=dialect.io))
    read.heads.append(read_head("target", d("to"), "x", ports=dialect.io))
    write = Attention("write", [write_head("write", "address", "address_squared", "result")])
    erase, accept = FeedForward("erase"), FeedForward("accept")
    erase_hit(erase)
    accept_hit(accept)
    for name in temporary:
        accept.add({name: -1.0}, d(name))
    subtract, commit = _subtract(dialect, width), _commit(dialect)
    layers: list[Sublayer] = [fetch, _decode(dialect, width), read, subtract, commit, write, erase, accept]
    return Network(basis, layers, dialect.name, width, "subleq")


def _decode(dialect: Dialect, width: int) -> FeedForward:
    """Which operands are the port, which addresses are bad, whether the machine runs at all."""
    ff = FeedForward("decode")
    if dialect.io:
        clear_output(ff)
        ff.add({"taken": -1.0}, d("taken"))
    ff.when("stopped", -d("pc"))
    ff.when("stopped", d("fault"))
    ff.when("bad_fetch", d("pc") + 2.5 - d(SIZE))
    for raw, address, port in (("a", "from", "from_port"), ("b", "to", "to_port")):
        ff.add(address, d(raw))
        below = -d(raw) - (1.5 if dialect.io else 0.5)
        if dialect.io:
            ff.when(port, -d(raw))
            ff.when({port: -1.0}, below)
        if dialect.modulo:
            ff.when(address, below, 2.0**width)
        else:
            ff.when("bad_address", below)
            ff.when("bad_address", d(raw) + 0.5 - d(SIZE))
    return ff


def _subtract(dialect: Dialect, width: int) -> FeedForward:
    """What the instruction does: its result, how far pc moves, and whether it may."""
    ff = FeedForward("subtract")
    _result(ff, dialect, width)
    _branch(ff, dialect, width)
    _verdict(ff)
    ff.add("square", d("to"), d("to"))
    return ff


def _is_copy(dialect: Dialect) -> Affine:
    """0 for a subtraction, 1 or 2 where one operand or both are the port: then M[a] is copied, without a branch."""
    return d("from_port") + d("to_port") if dialect.io else Affine()


def _result(ff: FeedForward, dialect: Dialect, width: int) -> None:
    """result = M[b] - M[a], wrapped to the word; a copy takes M[a] alone."""
    difference, copy = d("x") - d("y"), _is_copy(dialect)
    ff.when("result", constant(0.5) - copy, difference)
    if dialect.io:
        ff.when("result", copy, d("y"))
    wrap_once(ff, "result", difference, width, mute=copy * _MUTE)


def _branch(ff: FeedForward, dialect: Dialect, width: int) -> None:
    """step = c - pc where the wrapped result is <= 0, else 3. The result is not there yet, but its sign is.

    It is <= 0 where the difference is, unless that wraps upwards; and where the difference wraps downwards.
    """
    difference, half = d("x") - d("y"), 2.0 ** (width - 1)
    jump, subtraction_only = d("c") - d("pc") - 3, _is_copy(dialect) * _MUTE
    ff.add("step", constant(3))
    ff.when("step", -difference + 0.5 - subtraction_only, jump)
    ff.when({"step": -1.0}, -difference - (half + 0.5) - subtraction_only, jump)
    ff.when("step", difference - (half - 0.5) - subtraction_only, jump)


def _verdict(ff: FeedForward) -> None:
    """The fault, of which FETCH goes before ADDRESS, or `ok`; a stopped machine has neither."""
    no_fetch = d("bad_fetch") + d("stopped")
    ff.when("new_fault", d("bad_fetch") - d("stopped") * _MUTE, float(Fault.FETCH))
    ff.when("new_fault", d("bad_address") - no_fetch * _MUTE, float(Fault.ADDRESS))
    ff.when("ok", constant(0.5) - no_fetch - d("bad_address"))


def _commit(dialect: Dialect) -> FeedForward:
    """Move pc, note the fault, and place the write: address -2, which no token has, unless all is well."""
    ff = FeedForward("commit")
    ff.add("pc", d("step"), d("ok"))
    ff.add("fault", d("new_fault"))
    if dialect.io:
        ff.add("taken", d("from_port"), d("ok"))
    ff.add("address", constant(-2))
    ff.add("address", d("to") + 2, d("ok"))
    ff.add("address_squared", constant(4))
    ff.add("address_squared", d("square") - 4, d("ok"))
    return ff
