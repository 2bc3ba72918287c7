"""What the tests of the Transformer share: its models, comparison bit for bit, and random small layers."""

from __future__ import annotations

import functools
from fractions import Fraction
from itertools import product

import numpy as np
import torch
from torch import Tensor

from ccc.isa import DIALECTS
from ccc.machine import WIDTHS, State
from ccc.neural import Model, constructed
from ccc.neural.codec import INPUT_TOKEN
from ccc.neural.layers import GatedFeedForward, MultiHeadAttention, linear
from ccc.neural.stream import FullStream, Stream

FULL = [("ccc", width) for width in WIDTHS]
PLAIN = [(name, 8) for name, dialect in DIALECTS.items() if not dialect.extended]
KINDS = [*FULL, *PLAIN, ("subleq", 32)]
"""Dialect and width of the constructed models that the tests look at."""


def model_of(kind: tuple[str, int]) -> Model:
    return constructed(DIALECTS[kind[0]], kind[1])


def kind_id(kind: tuple[str, int]) -> str:
    return f"{kind[0]}-{kind[1]}"


def bits(x: Tensor) -> Tensor:
    """The bit patterns of doubles."""
    return x.contiguous().view(torch.int64)


def same(left: Tensor, right: Tensor) -> bool:
    """Equal bit for bit."""
    return left.shape == right.shape and torch.equal(bits(left), bits(right))


def whole(stream: Stream) -> Tensor:
    """All rows of a stream, cells first."""
    return torch.cat([stream.cells(), stream.others()])


def started(model: Model, state: State) -> FullStream:
    """A stream at `state` with every token computed."""
    return FullStream(model, state)


def matrix(rng: np.random.Generator, *shape: int, density: float = 1.0) -> Tensor:
    """Random small integers and halves, a fraction of them not zero: sums and products are exact in any order."""
    numbers = rng.integers(-6, 7, shape) / 2
    return torch.from_numpy(numbers * (rng.random(shape) < density) + 0.0)


def feed_forward(rng: np.random.Generator, width: int, counts: tuple[int, int, int], density: float = 1.0):
    hidden = sum(counts)
    return GatedFeedForward(
        matrix(rng, hidden, width, density=density),
        matrix(rng, hidden, width, density=density),
        matrix(rng, width, hidden, density=density),
        counts,
    )


def attention(rng: np.random.Generator, width: int, heads: int, depths: tuple[int, int], density: float = 1.0):
    """depths: of queries and keys, and of values."""
    query, key, value = (
        matrix(rng, heads, depth, width, density=density) for depth in (depths[0], depths[0], depths[1])
    )
    return MultiHeadAttention(query, key, value, matrix(rng, width, heads * depths[1], density=density))


def advance(stream: Stream, model: Model, waiting: float | None = None) -> tuple[bool, float | None]:
    """One step with `waiting` at the input port: whether it was taken, and what was output."""
    with torch.no_grad():
        model.codec.offer_input(stream.others(), waiting)
        stream.step()
    return model.codec.took_input(stream.others()), model.codec.output(stream.others())


def state_of(stream: Stream, model: Model) -> State:
    return State(model.codec.values(stream.cells()).numpy().copy(), model.codec.registers(stream.others()))


def expected_stream(
    model: Model, state: State, waiting: float | None, *, taken: bool = False, output: float | None = None
) -> Tensor:
    """What the stream must hold between two steps: the state, the ports, and +0.0 everywhere else."""
    x = model.codec.embed(state)
    others = x[len(state.cells) :]
    model.codec.offer_input(others, waiting)
    assert others[INPUT_TOKEN, model.directions["in_port"]] == 1
    others[0, model.directions["taken"]] = float(taken)
    if output is not None:
        others[2, model.directions["hit"]] = 1.0
        others[2, model.directions["value"]] = output
    return x


@functools.cache
def adds_in_order() -> bool:
    """Whether torch multiplies matrices on this processor by one fused multiply-add after the other, as on most: which
    routine is taken is its library's choice.
    """
    generator = torch.Generator().manual_seed(0)
    for rows, terms, columns in ((8, 20, 8), (13, 40, 16)):
        left = torch.randn(rows, terms, generator=generator, dtype=torch.float64)
        right = torch.randn(terms, columns, generator=generator, dtype=torch.float64)
        sums = [[0.0] * columns for _ in range(rows)]
        for i, j, k in product(range(rows), range(columns), range(terms)):
            exact = Fraction(left[i, k].item()) * Fraction(right[k, j].item()) + Fraction(sums[i][j])
            sums[i][j] = float(exact)  # rounded once, as fused
        in_order = torch.tensor(sums, dtype=torch.float64)
        if not torch.equal(left @ right, in_order) or not torch.equal(linear(right.T.contiguous(), left).T, in_order):
            return False
    return True
