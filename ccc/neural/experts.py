"""The experts of every opcode, at the three stages of a step.

`operands`: which cells to read first. `pointers`: which to read through a pointer, and where to write. `execute`: the
result, and where to go on. An opcode that needs nothing at a stage has an empty expert there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ccc.isa import INSTRUCTIONS
from ccc.neural import experts_addressing, experts_bits, experts_control, experts_integer, experts_real
from ccc.neural.expert_builder import Build, ExpertBuilder

__all__ = ["ExpertBuilder", "build_experts"]

_STAGES: Mapping[str, Mapping[str, Build]] = MappingProxyType(
    {
        "operands": experts_addressing.OPERANDS,
        "pointers": experts_addressing.POINTERS,
        "execute": {
            **experts_control.EXECUTE,
            **experts_integer.EXECUTE,
            **experts_bits.EXECUTE,
            **experts_real.EXECUTE,
        },
    }
)


def build_experts(stage: str, width: int) -> list[ExpertBuilder]:
    """The experts of `stage` in router order: none, SUBLEQ, then the extended instructions by opcode."""
    builders = [ExpertBuilder(stage, "none", width)]
    for row in INSTRUCTIONS:
        builder = ExpertBuilder(stage, row.mnemonic, width)
        if row.mnemonic in _STAGES[stage]:
            _STAGES[stage][row.mnemonic](builder)
        builders.append(builder)
    return builders
