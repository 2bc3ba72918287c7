"""How a mixture is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen. Each has a column in the ablation of `scripts/ablate`."""

    restarts: int = 256
    """Mixtures in one batch."""
    iterations: int = 40
    rate: float = 0.05
    """Of Adam."""
    temperature: tuple[float, float] = (1.0, 0.25)
    """At first and in the end, geometric in between."""
    entropy: float = 0.02
    """What it costs in the end, growing from half of the way on."""
    sparsity: float = 0.0
    """What each step that is used beyond the first costs in the end, growing from nothing."""
    spread: float = 1.0
    """The standard deviation of the first logits."""
    firm: float = 0.5
    """The share of the rows that are run one-hot in the end, others each time, growing from none. It takes from blends
    of many parts what they gain, as no program is one.
    """
    gumbel: bool = False
    """Gumbel noise on the logits."""
    straight_through: bool = False
    """Run one-hot throughout, with the derivative of the soft weights."""
    gates: str = "softmax"
    """Or `sigmoid`, for weights of skills that are independent of each other; or `state`, for weights times gates that
    depend on the state, which harden to a conditional move where there is one among the parts.
    """
    check: int = 20
    """Iterations between looks at the hard programs."""
    samples: int = 0
    """Programs that are drawn from each mixture at a look, beside the one of the largest weights."""
    decide: bool = False
    """Harden one row after the other in the end, for the part whose removal hurts most."""
    tune: int = 12
    """Iterations after each of these decisions."""
    repair: int = 128
    """How many of the best programs are mended by changing one part."""
    rounds: int = 6
    """How often."""
    double: bool = False
    """Train in float64. Programs are always run in it."""
    clip: float = 1.0
    """The longest gradient of a restart."""
