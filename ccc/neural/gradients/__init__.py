"""Derivatives through executed steps, in bounded memory.

`places`: what can be differentiated and with respect to what. `schedule`: which states to keep, by binomial
checkpointing. `walk`: an executor led forward and back along a run. `tape`, `engines`: one stretch recorded and pulled
back, by dense and sparse. `reverse`: the whole. `check`: finite differences.
"""

from ccc.neural.gradients.check import Quotients, finite_differences
from ccc.neural.gradients.places import GradientError, Input, Output
from ccc.neural.gradients.reverse import Gradient, gradient

__all__ = ["Gradient", "GradientError", "Input", "Output", "Quotients", "finite_differences", "gradient"]
