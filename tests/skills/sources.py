"""Sources and cards of one small skill, y <- 2 x, right and wrong."""

from __future__ import annotations

SOURCE = """.skill twice
    .input x
    .output y
    .scratch a
        ld   a, x
        fadd a, a
        st   y, a
    .jacobian
    .scratch a
        movi a, 2
        st   jacobian, a
.endskill
"""

CARD = """skill: twice
kind: real
description: Twice a number.
inputs: {x: real}
outputs: {y: real}
differentiable: true
tests:
  - {x: 1.5, y: 3}
"""
