"""How large the constructed networks are."""

from __future__ import annotations

from itertools import pairwise

from ccc.bench.budget import Budget
from ccc.bench.report import Report
from ccc.bench.timing import Say
from ccc.isa import DIALECTS

_WORD = 32


def weights(report: Report, budget: Budget, say: Say) -> None:
    """Sublayers, heads, width and weights that are not 0, for SUBLEQ alone and for the whole instruction set."""
    from ccc.neural import construct, describe

    for isa, dialect in (("subleq", "subleq"), ("full", "ccc")):
        say(isa)
        model = construct(DIALECTS[dialect], _WORD)
        parts = describe(model)
        attention = [part for part in parts if part.kind == "attention"]
        experts = [part for part in parts if part.kind == "experts"]
        depth = len(parts) + sum(max(len(expert.parts) for expert in part.parts) - 1 for part in experts)
        # Attention and the feed-forward sublayer after it make one layer, as elsewhere; the others stand alone.
        pairs = sum(one.kind == "attention" and other.kind != "attention" for one, other in pairwise(parts))
        report.figures |= {
            f"{isa}_sublayers": len(parts),
            f"{isa}_depth": depth,
            f"{isa}_layers": depth - pairs,
            f"{isa}_attention": len(attention),
            f"{isa}_heads": sum(len(part.parts) for part in attention),
            f"{isa}_width": model.width,
            f"{isa}_nonzero_weights": sum(part.nonzero for part in parts),
        }
