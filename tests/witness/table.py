"""Every row of the witness."""

from __future__ import annotations

from tests.witness import bits, dialects, frames, integer, io_control, memory, real, stack, subleq
from tests.witness.cases import Case

CASES: tuple[Case, ...] = tuple(
    case
    for module in (subleq, dialects, memory, integer, bits, real, io_control, stack, frames)
    for case in module.CASES
)
