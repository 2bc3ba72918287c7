"""The exact circuits that constructions are made of: rounding, ranges, wrap-around, reads and writes by attention.

Each is exact in float64 in any order of summation; the comment at each says why (design notes, section 4).
"""

from __future__ import annotations

from ccc.neural.basis import Affine, Number, constant, d
from ccc.neural.spec import BETA, FeedForward, Head

CELL, IN_PORT, OUT_PORT = "cell", "in_port", "out_port"
POSITION, POSITION_SQUARED = "position", "position_squared"
VALUE, END, HIT, INCOMING = "value", "end", "hit", "incoming"
SIZE, TAKEN = "size", "taken"
TOKEN_DIRECTIONS = ("cpu", CELL, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED, VALUE, END, HIT, INCOMING)
"""cpu, cell, in_port, out_port: which kind a token is. position: a cell's address; -1 for both ports. value: what a
cell or port holds. end: the input is exhausted. hit: this token is being written; in the output port, that it was.
incoming: the value that arrives."""


def rounding_constant(k: int) -> float:
    """C with fl(x + C) - C = x rounded to a multiple of 2**k, for |x| < 2**(51 + k)."""
    return 1.5 * 2.0 ** (52 + k)


def round_to(ff: FeedForward, to: str, x: str, k: int, gate: Affine | Number = 1, *, scale: float = 1.0) -> None:
    """to += scale * gate * (x rounded to a multiple of 2**k). One sum rounds, one is exact; each has two terms."""
    shift = rounding_constant(k)
    ff.add({to: scale}, d(x) + shift, gate)
    ff.add({to: -scale}, constant(shift), gate)


def remainder_of(ff: FeedForward, to: str, x: str, k: int) -> None:
    """to -= x rounded to a multiple of 2**k. With to = x or a copy of x, what is left is the remainder, exactly."""
    shift = rounding_constant(k)
    ff.add({to: -1.0}, d(x) + shift)
    ff.add(to, constant(shift))


def inside_memory(ff: FeedForward, to: str, used: Affine, address: Affine) -> None:
    """to += used * [0 <= address < size]. The integer test comes with `round_to` and `unequal`."""
    ff.when(to, d(SIZE) - address, used)
    ff.when({to: -1.0}, -address, used)


def unequal(ff: FeedForward, to: str, x: Affine, y: Affine, value: Affine | Number = 1) -> None:
    """to += value * [x != y]. The sign of a difference of two doubles is always right."""
    ff.when(to, x - y, value)
    ff.when(to, y - x, value)


def wrap_once(
    ff: FeedForward, to: str, x: Affine, width: int, value: Affine | Number = 1, *, mute: Affine | None = None
) -> None:
    """to += value * (x wrapped to `width` bits - x), for an integer x that leaves the word by less than 2**width.

    mute: a form that silences both sides where it is large, without changing what `value` may be.
    """
    half, period = 2.0 ** (width - 1), 2.0**width
    scale = value if isinstance(value, Affine) else constant(value)
    silence = mute if mute is not None else Affine()
    ff.when({to: -period}, x - (half - 0.5) - silence, scale)
    ff.when({to: period}, -x - (half + 0.5) - silence, scale)


def read_head(name: str, address: Affine, to: str, enabled: Affine | None = None, *, ports: bool = False) -> Head:
    """The CPU token reads M[address] into `to`: score 2 q i - i^2 peaks at i = q (Giannou et al. 2023).

    Where `enabled` is 0 (then address must be 0 too) it reads the CPU token's own value, which is 0; so do all other
    tokens. With `ports`, address -1 is the input port; otherwise the port is out of the competition.
    """
    others = d(CELL) + d(IN_PORT) + d(OUT_PORT)
    sink = others * BETA
    if enabled is not None:
        sink = sink + (constant(1) - enabled) * (4 * BETA)
    barred = d("cpu") * 2 + d(OUT_PORT) * 4
    if not ports:
        barred = barred + d(IN_PORT) * 4
    return Head(
        name,
        query=(address * (2 * BETA), constant(BETA), sink),
        key=(d(POSITION), -d(POSITION_SQUARED) - barred, d("cpu")),
        writes={to: d(VALUE) - d(END) if ports else d(VALUE)},
    )


def input_head(name: str, to: str) -> Head:
    """The CPU token reads the input port: its value, or -1 when the end flag is set."""
    others = d(CELL) + d(IN_PORT) + d(OUT_PORT)
    return Head(name, (constant(BETA), others * BETA), (d(IN_PORT), d("cpu")), {to: d(VALUE) - d(END)})


def write_head(name: str, address: str, address_squared: str, result: str) -> Head:
    """Write-back: the token at `address` receives `hit` = 1 and `incoming` = result, all others nothing.

    Score -(i - w)^2 against a sink at -1/2 (the input port), hence twice the usual beta. Address -2 hits no token.
    """
    beta = 2 * BETA
    takers = d(CELL) + d(OUT_PORT)
    # The input port stands at -1, which lends it a score of up to 3 at the CPU token; its sink must lie above that.
    sink = d("cpu") * beta + d(IN_PORT) * (8 * beta)
    return Head(
        name,
        query=(d(POSITION) * (2 * beta), d(POSITION_SQUARED) * -beta, takers * -beta, sink),
        key=(d(address), d("cpu"), d(address_squared) + d(CELL) + d(OUT_PORT) + d(IN_PORT) * 0.5, d(IN_PORT)),
        writes={HIT: d("cpu"), INCOMING: d(result)},
    )


def erase_hit(ff: FeedForward) -> None:
    """The addressed token forgets its value: x + (-1) x is +0.0, so that adding the new one is exact."""
    ff.add({VALUE: -1.0}, d(VALUE), d(HIT))


def accept_hit(ff: FeedForward) -> None:
    """The addressed token takes the new value; cells forget that they were hit, the output port keeps the flag."""
    taker = d(CELL) + d(OUT_PORT)
    ff.add({VALUE: 1.0, INCOMING: -1.0}, d(INCOMING), taker)
    ff.add({HIT: -1.0}, d(HIT), d(CELL))


def clear_output(ff: FeedForward) -> None:
    """The output port forgets what it held since the last step."""
    ff.add({HIT: -1.0}, d(HIT), d(OUT_PORT))
    ff.add({VALUE: -1.0}, d(VALUE), d(OUT_PORT))
