"""What an output is to be, and how far off it may be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ccc.learn.search.kernels import Floats, Ints
from ccc.skills.closeness import margins


@dataclass(frozen=True)
class Target:
    """What is wanted: values on some lanes. The first lane is the one that is compared first. tolerance: relative."""

    lanes: Ints
    values: Floats
    tolerance: float = 0.0

    @cached_property
    def bounds(self) -> Floats:
        """The least and the largest value that is right, shape [2, lanes]."""
        off = margins(self.values, self.tolerance)
        return np.array([self.values - off, self.values + off])

    def right(self, values: Floats) -> NDArray[np.bool_]:
        """Of values on these lanes, shape [..., lanes], which are right."""
        low, high = self.bounds
        return np.asarray((low <= values) & (values <= high))
