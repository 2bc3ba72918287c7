"""Skills on single cells as torch functions: exact on whole numbers, with a derivative wherever one helps.

A function takes the values of an operation's arguments, tensors of one shape, and gives its result. Where an
instruction has steps its value is exact and its derivative that of a function near by (straight-through): for `is_le`
a sigmoid, for quotients the real one, for bits the product or sum that equals the operation on 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from ccc.learn.search.kernels import Kernel

Function = Callable[[Sequence[Tensor]], Tensor]
"""From the arguments of an operation to its result."""
STEEPNESS = 1.0
"""How wide the sigmoid is that stands for the derivative of a threshold, in units of what is compared."""
LEAST = 1e-3
"""A divisor is kept so far from 0, and what a root is taken of."""
_MOST_SHIFT = 31


def not_positive(value: Tensor) -> Tensor:
    """1 where a value is <= 0, else 0. Its derivative is that of a sigmoid with its middle between 0 and 1."""
    near = torch.sigmoid((0.5 - value) / STEEPNESS)
    return _straight_through((value <= 0).to(value.dtype), near)


def guarded(divisor: Tensor) -> Tensor:
    """A divisor that is never near 0."""
    least = torch.full_like(divisor, LEAST)
    return torch.where(divisor.abs() < LEAST, torch.where(divisor < 0, -least, least), divisor)


def _straight_through(exact: Tensor, near: Tensor) -> Tensor:
    """The value of one, the derivative of the other."""
    return exact.detach() + (near - near.detach())


def _div(a: Tensor, b: Tensor) -> Tensor:
    quotient = a / guarded(b)
    return _straight_through(torch.trunc(quotient), quotient)


def _mod(a: Tensor, b: Tensor) -> Tensor:
    divisor = guarded(b)
    return a - divisor * torch.trunc(a / divisor).detach()


def _bitwise(operation: Callable[[Tensor, Tensor], Tensor], near: Callable[[Tensor, Tensor], Tensor]) -> Function:
    """An operation on the nearest whole numbers, or on reals what equals it on 0 and 1."""

    def function(arguments: Sequence[Tensor]) -> Tensor:
        a, b = arguments
        whole = (torch.round(value.detach()).to(torch.int64) for value in (a, b))
        return _straight_through(operation(*whole).to(a.dtype), near(a, b))

    return function


def _shift(a: Tensor, b: Tensor, way: int) -> Tensor:
    """By powers of 2. The derivative is that of the product."""
    power = torch.exp2(way * torch.round(b.detach()).clamp(0, _MOST_SHIFT))
    near = a * power
    return _straight_through(torch.floor(near), near)


def _logical(a: Tensor, b: Tensor) -> Tensor:
    """To the right, of the word as a number without sign."""
    return _shift(torch.where(a < 0, a + 2.0**32, a), b, -1)


def _choose(arguments: Sequence[Tensor]) -> Tensor:
    a, b, x, y = arguments
    first = not_positive(a - b)
    return first * x + (1 - first) * y


def _of(function: Callable[..., Tensor]) -> Function:
    return lambda arguments: function(*arguments)


KERNELS: Mapping[Kernel, Function] = {
    Kernel.MOV: _of(lambda a: a),
    Kernel.NEG: _of(lambda a: -a),
    Kernel.NOT: _of(lambda a: -a - 1),
    Kernel.INC: _of(lambda a: a + 1),
    Kernel.DEC: _of(lambda a: a - 1),
    Kernel.IS_LE: _of(not_positive),
    Kernel.ADD: _of(torch.add),
    Kernel.SUB: _of(torch.sub),
    Kernel.MUL: _of(torch.mul),
    Kernel.DIV: _of(_div),
    Kernel.MOD: _of(_mod),
    Kernel.MIN: _of(torch.minimum),
    Kernel.MAX: _of(torch.maximum),
    Kernel.AND: _bitwise(torch.bitwise_and, lambda a, b: a * b),
    Kernel.OR: _bitwise(torch.bitwise_or, lambda a, b: a + b - a * b),
    Kernel.XOR: _bitwise(torch.bitwise_xor, lambda a, b: a + b - 2 * a * b),
    Kernel.SHL: _of(lambda a, b: _shift(a, b, 1)),
    Kernel.SHR: _of(_logical),
    Kernel.SAR: _of(lambda a, b: _shift(a, b, -1)),
    Kernel.SUBLEQ: _of(lambda a, b: b - a),
    Kernel.CMOV_LE: _choose,
    Kernel.FNEG: _of(lambda a: -a),
    Kernel.FINC: _of(lambda a: a + 1),
    Kernel.FDEC: _of(lambda a: a - 1),
    Kernel.FADD: _of(torch.add),
    Kernel.FSUB: _of(torch.sub),
    Kernel.FMUL: _of(torch.mul),
    Kernel.FDIV: _of(lambda a, b: a / guarded(b)),
    Kernel.FMIN: _of(torch.minimum),
    Kernel.FMAX: _of(torch.maximum),
    Kernel.FSQRT: _of(lambda a: torch.sqrt(a.clamp(min=LEAST * LEAST))),
    Kernel.FSUBLEQ: _of(lambda a, b: b - a),
    Kernel.FCMOV_LE: _choose,
}
"""The atoms, in the order of their arguments as `ccc.learn.search.kernels` has it."""
