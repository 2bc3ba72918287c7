"""Torch functions of instructions against their native code, and their derivatives against differences."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.learn.gradient.functions import KERNELS, LEAST, guarded, not_positive
from ccc.learn.search.kernels import Kernel, one
from ccc.machine import word_range

ARITY = {
    **dict.fromkeys(("MOV", "NEG", "NOT", "INC", "DEC", "IS_LE", "FNEG", "FINC", "FDEC", "FSQRT"), 1),
    **dict.fromkeys(("CMOV_LE", "FCMOV_LE"), 4),
}
NUMBERS = st.integers(-1000, 1000)
SMOOTH = [Kernel[name] for name in ("NEG", "INC", "DEC", "ADD", "SUB", "MUL", "MIN", "MAX", "FADD", "FMUL", "FDIV")]


def arity(kernel: Kernel) -> int:
    return ARITY.get(kernel.name, 2)


@settings(deadline=None)
@given(st.sampled_from(list(KERNELS)), st.lists(NUMBERS, min_size=4, max_size=4))
def test_exact_on_whole_numbers(kernel: Kernel, numbers: list[int]) -> None:
    given_ = [float(number) for number in numbers[: arity(kernel)]]
    if kernel in (Kernel.DIV, Kernel.MOD, Kernel.FDIV) and given_[1] == 0:
        given_[1] = 1.0
    if kernel in (Kernel.SHL, Kernel.SHR, Kernel.SAR):
        given_[1] = given_[1] % 12
    if kernel is Kernel.FSQRT:
        given_[0] = given_[0] ** 2
    low, high = map(float, word_range(32))
    wanted = one(int(kernel), *[*given_, 0.0, 0.0, 0.0][:4], low, high)
    if kernel is Kernel.FSQRT and given_[0] == 0:
        wanted = LEAST
    found = KERNELS[kernel]([torch.tensor([number], dtype=torch.float64) for number in given_])
    assert found.item() == pytest.approx(wanted, rel=1e-15)


@settings(deadline=None)
@given(st.sampled_from(SMOOTH), st.lists(st.floats(-30, 30), min_size=2, max_size=2))
def test_derivatives_are_those_of_differences(kernel: Kernel, numbers: list[float]) -> None:
    if abs(numbers[0] - numbers[1]) < 0.1 or abs(numbers[1]) < 1:  # a kink, or a pole
        numbers = [5.0, 2.0]
    given_ = [torch.tensor([number], dtype=torch.float64, requires_grad=True) for number in numbers[: arity(kernel)]]
    torch.autograd.gradcheck(lambda *values: KERNELS[kernel](values), given_, eps=1e-6, atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_derivative_is_a_number_everywhere(kernel: Kernel) -> None:
    """Also where an instruction would fault, or jumps."""
    for number in (0.0, 0.3, -0.5, 1e6, -1e6):
        given_ = [torch.tensor([number], dtype=torch.float64, requires_grad=True) for _ in range(arity(kernel))]
        found = KERNELS[kernel](given_)
        found.sum().backward()  # type: ignore[no-untyped-call]
        assert bool(torch.isfinite(found).all())
        assert all(value.grad is None or bool(torch.isfinite(value.grad).all()) for value in given_)


def test_thresholds_have_a_derivative() -> None:
    value = torch.tensor([-2.0, 0.0, 1.0, 5.0], dtype=torch.float64, requires_grad=True)
    found = not_positive(value)
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert found.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert value.grad is not None
    assert bool((value.grad < 0).all())


def test_divisors_are_kept_from_zero() -> None:
    assert guarded(torch.tensor([0.0, -1e-9, 2.0])).tolist() == pytest.approx([LEAST, -LEAST, 2.0])
